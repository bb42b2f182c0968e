use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use thiserror::Error;
use x509_parser::x509::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

use crate::{
    Attr, Fragment, Ns, UnusableKey, Writer, algorithm, key,
    ns::{DS, XENC},
};

/// Encrypts `plain` to one recipient: `<wrapper><xenc:EncryptedData Type="…#Element">`, AES-256-GCM under a fresh key, the key
/// in an `EncryptedKey` by RSA-OAEP-MGF1P (XML Encryption 1.1 §3, SAML 2.0 core §2.3.4).
///
/// `random` fills the content key and the nonce. (The padding of RSA-OAEP is drawn inside the crypto library.)
///
/// # Errors
/// [`CannotEncrypt`] if the crypto library fails.
pub fn encrypt(
    plain: &Fragment,
    wrapper: (Ns, &str),
    to: &EncryptionKey,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Fragment, CannotEncrypt> {
    let mut key = Zeroizing::new([0; AES_256_BYTES]);
    random(key.as_mut_slice());
    let content = seal(plain.as_str().as_bytes(), &key, random).map_err(|_| CannotEncrypt)?;
    let wrapped = to.wrap(key.as_slice()).map_err(|_| CannotEncrypt)?;
    let mut w = Writer::new();
    w.start(wrapper.0, wrapper.1, &[]);
    w.start(XENC, "EncryptedData", &[Attr::plain("Type", algorithm::ELEMENT)]);
    w.empty(XENC, "EncryptionMethod", &[Attr::plain("Algorithm", algorithm::AES256_GCM)]);
    w.start(DS, "KeyInfo", &[]).start(XENC, "EncryptedKey", &[Attr::plain("Recipient", &to.recipient)]);
    w.empty(XENC, "EncryptionMethod", &[Attr::plain("Algorithm", algorithm::RSA_OAEP_MGF1P)]);
    w.start(DS, "KeyInfo", &[]).leaf(DS, "KeyName", &[], &to.recipient).end();
    cipher_data(&mut w, &wrapped);
    w.end().end();
    cipher_data(&mut w, &content);
    Ok(w.finish())
}

/// The RSA public key, and the name, of the party that shall be able to read.
pub struct EncryptionKey {
    recipient: String,
    key: OaepPublicEncryptingKey,
}

impl EncryptionKey {
    /// The key of an X.509 certificate in DER. `recipient` is the entity ID, written as `Recipient` and `KeyName`.
    ///
    /// # Errors
    /// [`UnusableKey`] if it is not an RSA key of 2048 to 8192 bits.
    pub fn from_certificate_der(recipient: &str, der: &[u8]) -> Result<Self, UnusableKey> {
        Self::from_spki(recipient, &key::spki_of_certificate(der)?)
    }

    /// A SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`UnusableKey`] if it is not an RSA key of 2048 to 8192 bits.
    pub fn from_spki_der(recipient: &str, der: &[u8]) -> Result<Self, UnusableKey> {
        Self::from_spki(recipient, &key::spki(der)?)
    }

    fn from_spki(recipient: &str, spki: &SubjectPublicKeyInfo) -> Result<Self, UnusableKey> {
        key::rsa(spki)?;
        let key = PublicEncryptingKey::from_der(spki.raw).map_err(|_| UnusableKey::Malformed)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| UnusableKey::Malformed)?;
        Ok(Self { recipient: recipient.to_owned(), key })
    }

    fn wrap(&self, content_key: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut wrapped = vec![0; self.key.ciphertext_size()];
        let length = self.key.encrypt(&OAEP_SHA1_MGF1SHA1, content_key, &mut wrapped, None)?.len();
        wrapped.truncate(length);
        Ok(wrapped)
    }
}

/// The crypto library failed to encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("content could not be encrypted")]
pub struct CannotEncrypt;

const AES_256_BYTES: usize = 32;

/// XML Encryption 1.1 §5.2.4: nonce, cipher text, tag.
fn seal(plain: &[u8], key: &[u8; AES_256_BYTES], random: &mut dyn FnMut(&mut [u8])) -> Result<Vec<u8>, Unspecified> {
    let mut nonce = [0; NONCE_LEN];
    random(&mut nonce);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
    let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let content = sealed.get_mut(NONCE_LEN..).ok_or(Unspecified)?;
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), content)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

fn cipher_data(w: &mut Writer, bytes: &[u8]) {
    w.start(XENC, "CipherData", &[]).leaf(XENC, "CipherValue", &[], &STANDARD.encode(bytes)).end();
}
