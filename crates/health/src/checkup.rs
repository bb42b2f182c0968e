//! 特定健診 (check-ups for metabolic syndrome) and other check-ups: what was measured, when, where, on whom.
//!
//! - [`document::read`] reads one XML document (hc08, 特定健診データファイル).
//! - [`archive::Archive`] reads the zip they are handed in with.
//! - [`sheet::Rows`] reads the CSV layout that many institutions use instead.
//! - [`file::Checkups`] reads any of the three.
//! - [`judgement`] tells what follows from the values.
//! - [`items`] is the table of what may be measured, loaded as data.

pub mod archive;
pub mod decimal;
pub mod document;
pub mod file;
pub mod items;
pub mod judgement;
pub mod sheet;

use std::fmt;
use std::hash::Hash;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{InstitutionCode, InsurerNumber, Sex, folded};
pub use decimal::Decimal;
pub use items::{Definition, ItemCode};

/// One check-up of one person.
///
/// `Debug` shows the date alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkup {
    /// 報告区分: what kind of report.
    pub kind: Kind,
    /// 健診プログラムサービスコード: 010 特定健診, 020 後期高齢者, 030 事業者健診, 000 not known.
    pub program: Option<String>,
    /// 健診実施年月日.
    pub examined_on: Date,
    /// When the file was made; a table does not say.
    pub made_on: Option<Date>,
    /// Who was examined.
    pub person: Examinee,
    /// Where.
    pub institution: Institution,
    /// 受診券, if there was one.
    pub voucher: Option<Voucher>,
    /// What was found, in the order of the file; no code is there twice.
    pub items: Vec<Item>,
}

impl fmt::Debug for Checkup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checkup({}, …)", self.examined_on)
    }
}

impl Checkup {
    /// What makes two records the same check-up: the person, by the insurer's numbers and name, the day and the program.
    pub(crate) fn key(&self) -> impl Hash + use<> {
        let person = &self.person;
        let symbol = person.symbol.as_deref().map(folded).unwrap_or_default();
        let numbers = (person.insurer, symbol, person.number.clone(), person.branch.clone());
        (numbers, person.kana.clone(), person.birth, self.examined_on, self.program.clone())
    }

    /// What was found for this item.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code.as_str() == code)
    }
}

/// 報告区分 (OID 1.2.392.200119.6.1001), of check-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 10 特定健診.
    Specific,
    /// 40 他の健診結果の受領分.
    Other,
}

/// Who was examined. Check-up files have the name in katakana only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examinee {
    /// 保険者番号.
    pub insurer: InsurerNumber,
    /// 記号, as written.
    pub symbol: Option<String>,
    /// 番号, folded.
    pub number: String,
    /// 枝番.
    pub branch: Option<String>,
    /// Full-width katakana.
    pub kana: String,
    /// Date of birth.
    pub birth: Date,
    /// Sex.
    pub sex: Sex,
    /// Postal code, as written.
    pub post_number: Option<String>,
    /// Address, as written.
    pub address: Option<String>,
}

impl fmt::Debug for Examinee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Examinee({}, …)", self.insurer)
    }
}

/// Where a check-up was done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Institution {
    /// 健診機関番号, ten digits.
    pub code: Option<InstitutionCode>,
    /// Its name.
    pub name: Option<String>,
}

/// 受診券.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voucher {
    /// 受診券整理番号, eleven digits.
    pub number: String,
    /// 有効期限.
    pub valid_until: Option<Date>,
}

/// One item of a check-up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Which; [`ItemCode::definition`] tells its name, unit and method.
    pub code: ItemCode,
    /// What was found.
    pub value: Value,
    /// The institution's flag, or that the value is the end of the measurable range.
    pub flag: Option<Flag>,
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({}, …)", self.code.as_str())
    }
}

/// What was found for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A measured number (PQ), in the unit of [`Definition::unit`].
    Number(Decimal),
    /// One of the item's choices (CD, or CO if they have an order).
    Choice(u8),
    /// Words (ST).
    Text(String),
    /// 未実施: it was not done.
    NotDone,
    /// 測定不能: it was tried. With a [`Flag`], the value is beyond what can be measured.
    NotMeasurable,
}

/// 結果解釈コード.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// H.
    High,
    /// L.
    Low,
    /// N.
    Normal,
}

impl Flag {
    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::High => "H",
            Self::Low => "L",
            Self::Normal => "N",
        }
    }

    pub(crate) fn parse(code: &str) -> Option<Self> {
        Some(match code {
            "H" => Self::High,
            "L" => Self::Low,
            "N" => Self::Normal,
            _ => return None,
        })
    }
}
