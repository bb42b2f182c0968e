//! Who speaks, about whom, in which message.

use std::fmt;

use saml::{EntityId, Sign, Unacceptable, UnwrapFailed};
use xml::{EncryptedKey, SignatureAlgorithm, Signing};
use zeroize::Zeroizing;

/// A party that signs: who it is, and its key in the key store.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    /// Its entity ID: `sb:Sender/@providerID` of a message, `saml:Issuer` of a token.
    pub entity: &'a EntityId,
    /// What its key signs with.
    pub algorithm: SignatureAlgorithm,
    /// Signs with that key: RSASSA-PKCS1-v1_5, or r and s of ECDSA in 32 bytes each.
    pub sign: &'a Sign<'a>,
}

/// Opens the content key of a token in the key store of its recipient.
pub type Unwrap<'a> = dyn Fn(&EncryptedKey) -> Result<Zeroizing<Vec<u8>>, UnwrapFailed> + Sync + 'a;

impl Sender<'_> {
    /// How its signatures are written: without `ds:KeyInfo`, since receivers take the key from their register of partners.
    pub(crate) fn signing(&self) -> Signing<'static> {
        Signing { algorithm: self.algorithm, certificate: None }
    }
}

/// What one provider knows a person by: the value of a persistent `saml:NameID` (SAML 2.0 Core §8.3.7), another one at
/// every provider. Neither shown nor logged: there is no `Display`, and `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pseudonym(Zeroizing<String>);

impl Pseudonym {
    /// Accepts 1 to 256 characters without white space at the ends and without control characters.
    ///
    /// # Errors
    /// [`Unacceptable`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        let length = text.chars().take(PSEUDONYM_CHARS_MAX + 1).count();
        if (1..=PSEUDONYM_CHARS_MAX).contains(&length) && text.trim() == text && !text.chars().any(char::is_control) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(Unacceptable::because("a pseudonym has 1 to 256 characters and no control character"))
        }
    }

    /// The value, to look a record up by or to write into a token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Pseudonym(..)")
    }
}

/// The name of one message, `wsa:MessageID` (WS-Addressing 1.0 Core §3.1). Holds nothing derived from a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// A new name, `urn:uuid:` and a version 4 UUID (RFC 9562 §5.4) made of 16 random bytes.
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        let number = u128::from_be_bytes(random);
        let marked = number & !(0xf_u128 << 76) & !(0x3_u128 << 62) | (4 << 76) | (2 << 62);
        let hex = format!("{marked:032x}");
        let groups = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
        let parts: Vec<&str> = groups.iter().filter_map(|&(from, to)| hex.get(from..to)).collect();
        Self(format!("urn:uuid:{}", parts.join("-")))
    }

    /// Accepts the name another party gave: 1 to 256 bytes without white space or control characters. Partners exist
    /// whose names are no IRI, so no more is asked.
    ///
    /// # Errors
    /// [`Unacceptable`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        if (1..=MESSAGE_ID_BYTES_MAX).contains(&text.len()) && plain {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unacceptable::because("a message ID has 1 to 256 bytes and no white space"))
        }
    }

    /// The name as it is on the wire.
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

const PSEUDONYM_CHARS_MAX: usize = 256;
const MESSAGE_ID_BYTES_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_never_printed() {
        let pseudonym = Pseudonym::parse("N-c0ffee12").unwrap();
        assert_eq!(format!("{pseudonym:?}"), "Pseudonym(..)");
        for bad in ["", " x", "a\nb", &"x".repeat(257)] {
            assert!(Pseudonym::parse(bad).is_err());
        }
    }

    #[test]
    fn a_message_id_is_a_version_4_uuid() {
        assert_eq!(MessageId::from_random([0xff; 16]).as_str(), "urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(MessageId::from_random([0; 16]).as_str(), "urn:uuid:00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn the_message_id_of_another_party_may_be_no_iri() {
        assert_eq!(MessageId::parse("_A0B1").unwrap().to_string(), "_A0B1");
        for bad in ["", "a b", "a\u{0}", &"x".repeat(257)] {
            assert!(MessageId::parse(bad).is_err());
        }
    }
}
