//! Attributes behind the browser's back (SAML 2.0 Profiles §6): what the resident has agreed to release, and no more.
//!
//! A service names a resident as it knows them, and is answered for as long as a session lasts that the resident began there
//! with card and PIN: they agreed to hand something over when they log in, not whenever the service likes. Every answer is in
//! the access log, like what a login releases.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use jiff::SignedDuration;
use saml::{
    EntityId, NameFormat,
    receive::{self, AttributeQuery, NameId},
    send::{self, Name},
};
use web::Error;

use super::{
    answer, attributes, known, logout,
    release::TEXT_VERSION,
    services::Service,
    soap::{self, Question, said},
};
use crate::{
    app::App,
    attribute::{Attribute, Attributes},
    ids::ResidentId,
    session::Level,
    store::{self, service_link::ServiceLink},
};

/// Our attribute service's endpoint.
pub(super) const PATH: &str = "/saml/soap/attributes";

/// How long an answer holds.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// Answers a service's question about a resident.
pub(super) async fn answer(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let question = match soap::question(&app, PATH, body, receive::attribute_query).await {
        Ok(question) => question,
        Err(response) => return response,
    };
    match released(&app, &question).await {
        Ok(Some(released)) => tell(&app, &question, released).await,
        Ok(None) => unknown(&app, &question).await,
        Err(error) => soap::failure(&error),
    }
}

/// What is told of a resident.
struct Released {
    format: NameFormat,
    values: Vec<(Attribute, String)>,
}

async fn released(app: &Arc<App>, question: &Question<AttributeQuery>) -> Result<Option<Released>, Error> {
    let query = question.message.message();
    let Some((resident, link, format)) = whom(app, question.message.sender(), &query.name).await? else {
        return Ok(None);
    };
    let wanted = wanted(&question.service, &query.attributes);
    let gathered = attributes::gather(app, resident, &link, wanted).await?;
    let values = gathered.values.into_iter().map(|value| (value.attribute, value.text)).collect();
    Ok(Some(Released { format, values }))
}

/// The resident behind a name that we gave this service, with a login by PIN that still stands, and the link that is in
/// force.
async fn whom(
    app: &App,
    service: &EntityId,
    name: &NameId,
) -> Result<Option<(ResidentId, ServiceLink, NameFormat)>, Error> {
    if !logout::ours_to_name(&app.idp_entity, service, name) {
        return Ok(None);
    }
    let digest = known::name_digest(&app.keys, service, &name.value).map_err(Error::ours)?;
    let (entity, now) = (service.as_str(), app.clock.now());
    let sessions = store::service_session::by_name(&app.db, entity, digest).await.map_err(Error::ours)?;
    for session in sessions.into_iter().filter(|session| now < session.expires_at) {
        let ours = store::session::find(&app.db, session.session_digest).await.map_err(Error::ours)?;
        if ours.is_none_or(|ours| Level::of(&ours) != Some(Level::CardAndPin)) {
            continue;
        }
        let link = store::service_link::find(&app.db, session.resident, entity).await.map_err(Error::ours)?;
        let agreed = |link: &ServiceLink| link.generation == session.generation && link.text_version == TEXT_VERSION;
        let format = if session.name.is_empty() { NameFormat::Persistent } else { NameFormat::Transient };
        return Ok(link.filter(agreed).map(|link| (session.resident, link, format)));
    }
    Ok(None)
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
    let encrypt = match answer::recipient(&question.service) {
        Ok(key) => key.is_some(),
        Err(answer::Unencryptable) => return soap::fault(false, "SSO-01"),
    };
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
            encrypt: encrypt.then(|| answer::recipient(&service).unwrap_or_default()).flatten(),
        };
        answer.write(random, now)
    })
    .await
}

async fn unknown(app: &Arc<App>, question: &Question<AttributeQuery>) -> Response {
    let (service, id) = said(question);
    tracing::info!(code = "IDP-29", %service, request.id = %id, "a service asked about nobody that it knows");
    let id = id.clone();
    soap::answer_under_head(app, &question.service, move |head, now| {
        send::failure(head, Some(&id), &logout::unknown_principal(), now)
    })
    .await
}
