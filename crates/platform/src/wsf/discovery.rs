//! Where a resident's records are, for a service that they have let find them. Without that the answer is the one that a
//! resident without any records has. What is answered about a resident is in the access log first.

use idwsf::{
    EntityId, Fault, MessageId, TokenRefused,
    disco::{
        Query, Request, Response,
        exchange::{Person, Question, Reply, VerifiedCall},
    },
    message::{Headers, ProcessingContext},
    token::{AuthnClass, Permit},
};
use web::Error;

use super::{
    ask,
    message::{Answerable, own},
    places::{Asker, Places, Unmade},
};
use crate::{
    app::App,
    audit::{self, Actor, Asked, Receipt, Visit},
    consent::records,
    exchange::{KEPT, SHOWN},
    idp::bootstrap::{self, Whom},
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

/// Of all that the protocol has, queries are answered here.
///
/// # Errors
/// The fault to answer with.
pub(super) async fn prepared(app: &App, call: VerifiedCall, certificate: Vec<u8>) -> Result<Answerable, Fault> {
    let VerifiedCall { sender, message_id, person, question, headers } = call;
    let query = match question {
        Ok(Question::Discovery(Request::Query(query))) => query,
        Err(reply @ Reply::Discovery(Response::Query { .. })) => return Ok(Answerable::Plain(reply)),
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
    let Leave { offered, permits } = leave(app, &whom).await.map_err(|error| own(&error))?;
    let unasked = permits.is_empty() && !offered.is_empty();
    let links = store::link::of(&app.db, whom.resident).await.map_err(|error| own(&error))?;
    let purpose = if permits.is_empty() { Purpose::ServiceQuery } else { Purpose::Treatment };
    let asker = Asker { entity: sender.clone(), certificate, permits, as_of };
    let places = Places::of(app, whom.resident, links, asker);
    let receipt = logged(app, (&whom, &sender, purpose), &message_id, (&places, &query, &headers)).await?;
    if let (true, Some(offer), Some(link)) = (unasked, &headers.interaction, &whom.link) {
        if headers.context == Some(ProcessingContext::Simulate) {
            // The page would be a trace.
            return Err(Fault::InteractionRequired);
        }
        return ask::begin(app, (whom.resident, link), &offered, offer).await.map(Answerable::Ask);
    }
    Ok(Answerable::Found(Box::new(Finding { places, query, person, _receipt: receipt })))
}

/// Has the access log say what the service asked, and what is answered.
async fn logged(
    app: &App,
    (whom, sender, purpose): (&Whom, &EntityId, Purpose),
    message_id: &MessageId,
    (places, query, headers): (&Places, &Query, &Headers),
) -> Result<Receipt, Fault> {
    let asked =
        |source: &str, outcome| Asked { source: source.to_owned(), outcome, message: message_id.as_str().to_owned() };
    let found = places.find(query).matches;
    let mut sources: Vec<_> = found.iter().map(|one| asked(one.metadata.provider.as_str(), SHOWN)).collect();
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
}

/// What the resident has let the service of this link find, as far as the office still lets it ask.
async fn leave(app: &App, whom: &Whom) -> Result<Leave, Error> {
    let Some(link) = &whom.link else { return Ok(Leave::default()) };
    let service = link.entity.parse().ok().and_then(|entity| app.services.current().get(&entity).cloned());
    let offered = service.map(|service| service.policy.finds()).unwrap_or_default();
    let given = records::of_link(&app.db, whom.resident, link, app.clock.now()).await.map_err(Error::ours)?;
    let given = given.into_iter().filter(|consent| offered.contains(&consent.category));
    let permit = |consent: ServiceConsent| Permit::new(&consent.category.code(), consent.purpose.stated());
    let permits = given.filter_map(permit).collect();
    Ok(Leave { offered, permits })
}
