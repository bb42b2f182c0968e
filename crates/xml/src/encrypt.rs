use aws_lc_rs::{
    error::Unspecified,
    rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use thiserror::Error;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::{
    Attr, ContentCipher, Fragment, Ns, UnusableKey, Writer, algorithm, key,
    ns::{DS, XENC, XENC11},
};

/// Encrypts `plain` to one recipient: `<wrapper><xenc:EncryptedData Type="…#Element">`, under a fresh key, the key in an
/// `EncryptedKey` by RSA-OAEP (XML Encryption 1.1 §3, SAML 2.0 core §2.2.4 and §2.3.4). The [`EncryptionKey`] chooses the ciphers.
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
    let (key, content) = to.cipher.seal(plain.as_str().as_bytes(), random).map_err(|_| CannotEncrypt)?;
    let wrapped = to.wrap(&key).map_err(|_| CannotEncrypt)?;
    let mut w = Writer::new();
    w.start(wrapper.0, wrapper.1, &[]);
    w.start(XENC, "EncryptedData", &[Attr::plain("Type", algorithm::ELEMENT)]);
    named(&mut w, XENC, "EncryptionMethod", to.cipher.uri());
    w.start(DS, "KeyInfo", &[]).start(XENC, "EncryptedKey", &[Attr::plain("Recipient", &to.recipient)]);
    to.transport.write(&mut w);
    w.start(DS, "KeyInfo", &[]).leaf(DS, "KeyName", &[], &to.recipient).end();
    cipher_data(&mut w, &wrapped);
    w.end().end();
    cipher_data(&mut w, &content);
    Ok(w.finish())
}

/// The RSA public key, and the name, of the party that shall be able to read; with it, how to encrypt to this party: AES-256-GCM
/// and RSA-OAEP-MGF1P unless told otherwise, which all peers know.
pub struct EncryptionKey {
    recipient: String,
    key: OaepPublicEncryptingKey,
    cipher: ContentCipher,
    transport: KeyTransport,
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

    /// With another cipher for the content.
    #[must_use]
    pub fn with_cipher(self, cipher: ContentCipher) -> Self {
        Self { cipher, ..self }
    }

    /// With RSA-OAEP of XML Encryption 1.1, SHA-256 and MGF1 with SHA-256, for the content key.
    #[must_use]
    pub fn with_oaep_sha256(self) -> Self {
        Self { transport: KeyTransport::OaepSha256, ..self }
    }

    fn from_spki(recipient: &str, spki: &SubjectPublicKeyInfo) -> Result<Self, UnusableKey> {
        key::rsa(spki)?;
        let key = PublicEncryptingKey::from_der(spki.raw).map_err(|_| UnusableKey::Malformed)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| UnusableKey::Malformed)?;
        let (cipher, transport) = (ContentCipher::default(), KeyTransport::OaepMgf1p);
        Ok(Self { recipient: recipient.to_owned(), key, cipher, transport })
    }

    fn wrap(&self, content_key: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let algorithm = match self.transport {
            KeyTransport::OaepMgf1p => &OAEP_SHA1_MGF1SHA1,
            KeyTransport::OaepSha256 => &OAEP_SHA256_MGF1SHA256,
        };
        let mut wrapped = vec![0; self.key.ciphertext_size()];
        let length = self.key.encrypt(algorithm, content_key, &mut wrapped, None)?.len();
        wrapped.truncate(length);
        Ok(wrapped)
    }
}

/// The crypto library failed to encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("content could not be encrypted")]
pub struct CannotEncrypt;

/// XML Encryption 1.1 §5.5.2. SHA-1 in the older form serves as a mask: its collisions do no harm there.
#[derive(Clone, Copy)]
enum KeyTransport {
    OaepMgf1p,
    OaepSha256,
}

impl KeyTransport {
    fn write(self, w: &mut Writer) {
        match self {
            Self::OaepMgf1p => named(w, XENC, "EncryptionMethod", algorithm::RSA_OAEP_MGF1P),
            Self::OaepSha256 => {
                w.start(XENC, "EncryptionMethod", &[Attr::plain("Algorithm", algorithm::RSA_OAEP)]);
                named(w, DS, "DigestMethod", algorithm::SHA256);
                named(w, XENC11, "MGF", algorithm::MGF1_SHA256);
                w.end();
            }
        }
    }
}

fn named(w: &mut Writer, ns: Ns, local: &str, algorithm: &str) {
    w.empty(ns, local, &[Attr::plain("Algorithm", algorithm)]);
}

fn cipher_data(w: &mut Writer, bytes: &[u8]) {
    w.start(XENC, "CipherData", &[]).leaf(XENC, "CipherValue", &[], &STANDARD.encode(bytes)).end();
}
