//! 医療機関コード: a hospital, dentist, pharmacy or visiting nurse station.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::check_digit::{NumberRefused, digits, mod10_21};

/// A medical institution's code of ten digits: prefecture 2, fee table 1 (1 medical, 3 dental, 4 pharmacy,
/// 6 visiting nurse), district 2, institution 4, check digit 1.
///
/// The check digit is looked at but a wrong one is not refused: a hospital with a dental department may be written
/// with the other fee table digit. Ask [`InstitutionCode::check_digit_matches`] and warn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstitutionCode([u8; DIGITS]);

const DIGITS: usize = 10;

impl InstitutionCode {
    /// Reads exactly ten ASCII digits, spaces around them ignored.
    ///
    /// # Errors
    /// [`NumberRefused::Shape`] or [`NumberRefused::Prefecture`]; never for the check digit.
    pub fn parse(text: &str) -> Result<Self, NumberRefused> {
        let code = digits(text.trim()).and_then(|digits| digits.try_into().ok()).map(Self);
        let code = code.ok_or(NumberRefused::Shape)?;
        if (1..=47).contains(&code.prefecture()) { Ok(code) } else { Err(NumberRefused::Prefecture) }
    }

    /// The prefecture, 1 to 47.
    pub fn prefecture(self) -> u8 {
        let [tens, ones, ..] = self.0;
        tens * 10 + ones
    }

    /// Whether the last digit follows from the others.
    ///
    /// Saitama, Chiba, Tokyo and Kanagawa (11 to 14) compute it over the six digits after the fee table, all others
    /// over the nine digits before it.
    pub fn check_digit_matches(self) -> bool {
        let [body @ .., check] = &self.0;
        let skipped = if (11..=14).contains(&self.prefecture()) { 3 } else { 0 };
        body.get(skipped..).is_some_and(|body| mod10_21(body) == *check)
    }
}

impl fmt::Display for InstitutionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{digit}"))
    }
}

impl TryFrom<String> for InstitutionCode {
    type Error = NumberRefused;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<InstitutionCode> for String {
    fn from(number: InstitutionCode) -> Self {
        number.to_string()
    }
}

impl FromStr for InstitutionCode {
    type Err = NumberRefused;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_and_fictional_codes_have_a_right_check_digit() {
        for text in ["3710111075", "2813300114", "2813301351", "0110113719", "3710199997", "3730199993", "3740199991"] {
            let code = InstitutionCode::parse(text).unwrap();
            assert!(code.check_digit_matches(), "{text}");
            assert_eq!(code.to_string(), text);
        }
    }

    #[test]
    fn a_wrong_check_digit_is_told_but_not_refused() {
        assert!(!InstitutionCode::parse("3710111076").unwrap().check_digit_matches());
    }

    #[test]
    fn the_four_prefectures_around_tokyo_leave_the_fee_table_out() {
        // 13 1 0112345: 1·? over 011234 → weights 1,2,1,2,1,2 = 0+2+1+4+3+8 = 18 → 2
        assert!(InstitutionCode::parse("1310112342").unwrap().check_digit_matches());
    }

    #[test]
    fn other_shapes_are_refused() {
        assert_eq!(InstitutionCode::parse("371011107"), Err(NumberRefused::Shape));
        assert_eq!(InstitutionCode::parse("37101110750"), Err(NumberRefused::Shape));
        assert_eq!(InstitutionCode::parse("371011107x"), Err(NumberRefused::Shape));
        assert_eq!(InstitutionCode::parse("4810111075"), Err(NumberRefused::Prefecture));
    }
}
