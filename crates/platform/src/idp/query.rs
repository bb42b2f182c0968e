//! Attributes behind the browser's back (SAML 2.0 Profiles §6): what the resident has agreed to release, and no more.
//!
//! A service names a resident as it knows them, and is answered for as long as a session lasts that the resident began there
//! with card and PIN: they agreed to hand something over when they log in, not whenever the service likes. Insurers are told
//! that it is the service that asks, and of which login; the access log says the same, so that the resident can tell it from
//! what a login released. A session that lies idle answers no more, and none answers more than [`ANSWERS_MAX`] times within
//! [`WITHIN`]: enough for a page that is opened again, too little to watch a record.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use jiff::SignedDuration;
use saml::{
    Authn, EntityId, NameFormat, Second, Status, Top,
    receive::{self, AttributeQuery, NameId},
    send::{self, Name},
};
use web::Error;

use super::{
    answer, attributes, begun, known, logout,
    release::TEXT_VERSION,
    seen,
    services::Service,
    soap::{self, Question, said},
};
use crate::{
    app::App,
    attribute::{Attribute, Attributes},
    store::{self, service_link::ServiceLink, service_session::ServiceSession},
};

/// Our attribute service's endpoint.
pub(super) const PATH: &str = "/saml/soap/attributes";

/// How long an answer holds.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// How often a session answers a service within [`WITHIN`].
const ANSWERS_MAX: u8 = 5;

/// Any such stretch of time, wherever it begins.
const WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Answers a service's question about a resident.
pub(super) async fn answer(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let question = match soap::question(&app, PATH, body, receive::attribute_query).await {
        Ok(question) => question,
        Err(response) => return response,
    };
    match released(&app, &question).await {
        Ok(Told::Released(released)) => tell(&app, &question, released).await,
        Ok(Told::Nobody) => {
            let (service, id) = said(&question);
            tracing::info!(code = "IDP-29", %service, request.id = %id, "a service asked about nobody who is there now");
            untold(&app, &question, logout::unknown_principal()).await
        }
        Ok(Told::TooSoon) => {
            let (service, id) = said(&question);
            tracing::warn!(code = "IDP-30", %service, request.id = %id, "a service asks about the same session too often");
            untold(&app, &question, too_soon()).await
        }
        Ok(Told::Unwritable) => soap::fault(false, "SSO-01"),
        Err(error) => soap::failure(&error),
    }
}

/// How a question is answered.
enum Told {
    /// The service gets these.
    Released(Released),
    /// The service knows nobody of that name, or nobody who is there now.
    Nobody,
    /// It has asked about the same session too often.
    TooSoon,
    /// It must be written to in cipher, and nothing there can be used for it.
    Unwritable,
}

/// What is told of a resident.
struct Released {
    format: NameFormat,
    values: Vec<(Attribute, String)>,
    /// Whether there is a key to encrypt to, and that was agreed.
    encrypted: bool,
}

async fn released(app: &Arc<App>, question: &Question<AttributeQuery>) -> Result<Told, Error> {
    let query = question.message.message();
    let Some(Known { session, authn, link }) = whom(app, question.message.sender(), &query.name).await? else {
        return Ok(Told::Nobody);
    };
    // What cannot be sent is not asked for: nothing is spent, and no log says that it was handed over.
    let Ok(recipient) = answer::recipient(&question.service) else { return Ok(Told::Unwritable) };
    if !spend(app, question.message.sender(), &session).await? {
        return Ok(Told::TooSoon);
    }
    let format = if session.name.is_empty() { NameFormat::Persistent } else { NameFormat::Transient };
    let wanted = wanted(&question.service, &query.attributes);
    let gathered = attributes::answer(app, (session.resident, authn), &link, wanted).await?;
    let values = gathered.values.into_iter().map(|value| (value.attribute, value.text)).collect();
    Ok(Told::Released(Released { format, values, encrypted: recipient.is_some() }))
}

/// Whom a service asks about.
struct Known {
    session: ServiceSession,
    /// The login that the session there began with.
    authn: Authn,
    link: ServiceLink,
}

/// The session behind a name that we gave this service, of a login by PIN that still stands and is in use, and the link that
/// is in force.
async fn whom(app: &App, service: &EntityId, name: &NameId) -> Result<Option<Known>, Error> {
    if !logout::ours_to_name(&app.idp_entity, service, name) {
        return Ok(None);
    }
    let digest = known::name_digest(&app.keys, service, &name.value).map_err(Error::ours)?;
    let entity = service.as_str();
    let sessions = store::service_session::by_name(&app.db, entity, digest).await.map_err(Error::ours)?;
    for begun in sessions {
        let Some(authn) = begun::login(app, &begun).await? else { continue };
        let link = store::service_link::find(&app.db, begun.resident, entity).await.map_err(Error::ours)?;
        let agreed = |link: &ServiceLink| link.generation == begun.generation && link.text_version == TEXT_VERSION;
        return Ok(link.filter(agreed).map(|link| Known { session: begun, authn, link }));
    }
    Ok(None)
}

/// Takes one of the answers that the session has for the service. Each comes back after [`WITHIN`], so that there are never
/// more in any such time. `false`: all are spent.
async fn spend(app: &App, service: &EntityId, begun: &ServiceSession) -> Result<bool, Error> {
    let index = hex::encode(begun.index_digest);
    seen::spend(app, service, &format!("query {index}"), (ANSWERS_MAX, WITHIN)).await
}

/// What may be asked for, out of what is: an attribute that nobody offers is passed over.
fn wanted(service: &Service, asked: &[String]) -> Attributes {
    let offered = Attributes::named(&service.policy.release);
    if asked.is_empty() {
        return offered;
    }
    offered.and(asked.iter().filter_map(|uri| Attribute::from_uri(uri)).collect())
}

async fn tell(app: &Arc<App>, question: &Question<AttributeQuery>, released: Released) -> Response {
    let (entity, id) = said(question);
    let count = released.values.len();
    tracing::info!(code = "IDP-28", service = %entity, request.id = %id, count, "a service asked for attributes, and has them");
    let (id, name, service) = (id.clone(), question.message.message().name.clone(), Arc::clone(&question.service));
    soap::answer(app, &question.service, move |signer, random, now| {
        let texts: Vec<[&str; 1]> = released.values.iter().map(|(_, text)| [text.as_str()]).collect();
        let attributes = released.values.iter().zip(&texts).map(|((attribute, _), values)| send::Attribute {
            name: attribute.uri(),
            friendly: attribute.short(),
            values,
            xml: None,
        });
        let attributes: Vec<_> = attributes.collect();
        let entity = &service.provider.entity;
        let answer = send::Attributes {
            signer: *signer,
            audience: entity,
            in_response_to: &id,
            name: Name { format: released.format, value: &name.value, sp_qualifier: entity.as_str() },
            attributes: &attributes,
            lifetime: LIFETIME,
            encrypt: if released.encrypted { answer::recipient(&service).unwrap_or_default() } else { None },
        };
        answer.write(random, now)
    })
    .await
}

/// The status for a service that asks too often.
fn too_soon() -> Status {
    Status::failed(Top::Responder, Second::RequestDenied, "the session was asked about too often")
}

async fn untold(app: &Arc<App>, question: &Question<AttributeQuery>, status: Status) -> Response {
    let id = said(question).1.clone();
    soap::answer_under_head(app, &question.service, move |head, now| send::failure(head, Some(&id), &status, now)).await
}
