//! Households out of a crowd: who of a block lives with whom.
//!
//! The crowd is given, as counted; families are found in it. Children find a mother of a likely age, she a husband,
//! couples without children find each other, some parents and grown children live with the family, and who is left
//! lives alone. The result has the city's ages exactly and its size of households closely.

use health::Sex;

use crate::chance::Chance;
use crate::towns::{Block, band};

/// A person's place in the household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// 世帯主.
    Head,
    /// Husband or wife of the head.
    Spouse,
    /// Son or daughter, grown or not.
    Child,
    /// Father or mother of the head or the spouse.
    Parent,
}

/// Someone without a name yet.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(crate) sex: Sex,
    pub(crate) age: u32,
    pub(crate) role: Role,
}

/// A household: the head first.
pub(crate) struct Family {
    /// Place in [`crate::towns::TOWNS`].
    pub(crate) town: usize,
    pub(crate) members: Vec<Member>,
}

/// All households of a block. Everyone in it is in exactly one.
pub(crate) fn form(block: &Block, chance: &mut Chance) -> Vec<Family> {
    let mut crowd = Crowd::new(block, chance);
    let mut families = Vec::new();
    with_children(&mut crowd, &mut families, chance);
    couples(&mut crowd, &mut families, chance);
    let heads = by_age_of_head(&families);
    for age in (0..=AGE_MAX).rev() {
        for sex in [Sex::Female, Sex::Male] {
            while let Some(town) = crowd.take(sex, age, chance) {
                let (role, host) = host(age, &heads, chance);
                match host.and_then(|host| families.get_mut(host)) {
                    Some(family) => family.members.push(Member { sex, age, role }),
                    None => families.push(Family { town, members: vec![Member { sex, age, role: Role::Head }] }),
                }
            }
        }
    }
    families
}

/// Nobody is older.
pub(crate) const AGE_MAX: u32 = 104;
/// Up to this age who still lives at home is counted among the children of a family.
const CHILD_MAX: u32 = 22;

fn with_children(crowd: &mut Crowd, families: &mut Vec<Family>, chance: &mut Chance) {
    for age in (0..=CHILD_MAX).rev() {
        for sex in [Sex::Female, Sex::Male] {
            // Students and young workers: a part of them has left home.
            let leaving = if age >= 18 { crowd.count(sex, age) * 45 / 100 } else { 0 };
            while crowd.count(sex, age) > leaving {
                let Some(town) = crowd.take(sex, age, chance) else { break };
                let child = Member { sex, age, role: Role::Child };
                match parents(crowd, age, chance) {
                    Some((town, mut members)) => {
                        members.push(child);
                        siblings(crowd, &mut members, age, chance);
                        families.push(Family { town, members });
                    }
                    // A block without a grown person left: only in very small regions.
                    None => match families.last_mut() {
                        Some(family) => family.members.push(child),
                        None => families.push(Family { town, members: vec![Member { role: Role::Head, ..child }] }),
                    },
                }
            }
        }
    }
}

/// A couple, a mother or a father for a child of this age, and where they live.
fn parents(crowd: &mut Crowd, child: u32, chance: &mut Chance) -> Option<(usize, Vec<Member>)> {
    let wanted = child + 24 + chance.below(6) + chance.below(6);
    let mother = crowd.take_near(Sex::Female, wanted, child + 19..=child + 43, chance);
    let alone = chance.per_mille(110);
    let wanted = mother.map_or(wanted, |(age, _)| age) + chance.below(5);
    let oldest = if mother.is_some() { wanted + 8 } else { child + 55 };
    let youngest = (child + 19).max(wanted.saturating_sub(6));
    let father = match mother {
        Some(_) if alone => None,
        _ => crowd.take_near(Sex::Male, wanted, youngest..=oldest, chance),
    };
    match (father, mother) {
        (Some(father), mother) => {
            let spouse = mother.map(|(age, _)| Member { sex: Sex::Female, age, role: Role::Spouse });
            let head = Member { sex: Sex::Male, age: father.0, role: Role::Head };
            Some((father.1, std::iter::once(head).chain(spouse).collect()))
        }
        (None, Some((age, town))) => Some((town, vec![Member { sex: Sex::Female, age, role: Role::Head }])),
        (None, None) => {
            let guardian = Sex::Female;
            let (age, town) = crowd.take_near(guardian, child + 50, 20..=AGE_MAX, chance)?;
            Some((town, vec![Member { sex: guardian, age, role: Role::Head }]))
        }
    }
}

fn siblings(crowd: &mut Crowd, members: &mut Vec<Member>, eldest: u32, chance: &mut Chance) {
    let youngest_parent = members.iter().filter(|member| member.role != Role::Child).map(|member| member.age).min();
    let more = match chance.below(100) {
        0..36 => 0,
        36..82 => 1,
        82..97 => 2,
        _ => 3,
    };
    let mut last = eldest;
    for _ in 0..more {
        let sex = if chance.per_mille(512) { Sex::Male } else { Sex::Female };
        let wanted = last.saturating_sub(chance.between(1, 4));
        // No mother past her middle forties at the birth of the youngest.
        let first = youngest_parent.unwrap_or(0).saturating_sub(45).max(last.saturating_sub(8));
        let Some((age, _)) = crowd.take_near(sex, wanted, first..=last, chance) else { return };
        members.push(Member { sex, age, role: Role::Child });
        last = age;
    }
}

/// Couples without children at home.
fn couples(crowd: &mut Crowd, families: &mut Vec<Family>, chance: &mut Chance) {
    for age in 22..=AGE_MAX {
        let per_mille = match age {
            22..27 => 60,
            27..35 => 330,
            35..45 => 350,
            45..60 => 600,
            60..75 => 760,
            75..85 => 560,
            _ => 180,
        };
        for _ in 0..crowd.count(Sex::Female, age) {
            if !chance.per_mille(per_mille) {
                continue;
            }
            let wanted = age + chance.below(6);
            let Some((his, town)) = crowd.take_near(Sex::Male, wanted, (age.max(25) - 4)..=age + 10, chance) else {
                break;
            };
            if crowd.take(Sex::Female, age, chance).is_some() {
                let head = Member { sex: Sex::Male, age: his, role: Role::Head };
                families
                    .push(Family { town, members: vec![head, Member { sex: Sex::Female, age, role: Role::Spouse }] });
            }
        }
    }
}

/// With whom someone left over lives: a parent with the family of a child, a grown child with the parents, or alone.
fn host(age: u32, heads: &[Vec<usize>], chance: &mut Chance) -> (Role, Option<usize>) {
    let (role, per_mille, wanted) = match age {
        0..23 => (Role::Child, 0, 0),
        23..50 => (Role::Child, 440, age + chance.between(24, 36)),
        65..=AGE_MAX => (Role::Parent, 300, age.saturating_sub(chance.between(24, 36))),
        _ => (Role::Head, 0, 0),
    };
    let found = heads.get(wanted as usize).filter(|_| chance.per_mille(per_mille));
    (role, found.and_then(|families| chance.pick(families)).copied())
}

fn by_age_of_head(families: &[Family]) -> Vec<Vec<usize>> {
    let mut heads = vec![Vec::new(); AGE_MAX as usize + 50];
    for (place, family) in families.iter().enumerate() {
        let age = family.members.first().map_or(0, |head| head.age);
        if let Some(heads) = heads.get_mut(age as usize) {
            heads.push(place);
        }
    }
    heads
}

/// People who have no household yet, by sex and age; each is only the town.
struct Crowd {
    men: Vec<Vec<usize>>,
    women: Vec<Vec<usize>>,
}

impl Crowd {
    fn new(block: &Block, chance: &mut Chance) -> Self {
        let ages = || vec![Vec::new(); AGE_MAX as usize + 1];
        let mut crowd = Self { men: ages(), women: ages() };
        for (town, counts) in &block.towns {
            for (place, count) in counts.iter().enumerate() {
                let (sex, first) = band(place);
                for _ in 0..*count {
                    let age = if first < 85 { first + chance.below(5) } else { eighty_five_and_over(chance) };
                    if let Some(people) = crowd.of(sex).get_mut(age as usize) {
                        people.push(*town);
                    }
                }
            }
        }
        crowd
    }

    fn of(&mut self, sex: Sex) -> &mut Vec<Vec<usize>> {
        if sex == Sex::Male { &mut self.men } else { &mut self.women }
    }

    fn count(&mut self, sex: Sex, age: u32) -> usize {
        self.of(sex).get(age as usize).map_or(0, Vec::len)
    }

    /// Takes one out; the town.
    fn take(&mut self, sex: Sex, age: u32, chance: &mut Chance) -> Option<usize> {
        let people = self.of(sex).get_mut(age as usize).filter(|people| !people.is_empty())?;
        let place = chance.below(people.len() as u32) as usize;
        Some(people.swap_remove(place))
    }

    /// Takes the one out whose age is nearest to the one wanted, within `ages`; the age and the town.
    fn take_near(
        &mut self,
        sex: Sex,
        wanted: u32,
        ages: std::ops::RangeInclusive<u32>,
        chance: &mut Chance,
    ) -> Option<(u32, usize)> {
        let (first, last) = (*ages.start(), (*ages.end()).min(AGE_MAX));
        let wanted = wanted.clamp(first, last.max(first));
        let nearest =
            (0..=last.saturating_sub(first)).flat_map(|off| [wanted.checked_sub(off), wanted.checked_add(off)]);
        for age in nearest.flatten().filter(|age| (first..=last).contains(age)) {
            if let Some(town) = self.take(sex, age, chance) {
                return Some((age, town));
            }
        }
        None
    }
}

/// The open band: every year a sixth fewer.
fn eighty_five_and_over(chance: &mut Chance) -> u32 {
    (85..AGE_MAX).find(|_| chance.per_mille(170)).unwrap_or(AGE_MAX)
}
