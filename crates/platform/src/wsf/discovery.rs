//! Where a resident's records are, for a service that they have let find them. Without that the answer is the one that a
//! resident without any records has. What is answered about a resident is in the access log first.

use std::sync::Arc;

use idwsf::{
    Fault, MessageId, TokenRefused,
    disco::{
        Query, Request, Response,
        exchange::{Authenticated, Person, Question, Reply, VerifiedCall, seal_reply},
    },
    message::{Rejected, Replay, WINDOW, seal_fault},
    token::{AuthnClass, Permit},
};
use web::Error;

use super::{
    directory::{Opened, as_sender, opened},
    places::{Asker, Places},
};
use crate::{
    app::App,
    audit::{self, Actor, Asked, Receipt, Visit},
    consent::records,
    exchange::{KEPT, SHOWN},
    idp::{
        bootstrap::{self, Whom},
        seen,
    },
    purpose::{Category, Purpose},
    store,
};

/// What goes back: the HTTP status and the envelope.
type Sealed = (u16, Vec<u8>);

/// Answers a message; one that is too long is `None`.
///
/// # Errors
/// [`Error::Busy`], or when not even a fault could be signed.
pub(super) async fn answer(app: &Arc<App>, message: Option<Vec<u8>>) -> Result<Sealed, Error> {
    let here = Arc::clone(app);
    let opening = move || match message {
        Some(message) => opened(&here, &message, here.clock.now()),
        None => Err(Rejected { fault: Fault::Unreadable("too large"), in_reply_to: None }),
    };
    let Opened { authenticated, certificate } =
        match app.processors.run_for_stranger(opening).await.map_err(|_| Error::Busy)? {
            Some(Ok(opened)) => opened,
            Some(Err(rejected)) => return refused(app, rejected, true).await,
            None => return refused(app, Rejected { fault: Fault::Own, in_reply_to: None }, true).await,
        };
    let in_reply_to = authenticated.message_id().clone();
    let answerable = match admitted(app, authenticated).await {
        Ok(call) => prepared(app, call, certificate).await,
        Err(fault) => Err(fault),
    };
    let made = match answerable {
        Ok(answerable) => sealed(app, answerable, in_reply_to.clone()).await,
        Err(fault) => Err(fault),
    };
    match made {
        Ok(envelope) => Ok((200, envelope)),
        Err(fault) => refused(app, Rejected { fault, in_reply_to: Some(in_reply_to) }, false).await,
    }
}

/// A message that comes for the first time, and is what it says.
async fn admitted(app: &App, authenticated: Authenticated) -> Result<VerifiedCall, Fault> {
    let now = app.clock.now();
    let id = format!("wsf {}", authenticated.message_id());
    let forget_at = now.saturating_add(WINDOW * 2).unwrap_or(now);
    let replay = match seen::first(app, authenticated.sender(), &id, forget_at).await {
        Ok(true) => Replay::Fresh,
        Ok(false) => Replay::Seen,
        Err(error) => return Err(own(&error)),
    };
    authenticated.admit(replay).map_err(|rejected| rejected.fault)
}

/// An answer that may be made.
enum Answerable {
    /// The question was none.
    Unread(Reply),
    /// What was found; the log has it.
    Found(Box<Finding>),
}

struct Finding {
    places: Places,
    query: Query,
    person: Person,
    /// Without it there is none.
    _receipt: Receipt,
}

/// Of all that the protocol has, queries are answered here.
async fn prepared(app: &App, call: VerifiedCall, certificate: Vec<u8>) -> Result<Answerable, Fault> {
    let VerifiedCall { sender, message_id, person, question, headers } = call;
    let query = match question {
        Ok(Question::Discovery(Request::Query(query))) => query,
        Err(reply @ Reply::Discovery(Response::Query { .. })) => return Ok(Answerable::Unread(reply)),
        _ => return Err(Fault::ActionUnknown),
    };
    let person = person.ok_or(TokenRefused::Missing)?;
    // Residents let services find their records for treatment, and log in with the card and the PIN for that.
    if headers.purpose.is_some_and(|purpose| purpose != Purpose::Treatment.stated()) {
        return Err(Fault::Purpose);
    }
    if person.authn.class != AuthnClass::SmartcardPki {
        return Err(Fault::Weak(AuthnClass::SmartcardPki));
    }
    let whom = bootstrap::whom(app, &sender, &person.subject).await.map_err(|error| own(&error))?;
    // Made for another service, which has lost it, or by nobody.
    let whom = whom.ok_or(TokenRefused::Qualifier)?;
    let as_of = app.clock.now();
    let permits = consented(app, &whom).await.map_err(|error| own(&error))?;
    let links = store::link::of(&app.db, whom.resident).await.map_err(|error| own(&error))?;
    let purpose = if permits.is_empty() { Purpose::ServiceQuery } else { Purpose::Treatment };
    let asker = Asker { entity: sender.clone(), certificate, permits, as_of };
    let places = Places::of(app, whom.resident, links, asker);
    let asked =
        |source: &str, outcome| Asked { source: source.to_owned(), outcome, message: message_id.as_str().to_owned() };
    let found = places.find(&query).matches;
    let mut sources: Vec<_> = found.iter().map(|one| asked(one.metadata.provider.as_str(), SHOWN)).collect();
    if sources.is_empty() {
        sources.push(asked(app.idp_entity.as_str(), KEPT));
    }
    let consent_stated = headers.consent.map(|consent| consent.uri.as_str());
    tracing::info!(
        code = "WSF-31", service = %sender, request.id = %message_id, consent_stated, "a service asked where records are"
    );
    let visit = Visit {
        subject: whom.resident,
        actor: Actor::Service { entity: sender.as_str().to_owned() },
        category: Category::Discovery,
        purpose,
        sources,
    };
    drop(found);
    let receipt = audit::record(app, &visit).await.map_err(|_| Fault::Own)?;
    Ok(Answerable::Found(Box::new(Finding { places, query, person, _receipt: receipt })))
}

/// What the resident has let the service of this link find, as far as the office still lets it ask.
async fn consented(app: &App, whom: &Whom) -> Result<Vec<Permit>, Error> {
    let Some(link) = &whom.link else { return Ok(Vec::new()) };
    let service = link.entity.parse().ok().and_then(|entity| app.services.current().get(&entity).cloned());
    let offered = service.map(|service| service.policy.finds()).unwrap_or_default();
    let given = records::of_link(&app.db, whom.resident, link, app.clock.now()).await.map_err(Error::ours)?;
    let given = given.into_iter().filter(|consent| offered.contains(&consent.category));
    Ok(given.filter_map(|consent| Permit::new(&consent.category.code(), consent.purpose.stated())).collect())
}

/// Makes the answer: two RSA operations for each place, and the signature.
async fn sealed(app: &Arc<App>, answerable: Answerable, in_reply_to: MessageId) -> Result<Vec<u8>, Fault> {
    let here = Arc::clone(app);
    let making = move || {
        let (app, now) = (&*here, here.clock.now());
        let reply = match answerable {
            Answerable::Unread(reply) => reply,
            Answerable::Found(finding) => {
                let found = finding.places.find(&finding.query);
                let one = |found| finding.places.reference(app, found, finding.person.authn);
                let references =
                    found.matches.iter().map(one).collect::<Result<_, _>>().map_err(|error| own(&error))?;
                Reply::Discovery(Response::Query { status: found.status.clone(), references })
            }
        };
        as_sender(app, now, |sender| seal_reply(sender, &in_reply_to, &message_id(app), &reply, now))
            .map_err(|error| own(&error))
    };
    app.processors.run(making).await.unwrap_or(Err(Fault::Own))
}

/// Says why a message was not followed.
async fn refused(app: &Arc<App>, rejected: Rejected, stranger: bool) -> Result<Sealed, Error> {
    let Rejected { fault, in_reply_to } = rejected;
    tracing::warn!(code = fault.code(), "a message to the discovery service is refused: {fault}");
    let here = Arc::clone(app);
    let making = move || {
        let (app, now) = (&*here, here.clock.now());
        as_sender(app, now, |sender| seal_fault(sender, in_reply_to.as_ref(), &message_id(app), &fault, now))
    };
    let made = if stranger {
        app.processors.run_for_stranger(making).await.map_err(|_| Error::Busy)?
    } else {
        app.processors.run(making).await
    };
    let envelope = made.and_then(Result::ok).ok_or_else(|| Error::Ours("a fault could not be signed".to_owned()))?;
    Ok((fault.http_status(), envelope))
}

fn message_id(app: &App) -> MessageId {
    MessageId::from_random(app.random.bytes())
}

/// Our own failure.
fn own(error: &dyn std::error::Error) -> Fault {
    tracing::error!(code = Fault::Own.code(), %error, "the discovery service cannot answer");
    Fault::Own
}
