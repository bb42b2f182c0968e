//! What comes of the wish to be found, and of the wish to be forgotten.

use db::Tx;
use health::{Handle, LinkRequest, link_xml};
use idwsf::dst::{Code, Current, Modify, ModifyItem};
use idwsf::message::{ConsentUri, LIMITS, ProcessingContext};
use jiff::Timestamp;
use person::Decision;

use super::case::{self, CaseId, Content};
use super::search::{self, Known, Near};
use super::standing::Standing;
use super::{day, ended};
use crate::answer::Made;
use crate::digest::{MemberId, PseudonymDigest};
use crate::policy::Asker;
use crate::store::{closed_pseudonym, link, link_case, link_request};
use crate::{App, Error};

/// Does what an item on the path of links asks for, in the transaction that records it.
pub(crate) async fn change(
    app: &App,
    tx: &mut Tx,
    asker: &Asker,
    item: &ModifyItem,
    now: Timestamp,
) -> Result<Made, Error> {
    let pseudonym = app.digests().pseudonym(&asker.subject)?;
    let standing = Standing::of(tx, pseudonym).await?;
    let simulated = asker.headers.context == Some(ProcessingContext::Simulate);
    if item.new_data.is_none() && standing.is_none() && !simulated {
        // The end of what was never here, or is still on its way: nobody comes by this name afterwards.
        closed_pseudonym::insert(tx, pseudonym, day(now)).await?;
    }
    let current = Current { exists: standing.is_some(), changed_at: None, since_demanded: false };
    // What is there is not written over, whatever the sender allows: it is ended first.
    let item = &ModifyItem { override_allowed: false, ..item.clone() };
    if let Err(status) = Modify::one(app.service, item.clone()).judge(|_| Ok(current)) {
        let code = status.reasons.into_iter().next().map_or(Code::UNEXPECTED_ERROR, |reason| reason.code);
        return Ok(Made::refused("", code));
    }
    match (&item.new_data, standing) {
        (None, Some(_)) if simulated => Ok(Made::done(SIMULATED)),
        (None, Some(standing)) => taken_back(tx, pseudonym, standing, now).await,
        (None, None) => Ok(Made::refused("", Code::DOES_NOT_EXIST)),
        (Some(_), _) => {
            let explicit = asker.headers.consent.is_some_and(|consent| consent.uri == ConsentUri::CurrentExplicit);
            if !explicit {
                return Ok(Made::refused(WITHOUT_CONSENT, Code::ACTION_NOT_AUTHORIZED));
            }
            let Some((request, handle)) = read(app, item) else {
                return Ok(Made::refused(UNREADABLE, Code::INVALID_DATA));
            };
            if let Some(refused) = bounded(tx, pseudonym, now).await? {
                return Ok(refused);
            }
            let verdict = judged(app, tx, pseudonym, &request).await?;
            // Nobody was looked for, so that whoever comes again has not tried one name more.
            if !matches!(verdict, Verdict::NotYet) {
                // A trial counts, too: it tells as much.
                link_request::insert(tx, app.random.bytes(), pseudonym, day(now)).await?;
            }
            if simulated {
                return Ok(verdict.made(SIMULATED, SIMULATED));
            }
            if let (Some(handle), Verdict::One(_) | Verdict::Doubt(_)) = (&handle, &verdict) {
                ended::keep(app, tx, pseudonym, handle).await?;
            }
            found(app, tx, pseudonym, (request, verdict), now).await
        }
    }
}

/// What the ledger says of a request.
enum Verdict {
    /// This member, and nobody else is near.
    One(MemberId),
    /// A clerk chooses among these.
    Doubt(Vec<MemberId>),
    Nobody,
    /// More would have to be compared, or decided, than can be.
    TooMany(&'static str),
    /// The ledger cannot be searched yet.
    NotYet,
}

impl Verdict {
    fn made(&self, linked: &'static str, review: &'static str) -> Made {
        match self {
            Verdict::One(_) => Made::done(linked),
            Verdict::Doubt(_) => Made::done(review),
            Verdict::Nobody => Made::refused(UNMATCHED, Code::DOES_NOT_EXIST),
            Verdict::TooMany(code) => Made::refused(code, Code::UNEXPECTED_ERROR),
            Verdict::NotYet => Made::refused(NOT_YET, Code::UNEXPECTED_ERROR),
        }
    }
}

async fn judged(app: &App, tx: &mut Tx, pseudonym: PseudonymDigest, request: &LinkRequest) -> Result<Verdict, Error> {
    let ledger = match search::near(app, tx, request).await? {
        Near::These(ledger) => ledger,
        Near::TooMany => return Ok(Verdict::TooMany(MANY_NEAR)),
        Near::NotYet => return Ok(Verdict::NotYet),
    };
    let enrolment = request.enrolment(app.insurer);
    let records: Vec<_> = ledger.iter().map(Known::record).collect();
    let place = |candidate: &person::Candidate| ledger.get(candidate.place);
    let doubt = match person::decide(&search::asked(request, &enrolment), &records) {
        Decision::Nobody => return Ok(Verdict::Nobody),
        Decision::Clerk(candidates) => candidates.iter().filter_map(place).map(|known| known.member).collect(),
        Decision::Link(candidate) => {
            let Some(known) = place(&candidate) else { return Ok(Verdict::Nobody) };
            // Somebody is this member already: one of the two may be somebody else.
            if !known.doubtful && !link::is_another_s(tx, known.member, pseudonym).await? {
                return Ok(Verdict::One(known.member));
            }
            vec![known.member]
        }
    };
    if link_case::waiting(tx).await? >= WAITING_MAX {
        return Ok(Verdict::TooMany(MANY_WAITING));
    }
    Ok(Verdict::Doubt(doubt.into_iter().take(CANDIDATES_MAX).collect()))
}

async fn found(
    app: &App,
    tx: &mut Tx,
    pseudonym: PseudonymDigest,
    (request, verdict): (LinkRequest, Verdict),
    now: Timestamp,
) -> Result<Made, Error> {
    let made = verdict.made(LINKED, REVIEW);
    match verdict {
        Verdict::One(member) => link::begin(tx, pseudonym, member, day(now)).await?,
        Verdict::Doubt(members) => {
            let id = CaseId(app.random.bytes());
            let sealed = case::seal(app, id, &Content::new(request, &members))?;
            link_case::insert(tx, id, pseudonym, &sealed, day(now)).await?;
        }
        Verdict::Nobody | Verdict::TooMany(_) | Verdict::NotYet => {}
    }
    Ok(made)
}

/// Ends what there is. The pseudonym is given up with it: who comes back comes by another.
async fn taken_back(
    tx: &mut Tx,
    pseudonym: PseudonymDigest,
    standing: Standing,
    now: Timestamp,
) -> Result<Made, Error> {
    ended::given_up(tx, pseudonym, now).await?;
    Ok(Made::done(match standing {
        Standing::Linked(_) => ENDED,
        Standing::Waiting(_) => WITHDRAWN,
    }))
}

/// Why nobody is looked for, if so.
async fn bounded(tx: &mut Tx, pseudonym: PseudonymDigest, now: Timestamp) -> Result<Option<Made>, Error> {
    if closed_pseudonym::contains(tx, pseudonym).await? {
        return Ok(Some(Made::refused(CLOSED, Code::ACTION_NOT_AUTHORIZED)));
    }
    let often = link_request::today(tx, pseudonym, day(now)).await? >= REQUESTS_MAX;
    Ok(often.then(|| Made::refused(TOO_OFTEN, Code::ACTION_NOT_AUTHORIZED)))
}

fn read(app: &App, item: &ModifyItem) -> Option<(LinkRequest, Option<Handle>)> {
    let [fragment] = item.new_data.as_deref()? else { return None };
    let document = xml::Document::parse(xml::scan(fragment.as_str().as_bytes(), &LIMITS).ok()?).ok()?;
    let ns = app.service.ns();
    Some((link_xml::read(document.root(), ns).ok()?, link_xml::read_handle(document.root(), ns).ok()?))
}

/// Words of the access log.
const LINKED: &str = "linked";
const REVIEW: &str = "review";
const UNMATCHED: &str = "unmatched";
const ENDED: &str = "ended";
const WITHDRAWN: &str = "taken-back";
const SIMULATED: &str = "simulated";
const UNREADABLE: &str = "LINK-01";
const CLOSED: &str = "LINK-02";
const TOO_OFTEN: &str = "LINK-03";
const MANY_WAITING: &str = "LINK-04";
const MANY_NEAR: &str = "LINK-05";
const WITHOUT_CONSENT: &str = "LINK-06";
const NOT_YET: &str = "LINK-08";

/// Whoever mistypes has mended it by then; whoever tries names has not come far.
const REQUESTS_MAX: i64 = 5;
/// More than the clerks of an insurer can look at in weeks.
const WAITING_MAX: i64 = 2000;
/// More than a clerk can tell apart.
const CANDIDATES_MAX: usize = 20;
