//! The launch page: the services that the resident uses, and those that they may.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use saml::{Binding, EntityId, MessageId, metadata::Consumer};
use serde::Deserialize;
use web::{Error, Lang, clock::Shown};

use super::{
    bootstrap, change, logout, records,
    services::Service,
    unavailable::{self, Unavailable, Why},
    waiting::Waiting,
};
use crate::{
    app::App,
    attribute::Attributes,
    consent,
    exchange::grant,
    page::{Frame, render},
    session::{CardHolder, Visitor},
    store::{self, service_consent::ServiceConsent, service_link::ServiceLink, service_release::Agreed},
    wording::{self, Services, Text},
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
    /// Why it cannot be opened at present, if so.
    unavailable: Option<String>,
    link: Option<Linked>,
    history: Vec<Event>,
}

/// What the resident has done about it.
struct Event {
    at: Shown,
    what: String,
    /// The version of the text that they agreed to.
    text_version: Option<String>,
}

/// What the resident has with it.
struct Linked {
    used: Shown,
    released: String,
    /// What it may find at the institutions, and until when.
    finds: Vec<String>,
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
    let agreed = store::service_release::of(&app.db, holder.resident(), AGREED_MAX).await.map_err(Error::ours)?;
    let records = store::service_consent::of(&app.db, holder.resident(), AGREED_MAX).await.map_err(Error::ours)?;
    let past = Past { agreed, records };
    let now = app.clock.now();
    let mut linked = Vec::new();
    for (place, link) in links.iter().enumerate() {
        let entity: EntityId = link.entity.parse().map_err(Error::ours)?;
        let found = unavailable::look(&app, &entity).await?;
        linked.push(tile(&found, (&link.entity, Some(link)), (&past, now), (lang, format!("linked-{place}"))));
    }
    let new = services.all().filter(|service| opens(service).is_some() && !service.has_ended(now));
    let new = new.filter(|service| links.iter().all(|link| link.entity != service.provider.entity.as_str()));
    let joinable = new.enumerate().map(|(place, service)| {
        let entity = service.provider.entity.as_str();
        tile(&Ok(Arc::clone(service)), (entity, None), (&past, now), (lang, format!("new-{place}")))
    });
    let joinable = joinable.collect();
    let changed = linked.iter().find(|tile| done.changed.as_ref() == Some(&tile.entity));
    let changed = changed.map(|tile| t.services.changed.replace("{}", &tile.name));
    let frame = Frame::resident(&app, lang, t.services.title).of_resident();
    render(&Page { frame, t, changed, linked, joinable })
}

/// What the resident has done about all services, newest first.
struct Past {
    agreed: Vec<Agreed>,
    records: Vec<ServiceConsent>,
}

/// How much of what was agreed to is shown, all services together.
const AGREED_MAX: i64 = 200;

fn tile(
    found: &Result<Arc<Service>, Unavailable>,
    (entity, link): (&str, Option<&ServiceLink>),
    (past, now): (&Past, Timestamp),
    (lang, id): (Lang, String),
) -> Tile {
    let t = &wording::text(lang).services;
    let (service, why) = match found {
        Ok(service) => (Some(service), None),
        Err(unavailable) => (unavailable.service.as_ref(), Some(unavailable.why)),
    };
    let name = service.map_or_else(|| format!("{} {entity}", t.service), |service| service.name(lang).to_owned());
    let named = |text: &str| text.replace("{}", &name);
    let offers =
        service.is_some_and(|service| !service.policy.release.is_empty() || !service.policy.finds().is_empty());
    let finds = |link: &ServiceLink| {
        let mine =
            past.records.iter().filter(|consent| consent.entity == entity && consent.generation == link.generation);
        mine.filter(|consent| consent.counts(now))
            .map(|consent| records::named(consent, t.records_given, t, lang))
            .collect()
    };
    // What is not registered at present has nothing to choose from.
    let changes = offers && matches!(why, None | Some(Why::Ended));
    Tile {
        id,
        entity: entity.to_owned(),
        about: service.map_or("", |service| service.about(lang)).to_owned(),
        open: named(t.open),
        start: service.and_then(|service| start(service)),
        unavailable: why.map(|why| named(why.text(t))),
        link: link.map(|link| Linked {
            used: Shown::minute(link.used_at, lang),
            released: names(&link.released, &link.offered, t),
            finds: finds(link),
            change: changes.then(|| (change::address(entity), named(t.change))),
            unlink: named(t.unlink),
        }),
        history: history(past, entity, lang),
        name,
    }
}

/// What was agreed to and when, newest first, with the ends of former links between.
fn history(past: &Past, entity: &str, lang: Lang) -> Vec<Event> {
    let t = &wording::text(lang).services;
    let event = |at, what, text_version| (at, Event { at: Shown::minute(at, lang), what, text_version });
    let mut events = Vec::new();
    for consent in past.records.iter().filter(|consent| consent.entity == entity) {
        let withdrawn = || records::named(consent, t.records_withdrawn, t, lang);
        events.extend(consent.withdrawn_at.map(|at| event(at, withdrawn(), None)));
        let given = records::named(consent, t.records_given, t, lang);
        events.push(event(consent.given_at, given, Some(consent.text_version.clone())));
    }
    let mut generation = None;
    for agreed in past.agreed.iter().filter(|agreed| agreed.entity == entity) {
        let ended = agreed.ended_at.filter(|_| generation != Some(agreed.generation));
        events.extend(ended.map(|at| event(at, t.unlinked.to_owned(), None)));
        generation = Some(agreed.generation);
        let what = t.agreed.replace("{}", &names(&agreed.released, &agreed.offered, t));
        events.push(event(agreed.at, what, Some(agreed.text_version.clone())));
    }
    events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    events.into_iter().map(|(_, event)| event).collect()
}

/// What is handed over, in words.
fn names(released: &[String], offered: &[String], t: &Services) -> String {
    let mut names: Vec<_> = Attributes::named(released).iter().map(|one| t.attribute(one)).collect();
    names.extend(offered.iter().any(|name| name == bootstrap::OFFERED).then_some(t.handed_discovery));
    if names.is_empty() { t.releases_nothing.to_owned() } else { names.join(t.comma) }
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
    lang: Lang,
    _: CardHolder,
    visitor: Visitor,
    Form(which): Form<Which>,
) -> Result<Response, Error> {
    let entity: EntityId = which.entity.parse().map_err(|_| Error::NotYours)?;
    let service = match unavailable::look(&app, &entity).await? {
        Ok(service) => service,
        Err(Unavailable { why: Why::Removed, .. }) => return Err(Error::NotYours),
        Err(unavailable) => return unavailable.page(&app, lang),
    };
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
    let bereft = db::transaction!(app.db, |tx| {
        let now = app.clock.now();
        if let Some(link) = store::service_link::get(tx, holder.resident(), &which.entity).await? {
            consent::records::end(tx, holder.resident(), &link, now).await?;
        }
        store::service_link::end(tx, holder.resident(), &which.entity, now).await?;
        let begun = store::service_session::take_of_link(tx, holder.resident(), &which.entity).await?;
        logout::bereave(&app, tx, &begun).await?
    });
    logout::behind(&app, bereft.map_err(Error::ours)?);
    grant::tell(&app, holder.resident(), &which.entity).await;
    Ok(Redirect::to("/services").into_response())
}
