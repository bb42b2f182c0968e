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
mod write;

use std::io::Read;

use crate::Coverage;
use crate::table::{Quoting, Seen, Table};
use columns::Columns;

pub use crate::report::{Code, Problem, Report};
pub use crate::table::Limits;
pub use crate::text::{Encoding, NotInCp932, to_cp932};
pub use columns::Column;
pub use write::{Writer, write};

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

/// Reads a coverage file that fits into memory: every row, or a report of all problems.
///
/// # Errors
/// [`Report`] lists every problem with its line, column and what to do, as many as `limits` says, and counts the rest.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<File, Report> {
    let mut rows = Rows::new(bytes, limits);
    let records: Vec<Coverage> = rows.by_ref().collect();
    let encoding = rows.encoding();
    Ok(File { rows: records, encoding, warnings: rows.finish()? })
}

/// The records of a coverage file, one at a time: those that are sound. What is wrong with the others gathers in the
/// report, which [`Rows::finish`] hands out; nothing may be kept of a file before it has.
///
/// Memory does not grow with the file but for sixteen bytes a row, by which a row that is there twice is found.
#[must_use = "finish() tells whether the file may be taken"]
pub struct Rows<R> {
    table: Table<R>,
    limits: Limits,
    header: Header,
    count: u64,
    seen: Seen,
    report: Report,
}

enum Header {
    Unread,
    Unfit,
    Found(Box<Columns>),
}

impl<R: Read> Rows<R> {
    /// Begins to read; `source` should not be buffered again.
    pub fn new(source: R, limits: &Limits) -> Self {
        Self {
            table: Table::new(source, limits, Quoting::Spreadsheet),
            limits: *limits,
            header: Header::Unread,
            count: 0,
            seen: Seen::default(),
            report: Report::new("coverage file", limits.problems),
        }
    }

    /// How the bytes were read so far.
    pub fn encoding(&self) -> Encoding {
        self.table.encoding()
    }

    /// Reads what is left, and tells whether the file may be taken: with these warnings.
    ///
    /// # Errors
    /// [`Report`] lists every problem with its line, column and what to do, as many as the limit says, and counts the rest.
    pub fn finish(mut self) -> Result<Vec<Problem>, Report> {
        self.by_ref().for_each(drop);
        self.report.finish()
    }

    fn find_columns(&mut self) -> Header {
        let found = match self.table.next(&mut self.report) {
            Some((_, record)) => columns::find(record, &self.limits, &mut self.report),
            None => {
                if self.report.is_empty() {
                    self.report.push(Problem::at_line(Code::Empty, 1));
                }
                None
            }
        };
        found.map_or(Header::Unfit, |columns| Header::Found(Box::new(columns)))
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Coverage;

    fn next(&mut self) -> Option<Coverage> {
        if matches!(self.header, Header::Unread) {
            self.header = self.find_columns();
        }
        let Header::Found(columns) = &self.header else { return None };
        while let Some((line, record)) = self.table.next(&mut self.report) {
            let Some(coverage) = cells::coverage(record, line, columns, &mut self.report) else { continue };
            self.count += 1;
            let name = crate::folded(&coverage.person.name);
            // The same enrolment of the same person with the same first day: one row is one too many.
            let key = (coverage.enrolment(), name, coverage.person.birth, coverage.valid_from);
            match self.seen.before(&key, line) {
                Some(first) => self.report.push(Problem::at_line(Code::Twice, line).seen_at(first)),
                None => return Some(coverage),
            }
        }
        if self.count == 0 && self.report.is_empty() {
            self.report.push(Problem::at_line(Code::NoRows, 1));
        }
        None
    }
}

#[cfg(test)]
pub(crate) mod tests;
