//! From bytes to text: which of the two encodings, and where it is broken.

use std::borrow::Cow;

use encoding_rs::SHIFT_JIS;

use super::{Code, Limits, Problem, Report};

/// How the bytes of a file were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// CP932: Shift_JIS with the NEC and IBM extensions (髙, 﨑), as Japanese office software writes it.
    Cp932,
}

const BOM: &[u8] = b"\xef\xbb\xbf";
/// Some systems close a file with the end mark of CP/M.
const END_MARK: u8 = 0x1a;
/// How an Excel workbook begins, new and old: people send it in place of a CSV file.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];

/// The text of the file within its limits, or a reported problem.
pub(super) fn decode<'a>(bytes: &'a [u8], limits: &Limits, report: &mut Report) -> Option<(Cow<'a, str>, Encoding)> {
    let refused = |code, line| Some(Problem::at_line(code, line));
    let size = bytes.len();
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let has_bom = bytes.len() < size;
    let bytes = bytes.strip_suffix(&[END_MARK]).unwrap_or(bytes);
    let problem = if size > limits.bytes {
        refused(Code::TooLarge, 1)
    } else if bytes.iter().all(u8::is_ascii_whitespace) {
        refused(Code::Empty, 1)
    } else if WORKBOOKS.iter().any(|start| bytes.starts_with(start)) || bytes.contains(&0) {
        refused(Code::NotCsv, 1)
    } else {
        too_long(bytes, limits).and_then(|line| refused(Code::LineTooLong, line))
    };
    if let Some(problem) = problem {
        report.push(problem);
        return None;
    }
    match text(bytes, has_bom) {
        Ok(text) => Some(text),
        Err(line) => {
            report.push(Problem::at_line(Code::BrokenText, line));
            None
        }
    }
}

/// The line of the first broken byte is the error.
fn text(bytes: &[u8], has_bom: bool) -> Result<(Cow<'_, str>, Encoding), u64> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((Cow::Borrowed(text), Encoding::Utf8)),
        Err(error) => error,
    };
    // A Japanese header in CP932 is never valid UTF-8, so a header that is makes this UTF-8 with a broken byte further on.
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if has_bom || (!header.is_ascii() && std::str::from_utf8(header).is_ok()) {
        return Err(line_of(bytes, error.valid_up_to()));
    }
    let (text, broken) = SHIFT_JIS.decode_without_bom_handling(bytes);
    if !broken {
        return Ok((text, Encoding::Cp932));
    }
    // CP932 has no U+FFFD of its own: the first one stands where the bytes were broken.
    let before = text.split(char::REPLACEMENT_CHARACTER).next().unwrap_or_default();
    Err(line_of(before.as_bytes(), before.len()))
}

fn line_of(bytes: &[u8], at: usize) -> u64 {
    bytes.iter().take(at).filter(|byte| **byte == b'\n').count() as u64 + 1
}

fn too_long(bytes: &[u8], limits: &Limits) -> Option<u64> {
    let long = bytes.split(|byte| *byte == b'\n').position(|line| line.len() > limits.line_bytes)?;
    Some(long as u64 + 1)
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
