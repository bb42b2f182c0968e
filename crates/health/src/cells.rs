//! Cells of a row into values, each problem with its column. What may stand in a cell is the same in every file.

use csv::StringRecord;
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use crate::report::{Code, Problem, Report};
use crate::{InsurerNumber, folded, my_number, parse_date};

/// Longest name of a person or its reading, in characters.
pub(crate) const NAME_MAX: usize = 100;
/// Longest address or insurer's name, in characters.
pub(crate) const ADDRESS_MAX: usize = 200;
/// Longest 記号 or 番号, in characters.
pub(crate) const NUMBER_MAX: usize = 40;

/// One cell, without the spaces around it, and what the header calls it.
#[derive(Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

/// A row that is being read: whether it is sound, and the report on what is not.
pub(crate) struct Row<'r> {
    pub(crate) line: u64,
    pub(crate) report: &'r mut Report,
    pub(crate) sound: bool,
}

impl<'r> Row<'r> {
    pub(crate) fn new(line: u64, report: &'r mut Report) -> Self {
        Self { line, report, sound: true }
    }

    /// Looks at every cell, those of unknown and surplus columns too.
    pub(crate) fn refuse_my_number<'n>(&mut self, record: &StringRecord, name: impl Fn(usize) -> &'n str) {
        for (place, cell) in record.iter().enumerate() {
            if my_number::present(cell) {
                self.problem(Problem::at_line(Code::MyNumber, self.line).in_column(name(place)));
            }
        }
    }

    pub(crate) fn refuse_other_count(&mut self, found: usize, expected: usize) {
        if found != expected {
            self.problem(Problem::at_line(Code::CellCount, self.line).found(&format!("{found}/{expected}")));
        }
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.sound = false;
        self.report.push(problem);
    }

    pub(crate) fn refuse(&mut self, code: Code, cell: Cell) {
        self.problem(Problem::at_line(code, self.line).in_column(cell.name).found(cell.text));
    }

    pub(crate) fn warn(&mut self, code: Code, cell: Cell) {
        self.report.warn(Problem::at_line(code, self.line).in_column(cell.name).found(cell.text));
    }

    pub(crate) fn required<T>(&mut self, cell: Cell, code: Code, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if cell.text.is_empty() {
            self.refuse(Code::CellEmpty, cell);
        }
        self.optional(cell, code, read)
    }

    pub(crate) fn optional<T>(&mut self, cell: Cell, code: Code, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if cell.text.is_empty() {
            return None;
        }
        let value = read(cell.text);
        if value.is_none() {
            self.refuse(code, cell);
        }
        value
    }

    pub(crate) fn required_text(&mut self, cell: Cell, characters_max: usize) -> Option<String> {
        if cell.text.is_empty() {
            self.refuse(Code::CellEmpty, cell);
        }
        self.text(cell, characters_max)
    }

    /// Text as written, if it can be a name or an address at all.
    pub(crate) fn text(&mut self, cell: Cell, characters_max: usize) -> Option<String> {
        if cell.text.is_empty() {
            return None;
        }
        let code = if cell.text.contains(char::REPLACEMENT_CHARACTER) {
            Code::BrokenText
        } else if cell.text.chars().any(char::is_control) || cell.text.chars().count() > characters_max {
            Code::Unfit
        } else {
            if cell.text.chars().any(is_placeholder) {
                self.warn(Code::Placeholder, cell);
            }
            return Some(cell.text.to_owned());
        };
        self.refuse(code, cell);
        None
    }

    /// A date that may be left open.
    pub(crate) fn end(&mut self, cell: Cell) -> Option<Date> {
        if is_open(cell.text) { None } else { self.optional(cell, Code::Date, parse_date) }
    }

    pub(crate) fn in_order(&mut self, earlier: Option<Date>, later: Option<Date>, cell: Cell) {
        if earlier.zip(later).is_some_and(|(earlier, later)| later < earlier) {
            self.refuse(Code::DateOrder, cell);
        }
    }
}

/// Whether this is how systems write that there is no end.
pub(crate) fn is_open(text: &str) -> bool {
    const OPEN: [&str; 7] =
        ["00000000", "0000-00-00", "0000/00/00", "99991231", "9999-12-31", "9999/12/31", "99999999"];
    OPEN.contains(&folded(text).as_str())
}

pub(crate) fn insurer(text: &str) -> Option<InsurerNumber> {
    let text = folded(text);
    // Seven digits: a spreadsheet took the zero of 01, 02 … 07. The check digit tells whether that was it.
    let text = if text.len() == 7 { format!("0{text}") } else { text };
    InsurerNumber::parse(&text).ok()
}

/// 記号 or 番号, folded.
pub(crate) fn number(text: &str) -> Option<String> {
    let text = folded(text);
    (!text.is_empty() && text.chars().count() <= NUMBER_MAX && !text.chars().any(char::is_control)).then_some(text)
}

/// 枝番: one or two digits.
pub(crate) fn branch(text: &str) -> Option<String> {
    let text = folded(text);
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| format!("{text:0>2}"))
}

/// Full-width katakana with single-width spaces: half-width and hiragana readings are brought to one form.
pub(crate) fn katakana(text: &str) -> Option<String> {
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
