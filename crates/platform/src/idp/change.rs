//! What a service gets from the next login on: changed from the launch page, without a login there and without a word to it.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use saml::EntityId;
use serde::Deserialize;
use web::{Error, Lang};

use super::{
    release::{self, Offer, Sheet},
    services::Service,
};
use crate::{
    app::App,
    attribute::Attributes,
    page::{Frame, render},
    session::CardHolder,
    store::{self, service_link::ServiceLink},
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "idp/change.html")]
struct Page<'a> {
    frame: Frame,
    t: &'static Text,
    title: String,
    entity: &'a str,
    sheet: Sheet,
    requires: bool,
}

/// Which service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    entity: String,
}

/// `GET /services/release?entity=…`: what is handed over now.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(which): Query<Which>,
) -> Result<Response, Error> {
    let (service, link) = linked(&app, &holder, &which.entity).await?;
    let offer = offered(&holder, &service, &link);
    let t = wording::text(lang);
    render(&Page {
        frame: Frame::resident(&app, lang, t.services.title).of_resident(),
        t,
        title: t.services.change.replace("{}", service.name(lang)),
        entity: &which.entity,
        sheet: offer.sheet(&app, lang, Attributes::named(&link.released)).await?,
        requires: !release::required(&service).is_empty(),
    })
}

/// `POST /services/release`: the resident has chosen. Nothing goes to the service: what it has it has, and what it gets from
/// now on is what was chosen.
pub(super) async fn save(State(app): State<Arc<App>>, holder: CardHolder, form: Bytes) -> Result<Response, Error> {
    let said = url::form_urlencoded::parse(&form).find(|(name, _)| name == "entity");
    let entity = said.map(|(_, entity)| entity.into_owned()).unwrap_or_default();
    let (service, link) = linked(&app, &holder, &entity).await?;
    let offer = offered(&holder, &service, &link);
    let saved = match offer.chosen(&form) {
        Some(choice) => offer.record(&app, &choice, app.clock.now()).await?,
        None => false,
    };
    let back = if saved { format!("/services?changed={}", escaped(&entity)) } else { address(&entity) };
    Ok(Redirect::to(&back).into_response())
}

/// Where it is changed for a service.
pub(super) fn address(entity: &str) -> String {
    format!("/services/release?entity={}", escaped(entity))
}

fn escaped(entity: &str) -> String {
    url::form_urlencoded::byte_serialize(entity.as_bytes()).collect()
}

fn offered<'a>(holder: &CardHolder, service: &'a Service, link: &'a ServiceLink) -> Offer<'a> {
    Offer { resident: holder.resident(), authn: holder.authn(), service, link: Some(link) }
}

/// A registered service that the resident uses, and what they have agreed to.
async fn linked(app: &App, holder: &CardHolder, entity: &str) -> Result<(Arc<Service>, ServiceLink), Error> {
    let known: EntityId = entity.parse().map_err(|_| Error::NotYours)?;
    let service = app.services.current().get(&known).cloned().ok_or(Error::NotYours)?;
    let link = store::service_link::find(&app.db, holder.resident(), entity).await.map_err(Error::ours)?;
    Ok((service, link.ok_or(Error::NotYours)?))
}
