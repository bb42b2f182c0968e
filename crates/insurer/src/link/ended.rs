//! A clerk ends links: here at once, and for good. The platform is told, again and again until it knows: then it makes no token any
//! more, and the resident sees who has ended it.

use db::{Tx, transaction};
use health::{Coverage, Enrolment, Handle};
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};

use super::case::Ending;
use super::day;
use super::search::{self, Known};
use crate::access_log::Entry;
use crate::app::DATA_KEY;
use crate::digest::{MemberId, MessageDigest, PseudonymDigest};
use crate::policy::Category;
use crate::store::clerk::Clerk;
use crate::store::untold_end::Untold;
use crate::store::{access_log, closed_pseudonym, link, link_case, link_handle, untold_end};
use crate::{App, Error};

/// Why a clerk ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The person is insured elsewhere, or nowhere.
    NotInsured,
    /// The record is of somebody else.
    OtherPerson,
    /// The person wants it.
    Asked,
    Other,
}

impl Why {
    pub(crate) const ALL: [Why; 4] = [Why::NotInsured, Why::OtherPerson, Why::Asked, Why::Other];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Why::NotInsured => "not-insured",
            Why::OtherPerson => "other-person",
            Why::Asked => "asked",
            Why::Other => "other",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Why> {
        Why::ALL.into_iter().find(|why| why.as_str() == code)
    }

    /// The word of the access log.
    fn ended(self) -> &'static str {
        match self {
            Why::NotInsured => "link-ended-not-insured",
            Why::OtherPerson => "link-ended-other-person",
            Why::Asked => "link-ended-asked",
            Why::Other => "link-ended-other",
        }
    }
}

/// Somebody of the ledger who is linked.
pub(crate) struct Linked {
    pub(crate) member: MemberId,
    pub(crate) newest: Coverage,
}

/// Who of those under this symbol and number is linked, by branch; nothing where nobody can be found yet. That the clerk has looked is in the log, or nothing is shown.
///
/// # Errors
/// When the database or the key store fails, or what was sealed does not open.
pub(crate) async fn find(
    app: &App,
    clerk: &Clerk,
    under: &Enrolment,
    now: Timestamp,
) -> Result<Option<Vec<Linked>>, Error> {
    let look = Act { clerk, message: app.digests().case(&app.random.bytes())?, now };
    transaction!(app.db, |tx| -> Error {
        let Some(known) = search::under(app, tx, under).await? else { return Ok(None) };
        let (mut linked, mut entries) = (Vec::new(), Vec::new());
        for Known { member, newest, .. } in known {
            let pseudonyms = link::of_member(tx, member).await?;
            if !pseudonyms.is_empty() {
                entries.extend(pseudonyms.into_iter().map(|one| look.entry(Some(one), LOOKED)));
                linked.push(Linked { member, newest });
            }
        }
        if entries.is_empty() {
            entries.push(look.entry(None, LOOKED));
        }
        access_log::append(tx, app.digests(), &entries).await?;
        linked.sort_by(|one: &Linked, other| one.newest.branch.cmp(&other.newest.branch));
        Some(linked)
    })
}

/// What came of it.
pub(crate) enum Ended {
    /// There was a link.
    Done {
        /// What the platform is to be told.
        untold: Vec<Untold>,
        /// Links that the platform cannot be told of, because it gave no handle for them: they came by a file, or are from before it
        /// gave any.
        silent: usize,
    },
    /// There is none, or not any more.
    Nothing,
}

/// Ends all that stands for a member.
///
/// # Errors
/// When the database or the key store fails, or what was sealed does not open.
pub(crate) async fn end(
    app: &App,
    clerk: &Clerk,
    (member, why): (MemberId, Why),
    now: Timestamp,
) -> Result<Ended, Error> {
    let act = Act { clerk, message: app.digests().case(&app.random.bytes())?, now };
    transaction!(app.db, |tx| -> Error {
        let pseudonyms = link::of_member(tx, member).await?;
        if pseudonyms.is_empty() {
            return Ok(Ended::Nothing);
        }
        let mut untold = Vec::new();
        for pseudonym in &pseudonyms {
            untold.extend(owed(app, tx, *pseudonym, now).await?);
            given_up(tx, *pseudonym, now).await?;
        }
        for one in &untold {
            untold_end::insert(tx, one).await?;
        }
        let silent = pseudonyms.len() - untold.len();
        let entries: Vec<_> = pseudonyms.into_iter().map(|one| act.entry(Some(one), why.ended())).collect();
        access_log::append(tx, app.digests(), &entries).await?;
        Ended::Done { untold, silent }
    })
}

/// What the platform is owed, by the hand of whoever ends the link now.
async fn owed(app: &App, tx: &mut Tx, pseudonym: PseudonymDigest, now: Timestamp) -> Result<Option<Untold>, Error> {
    let Some(sealed) = link_handle::of(tx, pseudonym).await? else { return Ok(None) };
    let handle = app.keys.open_sealed(DATA_KEY, &aad(&pseudonym), &sealed)?;
    let id = app.random.bytes();
    let handle = app.keys.seal(DATA_KEY, &untold_aad(&id), &handle)?;
    Ok(Some(Untold { id, handle, tries: 0, next_at: whole_minute(now, TOLD_WITHIN) }))
}

/// Ends what stands for a pseudonym, for good.
pub(super) async fn given_up(tx: &mut Tx, pseudonym: PseudonymDigest, now: Timestamp) -> Result<(), Error> {
    closed_pseudonym::insert(tx, pseudonym, day(now)).await?;
    link::end(tx, pseudonym, day(now)).await?;
    link_handle::forget(tx, pseudonym).await?;
    // A file may have linked what still waits.
    if let Some(case) = link_case::of(tx, pseudonym).await? {
        link_case::end(tx, case.id, &Ending::withdrawn(now)).await?;
    }
    Ok(())
}

/// Keeps the handle that came with a wish.
pub(super) async fn keep(app: &App, tx: &mut Tx, pseudonym: PseudonymDigest, handle: &Handle) -> Result<(), Error> {
    let sealed = app.keys.seal(DATA_KEY, &aad(&pseudonym), handle.as_str().as_bytes())?;
    link_handle::keep(tx, pseudonym, &sealed).await
}

/// The handle of an end, to tell the platform by.
pub(crate) fn handle(app: &App, untold: &Untold) -> Result<Handle, Error> {
    let plain = app.keys.open_sealed(DATA_KEY, &untold_aad(&untold.id), &untold.handle)?;
    std::str::from_utf8(&plain).ok().and_then(Handle::parse).ok_or(Error::Record)
}

/// When a telling that begins now is surely over, or is to come again: rows keep whole minutes.
pub(crate) fn whole_minute(now: Timestamp, later: SignedDuration) -> Timestamp {
    let at = now.saturating_add(later).unwrap_or(now);
    at.round(TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil)).unwrap_or(at)
}

/// What a clerk does in one go.
struct Act<'a> {
    clerk: &'a Clerk,
    message: MessageDigest,
    now: Timestamp,
}

impl Act<'_> {
    fn entry(&self, pseudonym: Option<PseudonymDigest>, outcome: &str) -> Entry {
        Entry {
            at: self.now,
            requester: format!("clerk:{}", self.clerk.login_name),
            pseudonym,
            category: Category::Link.as_str().to_owned(),
            purpose: idwsf::message::Purpose::Linking.as_str(),
            message: self.message,
            outcome: outcome.to_owned(),
        }
    }
}

fn aad(pseudonym: &PseudonymDigest) -> Vec<u8> {
    [b"link_handle\0".as_slice(), &pseudonym.0].concat()
}

fn untold_aad(id: &[u8; 16]) -> Vec<u8> {
    [b"untold_end\0".as_slice(), id].concat()
}

/// Word of the access log.
const LOOKED: &str = "links-looked";
/// How long one telling takes at most: nobody else tells the same meanwhile.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(15);
