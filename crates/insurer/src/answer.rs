//! The platform's questions and changes: authenticate, record, decide, and answer signed.
//!
//! One transaction looks for a replay, reads what the decision rests on, does what is to be changed, and writes the access
//! log. Only what came out of it is opened: if the log cannot be written, nothing is answered and nothing is changed.
//!
//! * `decision` is what comes of each item of a question, `held` what is then read and written out.
//! * `change` is what comes of a `Modify`.
//! * `grant` is what a person lets a service ask.

mod change;
mod decision;
mod door;
mod grant;
mod held;

use std::sync::Arc;

use db::transaction;
use idwsf::dst::{Code, ModifyResponse, Query, QueryItem, QueryResponse, Status};
use idwsf::message::{
    Accepted, Asked, Mechanism, Offer, Rejected, Replay, Terms, authenticate_under, seal_fault, seal_modify_response,
    seal_response,
};
use idwsf::{Fault, MessageId};
use jiff::Timestamp;

pub(crate) use change::Made;
pub(crate) use door::router;
pub(crate) use grant::oldest_token;

use crate::access_log::Entry;
use crate::digest::MessageDigest;
use crate::policy::Asker;
use crate::{App, Error, store};
use change::Changed;
use decision::{Decision, decide};
use held::Held;

/// What goes back: the HTTP status and the envelope. Nothing when not even a fault could be signed.
type Sealed = Option<(u16, Vec<u8>)>;

/// Answers one message. `client` is the certificate that the sender has connected with, in DER.
async fn answer(app: Arc<App>, bytes: Vec<u8>, client: Option<Vec<u8>>) -> Sealed {
    let now = app.clock.now();
    let quick = app.opens_quickly(&bytes);
    let opening = move |app: &App| {
        let mechanisms = if app.config.tls.services_by_key { &BY_KEY } else { TERMS.mechanisms };
        let terms = Terms { mechanisms, tls_client: client.as_deref(), ..TERMS };
        app.as_receiver(|receiver| authenticate_under(&bytes, receiver, &terms, now))
    };
    let opened = if quick { Some(opening(&app)) } else { blocking(&app, opening).await };
    let outcome = match opened {
        Some(Ok(accepted)) => decided(&app, accepted, now).await,
        Some(Err(rejected)) => Err(rejected),
        None => Err(Rejected { fault: Fault::Own, in_reply_to: None }),
    };
    let quick = app.seals_quickly() && outcome.as_ref().map_or(true, |(_, judgement)| judgement.is_short());
    let sealing = move |app: &App| match outcome {
        Ok((message_id, judgement)) => match judgement.response(app, now) {
            Ok(response) => sealed(app, &message_id, &response, now),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a record could not be opened");
                refused(app, &Rejected { fault: Fault::Own, in_reply_to: Some(message_id) }, now)
            }
        },
        Err(rejected) => refused(app, &rejected, now),
    };
    if quick { sealing(&app) } else { blocking(&app, sealing).await.flatten() }
}

/// What came of a message, as the access log has it.
enum Judgement {
    /// What may be disclosed of what was asked, or why the question is none.
    Read { query: Result<Query, Status>, decision: Decision, held: Box<Held> },
    /// What was changed.
    Changed(Changed),
}

impl Judgement {
    /// Category and outcome of each item, for the log.
    fn lines(&self) -> Vec<(String, String)> {
        match self {
            Judgement::Read { decision, .. } => decision.lines(),
            Judgement::Changed(changed) => changed.lines.clone(),
        }
    }

    /// Whether the answer is written in less time than another thread needs to begin.
    fn is_short(&self) -> bool {
        match self {
            Judgement::Read { held, .. } => held.is_short(),
            Judgement::Changed(_) => true,
        }
    }

    /// Opens what may be disclosed and writes it.
    fn response(self, app: &App, now: Timestamp) -> Result<Response, Error> {
        let (query, decision, held) = match self {
            Judgement::Changed(Changed { status, at, .. }) => {
                let time_stamp = at.or(Some(now));
                return Ok(Response::Changed(ModifyResponse { service: app.service, status, time_stamp }));
            }
            Judgement::Read { query: Err(status), .. } => {
                return Ok(Response::Read(QueryResponse::refused(app.service, status, now)));
            }
            Judgement::Read { query: Ok(query), decision, held } => (query, decision, held),
        };
        let opened = held.open(app, now)?;
        let mut verdicts = decision.verdicts().into_iter();
        let answer = |item: &QueryItem| match verdicts.next() {
            Some(Ok(category)) => Ok(opened.written(category, item)),
            Some(Err(code)) => Err(code),
            None => Err(Code::UNEXPECTED_ERROR),
        };
        Ok(Response::Read(query.answer_with(opened.seen(now), answer)))
    }
}

/// What is to be sealed.
enum Response {
    Read(QueryResponse),
    Changed(ModifyResponse),
}

async fn decided(app: &App, accepted: Accepted, now: Timestamp) -> Result<(MessageId, Judgement), Rejected> {
    let message_id = accepted.message_id().clone();
    let own = |error: Error| {
        tracing::error!(error = &error as &dyn std::error::Error, "no answer, because it could not be recorded");
        Rejected { fault: Fault::Own, in_reply_to: Some(message_id.clone()) }
    };
    let sender = accepted.sender().clone();
    let message = app.digests().message(&sender, &message_id).map_err(own)?;
    // The block may run again, and a message is admitted only once.
    let mut waiting = Some(accepted);
    let mut admitted = Err(Fault::Own);
    let recorded = transaction!(app.db, |tx| -> Error {
        let replay = store::seen_message::record(tx, message, now).await?;
        if let Some(accepted) = waiting.take() {
            admitted = accepted.admit(replay).map_err(|rejected| rejected.fault).and_then(Asker::of);
        }
        let judged = match (&admitted, replay) {
            (_, Replay::Seen) => Err(Fault::Replayed),
            (Err(fault), Replay::Fresh) => Err(*fault),
            (Ok((asker, asked)), Replay::Fresh) => judged(app, tx, asker, asked, now).await?,
        };
        let entries = match (&judged, &admitted) {
            (Ok(judgement), Ok((asker, _))) => entries(app, asker, message, judgement, now)?,
            (Err(fault), _) | (Ok(_), Err(fault)) => vec![Entry {
                at: now,
                requester: sender.as_str().to_owned(),
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
    match recorded.map_err(own)? {
        Ok(judgement) => Ok((message_id, judgement)),
        Err(fault) => Err(Rejected { fault, in_reply_to: Some(message_id) }),
    }
}

/// Reads what the decision rests on, decides, and does what is to be changed.
async fn judged(
    app: &App,
    tx: &mut db::Tx,
    asker: &Asker,
    asked: &Asked,
    now: Timestamp,
) -> Result<Result<Judgement, Fault>, Error> {
    // Whoever has stopped waiting does not learn what was disclosed or done.
    if let Some(Err(fault)) = asker.headers.timeout.map(|timeout| timeout.check(now, app.clock.now())) {
        return Ok(Err(fault));
    }
    let query = match asked {
        Asked::Query(query) => query,
        Asked::Modify(modify) => {
            return Ok(change::made(app, tx, asker, modify, now).await?.map(Judgement::Changed));
        }
    };
    let reach = grant::reach(app, tx, asker, now).await?;
    let mut decision = match decide(app.service, &app.rules, (asker, &reach), query, web::clock::japan_date(now)) {
        Ok(decision) => decision,
        Err(fault) => return Ok(Err(fault)),
    };
    let pseudonym = app.digests().pseudonym(&asker.subject)?;
    let held = Held::read(app, tx, (asker.sender.as_str(), pseudonym), &decision.wanted()).await?;
    decision.settle(|category| held.knows(category));
    Ok(Ok(Judgement::Read { query: query.clone(), decision, held: Box::new(held) }))
}

/// One entry for each thing asked for.
fn entries(
    app: &App,
    asker: &Asker,
    message: MessageDigest,
    judgement: &Judgement,
    now: Timestamp,
) -> Result<Vec<Entry>, Error> {
    let pseudonym = Some(app.digests().pseudonym(&asker.subject)?);
    let entry = |(category, outcome): (String, String)| Entry {
        at: now,
        requester: asker.sender.as_str().to_owned(),
        pseudonym,
        category,
        purpose: asker.purpose.as_str(),
        message,
        outcome,
    };
    Ok(judgement.lines().into_iter().map(entry).collect())
}

fn sealed(app: &App, in_reply_to: &MessageId, response: &Response, now: Timestamp) -> Sealed {
    let id = app.message_id();
    let sealed = app.as_sender(|sender| match response {
        Response::Read(response) => seal_response(sender, in_reply_to, &id, response, now),
        Response::Changed(response) => seal_modify_response(sender, in_reply_to, &id, response, now),
    });
    sealed.ok().map(|envelope| (200, envelope))
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

/// By what mechanisms, where services have to connect with the key that their tokens are for.
const BY_KEY: [Mechanism; 2] = [Mechanism::TlsBearer, Mechanism::ClientTlsSamlV2];

/// What a node takes.
const TERMS: Terms<'static> = Terms {
    mechanisms: &[Mechanism::TlsBearer, Mechanism::TlsSamlV2],
    changes: Offer::Yes,
    simulation: Offer::Yes,
    introduced: Offer::Yes,
    ..Terms::STRICT
};
