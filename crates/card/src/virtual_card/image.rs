//! A virtual card as a file.

use serde::{Deserialize, Serialize};

use super::memory::{Memory, USER_BLOCKS};
use super::{LiteS, PMM};
use crate::lite_s::CardKey;
use crate::protocol::BlockText;
use crate::{Idm, Malformed};

/// Everything a virtual card keeps without power, as JSON with hexadecimal blocks.
///
/// Holds the card key, which no real card gives away: material for demonstrations and tests alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardImage {
    idm: Idm,
    user: Vec<BlockText>,
    reg: BlockText,
    id: BlockText,
    ser_c: BlockText,
    ckv: BlockText,
    ck: BlockText,
    mc: BlockText,
    wcnt: u32,
}

impl CardImage {
    /// The longest file that can be an image.
    pub const FILE_BYTES_MAX: u64 = 4096;

    /// Reads the file's text.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl LiteS {
    /// The card's content.
    pub fn image(&self) -> CardImage {
        let memory = &self.memory;
        CardImage {
            idm: self.idm,
            user: memory.user.iter().map(|block| BlockText::from_bytes(*block)).collect(),
            reg: memory.reg.into(),
            id: memory.id.into(),
            ser_c: memory.ser_c.into(),
            ckv: memory.ckv.into(),
            ck: (*memory.ck.as_block()).into(),
            mc: memory.mc.into(),
            wcnt: memory.wcnt,
        }
    }
}

impl TryFrom<&CardImage> for LiteS {
    type Error = Malformed;

    fn try_from(image: &CardImage) -> Result<Self, Malformed> {
        let refused = Malformed { what: "a card image", expected: "14 user blocks and a counter of 24 bits" };
        let user: Vec<_> = image.user.iter().map(|block| *block.as_bytes()).collect();
        let user: [_; USER_BLOCKS] = user.try_into().map_err(|_| refused)?;
        if image.wcnt > 0xFF_FFFF {
            return Err(refused);
        }
        let memory = Memory {
            user,
            reg: *image.reg.as_bytes(),
            id: *image.id.as_bytes(),
            ser_c: *image.ser_c.as_bytes(),
            ckv: *image.ckv.as_bytes(),
            ck: CardKey::from_block(*image.ck.as_bytes()),
            mc: *image.mc.as_bytes(),
            wcnt: image.wcnt,
        };
        Ok(Self { idm: image.idm, pmm: PMM, memory, session: None, externally_authenticated: false })
    }
}
