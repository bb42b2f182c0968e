//! The launch page: the services that the resident uses, and those that they may.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use saml::{Binding, EntityId, MessageId, metadata::Consumer};
use serde::Deserialize;
use web::{Error, Lang, clock::Shown};

use super::{change, logout, services::Service, waiting::Waiting};
use crate::{
    app::App,
    attribute::Attributes,
    page::{Frame, render},
    session::{CardHolder, Visitor},
    store::{self, service_link::ServiceLink},
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "idp/launch.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    /// What was changed a moment ago.
    changed: Option<String>,
    linked: Vec<Tile>,
    joinable: Vec<Tile>,
}

/// A service.
struct Tile {
    id: String,
    entity: String,
    name: String,
    about: String,
    open: String,
    /// Where the service itself begins a login; none where we do.
    start: Option<String>,
    link: Option<Linked>,
}

/// What the resident has with it.
struct Linked {
    used: Shown,
    released: String,
    /// Where it is changed, and what the link says; none where there is nothing to choose.
    change: Option<(String, String)>,
    unlink: String,
}

/// What has just been done.
#[derive(Deserialize)]
pub(super) struct Done {
    changed: Option<String>,
}

/// `GET /services`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(done): Query<Done>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let services = app.services.current();
    let links = store::service_link::of(&app.db, holder.resident()).await.map_err(Error::ours)?;
    let now = app.clock.now();
    let of = |link: &ServiceLink| link.entity.parse().ok().and_then(|entity| services.get(&entity));
    let linked: Vec<Tile> = links
        .iter()
        .enumerate()
        .filter_map(|(place, link)| Some(tile(of(link)?, Some(link), (lang, format!("linked-{place}")))))
        .collect();
    let new = services.all().filter(|service| opens(service).is_some() && !service.has_ended(now));
    let new = new.filter(|service| links.iter().all(|link| link.entity != service.provider.entity.as_str()));
    let joinable =
        new.enumerate().map(|(place, service)| tile(service, None, (lang, format!("new-{place}")))).collect();
    let changed = linked.iter().find(|tile| done.changed.as_ref() == Some(&tile.entity));
    let changed = changed.map(|tile| t.services.changed.replace("{}", &tile.name));
    let frame = Frame::resident(&app, lang, t.services.title).of_resident();
    render(&Page { frame, t, changed, linked, joinable })
}

fn tile(service: &Service, link: Option<&ServiceLink>, (lang, id): (Lang, String)) -> Tile {
    let t = &wording::text(lang).services;
    let named = |text: &str| text.replace("{}", service.name(lang));
    let names = |link: &ServiceLink| {
        let names: Vec<_> = Attributes::named(&link.released).iter().map(|one| t.attribute(one)).collect();
        if names.is_empty() { t.releases_nothing.to_owned() } else { names.join(t.comma) }
    };
    Tile {
        id,
        entity: service.provider.entity.as_str().to_owned(),
        name: service.name(lang).to_owned(),
        about: service.about(lang).to_owned(),
        open: named(t.open),
        start: start(service),
        link: link.map(|link| Linked {
            used: Shown::minute(link.used_at, lang),
            released: names(link),
            change: (!service.policy.release.is_empty()).then(|| (change::address(&link.entity), named(t.change))),
            unlink: named(t.unlink),
        }),
    }
}

/// Where the office says that the service begins: a web address, or nothing.
fn start(service: &Service) -> Option<String> {
    let start = &service.policy.start;
    (start.starts_with("https://") || start.starts_with("http://")).then(|| start.clone())
}

/// Whether and where a login can begin with us.
fn opens(service: &Service) -> Option<&Consumer> {
    let takes = |binding| {
        let fits = move |consumer: &&Consumer| consumer.binding == binding;
        let provider = &service.provider;
        provider.default_consumer().filter(fits).or_else(|| provider.consumers.iter().find(fits))
    };
    let (first, second) = if service.policy.prefer_artifact {
        (Binding::Artifact, Binding::Post)
    } else {
        (Binding::Post, Binding::Artifact)
    };
    takes(first).or_else(|| takes(second))
}

/// Which service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    entity: String,
}

/// `POST /services/open`: a login that begins with us (SAML 2.0 Profiles §4.1.5).
pub(super) async fn open(
    State(app): State<Arc<App>>,
    _: CardHolder,
    visitor: Visitor,
    Form(which): Form<Which>,
) -> Result<Response, Error> {
    let entity: EntityId = which.entity.parse().map_err(|_| Error::NotYours)?;
    let service = app.services.current().get(&entity).cloned().ok_or(Error::NotYours)?;
    let consumer = opens(&service).ok_or(Error::NotYours)?;
    let own = MessageId::from_random(app.random.bytes());
    let waiting = Waiting::unsolicited(&entity, consumer, &own, app.clock.now()).bound_to(visitor.digest);
    let handle = waiting.seal(&app).map_err(Error::ours)?;
    let mut response = Redirect::to(&format!("/saml/continue/{handle}")).into_response();
    if let Some(cookie) = visitor.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST /services/unlink`: the service knows the resident no longer, and is asked to end what they began there.
pub(super) async fn unlink(
    State(app): State<Arc<App>>,
    holder: CardHolder,
    Form(which): Form<Which>,
) -> Result<Response, Error> {
    let now = app.clock.now();
    let begun = db::transaction!(app.db, |tx| {
        store::service_link::end(tx, holder.resident(), &which.entity, now).await?;
        store::service_session::take_of_link(tx, holder.resident(), &which.entity).await?
    });
    logout::behind(&app, &begun.map_err(Error::ours)?);
    Ok(Redirect::to("/services").into_response())
}
