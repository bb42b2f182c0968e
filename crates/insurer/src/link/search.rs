//! Everybody in the ledger whom a request may mean.

use std::collections::HashMap;

use db::Tx;
use health::{Coverage, Enrolment, LinkRequest};
use person::Record;

use crate::digest::{ContentDigest, MemberId};
use crate::import;
use crate::store::coverage::{self, Found};
use crate::{App, Error};

/// A member, by their newest period.
pub(crate) struct Known {
    pub(crate) member: MemberId,
    pub(crate) newest: Coverage,
    /// Periods of one number and branch have different birth dates: a machine does not say whose they are.
    pub(crate) doubtful: bool,
    enrolment: Enrolment,
}

impl Known {
    pub(crate) fn record(&self) -> Record<'_> {
        Record::of(&self.enrolment, &self.newest.person)
    }
}

/// Whom a request may mean.
pub(crate) enum Near {
    /// All of these, and nobody else.
    These(Vec<Known>),
    /// More than can be compared.
    TooMany,
    /// More than can be compared, because so many periods cannot be found yet: later there are fewer.
    NotYet,
}

/// Everybody with the asked number or the asked birth date. Nobody else can be near: two of number, birth date and name have to
/// agree.
pub(crate) async fn near(app: &App, tx: &mut Tx, request: &LinkRequest) -> Result<Near, Error> {
    let number = app.digests().number(&request.enrolment(app.insurer))?;
    let birth = app.digests().birth(request.person.birth)?;
    let found = coverage::near(tx, number, birth, PERIODS_MAX + 1).await?;
    if i64::try_from(found.len()).is_ok_and(|count| count <= PERIODS_MAX) {
        return known(app, &found).map(Near::These);
    }
    Ok(if coverage::any_unkeyed(tx).await? { Near::NotYet } else { Near::TooMany })
}

/// Everybody with a period under this symbol and number, by their newest; nothing where more periods than can be looked at cannot be
/// found yet.
pub(crate) async fn under(app: &App, tx: &mut Tx, wanted: &Enrolment) -> Result<Option<Vec<Known>>, Error> {
    let found = coverage::under(tx, app.digests().number(wanted)?, PERIODS_MAX + 1).await?;
    if i64::try_from(found.len()).map_or(true, |count| count > PERIODS_MAX) {
        return Ok(None);
    }
    let mut members = Vec::new();
    for found in &found {
        let own = import::open(&app.keys, found)?.enrolment();
        if (&own.symbol, &own.number) == (&wanted.symbol, &wanted.number) && !members.contains(&found.member.id) {
            members.push(found.member.id);
        }
    }
    if members.is_empty() {
        return Ok(Some(Vec::new()));
    }
    of(app, tx, &members).await.map(|(known, _)| Some(known))
}

/// These members, as far as the ledger still has them, in the same order; and a digest of all that is shown of them.
pub(crate) async fn of(app: &App, tx: &mut Tx, members: &[MemberId]) -> Result<(Vec<Known>, ContentDigest), Error> {
    let mut found = coverage::of_members(tx, members).await?;
    found.sort_by_key(|found| found.id);
    let all: Vec<u8> = found.iter().flat_map(|found| found.id.0.iter().chain(&found.record).copied()).collect();
    let mut known = known(app, &found)?;
    known.sort_by_key(|known| members.iter().position(|member| *member == known.member));
    Ok((known, app.digests().content(&all)?))
}

/// What is asked for, as a record; the enrolment is [`LinkRequest::enrolment`].
pub(crate) fn asked<'a>(request: &'a LinkRequest, enrolment: &'a Enrolment) -> Record<'a> {
    Record::of(enrolment, &request.person)
}

fn known(app: &App, found: &[Found]) -> Result<Vec<Known>, Error> {
    let mut by_member: HashMap<MemberId, Known> = HashMap::new();
    for found in found {
        let period = import::open(&app.keys, found)?;
        match by_member.get_mut(&found.member.id) {
            None => {
                let known = Known::new(found.member.id, period);
                by_member.insert(found.member.id, known);
            }
            Some(known) => known.add(period),
        }
    }
    let mut known: Vec<Known> = by_member.into_values().collect();
    known.sort_by_key(|known| known.member);
    Ok(known)
}

impl Known {
    fn new(member: MemberId, newest: Coverage) -> Known {
        Known { member, enrolment: newest.enrolment(), newest, doubtful: false }
    }

    fn add(&mut self, period: Coverage) {
        self.doubtful |= period.person.birth != self.newest.person.birth;
        if period.valid_from > self.newest.valid_from {
            self.enrolment = period.enrolment();
            self.newest = period;
        }
    }
}

/// More periods than the largest insurer of the region has for one birth date.
const PERIODS_MAX: i64 = 1000;
