use aws_lc_rs::{
    agreement::ParsedPublicKey,
    error::Unspecified,
    rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey, PublicEncryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use thiserror::Error;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::{
    Attr, ContentCipher, Fragment, Ns, UnusableKey, Writer, agreement, algorithm, key,
    ns::{DS, XENC, XENC11},
};

/// Encrypts `plain` to one recipient: `<wrapper><xenc:EncryptedData Type="…#Element">`, under a fresh key, the key in an
/// `EncryptedKey` by RSA-OAEP or ECDH-ES (XML Encryption 1.1 §3, SAML 2.0 core §2.2.4 and §2.3.4). The [`EncryptionKey`] chooses.
///
/// `random` fills the content key and the nonce. (The padding of RSA-OAEP, or the sender's key of ECDH-ES, is drawn inside the
/// crypto library.)
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
    let mut w = Writer::new();
    w.start(wrapper.0, wrapper.1, &[]);
    w.start(XENC, "EncryptedData", &[Attr::plain("Type", algorithm::ELEMENT)]);
    named(&mut w, XENC, "EncryptionMethod", to.cipher.uri());
    w.start(DS, "KeyInfo", &[]).start(XENC, "EncryptedKey", &[Attr::plain("Recipient", &to.recipient)]);
    let wrapped = to.wrap(&key, &mut w).map_err(|_| CannotEncrypt)?;
    cipher_data(&mut w, &wrapped);
    w.end().end();
    cipher_data(&mut w, &content);
    Ok(w.finish())
}

/// The public key, and the name, of the party that shall be able to read; with it, how to encrypt to this party: AES-256-GCM
/// unless told otherwise, and by the kind of the key RSA-OAEP-MGF1P, which all peers know, or ECDH-ES.
pub struct EncryptionKey {
    recipient: String,
    key: PublicKey,
    cipher: ContentCipher,
}

enum PublicKey {
    Rsa(OaepPublicEncryptingKey, KeyTransport),
    P256(ParsedPublicKey),
}

impl EncryptionKey {
    /// The key of an X.509 certificate in DER: RSA, or P-256 in a certificate that says that it is for key agreement (RFC 5280
    /// §4.2.1.3), since the key might as well be one that signs. `recipient` is the entity ID, written as `Recipient` and `KeyName`.
    ///
    /// # Errors
    /// [`UnusableKey`] if it is neither, or RSA of other than 2048 to 8192 bits.
    pub fn from_certificate_der(recipient: &str, der: &[u8]) -> Result<Self, UnusableKey> {
        let certificate = key::certificate(der)?;
        let spki = certificate.public_key();
        match key::p256(spki) {
            Some(_) if !key::is_for_agreement(&certificate) => Err(UnusableKey::Usage),
            Some(point) => {
                let key = agreement::public_key(point).ok_or(UnusableKey::Malformed)?;
                Ok(Self::new(recipient, PublicKey::P256(key)))
            }
            None => Self::from_rsa(recipient, spki),
        }
    }

    /// As [`Self::from_certificate_der`], for a peer who reads RSA-OAEP alone.
    ///
    /// # Errors
    /// [`UnusableKey`] if it is not an RSA key of 2048 to 8192 bits.
    pub fn from_rsa_certificate_der(recipient: &str, der: &[u8]) -> Result<Self, UnusableKey> {
        Self::from_rsa(recipient, key::certificate(der)?.public_key())
    }

    /// A SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`UnusableKey`] if it is not an RSA key of 2048 to 8192 bits.
    pub fn from_spki_der(recipient: &str, der: &[u8]) -> Result<Self, UnusableKey> {
        Self::from_rsa(recipient, &key::spki(der)?)
    }

    /// With another cipher for the content.
    #[must_use]
    pub fn with_cipher(self, cipher: ContentCipher) -> Self {
        Self { cipher, ..self }
    }

    /// With RSA-OAEP of XML Encryption 1.1, SHA-256 and MGF1 with SHA-256, for the content key, where the key is RSA.
    #[must_use]
    pub fn with_oaep_sha256(self) -> Self {
        let key = match self.key {
            PublicKey::Rsa(key, _) => PublicKey::Rsa(key, KeyTransport::OaepSha256),
            agreeing @ PublicKey::P256(_) => agreeing,
        };
        Self { key, ..self }
    }

    fn from_rsa(recipient: &str, spki: &SubjectPublicKeyInfo) -> Result<Self, UnusableKey> {
        key::rsa(spki)?;
        let key = PublicEncryptingKey::from_der(spki.raw).map_err(|_| UnusableKey::Malformed)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| UnusableKey::Malformed)?;
        Ok(Self::new(recipient, PublicKey::Rsa(key, KeyTransport::OaepMgf1p)))
    }

    fn new(recipient: &str, key: PublicKey) -> Self {
        Self { recipient: recipient.to_owned(), key, cipher: ContentCipher::default() }
    }

    /// Writes how the content key is encrypted, and returns it so.
    fn wrap(&self, content_key: &[u8], w: &mut Writer) -> Result<Vec<u8>, Unspecified> {
        match &self.key {
            PublicKey::P256(key) => agreement::wrap(content_key, &self.recipient, key, w),
            PublicKey::Rsa(key, transport) => {
                transport.write(w);
                w.start(DS, "KeyInfo", &[]).leaf(DS, "KeyName", &[], &self.recipient).end();
                let mut wrapped = vec![0; key.ciphertext_size()];
                let length = key.encrypt(transport.algorithm(), content_key, &mut wrapped, None)?.len();
                wrapped.truncate(length);
                Ok(wrapped)
            }
        }
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
    fn algorithm(self) -> &'static OaepAlgorithm {
        match self {
            Self::OaepMgf1p => &OAEP_SHA1_MGF1SHA1,
            Self::OaepSha256 => &OAEP_SHA256_MGF1SHA256,
        }
    }

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
