//! How a make of reader passes FeliCa commands on: pseudo-APDUs of class FF (PC/SC part 3, and Sony's own).

use super::ReadError;
use super::session::Link;
use crate::Idm;
use crate::lite_s::frame::{Access, Command, Response};
use crate::lite_s::{Block, SERVICE_READ_WRITE, SYSTEM_CODE, StatusFlags};

/// The reader did what was asked.
pub(super) const SW_OK: u16 = 0x9000;
/// The card did not answer.
pub(super) const SW_SILENT: u16 = 0x6401;

/// A make of reader. Every status word other than 9000 becomes one error: their choice differs from make to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderProfile {
    /// PC/SC part 3: select a service (FF A4), read and update blocks (FF B0, FF D6). RC-S300 and most others.
    Standard,
    /// FeliCa packets as they are (FF FE): the RC-S380 family, whose driver has no block commands.
    Raw,
}

impl ReaderProfile {
    /// The profile for a reader of this name. Readers we do not know are taken to follow the standard.
    pub fn of(reader_name: &str) -> Self {
        let raw = ["RC-S380", "PaSoRi 3.0", "RC-S370", "RC-S330"];
        if raw.iter().any(|name| reader_name.contains(name)) { Self::Raw } else { Self::Standard }
    }

    /// The number of the card in the field.
    pub(super) fn idm(self, link: &mut dyn Link) -> Result<Idm, ReadError> {
        let number = match self {
            Self::Standard => transmit(link, &[0xFF, 0xCA, 0, 0, 0])?,
            Self::Raw => match exchange(link, &Command::Polling { system: SYSTEM_CODE, request: 0 })? {
                Response::Polling { idm, .. } => idm.as_bytes().to_vec(),
                _ => return Err(not_understood()),
            },
        };
        Idm::try_from(number.as_slice()).map_err(|_| not_understood())
    }

    pub(super) fn select_service(self, link: &mut dyn Link) -> Result<(), ReadError> {
        let [low, high] = SERVICE_READ_WRITE.to_le_bytes();
        match self {
            Self::Standard => transmit(link, &[0xFF, 0xA4, 0x00, 0x01, 0x02, low, high]).map(|_| ()),
            Self::Raw => Ok(()),
        }
    }

    pub(super) fn read(self, link: &mut dyn Link, idm: Idm, blocks: &[u8]) -> Result<Vec<Block>, ReadError> {
        if self == Self::Raw {
            let command = Command::Read(Access::to_blocks(idm, SERVICE_READ_WRITE, blocks));
            return match exchange(link, &command)? {
                Response::Read { status, blocks, .. } if status.ok() => Ok(blocks),
                Response::Read { status, .. } => Err(ReadError::Failed { sw: SW_OK, flags: Some(status) }),
                _ => Err(not_understood()),
            };
        }
        let list: Vec<u8> = blocks.iter().flat_map(|block| [0x80, *block]).collect();
        let data = transmit(link, &apdu(0xB0, count(blocks), &list, Some(0)))?;
        match data.as_chunks() {
            (data, []) if data.len() == blocks.len() => Ok(data.to_vec()),
            _ => Err(not_understood()),
        }
    }

    pub(super) fn write(self, link: &mut dyn Link, idm: Idm, blocks: &[(u8, Block)]) -> Result<(), ReadError> {
        let (numbers, data): (Vec<u8>, Vec<Block>) = blocks.iter().copied().unzip();
        if self == Self::Raw {
            let command = Command::Write(Access::to_blocks(idm, SERVICE_READ_WRITE, &numbers), data);
            return match exchange(link, &command)? {
                Response::Write { status, .. } if status.ok() => Ok(()),
                Response::Write { status, .. } => Err(ReadError::Failed { sw: SW_OK, flags: Some(status) }),
                _ => Err(not_understood()),
            };
        }
        let list: Vec<u8> =
            numbers.iter().flat_map(|block| [0x80, *block]).chain(data.as_flattened().to_vec()).collect();
        transmit(link, &apdu(0xD6, count(&numbers), &list, None)).map(|_| ())
    }
}

/// An extended block command: P1 80, P2 the number of blocks.
fn apdu(instruction: u8, blocks: u8, list: &[u8], expected: Option<u8>) -> Vec<u8> {
    let length = u8::try_from(list.len()).unwrap_or(u8::MAX);
    let head = [0xFF, instruction, 0x80, blocks, length];
    head.into_iter().chain(list.iter().copied()).chain(expected).collect()
}

fn count(blocks: &[u8]) -> u8 {
    u8::try_from(blocks.len()).unwrap_or(u8::MAX)
}

/// Sends a FeliCa packet through FF FE, whose data is the packet without its length byte, in both directions.
fn exchange(link: &mut dyn Link, command: &Command) -> Result<Response, ReadError> {
    let packet = command.to_packet();
    let Some((length, body)) = packet.split_first() else { return Err(not_understood()) };
    let head = [0xFF, 0xFE, 0x00, 0x00, length.saturating_sub(1)];
    let answer = transmit(link, &[&head, body, &[0]].concat())?;
    let length = u8::try_from(answer.len().saturating_add(1)).map_err(|_| not_understood())?;
    Response::parse(&[&[length], answer.as_slice()].concat()).ok_or_else(not_understood)
}

/// The data of an answer with status word 9000.
fn transmit(link: &mut dyn Link, apdu: &[u8]) -> Result<Vec<u8>, ReadError> {
    let answer = link.transmit(apdu)?;
    parse_answer(&answer)
}

/// Splits an answer into data and status word. Some readers put the card's status flags in front of a refusal.
pub(super) fn parse_answer(answer: &[u8]) -> Result<Vec<u8>, ReadError> {
    match answer {
        [data @ .., 0x90, 0x00] => Ok(data.to_vec()),
        [data @ .., high, low] => {
            let flags = if let [sf1, sf2] = data { Some(StatusFlags { sf1: *sf1, sf2: *sf2 }) } else { None };
            Err(ReadError::Failed { sw: u16::from_be_bytes([*high, *low]), flags })
        }
        _ => Err(not_understood()),
    }
}

/// An answer that breaks its own format.
fn not_understood() -> ReadError {
    ReadError::Failed { sw: 0, flags: None }
}
