//! Addresses: municipality, town, the numbers of the plot, and what only helps the postman.

mod towns;

use std::borrow::Cow;

use crate::compare::Agreement;
use crate::fold;
use crate::glyph::glyphs;
use towns::{Municipality, prefecture};

/// An address, ready to be compared.
pub(crate) struct Address {
    prefecture: Option<&'static str>,
    municipality: Option<&'static Municipality>,
    /// 町・大字, 小字 and 甲乙丙丁: all that stands before the numbers.
    place: Vec<char>,
    /// 丁目, 番(地), 号 and 枝番, in this order.
    numbers: Vec<u32>,
    /// 方書: the house's name, the flat.
    building: Vec<char>,
}

impl Address {
    /// Reads one line. Whatever cannot be told apart stays in the place, which has to be equal.
    pub(crate) fn read(text: &str) -> Self {
        let folded = place_letters(text);
        let mut rest = folded.as_slice();
        let prefecture = prefecture(rest);
        rest = rest.get(prefecture.map_or(0, |name| name.chars().count())..).unwrap_or_default();
        // A town of the same name in another prefecture is not in the table.
        let ours = prefecture.is_none_or(|name| name == "香川県");
        let found = if ours { Municipality::at_start(rest) } else { None };
        rest = found.map_or_else(|| without_county(rest), |(_, length)| rest.get(length..).unwrap_or_default());
        let rest = without_section_words(rest);
        let town = found.and_then(|(municipality, _)| municipality.town(&rest));
        let (town, length) = town.unwrap_or_default();
        let rest = digits_for_numerals(rest.get(length..).unwrap_or_default());
        let numbered = Numbered::read(&rest);
        let place = [town, numbered.before].concat();
        Self {
            prefecture,
            municipality: found.map(|(municipality, _)| municipality),
            place: place.into_iter().filter(|character| *character != ' ').collect(),
            numbers: numbered.numbers,
            building: numbered.after.iter().copied().filter(|character| *character != ' ').collect(),
        }
    }

    /// Municipality, place and numbers as they are compared.
    pub(crate) fn form(&self) -> String {
        let mut form: String = match self.municipality {
            Some(municipality) => municipality.name.iter().collect(),
            None => self.prefecture.unwrap_or_default().to_owned(),
        };
        form.extend(&self.place);
        let numbers: Vec<String> = self.numbers.iter().map(u32::to_string).collect();
        form + &numbers.join("-")
    }

    /// The building as it is compared.
    pub(crate) fn building(&self) -> String {
        self.building.iter().collect()
    }

    fn missing(&self) -> bool {
        self.municipality.is_none() && self.place.is_empty() && self.numbers.is_empty()
    }
}

/// How two addresses agree, the building aside.
pub(crate) fn agreement(asked: &Address, known: &Address) -> Agreement {
    if asked.missing() || known.missing() {
        return Agreement::Missing;
    }
    let prefectures = asked.prefecture.zip(known.prefecture).is_none_or(|(asked, known)| asked == known);
    let code = |address: &Address| address.municipality.map(|municipality| municipality.code);
    if !prefectures || code(asked) != code(known) || asked.numbers != known.numbers {
        return Agreement::Differs;
    }
    match glyphs(&asked.place, &known.place) {
        None => Agreement::Differs,
        Some(glyphs) if glyphs.is_empty() => Agreement::Equal,
        Some(glyphs) => {
            // The places of the form count from its beginning.
            let before = asked.form().chars().count() - asked.place.len() - numbers_length(&asked.numbers);
            let shifted = glyphs.into_iter().map(|glyph| crate::Glyph { place: glyph.place + before, ..glyph });
            Agreement::Variant(shifted.collect())
        }
    }
}

/// How two buildings agree. It never enters the verdict.
pub(crate) fn building(asked: &Address, known: &Address) -> Agreement {
    if asked.building.is_empty() || known.building.is_empty() {
        Agreement::Missing
    } else if asked.building == known.building {
        Agreement::Equal
    } else {
        Agreement::Differs
    }
}

fn numbers_length(numbers: &[u32]) -> usize {
    let digits: usize = numbers.iter().map(|number| number.to_string().len()).sum();
    digits + numbers.len().saturating_sub(1)
}

/// Folds a text and the small words of place names: 六ッ目, 六つ目 and 六ツ目; 八ヶ坪, 八ケ坪 and 八が坪; 中之町 and 中ノ町.
/// Spaces stay only between digits, where they end a number.
fn place_letters(text: &str) -> Vec<char> {
    let folded = fold::characters(text);
    let mut letters = Vec::with_capacity(folded.len());
    for (place, character) in folded.iter().copied().enumerate() {
        let next = folded.get(place + 1..).unwrap_or_default();
        let after_digit = letters.last().is_some_and(char::is_ascii_digit);
        match character {
            ' ' if !(after_digit && next.iter().find(|next| **next != ' ').is_some_and(char::is_ascii_digit)) => {}
            'ー' if after_digit => letters.push('-'),
            'が' | 'ガ' | 'ヶ' => letters.push('ケ'),
            'つ' | 'っ' | 'ッ' => letters.push('ツ'),
            'の' | '之' | '乃' => letters.push('ノ'),
            // Katakana that look like numerals, typed in front of 丁目.
            'ニ' | 'ハ' | 'ー' if next.starts_with(&['丁', '目']) => letters.push(match character {
                'ニ' => '二',
                'ハ' => '八',
                _ => '一',
            }),
            other => letters.push(other),
        }
    }
    letters
}

/// 大字, 小字 and 字 are written or not.
fn without_section_words(text: &[char]) -> Cow<'_, [char]> {
    if !text.contains(&'字') {
        return Cow::Borrowed(text);
    }
    let mut kept = Vec::with_capacity(text.len());
    for (place, character) in text.iter().copied().enumerate() {
        let section = matches!(character, '大' | '小') && text.get(place + 1) == Some(&'字');
        if !section && character != '字' {
            kept.push(character);
        }
    }
    Cow::Owned(kept)
}

/// The county in front of a town outside our table. 郡山市 and 大和郡山市 are cities.
fn without_county(text: &[char]) -> &[char] {
    let Some(county) = text.iter().take(COUNTY_MAX).position(|character| *character == '郡') else { return text };
    let rest = text.get(county + 1..).unwrap_or_default();
    let kind = rest.iter().find(|character| matches!(character, '町' | '村' | '市'));
    if county > 0 && kind.is_some_and(|kind| *kind != '市') { rest } else { text }
}

/// Kanji numerals in front of 丁目, 番, 号 and の, as digits. 一番町 and 一番丁 are names, here and below.
fn digits_for_numerals(text: &[char]) -> Vec<char> {
    let mut digits = Vec::with_capacity(text.len());
    let mut place = 0;
    while let Some(character) = text.get(place) {
        let rest = text.get(place..).unwrap_or_default();
        let length = rest.iter().take_while(|character| numeral(**character).is_some()).count();
        let after = rest.get(length..).unwrap_or_default();
        let counted = matches!(after.first(), Some('丁' | '番' | '号' | 'ノ' | '-' | '条'));
        match (1..=NUMERALS_MAX).contains(&length).then(|| value(rest.get(..length).unwrap_or_default())).flatten() {
            Some(value) if counted => digits.extend(value.to_string().chars()),
            _ if length > 0 => digits.extend(rest.get(..length).unwrap_or_default()),
            _ => digits.push(*character),
        }
        place += length.max(1);
    }
    digits
}

fn numeral(character: char) -> Option<u32> {
    Some(match character {
        '〇' => 0,
        '一' => 1,
        '二' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        '百' => 100,
        '千' => 1000,
        _ => return None,
    })
}

/// 二十三, 二三, 百五, 千二百: any mixture that makes sense.
fn value(numerals: &[char]) -> Option<u32> {
    let (mut total, mut last) = (0_u32, None);
    for numeral in numerals.iter().map(|character| numeral(*character)) {
        match numeral? {
            digit @ 0..=9 => last = Some(last.map_or(digit, |last: u32| last.saturating_mul(10).saturating_add(digit))),
            unit => total = total.saturating_add(last.take().unwrap_or(1).saturating_mul(unit)),
        }
    }
    Some(total.saturating_add(last.unwrap_or(0)))
}

/// A text, the numbers in it, and what follows them.
struct Numbered<'a> {
    before: &'a [char],
    numbers: Vec<u32>,
    after: &'a [char],
}

impl<'a> Numbered<'a> {
    fn read(text: &'a [char]) -> Self {
        let start = first_number(text);
        let (before, mut after) = text.split_at_checked(start).unwrap_or((text, &[]));
        let mut numbers = Vec::new();
        let mut rest = after;
        while let Some((number, next)) = number(rest) {
            numbers.push(number);
            after = without_counter(next);
            rest = without_separators(next);
        }
        // Numbers beyond reason: nothing is left out of what has to be equal.
        let unread = rest.first().is_some_and(char::is_ascii_digit);
        if numbers.is_empty() || numbers.len() > NUMBERS_MAX || unread {
            return Self { before: text, numbers: Vec::new(), after: &[] };
        }
        Self { before, numbers, after }
    }
}

/// Where the first number begins that is no part of a name: the one of 1番町 or 2条通 is.
fn first_number(text: &[char]) -> usize {
    let mut place = 0;
    while let Some(character) = text.get(place) {
        if character.is_ascii_digit() {
            let rest = text.get(place..).unwrap_or_default();
            let length = rest.iter().take_while(|character| character.is_ascii_digit()).count();
            let named = match rest.get(length..).unwrap_or_default() {
                ['条', ..] => true,
                ['番', next, ..] => matches!(next, '町' | '丁' | '街'),
                _ => false,
            };
            if !named {
                return place;
            }
            place += length;
        } else {
            place += 1;
        }
    }
    text.len()
}

fn number(text: &[char]) -> Option<(u32, &[char])> {
    let length = text.iter().take_while(|character| character.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length)?;
    Some((digits.iter().collect::<String>().parse().ok()?, rest))
}

/// 丁目, 番地, 番, 号 and what joins two numbers.
fn without_separators(text: &[char]) -> &[char] {
    let rest = without_counter(text);
    match rest {
        ['-' | 'ノ' | '、' | '・', rest @ ..] => rest,
        _ => rest,
    }
}

fn without_counter(text: &[char]) -> &[char] {
    match text {
        ['丁', '目', rest @ ..] | ['番', '地', rest @ ..] | ['番' | '号' | '丁', rest @ ..] => rest,
        _ => text,
    }
}

const COUNTY_MAX: usize = 5;
const NUMERALS_MAX: usize = 7;
const NUMBERS_MAX: usize = 8;

#[cfg(test)]
mod tests;
