//! The two things that together prove a holder: what the person knows and what only the opened card tells.

use std::str::FromStr;

use zeroize::Zeroizing;

use super::digest;
use crate::Malformed;
use crate::lite_s::Block;

/// A PIN: four to six ASCII digits. Wiped when dropped, shown by nothing.
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// The shortest PIN, accepted for cards of other issuers; SSC gives six digits.
    pub const DIGITS_MIN: usize = 4;
    /// The longest PIN.
    pub const DIGITS_MAX: usize = 6;
}

impl FromStr for Pin {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let legal =
            (Self::DIGITS_MIN..=Self::DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let refused = Malformed { what: "the PIN", expected: "four to six digits" };
        legal.then(|| Self(Zeroizing::new(text.to_owned()))).ok_or(refused)
    }
}

/// X: 32 random bytes that the card gives only to a reader whose server has authenticated itself.
///
/// Mixed into the PIN's password, they make a stolen server database useless without the card.
pub struct CardSecret(Zeroizing<[u8; 32]>);

impl CardSecret {
    /// Takes 32 random bytes, drawn for one card.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Joins the content of [`super::SECRET_BLOCKS`].
    pub fn from_blocks(blocks: [Block; 2]) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.iter_mut().zip(blocks.as_flattened()).for_each(|(byte, part)| *byte = *part);
        Self(bytes)
    }

    /// The content of [`super::SECRET_BLOCKS`].
    pub fn blocks(&self) -> Zeroizing<[Block; 2]> {
        let mut blocks = Zeroizing::new([[0; 16]; 2]);
        blocks.as_flattened_mut().iter_mut().zip(self.0.iter()).for_each(|(part, byte)| *part = *byte);
        blocks
    }
}

/// What OPAQUE takes as the password: SHA-256(label ‖ PIN ‖ X), each behind its length (SSC-CARD/1 §6.2).
pub(super) fn password(pin: &Pin, secret: &CardSecret) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(digest(b"SSC-CARD/1 PW\0", &[pin.0.as_bytes(), secret.0.as_slice()]))
}
