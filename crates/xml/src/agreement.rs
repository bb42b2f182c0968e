//! A content key under a key that sender and recipient agree on: ECDH-ES on P-256 (XML Encryption 1.1 §5.6.4), ConcatKDF with SHA-256
//! (§5.4.1) and the key wrap of AES-256 (§5.7.2).
//!
//! There is one form, and nothing to choose in it. What is derived is bound to what it is for, who made it and who reads it:
//! `AlgorithmID` is the key wrap, `PartyUInfo` the sender's key of this one message, as its bytes are on the wire, and
//! `PartyVInfo` the recipient's name. Each is a string of whole bytes after its length as u32-BE, so that no two run together (NIST
//! SP 800-56A §5.8.1.1). A reader knows all three beforehand, and takes no others.

use aws_lc_rs::{
    agreement::{ECDH_P256, EphemeralPrivateKey, ParsedPublicKey, UnparsedPublicKey, agree_ephemeral},
    error::Unspecified,
    kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest},
    key_wrap::{AES_256, AesKek, KeyWrap},
    rand::SystemRandom,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    Attr, Node, Ns, Refused, Writer, algorithm, attribute, child, is_empty,
    ns::{DS, DSIG11, XENC, XENC11},
    verify::base64,
    weak,
};

/// What came for a recipient with a key on P-256: the sender's key, and the content key wrapped under what follows from both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    originator: [u8; POINT_BYTES],
    info: Vec<u8>,
    wrapped: Vec<u8>,
}

impl Agreed {
    /// The sender's public key, uncompressed (SEC 1 §2.3.3). Whether it is on the curve is for the key store to say, before it
    /// uses its private key.
    #[must_use]
    pub fn originator(&self) -> &[u8; POINT_BYTES] {
        &self.originator
    }

    /// The content key, if `shared` is what [`Self::originator`] and the recipient's private key agree on: the x coordinate, 32 bytes
    /// (SEC 1 §3.3.1; `CKM_ECDH1_DERIVE` of PKCS #11 with `CKD_NULL`).
    #[must_use]
    pub fn open(&self, shared: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let kek = derived(shared, &self.info).ok()?;
        let mut plain = Zeroizing::new(vec![0; self.wrapped.len()]);
        let length = kek.unwrap(&self.wrapped, &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    /// Reads the `xenc:EncryptedKey` for `recipient`, whose `EncryptionMethod` said [`algorithm::KW_AES256`]; `wrapped` is its
    /// `CipherValue`.
    pub(crate) fn read(key: Node, recipient: &str, wrapped: Vec<u8>) -> Result<Self, Refused> {
        let [method] = exactly(child(key, DS, "KeyInfo")?, [(XENC, "AgreementMethod")])?;
        named(method, algorithm::ECDH_ES)?;
        let parts = [(XENC11, "KeyDerivationMethod"), (XENC, "OriginatorKeyInfo"), (XENC, "RecipientKeyInfo")];
        // The recipient's name is in the derivation: what else names it proves nothing.
        let [derivation, originator, _] = exactly(method, parts)?;
        let originator = point(originator)?;
        let parameters = Parameters::new(&originator, recipient);
        parameters.are_in(derivation)?;
        if !WRAPPED_BYTES.contains(&wrapped.len()) {
            return Err(Refused::Undecryptable);
        }
        Ok(Self { originator, info: parameters.info(), wrapped })
    }
}

/// Wraps a content key for the recipient who has `key`, and writes what [`Agreed::read`] reads, `EncryptionMethod` and `KeyInfo`.
/// Returns what belongs into `CipherValue`. The sender's key is drawn inside the crypto library, and forgotten at once.
pub(crate) fn wrap(
    content_key: &[u8],
    recipient: &str,
    key: &ParsedPublicKey,
    w: &mut Writer,
) -> Result<Vec<u8>, Unspecified> {
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new())?;
    let originator = own.compute_public_key()?.as_ref().try_into().map_err(|_| Unspecified)?;
    let parameters = Parameters::new(&originator, recipient);
    let kek = agree_ephemeral(own, key.clone(), Unspecified, |shared| derived(shared, &parameters.info()))?;
    let mut wrapped = vec![0; content_key.len() + WRAP_BYTES];
    kek.wrap(content_key, &mut wrapped)?;
    parameters.write(recipient, &originator, w);
    Ok(wrapped)
}

/// A public key on P-256 in uncompressed form.
pub(crate) fn public_key(point: &[u8]) -> Option<ParsedPublicKey> {
    let point: &[u8; POINT_BYTES] = point.try_into().ok()?;
    ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, point)).ok()
}

/// The key that the content key is wrapped under.
fn derived(shared: &[u8], info: &[u8]) -> Result<AesKek, Unspecified> {
    AesKek::new(&AES_256, concat_kdf::<KEK_BYTES>(shared, info)?.as_slice())
}

/// ConcatKDF with SHA-256. What it is bound to is made of whole bytes.
fn concat_kdf<const BYTES: usize>(shared: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; BYTES]>, Unspecified> {
    let algorithm = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256).ok_or(Unspecified)?;
    let mut derived = Zeroizing::new([0; BYTES]);
    sskdf_digest(algorithm, shared, info, derived.as_mut_slice())?;
    Ok(derived)
}

/// `ConcatKDFParams`: the three strings that a derived key is bound to, each with its length before it.
struct Parameters([(&'static str, Vec<u8>); 3]);

impl Parameters {
    fn new(originator: &[u8; POINT_BYTES], recipient: &str) -> Self {
        Self([
            ("AlgorithmID", with_length(algorithm::KW_AES256.as_bytes())),
            ("PartyUInfo", with_length(originator)),
            ("PartyVInfo", with_length(recipient.as_bytes())),
        ])
    }

    /// What goes into the derivation: one after the other, without the octets that count bits of padding.
    fn info(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(_, bytes)| bytes).copied().collect()
    }

    fn write(&self, recipient: &str, originator: &[u8; POINT_BYTES], w: &mut Writer) {
        let values = self.0.each_ref().map(|(name, bytes)| (*name, hex(bytes)));
        let attributes = values.each_ref().map(|(name, value)| Attr::plain(name, value));
        let method = |uri| [Attr::plain("Algorithm", uri)];
        w.empty(XENC, "EncryptionMethod", &method(algorithm::KW_AES256));
        w.start(DS, "KeyInfo", &[]).start(XENC, "AgreementMethod", &method(algorithm::ECDH_ES));
        w.start(XENC11, "KeyDerivationMethod", &method(algorithm::CONCAT_KDF));
        w.start(XENC11, "ConcatKDFParams", &attributes);
        w.empty(DS, "DigestMethod", &method(algorithm::SHA256)).end().end();
        w.start(XENC, "OriginatorKeyInfo", &[]).start(DS, "KeyValue", &[]).start(DSIG11, "ECKeyValue", &[]);
        w.empty(DSIG11, "NamedCurve", &[Attr::plain("URI", algorithm::P256)]);
        w.leaf(DSIG11, "PublicKey", &[], &STANDARD.encode(originator)).end().end().end();
        w.start(XENC, "RecipientKeyInfo", &[]).leaf(DS, "KeyName", &[], recipient).end();
        w.end().end();
    }

    /// Refuses a derivation that is not this one. No value is decoded: it is what it must be, or it is not.
    fn are_in(&self, derivation: Node) -> Result<(), Refused> {
        named(derivation, algorithm::CONCAT_KDF)?;
        let [parameters] = exactly(derivation, [(XENC11, "ConcatKDFParams")])?;
        let [digest] = exactly(parameters, [(DS, "DigestMethod")])?;
        named(digest, algorithm::SHA256)?;
        let known = |name: &str| self.0.iter().any(|(known, _)| *known == name);
        if !is_empty(digest) || parameters.attributes().any(|a| a.namespace().is_some() || !known(a.name())) {
            return Err(Refused::Undecryptable);
        }
        for (name, bytes) in &self.0 {
            if !attribute(parameters, name)?.eq_ignore_ascii_case(&hex(bytes)) {
                return Err(Refused::Undecryptable);
            }
        }
        Ok(())
    }
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    // A name has at most 1024 characters.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

/// A string of bits in `xs:hexBinary`: first the bits of padding at its end, of which whole bytes have none.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from);
    std::iter::once(&0).chain(bytes).flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The sender's key: an uncompressed point (XML Signature 1.1 §4.5.2.3).
fn point(originator: Node) -> Result<[u8; POINT_BYTES], Refused> {
    let [value] = exactly(originator, [(DS, "KeyValue")])?;
    let [value] = exactly(value, [(DSIG11, "ECKeyValue")])?;
    let [curve, key] = exactly(value, [(DSIG11, "NamedCurve"), (DSIG11, "PublicKey")])?;
    let uri = attribute(curve, "URI")?;
    if uri != algorithm::P256 {
        return Err(Refused::Algorithm(uri.to_owned()));
    }
    let point: [u8; POINT_BYTES] = base64(key, "PublicKey")?.try_into().map_err(|_| Refused::Undecryptable)?;
    Some(point).filter(|point| point.first() == Some(&UNCOMPRESSED)).ok_or(Refused::Undecryptable)
}

fn named(node: Node, algorithm: &str) -> Result<(), Refused> {
    let said = attribute(node, "Algorithm")?;
    if said == algorithm { Ok(()) } else { Err(weak::refusal(said)) }
}

/// The element children, each once and in this order; another among them could mean another derivation.
fn exactly<'a, 'i, const N: usize>(node: Node<'a, 'i>, wanted: [(Ns, &str); N]) -> Result<[Node<'a, 'i>; N], Refused> {
    let mut found = node.children().filter(Node::is_element);
    let mut all = [node; N];
    for (place, (ns, local)) in all.iter_mut().zip(wanted) {
        let next = found.next().filter(|next| crate::is(*next, ns, local));
        *place = next.ok_or_else(|| Refused::Missing(local.to_owned()))?;
    }
    match found.next() {
        Some(other) => Err(Refused::Algorithm(other.tag_name().name().to_owned())),
        None => Ok(all),
    }
}

/// An uncompressed point of P-256: a mark and two coordinates.
pub(crate) const POINT_BYTES: usize = 65;
const UNCOMPRESSED: u8 = 4;
const KEK_BYTES: usize = 32;
/// RFC 3394 §2.2.1 adds a block of 64 bits.
const WRAP_BYTES: usize = 8;
/// A content key of 128 or 256 bits, wrapped.
const WRAPPED_BYTES: [usize; 2] = [16 + WRAP_BYTES, 32 + WRAP_BYTES];

#[cfg(test)]
mod tests;
