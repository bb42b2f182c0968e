//! One period of one person with one insurer.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{Copayment, InsurerNumber, Person};

/// An enrolment record (資格情報) as the insurer holds it.
///
/// `Debug` shows the insurer alone: the rest must not reach a log by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// 保険者番号.
    pub insurer: InsurerNumber,
    /// 保険者名, where the record carries it; whoever shows it knows the insurers by number too.
    pub insurer_name: Option<String>,
    /// 記号, as written on the certificate; the late elderly scheme has none.
    pub symbol: Option<String>,
    /// 番号.
    pub number: String,
    /// 枝番, two digits, personal since March 2021; older records have none.
    pub branch: Option<String>,
    /// 本人 or 家族.
    pub relationship: Relationship,
    /// The head of the household (世帯主) in national health insurance, the insured employee (被保険者) elsewhere.
    pub insured_name: Option<String>,
    /// 負担割合.
    pub copayment: Copayment,
    /// 資格取得日: the first day covered.
    pub valid_from: Date,
    /// 資格喪失日: the first day no longer covered.
    pub lost_on: Option<Date>,
    /// 喪失事由, where given.
    pub loss_reason: Option<LossReason>,
    /// 有効期限: the last day for which the insurer vouches.
    pub valid_until: Option<Date>,
    /// 交付年月日 of the certificate.
    pub issued_on: Option<Date>,
    /// Who is covered.
    pub person: Person,
}

impl Coverage {
    /// The last day covered: the day before 資格喪失日 or 有効期限, whichever is earlier. `None`: open.
    pub fn last_day(&self) -> Option<Date> {
        // Yesterday of the first representable date does not exist; such a record covers no day anyway.
        let before_loss = self.lost_on.map(|lost| lost.yesterday().unwrap_or(lost));
        match (before_loss, self.valid_until) {
            (Some(loss), Some(until)) => Some(loss.min(until)),
            (loss, until) => loss.or(until),
        }
    }

    /// Whether the period includes `date`.
    pub fn covers(&self, date: Date) -> bool {
        self.valid_from <= date && self.last_day().is_none_or(|last| date <= last)
    }

    /// The numbers that name this enrolment, in the form in which they can be compared.
    pub fn enrolment(&self) -> Enrolment {
        Enrolment {
            insurer: self.insurer,
            symbol: self.symbol.as_deref().map(folded).unwrap_or_default(),
            number: folded(&self.number),
            branch: self.branch.as_deref().map(folded).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Coverage({}, …)", self.insurer)
    }
}

/// 保険者番号・記号・番号・枝番, folded so that two ways of writing them are equal.
///
/// An absent symbol or branch is the empty string. `Debug` shows the insurer alone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Enrolment {
    /// 保険者番号.
    pub insurer: InsurerNumber,
    /// 記号, folded; empty when there is none.
    pub symbol: String,
    /// 番号, folded.
    pub number: String,
    /// 枝番, folded; empty when there is none.
    pub branch: String,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Enrolment({}, …)", self.insurer)
    }
}

/// Folds what writers of the same number write differently: width (NFKC), spaces, and the many dashes.
///
/// 記号 and 番号 are full width in claims and half or full width in the online check; compare only folded forms.
pub fn folded(text: &str) -> String {
    // Most numbers are plain ASCII, which folding leaves as it is.
    if text.is_ascii() {
        return text.split_whitespace().collect();
    }
    // Taking a space out can leave a letter and its mark side by side, which the second pass joins.
    text.nfkc()
        .filter(|character| !character.is_whitespace())
        .map(|character| match character {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            other => other,
        })
        .nfkc()
        .collect()
}

/// 本人家族区分.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relationship {
    /// 本人, code 1.
    Insured,
    /// 家族 (被扶養者, or a member of the householder's family), code 2.
    Dependent,
}

impl Relationship {
    /// The code in files and messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Insured => "1",
            Self::Dependent => "2",
        }
    }

    /// From the code or the word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "1" | "本人" | "被保険者" | "世帯主" => Some(Self::Insured),
            "2" | "家族" | "被扶養者" => Some(Self::Dependent),
            _ => None,
        }
    }
}

/// Why a coverage ended (喪失事由, codes of the online eligibility check).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossReason {
    /// 01 死亡.
    Death,
    /// 02 生活保護.
    PublicAssistance,
    /// 03 他の保険に加入.
    OtherInsurance,
    /// 99 その他.
    Other,
}

impl LossReason {
    /// The code in files and messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Death => "01",
            Self::PublicAssistance => "02",
            Self::OtherInsurance => "03",
            Self::Other => "99",
        }
    }

    /// From the code (a spreadsheet may have eaten its zero) or the word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "01" | "1" | "死亡" => Some(Self::Death),
            "02" | "2" | "生保" | "生活保護" => Some(Self::PublicAssistance),
            "03" | "3" | "他保険取得" | "他保険加入" => Some(Self::OtherInsurance),
            "99" | "その他" => Some(Self::Other),
            _ => None,
        }
    }
}
