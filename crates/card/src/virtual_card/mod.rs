//! A FeliCa Lite-S card in software: memory map, permissions, write counter, authentication (Lite-S user's manual).
//!
//! For tests and demonstrations, and the model that real cards are compared with. It answers packets, so everything
//! above it runs as it does with a card: through [`Tag`] behind a reader, in this process or behind pcscd.

mod image;
mod memory;
mod tag;

use crate::Idm;
use crate::lite_s::frame::{Access, Command, Response};
use crate::lite_s::{
    Block, READ_BLOCKS_MAX, SERVICE_READ_ONLY, SERVICE_READ_WRITE, SYSTEM_CODE, SessionKey, StatusFlags,
    WRITE_BLOCKS_MAX, block, mac, mac_a_read, mac_a_write, mac_in, same_mac, session_key,
};

pub use image::CardImage;
use memory::Memory;
pub use tag::Tag;

/// A Lite-S card.
pub struct LiteS {
    idm: Idm,
    pmm: [u8; 8],
    memory: Memory,
    session: Option<Session>,
    externally_authenticated: bool,
}

/// What lasts from the writing of a challenge until the field is off.
struct Session {
    rc: Block,
    key: SessionKey,
}

/// Chip type Lite-S, and the maximum response times of the manual.
const PMM: [u8; 8] = [0x00, 0xF1, 0x00, 0x00, 0x00, 0x01, 0x43, 0x00];

impl LiteS {
    /// A card as it comes from the factory: everything open, key zero, counter in the factory's area.
    pub fn factory(idm: Idm) -> Self {
        Self { idm, pmm: PMM, memory: Memory::factory(idm), session: None, externally_authenticated: false }
    }

    /// What the card answers to in the field.
    pub fn idm(&self) -> Idm {
        self.idm
    }

    /// The write counter; a copy that falls behind betrays itself by it.
    pub fn wcnt(&self) -> u32 {
        self.memory.wcnt
    }

    /// Ends the session, as taking the card out of the field does.
    pub fn field_off(&mut self) {
        self.session = None;
        self.externally_authenticated = false;
    }

    /// Answers a packet, length byte included; silence for what is malformed or not for this card.
    pub fn answer(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let response = match Command::parse(packet)? {
            Command::Polling { system, request } => self.poll(system, request)?,
            Command::Read(access) if access.idm == self.idm => match self.read(&access) {
                Ok(blocks) => Response::Read { idm: self.idm, status: StatusFlags::OK, blocks },
                Err(status) => Response::Read { idm: self.idm, status, blocks: Vec::new() },
            },
            Command::Write(access, data) if access.idm == self.idm => {
                let status = self.write(&access, &data).err().unwrap_or(StatusFlags::OK);
                Response::Write { idm: self.idm, status }
            }
            Command::Read(_) | Command::Write(..) => return None,
        };
        Some(response.to_packet())
    }

    fn poll(&self, system: u16, request: u8) -> Option<Response> {
        let matches = |asked: u8, own: u8| asked == 0xFF || asked == own;
        let both = system.to_be_bytes().into_iter().zip(SYSTEM_CODE.to_be_bytes());
        if !both.into_iter().all(|(asked, own)| matches(asked, own)) {
            return None;
        }
        let extra = match request {
            0x01 => Some(SYSTEM_CODE.to_be_bytes()),
            // 212 and 424 kbit/s.
            0x02 => Some([0x00, 0x83]),
            _ => None,
        };
        Some(Response::Polling { idm: self.idm, pmm: self.pmm, extra })
    }

    fn read(&self, access: &Access) -> Result<Vec<Block>, StatusFlags> {
        let blocks = block_list(access, &[SERVICE_READ_WRITE, SERVICE_READ_ONLY], READ_BLOCKS_MAX)?;
        for (place, number) in blocks.iter().enumerate() {
            self.may_read(*number).map_err(|sf2| at(place, sf2))?;
        }
        if blocks.contains(&block::MAC) && blocks.contains(&block::MAC_A) {
            return Err(StatusFlags { sf1: 0xFF, sf2: StatusFlags::BOTH_MACS });
        }
        let mut data = Vec::with_capacity(blocks.len());
        for (place, number) in blocks.iter().enumerate() {
            let last = place + 1 == blocks.len();
            data.push(self.content(*number, last, &blocks, &data).ok_or(at(place, StatusFlags::BLOCK))?);
        }
        Ok(data)
    }

    fn may_read(&self, number: u8) -> Result<(), u8> {
        let needs_session = matches!(number, block::MAC | block::MAC_A);
        if needs_session && self.session.is_none() {
            return Err(StatusFlags::MAC);
        }
        if self.memory.configuration().read_needs_authentication(number) && !self.externally_authenticated {
            return Err(StatusFlags::NEEDS_EXTERNAL_AUTHENTICATION);
        }
        Ok(())
    }

    /// A block as it reads now. The MACs cover what was read before them, so we give them in the last place only.
    fn content(&self, number: u8, last: bool, blocks: &[u8], before: &[Block]) -> Option<Block> {
        let session = self.session.as_ref();
        match number {
            block::RC | block::CK | block::CRC_CHECK => Some([0; 16]),
            block::D_ID => Some(memory::joined(self.idm.as_bytes(), &self.pmm)),
            block::STATE => Some(memory::padded(&[u8::from(self.externally_authenticated)])),
            block::MAC if last => session.map(|session| memory::padded(&mac(&session.key, &session.rc, before))),
            block::MAC_A if last => {
                session.map(|session| memory::padded(&mac_a_read(&session.key, &session.rc, blocks, before)))
            }
            stored => self.memory.stored(stored),
        }
    }

    fn write(&mut self, access: &Access, data: &[Block]) -> Result<(), StatusFlags> {
        let blocks = block_list(access, &[SERVICE_READ_WRITE], WRITE_BLOCKS_MAX)?;
        let (number, value, mac_block) = match (blocks.as_slice(), data) {
            ([number], [value]) => (*number, value, None),
            ([number, block::MAC_A], [value, mac_block]) => (*number, value, Some(mac_block)),
            _ => return Err(at(1, StatusFlags::MAC)),
        };
        self.may_write(number, value, mac_block.is_some()).map_err(|sf2| at(0, sf2))?;
        if mac_block.is_some_and(|mac_block| !self.is_authentic(number, value, mac_block)) {
            return Err(at(1, StatusFlags::MAC));
        }
        match number {
            // The challenge is no content: it begins a session and does not count.
            block::RC => {
                self.session = Some(Session { rc: *value, key: session_key(self.memory.key(), value) });
                self.externally_authenticated = false;
            }
            block::STATE => {
                self.externally_authenticated = mac_block.is_some() && value.first() == Some(&1);
                self.memory.count();
            }
            _ => self.memory.store(number, value),
        }
        Ok(())
    }

    fn may_write(&self, number: u8, value: &Block, with_mac: bool) -> Result<(), u8> {
        let configuration = self.memory.configuration();
        if !self.memory.may_hold(number, value, with_mac) {
            return Err(StatusFlags::BLOCK);
        }
        if configuration.write_needs_authentication(number) && !self.externally_authenticated {
            return Err(StatusFlags::NEEDS_EXTERNAL_AUTHENTICATION);
        }
        if configuration.write_needs_mac(number) && !with_mac {
            return Err(StatusFlags::BLOCK);
        }
        Ok(())
    }

    /// Whether `mac_block` proves that the writer holds the card key, now.
    fn is_authentic(&self, number: u8, value: &Block, mac_block: &Block) -> bool {
        let [_, _, _, _, _, _, _, _, low, middle, high, ..] = *mac_block;
        let fresh = u32::from_le_bytes([low, middle, high, 0]) == self.memory.wcnt && !self.memory.is_worn_out();
        let right = self.session.as_ref().is_some_and(|session| {
            let expected = mac_a_write(&session.key, &session.rc, self.memory.wcnt, number, value);
            same_mac(&expected, &mac_in(mac_block))
        });
        fresh && right
    }
}

/// The block numbers of a command, after the checks that concern the list alone.
fn block_list(access: &Access, services: &[u16], blocks_max: usize) -> Result<Vec<u8>, StatusFlags> {
    let whole = |sf2| StatusFlags { sf1: 0xFF, sf2 };
    let [service] = access.services.as_slice() else { return Err(whole(StatusFlags::SERVICE_COUNT)) };
    if access.elements.is_empty() || access.elements.len() > blocks_max {
        return Err(whole(StatusFlags::BLOCK_COUNT));
    }
    if !services.contains(service) {
        return Err(at(0, StatusFlags::SERVICE_CODE));
    }
    let number = |(place, element): (usize, &crate::lite_s::frame::Element)| {
        if element.service != 0 {
            return Err(at(place, StatusFlags::SERVICE_INDEX));
        }
        if element.mode != 0 {
            return Err(at(place, StatusFlags::ACCESS_MODE));
        }
        let number = u8::try_from(element.block).ok().filter(|number| memory::exists(*number));
        number.ok_or(at(place, StatusFlags::BLOCK))
    };
    access.elements.iter().enumerate().map(number).collect()
}

/// The status flags of a refusal that concerns the element at `place`.
fn at(place: usize, sf2: u8) -> StatusFlags {
    StatusFlags { sf1: 1u8.checked_shl(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0xFF), sf2 }
}

#[cfg(test)]
mod tests;
