//! Asking services to end a session behind the browser's back (SAML 2.0 Profiles §4.4.3.3, SOAP binding).

use std::sync::Arc;

use futures::future::join_all;
use saml::{
    Binding, MessageId, NameFormat,
    receive::{self, Receiver},
    send::{self, Head, Leaving, Name, Unsendable},
    wire,
};
use tracing::Instrument as _;
use web::Error;
use xml::EncryptionKey;

use super::{
    kept,
    run::{Participant, Progress, Run, confirms},
    soap::PATH,
};
use crate::{
    app::App,
    idp::{
        answer::{Unencryptable, recipient},
        outbound::NoAnswer,
        policy::Encrypt,
        receiver, sender,
        services::Service,
    },
};

/// Asks whom it can in a task of its own, which goes on when the browser has gone away, and keeps how it went under `digest`.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn asked(app: &Arc<App>, digest: [u8; 32], mut run: Run) -> Result<Run, Error> {
    let app = Arc::clone(app);
    let asking = async move {
        ask_all(&app, &mut run).await;
        let run = kept::settle(&app, digest, &run).await?.unwrap_or(run);
        if !run.by_browser {
            left(&run);
        }
        Ok(run)
    };
    tokio::spawn(asking.in_current_span()).await.map_err(Error::ours)?
}

/// The same where nobody waits for the outcome.
pub(super) fn asked_by_nobody(app: &Arc<App>, digest: [u8; 32], run: Run) {
    let app = Arc::clone(app);
    let asking = async move {
        if let Err(error) = asked(&app, digest, run).await {
            tracing::warn!(code = "IDP-22", %error, "services could not be asked for a logout");
        }
    };
    tokio::spawn(asking.in_current_span());
}

/// Says which services are left where no browser goes on.
fn left(run: &Run) {
    for one in run.participants.iter().filter(|one| one.progress == Progress::Waiting) {
        tracing::warn!(code = "IDP-22", service = one.entity, "the service's session could not be ended");
    }
}

/// Goes on with every logout in which a process was interrupted while it asked: each service that has not answered is asked
/// again. One that has ended its session on the first question may not know it on the second, and counts as not confirmed.
///
/// # Errors
/// When the database fails.
pub async fn resume(app: &Arc<App>) -> Result<(), Error> {
    let interrupted = kept::taken_over(app).await?;
    let asking = interrupted.into_iter().map(|(digest, run)| {
        tracing::warn!(code = "IDP-32", services = run.participants.len(), "a logout was interrupted, and goes on");
        asked(app, digest, run)
    });
    for unasked in join_all(asking).await.into_iter().filter_map(Result::err) {
        // It stays interrupted, and is gone on with again.
        tracing::warn!(code = "IDP-22", error = %unasked, "services could not be asked for a logout");
    }
    Ok(())
}

/// More services than one session is used at. Whoever is beyond is asked through the browser, or not at all.
const AT_ONCE_MAX: usize = 32;

/// Asks every service that can be asked so, all at once, but for those with several sessions where a browser goes on: it shows
/// which of them lives, and mod_auth_mellon says that all have ended when it has ended one. One that gave no answer that can be used is left to the browser, if
/// it can be asked there; one that says no is not asked again.
async fn ask_all(app: &Arc<App>, run: &mut Run) {
    let (services, now, goes_on) = (app.services.current(), app.clock.now(), run.by_browser);
    let mut asked = Vec::new();
    for (place, one) in run.participants.iter_mut().enumerate() {
        if one.progress != Progress::Waiting {
            continue;
        }
        let service = saml::EntityId::parse(&one.entity).ok().and_then(|entity| services.get(&entity).cloned());
        // What ended metadata lists no longer counts as an address.
        let service = service.filter(|service| !service.has_ended(now));
        let shown = goes_on && one.sessions.len() > 1 && by_browser(service.as_deref()) == Progress::Waiting;
        let back = service.as_ref().and_then(|service| service.provider.logout_by(Binding::Soap)).filter(|_| !shown);
        match (&service, back) {
            (Some(service), Some(endpoint)) if asked.len() < AT_ONCE_MAX => {
                let (service, location) = (Arc::clone(service), endpoint.location.clone());
                asked.push(ask(app, place, one.clone(), service, location));
            }
            _ => one.progress = by_browser(service.as_deref()),
        }
    }
    for (place, service, outcome) in join_all(asked).await {
        let entity = service.provider.entity.as_str();
        let progress = match outcome {
            Ok(true) => {
                tracing::info!(code = "IDP-21", service = entity, "the service has ended its session");
                Progress::Confirmed
            }
            Ok(false) => {
                tracing::warn!(code = "IDP-22", service = entity, "the service says that its session goes on");
                Progress::Unconfirmed
            }
            Err(reason) => {
                tracing::warn!(code = "IDP-22", service = entity, %reason, "the service did not confirm a logout");
                by_browser(Some(&service))
            }
        };
        run.set(place, progress);
    }
}

/// What becomes of a service that is not, or could not be, asked behind the browser's back.
fn by_browser(service: Option<&Service>) -> Progress {
    let can_be_asked = |service: &&Service| {
        let takes = |how| service.provider.logout_by(how).is_some();
        cipher(service).is_ok() && (takes(Binding::Redirect) || takes(Binding::Post))
    };
    if service.filter(can_be_asked).is_some() { Progress::Waiting } else { Progress::Unconfirmed }
}

/// Why a service's answer cannot be used.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    Sent(#[from] NoAnswer),
    #[error(transparent)]
    Ours(#[from] Error),
    #[error("the name must go in cipher, and no key of the service can be used for it")]
    Unencryptable,
    #[error("{0}")]
    Refused(&'static str),
    #[error("the answer is another service's, or to another question")]
    Other,
}

async fn ask(
    app: &Arc<App>,
    place: usize,
    participant: Participant,
    service: Arc<Service>,
    location: String,
) -> (usize, Arc<Service>, Result<bool, Unanswered>) {
    let outcome = confirmed(app, participant, &service, location).await;
    (place, service, outcome)
}

async fn confirmed(
    app: &Arc<App>,
    participant: Participant,
    service: &Arc<Service>,
    location: String,
) -> Result<bool, Unanswered> {
    let id = MessageId::from_random(app.random.bytes());
    let envelope = {
        let (id, location, to) = (id.clone(), location.clone(), Arc::clone(service));
        sender::made(app, service, move |signer, random, now| -> Result<_, Unsendable> {
            let head = Head { signer: *signer, id: &id, destination: Some(&location), sign: true };
            let Ok(leaving) = leaving(&participant, &to) else { return Ok(None) };
            let request = send::logout_request(&head, &leaving, random, now)?;
            Ok(Some(wire::soap_envelope(&request)))
        })
    };
    let answer = app.outbound.soap(&location, envelope.await?.ok_or(Unanswered::Unencryptable)?).await?;
    let opened = receiver::opened(app, PATH, move |receiver: &Receiver<'_>, now| {
        receive::soap(&answer)
            .map_err(|reason| reason.code())
            .and_then(|received| receive::logout_response(&received, receiver, now).map_err(|bad| bad.reason.code()))
    });
    let answer = opened.await?.map_err(Unanswered::Refused)?;
    if *answer.sender() != service.provider.entity || answer.message().in_response_to != id {
        return Err(Unanswered::Other);
    }
    Ok(confirms(&answer.message().status))
}

/// Who leaves, as a request to `service` says it.
///
/// # Errors
/// When the name may not go in clear, and cannot go in cipher.
pub(super) fn leaving<'a>(participant: &'a Participant, service: &'a Service) -> Result<Leaving<'a>, Unencryptable> {
    let format = if participant.transient { NameFormat::Transient } else { NameFormat::Persistent };
    let name = Name { format, value: &participant.name, sp_qualifier: service.provider.entity.as_str() };
    Ok(Leaving { name, sessions: &participant.sessions, encrypt: cipher(service)? })
}

/// The key that the name goes in cipher to, where nothing about a person may travel in clear. Elsewhere it goes in clear:
/// much software that opens encrypted assertions knows no encrypted name in a logout.
fn cipher(service: &Service) -> Result<Option<&EncryptionKey>, Unencryptable> {
    if service.policy.encrypt == Encrypt::Always { recipient(service) } else { Ok(None) }
}
