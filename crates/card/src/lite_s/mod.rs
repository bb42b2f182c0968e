//! FeliCa Lite-S as its user's manual defines it: memory map, frames, message authentication codes.
//!
//! One system (88B4), two services, blocks of 16 bytes. Everything on the air is little-endian unless said otherwise.

pub mod frame;
mod mac;

pub use mac::{CardKey, SessionKey, mac, mac_a_read, mac_a_write, mac_in, same_mac, session_key};

/// Sixteen bytes: the unit in which the card reads and writes.
pub type Block = [u8; 16];

/// The system code of Lite and Lite-S cards, as polling sends it (big-endian).
pub const SYSTEM_CODE: u16 = 0x88B4;
/// The service that reads and writes without a card-wide key.
pub const SERVICE_READ_WRITE: u16 = 0x0009;
/// The service that only reads.
pub const SERVICE_READ_ONLY: u16 = 0x000B;
/// Most blocks one read may ask for.
pub const READ_BLOCKS_MAX: usize = 4;
/// Most blocks one write may carry; two only when the second is [`block::MAC_A`].
pub const WRITE_BLOCKS_MAX: usize = 2;
/// Byte 1 of the PMm of a Lite-S card. A Lite card has F0, and no MAC_A.
pub const PMM_IC_TYPE_LITE_S: u8 = 0xF1;
/// From here the write counter no longer counts, and writes with MAC stop. New cards start here until issued.
pub const WCNT_END: u32 = 0xFF_FE00;

/// Block numbers of the memory map.
pub mod block {
    /// First of the fourteen user blocks (00–0D).
    pub const S_PAD0: u8 = 0x00;
    /// Second user block.
    pub const S_PAD1: u8 = 0x01;
    /// Last of the user blocks.
    pub const S_PAD13: u8 = 0x0D;
    /// The subtraction register.
    pub const REG: u8 = 0x0E;
    /// The random challenge; writing it starts a session, reading gives zeros.
    pub const RC: u8 = 0x80;
    /// The legacy MAC over data only. Never accepted where [`MAC_A`] is available: it does not bind block numbers.
    pub const MAC: u8 = 0x81;
    /// The card's id, [`crate::CardId`].
    pub const ID: u8 = 0x82;
    /// IDm and PMm, read only.
    pub const D_ID: u8 = 0x83;
    /// Service code.
    pub const SER_C: u8 = 0x84;
    /// System code.
    pub const SYS_C: u8 = 0x85;
    /// Version of the card key, two bytes little-endian.
    pub const CKV: u8 = 0x86;
    /// The card key, never readable.
    pub const CK: u8 = 0x87;
    /// The memory configuration.
    pub const MC: u8 = 0x88;
    /// The write counter, three bytes little-endian, read only.
    pub const WCNT: u8 = 0x90;
    /// The MAC that binds block numbers and, for writes, the write counter.
    pub const MAC_A: u8 = 0x91;
    /// Byte 0 is 1 while external authentication holds.
    pub const STATE: u8 = 0x92;
    /// The card's own check of its memory.
    pub const CRC_CHECK: u8 = 0xA0;
}

/// Why a card refused a command: the two status flags of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusFlags {
    /// Which block list element failed, as a bit; FF when no single one did.
    pub sf1: u8,
    /// The reason.
    pub sf2: u8,
}

impl StatusFlags {
    /// The command succeeded.
    pub const OK: Self = Self { sf1: 0, sf2: 0 };
    /// SF2: more than one service.
    pub const SERVICE_COUNT: u8 = 0xA1;
    /// SF2: too few or too many blocks.
    pub const BLOCK_COUNT: u8 = 0xA2;
    /// SF2: an element points at a service that the command does not list.
    pub const SERVICE_INDEX: u8 = 0xA3;
    /// SF2: a service the card does not have, or not for this command.
    pub const SERVICE_CODE: u8 = 0xA6;
    /// SF2: an access mode other than zero.
    pub const ACCESS_MODE: u8 = 0xA7;
    /// SF2: no such block, or the memory configuration forbids the access.
    pub const BLOCK: u8 = 0xA8;
    /// SF2: MAC and MAC_A in one command.
    pub const BOTH_MACS: u8 = 0xB0;
    /// SF2: the block needs external authentication first.
    pub const NEEDS_EXTERNAL_AUTHENTICATION: u8 = 0xB1;
    /// SF2: no challenge written yet, or a wrong MAC or write counter.
    pub const MAC: u8 = 0xB2;

    /// Whether the command succeeded.
    pub fn ok(self) -> bool {
        self == Self::OK
    }
}

impl std::fmt::Display for StatusFlags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status flags {:02X} {:02X}", self.sf1, self.sf2)
    }
}

#[cfg(test)]
mod tests;
