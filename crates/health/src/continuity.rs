//! What two insurers only see together: days that both claim, and days that nobody does.
//!
//! Whoever changes insurers tells the old one and the new one separately, so that either can be forgotten: the old
//! insurance is paid on (国民健康保険法 9条: a notice within 14 days), or nothing is there when somebody falls ill.

use std::cmp::Ordering;

use jiff::civil::Date;

use crate::{Coverage, InsurerNumber, LossReason, Scheme, Sex};

/// The age from which the late-elderly scheme takes over (高齢者の医療の確保に関する法律 50条).
const LATE_ELDERLY_AGE: i16 = 75;

/// How the periods of one person fit together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Continuity {
    /// Days that two insurers claim, by their first day. Three insurers on one day are three pairs.
    pub overlaps: Vec<Overlap>,
    /// Days between two periods that nobody claims, by their first day.
    pub gaps: Vec<Gap>,
    /// The last period ends, and nobody follows.
    pub end: Option<End>,
    /// The 75th birthday, where another scheme claims it and the late-elderly scheme does not.
    pub late_elderly_from: Option<Date>,
}

/// Days that two insurers claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// The first day.
    pub from: Date,
    /// The last day; `None`: neither has an end.
    pub last: Option<Date>,
    /// Whose period began first, or where both began on one day, whose number is smaller.
    pub earlier: InsurerNumber,
    /// The other.
    pub later: InsurerNumber,
    /// What usually puts it right.
    pub remedy: Remedy,
}

/// What usually puts an overlap right: whoever came last is taken for right, as notices of leaving are what is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The person tells national health insurance that they left (喪失届, 国民健康保険法施行規則 13条).
    LeaveNational,
    /// The former employer reports the loss (健康保険法施行規則 29条), or the person does who continued on their own (任意継続).
    ReportLoss,
    /// The late-elderly scheme took over by law: the insurer before it has to see that.
    ByLaw,
    /// Nobody can tell which one is right: both are to be asked.
    AskBoth,
}

/// Days between two periods that nobody claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub last: Date,
    /// Whose period ended before it.
    pub after: InsurerNumber,
    /// How that period ended.
    pub ending: Ending,
    /// Whose period begins after it.
    pub before: InsurerNumber,
}

impl Gap {
    /// Whether the record says itself where the person was: on public assistance (生活保護), which pays for care in its own
    /// way. That they joined another insurer explains nothing while no record of that insurer fills the days.
    pub fn explained(&self) -> bool {
        matches!(self.ending, Ending::Lost(Some(LossReason::PublicAssistance)))
    }
}

/// The last period ends, and nobody follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The first day that nobody claims.
    pub from: Date,
    /// Whose period ended.
    pub after: InsurerNumber,
    /// How it ended.
    pub ending: Ending,
    /// What the person needs.
    pub need: Need,
}

/// How a period ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The insurer vouches no longer (有効期限), and has recorded no loss.
    Expired,
    /// A loss (資格喪失), with its reason where one is given.
    Lost(Option<LossReason>),
}

/// What a person needs whose last period ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To be insured: with an employer, as somebody's dependant, or with national health insurance (加入届, within 14 days).
    Join,
    /// The same, or to continue with the society they leave (任意継続, 健康保険法 37条: within 20 days).
    JoinOrContinue,
    /// The insurer's new certificate, which most send unasked.
    Renewal,
    /// Nothing but to have the insurer linked that took over, by what the old one says.
    LinkNew,
    /// Nothing: the late-elderly scheme takes over by law.
    LateElderly,
    /// Nothing: the person died, or is on public assistance, which pays instead (国民健康保険法 6条).
    Nothing,
}

/// The records are not about one person, so nothing can be said: dates of birth or sexes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the records are about more than one person")]
pub struct SeveralPersons;

/// How the periods of one person, from all their insurers, fit together. What begins after `until` is left out.
///
/// Periods of one insurer never overlap each other here; a day is claimed where [`Coverage::covers`] says so.
///
/// # Errors
/// [`SeveralPersons`] where the records cannot be about one person.
pub fn of(coverages: &[Coverage], until: Date) -> Result<Continuity, SeveralPersons> {
    let Some(birth) = one_person(coverages)? else { return Ok(Continuity::default()) };
    let stays = stays(coverages);
    let late_elderly = late_elderly_from(birth);
    let overlaps = overlaps(&stays).into_iter().filter(|overlap| overlap.from <= until).collect();
    let (gaps, end) = unclaimed(&stays, late_elderly);
    Ok(Continuity {
        overlaps,
        gaps: gaps.into_iter().filter(|gap| gap.from <= until).collect(),
        end: end.filter(|end| end.from <= until),
        late_elderly_from: late_elderly.filter(|day| *day <= until && left_behind(&stays, *day)),
    })
}

/// The date of birth of the one person; `None` where there is no record.
fn one_person(coverages: &[Coverage]) -> Result<Option<Date>, SeveralPersons> {
    let Some(first) = coverages.first() else { return Ok(None) };
    let sexes = || coverages.iter().map(|coverage| coverage.person.sex).filter(|sex| *sex != Sex::Unspecified);
    let born = coverages.iter().all(|coverage| coverage.person.birth == first.person.birth);
    if born && sexes().zip(sexes().skip(1)).all(|(one, other)| one == other) {
        Ok(Some(first.person.birth))
    } else {
        Err(SeveralPersons)
    }
}

/// The day on which the late-elderly scheme takes over. Whoever was born on a leap day reaches an age on 1 March.
fn late_elderly_from(birth: Date) -> Option<Date> {
    let year = birth.year().checked_add(LATE_ELDERLY_AGE)?;
    let day = Date::new(year, birth.month(), birth.day());
    day.or_else(|_| Date::new(year, 3, 1)).ok()
}

/// Whether a scheme that the person leaves on `birthday` claims that day, and the late-elderly scheme does not.
fn left_behind(stays: &[Stay], birthday: Date) -> bool {
    let schemes: Vec<Scheme> =
        stays.iter().filter(|stay| stay.covers(birthday)).map(|stay| stay.insurer.scheme()).collect();
    !schemes.is_empty() && !schemes.contains(&Scheme::LateElderly)
}

/// Days without a break with one insurer.
#[derive(Debug, Clone, Copy)]
struct Stay {
    insurer: InsurerNumber,
    from: Date,
    last: Option<Date>,
    ending: Ending,
}

impl Stay {
    /// `None` for a record that covers no day.
    fn of(coverage: &Coverage) -> Option<Self> {
        // The last representable day is no end that anybody meant.
        let last = coverage.last_day().filter(|last| *last < Date::MAX);
        if last.is_some_and(|last| last < coverage.valid_from) {
            return None;
        }
        let lost = coverage.lost_on.is_some_and(|lost| last.is_some_and(|last| last < lost && follows(last, lost)));
        let ending = if lost { Ending::Lost(coverage.loss_reason) } else { Ending::Expired };
        Some(Self { insurer: coverage.insurer, from: coverage.valid_from, last, ending })
    }

    fn covers(&self, date: Date) -> bool {
        self.from <= date && self.last.is_none_or(|last| date <= last)
    }

    /// Which of two ends later; on one day, which end says more.
    fn by_end(&self, other: &Self) -> Ordering {
        let key = |stay: &Self| (stay.last.unwrap_or(Date::MAX), told(stay.ending));
        key(self).cmp(&key(other))
    }
}

/// Whether no day is between the two.
fn follows(last: Date, from: Date) -> bool {
    last.tomorrow().is_ok_and(|free| from <= free)
}

/// How much an ending tells: an order that does not depend on that of the records.
fn told(ending: Ending) -> u8 {
    match ending {
        Ending::Expired => 0,
        Ending::Lost(None) => 1,
        Ending::Lost(Some(LossReason::Other)) => 2,
        Ending::Lost(Some(LossReason::OtherInsurance)) => 3,
        Ending::Lost(Some(LossReason::PublicAssistance)) => 4,
        Ending::Lost(Some(LossReason::Death)) => 5,
    }
}

/// The stays with each insurer, by insurer and first day: records that touch or overlap are one stay.
fn stays(coverages: &[Coverage]) -> Vec<Stay> {
    let mut records: Vec<Stay> = coverages.iter().filter_map(Stay::of).collect();
    records.sort_by_key(|stay| (stay.insurer, stay.from));
    let mut merged: Vec<Stay> = Vec::new();
    for record in records {
        match merged.last_mut() {
            Some(stay) if stay.insurer == record.insurer && stay.last.is_none_or(|last| follows(last, record.from)) => {
                if stay.by_end(&record).is_lt() {
                    (stay.last, stay.ending) = (record.last, record.ending);
                }
            }
            _ => merged.push(record),
        }
    }
    merged
}

fn overlaps(stays: &[Stay]) -> Vec<Overlap> {
    let mut found: Vec<Overlap> = Vec::new();
    for (place, one) in stays.iter().enumerate() {
        let others = stays.iter().skip(place + 1).filter(|other| other.insurer != one.insurer);
        found.extend(others.filter_map(|other| overlap(one, other)));
    }
    found.sort_by_key(|overlap| (overlap.from, overlap.earlier, overlap.later));
    found
}

/// The days that both claim; `one` has the smaller number.
fn overlap(one: &Stay, other: &Stay) -> Option<Overlap> {
    let from = one.from.max(other.from);
    let last = [one.last, other.last].into_iter().flatten().min();
    if last.is_some_and(|last| last < from) {
        return None;
    }
    let (earlier, later) = if other.from < one.from { (other, one) } else { (one, other) };
    let remedy = match (earlier.insurer.scheme(), later.insurer.scheme()) {
        (Scheme::LateElderly, _) => Remedy::AskBoth,
        (_, Scheme::LateElderly) => Remedy::ByLaw,
        _ if earlier.from == later.from => Remedy::AskBoth,
        (Scheme::NationalHealth | Scheme::RetiredNational, _) => Remedy::LeaveNational,
        _ => Remedy::ReportLoss,
    };
    Some(Overlap { from, last, earlier: earlier.insurer, later: later.insurer, remedy })
}

/// The days that nobody claims: those between, and those after the last period.
fn unclaimed(stays: &[Stay], late_elderly: Option<Date>) -> (Vec<Gap>, Option<End>) {
    let mut stays = stays.to_vec();
    stays.sort_by_key(|stay| (stay.from, stay.insurer));
    let mut stays = stays.into_iter();
    let Some(mut reach) = stays.next() else { return (Vec::new(), None) };
    let mut gaps = Vec::new();
    for stay in stays {
        let free = reach.last.filter(|last| !follows(*last, stay.from));
        if let (Some(Ok(from)), Ok(last)) = (free.map(Date::tomorrow), stay.from.yesterday()) {
            gaps.push(Gap { from, last, after: reach.insurer, ending: reach.ending, before: stay.insurer });
        }
        if reach.by_end(&stay).is_lt() {
            reach = stay;
        }
    }
    let end = reach.last.and_then(|last| last.tomorrow().ok()).map(|from| {
        let need = need(&reach, late_elderly.is_some_and(|birthday| birthday <= from));
        End { from, after: reach.insurer, ending: reach.ending, need }
    });
    (gaps, end)
}

fn need(ended: &Stay, late_elderly: bool) -> Need {
    match (ended.ending, ended.insurer.scheme()) {
        (Ending::Lost(Some(LossReason::Death | LossReason::PublicAssistance)), _) => Need::Nothing,
        (_, Scheme::LateElderly) => Need::Renewal,
        _ if late_elderly => Need::LateElderly,
        (Ending::Lost(Some(LossReason::OtherInsurance)), _) => Need::LinkNew,
        (Ending::Expired, _) => Need::Renewal,
        (Ending::Lost(_), Scheme::NationalHealth | Scheme::RetiredNational) => Need::Join,
        (Ending::Lost(_), _) => Need::JoinOrContinue,
    }
}

#[cfg(test)]
mod tests;
