//! The platform's questions: authenticate, record, decide, and answer signed.
//!
//! One transaction looks for a replay, reads what the decision rests on, and writes the access log. Only what came
//! out of it is opened: if the log cannot be written, nothing is answered.

mod decision;
mod door;

use std::sync::Arc;

use db::transaction;
use health::coverage_xml;
use idwsf::dst::{Code, Query, QueryItem, QueryResponse};
use idwsf::message::{Authenticated, Rejected, Replay, VerifiedRequest, authenticate, seal_fault, seal_response};
use idwsf::{Fault, MessageId};
use jiff::Timestamp;

pub(crate) use door::router;

use crate::access_log::Entry;
use crate::digest::MessageDigest;
use crate::policy::Category;
use crate::store::coverage::Found;
use crate::{App, Error, import, store};
use decision::{Decision, decide};

/// What goes back: the HTTP status and the envelope. Nothing when not even a fault could be signed.
type Sealed = Option<(u16, Vec<u8>)>;

/// Answers one message.
async fn answer(app: Arc<App>, bytes: Vec<u8>) -> Sealed {
    let now = app.clock.now();
    let opened = blocking(&app, move |app| app.as_receiver(|receiver| authenticate(&bytes, receiver, now))).await;
    let outcome = match opened {
        Some(Ok(authenticated)) => decided(&app, authenticated, now).await,
        Some(Err(rejected)) => Err(rejected),
        None => Err(Rejected { fault: Fault::Own, in_reply_to: None }),
    };
    blocking(&app, move |app| match outcome {
        Ok(decided) => {
            let in_reply_to = decided.request.message_id.clone();
            match respond(app, decided, now) {
                Ok(response) => sealed(app, &in_reply_to, &response, now),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a record could not be opened");
                    refused(app, &Rejected { fault: Fault::Own, in_reply_to: Some(in_reply_to) }, now)
                }
            }
        }
        Err(rejected) => refused(app, &rejected, now),
    })
    .await
    .flatten()
}

/// A request whose disclosure is in the access log, and what may be disclosed.
struct Decided {
    request: VerifiedRequest,
    decision: Decision,
    found: Vec<Found>,
}

async fn decided(app: &App, authenticated: Authenticated, now: Timestamp) -> Result<Decided, Rejected> {
    let in_reply_to = Some(authenticated.message_id().clone());
    let own = |error: Error| {
        tracing::error!(error = &error as &dyn std::error::Error, "no answer, because it could not be recorded");
        Rejected { fault: Fault::Own, in_reply_to: in_reply_to.clone() }
    };
    let sender = authenticated.sender().clone();
    let message = app.digests().message(&sender, authenticated.message_id()).map_err(own)?;
    // The block may run again, and a message is admitted only once.
    let mut waiting = Some(authenticated);
    let mut admitted = Err(Rejected { fault: Fault::Own, in_reply_to: in_reply_to.clone() });
    let recorded = transaction!(app.db, |tx| -> Error {
        let replay = store::seen_message::record(tx, message, now).await?;
        if let Some(authenticated) = waiting.take() {
            admitted = authenticated.admit(replay);
        }
        let judged = match (&admitted, replay) {
            (_, Replay::Seen) => Err(Fault::Replayed),
            (Err(rejected), Replay::Fresh) => Err(rejected.fault),
            (Ok(request), Replay::Fresh) => judged(app, tx, request).await?,
        };
        let entries = match (&judged, &admitted) {
            (Ok((decision, _)), Ok(request)) => entries(app, request, message, decision, now)?,
            (Err(fault), _) | (Ok(_), Err(Rejected { fault, .. })) => vec![Entry {
                at: now,
                requester: sender.clone(),
                pseudonym: None,
                category: String::new(),
                purpose: "",
                message,
                outcome: fault.code().to_owned(),
            }],
        };
        store::access_log::append(tx, app.digests(), &entries).await?;
        judged
    });
    match (recorded.map_err(own)?, admitted) {
        (Ok((decision, found)), Ok(request)) => Ok(Decided { request, decision, found }),
        (Err(fault), _) => Err(Rejected { fault, in_reply_to }),
        (Ok(_), Err(rejected)) => Err(rejected),
    }
}

type Judged = Result<(Decision, Vec<Found>), Fault>;

/// Reads what the decision rests on, and decides.
async fn judged(app: &App, tx: &mut db::Tx, request: &VerifiedRequest) -> Result<Judged, Error> {
    let pseudonym = app.digests().pseudonym(&request.subject)?;
    let found = store::coverage::of(tx, pseudonym).await?;
    let decision = match decide(app.service, &app.rules, request, found.is_some()) {
        Ok(decision) => decision,
        Err(fault) => return Ok(Err(fault)),
    };
    let disclosed = if decision.discloses() { found.unwrap_or_default() } else { Vec::new() };
    Ok(Ok((decision, disclosed)))
}

/// One entry for each thing asked for.
fn entries(
    app: &App,
    request: &VerifiedRequest,
    message: MessageDigest,
    decision: &Decision,
    now: Timestamp,
) -> Result<Vec<Entry>, Error> {
    let pseudonym = Some(app.digests().pseudonym(&request.subject)?);
    let entry = |(category, outcome): (&str, &str)| Entry {
        at: now,
        requester: request.sender.clone(),
        pseudonym,
        category: category.to_owned(),
        purpose: request.purpose.as_str(),
        message,
        outcome: outcome.to_owned(),
    };
    Ok(decision.lines().into_iter().map(entry).collect())
}

/// Opens what may be disclosed and writes it.
fn respond(app: &App, decided: Decided, now: Timestamp) -> Result<QueryResponse, Error> {
    let query: Query = match decided.request.query {
        Ok(query) => query,
        Err(status) => return Ok(QueryResponse::refused(app.service, status, now)),
    };
    let mut records =
        decided.found.iter().map(|found| import::open(&app.keys, found)).collect::<Result<Vec<_>, _>>()?;
    records.sort_by_key(|record| std::cmp::Reverse(record.valid_from));
    let ns = app.service.ns();
    let today = web::clock::japan_date(now);
    let mut verdicts = decided.decision.verdicts().into_iter();
    Ok(query.answer(now, |_: &QueryItem| match verdicts.next() {
        Some(Ok(Category::Coverage)) => Ok(records.iter().map(|record| coverage_xml::write(record, ns)).collect()),
        Some(Ok(Category::Eligibility)) => Ok(vec![coverage_xml::write_eligibility(&records, ns, today)]),
        Some(Err(code)) => Err(code),
        None => Err(Code::UNEXPECTED_ERROR),
    }))
}

fn sealed(app: &App, in_reply_to: &MessageId, response: &QueryResponse, now: Timestamp) -> Sealed {
    app.as_sender(|sender| seal_response(sender, in_reply_to, &app.message_id(), response, now))
        .ok()
        .map(|envelope| (200, envelope))
}

fn refused(app: &App, rejected: &Rejected, now: Timestamp) -> Sealed {
    tracing::warn!(code = rejected.fault.code(), "message refused: {}", rejected.fault);
    let in_reply_to = rejected.in_reply_to.as_ref();
    app.as_sender(|sender| seal_fault(sender, in_reply_to, &app.message_id(), &rejected.fault, now))
        .ok()
        .map(|envelope| (rejected.fault.http_status(), envelope))
}

/// Runs work for the processor, such as RSA, beside the tasks that wait for the network.
async fn blocking<T: Send + 'static>(app: &Arc<App>, work: impl FnOnce(&App) -> T + Send + 'static) -> Option<T> {
    let here = app.clone();
    app.processors.run(move || work(&here)).await
}
