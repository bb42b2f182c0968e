//! レセプト電算処理 (UKE): the claims of one institution for one month, as expenses of persons.
//!
//! A row is a record that begins with its two letters: `IR` the institution, then for each claim `RE` the person and month, `HO` the
//! insurance, `KO` public funds, `SN` the branch number, and treatments and diseases, which are not read and not kept; `GO` the
//! totals, against which the file is checked. CP932 without quotation marks, CRLF, perhaps 0x1A at the end.
//!
//! Amounts: 点数 × 10 yen. Dates and months in western form or with the era's digit. A file in several volumes is refused.
//! Specification: オンライン又は光ディスク等による請求に係る記録条件仕様（医科用, 歯科用）.

use std::io::Read;

use csv::StringRecord;
use jiff::civil::Date;

use super::{Care, Expense, Month, amount};
use crate::cells::{ADDRESS_MAX, Cell, NAME_MAX, NUMBER_MAX, Row, branch, insurer, katakana, number};
pub use crate::expense::claim::{Claim, Claimant};
use crate::report::{At, Code, Problem, Report};
use crate::table::{Limits, Quoting, Table};
use crate::{InstitutionCode, InsurerNumber, Sex, folded, parse_date};

/// What a file may hold: the claims of the largest hospital for a month.
const LIMITS: Limits = Limits { bytes: 1 << 30, line_bytes: 8 << 10, columns: 200, problems: 100 };

/// The claims of a file, one at a time: those that are sound. What is wrong with the others gathers in the report, which
/// [`Claims::finish`] hands out; nothing may be kept of a file before it has.
#[must_use = "finish() tells whether the file may be taken"]
pub struct Claims<R> {
    table: Table<R>,
    state: State,
    institution: Institution,
    open: Option<Open>,
    claims: u64,
    points: u64,
    at: At,
    report: Report,
}

/// How far the file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Beginning,
    Within,
    Totalled,
    Refused,
}

#[derive(Default)]
struct Institution {
    code: Option<InstitutionCode>,
    name: Option<String>,
}

/// A claim whose records are being read.
struct Open {
    line: u64,
    sound: bool,
    month: Option<Month>,
    care: Care,
    name: Option<String>,
    kana: Option<String>,
    birth: Option<Date>,
    sex: Option<Sex>,
    branch: Option<String>,
    insurance: Option<Insurance>,
    /// Points of the first public fund, for claims without insurance.
    public_points: Option<u64>,
}

struct Insurance {
    insurer: Option<InsurerNumber>,
    symbol: Option<String>,
    number: Option<String>,
    days: Option<u64>,
    points: Option<u64>,
    meals_yen: Option<u64>,
    window_yen: Option<u64>,
}

impl<R: Read> Claims<R> {
    /// Begins to read; `source` should not be buffered again.
    pub fn new(source: R) -> Self {
        Self {
            table: Table::new(source, &LIMITS, Quoting::Off),
            state: State::Beginning,
            institution: Institution::default(),
            open: None,
            claims: 0,
            points: 0,
            at: At::default(),
            report: Report::new("claims file", LIMITS.problems),
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

    /// Closes the claim whose records ended.
    fn close(&mut self) -> Option<Claim> {
        let open = self.open.take()?;
        let points = open.insurance.as_ref().map_or(open.public_points, |insurance| insurance.points);
        self.points += points.unwrap_or(0);
        let Some(insurance) = open.insurance else {
            let problem = Problem::at_line(Code::ClaimUninsured, open.line);
            if open.public_points.is_some() {
                self.report.warn(problem)
            } else {
                self.report.push(problem)
            }
            return None;
        };
        if !open.sound {
            return None;
        }
        let claimant = Claimant {
            insurer: insurance.insurer?,
            symbol: insurance.symbol,
            number: insurance.number?,
            branch: open.branch,
            name: open.name?,
            kana: open.kana,
            birth: open.birth?,
            sex: open.sex?,
        };
        let points = insurance.points?;
        let expense = Expense {
            month: open.month?,
            care: open.care,
            days: u32::try_from(insurance.days?).ok()?,
            institution: self.institution.code,
            institution_name: self.institution.name.clone(),
            total_yen: points * YEN_PER_POINT,
            insurer_yen: None,
            public_yen: None,
            window_yen: insurance.window_yen,
        };
        self.at = At::line(open.line);
        Some(Claim { claimant, points, expense, meals_yen: insurance.meals_yen })
    }

    /// The totals say whether all of the file is here.
    fn ended(&mut self) {
        if self.state != State::Totalled && self.report.is_empty() {
            let code = if self.state == State::Beginning { Code::Empty } else { Code::ClaimsUnfinished };
            self.report.push(Problem::at_line(code, 1));
        }
        self.state = State::Refused;
    }
}

const YEN_PER_POINT: u64 = 10;

impl<R: Read> Iterator for Claims<R> {
    type Item = Claim;

    fn next(&mut self) -> Option<Claim> {
        while self.state != State::Refused {
            let Some((line, record)) = self.table.next(&mut self.report) else {
                self.ended();
                return None;
            };
            let fields = Fields { record };
            let mut row = Row::new(line, &mut self.report);
            row.refuse_my_number(record, |_| fields.id());
            match (self.state, fields.id()) {
                (State::Beginning, "IR") => {
                    self.state = State::Within;
                    self.institution = institution(fields, &mut row);
                    if !row.sound {
                        self.state = State::Refused;
                    }
                }
                (State::Within, "RE") => {
                    let open = claim(fields, &mut row);
                    let before = self.close();
                    self.claims += 1;
                    self.open = Some(open);
                    if before.is_some() {
                        return before;
                    }
                }
                (State::Within, "GO") => {
                    self.state = State::Totalled;
                    let totals = Totals::read(fields, &mut row);
                    let last = self.close();
                    totals.compare(line, self.claims, self.points, &mut self.report);
                    if last.is_some() {
                        return last;
                    }
                }
                (State::Within, id) if is_id(id) => {
                    if let Some(open) = &mut self.open {
                        open.take(id, fields, &mut row);
                        open.sound &= row.sound;
                    }
                }
                _ => {
                    row.problem(Problem::at_line(Code::ClaimOrder, line).found(fields.id()));
                    self.state = State::Refused;
                }
            }
        }
        None
    }
}

/// The fields of a record, counted from one as the specification does.
#[derive(Clone, Copy)]
struct Fields<'a> {
    record: &'a StringRecord,
}

impl<'a> Fields<'a> {
    fn id(self) -> &'a str {
        self.record.get(0).unwrap_or_default().trim()
    }

    /// The field with this number; `name` begins with its record, as in a report.
    fn at(self, number: usize, name: &'a str) -> Cell<'a> {
        Cell { name, text: self.record.get(number - 1).unwrap_or_default().trim() }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn institution(fields: Fields, row: &mut Row) -> Institution {
    let volume = fields.at(9, "IR マルチボリューム識別情報");
    if !["", "00", "0"].contains(&volume.text) {
        row.refuse(Code::ClaimVolumes, volume);
    }
    let parts = [(3, 2), (4, 1), (5, 7)].map(|(place, width)| {
        let text = folded(fields.at(place, "").text);
        format!("{text:0>width$}")
    });
    let code = parts.concat();
    let name = fields.at(5, "IR 医療機関コード");
    let code = row.required(Cell { text: &code, ..name }, Code::Unfit, |text| InstitutionCode::parse(text).ok());
    if code.is_some_and(|code| !code.check_digit_matches()) {
        row.warn(Code::InstitutionUnusual, name);
    }
    Institution { code, name: row.text(fields.at(7, "IR 医療機関名称"), ADDRESS_MAX) }
}

fn claim(fields: Fields, row: &mut Row) -> Open {
    let kind = row.required(fields.at(3, "RE レセプト種別"), Code::Unfit, care);
    let mut open = Open {
        line: row.line,
        sound: false,
        month: row.required(fields.at(4, "RE 診療年月"), Code::Date, Month::parse),
        care: kind.unwrap_or(Care::Other),
        name: row.required_text(fields.at(5, "RE 氏名"), NAME_MAX),
        kana: row.optional(fields.at(37, "RE カタカナ（氏名）"), Code::Unfit, katakana),
        birth: row.required(fields.at(7, "RE 生年月日"), Code::Date, parse_date),
        sex: row.required(fields.at(6, "RE 男女区分"), Code::Word, |text| Sex::parse(&folded(text))),
        branch: None,
        insurance: None,
        public_points: None,
    };
    open.sound = row.sound;
    open
}

impl Open {
    fn take(&mut self, id: &str, fields: Fields, row: &mut Row) {
        match id {
            "HO" if self.insurance.is_some() => row.problem(Problem::at_line(Code::ClaimOrder, row.line).found(id)),
            "HO" => {
                self.insurance = Some(Insurance {
                    insurer: row.required(fields.at(2, "HO 保険者番号"), Code::InsurerNumber, insurer),
                    symbol: row.text(fields.at(3, "HO 記号"), NUMBER_MAX),
                    number: row.required(fields.at(4, "HO 番号"), Code::Unfit, number),
                    days: row.required(fields.at(5, "HO 診療実日数"), Code::Amount, days),
                    points: row.required(fields.at(6, "HO 合計点数"), Code::Amount, amount),
                    meals_yen: row.optional(fields.at(9, "HO 食事・生活療養 合計金額"), Code::Amount, amount),
                    window_yen: row.optional(fields.at(12, "HO 負担金額"), Code::Amount, amount),
                });
            }
            "KO" => {
                let points = row.optional(fields.at(6, "KO 合計点数"), Code::Amount, amount);
                self.public_points = self.public_points.or(points);
            }
            // Of the insurance; each public fund may have a record of its own.
            "SN" if folded(fields.at(2, "").text) == "1" => {
                self.branch = row.optional(fields.at(7, "SN 枝番"), Code::Unfit, branch);
            }
            _ => {}
        }
    }
}

/// Days of treatment in a month.
fn days(text: &str) -> Option<u64> {
    amount(text).filter(|days| *days <= 31)
}

/// レセプト種別: fee table, kind of insurance, and person with 1, 3, 5 … for inpatients and 2, 4, 6 … 0 for others.
fn care(text: &str) -> Option<Care> {
    let text = folded(text);
    let [table, _, _, who] = *text.as_bytes() else { return None };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match (table, who % 2 == 1) {
        (b'1', true) => Care::MedicalInpatient,
        (b'1', false) => Care::MedicalOutpatient,
        (b'3', true) => Care::DentalInpatient,
        (b'3', false) => Care::DentalOutpatient,
        (b'4', _) => Care::Pharmacy,
        (b'6', _) => Care::VisitingNurse,
        _ => Care::Other,
    })
}

/// What the last record says there is.
struct Totals {
    claims: Option<u64>,
    points: Option<u64>,
}

impl Totals {
    fn read(fields: Fields, row: &mut Row) -> Self {
        let volume = fields.at(4, "GO マルチボリューム識別情報");
        if volume.text != "99" {
            row.refuse(Code::ClaimVolumes, volume);
        }
        Self {
            claims: row.required(fields.at(2, "GO 総件数"), Code::Amount, amount),
            points: row.required(fields.at(3, "GO 総合計点数"), Code::Amount, amount),
        }
    }

    fn compare(self, line: u64, claims: u64, points: u64, report: &mut Report) {
        for (name, said, found) in [("GO 総件数", self.claims, claims), ("GO 総合計点数", self.points, points)]
        {
            if said.is_some_and(|said| said != found) {
                let both = format!("{}/{found}", said.unwrap_or(0));
                report.push(Problem::at_line(Code::ClaimTotals, line).in_column(name).found(&both));
            }
        }
    }
}

#[cfg(test)]
mod tests;
