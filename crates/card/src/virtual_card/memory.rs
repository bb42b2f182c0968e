//! What a Lite-S card keeps without power, and the memory configuration (block 88) that says who may change it.

use crate::Idm;
use crate::lite_s::{Block, CardKey, SYSTEM_CODE, WCNT_END, block};

/// The user blocks S_PAD0–S_PAD13.
pub(super) const USER_BLOCKS: usize = 14;

/// The content of a card.
pub(super) struct Memory {
    pub(super) user: [Block; USER_BLOCKS],
    pub(super) reg: Block,
    pub(super) id: Block,
    pub(super) ser_c: Block,
    pub(super) ckv: Block,
    pub(super) ck: CardKey,
    pub(super) mc: Block,
    pub(super) wcnt: u32,
}

impl Memory {
    pub(super) fn factory(idm: Idm) -> Self {
        Self {
            user: [[0; 16]; USER_BLOCKS],
            reg: [0xFF; 16],
            id: padded(idm.as_bytes()),
            ser_c: [0; 16],
            ckv: [0; 16],
            ck: CardKey::from_block([0; 16]),
            mc: padded(&[0xFF, 0xFF, 0xFF, 0x00, 0x07]),
            wcnt: WCNT_END,
        }
    }

    pub(super) fn configuration(&self) -> MemoryConfiguration {
        MemoryConfiguration(self.mc)
    }

    pub(super) fn key(&self) -> &CardKey {
        &self.ck
    }

    /// What a stored block reads as; the rest of the memory map is computed.
    pub(super) fn stored(&self, number: u8) -> Option<Block> {
        match number {
            block::REG => Some(self.reg),
            block::ID => Some(self.id),
            block::SER_C => Some(self.ser_c),
            block::SYS_C => Some(padded(&SYSTEM_CODE.to_be_bytes())),
            block::CKV => Some(self.ckv),
            block::MC => Some(self.mc),
            block::WCNT => {
                let [low, middle, high, _] = self.wcnt.to_le_bytes();
                Some(padded(&[low, middle, high]))
            }
            user => self.user.get(usize::from(user)).copied(),
        }
    }

    /// Whether `number` may become `value`, as far as memory map and configuration go.
    pub(super) fn may_hold(&self, number: u8, value: &Block, with_mac: bool) -> bool {
        let configuration = self.configuration();
        let open = !configuration.system_blocks_locked();
        match number {
            block::RC => true,
            block::STATE => with_mac || !configuration.state_needs_mac(),
            block::REG => configuration.writable(number) && register_allows(&self.reg, value),
            block::S_PAD0..=block::S_PAD13 => configuration.writable(number),
            block::ID | block::SER_C => open,
            block::CK | block::CKV => open || configuration.key_rewritable() && with_mac,
            block::MC => configuration.may_become(MemoryConfiguration(*value)),
            _ => false,
        }
    }

    /// Writes a block that [`Memory::may_hold`] allows, and counts it.
    pub(super) fn store(&mut self, number: u8, value: &Block) {
        let was_open = !self.configuration().system_blocks_locked();
        match number {
            block::REG => self.reg = *value,
            // Bytes 0–7 stay the copy of the IDm, whatever is written.
            block::ID => self.id.iter_mut().zip(value).skip(8).for_each(|(byte, new)| *byte = *new),
            block::SER_C => self.ser_c = *value,
            block::CKV => self.ckv = *value,
            block::CK => self.ck = CardKey::from_block(*value),
            block::MC => self.mc = *value,
            user => self.user.get_mut(usize::from(user)).into_iter().for_each(|block| *block = *value),
        }
        if was_open && self.configuration().system_blocks_locked() {
            // Locking the system blocks ends the issuing: the counter begins its life here.
            self.wcnt = 0;
        } else {
            self.count();
        }
    }

    /// One successful write. An issued card's counter stops where writes with MAC stop.
    pub(super) fn count(&mut self) {
        let end = if self.configuration().system_blocks_locked() { WCNT_END } else { WCNT_MAX };
        self.wcnt = self.wcnt.saturating_add(1).min(end);
    }

    /// Whether the counter of an issued card has come to its end: nothing can be written with MAC any more.
    pub(super) fn is_worn_out(&self) -> bool {
        self.configuration().system_blocks_locked() && self.wcnt >= WCNT_END
    }
}

/// The counter has 24 bits.
const WCNT_MAX: u32 = 0xFF_FFFF;

/// Block 88. Bits count user blocks from S_PAD0 upwards, with REG as bit 14.
#[derive(Clone, Copy)]
pub(super) struct MemoryConfiguration(Block);

impl MemoryConfiguration {
    /// Bytes 0–1.
    fn writable(self, number: u8) -> bool {
        bit(self.permissions(), number)
    }

    /// Byte 2 is 00 once the system blocks are locked, for ever.
    pub(super) fn system_blocks_locked(self) -> bool {
        let [_, _, system, ..] = self.0;
        system != 0xFF
    }

    /// Byte 5: CK and CKV of a locked card may be rewritten with MAC.
    fn key_rewritable(self) -> bool {
        let [_, _, _, _, _, rewritable, ..] = self.0;
        rewritable == 0x01
    }

    /// Bytes 6–7.
    pub(super) fn read_needs_authentication(self, number: u8) -> bool {
        let [read, _, _] = self.demands();
        bit(read, number)
    }

    /// Bytes 8–9.
    pub(super) fn write_needs_authentication(self, number: u8) -> bool {
        let [_, write, _] = self.demands();
        bit(write, number)
    }

    /// Bytes 10–11.
    pub(super) fn write_needs_mac(self, number: u8) -> bool {
        let [_, _, mac] = self.demands();
        bit(mac, number)
    }

    /// Byte 12.
    fn state_needs_mac(self) -> bool {
        let [_, _, _, _, _, _, _, _, _, _, _, _, state, ..] = self.0;
        state == 0x01
    }

    /// Whether a card allows this change: demands are only ever added, and after the lock permissions only withdrawn.
    fn may_become(self, new: Self) -> bool {
        let keeps_demands = self.demands().into_iter().zip(new.demands()).all(|(old, new)| old & !new == 0);
        let keeps_state = !self.state_needs_mac() || new.state_needs_mac();
        let fixed = |configuration: Self| {
            let [_, _, a, b, c, d, _, _, _, _, _, _, _, e, f, g] = configuration.0;
            [a, b, c, d, e, f, g]
        };
        let locked_rule = || {
            self.permissions() & CHANGEABLE != 0
                && new.permissions() & !self.permissions() == 0
                && fixed(self) == fixed(new)
        };
        keeps_demands && keeps_state && (!self.system_blocks_locked() || locked_rule())
    }

    fn permissions(self) -> u16 {
        let [low, high, ..] = self.0;
        u16::from_le_bytes([low, high])
    }

    /// The three bit fields: read needs authentication, write needs authentication, write needs MAC.
    fn demands(self) -> [u16; 3] {
        let [_, _, _, _, _, _, a, b, c, d, e, f, ..] = self.0;
        [[a, b], [c, d], [e, f]].map(u16::from_le_bytes)
    }
}

/// Bit 15 of the permissions: the configuration of a locked card can still be made stricter.
const CHANGEABLE: u16 = 0x8000;

fn bit(field: u16, number: u8) -> bool {
    number <= block::REG && field >> number & 1 == 1
}

/// The subtraction register: its first two four-byte values can only go down.
fn register_allows(old: &Block, new: &Block) -> bool {
    let values = |register: &Block| {
        let [a, b, c, d, e, f, g, h, ..] = *register;
        [[a, b, c, d], [e, f, g, h]].map(u32::from_le_bytes)
    };
    values(old).into_iter().zip(values(new)).all(|(old, new)| new <= old)
}

/// Whether the memory map has this block.
pub(super) fn exists(number: u8) -> bool {
    matches!(number, block::S_PAD0..=block::REG | block::RC..=block::MC | block::WCNT..=block::STATE | block::CRC_CHECK)
}

/// A block that begins with `head` and ends in zeros.
pub(super) fn padded(head: &[u8]) -> Block {
    joined(head, &[])
}

/// A block of two parts, ending in zeros.
pub(super) fn joined(head: &[u8], tail: &[u8]) -> Block {
    let mut block = [0; 16];
    block.iter_mut().zip(head.iter().chain(tail)).for_each(|(to, from)| *to = *from);
    block
}
