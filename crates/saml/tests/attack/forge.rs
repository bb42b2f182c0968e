//! What an attacker does to a text.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine, engine::general_purpose::STANDARD};

/// The first element `name` of the text, which has no other of its name inside.
pub(crate) fn cut<'t>(text: &'t str, name: &str) -> &'t str {
    let from = text.find(&format!("<{name} ")).or_else(|| text.find(&format!("<{name}>"))).expect(name);
    let end = format!("</{name}>");
    let to = from + text[from..].find(&end).expect(name) + end.len();
    &text[from..to]
}

/// Replaces what must be there.
pub(crate) fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not there");
    text.replacen(from, to, 1)
}

/// Puts `what` before the first `place`.
pub(crate) fn before(text: &str, place: &str, what: &str) -> String {
    swap(text, place, &format!("{what}{place}"))
}

/// Puts `what` behind the first `place`.
pub(crate) fn behind(text: &str, place: &str, what: &str) -> String {
    swap(text, place, &format!("{place}{what}"))
}

/// Puts `what` before the end of the element that the text is.
pub(crate) fn at_the_end(text: &str, what: &str) -> String {
    let end = text.rfind("</").unwrap();
    format!("{}{what}{}", &text[..end], &text[end..])
}

/// A signed element that somebody caught, and what is to be read instead of it.
pub(crate) struct Caught {
    /// With its signature.
    pub(crate) signed: String,
    /// Without.
    pub(crate) bare: String,
    /// Its signature.
    pub(crate) signature: String,
    /// Another content, unsigned.
    pub(crate) forged: String,
}

impl Caught {
    /// `forge` says something else; `own_id` gives it IDs of its own.
    pub(crate) fn new(signed: &str, own_id: bool, forge: impl Fn(&str) -> String) -> Self {
        let signature = cut(signed, "ds:Signature").to_owned();
        let bare = swap(signed, &signature, "");
        let mut forged = forge(&bare);
        assert_ne!(forged, bare, "nothing was forged");
        if own_id {
            forged = forged.replace(" ID=\"", " ID=\"_forged");
        }
        Self { signed: signed.to_owned(), bare, signature, forged }
    }

    /// The eight ways to keep the signed element where its signature still holds, and the forged one where it may be read.
    /// `beside` puts elements where only one should be.
    pub(crate) fn wrapped(&self, way: usize, beside: &dyn Fn(&[&str]) -> String) -> String {
        let Self { signed, bare, signature, forged } = self;
        let with = |inner: &str| behind(forged, "</saml:Issuer>", inner);
        let inside = |what: &str| before(signature, "</ds:Signature>", what);
        let extensions = |what: &str| {
            format!("<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{what}</samlp:Extensions>")
        };
        match way {
            1 => beside(&[&with(&inside(bare))]),
            2 => beside(&[&with(&format!("{bare}{signature}"))]),
            3 => beside(&[forged, signed]),
            4 => beside(&[&at_the_end(forged, signed)]),
            5 => beside(&[&with(signature), bare]),
            6 => beside(&[&with(&inside(&format!("<ds:KeyInfo>{bare}</ds:KeyInfo>")))]),
            7 => beside(&[&extensions(forged), signed]),
            _ => beside(&[&with(&inside(&format!("<ds:Object>{bare}</ds:Object>")))]),
        }
    }
}

/// What the eight ways are called.
pub(crate) const WAYS: [&str; 8] = [
    "the signed one inside the signature of the forged one",
    "the signed one beside its signature, both inside the forged one",
    "the forged one before the signed one",
    "the signed one inside the forged one",
    "the signature on the forged one, the signed one after it",
    "the signed one in KeyInfo of the forged one's signature",
    "the forged one in Extensions, before the signed one",
    "the signed one in an Object of the forged one's signature",
];

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The encrypted element with another plain text, which need not be XML, under the same content key.
pub(crate) fn sealed(encrypted: &str, key: &[u8; 32], plain: &str) -> String {
    const NONCE: [u8; 12] = [7; 12];
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    let mut bytes = plain.as_bytes().to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(NONCE), Aad::empty(), &mut bytes).unwrap();
    let value = base64(&[NONCE.as_slice(), &bytes].concat());
    let (front, back) = encrypted.rsplit_once("<xenc:CipherValue>").unwrap();
    let (_, back) = back.split_once("</xenc:CipherValue>").unwrap();
    format!("{front}<xenc:CipherValue>{value}</xenc:CipherValue>{back}")
}
