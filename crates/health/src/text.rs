//! From bytes to text, a piece at a time: which of the two encodings, where it is broken, and on which line a row begins.

use std::collections::VecDeque;
use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS};

use crate::report::Code;

/// How the bytes of a file were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// CP932: Shift_JIS with the NEC and IBM extensions (髙, 﨑), as Japanese office software writes it.
    Cp932,
}

/// The bytes of a file as UTF-8 text, whatever it was written in.
///
/// The encoding is told by the bytes: by the byte order mark, else by the first piece that is not plain ASCII. A byte
/// order mark and one end mark (0x1A) at the end are taken away.
pub(crate) struct Text<R> {
    source: R,
    bytes_left: usize,
    record_bytes_max: usize,
    /// Bytes that could not be decoded without those behind them.
    rest: Vec<u8>,
    begun: bool,
    ended: bool,
    decoder: Option<Decoding>,
    decoded: Vec<u8>,
    handed_out: usize,
    /// Bytes of text before the first of `decoded`.
    passed: u64,
    record_at: u64,
    places: Places,
    stopped: Option<Stopped>,
}

/// Why nothing more can be read of a file, and in which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped {
    pub(crate) code: Code,
    pub(crate) line: u64,
}

enum Decoding {
    Utf8,
    Cp932(Box<Decoder>),
}

/// How much is read at once, in bytes.
const PIECE: usize = 64 << 10;
const BOM: &[u8] = b"\xef\xbb\xbf";
/// Some systems close a file with the end mark of CP/M.
const END_MARK: u8 = 0x1a;
/// How an Excel workbook begins, new and old: people send it in place of a CSV file.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];

impl<R: Read> Text<R> {
    pub(crate) fn new(source: R, bytes_max: usize, record_bytes_max: usize) -> Self {
        Self {
            source,
            bytes_left: bytes_max,
            record_bytes_max,
            rest: Vec::new(),
            begun: false,
            ended: false,
            decoder: None,
            decoded: Vec::new(),
            handed_out: 0,
            passed: 0,
            record_at: 0,
            places: Places::default(),
            stopped: None,
        }
    }

    /// How the bytes were read: so far as UTF-8 while all were ASCII.
    pub(crate) fn encoding(&self) -> Encoding {
        match self.decoder {
            Some(Decoding::Cp932(_)) => Encoding::Cp932,
            Some(Decoding::Utf8) | None => Encoding::Utf8,
        }
    }

    /// Why reading ended before the file did.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    /// Says that the next record begins at this byte of the text, or behind line ends that stand there.
    pub(crate) fn record_begins(&mut self, byte: u64) {
        self.record_at = byte;
    }

    /// The line of the record that was begun last.
    pub(crate) fn record_line(&mut self) -> u64 {
        self.places.line_at(self.record_at)
    }

    fn stop(&mut self, code: Code, line: u64) {
        self.stopped = self.stopped.or(Some(Stopped { code, line }));
    }

    /// Reads and decodes the next piece.
    fn fill(&mut self) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.rest);
        let read = self.source.by_ref().take(PIECE as u64).read_to_end(&mut bytes)?;
        self.ended = read < PIECE;
        let left = self.bytes_left.checked_sub(read);
        self.bytes_left = left.unwrap_or(0);
        let is_workbook = !self.begun && WORKBOOKS.iter().any(|start| bytes.starts_with(start));
        if left.is_none() {
            self.stop(Code::TooLarge, 1);
        } else if is_workbook || bytes.contains(&0) {
            self.stop(Code::NotCsv, 1);
        } else {
            self.take(&bytes);
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        if !self.begun {
            self.begun = true;
            if let Some(behind) = bytes.strip_prefix(BOM) {
                bytes = behind;
                self.decoder = Some(Decoding::Utf8);
            }
        }
        if let Some(before) = bytes.strip_suffix(&[END_MARK]) {
            bytes = before;
            if !self.ended {
                self.rest.push(END_MARK);
            }
        }
        if self.decoder.is_none() && !bytes.is_ascii() {
            self.decoder = Some(told_by(bytes));
        }
        self.decode(bytes);
    }

    fn decode(&mut self, bytes: &[u8]) {
        self.passed += self.decoded.len() as u64;
        self.decoded.clear();
        self.handed_out = 0;
        let sound = match &mut self.decoder {
            Some(Decoding::Cp932(decoder)) => cp932(decoder, bytes, &mut self.decoded, self.ended),
            Some(Decoding::Utf8) | None => match utf8(bytes, self.ended) {
                Ok((text, rest)) => {
                    self.decoded.extend_from_slice(text);
                    self.rest.splice(0..0, rest.iter().copied());
                    true
                }
                Err(text) => {
                    self.decoded.extend_from_slice(text);
                    false
                }
            },
        };
        self.places.pass(&self.decoded);
        if !sound {
            self.stop(Code::BrokenText, self.places.line);
        }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let ready = self.decoded.get(self.handed_out..).unwrap_or_default();
            if !ready.is_empty() {
                let handed_out = self.passed + self.handed_out as u64;
                if handed_out.saturating_sub(self.record_at) > self.record_bytes_max as u64 {
                    let line = self.record_line();
                    self.stop(Code::LineTooLong, line);
                    return Err(io::Error::other("file is refused"));
                }
                let length = ready.len().min(buffer.len());
                for (to, from) in buffer.iter_mut().zip(ready) {
                    *to = *from;
                }
                self.handed_out += length;
                return Ok(length);
            }
            if self.stopped.is_some() {
                return Err(io::Error::other("file is refused"));
            }
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
    }
}

/// The encoding of a piece that is not ASCII. Japanese in CP932 is practically never valid UTF-8, so a first line that is makes this
/// UTF-8 even if a byte further on is broken.
fn told_by(bytes: &[u8]) -> Decoding {
    let is_utf8 = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(_) => true,
        // The piece ends within a character.
        Err(error) => error.error_len().is_none() && bytes.len() - error.valid_up_to() < 4,
    };
    let first = bytes.split(|byte| *byte == b'\n').find(|line| !line.is_ascii()).unwrap_or_default();
    if is_utf8(bytes) || std::str::from_utf8(first).is_ok() {
        Decoding::Utf8
    } else {
        Decoding::Cp932(Box::new(SHIFT_JIS.new_decoder_without_bom_handling()))
    }
}

/// The valid text and the bytes of a character whose end is still to come; or the text before a broken byte.
fn utf8(bytes: &[u8], is_last: bool) -> Result<(&[u8], &[u8]), &[u8]> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok((bytes, &[])),
        Err(error) => match bytes.split_at_checked(error.valid_up_to()) {
            Some((text, rest)) if error.error_len().is_none() && !is_last => Ok((text, rest)),
            Some((text, _)) => Err(text),
            None => Err(&[]),
        },
    }
}

/// Appends the text of `bytes` and tells whether they are sound.
fn cp932(decoder: &mut Decoder, bytes: &[u8], text: &mut Vec<u8>, is_last: bool) -> bool {
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(0);
    text.resize(room, 0);
    let (result, _, written) = decoder.decode_to_utf8_without_replacement(bytes, text, is_last);
    text.truncate(written);
    result == DecoderResult::InputEmpty
}

/// Where lines begin: the reader of rows counts one line too few after CRLF and after empty lines.
#[derive(Default)]
struct Places {
    /// First byte and number of each line that is not empty, of those not yet asked for.
    starts: VecDeque<(u64, u64)>,
    byte: u64,
    line: u64,
    within_line: bool,
    after_cr: bool,
}

impl Places {
    fn pass(&mut self, text: &[u8]) {
        self.line = self.line.max(1);
        for byte in text {
            match byte {
                b'\n' | b'\r' => {
                    self.line += u64::from(!(self.after_cr && *byte == b'\n'));
                    self.within_line = false;
                }
                _ if !self.within_line => {
                    self.starts.push_back((self.byte, self.line));
                    self.within_line = true;
                }
                _ => {}
            }
            self.after_cr = *byte == b'\r';
            self.byte += 1;
        }
    }

    /// The number of the first line that begins at or after this byte. Asked in order.
    fn line_at(&mut self, byte: u64) -> u64 {
        while self.starts.front().is_some_and(|(start, _)| *start < byte) {
            self.starts.pop_front();
        }
        self.starts.front().map_or(self.line.max(1), |(_, line)| *line)
    }
}

/// A character that CP932 does not have: the file has to be sent as UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} has a character outside CP932")]
pub struct NotInCp932 {
    /// Line of the first such character, from 1.
    pub line: u64,
    /// The character.
    pub character: char,
}

/// Writes a file as CP932, for the systems that read nothing else.
///
/// # Errors
/// [`NotInCp932`] names the first character that CP932 lacks (𠮷, or a variation selector): it is not replaced silently.
pub fn to_cp932(text: &str) -> Result<Vec<u8>, NotInCp932> {
    let (bytes, _, lossy) = SHIFT_JIS.encode(text);
    if !lossy {
        return Ok(bytes.into_owned());
    }
    let mut line = 1;
    for character in text.chars() {
        let mut buffer = [0; 4];
        if SHIFT_JIS.encode(character.encode_utf8(&mut buffer)).2 {
            return Err(NotInCp932 { line, character });
        }
        line += u64::from(character == '\n');
    }
    Ok(bytes.into_owned())
}
