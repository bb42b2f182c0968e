//! One question to every institution that holds something: all at once, each with its deadline.

use std::sync::Arc;

use futures::future::join_all;
use health::{Coverage, coverage_xml};
use idwsf::{
    MessageId, Pseudonym, Sender, SignFailed,
    dst::{Code, Outcome, Query, Reply},
    message::{self, Consent, ConsentUri, Expect, Request},
    token::{self, Authn, Mint},
};
use jiff::{SignedDuration, Timestamp};
use keys::Keys;

use super::{Answer, Failed, Reason, SHOWN, Undisclosed, insurers::Insurer};
use crate::{
    app::{App, key},
    audit::{Actor, Asked, Visit},
    consent::Consented,
    ids::ResidentId,
    purpose::Category,
    store::{self, link::Link, service_session::minute},
};

/// Largest answer that is read. A family's whole history is a few kilobytes.
const ANSWER_BYTES_MAX: usize = 128 * 1024;

/// How long a token lives: one question and its answer, with room for a slow clock.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// Asks every institution that is linked to the resident, who has shown themselves as `authn` says. What comes back stays
/// closed until it is in the log.
///
/// # Errors
/// When the database fails. An institution that fails is part of the answer, not an error.
pub async fn fetch(
    app: &Arc<App>,
    consented: Consented,
    actor: Actor,
    category: Category,
    authn: Authn,
) -> Result<Undisclosed, web::Error> {
    let links = store::link::of(&app.db, consented.resident()).await.map_err(web::Error::ours)?;
    // No closer than this: two institutions would find an instant of one session in each other's records.
    let authn = Authn { instant: minute(authn.instant), ..authn };
    let (mut sources, mut answers, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let mut questions = Vec::new();
    for link in links {
        if let Some(insurer) = app.insurers.find(&link.provider).cloned() {
            questions.push(Question { consented, category, authn, link, insurer });
        } else {
            let (reason, entity) = (Reason::Unknown, link.provider);
            tracing::error!(code = reason.code(), source = entity, "a linked institution is not in the configuration");
            sources.push(Asked { source: entity.clone(), outcome: reason.code(), message: String::new() });
            failures.push(Failed { source: None, entity, reason });
        }
    }
    let asked = join_all(questions.into_iter().map(|question| ask(Arc::clone(app), question))).await;
    for (source, message, outcome) in asked {
        let code = outcome.as_ref().map_or_else(|reason| reason.code(), |_| SHOWN);
        sources.push(Asked { source: source.entity.as_str().to_owned(), outcome: code, message });
        match outcome {
            Ok((as_of, coverage)) => answers.push(Answer { source, as_of, coverage }),
            Err(reason) => {
                let entity = source.entity.as_str().to_owned();
                failures.push(Failed { source: Some(source), entity, reason });
            }
        }
    }
    let (subject, purpose) = (consented.resident(), consented.purpose());
    Ok(Undisclosed { visit: Visit { subject, actor, category, purpose, sources }, answers, failures })
}

/// What one institution is asked.
struct Question {
    consented: Consented,
    category: Category,
    authn: Authn,
    link: Link,
    insurer: Arc<Insurer>,
}

/// What an institution is known to hold, as of when.
type Holding = (Timestamp, Vec<Coverage>);

async fn ask(app: Arc<App>, question: Question) -> (Arc<Insurer>, String, Result<Holding, Reason>) {
    let insurer = Arc::clone(&question.insurer);
    let message_id = MessageId::from_random(app.random.bytes());
    let outcome = match tokio::time::timeout(app.insurers.deadline, exchange(&app, question, &message_id)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Reason::Slow),
    };
    if let Err(reason) = &outcome {
        tracing::warn!(code = reason.code(), source = %insurer.entity, message.id = %message_id, "no usable answer");
    }
    (insurer, message_id.as_str().to_owned(), outcome)
}

async fn exchange(app: &Arc<App>, question: Question, message_id: &MessageId) -> Result<Holding, Reason> {
    let (insurer, category) = (Arc::clone(&question.insurer), question.category);
    let sealing = {
        let (app, message_id) = (Arc::clone(app), message_id.clone());
        // Two RSA signatures: a millisecond of pure computing, kept off the threads that serve everybody else.
        move || seal(&app, &question, &message_id)
    };
    let request = app.processors.run(sealing).await.and_then(Result::ok).ok_or_else(|| {
        tracing::error!(code = "EXCHANGE-05", "a question could not be signed");
        Reason::Untrusted
    })?;
    let answer = post(app, &insurer, request).await?;
    let expect =
        Expect { in_reply_to: message_id, from: &insurer.entity, keys: &insurer.signing, service: insurer.service };
    let read = |reply: &Reply<'_, '_>| holding(&insurer, category, reply);
    match message::open_response(&answer, &expect, app.clock.now(), read) {
        Ok(message::Answer::Reply(holding)) => holding,
        Ok(message::Answer::Fault(fault)) => {
            tracing::warn!(source = %insurer.entity, fault = fault.code, status = fault.status, "the question met a fault");
            Err(Reason::Refused)
        }
        Err(refused) => {
            tracing::error!(code = refused.code(), source = %insurer.entity, %refused, "the answer does not verify");
            Err(Reason::Untrusted)
        }
    }
}

/// Mints the token and seals the message.
fn seal(app: &App, question: &Question, message_id: &MessageId) -> Result<Vec<u8>, Unsealed> {
    let now = app.clock.now();
    let pseudonym = pseudonym(&app.keys, question.consented.resident(), &question.link)?;
    let sign_token = |bytes: &[u8]| app.keys.sign(key::TOKEN, bytes).map_err(|_| SignFailed);
    let sign_message = |bytes: &[u8]| app.keys.sign(key::SIGN, bytes).map_err(|_| SignFailed);
    let mint = Mint {
        issuer: Sender { entity: &app.insurers.entity, sign: &sign_token },
        audience: &question.insurer.entity,
        recipient: &question.insurer.encryption,
        pseudonym: &pseudonym,
        authn: question.authn,
        lifetime: TOKEN_LIFETIME,
    };
    let token = token::mint(&mint, &mut |bytes| app.random.fill(bytes), now).map_err(|_| Unsealed)?;
    let query = Query::one(question.insurer.service, &question.category.select(question.insurer.service));
    let request = Request {
        sender: Sender { entity: &app.insurers.entity, sign: &sign_message },
        to: &question.insurer.address,
        token: &token,
        consent: Some(Consent { uri: ConsentUri::Prior, given_at: Some(question.consented.given_at()) }),
        purpose: question.consented.purpose().stated(),
        query: &query,
        message_id,
    };
    message::seal_request(&request, now).map_err(|_| Unsealed)
}

/// A message could not be made: the key store failed.
struct Unsealed;

impl From<keys::Error> for Unsealed {
    fn from(_: keys::Error) -> Self {
        Self
    }
}

/// The name under which one institution knows one resident. Derived, never stored: whoever takes the database can
/// join nothing with it.
///
/// # Errors
/// When the key store fails.
pub fn pseudonym(keys: &Keys, resident: ResidentId, link: &Link) -> Result<Pseudonym, keys::Error> {
    let parts: [&[u8]; 3] = [&resident.bytes(), link.provider.as_bytes(), &link.generation.to_be_bytes()];
    let derived = keys.hmac256(key::PAIRWISE, "SSC pairwise/1", &parts)?;
    // Sixty-four hexadecimal digits are a legal NameID of any profile.
    Pseudonym::parse(&hex::encode(derived)).map_err(|_| keys::Error::Failed { name: key::PAIRWISE.to_owned() })
}

/// Posts a sealed message and reads the answer, no more of it than is allowed.
async fn post(app: &App, insurer: &Insurer, request: Vec<u8>) -> Result<Vec<u8>, Reason> {
    let action = format!("\"{}\"", insurer.service.query_action());
    let sent = app
        .insurers
        .http
        .post(&insurer.address)
        .header("content-type", idwsf::CONTENT_TYPE)
        .header("soapaction", action)
        .body(request)
        .send();
    let mut response = sent.await.map_err(|error| {
        tracing::debug!(source = %insurer.entity, %error, "no connection");
        Reason::Down
    })?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Reason::Down)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Reason::Untrusted);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads the records out of a verified reply.
fn holding(insurer: &Insurer, category: Category, reply: &Reply<'_, '_>) -> Result<Holding, Reason> {
    let as_of = reply.time_stamp.ok_or(Reason::Untrusted)?;
    if reply.status.outcome != Outcome::Ok {
        // A link that has ended, or nobody of that name: an answer too, and an empty one.
        let nothing = !reply.status.reasons.is_empty()
            && reply.status.reasons.iter().all(|reason| reason.code == Code::DOES_NOT_EXIST);
        return if nothing { Ok((as_of, Vec::new())) } else { Err(Reason::Refused) };
    }
    let ns = insurer.service.ns();
    let mut coverage = Vec::new();
    for data in reply.data() {
        for node in data.node.children().filter(xml::Node::is_element) {
            match category {
                Category::Coverage | Category::Release(_) | Category::Discovery => {
                    coverage.push(coverage_xml::read(node, ns).map_err(|_| Reason::Untrusted)?);
                }
                Category::Eligibility => {
                    coverage.extend(coverage_xml::read_eligibility(node, ns).map_err(|_| Reason::Untrusted)?.1);
                }
            }
        }
    }
    // An institution vouches for its own insurance only, and a question is about one person.
    let foreign = coverage.iter().any(|period| period.insurer != insurer.number);
    let born = coverage.first().map(|period| period.person.birth);
    if foreign || coverage.iter().any(|period| Some(period.person.birth) != born) {
        return Err(Reason::Untrusted);
    }
    Ok((as_of, coverage))
}
