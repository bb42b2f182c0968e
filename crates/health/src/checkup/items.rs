//! 健診項目コード表: what may be measured in a check-up, by codes of seventeen characters.
//!
//! The table of the fourth term (from April 2024) comes with the program as data; see `data/ORIGIN.md` of this crate.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Decimal;
use super::Value;

/// One item of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// 項目コード.
    pub code: &'static str,
    /// 項目名.
    pub name: &'static str,
    /// 区分名称.
    pub category: &'static str,
    /// What its values are.
    pub form: Form,
    /// The unit (UCUM) of numbers; a few have none.
    pub unit: Option<&'static str>,
    /// 検査方法コード, where several items differ by method.
    pub method: Option<&'static str>,
    /// When 特定健診 demands it.
    pub demanded: Demanded,
}

/// What the values of an item are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// PQ: a number with so many digits.
    Number {
        /// Most digits before the point.
        whole: usize,
        /// Most digits behind it.
        places: usize,
        /// Whether it may be below zero.
        signed: bool,
    },
    /// CD and CO: one of a list.
    Choice {
        /// The list's OID.
        list: &'static str,
        /// Whether it has an order (CO).
        ordered: bool,
    },
    /// ST: words.
    Text {
        /// Most characters.
        characters_max: usize,
    },
}

/// When 特定健診 demands an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demanded {
    /// 基本項目.
    Always,
    /// 詳細項目: on a doctor's reason.
    WithReason,
    /// One item of the group with this letter.
    OneOf(char),
    /// Where there is a value.
    IfThere,
    /// Not a part of it.
    No,
}

/// The code of an item that is in the table.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemCode(&'static Definition);

impl ItemCode {
    /// Finds a code in the table.
    pub fn find(code: &str) -> Option<Self> {
        BY_CODE.get(code).map(|definition| Self(definition))
    }

    /// The code.
    pub fn as_str(self) -> &'static str {
        self.0.code
    }

    /// What the table says about it.
    pub fn definition(self) -> &'static Definition {
        self.0
    }
}

impl TryFrom<String> for ItemCode {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::find(&code).ok_or("an item that is not in the table")
    }
}

impl From<ItemCode> for String {
    fn from(code: ItemCode) -> Self {
        code.as_str().to_owned()
    }
}

impl PartialEq for ItemCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for ItemCode {}

impl fmt::Debug for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

/// Every item, in the order of the table.
pub fn all() -> &'static [Definition] {
    &TABLE
}

impl Definition {
    /// The value that `text` is for this item, or `None` if it is none: a number within the item's digits, the code of a choice, or
    /// words that are not too many. Full-width digits are read as half-width ones.
    pub fn value(&self, text: &str) -> Option<Value> {
        match self.form {
            Form::Number { whole, places, signed } => {
                let number = Decimal::parse(&crate::folded(text))?;
                let fits = number.whole_digits() <= whole && number.places() <= places;
                (fits && (signed || !number.is_negative())).then_some(Value::Number(number))
            }
            Form::Choice { .. } => {
                let code = crate::folded(text);
                let plain = (1..=2).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| code.parse().ok()).flatten().map(Value::Choice)
            }
            Form::Text { characters_max } => {
                let fits = (1..=characters_max).contains(&text.chars().count())
                    && !text.chars().any(|c| c == char::REPLACEMENT_CHARACTER || (c.is_control() && c != '\n'));
                fits.then(|| Value::Text(text.to_owned()))
            }
        }
    }

    /// What a choice means, in the words of its list; `None` for lists that only other check-ups use, and for what is no choice.
    pub fn choice(&self, code: u8) -> Option<&'static str> {
        let Form::Choice { list, .. } = self.form else { return None };
        CHOICES.get(&(list, code)).copied()
    }

    /// The data type in XML.
    pub fn xml_type(&self) -> &'static str {
        match self.form {
            Form::Number { .. } => "PQ",
            Form::Choice { ordered: false, .. } => "CD",
            Form::Choice { ordered: true, .. } => "CO",
            Form::Text { .. } => "ST",
        }
    }
}

const FILE: &str = include_str!("../../data/checkup_items.csv");

static TABLE: LazyLock<Vec<Definition>> = LazyLock::new(|| FILE.lines().skip(1).filter_map(definition).collect());

static BY_CODE: LazyLock<HashMap<&'static str, &'static Definition>> =
    LazyLock::new(|| TABLE.iter().map(|definition| (definition.code, definition)).collect());

const CHOICES_FILE: &str = include_str!("../../data/checkup_choices.csv");

/// By list and code.
static CHOICES: LazyLock<HashMap<(&'static str, u8), &'static str>> =
    LazyLock::new(|| CHOICES_FILE.lines().skip(1).filter_map(choice).collect());

/// A line of the lists; its cells are plain.
fn choice(line: &'static str) -> Option<((&'static str, u8), &'static str)> {
    let (list, rest) = line.split_once(',')?;
    let (code, words) = rest.split_once(',')?;
    Some(((list, code.parse().ok()?), words))
}

/// A line of the table; its cells are plain.
fn definition(line: &'static str) -> Option<Definition> {
    let mut cells = line.split(',');
    let mut cell = || cells.next();
    let (code, name, category, kind, format, unit) = (cell()?, cell()?, cell()?, cell()?, cell()?, cell()?);
    let (method, list, demanded, signed) = (cell()?, cell()?, cell()?, cell()? == "1");
    let form = match kind {
        "PQ" => {
            let (whole, places) = format.split_once('.').unwrap_or((format, ""));
            Form::Number { whole: whole.len(), places: places.len(), signed }
        }
        "CD" | "CO" => Form::Choice { list, ordered: kind == "CO" },
        _ => Form::Text { characters_max: format.parse().ok()? },
    };
    let demanded = match demanded {
        "1" => Demanded::Always,
        "2" => Demanded::WithReason,
        "5" | "6" | "7" => Demanded::IfThere,
        group if group.starts_with(char::is_alphabetic) => Demanded::OneOf(group.chars().next()?),
        _ => Demanded::No,
    };
    let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    Some(Definition { code, name, category, form, unit: some(unit), method: some(method), demanded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_an_item_of_its_own() {
        assert_eq!((all().len(), FILE.lines().count() - 1, BY_CODE.len()), (322, 322, 322));
        assert!(all().iter().all(|item| item.code.len() == 17 && !item.name.is_empty()));
        assert_eq!(all().iter().filter(|item| item.demanded == Demanded::Always).count(), 17);
    }

    #[test]
    fn a_choice_of_the_check_up_is_told_in_words() {
        assert_eq!(CHOICES.len(), CHOICES_FILE.lines().count() - 1);
        let known: Vec<_> = all().iter().filter(|item| item.choice(1).is_some() || item.choice(2).is_some()).collect();
        assert!(CHOICES.keys().all(|(list, _)| {
            known.iter().any(|item| matches!(item.form, Form::Choice { list: of, .. } if of == *list))
        }));
        let words = |code: &str, choice| ItemCode::find(code).unwrap().definition().choice(choice);
        assert_eq!(words("9N736000000000011", 3), Some("いいえ"));
        assert_eq!(words("9N736000000000011", 4), None);
        assert_eq!(words("9N001000000000001", 1), None, "a number is no choice");
        let demanded =
            |item: &&Definition| matches!(item.form, Form::Choice { .. }) && item.demanded == Demanded::Always;
        assert!(all().iter().filter(demanded).all(|item| item.choice(1).is_some()));
    }

    #[test]
    fn values_are_held_to_the_form_of_their_item() {
        let value = |code: &str, text: &str| ItemCode::find(code).unwrap().definition().value(text);
        let number = |text: &str| Some(Value::Number(Decimal::parse(text).unwrap()));
        assert_eq!(value("9N001000000000001", "168.4"), number("168.4"));
        assert_eq!(value("9N001000000000001", "１６８"), number("168"));
        for wrong in ["1684.0", "168.44", "-1", "168,4", "高い", ""] {
            assert_eq!(value("9N001000000000001", wrong), None, "{wrong}");
        }
        assert_eq!(value("9N026000000000002", "-10.5"), number("-10.5"));
        assert_eq!(value("9N736000000000011", "3"), Some(Value::Choice(3)));
        assert_eq!(value("9N736000000000011", "はい"), None);
        assert_eq!(value("9N516000000000049", &"医".repeat(65)), None);
        assert_eq!(value("9N516000000000049", "架空　医師"), Some(Value::Text("架空　医師".into())));
        assert!(ItemCode::find("9N001000000000009").is_none());
    }
}
