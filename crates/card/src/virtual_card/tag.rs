//! A virtual card as a reader presents it: the pseudo-APDUs of PC/SC part 3 in front of the packets.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{CardImage, LiteS};
use crate::lite_s::frame::{Access, Command, Response};
use crate::lite_s::{SERVICE_READ_ONLY, StatusFlags};

/// A virtual card that can be put on a virtual reader.
pub struct Tag {
    kind: Kind,
    file: Option<PathBuf>,
    service: u16,
}

enum Kind {
    LiteS(Box<LiteS>),
    Foreign,
}

/// FeliCa in a reader after PC/SC part 3.
const ATR_FELICA: &[u8] =
    &[0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x11, 0x00, 0x3B, 0, 0, 0, 0, 0x42];
/// A MIFARE card in such a reader.
const ATR_FOREIGN: &[u8] =
    &[0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x03, 0x00, 0x01, 0, 0, 0, 0, 0x6A];
const UID_FOREIGN: &[u8] = &[0x04, 0xA2, 0x13, 0x7E];

impl From<LiteS> for Tag {
    fn from(card: LiteS) -> Self {
        Self { kind: Kind::LiteS(Box::new(card)), file: None, service: SERVICE_READ_ONLY }
    }
}

impl Tag {
    /// The card in a file, as [`Tag::save_as`] or [`CardImage::to_json`] made it. Every change goes back into the file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut text = String::new();
        File::open(path)?.take(CardImage::FILE_BYTES_MAX).read_to_string(&mut text)?;
        let image = CardImage::from_json(&text).map_err(io::Error::other)?;
        let card = LiteS::try_from(&image).map_err(io::Error::other)?;
        Ok(Self { file: Some(path.to_owned()), ..Self::from(card) })
    }

    /// A card of another kind: neither FeliCa nor ours.
    pub fn foreign() -> Self {
        Self { kind: Kind::Foreign, file: None, service: SERVICE_READ_ONLY }
    }

    /// Writes the card into a file, and every later change as well.
    pub fn save_as(&mut self, path: &Path) -> io::Result<()> {
        self.file = Some(path.to_owned());
        self.save()
    }

    /// The Lite-S card, if it is one.
    pub fn lite_s(&self) -> Option<&LiteS> {
        match &self.kind {
            Kind::LiteS(card) => Some(card),
            Kind::Foreign => None,
        }
    }

    /// What the reader tells of the card when it is put on.
    pub fn atr(&self) -> &'static [u8] {
        match self.kind {
            Kind::LiteS(_) => ATR_FELICA,
            Kind::Foreign => ATR_FOREIGN,
        }
    }

    /// Takes the card out of the field and back into it.
    pub fn reset(&mut self) {
        self.service = SERVICE_READ_ONLY;
        if let Kind::LiteS(card) = &mut self.kind {
            card.field_off();
        }
    }

    /// Answers an APDU, status word included.
    ///
    /// A change of the card is in its file before the answer is given: a card whose counter fell back after a crash
    /// would be taken for a copy. If it cannot be saved, the change stands in memory and the log says so.
    pub fn answer(&mut self, apdu: &[u8]) -> Vec<u8> {
        let before = self.lite_s().filter(|_| self.file.is_some()).map(LiteS::image);
        let (data, sw) = self.execute(apdu).unwrap_or_else(|sw| (Vec::new(), sw));
        if before.is_some()
            && before != self.lite_s().map(LiteS::image)
            && let Err(error) = self.save()
        {
            tracing::error!(%error, "the virtual card could not be saved");
        }
        [data.as_slice(), &sw.to_be_bytes()].concat()
    }

    fn save(&self) -> io::Result<()> {
        let (Some(card), Some(path)) = (self.lite_s(), &self.file) else { return Ok(()) };
        let next = path.with_extension("next");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&next)?;
        file.write_all(card.image().to_json().as_bytes())?;
        fs::rename(&next, path)
    }
}

/// Status words, as vsmartcard-based and common hardware readers choose them.
mod sw {
    pub(super) const OK: u16 = 0x9000;
    pub(super) const SILENT: u16 = 0x6401;
    pub(super) const NOT_WRITTEN: u16 = 0x6581;
    pub(super) const WRONG_LENGTH: u16 = 0x6700;
    pub(super) const FORBIDDEN: u16 = 0x6982;
    pub(super) const NOT_SUPPORTED: u16 = 0x6A81;
    pub(super) const NOT_FOUND: u16 = 0x6A82;
    pub(super) const WRONG_PARAMETERS: u16 = 0x6A86;
    pub(super) const NO_SUCH_INSTRUCTION: u16 = 0x6D00;
    pub(super) const NO_SUCH_CLASS: u16 = 0x6E00;
}

type Executed = Result<(Vec<u8>, u16), u16>;

impl Tag {
    fn execute(&mut self, apdu: &[u8]) -> Executed {
        let [class, instruction, p1, p2, rest @ ..] = apdu else { return Err(sw::WRONG_LENGTH) };
        if *class != 0xFF {
            return Err(sw::NO_SUCH_CLASS);
        }
        let data = command_data(rest).ok_or(sw::WRONG_LENGTH)?;
        let Kind::LiteS(card) = &mut self.kind else {
            return if [*instruction, *p1] == [0xCA, 0x00] {
                Ok((UID_FOREIGN.to_vec(), sw::OK))
            } else {
                Err(sw::NOT_SUPPORTED)
            };
        };
        match (*instruction, *p1, *p2) {
            (0xCA, parameter, 0x00) => identity(card, parameter),
            (0xA4, 0x00, 0x01) => {
                let code = <[u8; 2]>::try_from(data).map_err(|_| sw::WRONG_LENGTH)?;
                self.service = u16::from_le_bytes(code);
                Ok((Vec::new(), sw::OK))
            }
            (0xB0, 0x00, number) => read(card, self.service, &[number]),
            (0xB0, 0x80, count) => read(card, self.service, &block_numbers(data, count)?),
            (0xD6, 0x00, number) => write(card, self.service, &[number], data),
            (0xD6, 0x80, count) => {
                let (list, data) = data.split_at_checked(2 * usize::from(count)).ok_or(sw::WRONG_LENGTH)?;
                write(card, self.service, &block_numbers(list, count)?, data)
            }
            (0xFE, 0x00, 0x00) => {
                let length = u8::try_from(data.len().saturating_add(1)).map_err(|_| sw::WRONG_LENGTH)?;
                let answer = card.answer(&[&[length], data].concat()).ok_or(sw::SILENT)?;
                Ok((answer.into_iter().skip(1).collect(), sw::OK))
            }
            (0xCA | 0xA4 | 0xB0 | 0xD6 | 0xFE, ..) => Err(sw::WRONG_PARAMETERS),
            _ => Err(sw::NO_SUCH_INSTRUCTION),
        }
    }
}

/// The data of a short APDU: none, Le alone, or Lc, data and perhaps Le.
fn command_data(rest: &[u8]) -> Option<&[u8]> {
    match rest {
        [] | [_] => Some(&[]),
        [length, rest @ ..] => {
            let (data, tail) = rest.split_at_checked(usize::from(*length))?;
            (tail.len() <= 1).then_some(data)
        }
    }
}

/// GET DATA of PC/SC part 3.
fn identity(card: &LiteS, parameter: u8) -> Executed {
    let data = match parameter {
        0x00 | 0xF0 => card.idm.as_bytes().to_vec(),
        0x01 => card.pmm.to_vec(),
        0xF1 | 0xF4 => b"FeliCa".to_vec(),
        // 212 kbit/s.
        0xF2 => vec![0x02],
        // FeliCa.
        0xF3 => vec![0x04],
        _ => return Err(sw::NOT_SUPPORTED),
    };
    Ok((data, sw::OK))
}

/// A list of short block list elements.
fn block_numbers(list: &[u8], count: u8) -> Result<Vec<u8>, u16> {
    match list.as_chunks::<2>() {
        (elements, []) if elements.len() == usize::from(count) => elements
            .iter()
            .map(|[head, number]| if *head == 0x80 { Ok(*number) } else { Err(sw::WRONG_PARAMETERS) })
            .collect(),
        _ => Err(sw::WRONG_LENGTH),
    }
}

fn read(card: &mut LiteS, service: u16, blocks: &[u8]) -> Executed {
    match ask(card, &Command::Read(Access::to_blocks(card.idm, service, blocks)))? {
        Response::Read { status, blocks, .. } if status.ok() => Ok((blocks.into_flattened(), sw::OK)),
        Response::Read { status, .. } => refused(status, sw::NOT_FOUND),
        _ => Err(sw::SILENT),
    }
}

fn write(card: &mut LiteS, service: u16, blocks: &[u8], data: &[u8]) -> Executed {
    let (data, []) = data.as_chunks::<16>() else { return Err(sw::WRONG_LENGTH) };
    if data.len() != blocks.len() {
        return Err(sw::WRONG_LENGTH);
    }
    match ask(card, &Command::Write(Access::to_blocks(card.idm, service, blocks), data.to_vec()))? {
        Response::Write { status, .. } if status.ok() => Ok((Vec::new(), sw::OK)),
        Response::Write { status, .. } => refused(status, sw::NOT_WRITTEN),
        _ => Err(sw::SILENT),
    }
}

fn ask(card: &mut LiteS, command: &Command) -> Result<Response, u16> {
    let answer = card.answer(&command.to_packet()).ok_or(sw::SILENT)?;
    Response::parse(&answer).ok_or(sw::SILENT)
}

/// A refusal by the card: its flags as data, then a status word.
fn refused(status: StatusFlags, otherwise: u16) -> Executed {
    let forbidden = matches!(status.sf2, StatusFlags::NEEDS_EXTERNAL_AUTHENTICATION | StatusFlags::MAC);
    Ok((vec![status.sf1, status.sf2], if forbidden { sw::FORBIDDEN } else { otherwise }))
}
