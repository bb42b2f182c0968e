//! Dates as Japanese files write them.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

/// Years outside these are typing errors: nobody alive was born before, and no certificate runs longer.
const YEARS: std::ops::RangeInclusive<i16> = 1868..=2199;

/// Longest date worth looking at, in characters: `昭和６４年１２月３１日` has eleven.
const CHARACTERS_MAX: usize = 16;

/// Reads one date in any of the forms of Japanese files, full or half width:
///
/// - `20240401`, `2024-04-01`, `2024/4/1`, `2024.4.1`, `2024年4月1日`;
/// - with an era: `令和6年4月1日`, `令和元年5月1日`, `R6.4.1`, `R06/04/01`, and the seven digits of claims, `5060401`
///   (1 明治, 2 大正, 3 昭和, 4 平成, 5 令和).
///
/// A year counted beyond the end of its era (平成32年, found on long certificates) is understood; a date before the
/// era's first day is not a date. `None` also for years outside 1868 to 2199.
pub fn parse(text: &str) -> Option<Date> {
    if text.chars().count() > CHARACTERS_MAX {
        return None;
    }
    let folded = if text.is_ascii() { text.to_owned() } else { text.nfkc().collect::<String>() };
    let text: String = folded.split(' ').collect();
    if text.bytes().all(|byte| byte.is_ascii_digit()) { packed(&text) } else { written(&text) }
}

/// `yyyyMMdd` or the seven digits `GyyMMdd`.
fn packed(text: &str) -> Option<Date> {
    let (year, rest, era) = match text.len() {
        8 => (text.get(..4)?, text.get(4..)?, None),
        7 => (text.get(1..3)?, text.get(3..)?, ERAS.iter().find(|era| text.starts_with(era.digit))),
        _ => return None,
    };
    if text.len() == 7 && era.is_none() {
        return None;
    }
    dated(era, year, rest.get(..2)?, rest.get(2..)?)
}

/// Year, month and day with something between them.
fn written(text: &str) -> Option<Date> {
    let era = ERAS.iter().find(|era| text.starts_with(era.name) || text.starts_with(era.letter));
    let text = match era {
        Some(era) => text.strip_prefix(era.name).or_else(|| text.strip_prefix(era.letter))?,
        None => text,
    };
    let separators: [char; 3] = ['年', '月', '日'];
    let (separators, text) = match text.strip_suffix('日') {
        Some(text) => (separators, text),
        None => (['/', '-', '.'], text),
    };
    let mut parts = text.splitn(3, separators);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    dated(era, if year == "元" { "1" } else { year }, month, day)
}

fn dated(era: Option<&Era>, year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str, digits: usize| -> Option<i16> {
        let plain = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    };
    let year = match era {
        Some(era) => era.first.year() + number(year, 2).filter(|year| *year > 0)? - 1,
        None => number(year, 4)?,
    };
    let date = Date::new(year, i8::try_from(number(month, 2)?).ok()?, i8::try_from(number(day, 2)?).ok()?).ok()?;
    (YEARS.contains(&year) && era.is_none_or(|era| date >= era.first)).then_some(date)
}

struct Era {
    name: &'static str,
    letter: char,
    digit: char,
    first: Date,
}

const ERAS: [Era; 5] = [
    Era { name: "令和", letter: 'R', digit: '5', first: jiff::civil::date(2019, 5, 1) },
    Era { name: "平成", letter: 'H', digit: '4', first: jiff::civil::date(1989, 1, 8) },
    Era { name: "昭和", letter: 'S', digit: '3', first: jiff::civil::date(1926, 12, 25) },
    Era { name: "大正", letter: 'T', digit: '2', first: jiff::civil::date(1912, 7, 30) },
    Era { name: "明治", letter: 'M', digit: '1', first: jiff::civil::date(1868, 1, 25) },
];

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_day_is_read_in_all_its_forms() {
        for text in [
            "20240401",
            "2024-04-01",
            "2024/04/01",
            "2024/4/1",
            "2024.4.1",
            "2024年4月1日",
            "２０２４年４月１日",
            "令和6年4月1日",
            "令和 6年 4月 1日",
            "R6.4.1",
            "R06/04/01",
            "R6-4-1",
            "5060401",
            "Ｒ６．４．１",
        ] {
            assert_eq!(parse(text), Some(date(2024, 4, 1)), "{text}");
        }
    }

    #[test]
    fn eras_begin_on_their_first_day_and_may_be_counted_on() {
        assert_eq!(parse("令和元年5月1日"), Some(date(2019, 5, 1)));
        assert_eq!(parse("令和元年4月30日"), None);
        assert_eq!(parse("平成31年4月30日"), Some(date(2019, 4, 30)));
        assert_eq!(parse("平成32年3月31日"), Some(date(2020, 3, 31)));
        assert_eq!(parse("S64.1.7"), Some(date(1989, 1, 7)));
        assert_eq!(parse("S1.12.24"), None);
        assert_eq!(parse("大正15年12月24日"), Some(date(1926, 12, 24)));
        assert_eq!(parse("M45.7.29"), Some(date(1912, 7, 29)));
    }

    #[test]
    fn what_is_no_date_is_no_date() {
        for text in [
            "",
            "2024",
            "20240230",
            "2024-13-01",
            "2023/2/29",
            "20240401123",
            "R0.4.1",
            "X6.4.1",
            "6060401",
            "1867-01-01",
            "2200-01-01",
            "2024-04",
            "2024年4月",
            "2024/4月1日",
            "+2024/4/1",
            "2024/-4/1",
            "昨日",
            "99999999",
            "R6.4.1.1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in ".{0,24}") {
            let _ = parse(&text);
        }

        #[test]
        fn every_day_survives_iso_and_packed_writing(days in 0_i32..115_000) {
            let day = date(1868, 1, 25).checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assert_eq!(parse(&day.to_string()), Some(day));
            prop_assert_eq!(parse(&day.strftime("%Y%m%d").to_string()), Some(day));
        }
    }
}
