//! The region itself: from a seed to residents and files.

use health::coverage_csv::Writer;
use health::{Coverage, NumberRefused, Person};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::chance::Chance;
use crate::enrolment::{Being, Enrolling, History, Insurers, Kind, Membership};
use crate::families::{Family, Member, Role, form};
use crate::named::{self, Named, NamedHousehold};
use crate::names::{Reading, given, surname};
use crate::towns::{Block, TOWNS, Town, blocks};

/// What a region depends on. Equal configurations make equal regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Any number.
    pub seed: u64,
    /// How many residents, the named ones among them; never fewer than those.
    pub residents: u32,
    /// The day it is: ages and periods count from here.
    pub today: Date,
}

/// One inhabitant of the region.
#[derive(Clone, PartialEq, Eq)]
pub struct Resident {
    /// Local handle, from 1 without gaps. It means nothing outside the region.
    pub key: u32,
    /// The key of the head of the household.
    pub household: u32,
    /// Place in the household.
    pub role: Role,
    /// Which of the named residents this is.
    pub named: Option<Named>,
    /// Name, birth, sex and address.
    pub person: Person,
    /// Postal code, seven digits.
    pub postal: &'static str,
    /// Every record that a connected insurer holds; empty for those insured elsewhere.
    pub coverages: Vec<Coverage>,
}

/// The coverage files of the connected insurers, as [`health::coverage_csv`] reads them. In the smallest regions, those of the
/// last two may have no rows.
#[derive(Clone, PartialEq, Eq)]
pub struct Files {
    /// Of [`crate::NATIONAL`].
    pub national: String,
    /// Of [`crate::COMPANY`].
    pub company: String,
    /// Of [`crate::TRANSIT`].
    pub transit: String,
    /// Of [`crate::LATE_ELDERLY`].
    pub late_elderly: String,
}

/// A synthetic region, ready to be asked for its residents as often as needed.
pub struct Region {
    config: Config,
    insurers: Insurers,
    blocks: Vec<Block>,
}

impl Region {
    /// Plans the region; residents are made when they are asked for.
    ///
    /// # Errors
    /// Only if a built-in insurer number were wrong, which a test rules out.
    pub fn new(config: Config) -> Result<Self, NumberRefused> {
        let residents = config.residents.max(named::RESIDENTS);
        let blocks = blocks(residents - named::RESIDENTS);
        Ok(Self { config: Config { residents, ..config }, insurers: Insurers::parse()?, blocks })
    }

    /// How many residents there are.
    pub fn size(&self) -> u32 {
        self.config.residents
    }

    /// Every resident by key: the named ones and their families first.
    pub fn residents(&self) -> impl Iterator<Item = Resident> {
        let mut first_key = 1 + named::RESIDENTS;
        let blocks = self.blocks.iter().zip(1_u64..).flat_map(move |(block, stream)| {
            let residents = self.block(block, stream, first_key);
            first_key += block.residents;
            residents
        });
        self.named_households().chain(blocks)
    }

    /// One of the named residents.
    pub fn named(&self, named: Named) -> Option<Resident> {
        self.named_households().find(|resident| resident.named == Some(named))
    }

    /// The files of all insurers; `progress` is called with the number of residents done, every thousand or so.
    pub fn files(&self, progress: &mut dyn FnMut(u32)) -> Files {
        let [mut national, mut company, mut transit, mut late_elderly] = std::array::from_fn(|_| Writer::new());
        for resident in self.residents() {
            for coverage in &resident.coverages {
                let file = match coverage.insurer {
                    insurer if insurer == self.insurers.company => &mut company,
                    insurer if insurer == self.insurers.transit => &mut transit,
                    insurer if insurer == self.insurers.late_elderly => &mut late_elderly,
                    _ => &mut national,
                };
                file.row(coverage);
            }
            if resident.key.is_multiple_of(PROGRESS_EVERY) || resident.key == self.size() {
                progress(resident.key);
            }
        }
        Files {
            national: national.finish(),
            company: company.finish(),
            transit: transit.finish(),
            late_elderly: late_elderly.finish(),
        }
    }

    fn block(&self, block: &Block, stream: u64, mut first_key: u32) -> Vec<Resident> {
        let mut chance = Chance::new(self.config.seed, stream);
        let mut residents = Vec::with_capacity(block.residents as usize);
        for family in form(block, &mut chance) {
            let Some(town) = TOWNS.get(family.town) else { continue };
            let age = family.members.first().map_or(0, |head| head.age as i16);
            let kind = Kind::draw(age, &mut chance);
            let beings = self.beings(&family, first_key, kind, &mut chance);
            first_key += beings.len() as u32;
            let history = History::draw(kind, age, &mut chance);
            residents.extend(self.household(beings, town, (kind, history), &mut chance));
        }
        residents
    }

    /// Gives a family names, birthdays and an address.
    fn beings(&self, family: &Family, key: u32, kind: Kind, chance: &mut Chance) -> Vec<Being> {
        let family_name = surname(chance);
        let address = TOWNS.get(family.town).map(|town| address(town, chance));
        let mut taken: Vec<Reading> = Vec::new();
        let member = |(member, key): (&Member, u32)| {
            // The parents of a wife who took her husband's name have another.
            let other = member.role == Role::Parent && chance.per_mille(300);
            let name = if other { surname(chance) } else { family_name };
            let birth = self.birthday(member.age, chance);
            let given = given(member.sex, birth.year(), &taken, chance);
            taken.push(given);
            Being {
                key,
                role: member.role,
                membership: Membership::draw(member.role, member.age as i16, kind, chance),
                person: Person {
                    name: format!("{}　{}", name.written, given.written),
                    kana: format!("{} {}", name.kana, given.kana),
                    birth,
                    sex: member.sex,
                    address: address.clone(),
                },
            }
        };
        family.members.iter().zip(key..).map(member).collect()
    }

    /// Some day that makes this age today.
    fn birthday(&self, age: u32, chance: &mut Chance) -> Date {
        let latest = self.config.today.checked_sub((age as i32).years()).unwrap_or(self.config.today);
        latest.checked_sub((chance.below(365) as i32).days()).unwrap_or(latest)
    }

    fn household(
        &self,
        beings: Vec<Being>,
        town: &'static Town,
        (kind, history): (Kind, History),
        chance: &mut Chance,
    ) -> Vec<Resident> {
        let (insurers, today) = (self.insurers, self.config.today);
        let records = Enrolling { insurers, kind, history, beings: &beings, today }.records(chance);
        let household = beings.first().map_or(0, |head| head.key);
        let resident = |(being, coverages): (Being, Vec<Coverage>)| Resident {
            key: being.key,
            household,
            role: being.role,
            named: Named::ALL.into_iter().find(|named| named.key() == being.key),
            person: being.person,
            postal: &town.postal,
            coverages,
        };
        beings.into_iter().zip(records).map(resident).collect()
    }

    /// The named households do not depend on the seed.
    /// The day on which the region is looked at.
    pub(crate) fn today(&self) -> Date {
        self.config.today
    }

    /// The named residents and their families.
    pub(crate) fn named_families(&self) -> impl Iterator<Item = Resident> {
        self.named_households()
    }

    fn named_households(&self) -> impl Iterator<Item = Resident> {
        Named::ALL.into_iter().flat_map(|named| {
            let NamedHousehold { kind, history, town, members } = named.household();
            let town = TOWNS.iter().find(|known| known.name == town);
            let mut chance = Chance::new(0, u64::from(named.key()));
            let beings = members.into_iter().zip(named.key()..).map(|((name, kana, sex, birth, role), key)| Being {
                key,
                role,
                membership: Membership::WithHead,
                person: Person {
                    name: name.to_owned(),
                    kana: kana.to_owned(),
                    birth,
                    sex,
                    address: town.map(|town| address(town, &mut Chance::new(0, u64::from(named.key())))),
                },
            });
            let beings = beings.collect();
            town.map(|town| self.household(beings, town, (kind, history), &mut chance)).unwrap_or_default()
        })
    }
}

const PROGRESS_EVERY: u32 = 1000;

/// An address above every house number that is in use, so that nobody lives there.
fn address(town: &Town, chance: &mut Chance) -> String {
    let (name, house) = (&town.name, chance.between(1, 30));
    if name.ends_with("丁目") {
        format!("香川県高松市{name}{}番{house}号", chance.between(901, 999))
    } else {
        format!("香川県高松市{name}{}番地{house}", chance.between(9001, 9999))
    }
}

#[cfg(test)]
mod tests;
