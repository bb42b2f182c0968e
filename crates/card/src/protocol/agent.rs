//! The agent's end: on the PC, between the card and the site.
//!
//! ```text
//! prove ─→ Proven ─→ open ─→ CardSecret
//!             └─→ ke1(pin, secret) ─→ PinExchange ─→ ke3
//! ```
//!
//! One [`CardSession`] must live from [`prove`] to [`Proven::open`]: any reset of the card ends the attempt.

use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse,
};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::opaque::{Suite, malformed, names};
use super::secrets::password;
use super::{
    CardSecret, Ke1, Ke2, Ke3, MacA, Opening, Origin, PROOF_BLOCKS, Pin, Proof, RegistrationRequest,
    RegistrationResponse, RegistrationUpload, SECRET_BLOCKS, Start, WrongPin, challenge, transcript,
};
use crate::lite_s::{block, mac_in};
use crate::reader::{CardSession, ReadError};
use crate::{CardId, Malformed};

/// An attempt for which the card has answered the challenge.
pub struct Proven {
    proof: Proof,
    transcript: [u8; 32],
    origin: Origin,
}

/// Messages 1 and 2: lets the card answer the challenge.
///
/// `origin` is what the browser says of the asking page, never what the page says of itself.
pub fn prove(card: &mut CardSession, origin: &Origin, start: &Start) -> Result<Proven, ReadError> {
    card.write_blocks(&[(block::RC, challenge(origin, start))])?;
    let [id, ckv, wcnt, mac_block] = card.read(PROOF_BLOCKS)?;
    let mac_a = MacA::from_bytes(mac_in(&mac_block));
    let proof = Proof { id: CardId::from_bytes(id), ckv_block: ckv.into(), wcnt_block: wcnt.into(), mac_a };
    let transcript = transcript(origin, start, &proof);
    Ok(Proven { proof, transcript, origin: origin.clone() })
}

impl Proven {
    /// What goes to the server.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Message 4: hands the server's proof to the card, and reads the secret that the card then shows.
    ///
    /// A card that refuses the opening gives [`ReadError::Failed`]: the opening is not for this card and session.
    pub fn open(&self, card: &mut CardSession, opening: &Opening) -> Result<CardSecret, ReadError> {
        let state = (block::STATE, *opening.state.as_bytes());
        card.write_blocks(&[state, (block::MAC_A, *opening.mac_block.as_bytes())])?;
        card.read(SECRET_BLOCKS).map(CardSecret::from_blocks)
    }

    /// Message 5: begins to prove the PIN. Sending it costs a try, so not before the secret was read.
    pub fn ke1(
        &self,
        pin: &Pin,
        secret: &CardSecret,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(PinExchange, Ke1), Malformed> {
        let password = password(pin, secret);
        let started = ClientLogin::<Suite>::start(rng, password.as_slice()).map_err(|_| malformed("the password"))?;
        let ke1 = Ke1::try_from(started.message.serialize().as_slice())?;
        let exchange = PinExchange {
            state: started.state,
            password,
            id: self.proof.id,
            transcript: self.transcript,
            origin: self.origin.clone(),
        };
        Ok((exchange, ke1))
    }
}

/// The proof of a PIN, waiting for the server's KE2.
pub struct PinExchange {
    state: ClientLogin<Suite>,
    password: Zeroizing<[u8; 32]>,
    id: CardId,
    transcript: [u8; 32],
    origin: Origin,
}

impl PinExchange {
    /// Message 7. Slow by design (Argon2id, some 50 ms and 19 MiB): it makes guessing dear.
    pub fn ke3(self, ke2: &Ke2, rng: &mut (impl RngCore + CryptoRng)) -> Result<Ke3, WrongPin> {
        let ke2 = CredentialResponse::deserialize(ke2.as_bytes()).map_err(|_| WrongPin)?;
        let parameters = ClientLoginFinishParameters::new(Some(&self.transcript), names(&self.id, &self.origin), None);
        let finished = self.state.finish(rng, self.password.as_slice(), ke2, parameters).map_err(|_| WrongPin)?;
        Ke3::try_from(finished.message.serialize().as_slice()).map_err(|_| WrongPin)
    }
}

/// The issuing room's half of a registration, waiting for the server's answer.
pub struct Enrolment {
    state: ClientRegistration<Suite>,
    password: Zeroizing<[u8; 32]>,
}

/// Registration, first message: in the room where the card, its secret and the new PIN are.
pub fn enrol(
    pin: &Pin,
    secret: &CardSecret,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(Enrolment, RegistrationRequest), Malformed> {
    let password = password(pin, secret);
    let started =
        ClientRegistration::<Suite>::start(rng, password.as_slice()).map_err(|_| malformed("the password"))?;
    let request = RegistrationRequest::try_from(started.message.serialize().as_slice())?;
    Ok((Enrolment { state: started.state, password }, request))
}

impl Enrolment {
    /// Registration, third message. The PIN will work for this card at this origin only.
    pub fn finish(
        self,
        response: &RegistrationResponse,
        id: &CardId,
        origin: &Origin,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<RegistrationUpload, Malformed> {
        let refused = |_| malformed("a registration response");
        let response = opaque_ke::RegistrationResponse::deserialize(response.as_bytes()).map_err(refused)?;
        let parameters = ClientRegistrationFinishParameters::new(names(id, origin), None);
        let finished = self.state.finish(rng, self.password.as_slice(), response, parameters).map_err(refused)?;
        RegistrationUpload::try_from(finished.message.serialize().as_slice())
    }
}
