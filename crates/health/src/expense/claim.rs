//! A claim of an institution, and whose treatment it is about.

use std::fmt;

use jiff::civil::Date;

use super::Expense;
use crate::{InsurerNumber, Sex};

/// One claim that was sent to an insurer.
///
/// `Debug` shows the month alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose treatment.
    pub claimant: Claimant,
    /// 合計点数.
    pub points: u64,
    /// What it cost: total is points × 10 yen, at the window what 負担金額 says, which is empty where the plain share applies.
    pub expense: Expense,
    /// 食事・生活療養 合計金額 in yen: beside the total, where there were meals.
    pub meals_yen: Option<u64>,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({}, …)", self.expense.month)
    }
}

/// The person of a claim, by the insurer's numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimant {
    /// 保険者番号.
    pub insurer: InsurerNumber,
    /// 記号, as written.
    pub symbol: Option<String>,
    /// 番号, folded.
    pub number: String,
    /// 枝番.
    pub branch: Option<String>,
    /// 氏名, as written.
    pub name: String,
    /// カナ氏名.
    pub kana: Option<String>,
    /// 生年月日.
    pub birth: Date,
    /// 男女区分.
    pub sex: Sex,
}

impl fmt::Debug for Claimant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claimant({}, …)", self.insurer)
    }
}
