//! What the adversary does.

use health::Sex;
use jiff::ToSpan;
use jiff::civil::date;

use super::household::{Facts, Household, Twin};
use super::writing::{Glyphs, written};
use super::{Case, Truth, Twist};
use crate::chance::Chance;

/// One case; `None` only of households without anyone.
pub(super) fn case(twist: Twist, house: &Household, others: &Household, chance: &mut Chance) -> Option<Case> {
    let stranger = others.members.first()?;
    let mut plot = match twist {
        Twist::Twins => Plot::of_twins(house.clone(), Twin::Other, chance)?,
        Twist::TwinsWithoutBranch => Plot::of_twins(house.clone().without_branches(), Twin::Other, chance)?,
        Twist::TwinsOfOneReading => Plot::of_twins(house.clone(), Twin::ReadAlike, chance)?,
        Twist::TwinsOfOneGlyph => Plot::of_twins(house.clone(), Twin::OneGlyph, chance)?,
        Twist::ParentAndChild => Plot::of_parent_and_child(house, chance)?,
        _ => Plot::of_household(house, chance)?,
    };
    match twist {
        Twist::Writing => plot.ledger.push(Facts { birth: plot.asked.birth, ..stranger.clone() }),
        Twist::Namesake => plot.namesake(stranger, chance),
        Twist::OtherMember => plot.other_member(house, chance),
        Twist::ReusedNumber => plot.reused_number(others, chance),
        Twist::Moved => plot.moved(stranger),
        Twist::Married => plot.married(stranger, chance),
        Twist::Voicing => plot.voiced_otherwise(),
        Twist::Swapped => plot.swapped(chance),
        Twist::Typing => plot.mistyped(chance),
        Twist::LeftOut => plot.left_out(chance),
        _ => {}
    }
    if twist != Twist::Writing {
        match chance.below(12) {
            0 => plot.mistyped(chance),
            1 => plot.left_out(chance),
            2 => plot.absent(),
            _ => {}
        }
    }
    Some(plot.written(twist, chance))
}

/// What is asked and known, before it is written.
struct Plot {
    asked: Facts,
    ledger: Vec<Facts>,
    truth: Truth,
    glyphs: Glyphs,
}

impl Plot {
    /// A member of the household is asked for, and the ledger has the household.
    fn of_household(house: &Household, chance: &mut Chance) -> Option<Self> {
        let place = chance.below(house.members.len() as u32) as usize;
        Self::of(house.members.clone(), place)
    }

    fn of(ledger: Vec<Facts>, place: usize) -> Option<Self> {
        let asked = ledger.get(place)?.clone();
        Some(Self { asked, ledger, truth: Truth::Same(place), glyphs: Glyphs::Free })
    }

    /// Either twin is asked for; now and then with the branch of the other, and now and then only the other is known.
    fn of_twins(mut house: Household, kind: Twin, chance: &mut Chance) -> Option<Self> {
        if kind != Twin::Other && chance.per_mille(400) {
            house = house.without_branches();
        }
        let (first, second) = (house.add_twin(kind, chance)?, house.members.len() - 1);
        let (place, other) = if chance.per_mille(500) { (first, second) } else { (second, first) };
        let others_branch = house.members.get(other)?.branch;
        let mut plot = Self::of(house.members, place)?;
        if kind == Twin::OneGlyph {
            plot.glyphs = Glyphs::Surname;
        }
        if chance.per_mille(250) {
            plot.asked.branch = others_branch;
            plot.changed();
        }
        if chance.per_mille(300) {
            plot.absent();
        }
        Some(plot)
    }

    /// A son whose name is his father's and one character more; either is asked for with the other's branch.
    fn of_parent_and_child(house: &Household, chance: &mut Chance) -> Option<Self> {
        let mut ledger = house.members.clone();
        let father = ledger.first()?.clone();
        let (given, given_kana) = (format!("{}郎", father.given), format!("{}ロウ", father.given_kana));
        let birth = father.birth.checked_add(28.years().days(100)).ok()?;
        let branch = if father.branch == 0 { 0 } else { ledger.len() as u32 + 1 };
        let son = Facts { given, given_kana, birth, branch, ..father };
        ledger.push(son);
        let place = if chance.per_mille(500) { 0 } else { ledger.len() - 1 };
        let other = ledger.get(ledger.len() - 1 - place)?.branch;
        let mut plot = Self::of(ledger, place)?;
        if chance.per_mille(600) {
            plot.asked.branch = other;
            plot.changed();
        }
        if chance.per_mille(300) {
            plot.absent();
        }
        Some(plot)
    }

    /// What is asked says something else than what is known.
    fn changed(&mut self) {
        if let Truth::Same(place) = self.truth {
            self.truth = Truth::Changed(place);
        }
    }

    /// Takes the person asked for out of the ledger; who comes near stays.
    fn absent(&mut self) {
        if let Truth::Same(place) | Truth::Changed(place) = self.truth {
            self.ledger.remove(place);
            self.truth = Truth::Absent;
        }
    }

    /// Somebody else has the name, the sex and the birthday; sometimes their numbers are given, too.
    fn namesake(&mut self, stranger: &Facts, chance: &mut Chance) {
        let elsewhere = self.asked.house + FAR;
        let Facts { insurer, ref symbol, ref number, branch, town, block, .. } = *stranger;
        let (symbol, number) = (symbol.clone(), number.clone());
        let namesake = Facts { insurer, symbol, number, branch, town, block, house: elsewhere, ..self.asked.clone() };
        if chance.per_mille(500) {
            let (symbol, number) = (namesake.symbol.clone(), namesake.number.clone());
            self.asked = Facts { insurer, symbol, number, branch, ..self.asked.clone() };
            self.changed();
        }
        self.ledger.push(namesake);
        if chance.per_mille(400) {
            self.absent();
        }
    }

    fn other_member(&mut self, house: &Household, chance: &mut Chance) {
        let other = chance.pick(&house.members).map_or(0, |member| member.branch);
        if other != self.asked.branch {
            self.asked.branch = other;
            self.changed();
        }
        if chance.per_mille(300) {
            self.absent();
        }
    }

    /// The household has another number by now, and strangers have its old one.
    fn reused_number(&mut self, others: &Household, chance: &mut Chance) {
        let Facts { insurer, ref symbol, ref number, .. } = self.asked;
        let under_it =
            |member: &Facts| Facts { insurer, symbol: symbol.clone(), number: number.clone(), ..member.clone() };
        let strangers: Vec<Facts> = others.members.iter().map(under_it).collect();
        for member in &mut self.ledger {
            member.number = format!("{}1", member.number);
        }
        self.ledger.extend(strangers);
        self.changed();
        if chance.per_mille(500) {
            self.absent();
        }
    }

    fn moved(&mut self, stranger: &Facts) {
        (self.asked.town, self.asked.block) = (stranger.town, stranger.block);
        self.asked.house += FAR;
        self.changed();
    }

    fn married(&mut self, spouse: &Facts, chance: &mut Chance) {
        if spouse.surname != self.asked.surname {
            let former = std::mem::replace(&mut self.asked.surname, spouse.surname.clone());
            self.asked.surname_kana.clone_from(&spouse.surname_kana);
            self.asked.former = Some(former).filter(|_| chance.per_mille(500));
            self.changed();
        }
    }

    fn voiced_otherwise(&mut self) {
        let kana: Vec<char> = self.asked.surname_kana.chars().collect();
        let turn = |(place, kana): (usize, &char)| {
            let turned = VOICINGS.iter().find_map(|(plain, voiced)| match *kana {
                kana if kana == *plain => Some(*voiced),
                kana if kana == *voiced => Some(*plain),
                _ => None,
            });
            turned.filter(|_| place > 0).map(|turned| (place, turned))
        };
        let Some((place, turned)) = kana.iter().enumerate().rev().find_map(turn) else { return };
        let voiced = kana.into_iter().enumerate().map(|(at, kana)| if at == place { turned } else { kana });
        self.asked.surname_kana = voiced.collect();
        self.changed();
    }

    fn swapped(&mut self, chance: &mut Chance) {
        let asked = &mut self.asked;
        match chance.below(4) {
            0 => {
                std::mem::swap(&mut asked.surname, &mut asked.surname_kana);
                std::mem::swap(&mut asked.given, &mut asked.given_kana);
            }
            1 => std::mem::swap(&mut asked.surname, &mut asked.given),
            2 => std::mem::swap(&mut asked.symbol, &mut asked.number),
            _ => {
                let birth = asked.birth;
                asked.birth = jiff::civil::Date::new(birth.year(), birth.day(), birth.month()).unwrap_or(birth);
            }
        }
        self.changed();
    }

    /// One slip. It never makes one person's name into that of another in the ledger.
    fn mistyped(&mut self, chance: &mut Chance) {
        let asked = &mut self.asked;
        match chance.below(7) {
            0 => {
                let slipped = slip(&asked.given, "太大美子一二郎夫江枝", chance);
                if !self.ledger.iter().any(|known| known.given == slipped) {
                    asked.given = slipped;
                }
            }
            1 => asked.surname = slip(&asked.surname, "田山本川中西東村", chance),
            2 => asked.given_kana = slip(&asked.given_kana, "アキシタニハミヨラン", chance),
            3 => asked.number = slip(&asked.number, "0123456789", chance),
            4 => asked.branch += u32::from(asked.branch > 0),
            5 => asked.house += 1,
            _ => {
                let days = chance.between(1, 400) as i32;
                asked.birth = asked.birth.checked_sub(days.days()).unwrap_or(date(1950, 1, 1));
            }
        }
        self.changed();
    }

    /// An item that the question or the ledger does not have.
    fn left_out(&mut self, chance: &mut Chance) {
        let known = match self.truth {
            Truth::Same(place) | Truth::Changed(place) => self.ledger.get_mut(place),
            Truth::Absent => self.ledger.first_mut(),
        };
        let Some(facts) = known.filter(|_| chance.per_mille(500)).or(Some(&mut self.asked)) else { return };
        match chance.below(4) {
            0 => facts.branch = 0,
            1 => (facts.surname_kana, facts.given_kana) = (String::new(), String::new()),
            2 => facts.sex = Sex::Unspecified,
            _ => facts.town = "",
        }
        self.changed();
    }

    fn written(self, twist: Twist, chance: &mut Chance) -> Case {
        let asked = written(&self.asked, self.glyphs, chance);
        let ledger = self.ledger.iter().map(|facts| written(facts, self.glyphs, chance)).collect();
        Case { twist, asked, ledger, truth: self.truth }
    }
}

/// One character of a text replaced.
fn slip(text: &str, by: &str, chance: &mut Chance) -> String {
    let place = chance.below(text.chars().count() as u32) as usize;
    let by = by.chars().nth(chance.below(by.chars().count() as u32) as usize);
    text.chars().enumerate().map(|(at, character)| by.filter(|_| at == place).unwrap_or(character)).collect()
}

/// Farther than any house number is drawn.
const FAR: u32 = 100;

const VOICINGS: [(char, char); 20] = [
    ('カ', 'ガ'),
    ('キ', 'ギ'),
    ('ク', 'グ'),
    ('ケ', 'ゲ'),
    ('コ', 'ゴ'),
    ('サ', 'ザ'),
    ('シ', 'ジ'),
    ('ス', 'ズ'),
    ('セ', 'ゼ'),
    ('ソ', 'ゾ'),
    ('タ', 'ダ'),
    ('チ', 'ヂ'),
    ('ツ', 'ヅ'),
    ('テ', 'デ'),
    ('ト', 'ド'),
    ('ハ', 'バ'),
    ('ヒ', 'ビ'),
    ('フ', 'ブ'),
    ('ヘ', 'ベ'),
    ('ホ', 'ボ'),
];
