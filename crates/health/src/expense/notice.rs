//! 医療費通知情報: the notice of medical expenses as a person saves it from マイナポータル, a CSV file of keys and values.
//!
//! A row with one cell opens a group. The first rows are a head with totals, and the totals have **the same keys** as the details:
//! only from the key 診療年月 to the key 窓口相当負担額（円） is a row part of a detail. 氏名 before the details says whose they
//! are. UTF-8 with byte order mark, or CP932.
//!
//! A name alone does not say who somebody is. Where the file goes to an insurer, the group 資格情報 has rows for 保険者番号, 記号, 番号,
//! 枝番 and 生年月日 as well; a file may have several such groups, each before the details of its person.
//!
//! No specification is published; this is what independent readers of real files agree on.

use std::fmt;
use std::io::Read;

use csv::StringRecord;
use jiff::civil::Date;

use super::{Care, Expense, Month, amount};
use crate::cells::{ADDRESS_MAX, Cell, NAME_MAX, NUMBER_MAX, Row, branch, insurer, number};
use crate::report::{At, Code, Problem, Report};
use crate::table::{Limits, Quoting, Table};
use crate::{InsurerNumber, folded, parse_date};

/// What a file may hold: decades of one family.
const LIMITS: Limits = Limits { bytes: 16 << 20, line_bytes: 8 << 10, columns: 20, problems: 100 };
/// Most details.
const DETAILS_MAX: usize = 20_000;
/// What a report calls the file.
const KIND: &str = "notice of medical expenses";

/// One detail of a notice.
///
/// `Debug` shows the month alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Detail {
    /// The line on which it begins.
    pub line: u64,
    /// 氏名, as written before the details.
    pub name: Option<String>,
    /// How that person is insured, where the file says.
    pub holder: Holder,
    /// 診療区分, as written.
    pub care_name: String,
    /// What it cost.
    pub expense: Expense,
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Detail({}, …)", self.expense.month)
    }
}

/// How the person of a notice is insured: rows of the group 資格情報, none of which must be there.
///
/// `Debug` shows nothing of the content.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Holder {
    /// 保険者番号.
    pub insurer: Option<InsurerNumber>,
    /// 記号, as written.
    pub symbol: Option<String>,
    /// 番号, folded.
    pub number: Option<String>,
    /// 枝番.
    pub branch: Option<String>,
    /// 生年月日.
    pub birth: Option<Date>,
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Holder(…)")
    }
}

/// The details of a notice, one at a time. What is wrong with it gathers in the report, which [`Details::finish`] hands out;
/// nothing may be kept of a notice before it has.
#[must_use = "finish() tells whether the notice may be taken"]
pub struct Details {
    details: std::vec::IntoIter<Detail>,
    at: At,
    report: Report,
}

impl Details {
    /// Reads a notice, which fits into memory.
    pub fn new(source: impl Read) -> Self {
        let mut report = Report::new(KIND, LIMITS.problems);
        let details = details(source, &mut report);
        Self { details: details.into_iter(), at: At::default(), report }
    }

    /// Refuses the file because of the detail that was read last: `found` is quoted.
    pub fn refuse(&mut self, code: Code, found: &str) {
        self.report.refuse(&self.at, code, found);
    }

    /// Tells whether the notice may be taken: with these warnings.
    ///
    /// # Errors
    /// [`Report`] names each problem with its line and key.
    pub fn finish(self) -> Result<Vec<Problem>, Report> {
        self.report.finish()
    }
}

impl Iterator for Details {
    type Item = Detail;

    fn next(&mut self) -> Option<Detail> {
        let detail = self.details.next()?;
        self.at = At::line(detail.line);
        Some(detail)
    }
}

/// Reads a notice: its details, and what is unusual.
///
/// # Errors
/// [`Report`] names each problem with its line and key.
pub fn read(source: impl Read) -> Result<(Vec<Detail>, Vec<Problem>), Report> {
    let mut all = Details::new(source);
    let details = all.by_ref().collect();
    Ok((details, all.finish()?))
}

fn details(source: impl Read, report: &mut Report) -> Vec<Detail> {
    let mut table = Table::new(source, &LIMITS, Quoting::Spreadsheet);
    let mut reading = Reading::default();
    let mut rows = 0_u64;
    while let Some((line, record)) = table.next(report) {
        rows += 1;
        reading.row(record, Row::new(line, report));
        if reading.details.len() > DETAILS_MAX {
            report.push(Problem::at_line(Code::TooLarge, line));
            break;
        }
    }
    if let Some(open) = reading.open.take() {
        report.push(Problem::at_line(Code::DetailUnfinished, open.line));
    }
    if reading.details.is_empty() && report.is_empty() {
        report.push(Problem::at_line(if rows == 0 { Code::Empty } else { Code::NoDetails }, 1));
    }
    reading.compare(report);
    reading.details
}

#[derive(Default)]
struct Reading {
    name: Option<String>,
    holder: Holder,
    /// 医療費の総額 of the head, and its line.
    total: Option<(u64, u64)>,
    open: Option<Open>,
    details: Vec<Detail>,
}

/// A detail whose rows are being read.
struct Open {
    line: u64,
    sound: bool,
    month: Option<Month>,
    care: Option<String>,
    days: Option<u64>,
    institution: Option<String>,
    total: Option<u64>,
    insurer: Option<u64>,
    public: Option<u64>,
}

const MONTH: &str = "診療年月";
const PERSON: &str = "資格情報";
const TOTAL: &str = "医療費の総額(円)";
const WINDOW: &str = "窓口相当負担額(円)";

impl Reading {
    fn row(&mut self, record: &StringRecord, mut row: Row) {
        let key = record.get(0).unwrap_or_default().trim();
        row.refuse_my_number(record, |_| key);
        if !row.sound || record.iter().skip(1).all(|cell| cell.trim().is_empty()) {
            // A group, or a key without a value.
            self.open.iter_mut().for_each(|open| open.sound &= row.sound);
            if folded(key) == PERSON {
                (self.name, self.holder) = (None, Holder::default());
            }
            return;
        }
        let cell = Cell { name: key, text: record.get(1).unwrap_or_default().trim() };
        match folded(key).as_str() {
            MONTH => {
                let month = row.required(cell, Code::Date, Month::parse);
                let (line, sound) = (row.line, row.sound);
                let (care, days, institution, total, insurer, public) = (None, None, None, None, None, None);
                let open = Open { line, sound, month, care, days, institution, total, insurer, public };
                if let Some(before) = self.open.replace(open) {
                    row.problem(Problem::at_line(Code::DetailUnfinished, before.line));
                }
            }
            key => match &mut self.open {
                Some(_) if key == WINDOW => self.close(cell, row),
                Some(open) => open.take(key, cell, row),
                None => self.head(key, cell, row),
            },
        }
    }

    /// A row of the head.
    fn head(&mut self, key: &str, cell: Cell, mut row: Row) {
        match key {
            "氏名" => self.name = row.text(cell, NAME_MAX),
            "保険者番号" => self.holder.insurer = row.optional(cell, Code::InsurerNumber, insurer),
            "記号" | "被保険者証等記号" => self.holder.symbol = row.text(cell, NUMBER_MAX),
            "番号" | "被保険者証等番号" => self.holder.number = row.optional(cell, Code::Unfit, number),
            "枝番" | "被保険者証等枝番" => self.holder.branch = row.optional(cell, Code::Unfit, branch),
            "生年月日" => self.holder.birth = row.optional(cell, Code::Date, parse_date),
            TOTAL if self.details.is_empty() => self.total = amount(cell.text).map(|total| (total, row.line)),
            _ => {}
        }
    }

    fn close(&mut self, cell: Cell, mut row: Row) {
        let window = row.required(cell, Code::Amount, amount);
        let Some(open) = self.open.take() else { return };
        let sound = open.sound && row.sound;
        let (line, name, holder) = (open.line, self.name.clone(), self.holder.clone());
        let detail =
            open.finished(window).map(|(care_name, expense)| Detail { line, name, holder, care_name, expense });
        match detail {
            Some(detail) if sound => self.details.push(detail),
            None if sound => row.problem(Problem::at_line(Code::DetailUnfinished, line)),
            _ => {}
        }
    }

    /// The head counts the same details, so a difference means that some are missing.
    fn compare(&self, report: &mut Report) {
        let sum: u64 = self.details.iter().map(|detail| detail.expense.total_yen).sum();
        if let Some((total, line)) = self.total.filter(|(total, _)| *total != sum && report.is_empty()) {
            let both = format!("{total}/{sum}");
            report.warn(Problem::at_line(Code::DetailTotals, line).in_column("医療費の総額（円）").found(&both));
        }
    }
}

impl Open {
    fn take(&mut self, key: &str, cell: Cell, mut row: Row) {
        let taken = match key {
            "診療区分" => row.text(cell, NAME_MAX).map(|care| self.care.replace(care).is_none()),
            "日数" => row.required(cell, Code::Amount, amount).map(|days| self.days.replace(days).is_none()),
            "医療機関等名称" => row.text(cell, ADDRESS_MAX).map(|name| self.institution.replace(name).is_none()),
            TOTAL => row.required(cell, Code::Amount, amount).map(|yen| self.total.replace(yen).is_none()),
            "保険者の負担額(円)" => {
                row.required(cell, Code::Amount, amount).map(|yen| self.insurer.replace(yen).is_none())
            }
            "その他の公費の負担額(円)" => {
                row.required(cell, Code::Amount, amount).map(|yen| self.public.replace(yen).is_none())
            }
            _ => {
                row.warn(Code::UnknownColumn, Cell { name: cell.name, text: cell.name });
                Some(true)
            }
        };
        if taken == Some(false) {
            row.refuse(Code::ColumnTwice, cell);
        }
        self.sound &= row.sound;
    }

    /// The detail, if all that it must have was there.
    fn finished(self, window: Option<u64>) -> Option<(String, Expense)> {
        let care_name = self.care?;
        let expense = Expense {
            month: self.month?,
            care: Care::named(&care_name),
            days: u32::try_from(self.days?).ok()?,
            institution: None,
            institution_name: self.institution,
            total_yen: self.total?,
            insurer_yen: self.insurer,
            public_yen: self.public,
            window_yen: window,
        };
        Some((care_name, expense))
    }
}

#[cfg(test)]
mod tests;
