//! Who speaks: names of parties and messages, and what a key store does for them.

use std::fmt;
use std::str::FromStr;

use xml::SignatureAlgorithm;
use zeroize::Zeroizing;

/// A party that signs SAML messages.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// Its entity ID, the `saml:Issuer`.
    pub entity: &'a EntityId,
    /// What its key signs with.
    pub algorithm: SignatureAlgorithm,
    /// Its certificate, DER: a hint in `ds:KeyInfo` for receivers that hold several.
    pub certificate: &'a [u8],
    /// Signs with that key.
    pub sign: &'a Sign<'a>,
}

/// Signs the given bytes; the key never leaves the key store.
pub type Sign<'a> = dyn Fn(&[u8]) -> Result<Vec<u8>, SignFailed> + Sync + 'a;

/// Unwraps one AES key with RSA-OAEP (`http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p`) in the key store.
pub type Unwrap<'a> = dyn Fn(&[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapFailed> + Sync + 'a;

/// The key store could not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key store could not sign")]
pub struct SignFailed;

/// The key store could not unwrap the key: it was made for another recipient, or is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key store could not unwrap the key")]
pub struct UnwrapFailed;

/// The name of a provider: an absolute URI of at most 1024 characters (SAML 2.0 Core §8.3.6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(String);

impl EntityId {
    /// Accepts an absolute URI in ASCII.
    ///
    /// # Errors
    /// [`Unacceptable`] for a relative URI, another character than RFC 3986 has, or more than 1024 of them.
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        let scheme_ends = text.split_once(':').is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
        if scheme_ends && text.len() <= ENTITY_CHARS_MAX && text.bytes().all(is_uri_byte) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unacceptable("an entity ID is an absolute URI of at most 1024 characters"))
        }
    }

    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for EntityId {
    type Err = Unacceptable;

    fn from_str(text: &str) -> Result<Self, Unacceptable> {
        Self::parse(text)
    }
}

/// The ID of one message or assertion (SAML 2.0 Core §1.3.4). Ours is an `xs:NCName`, as `xs:ID` asks for; some peers' begin with
/// a digit, and do no harm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// A new ID of 16 random bytes: `_` and 32 hexadecimal digits.
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        Self(format!("_{:032x}", u128::from_be_bytes(random)))
    }

    /// Accepts the ID another party gave: 1 to 256 bytes, no white space, no control character.
    ///
    /// # Errors
    /// [`Unacceptable`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        if (1..=MESSAGE_ID_BYTES_MAX).contains(&text.len()) && plain {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unacceptable("a message ID has 1 to 256 bytes and no white space"))
        }
    }

    /// The ID as it is on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A text that is not what it should name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unacceptable(&'static str);

impl Unacceptable {
    /// `rule` says what the text should have been.
    #[must_use]
    pub const fn because(rule: &'static str) -> Self {
        Self(rule)
    }
}

const ENTITY_CHARS_MAX: usize = 1024;

const MESSAGE_ID_BYTES_MAX: usize = 256;

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_id_is_an_absolute_uri() {
        for good in ["https://relay.kagawa.example/metadata", "urn:x-kagawa:nhi"] {
            assert_eq!(EntityId::parse(good).unwrap().to_string(), good);
        }
        let long = format!("urn:{}", "a".repeat(1024));
        for bad in ["", "relay", "/metadata", ":x", "urn:", "https://relay example", "urn:<x>", "urn:\u{e9}", &long] {
            assert!(EntityId::parse(bad).is_err(), "{bad}");
        }
    }
}
