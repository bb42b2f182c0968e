//! The coverage file an insurer really has, read all or nothing, and written.
//!
//! A CSV file with one header line; columns are found by name, in any order, and unknown ones are ignored with a
//! warning. UTF-8 (with or without BOM) or CP932, told apart by the bytes; CRLF or LF; a 0x1A at the end is no problem.
//!
//! | column | also called | content |
//! |---|---|---|
//! | 保険者番号 * | | 6 or 8 digits with check digit; a leading zero lost by a spreadsheet is put back |
//! | 保険者名 | 保険者名称 | |
//! | 記号 | 被保険者証記号, 被保険者証等記号 | as on the certificate; none for the late elderly |
//! | 番号 * | 被保険者証番号, 被保険者証等番号 | |
//! | 枝番 | 被保険者証枝番, 被保険者証等枝番 | one or two digits |
//! | 氏名 * | 漢字氏名, 氏名（漢字） | exactly as registered |
//! | カナ氏名 * | 氏名カナ, フリガナ, 氏名（カナ） | half or full width; kept in full-width katakana |
//! | 生年月日 * | | a date |
//! | 性別 * | | 1 男, 2 女, 3 未設定 |
//! | 住所 | | |
//! | 本人家族区分 * | 本人・家族区分 | 1 本人, 2 家族 |
//! | 世帯主・被保険者氏名 | 世帯主氏名, 被保険者氏名 | |
//! | 負担割合 * | 一部負担金割合 | 1 to 3 割, as `3`, `3割`, `30%` or `030` |
//! | 資格取得日 * | 資格取得年月日 | a date: the first day covered |
//! | 資格喪失日 | 資格喪失年月日 | a date: the first day no longer covered |
//! | 喪失事由 | 資格喪失事由 | 01 死亡, 02 生活保護, 03 他保険取得, 99 その他 |
//! | 有効期限 | 有効期限年月日 | a date: the last day covered |
//! | 交付年月日 | 交付日 | a date |
//!
//! Starred columns must be there and filled. Dates may be written in every form that [`crate::parse_date`] reads; an
//! end written as `99991231` or `00000000` means open. Spaces around a cell do not count. Nothing is stored from a file
//! with a problem, and a file with an Individual Number (マイナンバー) in any cell is refused without repeating it.

mod cells;
mod columns;
mod encoding;
mod report;
mod write;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use csv::StringRecord;
use jiff::civil::Date;

use crate::{Coverage, Enrolment};
pub use columns::Column;
pub use encoding::{Encoding, NotInCp932, to_cp932};
pub use report::{Code, Problem, Report};
pub use write::{Writer, write};

/// How much a file may hold. The default fits an insurer of several hundred thousand persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes.
    pub bytes: usize,
    /// Length of one line in bytes, of one row with line breaks in quoted cells as well.
    pub line_bytes: usize,
    /// Number of columns.
    pub columns: usize,
    /// Problems (and warnings) that are kept; all are counted.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, line_bytes: 8 << 10, columns: 200, problems: 100 }
    }
}

/// A file without a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// One record for each row, in the order of the file.
    pub rows: Vec<Coverage>,
    /// How the bytes were read.
    pub encoding: Encoding,
    /// What the insurer may want to know although the file is accepted: at most [`Limits::problems`].
    pub warnings: Vec<Problem>,
}

/// Reads a coverage file: every row, or a report of all problems.
///
/// # Errors
/// [`Report`] lists every problem with its line, column and what to do, as many as `limits` says, and counts the rest.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<File, Report> {
    let mut report = Report::new(limits.problems);
    match read(bytes, limits, &mut report) {
        Some(file) if report.is_empty() => Ok(File { warnings: report.into_warnings(), ..file }),
        _ => Err(report),
    }
}

fn read(bytes: &[u8], limits: &Limits, report: &mut Report) -> Option<File> {
    let (text, encoding) = encoding::decode(bytes, limits, report)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    if !reader.read_record(&mut record).unwrap_or(false) {
        report.push(Problem::at_line(Code::Empty, 1));
        return None;
    }
    let columns = columns::find(&record, limits, report)?;
    let (mut rows, mut seen) = (Vec::new(), HashMap::new());
    let mut lines = Lines { text: text.as_bytes(), passed: 0, line: 1 };
    // The text is valid UTF-8 and the reader flexible, so reading a record cannot fail.
    while reader.read_record(&mut record).unwrap_or(false) {
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.as_slice().len() > limits.line_bytes {
            report.push(Problem::at_line(Code::LineTooLong, line));
            return None;
        }
        if let Some(coverage) = cells::coverage(&record, line, &columns, report) {
            refuse_twice(&coverage, line, &mut seen, report);
            rows.push(coverage);
        }
    }
    if rows.is_empty() && report.is_empty() {
        report.push(Problem::at_line(Code::NoRows, 1));
    }
    Some(File { rows, encoding, warnings: Vec::new() })
}

/// Counts lines up to a record. The reader's own count is one short after CRLF and after empty lines.
struct Lines<'a> {
    text: &'a [u8],
    passed: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that begins at or, behind line ends, after `byte`. Records come in order.
    fn at(&mut self, byte: u64) -> u64 {
        let until = usize::try_from(byte).unwrap_or(usize::MAX);
        for (place, byte) in self.text.iter().enumerate().skip(self.passed) {
            if place >= until && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.passed = place + 1;
        }
        self.line
    }
}

/// The same enrolment of the same person with the same first day: one row is one too many.
type Seen = HashMap<(Enrolment, String, Date, Date), u64>;

fn refuse_twice(coverage: &Coverage, line: u64, seen: &mut Seen, report: &mut Report) {
    let name = crate::folded(&coverage.person.name);
    match seen.entry((coverage.enrolment(), name, coverage.person.birth, coverage.valid_from)) {
        Entry::Occupied(first) => report.push(Problem::at_line(Code::Twice, line).seen_at(*first.get())),
        Entry::Vacant(entry) => {
            entry.insert(line);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
