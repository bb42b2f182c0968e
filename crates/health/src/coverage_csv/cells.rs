//! One row: cells into a coverage record, each problem with its column.

use csv::StringRecord;
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::columns::Columns;
use super::{Code, Column, Problem, Report};
use crate::{Copayment, Coverage, InsurerNumber, LossReason, Person, Relationship, Sex, folded, my_number, parse_date};

/// The record of a row, or `None` with every problem of the row in the report.
pub(super) fn coverage(record: &StringRecord, line: u64, columns: &Columns, report: &mut Report) -> Option<Coverage> {
    let mut row = Row { record, line, columns, report, sound: true };
    row.refuse_my_number();
    row.refuse_other_count();
    if !row.sound {
        return None;
    }
    let insurer = row.required(Column::Insurer, Code::InsurerNumber, insurer);
    let insurer_name = row.text(Column::InsurerName, ADDRESS_MAX);
    let symbol = row.text(Column::Symbol, NUMBER_MAX);
    let number = row.required(Column::Number, Code::Unfit, number);
    let branch = row.optional(Column::Branch, Code::Unfit, branch);
    let name = row.required_text(Column::Name, NAME_MAX);
    let kana = row.required(Column::Kana, Code::Unfit, katakana);
    let birth = row.required(Column::Birth, Code::Date, parse_date);
    let sex = row.required(Column::Sex, Code::Word, |text| Sex::parse(&folded(text)));
    let address = row.text(Column::Address, ADDRESS_MAX);
    let relationship = row.required(Column::Relationship, Code::Word, |text| Relationship::parse(&folded(text)));
    let insured_name = row.text(Column::InsuredName, NAME_MAX);
    let copayment = row.required(Column::Copayment, Code::Word, |text| Copayment::parse(&folded(text)));
    let valid_from = row.required(Column::ValidFrom, Code::Date, parse_date);
    let lost_on = row.end(Column::LostOn);
    let loss_reason = row.optional(Column::LossReason, Code::Word, |text| LossReason::parse(&folded(text)));
    let valid_until = row.end(Column::ValidUntil);
    let issued_on = row.end(Column::IssuedOn);
    row.in_order(birth, valid_from, Column::ValidFrom);
    row.in_order(valid_from, lost_on, Column::LostOn);
    row.in_order(valid_from, valid_until, Column::ValidUntil);
    let sound = row.sound;
    let person = Person { name: name?, kana: kana?, birth: birth?, sex: sex?, address };
    sound.then_some(Coverage {
        insurer: insurer?,
        insurer_name,
        symbol,
        number: number?,
        branch,
        relationship: relationship?,
        insured_name,
        copayment: copayment?,
        valid_from: valid_from?,
        lost_on,
        loss_reason,
        valid_until,
        issued_on,
        person,
    })
}

/// Longest texts, in characters: a name and its reading, an address or an insurer's name, 記号 or 番号.
const NAME_MAX: usize = 100;
const ADDRESS_MAX: usize = 200;
const NUMBER_MAX: usize = 40;

struct Row<'a> {
    record: &'a StringRecord,
    line: u64,
    columns: &'a Columns,
    report: &'a mut Report,
    sound: bool,
}

impl Row<'_> {
    /// Looks at every cell, those of unknown and surplus columns too.
    fn refuse_my_number(&mut self) {
        for (place, cell) in self.record.iter().enumerate() {
            if my_number::present(cell) {
                self.sound = false;
                self.report.push(Problem::at_line(Code::MyNumber, self.line).in_column(self.columns.name(place)));
            }
        }
    }

    fn refuse_other_count(&mut self) {
        if self.record.len() != self.columns.count() {
            self.sound = false;
            let counts = format!("{}/{}", self.record.len(), self.columns.count());
            self.report.push(Problem::at_line(Code::CellCount, self.line).found(&counts));
        }
    }

    fn cell(&self, column: Column) -> &str {
        self.columns.place(column).and_then(|place| self.record.get(place)).map_or("", str::trim)
    }

    fn refuse(&mut self, code: Code, column: Column) {
        self.sound = false;
        let problem = Problem::at_line(code, self.line).in_column(column.name()).found(self.cell(column));
        self.report.push(problem);
    }

    fn required<T>(&mut self, column: Column, code: Code, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if self.cell(column).is_empty() {
            self.refuse(Code::CellEmpty, column);
            return None;
        }
        self.optional(column, code, read)
    }

    fn optional<T>(&mut self, column: Column, code: Code, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return None;
        }
        let value = read(cell);
        if value.is_none() {
            self.refuse(code, column);
        }
        value
    }

    fn required_text(&mut self, column: Column, characters_max: usize) -> Option<String> {
        if self.cell(column).is_empty() {
            self.refuse(Code::CellEmpty, column);
            return None;
        }
        self.text(column, characters_max)
    }

    /// Text as written, if it can be a name or an address at all.
    fn text(&mut self, column: Column, characters_max: usize) -> Option<String> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return None;
        }
        let code = if cell.contains(char::REPLACEMENT_CHARACTER) {
            Code::BrokenText
        } else if cell.chars().any(char::is_control) || cell.chars().count() > characters_max {
            Code::Unfit
        } else {
            let text = cell.to_owned();
            if text.chars().any(is_placeholder) {
                let problem = Problem::at_line(Code::Placeholder, self.line).in_column(column.name()).found(&text);
                self.report.warn(problem);
            }
            return Some(text);
        };
        self.refuse(code, column);
        None
    }

    /// A date that may be left open.
    fn end(&mut self, column: Column) -> Option<Date> {
        if OPEN.contains(&folded(self.cell(column)).as_str()) {
            return None;
        }
        self.optional(column, Code::Date, parse_date)
    }

    fn in_order(&mut self, earlier: Option<Date>, later: Option<Date>, column: Column) {
        if earlier.zip(later).is_some_and(|(earlier, later)| later < earlier) {
            self.refuse(Code::DateOrder, column);
        }
    }
}

/// How systems write that there is no end.
const OPEN: [&str; 7] = ["00000000", "0000-00-00", "0000/00/00", "99991231", "9999-12-31", "9999/12/31", "99999999"];

fn insurer(text: &str) -> Option<InsurerNumber> {
    let text = folded(text);
    // Seven digits: a spreadsheet took the zero of 01, 02 … 07. The check digit tells whether that was it.
    let text = if text.len() == 7 { format!("0{text}") } else { text };
    InsurerNumber::parse(&text).ok()
}

fn number(text: &str) -> Option<String> {
    let text = folded(text);
    (!text.is_empty() && text.chars().count() <= NUMBER_MAX && !text.chars().any(char::is_control)).then_some(text)
}

fn branch(text: &str) -> Option<String> {
    let text = folded(text);
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| format!("{text:0>2}"))
}

/// Full-width katakana with single-width spaces: half-width and hiragana readings are brought to one form.
fn katakana(text: &str) -> Option<String> {
    let katakana = |character| match character {
        'ぁ'..='ゖ' => char::from_u32(u32::from(character) + 0x60).unwrap_or(character),
        other => other,
    };
    let text: String = text.nfkc().map(katakana).nfkc().collect();
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= NAME_MAX && !text.chars().any(unusable);
    fits.then(|| text.to_owned())
}

fn unusable(character: char) -> bool {
    character.is_control() || character == char::REPLACEMENT_CHARACTER
}

/// What stands where a system had no glyph: the private areas (外字) and 〓.
fn is_placeholder(character: char) -> bool {
    matches!(character, '〓' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}
