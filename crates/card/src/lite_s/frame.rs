//! FeliCa packets as Lite-S knows them: LEN (counts itself), code, payload. Preamble and CRC are the reader's.
//!
//! Parsing is total, and strict about lengths: a packet with a byte too few or too many is none, as on the air.

use super::{Block, StatusFlags};
use crate::Idm;

/// Longest packet: its length is one byte.
pub const PACKET_BYTES_MAX: usize = 255;

const POLLING: u8 = 0x00;
const POLLED: u8 = 0x01;
const READ: u8 = 0x06;
const READ_ANSWER: u8 = 0x07;
const WRITE: u8 = 0x08;
const WRITE_ANSWER: u8 = 0x09;

/// What a reader asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Who is there, of this system? FF in either half of `system` matches any.
    Polling {
        /// The system code, big-endian on the air.
        system: u16,
        /// 01 asks for the system code, 02 for the transmission speeds, 00 for nothing more.
        request: u8,
    },
    /// Read Without Encryption.
    Read(Access),
    /// Write Without Encryption; as many blocks of data as elements.
    Write(Access, Vec<Block>),
}

/// The part that reads and writes share: which card, which services, which blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The card that is meant.
    pub idm: Idm,
    /// Service codes.
    pub services: Vec<u16>,
    /// The block list.
    pub elements: Vec<Element>,
}

/// An element of a block list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Which of the command's services, four bits.
    pub service: u8,
    /// Access mode, three bits; Lite-S knows only 0.
    pub mode: u8,
    /// The block; written in the short form when it fits one byte.
    pub block: u16,
}

/// What a card answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// Here I am.
    Polling {
        /// The card's number.
        idm: Idm,
        /// The card's parameters; byte 1 tells the kind of chip.
        pmm: [u8; 8],
        /// The answer to [`Command::Polling`]'s request, if it made one.
        extra: Option<[u8; 2]>,
    },
    /// The blocks asked for; none when the status is not OK.
    Read {
        /// The card that answers.
        idm: Idm,
        /// Whether it worked.
        status: StatusFlags,
        /// The data.
        blocks: Vec<Block>,
    },
    /// Written, or not.
    Write {
        /// The card that answers.
        idm: Idm,
        /// Whether it worked.
        status: StatusFlags,
    },
}

impl Access {
    /// Access to some blocks of one service.
    pub fn to_blocks(idm: Idm, service: u16, blocks: &[u8]) -> Self {
        let elements = blocks.iter().map(|block| Element { service: 0, mode: 0, block: u16::from(*block) }).collect();
        Self { idm, services: vec![service], elements }
    }

    fn take(packet: &mut &[u8]) -> Option<Self> {
        let idm = Idm::from_bytes(take(packet)?);
        let services = (0..byte(packet)?).map(|_| take(packet).map(u16::from_le_bytes)).collect::<Option<_>>()?;
        let elements = (0..byte(packet)?).map(|_| Element::take(packet)).collect::<Option<_>>()?;
        Some(Self { idm, services, elements })
    }

    fn put(&self, packet: &mut Vec<u8>) {
        packet.extend(self.idm.as_bytes());
        packet.push(count(self.services.len()));
        packet.extend(self.services.iter().flat_map(|service| service.to_le_bytes()));
        packet.push(count(self.elements.len()));
        self.elements.iter().for_each(|element| element.put(packet));
    }
}

impl Element {
    /// Two bytes when the first bit is set, else three with the block number little-endian.
    fn take(packet: &mut &[u8]) -> Option<Self> {
        let head = byte(packet)?;
        let block = if head & 0x80 == 0 { u16::from_le_bytes(take(packet)?) } else { u16::from(byte(packet)?) };
        Some(Self { service: head & 0x0F, mode: head >> 4 & 0x07, block })
    }

    fn put(self, packet: &mut Vec<u8>) {
        let head = (self.mode & 0x07) << 4 | self.service & 0x0F;
        match u8::try_from(self.block) {
            Ok(short) => packet.extend([0x80 | head, short]),
            Err(_) => packet.extend(std::iter::once(head).chain(self.block.to_le_bytes())),
        }
    }
}

impl Command {
    /// Reads a packet, its length byte included; `None` is what a card would stay silent to.
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let (code, mut rest) = open(packet)?;
        let command = match code {
            POLLING => {
                let [high, low, request, _slots] = take(&mut rest)?;
                Self::Polling { system: u16::from_be_bytes([high, low]), request }
            }
            READ => Self::Read(Access::take(&mut rest)?),
            WRITE => {
                let access = Access::take(&mut rest)?;
                let data = access.elements.iter().map(|_| take(&mut rest)).collect::<Option<_>>()?;
                Self::Write(access, data)
            }
            _ => return None,
        };
        rest.is_empty().then_some(command)
    }

    /// The packet, its length byte included. One time slot is asked for when polling.
    pub fn to_packet(&self) -> Vec<u8> {
        let mut packet = vec![0];
        match self {
            Self::Polling { system, request } => {
                packet.push(POLLING);
                packet.extend(system.to_be_bytes());
                packet.extend([*request, 0]);
            }
            Self::Read(access) => {
                packet.push(READ);
                access.put(&mut packet);
            }
            Self::Write(access, data) => {
                packet.push(WRITE);
                access.put(&mut packet);
                packet.extend(data.as_flattened());
            }
        }
        close(packet)
    }
}

impl Response {
    /// Reads a packet, its length byte included.
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let (code, mut rest) = open(packet)?;
        let idm = Idm::from_bytes(take(&mut rest)?);
        let response = match code {
            POLLED => {
                let pmm = take(&mut rest)?;
                let extra = if rest.is_empty() { None } else { Some(take(&mut rest)?) };
                Self::Polling { idm, pmm, extra }
            }
            READ_ANSWER => {
                let [sf1, sf2] = take(&mut rest)?;
                let status = StatusFlags { sf1, sf2 };
                let announced = if status.ok() { byte(&mut rest)? } else { 0 };
                let blocks = (0..announced).map(|_| take(&mut rest)).collect::<Option<_>>()?;
                Self::Read { idm, status, blocks }
            }
            WRITE_ANSWER => {
                let [sf1, sf2] = take(&mut rest)?;
                Self::Write { idm, status: StatusFlags { sf1, sf2 } }
            }
            _ => return None,
        };
        rest.is_empty().then_some(response)
    }

    /// The packet, its length byte included.
    pub fn to_packet(&self) -> Vec<u8> {
        let mut packet = vec![0];
        match self {
            Self::Polling { idm, pmm, extra } => {
                packet.push(POLLED);
                packet.extend(idm.as_bytes().iter().chain(pmm).chain(extra.iter().flatten()));
            }
            Self::Read { idm, status, blocks } => {
                packet.push(READ_ANSWER);
                packet.extend(idm.as_bytes());
                packet.extend([status.sf1, status.sf2]);
                if status.ok() {
                    packet.push(count(blocks.len()));
                    packet.extend(blocks.as_flattened());
                }
            }
            Self::Write { idm, status } => {
                packet.push(WRITE_ANSWER);
                packet.extend(idm.as_bytes());
                packet.extend([status.sf1, status.sf2]);
            }
        }
        close(packet)
    }
}

/// Checks the length byte and splits off the code.
fn open(packet: &[u8]) -> Option<(u8, &[u8])> {
    match packet {
        [length, code, rest @ ..] if usize::from(*length) == packet.len() => Some((*code, rest)),
        _ => None,
    }
}

/// Fills in the length byte. Too long a packet gets one that is wrong, which every receiver refuses.
fn close(mut packet: Vec<u8>) -> Vec<u8> {
    let length = count(packet.len());
    if let Some(first) = packet.first_mut() {
        *first = length;
    }
    packet
}

fn count(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

fn take<const N: usize>(packet: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = packet.split_first_chunk()?;
    *packet = rest;
    Some(*head)
}

fn byte(packet: &mut &[u8]) -> Option<u8> {
    take(packet).map(|[byte]| byte)
}
