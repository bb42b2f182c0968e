//! Whom a coverage is about.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The person of a coverage record, as the insurer wrote it.
///
/// `Debug` shows nothing of the content: these values must not reach a log by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name exactly as written: any Unicode, variation selectors kept.
    pub name: String,
    /// The reading in full-width katakana.
    pub kana: String,
    /// Date of birth.
    pub birth: Date,
    /// Sex as registered.
    pub sex: Sex,
    /// The address in one line, where the record has one.
    pub address: Option<String>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

/// A reading in the form in which those of two files can be compared: full-width katakana without spaces and middle dots,
/// and with small kana written large, as older systems do.
pub fn kana_folded(kana: &str) -> String {
    const SMALL: &str = "ァィゥェォッャュョヮヵヶ";
    const LARGE: &str = "アイウエオツヤユヨワカケ";
    let large = |kana: char| SMALL.chars().zip(LARGE.chars()).find(|(small, _)| *small == kana).map(|(_, large)| large);
    let katakana = crate::cells::katakana(kana).unwrap_or_default();
    crate::folded(&katakana).chars().filter(|kana| *kana != '・').map(|kana| large(kana).unwrap_or(kana)).collect()
}

/// Sex as in the online eligibility check (Sex1: 1 male, 2 female, 3 not set).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男, code 1.
    Male,
    /// 女, code 2.
    Female,
    /// 未設定, code 3.
    Unspecified,
}

impl Sex {
    /// The code in files and messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
            Self::Unspecified => "3",
        }
    }

    /// From the code or the word: `1` `男`, `2` `女`, `3` `未設定`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "1" | "男" | "男性" | "M" => Some(Self::Male),
            "2" | "女" | "女性" | "F" => Some(Self::Female),
            "3" | "未設定" | "不明" => Some(Self::Unspecified),
            _ => None,
        }
    }
}
