//! 特定健診 as a table: the CSV layout that the free converter of 国立保健医療科学院 reads, and that institutions therefore write.
//!
//! Rows before the header, and rows whose first cell begins with `#`, are not data; the header is the row that names 保険者番号, with
//! or without `#`. Columns are found by name in any order; the words before it in brackets may be missing:
//!
//! | column | content |
//! |---|---|
//! | KEY1 | not read |
//! | (受診者)保険者番号 * | 6 or 8 digits with check digit |
//! | (受診者)(被保険者証等)記号 | as on the certificate |
//! | (受診者)(被保険者証等)番号 * | |
//! | (受診者)(被保険者証等)枝番, 番号枝番 | one or two digits |
//! | (受診者)氏名 * | katakana |
//! | (受診者)生年月日 * | a date |
//! | (受診者)性別 * | 1 男, 2 女 |
//! | (受診者)郵便番号, (受診者)住所 | |
//! | 受診券整理番号, (受診券)有効期限 | |
//! | (健診)実施年月日 * | a date |
//! | 健診機関番号, 健診機関名 | ten digits; the name |
//! | 17 characters | an item by its code ([`super::items`]) |
//!
//! Starred columns must be there and filled. An item's cell is its value, `未実施`, `測定不能`, or `H` or `L` where the value is beyond
//! what can be measured; an empty cell says nothing. UTF-8 or CP932.

use std::io::Read;

use csv::StringRecord;

use super::items::{Form, ItemCode};
use super::{Checkup, Examinee, Flag, Institution, Item, Kind, Value, Voucher};
use crate::cells::{ADDRESS_MAX, Cell, NAME_MAX, NUMBER_MAX, Row, branch, insurer, katakana, number};
use crate::report::{At, Code, Problem, Report};
use crate::table::{Limits, Quoting, Seen, Table};
use crate::{InstitutionCode, Sex, folded, my_number, parse_date};

/// What a table may hold: 420,000 check-ups with every item.
const LIMITS: Limits = Limits { bytes: 2 << 30, line_bytes: 64 << 10, columns: 500, problems: 100 };
/// Rows that may stand before the header.
const ROWS_BEFORE_HEADER_MAX: usize = 10;
/// Longest name of a column that a report repeats, in characters.
const COLUMN_NAME_MAX: usize = 40;

/// The check-ups of a table, one at a time: those that are sound. What is wrong with the others gathers in the report, which
/// [`Rows::finish`] hands out; nothing may be kept of a table before it has.
#[must_use = "finish() tells whether the table may be taken"]
pub struct Rows<R> {
    table: Table<R>,
    columns: Option<Columns>,
    begun: bool,
    count: u64,
    seen: Seen,
    at: At,
    report: Report,
}

impl<R: Read> Rows<R> {
    /// Begins to read; `source` should not be buffered again.
    pub fn new(source: R) -> Self {
        Self {
            table: Table::new(source, &LIMITS, Quoting::Spreadsheet),
            columns: None,
            begun: false,
            count: 0,
            seen: Seen::default(),
            at: At::default(),
            report: Report::new("check-up table", LIMITS.problems),
        }
    }

    /// Refuses the file because of the record that was read last: `found` is quoted.
    pub fn refuse(&mut self, code: Code, found: &str) {
        self.report.refuse(&self.at, code, found);
    }

    /// Reads what is left, and tells whether the table may be taken: with these warnings.
    ///
    /// # Errors
    /// [`Report`] names each problem with its line and column.
    pub fn finish(mut self) -> Result<Vec<Problem>, Report> {
        self.by_ref().for_each(drop);
        self.report.finish()
    }

    fn find_columns(&mut self) -> Option<Columns> {
        for place in 0..ROWS_BEFORE_HEADER_MAX {
            let Some((line, record)) = self.table.next(&mut self.report) else {
                if place == 0 && self.report.is_empty() {
                    self.report.push(Problem::at_line(Code::Empty, 1));
                }
                break;
            };
            if record.iter().any(|cell| column(cell) == Some(Column::Insurer)) {
                return Columns::find(line, record, &mut self.report);
            }
        }
        if self.report.is_empty() {
            self.report.push(Problem::at_line(Code::ColumnMissing, 1).in_column("受診者保険者番号"));
        }
        None
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Checkup;

    fn next(&mut self) -> Option<Checkup> {
        if !self.begun {
            self.begun = true;
            self.columns = self.find_columns();
        }
        let columns = self.columns.as_ref()?;
        while let Some((line, record)) = self.table.next(&mut self.report) {
            if record.get(0).is_some_and(|cell| cell.trim_start().starts_with('#')) {
                continue;
            }
            self.count += 1;
            let Some(checkup) = checkup(record, line, columns, &mut self.report) else { continue };
            match self.seen.before(&checkup.key(), line) {
                Some(first) => self.report.push(Problem::at_line(Code::CheckupTwice, line).seen_at(first)),
                None => {
                    self.at = At::line(line);
                    return Some(checkup);
                }
            }
        }
        if self.count == 0 && self.report.is_empty() {
            self.report.push(Problem::at_line(Code::NoRows, 1));
        }
        None
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Key,
    Insurer,
    Symbol,
    Number,
    Branch,
    Kana,
    Birth,
    Sex,
    PostNumber,
    Address,
    Voucher,
    VoucherUntil,
    ExaminedOn,
    Institution,
    InstitutionName,
    Item(ItemCode),
}

const REQUIRED: [(Column, &str); 6] = [
    (Column::Insurer, "受診者保険者番号"),
    (Column::Number, "受診者被保険者番号"),
    (Column::Kana, "受診者氏名"),
    (Column::Birth, "受診者生年月日"),
    (Column::Sex, "受診者性別"),
    (Column::ExaminedOn, "健診実施年月日"),
];

/// The column that a header cell names, whatever its width and spaces.
fn column(cell: &str) -> Option<Column> {
    let cell = folded(cell);
    let name = cell.trim_start_matches('#');
    if let Some(code) = ItemCode::find(name) {
        return Some(Column::Item(code));
    }
    let name = name.strip_prefix("受診者").unwrap_or(name);
    let short = ["被保険者証等", "被保険者証", "被保険者"].iter().find_map(|prefix| name.strip_prefix(prefix));
    Some(match short.unwrap_or(name) {
        "KEY1" | "KEY2" => Column::Key,
        "保険者番号" => Column::Insurer,
        "記号" => Column::Symbol,
        "番号" => Column::Number,
        "枝番" | "番号枝番" => Column::Branch,
        "氏名" | "カナ氏名" | "氏名カナ" => Column::Kana,
        "生年月日" => Column::Birth,
        "性別" => Column::Sex,
        "郵便番号" => Column::PostNumber,
        "住所" => Column::Address,
        "受診券整理番号" => Column::Voucher,
        "受診券有効期限" | "有効期限" => Column::VoucherUntil,
        "健診実施年月日" | "実施年月日" => Column::ExaminedOn,
        "健診機関番号" => Column::Institution,
        "健診機関名" | "健診機関名称" => Column::InstitutionName,
        _ => return None,
    })
}

/// What each column holds and what the header calls it.
struct Columns {
    columns: Vec<Option<Column>>,
    names: Vec<String>,
}

impl Columns {
    fn find(line: u64, header: &StringRecord, report: &mut Report) -> Option<Self> {
        let before = report.total();
        if header.len() > LIMITS.columns {
            report.push(Problem::at_line(Code::TooManyColumns, line).found(&header.len().to_string()));
            return None;
        }
        let mut columns: Vec<Option<Column>> = Vec::new();
        for cell in header {
            let found = column(cell);
            if my_number::announced(cell) || (found.is_none() && my_number::present(cell)) {
                report.push(Problem::at_line(Code::MyNumber, line));
            } else if found.is_none() && !cell.trim().is_empty() {
                report.warn(Problem::at_line(Code::UnknownColumn, line).found(cell));
            } else if found.is_some_and(|found| found != Column::Key) && columns.contains(&found) {
                report.push(Problem::at_line(Code::ColumnTwice, line).in_column(cell.trim()));
            }
            columns.push(found);
        }
        for (_, name) in REQUIRED.iter().filter(|(column, _)| !columns.contains(&Some(*column))) {
            report.push(Problem::at_line(Code::ColumnMissing, line).in_column(name));
        }
        let names = header.iter().map(|cell| cell.trim().chars().take(COLUMN_NAME_MAX).collect()).collect();
        (report.total() == before).then_some(Self { columns, names })
    }

    fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", String::as_str)
    }

    fn cell<'a>(&'a self, record: &'a StringRecord, column: Column) -> Cell<'a> {
        let place = self.columns.iter().position(|found| *found == Some(column));
        let text = place.and_then(|place| record.get(place)).map_or("", str::trim);
        Cell { name: place.map_or("", |place| self.name(place)), text }
    }
}

fn checkup(record: &StringRecord, line: u64, columns: &Columns, report: &mut Report) -> Option<Checkup> {
    let mut row = Row::new(line, report);
    row.refuse_my_number(record, |place| columns.name(place));
    row.refuse_other_count(record.len(), columns.columns.len());
    if !row.sound {
        return None;
    }
    let cell = |column| columns.cell(record, column);
    let insurer = row.required(cell(Column::Insurer), Code::InsurerNumber, insurer);
    let symbol = row.text(cell(Column::Symbol), NUMBER_MAX);
    let number = row.required(cell(Column::Number), Code::Unfit, number);
    let branch = row.optional(cell(Column::Branch), Code::Unfit, branch);
    let kana = row.required(cell(Column::Kana), Code::Unfit, katakana);
    let birth = row.required(cell(Column::Birth), Code::Date, parse_date);
    let sex = row.required(cell(Column::Sex), Code::Word, |text| Sex::parse(&folded(text)));
    let post_number = row.text(cell(Column::PostNumber), NUMBER_MAX);
    let address = row.text(cell(Column::Address), ADDRESS_MAX);
    let voucher = row.optional(cell(Column::Voucher), Code::Unfit, eleven_digits);
    let valid_until = row.end(cell(Column::VoucherUntil));
    let examined_on = row.required(cell(Column::ExaminedOn), Code::Date, parse_date);
    row.in_order(birth, examined_on, cell(Column::ExaminedOn));
    let institution = Institution {
        code: row.optional(cell(Column::Institution), Code::Unfit, |text| InstitutionCode::parse(&folded(text)).ok()),
        name: row.text(cell(Column::InstitutionName), NAME_MAX),
    };
    if institution.code.is_some_and(|code| !code.check_digit_matches()) {
        row.warn(Code::InstitutionUnusual, cell(Column::Institution));
    }
    let items = items(record, columns, &mut row);
    let sound = row.sound;
    let (insurer, number, kana) = (insurer?, number?, kana?);
    let person = Examinee { insurer, symbol, number, branch, kana, birth: birth?, sex: sex?, post_number, address };
    let voucher = voucher.map(|number| Voucher { number, valid_until });
    let (kind, examined_on) = (Kind::Specific, examined_on?);
    sound.then_some(Checkup { kind, program: None, examined_on, made_on: None, person, institution, voucher, items })
}

fn items(record: &StringRecord, columns: &Columns, row: &mut Row) -> Vec<Item> {
    let mut items = Vec::new();
    for (place, (cell, column)) in record.iter().zip(&columns.columns).enumerate() {
        let Some(Column::Item(code)) = column else { continue };
        let text = cell.trim();
        if text.is_empty() {
            continue;
        }
        match item(*code, text) {
            Some(item) => items.push(item),
            None => {
                let found = format!("{}: {text}", code.definition().name);
                row.refuse(Code::ItemValue, Cell { name: columns.name(place), text: &found });
            }
        }
    }
    items
}

fn item(code: ItemCode, text: &str) -> Option<Item> {
    let is_number = matches!(code.definition().form, Form::Number { .. });
    let (value, flag) = match folded(text).as_str() {
        "未実施" => (Value::NotDone, None),
        "測定不能" => (Value::NotMeasurable, None),
        "H" if is_number => (Value::NotMeasurable, Some(Flag::High)),
        "L" if is_number => (Value::NotMeasurable, Some(Flag::Low)),
        _ => (code.definition().value(text)?, None),
    };
    Some(Item { code, value, flag })
}

/// 受診券整理番号.
fn eleven_digits(text: &str) -> Option<String> {
    let text = folded(text);
    (text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests;
