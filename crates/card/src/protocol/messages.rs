//! What the two ends send each other. In JSON every byte string is hexadecimal.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hex_bytes::hex_bytes;
use crate::lite_s::Block;
use crate::{CardId, Malformed};

/// Message 0: the server opens an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The attempt; bound by the server to the browser that asked, and good for one proof.
    pub sid: Sid,
    /// The server's random contribution to the challenge.
    pub c: Nonce,
    /// From this moment on the server refuses the attempt.
    pub exp: Timestamp,
}

/// Message 2: the card's answer to the challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Block 82.
    pub id: CardId,
    /// Block 86.
    #[serde(rename = "ckv")]
    pub ckv_block: BlockText,
    /// Block 90.
    #[serde(rename = "wcnt")]
    pub wcnt_block: BlockText,
    /// The card's MAC over the three blocks.
    pub mac_a: MacA,
}

impl Proof {
    /// The key version the card claims. Only [`super::server::verify`] makes it true.
    pub fn ckv(&self) -> u16 {
        let [low, high, ..] = *self.ckv_block.as_bytes();
        u16::from_le_bytes([low, high])
    }

    /// The write counter the card claims.
    pub fn wcnt(&self) -> u32 {
        let [a, b, c, ..] = *self.wcnt_block.as_bytes();
        u32::from_le_bytes([a, b, c, 0])
    }
}

/// Message 3: the write of block 92 with its MAC_A, which opens the protected blocks to this reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The data for block 92.
    pub state: BlockText,
    /// The data for block 91: MAC (8), write counter (3), zeros.
    pub mac_block: BlockText,
}

hex_bytes! {
    /// The server's random contribution to a challenge.
    Nonce, 32, "a nonce"
}

hex_bytes! {
    /// A block of the card.
    BlockText, 16, "a block"
}

hex_bytes! {
    /// A message authentication code.
    MacA, 8, "a MAC"
}

hex_bytes! {
    /// Message 5, OPAQUE's KE1: the agent begins to prove the PIN. The server spends a try before it answers.
    Ke1, 96, "a KE1"
}

hex_bytes! {
    /// Message 6, OPAQUE's KE2.
    Ke2, 320, "a KE2"
}

hex_bytes! {
    /// Message 7, OPAQUE's KE3: only the right PIN with the right card makes one.
    Ke3, 64, "a KE3"
}

hex_bytes! {
    /// The first message of a registration, issuing room → server.
    RegistrationRequest, 32, "a registration request"
}

hex_bytes! {
    /// The second message of a registration, server → issuing room.
    RegistrationResponse, 64, "a registration response"
}

hex_bytes! {
    /// The third message of a registration, issuing room → server.
    RegistrationUpload, 192, "a registration upload"
}

impl From<Block> for BlockText {
    fn from(block: Block) -> Self {
        Self::from_bytes(block)
    }
}

/// The name of an attempt: 32 lower-case hexadecimal characters, and hashed as such.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sid(String);

impl Sid {
    /// Names an attempt after 16 random bytes.
    pub fn from_random(random: [u8; 16]) -> Self {
        Self(hex::encode(random))
    }

    /// The 32 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sid {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let legal = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let refused = Malformed { what: "a session id", expected: "32 lower-case hexadecimal characters" };
        legal.then(|| Self(text.to_owned())).ok_or(refused)
    }
}

/// Who asks: the web origin that the browser vouches for, or the id of a reception terminal.
///
/// An agent takes it from the channel and never from what a page says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// The longest origin: a full host name with scheme and port stays below.
    pub const LENGTH_BYTES_MAX: usize = 300;

    /// The origin as text, byte for byte as it is hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let legal = (1..=Self::LENGTH_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let refused = Malformed { what: "an origin", expected: "1 to 300 visible ASCII characters" };
        legal.then(|| Self(text.to_owned())).ok_or(refused)
    }
}

macro_rules! text_type {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = Malformed;

            fn try_from(text: String) -> Result<Self, Malformed> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_type!(Sid);
text_type!(Origin);
