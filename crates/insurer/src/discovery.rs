//! The platform's discovery service, as far as the node speaks to it: of a link that a clerk has ended (Liberty Discovery Service 2.0,
//! `SvcMDAssociationDelete`). What is to be told stands in its row until the platform knows it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use db::transaction;
use idwsf::disco::exchange::{Call, Expect, Question, Reply, open_reply, seal_call};
use idwsf::disco::{Request, Response};
use idwsf::dst::{Code, Outcome, Status};
use idwsf::message::{Answer, LIMITS};
use idwsf::token::name;
use idwsf::{CONTENT_TYPE, EntityId, MessageId, Pseudonym, SignFailed};
use jiff::SignedDuration;
use rustls::crypto::aws_lc_rs;

use crate::app::Partners;
use crate::config::Discovery as Place;
use crate::link::ended::{handle, whole_minute};
use crate::store::untold_end::{self, Untold};
use crate::{App, Error, serve};

/// Where the platform listens, and how to reach it.
pub(crate) struct Discovery {
    address: String,
    platform: EntityId,
    http: reqwest::Client,
}

impl Discovery {
    /// Makes ready what the operator wrote. Only a platform on this machine is spoken to without TLS, and only one of the `providers`
    /// at all: by their keys its answers are checked.
    ///
    /// # Errors
    /// [`Error::Value`], [`Error::Certificate`], [`Error::Tls`].
    pub(crate) fn open(place: &Place, providers: &Partners) -> Result<Discovery, Error> {
        let wrong = || Error::Value { name: "discovery address", value: place.address.clone() };
        let platform = EntityId::parse(&place.entity)
            .map_err(|_| Error::Value { name: "entity ID", value: place.entity.clone() })?;
        if !providers.contains_key(&platform) {
            return Err(Error::Value { name: "discovery entity (one of the providers)", value: place.entity.clone() });
        }
        let authority = |value: &str| Error::Value { name: "discovery authority", value: value.to_owned() };
        let url = url::Url::parse(&place.address).map_err(|_| wrong())?;
        let host = url.host_str().ok_or_else(wrong)?;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(WITHIN);
        let here = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
        let client = match (url.scheme(), &place.authority) {
            ("https", Some(authority)) => {
                let mut roots = rustls::RootCertStore::empty();
                for certificate in serve::certificates(authority)? {
                    roots.add(certificate).map_err(Error::Tls)?;
                }
                let tls = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                    .with_safe_default_protocol_versions()
                    .map_err(Error::Tls)?;
                client
                    .https_only(true)
                    .tls_backend_preconfigured(tls.with_root_certificates(roots).with_no_client_auth())
            }
            ("http", None) if here => {
                let port = url.port_or_known_default().ok_or_else(wrong)?;
                // Not every system knows the names below localhost.
                client.tls_backend_preconfigured(nobody()?).resolve(host, SocketAddr::from(([127, 0, 0, 1], port)))
            }
            ("https", None) => return Err(authority("missing, with an address of https")),
            ("http", Some(_)) if here => return Err(authority("there, with an address of http")),
            _ => return Err(wrong()),
        };
        Ok(Discovery { address: place.address.clone(), platform, http: client.build().map_err(|_| wrong())? })
    }
}

/// TLS that trusts nobody, for a connection without.
fn nobody() -> Result<rustls::ClientConfig, Error> {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let tls = tls.with_safe_default_protocol_versions().map_err(Error::Tls)?;
    Ok(tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// Tells the platform what it was to be told by now.
///
/// # Errors
/// When the database fails.
pub async fn tell_ends(app: &Arc<App>) -> Result<(), Error> {
    if app.discovery.is_none() {
        return Ok(());
    }
    let now = app.clock.now();
    for untold in untold_end::due(&app.db, now).await? {
        let next_at = whole_minute(now, put_off(untold.tries));
        // Whoever puts it off tells it: another process may have found it, too.
        if transaction!(app.db, |tx| -> Error { untold_end::put_off(tx, &untold, next_at).await? })? {
            tell(app, &untold).await?;
        }
    }
    Ok(())
}

/// Tells the platform now; `true` if it knows. What it does not know yet stands in its row.
///
/// # Errors
/// When the database fails.
pub(crate) async fn tell(app: &Arc<App>, untold: &Untold) -> Result<bool, Error> {
    let Some(discovery) = &app.discovery else { return Ok(false) };
    let heard = ended(app, discovery, untold).await;
    match heard {
        Ok(Heard::Stranger) if untold.tries >= STRANGER_TRIES_MAX => {
            transaction!(app.db, |tx| -> Error { untold_end::forget(tx, untold.id).await? })?;
            tracing::error!(code = "LINK-34", "the platform does not know a handle of ours, and is not told any more");
            Ok(false)
        }
        Ok(Heard::Ended | Heard::Over) => {
            let known = heard == Ok(Heard::Ended);
            transaction!(app.db, |tx| -> Error { untold_end::forget(tx, untold.id).await? })?;
            tracing::info!(code = "LINK-30", known, "the platform was told that a link has ended");
            Ok(true)
        }
        Ok(Heard::Stranger) | Err(_) => {
            let why = heard.err().unwrap_or("the platform does not know the handle");
            tracing::warn!(code = "LINK-31", why, "the platform was not told that a link has ended: later again");
            Ok(false)
        }
    }
}

/// What the platform says to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// It has ended it, too: a link, or a wish that the resident had not answered yet.
    Ended,
    /// The handle leads to nothing that stands: somebody has ended it before, perhaps we, whose answer was lost.
    Over,
    /// The handle is none that it has made for us. Made it has: its keys are others now, or our entity ID there is.
    Stranger,
}

/// Keeps telling, for as long as the node runs.
pub(crate) async fn keep_telling(app: &Arc<App>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = tell_ends(app).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(code = "LINK-32", error, "the platform is told of ends of links later");
        }
    }
}

/// Ends the link at the platform, at all of our services that it lists.
async fn ended(app: &Arc<App>, discovery: &Discovery, untold: &Untold) -> Result<Heard, &'static str> {
    let handle = handle(app, untold).map_err(|_| "the handle does not open")?;
    let person = Pseudonym::parse(handle.as_str()).map_err(|_| "the handle is none")?;
    let ids = match ask(app, discovery, &person, Request::Associated(Vec::new())).await? {
        Response::Associated { status: Status { outcome: Outcome::Ok, .. }, ids } if ids.is_empty() => {
            return Ok(Heard::Over);
        }
        Response::Associated { status: Status { outcome: Outcome::Ok, .. }, ids } => ids,
        other => return stranger(&other),
    };
    match ask(app, discovery, &person, Request::Dissociate(ids)).await? {
        Response::Dissociate(Status { outcome: Outcome::Ok, .. }) => Ok(Heard::Ended),
        other => stranger(&other),
    }
}

fn stranger(response: &Response) -> Result<Heard, &'static str> {
    let reasons = &response.status().reasons;
    let nobody = !reasons.is_empty() && reasons.iter().all(|one| one.code == Code::NOT_FOUND && one.item.is_none());
    if nobody { Ok(Heard::Stranger) } else { Err("the platform refuses") }
}

/// One question about whom the platform has given us a handle for, and its verified answer.
async fn ask(
    app: &Arc<App>,
    discovery: &Discovery,
    person: &Pseudonym,
    request: Request,
) -> Result<Response, &'static str> {
    let (id, question) = (app.message_id(), Question::Discovery(request));
    let topic = question.topic();
    let sealing = {
        let (here, person, id) = (Arc::clone(app), person.clone(), id.clone());
        move || sealed(&here, &person, &id, &question)
    };
    let message = app.processors.run(sealing).await.and_then(Result::ok).ok_or("it could not be signed")?;
    let answer = post(discovery, &topic.action(), message).await?;
    let keys = app.provider(&discovery.platform).ok_or("the platform is no provider of ours")?;
    let expect = Expect { in_reply_to: &id, from: &discovery.platform, keys, topic };
    match open_reply(&answer, &expect, app.clock.now()).map_err(|_| "the answer does not verify")? {
        Answer::Reply(Reply::Discovery(response)) => Ok(response),
        Answer::Reply(Reply::Mapping(_)) => Err("the answer is to another question"),
        Answer::Fault(fault) => {
            tracing::warn!(fault = fault.code, status = fault.status, "the platform answers with a fault");
            Err("the platform answers with a fault")
        }
    }
}

fn sealed(app: &App, person: &Pseudonym, id: &MessageId, question: &Question) -> Result<Vec<u8>, SignFailed> {
    let discovery = app.discovery.as_ref().ok_or(SignFailed)?;
    let now = app.clock.now();
    app.as_sender(|sender| {
        let token = name(sender, &discovery.platform, person, &mut |bytes| app.random.fill(bytes), now)?;
        let call = Call { sender: *sender, to: &discovery.address, token: Some(&token), message_id: id, question };
        seal_call(&call, now)
    })
}

/// Posts a message and reads the answer, no more of it than a message may have.
async fn post(discovery: &Discovery, action: &str, message: Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let request = discovery.http.post(&discovery.address).header("content-type", CONTENT_TYPE);
    let request = request.header("soapaction", format!("\"{action}\"")).body(message);
    let mut response = request.send().await.map_err(|_| "no connection")?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| "no whole answer")? {
        if body.len() + chunk.len() > LIMITS.bytes {
            return Err("the answer is too long");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// How long the next telling waits at least after so many that failed: a quarter of a minute, then twice as long each time.
fn put_off(tries: i64) -> SignedDuration {
    let doubled = u32::try_from(tries).ok().and_then(|tries| 15_i64.checked_shl(tries.min(16)));
    SignedDuration::from_secs(doubled.unwrap_or(i64::MAX)).min(PUT_OFF_MAX)
}

/// How long one answer may take: a clerk waits for it.
const WITHIN: Duration = Duration::from_secs(5);
/// How long a telling that failed is put off at most.
const PUT_OFF_MAX: SignedDuration = SignedDuration::from_hours(1);
/// How often an end has been tried, at least, that has waited for a day.
pub(crate) const TRIES_OF_A_DAY: i64 = 32;
/// How often an end is told that the platform cannot place: for a month, nearly all of it by the hour. Within it somebody may put
/// right what was changed; after it, tellings would come back for ever.
const STRANGER_TRIES_MAX: i64 = 30 * 24;
const LOOK_EVERY: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_of_a_day_ago_was_tried_as_often_as_the_doctor_counts() {
        // Before the last of so many.
        let waited = |tries: i64| (0..tries - 1).map(|tries| put_off(tries).as_secs()).sum::<i64>();
        let day = 24 * 3600;
        assert!(waited(TRIES_OF_A_DAY) >= day && waited(TRIES_OF_A_DAY - 1) < day);
    }
}
