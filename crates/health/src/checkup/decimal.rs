//! Measured numbers, as exact as they are written.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A decimal number with the places it was written with: `88.0` and `88` are equal, and written as they came.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    units: i64,
    places: u8,
}

/// Most digits in all, and most behind the point: more than any item of a check-up has.
const DIGITS_MAX: usize = 9;
const PLACES_MAX: usize = 4;

impl Decimal {
    /// From digits with at most one point, and a minus sign before them: `168.4`.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let places = if digits.contains('.') { part.len() } else { 0 };
        if !is_digits(whole) || !is_digits(part) || whole.len() + places > DIGITS_MAX || places > PLACES_MAX {
            return None;
        }
        let part = if places == 0 { "" } else { part };
        let units: i64 = [whole, part].concat().parse().ok()?;
        Some(Self { units: sign * units, places: u8::try_from(places).ok()? })
    }

    /// Digits before the point, without leading zeros, at least one.
    pub fn whole_digits(self) -> usize {
        (self.units.unsigned_abs() / 10_u64.pow(u32::from(self.places))).to_string().len()
    }

    /// Digits behind the point.
    pub fn places(self) -> usize {
        usize::from(self.places)
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.units < 0
    }

    fn scaled(self) -> i64 {
        self.units * 10_i64.pow(4 - u32::from(self.places).min(4))
    }
}

impl TryFrom<String> for Decimal {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a number")
    }
}

impl From<Decimal> for String {
    fn from(number: Decimal) -> Self {
        number.to_string()
    }
}

impl From<u32> for Decimal {
    fn from(units: u32) -> Self {
        Self { units: i64::from(units), places: 0 }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(u32::from(self.places));
        let sign = if self.units < 0 { "-" } else { "" };
        let (whole, part) = (self.units.unsigned_abs() / scale, self.units.unsigned_abs() % scale);
        match usize::from(self.places) {
            0 => write!(f, "{sign}{whole}"),
            places => write!(f, "{sign}{whole}.{part:0places$}"),
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.scaled().cmp(&other.scaled())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_as_they_were_read_and_compared_by_value() {
        for text in ["0", "0.0", "168.4", "-3.5", "-0.5", "99999", "0.02", "12.3400"] {
            assert_eq!(Decimal::parse(text).map(|number| number.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Decimal::parse("88.0"), Decimal::parse("88"));
        assert!(Decimal::parse("5.6") < Decimal::parse("5.60001").or(Decimal::parse("5.61")));
        assert_eq!(Decimal::parse("0100").map(Decimal::whole_digits), Some(3));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "1.", ".5", "1.2.3", "1e3", "+1", "１", " 1", "1234567890", "0.12345", "--1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in "[-.0-9]{0,14}") {
            if let Some(number) = Decimal::parse(&text) {
                prop_assert_eq!(Decimal::parse(&number.to_string()), Some(number));
                prop_assert!(number.whole_digits() >= 1 && number.places() <= PLACES_MAX);
            }
        }
    }
}
