//! A household as it is, before anybody writes it down.

use health::{InsurerNumber, Sex};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::chance::Chance;
use crate::enrolment::Insurers;
use crate::names::{Reading, given, given_read_alike, surname};
use crate::towns::TOWNS;

/// People under one number and one roof, the head first.
#[derive(Clone)]
pub(super) struct Household {
    pub(super) members: Vec<Facts>,
}

/// What is true of somebody.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) insurer: InsurerNumber,
    pub(super) symbol: String,
    pub(super) number: String,
    /// From 1; 0 where the insurer knows no branches.
    pub(super) branch: u32,
    pub(super) surname: String,
    pub(super) given: String,
    /// 旧氏, where it is noted.
    pub(super) former: Option<String>,
    pub(super) surname_kana: String,
    pub(super) given_kana: String,
    pub(super) birth: Date,
    pub(super) sex: Sex,
    /// Empty where it is left out.
    pub(super) town: &'static str,
    pub(super) block: u32,
    pub(super) house: u32,
}

impl Household {
    pub(super) fn draw(insurers: Insurers, chance: &mut Chance) -> Self {
        let national = chance.per_mille(600);
        let family = surname(chance);
        let birth = date(1950, 1, 1).checked_add((chance.below(18_000) as i32).days()).unwrap_or(date(1975, 1, 1));
        let town = TOWNS.get(chance.below(TOWNS.len() as u32) as usize).map_or("", |town| town.name.as_str());
        let mut taken = Vec::new();
        let head = Facts {
            insurer: if national { insurers.national } else { insurers.company },
            symbol: if national { "架空高".to_owned() } else { format!("架空{}", chance.between(101, 112)) },
            number: chance.between(1_000_000, 1_999_999).to_string(),
            // Older records have no branch numbers.
            branch: u32::from(!chance.per_mille(15)),
            surname: family.written.to_owned(),
            given: String::new(),
            former: None,
            surname_kana: family.kana.to_owned(),
            given_kana: String::new(),
            birth,
            sex: Sex::Male,
            town,
            block: chance.between(901, 999),
            house: chance.between(1, 30),
        };
        let count = chance.between(2, 4);
        let members = (0..count).map(|place| {
            let sex = if place == 1 || (place > 1 && chance.per_mille(500)) { Sex::Female } else { Sex::Male };
            let years = if place < 2 { 0 } else { 30 };
            let days = chance.below(2000) as i32;
            let birth = birth.checked_add(years.years().days(days)).unwrap_or(birth);
            let name = given(sex, birth.year(), &taken, chance);
            taken.push(name);
            let branch = if head.branch == 0 { 0 } else { place + 1 };
            let (given, given_kana) = (name.written.to_owned(), name.kana.to_owned());
            Facts { branch, given, given_kana, birth, sex, ..head.clone() }
        });
        Self { members: members.collect() }
    }

    /// Gives one member a twin, who comes last; the place of the other.
    pub(super) fn add_twin(&mut self, kind: Twin, chance: &mut Chance) -> Option<usize> {
        let twin = self.members.len();
        let place = chance.below(twin as u32) as usize;
        let first = self.members.get_mut(place)?;
        let other = match kind {
            Twin::Other => given(first.sex, first.birth.year(), &[], chance),
            Twin::ReadAlike => given_read_alike(first.sex, &first.given, &first.given_kana),
            Twin::OneGlyph => {
                let (old, new, kana) = chance.pick(&GLYPHS).copied().unwrap_or(("惠", "恵", "メグミ"));
                (first.given, first.given_kana) = (old.to_owned(), kana.to_owned());
                Reading { written: new, kana }
            }
        };
        let mut second = first.clone();
        (second.given, second.given_kana) = (other.written.to_owned(), other.kana.to_owned());
        if second.given == first.given {
            // The same name again: none of the list is left.
            (second.given, second.given_kana) = (format!("{}美", first.given), format!("{}ミ", first.given_kana));
        }
        second.branch = if first.branch == 0 { 0 } else { twin as u32 + 1 };
        self.members.push(second);
        Some(place)
    }

    pub(super) fn without_branches(mut self) -> Self {
        self.members.iter_mut().for_each(|member| member.branch = 0);
        self
    }
}

/// How a twin's name resembles the other's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Twin {
    /// Not more than any two names.
    Other,
    /// In sound.
    ReadAlike,
    /// In all but the glyph.
    OneGlyph,
}

/// Given names in an old and a new form, with their reading.
const GLYPHS: [(&str, &str, &str); 8] = [
    ("惠", "恵", "メグミ"),
    ("眞一", "真一", "シンイチ"),
    ("龍", "竜", "リュウ"),
    ("廣", "広", "ヒロシ"),
    ("國男", "国男", "クニオ"),
    ("德子", "徳子", "トクコ"),
    ("壽美", "寿美", "スミ"),
    ("櫻", "桜", "サクラ"),
];
