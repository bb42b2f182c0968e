use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use thiserror::Error;
use x509_parser::{
    oid_registry::OID_EC_P256,
    prelude::{FromDer, X509Certificate},
    public_key::PublicKey,
    x509::SubjectPublicKeyInfo,
};

use crate::SignatureAlgorithm;

/// A public key that a peer signs with, from its metadata or certificate: RSA of 2048 bits or more, or ECDSA on P-256.
#[derive(Clone)]
pub struct VerifyingKey {
    key: ParsedPublicKey,
    /// The one signature algorithm this key is used with: a message cannot choose another.
    algorithm: SignatureAlgorithm,
}

impl VerifyingKey {
    /// The key of an X.509 certificate in DER. The certificate itself (dates, issuer) is not judged here.
    ///
    /// # Errors
    /// [`UnusableKey`] if it cannot be read or is not of an accepted kind and size.
    pub fn from_certificate_der(der: &[u8]) -> Result<Self, UnusableKey> {
        Self::from_spki(certificate(der)?.public_key())
    }

    /// A SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`UnusableKey`] if it cannot be read or is not of an accepted kind and size.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, UnusableKey> {
        Self::from_spki(&spki(der)?)
    }

    /// The one algorithm this key verifies.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Whether this key made `signature` over `message` by `algorithm`; for signatures beside the XML, as in the SAML redirect
    /// binding (SAML 2.0 bindings §3.4.4.1).
    #[must_use]
    pub fn verifies(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        self.algorithm == algorithm && self.key.verify_sig(message, signature).is_ok()
    }

    fn from_spki(spki: &SubjectPublicKeyInfo) -> Result<Self, UnusableKey> {
        let parsed = spki.parsed().map_err(|_| UnusableKey::Malformed)?;
        let (key, algorithm) = match parsed {
            PublicKey::RSA(_) => {
                rsa(spki)?;
                (ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki.raw), SignatureAlgorithm::RsaSha256)
            }
            PublicKey::EC(point) if on_p256(spki) => {
                (ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.data()), SignatureAlgorithm::EcdsaP256Sha256)
            }
            _ => return Err(UnusableKey::Kind),
        };
        Ok(Self { key: key.map_err(|_| UnusableKey::Malformed)?, algorithm })
    }
}

/// Why a key was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnusableKey {
    /// Not a certificate or public key in DER.
    #[error("key is not readable DER")]
    Malformed,
    /// Neither RSA nor P-256, or P-256 where only RSA is read.
    #[error("key is of a kind that is not accepted")]
    Kind,
    /// To encrypt to: P-256 in a certificate that does not say `keyAgreement` (RFC 5280 §4.2.1.3), such as one for signatures.
    #[error("certificate of a P-256 key does not say that it is for key agreement")]
    Usage,
    /// RSA under 2048 or over 8192 bits.
    #[error("RSA key has {0} bits, outside 2048 to 8192")]
    Size(usize),
}

pub(crate) fn certificate(der: &[u8]) -> Result<X509Certificate<'_>, UnusableKey> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(UnusableKey::Malformed),
    }
}

pub(crate) fn spki(der: &[u8]) -> Result<SubjectPublicKeyInfo<'_>, UnusableKey> {
    match SubjectPublicKeyInfo::from_der(der) {
        Ok(([], spki)) => Ok(spki),
        _ => Err(UnusableKey::Malformed),
    }
}

/// Admits an RSA key of an accepted size.
pub(crate) fn rsa(spki: &SubjectPublicKeyInfo) -> Result<(), UnusableKey> {
    match spki.parsed() {
        Ok(PublicKey::RSA(key)) => match key.key_size() {
            RSA_BITS_MIN..=RSA_BITS_MAX => Ok(()),
            bits => Err(UnusableKey::Size(bits)),
        },
        Ok(_) => Err(UnusableKey::Kind),
        Err(_) => Err(UnusableKey::Malformed),
    }
}

/// The point of a key on P-256.
pub(crate) fn p256<'a>(spki: &'a SubjectPublicKeyInfo) -> Option<&'a [u8]> {
    let is_point = matches!(spki.parsed(), Ok(PublicKey::EC(_))) && on_p256(spki);
    is_point.then(|| spki.subject_public_key.as_ref())
}

/// Whether it says so: without a word, a key on a curve may be for anything.
pub(crate) fn is_for_agreement(certificate: &X509Certificate) -> bool {
    certificate.key_usage().is_ok_and(|usage| usage.is_some_and(|usage| usage.value.key_agreement()))
}

fn on_p256(spki: &SubjectPublicKeyInfo) -> bool {
    let curve = spki.algorithm.parameters.as_ref().and_then(|p| p.as_oid().ok());
    curve == Some(OID_EC_P256)
}

const RSA_BITS_MIN: usize = 2048;
const RSA_BITS_MAX: usize = 8192;
