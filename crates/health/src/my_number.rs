//! The Individual Number (マイナンバー, 個人番号) is detected only to be refused: this platform may not hold one
//! (番号法 Art. 9, 15, 19, 20).

use std::ops::Range;

use crate::folded;

const DIGITS: usize = 12;

/// Whether `text` holds an Individual Number in any way of writing digits: [`find`], and spaces in odd places or circled
/// and superscript digits, out of which folding for comparison would make one.
pub fn present(text: &str) -> bool {
    // Some characters fold to two digits, so half as many are enough.
    let foldable = || text.chars().filter(|character| character.is_numeric()).count() >= DIGITS / 2;
    find(text).is_some() || (foldable() && find(&folded(text)).is_some())
}

/// Whether a column of this name would hold Individual Numbers.
pub(crate) fn announced(column: &str) -> bool {
    let column = folded(column);
    ["個人番号", "マイナンバー"].iter().any(|word| column.contains(word))
}

/// Where in `text` (in bytes) a twelve-digit number stands whose check digit makes it an Individual Number.
///
/// Digits may be half or full width. The number may be written in groups of four with one space or hyphen between
/// them; invisible characters inside are ignored. A longer run of digits is not one: its neighbours are digits too.
pub fn find(text: &str) -> Option<Range<usize>> {
    // Most cells hold no twelve digits at all: count before looking closely.
    if text.chars().filter_map(digit_of).take(DIGITS).count() < DIGITS {
        return None;
    }
    let mut before_is_digit = false;
    for (start, first) in text.char_indices() {
        let is_digit = digit_of(first).is_some();
        let begins = is_digit && !before_is_digit;
        if let Some(length) = text.get(start..).filter(|_| begins).and_then(length_at_start) {
            return Some(start..start + length);
        }
        if !invisible(first) {
            before_is_digit = is_digit;
        }
    }
    None
}

/// The length in bytes of the number that `text` begins with.
fn length_at_start(text: &str) -> Option<usize> {
    let mut number = [0_u8; DIGITS];
    let mut slots = number.iter_mut();
    let (mut count, mut separated, mut end) = (0, false, 0);
    for (at, character) in text.char_indices() {
        if invisible(character) {
            continue;
        }
        if let Some(digit) = digit_of(character) {
            *slots.next()? = digit;
            (count, separated, end) = (count + 1, false, at + character.len_utf8());
        } else if count == DIGITS || separated || count % 4 != 0 || !separator(character) {
            break;
        } else {
            separated = true;
        }
    }
    (count == DIGITS && passes(number)).then_some(end)
}

/// The check digit of 番号法 (総務省令第85号 of 2014, Art. 5): 11 − Σ Pn·Qn mod 11, and 0 where that is 10 or 11.
fn passes(number: [u8; DIGITS]) -> bool {
    let [body @ .., check] = number;
    let weights = [2_u32, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6];
    let sum: u32 = body.iter().rev().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let expected = match 11 - sum % 11 {
        10 | 11 => 0,
        digit => digit,
    };
    expected == u32::from(check)
}

fn digit_of(character: char) -> Option<u8> {
    let value = match character {
        '0'..='9' => u32::from(character) - u32::from('0'),
        '０'..='９' => u32::from(character) - u32::from('０'),
        _ => return None,
    };
    u8::try_from(value).ok()
}

fn separator(character: char) -> bool {
    matches!(
        character,
        ' ' | '\u{a0}' | '\u{3000}' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{30fc}' | '\u{ff70}'
    )
}

fn invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fictional: made for this test from the digits 1 to 9 and its check digit.
    const NUMBER: &str = "123456789018";

    #[test]
    fn a_number_is_found_in_every_way_of_writing_it() {
        for text in [
            NUMBER,
            "１２３４５６７８９０１８",
            "1234-5678-9018",
            "1234 5678 9018",
            "１２３４－５６７８－９０１８",
            "1234　5678　9018",
            "12345678 9018",
            "1234\u{200b}56789018",
        ] {
            assert_eq!(find(text), Some(0..text.len()), "{text}");
        }
    }

    #[test]
    fn other_digits_and_odd_spaces_do_not_hide_a_number() {
        for text in ["①②③④⑤⑥⑦⑧⑨⓪①⑧", "¹²³⁴⁵⁶⁷⁸⁹⁰¹⁸", "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟎𝟏𝟖", "⑫㉞５６７８⑨⓪⑱", "12 345 678 901 8"]
        {
            assert!(present(text) && find(text).is_none(), "{text}");
        }
        assert!(present(NUMBER) && !present("①②③④⑤⑥⑦⑧⑨⓪①⑦") && !present("高松市番町一丁目901番1号"));
    }

    #[test]
    fn its_place_within_other_text_is_told() {
        assert_eq!(find("番号は123456789018です"), Some(9..21));
        assert_eq!(find("2026-11-20 123456789018"), Some(11..23));
        assert_eq!(find("1234-5678-9012 1234-5678-9018"), Some(15..29));
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in
            ["", "123456789017", "1123456789018", "1234567890180", "087-839-2345", "12-3456789018", "20261122150355"]
        {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn every_body_has_exactly_one_check_digit() {
        for body in [0_u64, 1, 99_999_999_999, 12_345_678_901, 37_001_500_000] {
            let found = (0..10).filter(|check| find(&format!("{:012}", body * 10 + check)).is_some()).count();
            assert_eq!(found, 1, "{body}");
        }
    }
}
