//! Pension records (年金) of the demonstration: dummy data and nothing else, in the layout of ねんきん定期便.
//!
//! No file of the pension service is read: none is published. So that no real record comes in by mistake, every row says in the column
//! ダミーデータ that it is one, and there is no column for 基礎年金番号. Columns are found by name in any order:
//!
//! | column | content |
//! |---|---|
//! | ダミーデータ * | `1` |
//! | 氏名 *, カナ氏名 *, 生年月日 * | whose |
//! | 作成年月日 * | the date of the notice |
//! | 国民年金納付済月数, 厚生年金加入月数, 船員保険加入月数, 合算対象月数 | months; empty is 0 |
//! | 国民年金納付額, 厚生年金納付額 | yen paid so far; empty is 0 |
//! | 老齢基礎年金額, 老齢厚生年金額 | yen a year; empty is 0 |

use std::fmt;
use std::io::Read;

use csv::StringRecord;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::cells::{Cell, NAME_MAX, Row, katakana};
use crate::expense::amount;
use crate::report::{At, Code, Problem, Report};
use crate::table::{Limits, Quoting, Seen, Table};
use crate::{folded, my_number, parse_date};

/// What a file may hold: a demonstration's region.
const LIMITS: Limits = Limits { bytes: 256 << 20, line_bytes: 4 << 10, columns: 50, problems: 100 };
/// Months between which a person can have paid: from 15 to 75 years of age.
const MONTHS_MAX: u64 = 720;
/// Months after which there is a pension (受給資格期間).
const MONTHS_NEEDED: u64 = 120;

/// One person's dummy pension record.
///
/// `Debug` shows nothing of the content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pension {
    /// 氏名.
    pub name: String,
    /// カナ氏名.
    pub kana: String,
    /// 生年月日.
    pub birth: Date,
    /// 作成年月日.
    pub made_on: Date,
    /// Months of each scheme.
    pub months: Months,
    /// Yen paid so far.
    pub paid_yen: Yen,
    /// Yen a year, as it stands.
    pub yearly_yen: Yen,
}

impl fmt::Debug for Pension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pension(…)")
    }
}

/// これまでの年金加入期間, in months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Months {
    /// 国民年金, paid.
    pub national: u64,
    /// 厚生年金.
    pub employees: u64,
    /// 船員保険.
    pub seamen: u64,
    /// 合算対象期間: counts for the right, not for the amount.
    pub counted_only: u64,
}

impl Months {
    /// Whether they give a right to a pension (受給資格期間, 120 months).
    pub fn suffice(self) -> bool {
        self.national + self.employees + self.seamen + self.counted_only >= MONTHS_NEEDED
    }
}

/// An amount of each of the two pensions, in yen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Yen {
    /// 国民年金, 老齢基礎年金.
    pub national: u64,
    /// 厚生年金, 老齢厚生年金.
    pub employees: u64,
}

/// The records of a file, one at a time: those that are sound. What is wrong with the others gathers in the report, which
/// [`Rows::finish`] hands out; nothing may be kept of a file before it has.
#[must_use = "finish() tells whether the file may be taken"]
pub struct Rows<R> {
    table: Table<R>,
    header: Option<StringRecord>,
    begun: bool,
    count: u64,
    seen: Seen,
    at: At,
    report: Report,
}

const DUMMY: &str = "ダミーデータ";
const NAME: &str = "氏名";
const KANA: &str = "カナ氏名";
const BIRTH: &str = "生年月日";
const MADE_ON: &str = "作成年月日";
const REQUIRED: [&str; 5] = [DUMMY, NAME, KANA, BIRTH, MADE_ON];
const MONTHS: [&str; 4] = ["国民年金納付済月数", "厚生年金加入月数", "船員保険加入月数", "合算対象月数"];
const AMOUNTS: [&str; 4] = ["国民年金納付額", "厚生年金納付額", "老齢基礎年金額", "老齢厚生年金額"];

impl<R: Read> Rows<R> {
    /// Begins to read; `source` should not be buffered again.
    pub fn new(source: R) -> Self {
        Self {
            table: Table::new(source, &LIMITS, Quoting::Spreadsheet),
            header: None,
            begun: false,
            count: 0,
            seen: Seen::default(),
            at: At::default(),
            report: Report::new("pension file", LIMITS.problems),
        }
    }

    /// Refuses the file because of the record that was read last: `found` is quoted.
    pub fn refuse(&mut self, code: Code, found: &str) {
        self.report.refuse(&self.at, code, found);
    }

    /// Reads what is left, and tells whether the file may be taken: with these warnings.
    ///
    /// # Errors
    /// [`Report`] names each problem with its line and column.
    pub fn finish(mut self) -> Result<Vec<Problem>, Report> {
        self.by_ref().for_each(drop);
        self.report.finish()
    }

    fn find_header(&mut self) -> Option<StringRecord> {
        let Some((line, record)) = self.table.next(&mut self.report) else {
            if self.report.is_empty() {
                self.report.push(Problem::at_line(Code::Empty, 1));
            }
            return None;
        };
        let header: StringRecord = record.iter().take(LIMITS.columns).map(folded).collect();
        for name in &header {
            let known = REQUIRED.iter().chain(&MONTHS).chain(&AMOUNTS).any(|known| *known == name);
            // The basic pension number is as little ours as the Individual Number.
            if my_number::announced(name) || my_number::present(name) || name.contains("基礎年金番号") {
                self.report.push(Problem::at_line(Code::MyNumber, line));
            } else if known && header.iter().filter(|other| *other == name).count() > 1 {
                self.report.push(Problem::at_line(Code::ColumnTwice, line).in_column(name));
            } else if !known && !name.is_empty() {
                self.report.warn(Problem::at_line(Code::UnknownColumn, line).found(name));
            }
        }
        for name in REQUIRED.iter().filter(|name| !header.iter().any(|found| found == **name)) {
            self.report.push(Problem::at_line(Code::ColumnMissing, line).in_column(name));
        }
        self.report.is_empty().then_some(header)
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Pension;

    fn next(&mut self) -> Option<Pension> {
        if !self.begun {
            self.begun = true;
            self.header = self.find_header();
        }
        let header = self.header.as_ref()?;
        while let Some((line, record)) = self.table.next(&mut self.report) {
            self.count += 1;
            let Some(pension) = pension(record, header, Row::new(line, &mut self.report)) else { continue };
            match self.seen.before(&(folded(&pension.name), &pension.kana, pension.birth), line) {
                Some(first) => self.report.push(Problem::at_line(Code::Twice, line).seen_at(first)),
                None => {
                    self.at = At::line(line);
                    return Some(pension);
                }
            }
        }
        if self.count == 0 && self.report.is_empty() {
            self.report.push(Problem::at_line(Code::NoRows, 1));
        }
        None
    }
}

fn pension(record: &StringRecord, header: &StringRecord, mut row: Row) -> Option<Pension> {
    row.refuse_my_number(record, |place| header.get(place).unwrap_or_default());
    row.refuse_other_count(record.len(), header.len());
    if !row.sound {
        return None;
    }
    let cell = |name: &'static str| {
        let place = header.iter().position(|found| found == name);
        Cell { name, text: place.and_then(|place| record.get(place)).map_or("", str::trim) }
    };
    row.required(cell(DUMMY), Code::NotDummy, |text| (folded(text) == "1").then_some(()));
    let name = row.required_text(cell(NAME), NAME_MAX);
    let kana = row.required(cell(KANA), Code::Unfit, katakana);
    let birth = row.required(cell(BIRTH), Code::Date, parse_date);
    let made_on = row.required(cell(MADE_ON), Code::Date, parse_date);
    row.in_order(birth, made_on, cell(MADE_ON));
    let mut months = |name| {
        let months = |text: &str| amount(text).filter(|months| *months <= MONTHS_MAX);
        row.optional(cell(name), Code::Amount, months).unwrap_or(0)
    };
    let [national, employees, seamen, counted_only] = MONTHS.map(&mut months);
    let mut yen = |name| row.optional(cell(name), Code::Amount, amount).unwrap_or(0);
    let [paid_national, paid_employees, basic, earnings] = AMOUNTS.map(&mut yen);
    let sound = row.sound;
    let months = Months { national, employees, seamen, counted_only };
    let paid_yen = Yen { national: paid_national, employees: paid_employees };
    let yearly_yen = Yen { national: basic, employees: earnings };
    let (name, kana, birth) = (name?, kana?, birth?);
    let pension = Pension { name, kana, birth, made_on: made_on?, months, paid_yen, yearly_yen };
    sound.then_some(pension)
}

#[cfg(test)]
mod tests;
