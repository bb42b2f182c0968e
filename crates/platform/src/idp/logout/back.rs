//! Asking services to end a session behind the browser's back (SAML 2.0 Profiles §4.4.3.3, SOAP binding).

use std::sync::Arc;

use futures::future::join_all;
use saml::{
    Binding, MessageId, NameFormat,
    receive::{self, Receiver},
    send::{self, Head, Leaving, Name, Unsendable},
    wire,
};

use super::{
    run::{Participant, Progress, Run, confirms},
    soap::PATH,
};
use crate::{
    app::App,
    idp::{outbound::NoAnswer, policy::Encrypt, receiver, sender, services::Service},
};

/// More services than one session is used at. Whoever is beyond is asked through the browser, or not at all.
const AT_ONCE_MAX: usize = 32;

/// Asks every service that can be asked so, all at once. One that cannot be reached is left to the browser, if it can be
/// asked there; one that cannot be asked at all has not confirmed.
pub(crate) async fn ask_all(app: &Arc<App>, run: &mut Run) {
    let (services, now) = (app.services.current(), app.clock.now());
    let mut asked = Vec::new();
    for (place, one) in run.participants.iter_mut().enumerate() {
        let service = saml::EntityId::parse(&one.entity).ok().and_then(|entity| services.get(&entity).cloned());
        // What ended metadata lists no longer counts as an address.
        let service = service.filter(|service| !service.has_ended(now));
        let back = service.as_ref().and_then(|service| service.provider.logout_by(Binding::Soap));
        match (&service, back) {
            (Some(service), Some(endpoint)) if asked.len() < AT_ONCE_MAX => {
                let (service, location) = (Arc::clone(service), endpoint.location.clone());
                asked.push(ask(app, place, one.clone(), service, location));
            }
            _ => one.progress = without_back(service.as_deref()),
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
                without_back(Some(&service))
            }
        };
        run.set(place, progress);
    }
}

/// What becomes of a service that is not, or could not be, asked behind the browser's back.
fn without_back(service: Option<&Service>) -> Progress {
    let by_browser = |how| service.is_some_and(|service| service.provider.logout_by(how).is_some());
    if by_browser(Binding::Redirect) || by_browser(Binding::Post) { Progress::Waiting } else { Progress::Unconfirmed }
}

/// Why a service's answer cannot be used.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    Sent(#[from] NoAnswer),
    #[error(transparent)]
    Ours(#[from] web::Error),
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
            let request = send::logout_request(&head, &leaving(&participant, &to), random, now)?;
            Ok(wire::soap_envelope(&request))
        })
    };
    let answer = app.outbound.soap(&location, envelope.await?).await?;
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
pub(super) fn leaving<'a>(participant: &'a Participant, service: &'a Service) -> Leaving<'a> {
    let format = if participant.transient { NameFormat::Transient } else { NameFormat::Persistent };
    let name = Name { format, value: &participant.name, sp_qualifier: service.provider.entity.as_str() };
    // Where nothing about a person may travel in clear, the name may not either.
    let key = service.provider.encryption.first().filter(|_| service.policy.encrypt == Encrypt::Always);
    Leaving { name, session: &participant.session, encrypt: key.map(|published| &published.key) }
}
