//! Where a resident's records are, for a service that they have let find them. Without that the answer is the one that a
//! resident without any records has. What is answered about a resident is in the access log first.

use std::sync::Arc;

use idwsf::{
    EntityId, Fault, MessageId, TokenRefused,
    disco::{
        Query, Request, Response,
        exchange::{Person, Question, Reply, VerifiedCall},
    },
    mapping::{self as mapping_messages, Whose},
    message::{Headers, ProcessingContext},
    token::{AuthnClass, Permit},
};
use jiff::{SignedDuration, Timestamp};
use web::Error;

use super::{
    ask, association,
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
    known: Known,
    query: Query,
    /// Without it there is none.
    _receipt: Receipt,
}

impl Finding {
    /// The answer, with a token for each place.
    ///
    /// # Errors
    /// [`Unmade`].
    pub(super) fn reply(&self, app: &App) -> Result<Reply, Unmade> {
        let Known { places, person, .. } = &self.known;
        let found = places.find(&self.query);
        let one = |found| places.reference(app, found, person.authn);
        let references = found.matches.iter().map(one).collect::<Result<_, _>>()?;
        Ok(Reply::Discovery(Response::Query { status: found.status.clone(), references }))
    }
}

/// What may be answered to a message that came to `path`.
///
/// # Errors
/// The fault to answer with.
pub(super) async fn prepared(app: &Arc<App>, path: &str, call: VerifiedCall, came: Came) -> Result<Answerable, Fault> {
    let VerifiedCall { sender, message_id, person, named, question, headers } = call;
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
            let (sender, context) = (&by.sender, by.headers.context);
            let answered = if request.kind().is_personal() {
                let by = association::By { sender, message_id: &by.message_id, named: named.as_ref(), context };
                association::answered(app, &by, &request).await
            } else {
                registry::answered(app, sender, &request, context).await
            };
            answered.map(Answerable::Plain)
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

async fn of_resident(app: &Arc<App>, by: By, asked: Wanted, came: Came) -> Result<Answerable, Fault> {
    let By { sender, message_id, person, headers } = by;
    // Institutions register; they find nobody, and have no key here that a token could be for.
    let certificate = came.certificate.clone().ok_or(Fault::ActionUnknown)?;
    let person = person.ok_or(TokenRefused::Missing)?;
    // Residents let services find their records for treatment, and log in with the card and the PIN for that.
    if headers.purpose.is_some_and(|purpose| purpose != Purpose::Treatment.stated()) {
        return Err(Fault::Purpose);
    }
    if !is_strong(&person, came.received) {
        return Err(Fault::Weak(AuthnClass::SmartcardPki));
    }
    // Made for another service, which has lost it, or by nobody.
    let known = known(app, (&sender, &certificate), person).await?.ok_or(TokenRefused::Qualifier)?;
    let told = match &asked {
        Wanted::Places(query) => known.places.told(query),
        Wanted::Mapping(request) => mapping::told(request, Whose::Invoker, (&known.places, &known.towards)),
    };
    let bearers = match &asked {
        Wanted::Places(_) => Vec::new(),
        Wanted::Mapping(request) => mapping::bearers(app, (&sender, &certificate), request, came.received).await?,
    };
    came.is_awaited(app, &headers)?;
    let receipt = logged(app, (&known, &sender), &message_id, (told, &headers)).await?;
    if let (true, Some(offer), Some(link)) = (known.unasked, &headers.interaction, &known.whom.link) {
        if headers.context == Some(ProcessingContext::Simulate) {
            // The page would be a trace.
            return Err(Fault::InteractionRequired);
        }
        return ask::begin(app, (known.whom.resident, link), &known.offered, offer).await.map(Answerable::Ask);
    }
    match asked {
        Wanted::Places(query) => Ok(Answerable::Found(Box::new(Finding { known, query, _receipt: receipt }))),
        Wanted::Mapping(request) => {
            let mut receipts = vec![receipt];
            for bearer in &bearers {
                let Some(one) = &bearer.known else { continue };
                let told = mapping::told(&request, Whose::Bearer(&bearer.token), (&one.places, &known.towards));
                receipts.push(logged(app, (one, &sender), &message_id, (told, &headers)).await?);
            }
            Ok(Answerable::Mapped(Box::new(Mapping { request, invoker: known, bearers, _receipts: receipts })))
        }
    }
}

/// A resident, and what the service that asks may know of them.
pub(super) struct Known {
    pub whom: Whom,
    pub person: Person,
    pub places: Places,
    /// The institutions that the office lets the service name to identity mapping.
    pub towards: Vec<String>,
    /// What the office lets it ask for.
    offered: Vec<Category>,
    /// Whether the resident has let it have nothing of that.
    unasked: bool,
    purpose: Purpose,
}

/// Whether somebody has logged in with the card and the PIN, and not long ago.
pub(super) fn is_strong(person: &Person, now: Timestamp) -> bool {
    person.authn.class == AuthnClass::SmartcardPki && now.duration_since(person.authn.instant) <= LOGIN_LASTS
}

/// Whom the service that signs with the key of this certificate asks about by a token of ours; `None` where it was made for another.
///
/// # Errors
/// The fault to answer with: [`Fault::TooOften`], or our own failure.
pub(super) async fn known(
    app: &App,
    (sender, certificate): (&EntityId, &[u8]),
    person: Person,
) -> Result<Option<Known>, Fault> {
    let whom = bootstrap::whom(app, sender, &person.subject).await.map_err(|error| own(&error))?;
    let Some(whom) = whom else { return Ok(None) };
    let about = format!("discovery {}", hex::encode(whom.resident.bytes()));
    if !seen::spend(app, sender, &about, (QUESTIONS_MAX, WITHIN)).await.map_err(|error| own(&error))? {
        return Err(Fault::TooOften);
    }
    let as_of = app.clock.now();
    let Leave { offered, permits, towards } = leave(app, &whom).await.map_err(|error| own(&error))?;
    let unasked = permits.is_empty() && !offered.is_empty();
    let links = store::link::of(&app.db, whom.resident).await.map_err(|error| own(&error))?;
    let purpose = if permits.is_empty() { Purpose::ServiceQuery } else { Purpose::Treatment };
    let asker = Asker { entity: sender.clone(), certificate: certificate.to_vec(), permits, as_of };
    let places = Places::of(app, whom.resident, links, asker).await.map_err(|error| own(&error))?;
    Ok(Some(Known { whom, person, places, towards, offered, unasked, purpose }))
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
    (known, sender): (&Known, &EntityId),
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
        subject: known.whom.resident,
        actor: Actor::Service { entity: sender.as_str().to_owned() },
        category: Category::Discovery,
        purpose: known.purpose,
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
