//! Rows of a CSV file, one at a time, in memory that does not grow with the file.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;

use csv::StringRecord;

use crate::report::{Code, Problem, Report};
use crate::text::{Encoding, Text};

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
        Self { bytes: 256 << 20, line_bytes: 8 << 10, columns: 200, problems: 100 }
    }
}

/// Whether cells may stand in quotation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// As spreadsheets write (RFC 4180).
    Spreadsheet,
    /// A quotation mark is a character like others, as in claims.
    Off,
}

/// The rows of a file: UTF-8 or CP932, with or without byte order mark, CRLF or LF.
pub(crate) struct Table<R> {
    csv: csv::Reader<Text<R>>,
    record: StringRecord,
    limits: Limits,
    ended: bool,
}

impl<R: Read> Table<R> {
    pub(crate) fn new(source: R, limits: &Limits, quoting: Quoting) -> Self {
        let text = Text::new(source, limits.bytes, limits.line_bytes);
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .quoting(quoting == Quoting::Spreadsheet)
            .from_reader(text);
        Self { csv, record: StringRecord::new(), limits: *limits, ended: false }
    }

    /// The next row that is not blank, with its line. `None` at the end, or with a problem more in the report.
    pub(crate) fn next(&mut self, report: &mut Report) -> Option<(u64, &StringRecord)> {
        let mut line = 0;
        while !self.ended {
            let begins = self.csv.position().byte();
            self.csv.get_mut().record_begins(begins);
            match self.csv.read_record(&mut self.record) {
                Ok(true) => {
                    line = self.csv.get_mut().record_line();
                    if self.record.as_slice().len() > self.limits.line_bytes {
                        report.push(Problem::at_line(Code::LineTooLong, line));
                        self.ended = true;
                    } else if self.record.iter().any(|cell| !cell.trim().is_empty()) {
                        break;
                    }
                }
                Ok(false) => self.ended = true,
                Err(_) => {
                    self.ended = true;
                    report.push(match self.csv.get_ref().stopped() {
                        Some(stopped) => Problem::at_line(stopped.code, stopped.line),
                        None => Problem::at_line(Code::BrokenText, self.csv.get_mut().record_line()),
                    });
                }
            }
        }
        (!self.ended).then_some((line, &self.record))
    }

    /// How the bytes were read.
    pub(crate) fn encoding(&self) -> Encoding {
        self.csv.get_ref().encoding()
    }
}

/// Which keys were met, and on which line first: 16 bytes for each instead of the key itself. Two different keys of a
/// million are taken for one with a chance of one in tens of millions, and the file is then refused, never mixed up.
#[derive(Default)]
pub(crate) struct Seen(HashMap<u64, u32>);

impl Seen {
    /// The line of the same key before, if there was one.
    pub(crate) fn before(&mut self, key: &impl Hash, line: u64) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let first = *self.0.entry(hasher.finish()).or_insert(line);
        (first != line).then_some(u64::from(first))
    }
}

#[cfg(test)]
mod tests;
