//! The algorithm identifiers we know: what we emit, and what we accept on top. Everything else is refused.

use crate::{Refused, weak};

/// The signature algorithms, each with its one kind of key. We sign with both and accept no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// [`RSA_SHA256`] with a key of 2048 bits or more: what every peer knows.
    RsaSha256,
    /// [`ECDSA_SHA256`] on P-256; the value is r and s, 32 bytes each (XML Signature 1.1 §6.4.3). For peers that say they know it.
    EcdsaP256Sha256,
}

impl SignatureAlgorithm {
    /// Its identifier: `ds:SignatureMethod/@Algorithm`, or `SigAlg` of the SAML redirect binding.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => RSA_SHA256,
            Self::EcdsaP256Sha256 => ECDSA_SHA256,
        }
    }

    /// The algorithm of this identifier.
    ///
    /// # Errors
    /// [`Refused::Algorithm`], or [`Refused::WeakAlgorithm`] for SHA-1, MD5 and HMAC.
    pub fn of(uri: &str) -> Result<Self, Refused> {
        [Self::RsaSha256, Self::EcdsaP256Sha256]
            .into_iter()
            .find(|known| known.uri() == uri)
            .ok_or_else(|| weak::refusal(uri))
    }
}

/// Exclusive XML Canonicalization 1.0 without comments.
pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Canonical XML 1.0 without comments, the inclusive form: only read, and only in metadata ([`Profile`](crate::Profile)).
pub const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// The enveloped-signature transform (XML Signature §6.6.4).
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// The STR dereference transform (WS-Security 1.1 §8.3): what is digested is the token that the reference names.
pub const STR_TRANSFORM: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform";
/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 4051 §2.3.2): what we sign with unless told otherwise.
pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// ECDSA with SHA-256 (RFC 4051 §2.3.6), with P-256 keys.
pub const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
/// SHA-256 digests.
pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// SHA-1: known only as the digest inside RSA-OAEP-MGF1P, where its collisions do no harm. Never for signatures.
pub const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
/// AES-256 in GCM (XML Encryption 1.1 §5.2.4): what we encrypt with.
pub const AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
/// AES-128 in GCM, accepted.
pub const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
/// AES-256 in CBC (XML Encryption 1.1 §5.2.2), written for old service providers and never read.
pub const AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
/// AES-128 in CBC, likewise.
pub const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
/// RSA-OAEP with MGF1 and SHA-1 (XML Encryption §5.5.2): the key transport every peer knows.
pub const RSA_OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// RSA-OAEP with digest and MGF named in parameters (XML Encryption 1.1 §5.5.2), for peers that say they know it.
pub const RSA_OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
/// MGF1 with SHA-256, a parameter of [`RSA_OAEP`].
pub const MGF1_SHA256: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha256";
/// AES key wrap with 256 bits (XML Encryption 1.1 §5.7.2, RFC 3394).
pub const KW_AES256: &str = "http://www.w3.org/2001/04/xmlenc#kw-aes256";
/// Key agreement on an elliptic curve, the sender's key being made for one message (XML Encryption 1.1 §5.6.4).
pub const ECDH_ES: &str = "http://www.w3.org/2009/xmlenc11#ECDH-ES";
/// The key derivation of [`ECDH_ES`] (XML Encryption 1.1 §5.4.1, NIST SP 800-56A §5.8.1).
pub const CONCAT_KDF: &str = "http://www.w3.org/2009/xmlenc11#ConcatKDF";
/// The curve P-256 (XML Signature 1.1 §4.5.2.3.1, RFC 5480 §2.1.1.1).
pub const P256: &str = "urn:oid:1.2.840.10045.3.1.7";
/// `xenc:EncryptedData/@Type` of an encrypted element.
pub const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
