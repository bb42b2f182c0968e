//! The date that a check is about: today, unless the reception names another.

use health::eligibility;
use jiff::civil::Date;
use serde::Deserialize;

/// The date as it stands in an address.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    date: String,
}

/// A date that may not be asked about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong;

impl Asked {
    /// The date; today where none is named.
    ///
    /// # Errors
    /// [`Wrong`] for what is none, or may not be asked about: more than two years ago, or after this month.
    pub(super) fn on(&self, today: Date) -> Result<Date, Wrong> {
        if self.date.is_empty() {
            return Ok(today);
        }
        let date: Date = self.date.parse().map_err(|_| Wrong)?;
        if eligibility::dates(today).contains(&date) { Ok(date) } else { Err(Wrong) }
    }

    /// What was written, for the form that shows it again.
    pub(super) fn written(&self) -> &str {
        &self.date
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(date: &str) -> Result<String, Wrong> {
        let today = "2026-11-22".parse().unwrap();
        Asked { date: date.to_owned() }.on(today).map(|date| date.to_string())
    }

    #[test]
    fn a_date_is_within_two_years_and_this_month() {
        for (written, read) in [("", "2026-11-22"), ("2026-11-30", "2026-11-30"), ("2024-11-22", "2024-11-22")] {
            assert_eq!(on(written).as_deref(), Ok(read));
        }
        for wrong in ["2026-12-01", "2024-11-21", "yesterday", "2026-02-30", "9999-01-01"] {
            assert_eq!(on(wrong), Err(Wrong), "{wrong}");
        }
    }
}
