//! Two records side by side.

use std::fmt;

use health::{Enrolment, Scheme, Sex};
use jiff::civil::Date;

use crate::address::{self, Address};
use crate::kana;
use crate::marks;
use crate::name::{self, Name};
use crate::verdict::{Evidence, Verdict};
use crate::{Glyph, Record};

/// Compares what is asked for with what is known. Turning the two round gives the same verdict.
pub fn compare(asked: &Record<'_>, known: &Record<'_>) -> Comparison {
    Prepared::new(asked).compare(&Prepared::new(known))
}

/// What came out of a comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comparison {
    /// Over all.
    pub verdict: Verdict,
    /// Each item, in the order of [`Item::ALL`].
    pub fields: Box<[Field; Item::ALL.len()]>,
}

impl Comparison {
    /// One item.
    pub fn field(&self, item: Item) -> &Field {
        let [number, branch, name, kana, birth, sex, address, building] = &*self.fields;
        match item {
            Item::Number => number,
            Item::Branch => branch,
            Item::Name => name,
            Item::Kana => kana,
            Item::Birth => birth,
            Item::Sex => sex,
            Item::Address => address,
            Item::Building => building,
        }
    }
}

/// One item of a comparison.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    /// Which.
    pub item: Item,
    /// How the two agree.
    pub agreement: Agreement,
    /// What was asked, as it was compared: without spaces, in one width.
    pub asked: String,
    /// What is known, as it was compared.
    pub known: String,
}

impl Field {
    /// The places to mark in [`Field::asked`] and in [`Field::known`], in characters from 0.
    pub fn marks(&self) -> (Vec<usize>, Vec<usize>) {
        match &self.agreement {
            Agreement::Equal | Agreement::Missing => (Vec::new(), Vec::new()),
            Agreement::Variant(glyphs) => glyphs.iter().map(|glyph| (glyph.place, glyph.place)).unzip(),
            Agreement::OtherName | Agreement::Differs => marks::differing(&self.asked, &self.known),
        }
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.item, self.agreement)
    }
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// 保険者番号, 記号 and 番号: in most schemes those of a household.
    Number,
    /// 枝番: a person of the household. Where the number itself is personal (後期高齢者医療), it counts as equal.
    Branch,
    /// 氏名.
    Name,
    /// フリガナ.
    Kana,
    /// 生年月日.
    Birth,
    /// 性別.
    Sex,
    /// 住所 without the building.
    Address,
    /// 方書, the end of an address. It is shown, and never enters the verdict.
    Building,
}

impl Item {
    /// All of them, as a form lists them.
    pub const ALL: [Self; 8] =
        [Self::Number, Self::Branch, Self::Name, Self::Kana, Self::Birth, Self::Sex, Self::Address, Self::Building];
}

/// How two ways of writing one item agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// The same, once width, spaces, selectors and ways of writing are taken away.
    Equal,
    /// The same but for forms of one character, listed here. Only names and addresses.
    Variant(Vec<Glyph>),
    /// One side's name is the former surname (旧氏) or alias (通称) of the other.
    OtherName,
    /// Not the same.
    Differs,
    /// At least one side does not have it.
    Missing,
}

/// A record made ready to be compared with many.
pub(crate) struct Prepared<'a> {
    enrolment: &'a Enrolment,
    branch: Branch<'a>,
    name: Name,
    kana: Vec<char>,
    birth: Option<Date>,
    sex: Sex,
    address: Address,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Branch<'a> {
    /// Two digits; a table calculation may have eaten the zero.
    Number(u32),
    Text(&'a str),
    None,
}

impl<'a> Branch<'a> {
    fn read(text: &'a str) -> Self {
        let plain = (1..=BRANCH_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            _ if text.is_empty() => Self::None,
            Ok(number) if plain => Self::Number(number),
            _ => Self::Text(text),
        }
    }

    fn form(self) -> String {
        match self {
            Self::Number(number) => format!("{number:02}"),
            Self::Text(text) => text.to_owned(),
            Self::None => String::new(),
        }
    }
}

const BRANCH_DIGITS_MAX: usize = 3;

impl<'a> Prepared<'a> {
    pub(crate) fn new(record: &Record<'a>) -> Self {
        Self {
            enrolment: record.enrolment,
            branch: Branch::read(&record.enrolment.branch),
            name: Name::read(record.name),
            kana: kana::folded(record.kana),
            birth: record.birth,
            sex: record.sex,
            address: Address::read(record.address),
        }
    }

    pub(crate) fn compare(&self, known: &Self) -> Comparison {
        let agreements = self.agreements(known);
        let verdict = self.verdict(known, &agreements);
        let mut agreements = agreements.into_iter();
        let fields = Item::ALL.map(|item| Field {
            item,
            agreement: agreements.next().unwrap_or(Agreement::Missing),
            asked: self.form(item),
            known: known.form(item),
        });
        Comparison { verdict, fields: Box::new(fields) }
    }

    /// As [`Prepared::compare`], for whoever wants to see only those who are near: `None` for another person.
    pub(crate) fn near(&self, known: &Self) -> Option<Comparison> {
        let far = self.verdict(known, &self.agreements(known)) == Verdict::NoMatch;
        if far { None } else { Some(self.compare(known)) }
    }

    fn agreements(&self, known: &Self) -> [Agreement; Item::ALL.len()] {
        Item::ALL.map(|item| self.agreement(known, item))
    }

    fn verdict(&self, known: &Self, agreements: &[Agreement; Item::ALL.len()]) -> Verdict {
        let [number, branch, name, kana, birth, sex, address, _] = agreements;
        let glyphs_in_surname = match name {
            Agreement::Variant(glyphs) => {
                name::in_surname(&self.name, &known.name, glyphs.iter().map(|glyph| glyph.place))
            }
            _ => true,
        };
        Evidence { number, branch, name, glyphs_in_surname, kana, birth, sex, address }.verdict()
    }

    fn agreement(&self, known: &Self, item: Item) -> Agreement {
        match item {
            Item::Number => self.number(known),
            Item::Branch => self.branch(known),
            Item::Name => name::agreement(&self.name, &known.name),
            Item::Kana => {
                let missing = self.kana.is_empty() || known.kana.is_empty();
                plainly(missing, self.kana == known.kana)
            }
            Item::Birth => plainly(self.birth.is_none() || known.birth.is_none(), self.birth == known.birth),
            Item::Sex => {
                let missing = [self.sex, known.sex].contains(&Sex::Unspecified);
                plainly(missing, self.sex == known.sex)
            }
            Item::Address => address::agreement(&self.address, &known.address),
            Item::Building => address::building(&self.address, &known.address),
        }
    }

    fn number(&self, known: &Self) -> Agreement {
        let (asked, known) = (self.enrolment, known.enrolment);
        let missing = asked.number.is_empty() || known.number.is_empty();
        let equal = (asked.insurer, &asked.symbol, &asked.number) == (known.insurer, &known.symbol, &known.number);
        plainly(missing, equal)
    }

    fn branch(&self, known: &Self) -> Agreement {
        let personal = [self, known].iter().all(|side| side.enrolment.insurer.scheme() == Scheme::LateElderly);
        match (self.branch, known.branch) {
            (Branch::None, Branch::None) if personal && self.number(known) == Agreement::Equal => Agreement::Equal,
            (asked, known) => plainly([asked, known].contains(&Branch::None), asked == known),
        }
    }

    fn form(&self, item: Item) -> String {
        match item {
            Item::Number if self.enrolment.number.is_empty() => String::new(),
            Item::Number => {
                let Enrolment { insurer, symbol, number, .. } = self.enrolment;
                let between = if symbol.is_empty() { "" } else { "・" };
                format!("{insurer} {symbol}{between}{number}")
            }
            Item::Branch => self.branch.form(),
            Item::Name => self.name.form(),
            Item::Kana => self.kana.iter().collect(),
            Item::Birth => self.birth.map(|birth| birth.to_string()).unwrap_or_default(),
            Item::Sex if self.sex == Sex::Unspecified => String::new(),
            Item::Sex => self.sex.code().to_owned(),
            Item::Address => self.address.form(),
            Item::Building => self.address.building(),
        }
    }
}

fn plainly(missing: bool, equal: bool) -> Agreement {
    match (missing, equal) {
        (true, _) => Agreement::Missing,
        (false, true) => Agreement::Equal,
        (false, false) => Agreement::Differs,
    }
}
