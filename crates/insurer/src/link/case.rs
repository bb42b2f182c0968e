//! Requests in doubt: kept sealed until a clerk has decided, and forgotten then.

use db::{Tx, Value, transaction};
use health::LinkRequest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::day;
use super::search::{self, Known};
use crate::access_log::Entry;
use crate::app::DATA_KEY;
use crate::digest::{ContentDigest, MemberId, PseudonymDigest};
use crate::store::clerk::Clerk;
use crate::store::link_case::{self, Stored};
use crate::store::{access_log, link, link_handle};
use crate::{App, Error, import};

/// Names a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CaseId(pub(crate) [u8; 16]);

impl From<CaseId> for Value {
    fn from(id: CaseId) -> Value {
        Value::from(id.0)
    }
}

impl CaseId {
    /// The name in an address.
    pub(crate) fn parse(text: &str) -> Option<CaseId> {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).ok()?;
        Some(CaseId(id))
    }
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaseState {
    Waiting,
    Linked,
    Refused,
    /// The resident has taken the request back.
    Withdrawn,
}

impl CaseState {
    const ALL: [CaseState; 4] = [CaseState::Waiting, CaseState::Linked, CaseState::Refused, CaseState::Withdrawn];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            CaseState::Waiting => "waiting",
            CaseState::Linked => "linked",
            CaseState::Refused => "refused",
            CaseState::Withdrawn => "withdrawn",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<CaseState> {
        CaseState::ALL.into_iter().find(|state| state.as_str() == code)
    }
}

/// Why a clerk decided so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The same person, written otherwise.
    Writing,
    /// The same person, who has moved.
    Moved,
    /// The same person, as asking has shown.
    Confirmed,
    /// Another person.
    OtherPerson,
    /// The number is not that of the person.
    WrongNumber,
    /// It cannot be told.
    Unclear,
}

impl Reason {
    /// Why to link.
    pub(crate) const LINK: [Reason; 3] = [Reason::Writing, Reason::Moved, Reason::Confirmed];
    /// Why not to.
    pub(crate) const REFUSE: [Reason; 3] = [Reason::OtherPerson, Reason::WrongNumber, Reason::Unclear];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Reason::Writing => "writing",
            Reason::Moved => "moved",
            Reason::Confirmed => "confirmed",
            Reason::OtherPerson => "other-person",
            Reason::WrongNumber => "wrong-number",
            Reason::Unclear => "unclear",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Reason> {
        Reason::LINK.into_iter().chain(Reason::REFUSE).find(|reason| reason.as_str() == code)
    }
}

/// How a case ends.
pub(crate) struct Ending<'a> {
    pub(crate) state: CaseState,
    pub(crate) reason: Option<Reason>,
    /// The clerk's own words, sealed.
    pub(crate) note: Option<Vec<u8>>,
    /// A login name; nobody where the resident has taken it back.
    pub(crate) by: &'a str,
    pub(crate) at: Timestamp,
}

impl Ending<'_> {
    /// Nobody has to decide any more.
    pub(super) fn withdrawn(at: Timestamp) -> Ending<'static> {
        Ending { state: CaseState::Withdrawn, reason: None, note: None, by: "", at: day(at) }
    }
}

/// What was asked, and whom it may mean, the likeliest first.
#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) request: LinkRequest,
    members: Vec<[u8; 32]>,
}

impl Content {
    pub(super) fn new(request: LinkRequest, members: &[MemberId]) -> Content {
        Content { request, members: members.iter().map(|member| member.0).collect() }
    }

    fn members(&self) -> Vec<MemberId> {
        self.members.iter().copied().map(MemberId).collect()
    }
}

pub(super) fn seal(app: &App, id: CaseId, content: &Content) -> Result<Vec<u8>, Error> {
    let plain = import::padded(Zeroizing::new(serde_json::to_vec(content).map_err(|_| Error::Record)?));
    Ok(app.keys.seal(DATA_KEY, &aad(id, "content"), &plain)?)
}

pub(super) fn open(app: &App, stored: &Stored) -> Result<Content, Error> {
    let sealed = stored.content.as_deref().ok_or(Error::Record)?;
    let plain = app.keys.open_sealed(DATA_KEY, &aad(stored.id, "content"), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| Error::Record)
}

fn aad(id: CaseId, column: &str) -> Vec<u8> {
    [b"link_case\0".as_slice(), column.as_bytes(), b"\0", &id.0].concat()
}

/// A case as a clerk sees it.
pub(crate) enum Look {
    Waiting(Box<Waiting>),
    Ended(Ended),
}

/// A case that waits. Who has looked at it is in the access log.
pub(crate) struct Waiting {
    pub(crate) opened_at: Timestamp,
    pub(crate) request: LinkRequest,
    /// Whom the ledger has today of those who came into question.
    pub(crate) candidates: Vec<Candidate>,
    /// What was shown: a decision on anything else is none.
    pub(crate) seen: ContentDigest,
}

/// Somebody of the ledger who comes into question.
pub(crate) struct Candidate {
    pub(crate) known: Known,
    /// The member is linked under another pseudonym already.
    pub(crate) taken: bool,
}

/// A case that has an end.
pub(crate) struct Ended {
    pub(crate) state: CaseState,
    pub(crate) opened_at: Timestamp,
    pub(crate) reason: Option<Reason>,
    pub(crate) note: Option<String>,
    pub(crate) decided: Option<(String, Timestamp)>,
}

/// Shows a case to a clerk; nothing where there is none of this name.
///
/// # Errors
/// When the database or the key store fails, or what was sealed does not open.
pub(crate) async fn look(app: &App, id: CaseId, clerk: &Clerk, now: Timestamp) -> Result<Option<Look>, Error> {
    transaction!(app.db, |tx| -> Error {
        let Some(stored) = link_case::find(tx, id).await? else { return Ok(None) };
        let Some(pseudonym) = waiting(&stored) else {
            return ended(app, stored).map(|ended| Some(Look::Ended(ended)));
        };
        access_log::append(tx, app.digests(), &[entry(app, (id, pseudonym), (clerk, now), LOOKED)?]).await?;
        let content = open(app, &stored)?;
        let (candidates, seen) = candidates(app, tx, pseudonym, &content).await?;
        let request = content.request;
        Some(Look::Waiting(Box::new(Waiting { opened_at: stored.opened_at, request, candidates, seen })))
    })
}

/// Whom the ledger has of those who come into question, and a digest of all that a clerk is shown of them.
async fn candidates(
    app: &App,
    tx: &mut Tx,
    pseudonym: PseudonymDigest,
    content: &Content,
) -> Result<(Vec<Candidate>, ContentDigest), Error> {
    let (known, seen) = search::of(app, tx, &content.members()).await?;
    let (mut candidates, mut shown) = (Vec::with_capacity(known.len()), seen.0.to_vec());
    for known in known {
        let taken = link::is_another_s(tx, known.member, pseudonym).await?;
        shown.push(u8::from(taken));
        candidates.push(Candidate { known, taken });
    }
    Ok((candidates, app.digests().content(&shown)?))
}

/// Whose case it is, if it waits.
fn waiting(stored: &Stored) -> Option<PseudonymDigest> {
    stored.pseudonym.filter(|_| stored.state == CaseState::Waiting)
}

fn ended(app: &App, stored: Stored) -> Result<Ended, Error> {
    let note = match &stored.note {
        Some(sealed) => {
            let plain = app.keys.open_sealed(DATA_KEY, &aad(stored.id, "note"), sealed)?;
            Some(String::from_utf8(plain.to_vec()).map_err(|_| Error::Record)?)
        }
        None => None,
    };
    let reason = stored.reason.as_deref().and_then(Reason::from_code);
    Ok(Ended { state: stored.state, opened_at: stored.opened_at, reason, note, decided: stored.decided })
}

/// What a clerk has decided.
pub(crate) struct Decided {
    /// Places of the chosen among the candidates that were shown, from 0; none to refuse.
    pub(crate) chosen: Vec<usize>,
    pub(crate) reason: Reason,
    /// The clerk's own words; none where nothing was added.
    pub(crate) note: Option<String>,
    /// What the clerk saw.
    pub(crate) seen: ContentDigest,
}

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Linked,
    Refused,
    /// The case waits no longer: somebody else has decided, or the resident has taken it back.
    Over,
    /// The ledger has changed since the clerk looked, or has nobody in this place.
    Stale,
}

/// Decides on a case: all of it, or nothing.
///
/// # Errors
/// When the database or the key store fails.
pub(crate) async fn decide(
    app: &App,
    id: CaseId,
    clerk: &Clerk,
    decided: &Decided,
    now: Timestamp,
) -> Result<Option<Done>, Error> {
    let note = decided.note.as_ref().map(|note| app.keys.seal(DATA_KEY, &aad(id, "note"), note.as_bytes()));
    let note = note.transpose()?;
    transaction!(app.db, |tx| -> Error {
        let Some(stored) = link_case::find(tx, id).await? else { return Ok(None) };
        let Some(pseudonym) = waiting(&stored) else { return Ok(Some(Done::Over)) };
        // A file has linked the pseudonym meanwhile: there is nothing left to decide.
        if link::is_in_force(tx, pseudonym).await? {
            link_case::end(tx, id, &Ending::withdrawn(now)).await?;
            return Ok(Some(Done::Over));
        }
        let (candidates, seen) = candidates(app, tx, pseudonym, &open(app, &stored)?).await?;
        let chosen: Option<Vec<&Candidate>> = decided.chosen.iter().map(|place| candidates.get(*place)).collect();
        let Some(chosen) = chosen.filter(|chosen| chosen.is_empty() || seen == decided.seen) else {
            return Ok(Some(Done::Stale));
        };
        for candidate in &chosen {
            link::begin(tx, pseudonym, candidate.known.member, day(now)).await?;
        }
        let (state, done, word) = if chosen.is_empty() {
            link_handle::forget(tx, pseudonym).await?;
            (CaseState::Refused, Done::Refused, REFUSED)
        } else {
            (CaseState::Linked, Done::Linked, LINKED)
        };
        let ending = Ending { state, reason: Some(decided.reason), note: note.clone(), by: &clerk.login_name, at: now };
        link_case::end(tx, id, &ending).await?;
        access_log::append(tx, app.digests(), &[entry(app, (id, pseudonym), (clerk, now), word)?]).await?;
        Some(done)
    })
}

fn entry(
    app: &App,
    (id, pseudonym): (CaseId, PseudonymDigest),
    (clerk, now): (&Clerk, Timestamp),
    outcome: &'static str,
) -> Result<Entry, Error> {
    Ok(Entry {
        at: now,
        requester: format!("clerk:{}", clerk.login_name),
        pseudonym: Some(pseudonym),
        category: crate::policy::Category::Link.as_str().to_owned(),
        purpose: idwsf::message::Purpose::Linking.as_str(),
        message: app.digests().case(&id.0)?,
        outcome: outcome.to_owned(),
    })
}

/// Words of the access log.
const LOOKED: &str = "case-looked";
const LINKED: &str = "case-linked";
const REFUSED: &str = "case-refused";
