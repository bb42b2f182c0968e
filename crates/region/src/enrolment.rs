//! Who is insured where, since when, and with which numbers.
//!
//! Four insurers are connected to the region: the city's national health insurance, the scheme for the late elderly, and
//! two fictional company societies. Everyone else is with an insurer that is not: employees of other companies.

use health::{Copayment, Coverage, InsurerNumber, LossReason, NumberRefused, Person, Relationship};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::age::{anniversary, copayment_on, full_years, late_elderly_from};
use crate::chance::Chance;
use crate::families::Role;

/// 保険者番号 of the city's national health insurance: the real one.
pub const NATIONAL: &str = "370015";
/// Its name in Japanese.
pub const NATIONAL_NAME_JA: &str = "高松市";
/// Its name in English.
pub const NATIONAL_NAME_EN: &str = "Takamatsu City";
/// 保険者番号 of the company society: a number nobody was given.
pub const COMPANY: &str = "06379994";
/// Its name in Japanese.
pub const COMPANY_NAME_JA: &str = "かがわ架空電機健康保険組合";
/// Its name in English.
pub const COMPANY_NAME_EN: &str = "Kagawa Fictional Electric Health Insurance Society";

/// 保険者番号 of the second company society: a number nobody was given.
pub const TRANSIT: &str = "06379986";
/// Its name in Japanese.
pub const TRANSIT_NAME_JA: &str = "さぬき架空交通健康保険組合";
/// Its name in English.
pub const TRANSIT_NAME_EN: &str = "Sanuki Fictional Transit Health Insurance Society";
/// 保険者番号 of the scheme for the late elderly, for residents of the city: the real one.
pub const LATE_ELDERLY: &str = "39372016";
/// Its name in Japanese.
pub const LATE_ELDERLY_NAME_JA: &str = "香川県後期高齢者医療広域連合";
/// Its name in English.
pub const LATE_ELDERLY_NAME_EN: &str = "Kagawa Late-Stage Elderly Medical Care Association";

/// The connected insurers as checked numbers.
#[derive(Clone, Copy)]
pub(crate) struct Insurers {
    pub(crate) national: InsurerNumber,
    pub(crate) company: InsurerNumber,
    pub(crate) transit: InsurerNumber,
    pub(crate) late_elderly: InsurerNumber,
}

impl Insurers {
    pub(crate) fn parse() -> Result<Self, NumberRefused> {
        Ok(Self {
            national: NATIONAL.parse()?,
            company: COMPANY.parse()?,
            transit: TRANSIT.parse()?,
            late_elderly: LATE_ELDERLY.parse()?,
        })
    }
}

/// Where the head of a household is insured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    National,
    Company,
    Elsewhere,
}

/// What happened to the enrolment of the head and of those who follow the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum History {
    /// One open enrolment.
    Steady,
    /// From the other connected insurer to this one, so many months ago.
    Changed { months: i32 },
    /// Ended so many months ago.
    Lapsed { months: i32 },
    /// The other connected insurer takes over next month.
    Coming,
    /// The other insurer was not told of the change: two are open.
    Overlapping,
}

/// How one person is insured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    /// Like the head, whatever happens.
    WithHead,
    /// Of the household, but in national health insurance while the head is not.
    OwnNational,
    /// As an employee in their own right.
    OwnCompany,
    /// With an insurer that is not connected.
    Elsewhere,
}

impl Kind {
    /// By the age of the head. Together with [`Membership::draw`] tuned to the city's count of insured persons.
    pub(crate) fn draw(age: i16, chance: &mut Chance) -> Self {
        let (national, company) = match age {
            ..25 => (100, 180),
            25..60 => (92, 240),
            60..65 => (230, 180),
            65..75 => (640, 50),
            _ => (0, 0),
        };
        match chance.below(1000) {
            drawn if drawn < national => Self::National,
            drawn if drawn < national + company => Self::Company,
            _ => Self::Elsewhere,
        }
    }
}

impl History {
    pub(crate) fn draw(kind: Kind, age: i16, chance: &mut Chance) -> Self {
        let months = chance.between(1, 30) as i32;
        match (kind, chance.below(1000)) {
            (Kind::Elsewhere, _) => Self::Steady,
            (Kind::National, 0..45) if age < 68 => Self::Changed { months },
            (Kind::Company, 0..25) => Self::Changed { months },
            (_, 50..62) => Self::Lapsed { months },
            (_, 70..76) if age < 65 => Self::Coming,
            (_, 80..86) if age < 65 => Self::Overlapping,
            _ => Self::Steady,
        }
    }
}

impl Membership {
    pub(crate) fn draw(role: Role, age: i16, kind: Kind, chance: &mut Chance) -> Self {
        let drawn = chance.below(1000);
        let adult_child = role == Role::Child && age > 22;
        match (kind, role) {
            _ if age >= 75 => Self::Elsewhere,
            (Kind::National, Role::Child) if adult_child && drawn < 620 => Self::employee(drawn),
            (Kind::Company, Role::Spouse) if drawn < 450 => Self::employee(drawn),
            (Kind::Company | Kind::Elsewhere, Role::Child) if adult_child && drawn < 120 => Self::OwnNational,
            (Kind::Company | Kind::Elsewhere, Role::Child) if adult_child => Self::employee(drawn),
            (Kind::Company, Role::Parent) if drawn < 600 => Self::OwnNational,
            (Kind::Elsewhere, Role::Parent) if drawn < 600 => Self::OwnNational,
            (Kind::Elsewhere, Role::Spouse) if age >= 65 && drawn < 260 => Self::OwnNational,
            (Kind::Elsewhere, Role::Spouse) if drawn < 80 => Self::OwnCompany,
            (Kind::Elsewhere, _) => Self::Elsewhere,
            _ => Self::WithHead,
        }
    }

    /// Nine in ten employees work for somebody else.
    fn employee(drawn: u32) -> Self {
        if drawn.is_multiple_of(10) { Self::OwnCompany } else { Self::Elsewhere }
    }
}

/// A person of a household, before coverage.
pub(crate) struct Being {
    pub(crate) key: u32,
    pub(crate) role: Role,
    pub(crate) person: Person,
    pub(crate) membership: Membership,
}

/// A household to be enrolled.
pub(crate) struct Enrolling<'a> {
    pub(crate) insurers: Insurers,
    pub(crate) kind: Kind,
    pub(crate) history: History,
    /// The head first.
    pub(crate) beings: &'a [Being],
    pub(crate) today: Date,
}

/// A stretch of time with one insurer.
#[derive(Clone, Copy)]
struct Period {
    from: Date,
    lost: Option<(Date, LossReason)>,
}

/// Days and numbers drawn once for a household.
struct Drawn {
    /// When something happened, if something did.
    changed: Date,
    /// Since when with the first insurer.
    since: Date,
    /// Older records of the company have no branch numbers.
    branches: bool,
}

impl Enrolling<'_> {
    /// The records of each person, in the order of the beings.
    pub(crate) fn records(&self, chance: &mut Chance) -> Vec<Vec<Coverage>> {
        let months = match self.history {
            History::Changed { months } | History::Lapsed { months } => months,
            History::Steady | History::Coming | History::Overlapping => 3,
        };
        let changed = self.month(1 - months);
        let since = self.since(changed, chance);
        let drawn = Drawn { changed, since, branches: !chance.per_mille(30) };
        self.beings.iter().enumerate().map(|(place, being)| self.of(place, being, &drawn, chance)).collect()
    }

    /// A day before `end` on which the head joined the first insurer: an employee on some April 1 of a working age.
    fn since(&self, end: Date, chance: &mut Chance) -> Date {
        let days = chance.between(200, 6500) as i32;
        let since = end.checked_sub(days.days()).unwrap_or(end);
        let employed_from = self.beings.first().map_or(since, |head| anniversary(head.person.birth, WORKING_AGE));
        let employed = matches!(
            (self.kind, self.history),
            (Kind::Company, History::Steady | History::Lapsed { .. } | History::Coming)
                | (Kind::National, History::Changed { .. } | History::Overlapping)
        );
        if !employed {
            return since;
        }
        let april = date(since.max(employed_from).year(), 4, 1);
        if april < end { april.max(employed_from.min(end)) } else { since }
    }

    /// The first day of the month so many months from this one.
    fn month(&self, months: i32) -> Date {
        let first = self.today.first_of_month();
        first.checked_add(months.months()).unwrap_or(first)
    }

    fn of(&self, place: usize, being: &Being, drawn: &Drawn, chance: &mut Chance) -> Vec<Coverage> {
        let active_income = chance.per_mille(80);
        if late_elderly_from(being.person.birth) <= self.today {
            return vec![self.late_elderly(being)];
        }
        let since = Period { from: drawn.since, lost: None };
        let build = |period: Period, kind: Kind, own: bool| match kind {
            Kind::National => self.national(place, being, period),
            Kind::Company => self.company(being, period, Certificate { place, own, branches: drawn.branches }),
            Kind::Elsewhere => None,
        };
        let records = match being.membership {
            Membership::Elsewhere => Vec::new(),
            Membership::OwnNational => vec![build(since, Kind::National, true)],
            Membership::OwnCompany => vec![build(since, Kind::Company, true)],
            Membership::WithHead => {
                self.periods(drawn).into_iter().map(|(period, kind)| build(period, kind, place == 0)).collect()
            }
        };
        let copayment = copayment_on(being.person.birth, active_income, self.today);
        records.into_iter().flatten().map(|record| Coverage { copayment, ..record }).collect()
    }

    /// The history of those who go with the head.
    fn periods(&self, drawn: &Drawn) -> Vec<(Period, Kind)> {
        let other = match self.kind {
            Kind::National => Kind::Company,
            Kind::Company => Kind::National,
            Kind::Elsewhere => return Vec::new(),
        };
        let open = |from| Period { from, lost: None };
        let lost = |on, reason| Period { from: drawn.since, lost: Some((on, reason)) };
        let (kind, changed, next) = (self.kind, drawn.changed, self.month(1));
        match self.history {
            History::Steady => vec![(open(drawn.since), kind)],
            History::Changed { .. } => {
                vec![(lost(changed, LossReason::OtherInsurance), other), (open(changed), kind)]
            }
            History::Lapsed { .. } if kind == Kind::Company => vec![(lost(changed, LossReason::Other), kind)],
            History::Lapsed { .. } => vec![(lost(changed, LossReason::OtherInsurance), kind)],
            History::Coming => vec![(lost(next, LossReason::OtherInsurance), kind), (open(next), other)],
            History::Overlapping => vec![(open(drawn.since), other), (open(changed), kind)],
        }
    }

    fn national(&self, place: usize, being: &Being, period: Period) -> Option<Coverage> {
        let mut record = self.record(being, period, self.insurers.national)?;
        let household = self.beings.first().map_or(0, |head| head.key);
        let birth = being.person.birth;
        let summer = july_31_from(self.today.max(record.valid_from));
        let renewed = date(july_31_from(self.today).year() - 1, 8, 1);
        let before_late_elderly = late_elderly_from(birth).yesterday().unwrap_or(birth);
        record.insurer_name = Some(NATIONAL_NAME_JA.to_owned());
        record.symbol = Some("架空高".to_owned());
        record.number = (1_000_000 + household * 19).to_string();
        record.branch = Some(format!("{:02}", place + 1));
        record.valid_until = record.lost_on.is_none().then(|| summer.min(before_late_elderly));
        record.issued_on = Some(record.valid_from.max(renewed));
        if record.lost_on.is_some() {
            record.issued_on = Some(record.valid_from);
        }
        Some(record)
    }

    fn company(&self, being: &Being, period: Period, certificate: Certificate) -> Option<Coverage> {
        let insured = if certificate.own { being } else { self.beings.first()? };
        let transit = works_in_transit(insured.key);
        let (insurer, name) =
            if transit { (self.insurers.transit, TRANSIT_NAME_JA) } else { (self.insurers.company, COMPANY_NAME_JA) };
        let mut record = self.record(being, period, insurer)?;
        record.insurer_name = Some(name.to_owned());
        record.symbol = Some(format!("架空{}", 101 + insured.key % 12));
        record.number = (10_000 + insured.key * 3).to_string();
        let branch = if certificate.own { 0 } else { certificate.place };
        record.branch = certificate.branches.then(|| format!("{branch:02}"));
        record.relationship = if certificate.own { Relationship::Insured } else { Relationship::Dependent };
        record.insured_name = Some(insured.person.name.clone());
        record.issued_on = Some(record.valid_from);
        // A company knows its employees' addresses; its society's file does not carry them.
        record.person.address = None;
        Some(record)
    }

    /// From the 75th birthday on, in their own right and for good. Their certificates have no 記号 and no branch number.
    fn late_elderly(&self, being: &Being) -> Coverage {
        let birth = being.person.birth;
        let summer = july_31_from(self.today);
        let valid_from = late_elderly_from(birth);
        Coverage {
            insurer: self.insurers.late_elderly,
            insurer_name: Some(LATE_ELDERLY_NAME_JA.to_owned()),
            symbol: None,
            number: (99_000_000 + being.key).to_string(),
            branch: None,
            relationship: Relationship::Insured,
            insured_name: Some(being.person.name.clone()),
            copayment: late_elderly_copayment(being.key),
            valid_from,
            lost_on: None,
            loss_reason: None,
            valid_until: Some(summer),
            issued_on: Some(valid_from.max(date(summer.year() - 1, 8, 1))),
            person: being.person.clone(),
        }
    }

    /// What the records of the younger have in common; `None` if the person was not yet born, or already too old for it.
    fn record(&self, being: &Being, period: Period, insurer: InsurerNumber) -> Option<Coverage> {
        let birth = being.person.birth;
        let valid_from = period.from.max(birth);
        let (lost_on, loss_reason) = period.lost.unzip();
        let ended_before = lost_on.is_some_and(|lost| lost <= valid_from);
        if ended_before || valid_from >= late_elderly_from(birth) || full_years(birth, self.today) >= 75 {
            return None;
        }
        let head = self.beings.first().filter(|head| head.key != being.key);
        Some(Coverage {
            insurer,
            insurer_name: None,
            symbol: None,
            number: String::new(),
            branch: None,
            relationship: if head.is_none() { Relationship::Insured } else { Relationship::Dependent },
            insured_name: Some(head.unwrap_or(being).person.name.clone()),
            copayment: Copayment::Three,
            valid_from,
            lost_on,
            loss_reason,
            valid_until: None,
            issued_on: None,
            person: being.person.clone(),
        })
    }
}

/// What a company certificate says of its holder.
#[derive(Clone, Copy)]
struct Certificate {
    place: usize,
    own: bool,
    branches: bool,
}

/// Which employees of a connected society drive the trains and buses: one in four.
fn works_in_transit(key: u32) -> bool {
    key % 4 == 3
}

/// 1割 for most, 2割 for one in five, 3割 for those with the income of an active worker (高齢者の医療の確保に関する法律
/// Art. 67); the shares are estimates.
fn late_elderly_copayment(key: u32) -> Copayment {
    match key % 15 {
        0 => Copayment::Three,
        1..=3 => Copayment::Two,
        _ => Copayment::One,
    }
}

/// Nobody here joins a company younger than this.
const WORKING_AGE: i16 = 18;

/// The first July 31 on or after `day`: certificates of national health insurance run until then.
fn july_31_from(day: Date) -> Date {
    let this_year = date(day.year(), 7, 31);
    if this_year >= day { this_year } else { date(day.year() + 1, 7, 31) }
}
