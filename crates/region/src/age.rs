//! What the law ties to age.

use health::Copayment;
use jiff::civil::{Date, date};

/// Full years on `on`, as people count them.
pub(crate) fn full_years(birth: Date, on: Date) -> i16 {
    on.year() - birth.year() - i16::from((on.month(), on.day()) < (birth.month(), birth.day()))
}

/// The patient's share by age (健康保険法 Art. 74 and 110, 国民健康保険法 Art. 42): 2割 before school, 3割 from then on,
/// 2割 again from the month after the 70th birthday, but 3割 still for those with the income of an active worker.
///
/// A year of age is reached the day before the birthday (年齢計算ニ関する法律), so who is born on the first of a month
/// or on April 1 belongs to the group before.
pub fn copayment_on(birth: Date, active_income: bool, on: Date) -> Copayment {
    let counted = birth.yesterday().unwrap_or(birth);
    let school = date(counted.year() + if counted.month() < 4 { 6 } else { 7 }, 4, 1);
    let seventy = date(counted.year() + 70, counted.month(), 1).last_of_month();
    if on < school || (on > seventy && !active_income) { Copayment::Two } else { Copayment::Three }
}

/// The day on which the scheme for the late elderly takes over: the 75th birthday itself.
pub(crate) fn late_elderly_from(birth: Date) -> Date {
    anniversary(birth, 75)
}

/// The birthday `years` later; March 1 for those born on February 29 in years without one.
pub(crate) fn anniversary(birth: Date, years: i16) -> Date {
    Date::new(birth.year() + years, birth.month(), birth.day()).unwrap_or(date(birth.year() + years, 3, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_changes_on_the_days_of_the_law() {
        for (birth, on, active_income, expected) in [
            (date(2020, 4, 1), date(2026, 3, 31), false, Copayment::Two),
            (date(2020, 4, 1), date(2026, 4, 1), false, Copayment::Three),
            (date(2020, 4, 2), date(2026, 4, 1), false, Copayment::Two),
            (date(2020, 4, 2), date(2027, 4, 1), false, Copayment::Three),
            (date(1956, 11, 2), date(2026, 11, 30), false, Copayment::Three),
            (date(1956, 11, 2), date(2026, 12, 1), false, Copayment::Two),
            (date(1956, 11, 1), date(2026, 11, 1), false, Copayment::Two),
            (date(1956, 11, 2), date(2026, 12, 1), true, Copayment::Three),
            (date(1980, 1, 1), date(2026, 11, 22), true, Copayment::Three),
        ] {
            assert_eq!(copayment_on(birth, active_income, on), expected, "{birth} {on}");
        }
    }

    #[test]
    fn years_are_full_on_the_birthday() {
        assert_eq!(full_years(date(2000, 11, 22), date(2026, 11, 22)), 26);
        assert_eq!(full_years(date(2000, 11, 23), date(2026, 11, 22)), 25);
        assert_eq!(anniversary(date(1952, 2, 29), 75), date(2027, 3, 1));
    }
}
