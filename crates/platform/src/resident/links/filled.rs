//! What a resident wrote into the form: read once, shown again where something is wrong, and kept nowhere.

use health::{LinkRequest, Person, Sex, my_number, parse_date};
use jiff::civil::Date;
use serde::Deserialize;

/// Longest name, reading or address, in characters.
const TEXT_CHARACTERS_MAX: usize = 100;

/// Longest symbol or number, in characters.
const NUMBER_CHARACTERS_MAX: usize = 40;

/// The form as it was sent.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Filled {
    pub(super) provider: String,
    pub(super) symbol: String,
    pub(super) number: String,
    pub(super) branch: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) birth: String,
    pub(super) sex: String,
    pub(super) address: String,
    pub(super) version: String,
    pub(super) agree: String,
}

/// A field, as the page names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Insurer,
    Symbol,
    Number,
    Branch,
    Name,
    Kana,
    Birth,
    Sex,
    Address,
    Agree,
}

impl Field {
    /// Its name in the form, and its id on the page.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Insurer => "provider",
            Self::Symbol => "symbol",
            Self::Number => "number",
            Self::Branch => "branch",
            Self::Name => "name",
            Self::Kana => "kana",
            Self::Birth => "birth",
            Self::Sex => "sex",
            Self::Address => "address",
            Self::Agree => "agree",
        }
    }

    /// How long its text may be.
    pub(super) fn characters_max(self) -> usize {
        match self {
            Self::Name | Self::Kana | Self::Address => TEXT_CHARACTERS_MAX,
            _ => NUMBER_CHARACTERS_MAX,
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Missing,
    Unreadable,
    MyNumber,
    NoDate,
    NotChosen,
    NotAgreed,
}

impl Filled {
    /// What goes to the institution. What is wrong comes back in the order of the page; an Individual Number is taken out of
    /// the form, so that it does not even go back to the browser.
    pub(super) fn request(&mut self, today: Date) -> Result<LinkRequest, Vec<(Field, Problem)>> {
        let mut reading = Reading(Vec::new());
        let symbol = reading.text(Field::Symbol, &mut self.symbol);
        let number = reading.needed(Field::Number, &mut self.number);
        let branch = reading.text(Field::Branch, &mut self.branch);
        let name = reading.needed(Field::Name, &mut self.name);
        let kana = reading.text(Field::Kana, &mut self.kana);
        let birth = reading.needed(Field::Birth, &mut self.birth).and_then(|text| {
            let born = parse_date(&text).filter(|born| *born <= today);
            reading.found(born, Field::Birth, Problem::NoDate)
        });
        let sex = [Sex::Male, Sex::Female].into_iter().find(|sex| sex.code() == self.sex);
        let sex = reading.found(sex, Field::Sex, Problem::NotChosen);
        let address = reading.needed(Field::Address, &mut self.address);
        match (number, name, birth, sex, address) {
            (Some(number), Some(name), Some(birth), Some(sex), Some(address)) if reading.0.is_empty() => {
                let person = Person { name, kana: kana.unwrap_or_default(), birth, sex, address: Some(address) };
                Ok(LinkRequest { symbol, number, branch, person })
            }
            _ => Err(reading.0),
        }
    }
}

/// What was wrong so far.
struct Reading(Vec<(Field, Problem)>);

impl Reading {
    /// The text of a field that may be empty.
    fn text(&mut self, field: Field, text: &mut String) -> Option<String> {
        if my_number::present(text) {
            text.clear();
            self.0.push((field, Problem::MyNumber));
            return None;
        }
        let read = text.trim();
        if read.chars().count() > field.characters_max() || read.chars().any(char::is_control) {
            self.0.push((field, Problem::Unreadable));
            return None;
        }
        Some(read.to_owned()).filter(|read| !read.is_empty())
    }

    /// The text of a field that may not.
    fn needed(&mut self, field: Field, text: &mut String) -> Option<String> {
        let before = self.0.len();
        let read = self.text(field, text);
        if self.0.len() > before { None } else { self.found(read, field, Problem::Missing) }
    }

    fn found<T>(&mut self, value: Option<T>, field: Field, problem: Problem) -> Option<T> {
        if value.is_none() {
            self.0.push((field, problem));
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Filled {
        Filled {
            number: " 0012345 ".to_owned(),
            name: "架空　花子".to_owned(),
            birth: "昭和43年5月14日".to_owned(),
            sex: "2".to_owned(),
            address: "香川県高松市番町架空1-2".to_owned(),
            ..Filled::default()
        }
    }

    fn today() -> Date {
        jiff::civil::date(2026, 11, 22)
    }

    #[test]
    fn an_era_is_read_and_what_may_be_empty_is_left_out() {
        let request = filled().request(today()).unwrap();
        assert_eq!(request.person.birth, jiff::civil::date(1968, 5, 14));
        assert_eq!((request.number.as_str(), request.symbol, request.branch), ("0012345", None, None));
        assert_eq!((request.person.kana.as_str(), request.person.sex), ("", Sex::Female));
    }

    #[test]
    fn what_is_wrong_is_named_in_the_order_of_the_page() {
        let all = Filled::default().request(today()).unwrap_err();
        let missing = [Field::Number, Field::Name, Field::Birth].map(|field| (field, Problem::Missing));
        let rest = [(Field::Sex, Problem::NotChosen), (Field::Address, Problem::Missing)];
        assert_eq!(all, [&missing[..], &rest].concat());
        for (birth, problem) in [("きのう", Problem::NoDate), ("2026-11-23", Problem::NoDate), ("", Problem::Missing)]
        {
            let mut form = Filled { birth: birth.to_owned(), ..filled() };
            assert_eq!(form.request(today()).unwrap_err(), [(Field::Birth, problem)], "{birth}");
        }
        let mut form = Filled { name: "長".repeat(101), address: "a\u{7}b".to_owned(), ..filled() };
        let unreadable = [Field::Name, Field::Address].map(|field| (field, Problem::Unreadable));
        assert_eq!(form.request(today()).unwrap_err(), unreadable);
    }

    #[test]
    fn an_individual_number_is_taken_out_of_any_field() {
        let number = "１２３４５６７８９０１８";
        let mut form = Filled { symbol: number.to_owned(), number: number.to_owned(), ..filled() };
        let wrong = [Field::Symbol, Field::Number].map(|field| (field, Problem::MyNumber));
        assert_eq!(form.request(today()).unwrap_err(), wrong);
        assert_eq!((form.symbol.as_str(), form.number.as_str()), ("", ""));
        let mut form = Filled { address: format!("番町 {number}"), ..filled() };
        assert_eq!(form.request(today()).unwrap_err(), [(Field::Address, Problem::MyNumber)]);
    }
}
