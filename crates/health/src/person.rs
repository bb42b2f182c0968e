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
