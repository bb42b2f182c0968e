//! The relying party's end.
//!
//! ```text
//! verify ─→ Possession ─→ opening            level 1: the card is here
//!               └─→ ServerKeys::login_start ─→ LoginState::finish ─→ PinProven      level 2: and so is its holder
//! ```
//!
//! Everything is stateless: what must survive between two requests is handed out as bytes. The rules that need a
//! history (attempt unused, card active, write counter not going back, tries left) are the caller's, and the types
//! carry what they need.

use opaque_ke::generic_array::GenericArray;
use opaque_ke::generic_array::typenum::U32;
use opaque_ke::key_exchange::group::Group;
use opaque_ke::key_exchange::tripledh::DiffieHellman;
use opaque_ke::keypair::{KeyPair, PrivateKey};
use opaque_ke::{
    CredentialFinalization, CredentialRequest, Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration,
    ServerSetup,
};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::opaque::{Suite, malformed, names};
use super::{
    Ke1, Ke2, Ke3, Opening, Origin, PROOF_BLOCKS, Proof, RegistrationRequest, RegistrationResponse, RegistrationUpload,
    Start, WrongPin, challenge, transcript,
};
use crate::lite_s::{Block, SessionKey, block, mac_a_read, mac_a_write, same_mac};
use crate::{CardId, Malformed};

/// A card whose key answered this attempt's challenge (level 1). Only [`verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possession {
    id: CardId,
    ckv: u16,
    wcnt: u32,
    rc: Block,
    transcript: [u8; 32],
    origin: Origin,
}

/// The proof does not hold: another origin, another attempt, another card, or no card at all.
///
/// Deliberately not told apart. Costs no PIN try; belongs into the operator's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card's answer does not fit this attempt")]
pub struct BadProof;

/// Checks message 2 with the session key that follows from the card's current key and [`challenge`].
///
/// The caller derives `key` for `proof.id`, the key version it has on record and `challenge(origin, start)`, and has
/// made sure that the attempt is unused and not expired.
pub fn verify(key: &SessionKey, origin: &Origin, start: &Start, proof: &Proof) -> Result<Possession, BadProof> {
    let rc = challenge(origin, start);
    let data = [*proof.id.as_bytes(), *proof.ckv_block.as_bytes(), *proof.wcnt_block.as_bytes()];
    if !same_mac(&mac_a_read(key, &rc, &PROOF_BLOCKS, &data), proof.mac_a.as_bytes()) {
        return Err(BadProof);
    }
    let transcript = transcript(origin, start, proof);
    Ok(Possession { id: proof.id, ckv: proof.ckv(), wcnt: proof.wcnt(), rc, transcript, origin: origin.clone() })
}

impl Possession {
    /// The card.
    pub fn id(&self) -> &CardId {
        &self.id
    }

    /// The version of the key that answered.
    pub fn ckv(&self) -> u16 {
        self.ckv
    }

    /// The write counter, as the card itself vouched for it. One below the last seen value means a copied card.
    pub fn wcnt(&self) -> u32 {
        self.wcnt
    }

    /// Message 3: lets this one reader, in this one session, read the card's secret.
    pub fn opening(&self, key: &SessionKey) -> Opening {
        let state = first_bytes(&[1]);
        let mac = mac_a_write(key, &self.rc, self.wcnt, block::STATE, &state);
        // The counter has 24 bits, so the fourth byte is one of the zeros that follow.
        let mac_block = first_bytes(&[mac.as_slice(), &self.wcnt.to_le_bytes()].concat());
        Opening { state: state.into(), mac_block: mac_block.into() }
    }

    /// The bytes from which [`Possession::from_kept`] restores this at the next request. Not secret.
    pub fn to_bytes(&self) -> Vec<u8> {
        let fixed: [&[u8]; 5] =
            [self.id.as_bytes(), &self.ckv.to_le_bytes(), &self.wcnt.to_le_bytes(), &self.rc, &self.transcript];
        [fixed.concat().as_slice(), self.origin.as_str().as_bytes()].concat()
    }

    /// Restores what [`Possession::to_bytes`] gave.
    ///
    /// Nothing is proven again: give only bytes that your own storage has kept, for the attempt they belong to.
    pub fn from_kept(bytes: &[u8]) -> Result<Self, Malformed> {
        let refused = Malformed { what: "a kept possession", expected: "the bytes that were handed out" };
        let split = || {
            let (id, rest) = bytes.split_first_chunk()?;
            let (ckv, rest) = rest.split_first_chunk()?;
            let (wcnt, rest) = rest.split_first_chunk()?;
            let (rc, rest) = rest.split_first_chunk()?;
            let (transcript, origin) = rest.split_first_chunk()?;
            let origin = std::str::from_utf8(origin).ok()?.parse().ok()?;
            let (ckv, wcnt) = (u16::from_le_bytes(*ckv), u32::from_le_bytes(*wcnt));
            Some(Self { id: CardId::from_bytes(*id), ckv, wcnt, rc: *rc, transcript: *transcript, origin })
        };
        split().ok_or(refused)
    }
}

/// The server's OPAQUE key pair. The OPRF seed is not here: it stays in the key store ([`material_info`]).
pub struct ServerKeys(KeyPair<Ristretto255>);

/// 64 bytes the key store derives for one card: HMAC-SHA-512 under the OPRF seed over [`material_info`].
pub type Material = Zeroizing<[u8; 64]>;

/// What the key store's HMAC-SHA-512 is asked for, byte for byte.
///
/// This is HKDF-Expand's first block, so the result is what RFC 9807 §4.1 derives from the seed, without the seed
/// having to leave the key store.
pub fn material_info(id: &CardId) -> Vec<u8> {
    [id.as_bytes().as_slice(), b"OprfKey", &[1]].concat()
}

/// What a server knows about the PIN of one card.
pub struct EnrolledCard<'a> {
    /// The card's material from the key store.
    pub material: &'a Material,
    /// The card's registration record.
    pub registration: &'a Registration,
}

impl ServerKeys {
    /// The key pair that follows from 32 secret random bytes (RFC 9807, DeriveDiffieHellmanKeyPair).
    ///
    /// The same secret gives the same keys; with another secret every registration is lost. Fails for one secret in
    /// 2^252: draw another.
    pub fn from_secret(secret: &[u8; 32]) -> Result<Self, Malformed> {
        let refused = |_| malformed("the server's secret");
        let scalar = Ristretto255::derive_scalar((*secret).into()).map_err(|_| malformed("the server's secret"))?;
        let private = PrivateKey::deserialize(&Ristretto255::serialize_sk(&scalar)).map_err(refused)?;
        let public = private.public_key();
        Ok(Self(KeyPair::new(private, public)))
    }

    /// Registration, second message: answers the issuing room's request for one card.
    pub fn register(
        &self,
        material: &Material,
        request: &RegistrationRequest,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<RegistrationResponse, Malformed> {
        let refused = |_| malformed("a registration request");
        let request = opaque_ke::RegistrationRequest::deserialize(request.as_bytes()).map_err(refused)?;
        let setup = self.setup(rng);
        let started =
            ServerRegistration::start_with_key_material(&setup, oprf_key(material), request).map_err(refused)?;
        RegistrationResponse::try_from(started.message.serialize().as_slice())
    }

    /// Message 6: answers KE1, after the caller has committed that a try is spent.
    pub fn login_start(
        &self,
        card: &EnrolledCard<'_>,
        possession: &Possession,
        ke1: &Ke1,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(LoginState, Ke2), Malformed> {
        let refused = |_| malformed("a KE1");
        let request = CredentialRequest::deserialize(ke1.as_bytes()).map_err(refused)?;
        let registration = card.registration.parsed()?;
        let (setup, material) = (self.setup(rng), oprf_key(card.material));
        let parameters = possession.parameters();
        let builder =
            ServerLogin::builder_with_key_material(rng, &setup, material, Some(registration), request, parameters)
                .map_err(refused)?;
        let private = builder.private_key().serialize();
        let private = Ristretto255::deserialize_take_sk(&mut private.as_slice()).map_err(refused)?;
        let shared = DiffieHellman::<Ristretto255>::diffie_hellman(&private, builder.data().to_group_type());
        let started = builder.build(shared).map_err(refused)?;
        let state = LoginState(Zeroizing::new(started.state.serialize().to_vec()));
        Ok((state, Ke2::try_from(started.message.serialize().as_slice())?))
    }

    fn setup(&self, rng: &mut (impl RngCore + CryptoRng)) -> ServerSetup<Suite> {
        // The seed drawn here is never used: each card's key comes in as its material.
        ServerSetup::new_with_key_pair(rng, self.0.clone())
    }

    /// The same keys with a seed in the process, as RFC 9807 has it, to compare with.
    #[cfg(test)]
    pub(super) fn with_seed(&self, seed: &[u8; 64]) -> ServerSetup<Suite> {
        let parts = [seed.as_slice(), &self.0.private().serialize(), &self.0.public().serialize()];
        ServerSetup::deserialize(&parts.concat()).unwrap()
    }
}

impl Possession {
    fn parameters(&self) -> ServerLoginParameters<'_, '_> {
        ServerLoginParameters { context: Some(&self.transcript), identifiers: names(&self.id, &self.origin) }
    }
}

/// What the server keeps about a PIN: with it and the key store, but without the card, nothing can be guessed.
pub struct Registration(Zeroizing<Vec<u8>>);

impl Registration {
    /// Registration, third message: checks the upload and makes the record to keep.
    pub fn from_upload(upload: &RegistrationUpload) -> Result<Self, Malformed> {
        Self::from_kept(upload.as_bytes())
    }

    /// Restores a kept record.
    pub fn from_kept(bytes: &[u8]) -> Result<Self, Malformed> {
        let registration = Self(Zeroizing::new(bytes.to_vec()));
        registration.parsed().map(|_| registration)
    }

    /// The bytes to keep, encrypted at rest.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn parsed(&self) -> Result<ServerRegistration<Suite>, Malformed> {
        ServerRegistration::deserialize(&self.0).map_err(|_| malformed("a registration"))
    }
}

/// What the server must remember between KE2 and KE3. Secret, and good for one [`LoginState::finish`].
pub struct LoginState(Zeroizing<Vec<u8>>);

impl LoginState {
    /// The bytes to keep until the next request, encrypted at rest.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Restores a kept state.
    pub fn from_kept(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// Message 7: checks KE3. `possession` is the one this login was started with.
    pub fn finish(self, possession: &Possession, ke3: &Ke3) -> Result<PinProven, WrongPin> {
        let state = ServerLogin::<Suite>::deserialize(&self.0).map_err(|_| WrongPin)?;
        let ke3 = CredentialFinalization::deserialize(ke3.as_bytes()).map_err(|_| WrongPin)?;
        state.finish(ke3, possession.parameters()).map_err(|_| WrongPin)?;
        Ok(PinProven { id: possession.id, wcnt: possession.wcnt.saturating_add(1) })
    }
}

/// The card is here and its holder gave the PIN (level 2). Only [`LoginState::finish`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinProven {
    id: CardId,
    wcnt: u32,
}

impl PinProven {
    /// The card.
    pub fn id(&self) -> &CardId {
        &self.id
    }

    /// The write counter the card now has: its secret could be read only after the opening was written.
    ///
    /// To be kept as the last seen value, and only now: an attempt given up earlier may not have opened the card.
    pub fn wcnt(&self) -> u32 {
        self.wcnt
    }
}

/// The part of the material that is HKDF's output of the scalar's length.
fn oprf_key(material: &Material) -> GenericArray<u8, U32> {
    let half: [u8; 32] = material.first_chunk().copied().unwrap_or_default();
    half.into()
}

fn first_bytes(bytes: &[u8]) -> Block {
    let mut block = [0; 16];
    block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    block
}
