use std::fmt;

use crate::Refused;

/// What is wrong with an algorithm that peers still offer and we refuse. Its text tells the operator what to configure there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Signatures or digests with SHA-1: collisions are made.
    Sha1,
    /// Signatures or digests with MD5.
    Md5,
    /// A keyed digest: whoever may verify may also sign, and a public key is no secret.
    Hmac,
    /// Key transport by RSA with PKCS #1 v1.5 padding: an oracle (XML Encryption 1.1 §6.1.2).
    Rsa15,
    /// Triple DES: short blocks, and nothing protects the content from change.
    TripleDes,
    /// AES in CBC, when it comes in: nothing protects the content from change, and the padding is an oracle.
    Cbc,
}

impl Weak {
    /// Whether it concerns encryption; the others concern signatures.
    pub(crate) fn is_encryption(self) -> bool {
        matches!(self, Self::Rsa15 | Self::TripleDes | Self::Cbc)
    }
}

impl fmt::Display for Weak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1 is refused; configure RSA-SHA256 with SHA-256 digests",
            Self::Md5 => "MD5 is refused; configure RSA-SHA256 with SHA-256 digests",
            Self::Hmac => "HMAC is refused; configure RSA-SHA256",
            Self::Rsa15 => "RSA 1.5 key transport is refused; configure rsa-oaep-mgf1p",
            Self::TripleDes => "triple DES is refused; configure AES-256-GCM",
            Self::Cbc => "AES-CBC is refused; configure AES-256-GCM",
        })
    }
}

/// The refusal of an algorithm outside the allow-list.
pub(crate) fn refusal(algorithm: &str) -> Refused {
    match WEAK.iter().find(|(uri, _)| *uri == algorithm) {
        Some((uri, why)) => Refused::WeakAlgorithm { algorithm: uri, why: *why },
        None => Refused::Algorithm(algorithm.to_owned()),
    }
}

/// XML Signature 1.1 §6, RFC 4051 §2, XML Encryption 1.1 §5.
const WEAK: [(&str, Weak); 19] = [
    ("http://www.w3.org/2000/09/xmldsig#sha1", Weak::Sha1),
    ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", Weak::Sha1),
    ("http://www.w3.org/2000/09/xmldsig#dsa-sha1", Weak::Sha1),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", Weak::Sha1),
    ("http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1", Weak::Sha1),
    ("http://www.w3.org/2001/04/xmldsig-more#md5", Weak::Md5),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", Weak::Md5),
    ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", Weak::Hmac),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-md5", Weak::Hmac),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha224", Weak::Hmac),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", Weak::Hmac),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha384", Weak::Hmac),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha512", Weak::Hmac),
    ("http://www.w3.org/2001/04/xmlenc#rsa-1_5", Weak::Rsa15),
    ("http://www.w3.org/2001/04/xmlenc#tripledes-cbc", Weak::TripleDes),
    ("http://www.w3.org/2001/04/xmlenc#kw-tripledes", Weak::TripleDes),
    ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", Weak::Cbc),
    ("http://www.w3.org/2001/04/xmlenc#aes192-cbc", Weak::Cbc),
    ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", Weak::Cbc),
];
