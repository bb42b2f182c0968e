//! Where a resident's records are, for a service that they have let find them. Without that the answer is the one that a
//! resident without any records has. What is answered about a resident is in the access log first.

use idwsf::{
    EntityId, Fault, MessageId, TokenRefused,
    disco::{
        Query, Request, Response,
        exchange::{Person, Question, Reply, VerifiedCall},
    },
    mapping as mapping_messages,
    message::{Headers, ProcessingContext},
    token::{AuthnClass, Permit},
};
use jiff::SignedDuration;
use web::Error;

use super::{
    ask,
    mapping::{self, Mapping},
    message::{Answerable, Came, own},
    places::{Asker, Places, Unmade},
    registry,
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
    store::{self, service_consent::ServiceConsent},
};

/// What was found.
pub(super) struct Finding {
    places: Places,
    query: Query,
    person: Person,
    /// Without it there is none.
    _receipt: Receipt,
}

impl Finding {
    /// The answer, with a token for each place.
    ///
    /// # Errors
    /// [`Unmade`].
    pub(super) fn reply(&self, app: &App) -> Result<Reply, Unmade> {
        let found = self.places.find(&self.query);
        let one = |found| self.places.reference(app, found, self.person.authn);
        let references = found.matches.iter().map(one).collect::<Result<_, _>>()?;
        Ok(Reply::Discovery(Response::Query { status: found.status.clone(), references }))
    }
}

/// What may be answered to a message that came to `path`.
///
/// # Errors
/// The fault to answer with.
pub(super) async fn prepared(app: &App, path: &str, call: VerifiedCall, came: Came) -> Result<Answerable, Fault> {
    let VerifiedCall { sender, message_id, person, question, headers } = call;
    let by = By { sender, message_id, person, headers };
    match question {
        Ok(Question::Discovery(Request::Query(query))) if path == bootstrap::PATH => {
            of_resident(app, by, Wanted::Places(query), came).await
        }
        Ok(Question::Mapping(request)) if path == mapping::PATH => {
            of_resident(app, by, Wanted::Mapping(request), came).await
        }
        Ok(Question::Discovery(request)) if path == bootstrap::PATH => {
            came.is_awaited(app, &by.headers)?;
            registry::answered(app, &by.sender, &request, by.headers.context).await.map(Answerable::Plain)
        }
        Err(reply) if matches!(reply, Reply::Mapping(_)) == (path == mapping::PATH) => Ok(Answerable::Plain(reply)),
        _ => Err(Fault::ActionUnknown),
    }
}

/// Who asks, by which message, with whose token.
struct By {
    sender: EntityId,
    message_id: MessageId,
    person: Option<Person>,
    headers: Headers,
}

async fn of_resident(app: &App, by: By, asked: Wanted, came: Came) -> Result<Answerable, Fault> {
    let By { sender, message_id, person, headers } = by;
    // Institutions register; they find nobody, and have no key here that a token could be for.
    let certificate = came.certificate.clone().ok_or(Fault::ActionUnknown)?;
    let person = person.ok_or(TokenRefused::Missing)?;
    // Residents let services find their records for treatment, and log in with the card and the PIN for that.
    if headers.purpose.is_some_and(|purpose| purpose != Purpose::Treatment.stated()) {
        return Err(Fault::Purpose);
    }
    let lasted = came.received.duration_since(person.authn.instant);
    if person.authn.class != AuthnClass::SmartcardPki || lasted > LOGIN_LASTS {
        return Err(Fault::Weak(AuthnClass::SmartcardPki));
    }
    let whom = bootstrap::whom(app, &sender, &person.subject).await.map_err(|error| own(&error))?;
    // Made for another service, which has lost it, or by nobody.
    let whom = whom.ok_or(TokenRefused::Qualifier)?;
    let about = format!("discovery {}", hex::encode(whom.resident.bytes()));
    if !seen::spend(app, &sender, &about, (QUESTIONS_MAX, WITHIN)).await.map_err(|error| own(&error))? {
        return Err(Fault::TooOften);
    }
    let as_of = app.clock.now();
    let Leave { offered, permits, towards } = leave(app, &whom).await.map_err(|error| own(&error))?;
    let unasked = permits.is_empty() && !offered.is_empty();
    let links = store::link::of(&app.db, whom.resident).await.map_err(|error| own(&error))?;
    let purpose = if permits.is_empty() { Purpose::ServiceQuery } else { Purpose::Treatment };
    let asker = Asker { entity: sender.clone(), certificate, permits, as_of };
    let places = Places::of(app, whom.resident, links, asker).await.map_err(|error| own(&error))?;
    let told = match &asked {
        Wanted::Places(query) => places.find(query).matches.iter().map(|one| one.metadata.provider.as_str()).collect(),
        Wanted::Mapping(request) => mapping::told(request, &places, &towards),
    };
    came.is_awaited(app, &headers)?;
    let receipt = logged(app, (&whom, &sender, purpose), &message_id, (told, &headers)).await?;
    if let (true, Some(offer), Some(link)) = (unasked, &headers.interaction, &whom.link) {
        if headers.context == Some(ProcessingContext::Simulate) {
            // The page would be a trace.
            return Err(Fault::InteractionRequired);
        }
        return ask::begin(app, (whom.resident, link), &offered, offer).await.map(Answerable::Ask);
    }
    Ok(match asked {
        Wanted::Places(query) => Answerable::Found(Box::new(Finding { places, query, person, _receipt: receipt })),
        Wanted::Mapping(request) => {
            Answerable::Mapped(Box::new(Mapping { request, places, person, towards, _receipt: receipt }))
        }
    })
}

impl Came {
    /// Whether the sender still waits for an answer, as far as they have said for how long. Looked at before anything is changed, or
    /// said in the log to be told.
    fn is_awaited(&self, app: &App, headers: &Headers) -> Result<(), Fault> {
        headers.timeout.map_or(Ok(()), |timeout| timeout.check(self.received, app.clock.now()))
    }
}

/// What is asked about a resident.
enum Wanted {
    /// Where their records are.
    Places(Query),
    /// Tokens for institutions that the service names.
    Mapping(mapping_messages::Request),
}

/// How old a login may be: no session of a resident's lasts longer, and whoever is still there logs in again.
const LOGIN_LASTS: SignedDuration = SignedDuration::from_hours(2);

/// How often a service is answered about the same resident within [`WITHIN`]: tokens live for five minutes.
const QUESTIONS_MAX: u8 = 20;

/// Any such stretch of time.
const WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Has the access log say what the service asked, and what is answered.
async fn logged(
    app: &App,
    (whom, sender, purpose): (&Whom, &EntityId, Purpose),
    message_id: &MessageId,
    (told, headers): (Vec<&str>, &Headers),
) -> Result<Receipt, Fault> {
    let asked =
        |source: &str, outcome| Asked { source: source.to_owned(), outcome, message: message_id.as_str().to_owned() };
    let mut sources: Vec<_> = told.into_iter().map(|source| asked(source, SHOWN)).collect();
    if sources.is_empty() {
        sources.push(asked(app.idp_entity.as_str(), KEPT));
    }
    let consent_stated = headers.consent.map(|consent| consent.uri.as_str());
    let simulated = headers.context == Some(ProcessingContext::Simulate);
    tracing::info!(
        code = "WSF-31", service = %sender, request.id = %message_id, consent_stated, simulated,
        "a service asked where records are"
    );
    let visit = Visit {
        subject: whom.resident,
        actor: Actor::Service { entity: sender.as_str().to_owned() },
        category: Category::Discovery,
        purpose,
        sources,
    };
    audit::record(app, &visit).await.map_err(|_| Fault::Own)
}

/// What a service may ask for, and what of that the resident lets it.
#[derive(Default)]
struct Leave {
    /// By the office's leave.
    offered: Vec<Category>,
    /// By the resident's, too.
    permits: Vec<Permit>,
    /// The institutions that it may name to identity mapping.
    towards: Vec<String>,
}

/// What the resident has let the service of this link find, as far as the office still lets it ask.
async fn leave(app: &App, whom: &Whom) -> Result<Leave, Error> {
    let Some(link) = &whom.link else { return Ok(Leave::default()) };
    let service = link.entity.parse().ok().and_then(|entity| app.services.current().get(&entity).cloned());
    let Some(service) = service else { return Ok(Leave::default()) };
    let (offered, towards) = (service.policy.finds(), service.policy.maps_to.clone());
    let given = records::of_link(&app.db, whom.resident, link, app.clock.now()).await.map_err(Error::ours)?;
    let given = given.into_iter().filter(|consent| offered.contains(&consent.category));
    let permit = |consent: ServiceConsent| Permit::new(&consent.category.code(), consent.purpose.stated());
    let permits = given.filter_map(permit).collect();
    Ok(Leave { offered, permits, towards })
}
