//! Medical expenses (医療費): what a treatment cost, who bore it, where and in which month.
//!
//! - [`claims::Claims`] reads receipts as institutions claim them (レセプト電算, UKE).
//! - [`notice::read`] reads the notice that a person gets from マイナポータル (医療費通知情報, CSV).

mod claim;
pub mod claims;
pub mod notice;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{InstitutionCode, parse_date};

/// One treatment of a month at one institution.
///
/// An amount at the window (窓口) is computed from the claim. It can differ from what was paid: local subsidies, reductions and what
/// insurance does not cover are not in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expense {
    /// 診療年月.
    pub month: Month,
    /// 診療区分.
    pub care: Care,
    /// 日数.
    pub days: u32,
    /// 医療機関コード, where the file has one.
    pub institution: Option<InstitutionCode>,
    /// 医療機関等名称.
    pub institution_name: Option<String>,
    /// 医療費の総額 in yen.
    pub total_yen: u64,
    /// What the insurer bore, in yen, where the file says.
    pub insurer_yen: Option<u64>,
    /// What other public funds bore, in yen, where the file says.
    pub public_yen: Option<u64>,
    /// 窓口相当負担額 or 負担金額 in yen, where the file says.
    pub window_yen: Option<u64>,
}

impl fmt::Debug for Expense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expense({}, …)", self.month)
    }
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// From `202604`, `2026年4月`, `令和8年4月` or the five digits of older claims, `50804` (era, year, month); full or half width.
    pub fn parse(text: &str) -> Option<Self> {
        let text = crate::folded(text);
        let first = if text.ends_with('月') { format!("{text}1日") } else { format!("{text}01") };
        let fits = text.ends_with('月') || (matches!(text.len(), 5 | 6) && text.bytes().all(|b| b.is_ascii_digit()));
        let first = fits.then(|| parse_date(&first)).flatten()?;
        Some(Self { year: first.year(), month: first.month() })
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.month
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// 診療区分: what kind of treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// 医科入院.
    MedicalInpatient,
    /// 医科外来.
    MedicalOutpatient,
    /// 歯科入院.
    DentalInpatient,
    /// 歯科外来.
    DentalOutpatient,
    /// 調剤.
    Pharmacy,
    /// 訪問看護.
    VisitingNurse,
    /// Another: 柔道整復, はり・きゅう, and what later versions bring.
    Other,
}

impl Care {
    /// Every kind, with its word in messages.
    const WORDS: [(Self, &'static str); 7] = [
        (Self::MedicalInpatient, "medical-inpatient"),
        (Self::MedicalOutpatient, "medical-outpatient"),
        (Self::DentalInpatient, "dental-inpatient"),
        (Self::DentalOutpatient, "dental-outpatient"),
        (Self::Pharmacy, "pharmacy"),
        (Self::VisitingNurse, "visiting-nurse"),
        (Self::Other, "other"),
    ];

    /// The word in messages.
    pub fn code(self) -> &'static str {
        Self::WORDS.iter().find(|(care, _)| *care == self).map_or("other", |(_, word)| word)
    }

    /// The kind of a word in a message.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, word)| *word == code).map(|(care, _)| *care)
    }

    /// From the words of a notice.
    fn named(text: &str) -> Self {
        match crate::folded(text).as_str() {
            "医科入院" => Self::MedicalInpatient,
            "医科外来" | "医科入院外" => Self::MedicalOutpatient,
            "歯科入院" => Self::DentalInpatient,
            "歯科外来" | "歯科入院外" => Self::DentalOutpatient,
            "調剤" => Self::Pharmacy,
            "訪問看護" => Self::VisitingNurse,
            _ => Self::Other,
        }
    }
}

/// An amount in yen or points: digits with or without thousands commas, full or half width.
pub(crate) fn amount(text: &str) -> Option<u64> {
    const DIGITS_MAX: usize = 10;
    let digits = crate::folded(text).replace(',', "");
    let fits = (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_in_all_its_forms() {
        for text in ["202604", "2026年4月", "２０２６年４月", "令和8年4月", "50804", "R8年4月"] {
            assert_eq!(Month::parse(text).map(|month| month.to_string()).as_deref(), Some("2026-04"), "{text}");
        }
        for text in ["", "2026", "202613", "20260401", "4月", "2026年13月", "99804", "月"] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_may_have_commas() {
        assert_eq!((amount("12,340"), amount("１２３４０"), amount("0")), (Some(12_340), Some(12_340), Some(0)));
        assert_eq!((amount(""), amount("-1"), amount("12.5"), amount("12345678901")), (None, None, None, None));
    }
}
