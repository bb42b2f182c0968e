//! The release page: what a service gets, shown with its values and its source, before it gets anything.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use web::{Error, Lang, clock::Shown};

use super::{
    attributes::{self, Gathered},
    bootstrap,
    decide::Next,
    known, name,
    services::Service,
    sso::{Case, case_gone},
};
use crate::{
    app::App,
    attribute::{Attribute, Attributes},
    exchange::Disclosed,
    ids::ResidentId,
    page::{Frame, render},
    resident::{Notice, failures, insurer_name},
    session::Visitor,
    store::{self, service_link::ServiceLink},
    wording::{self, Text},
};

/// The version of the release page's text in [`crate::wording`]. Whoever changes what it promises changes this, and everybody
/// is asked again.
pub(super) const TEXT_VERSION: &str = "2026-11-22";

#[derive(Template)]
#[template(path = "idp/release.html")]
struct Page<'a> {
    frame: Frame,
    t: &'static Text,
    title: String,
    text: String,
    about: &'a str,
    changed: bool,
    hidden: bool,
    bootstrap: bool,
    failures: Vec<Notice>,
    rows: Vec<Row>,
    handle: &'a str,
    offered: String,
    version: &'static str,
}

/// One attribute.
struct Row {
    code: &'static str,
    name: &'static str,
    required: bool,
    checked: bool,
    value: Option<Known>,
}

/// What would be handed over now.
struct Known {
    text: String,
    source: String,
    as_of: Shown,
}

/// Asks the resident.
pub(super) async fn show(app: &Arc<App>, lang: Lang, case: &Case, handle: &str) -> Result<Response, Error> {
    let Some(holder) = &case.holder else { return Err(Error::LogIn) };
    let t = wording::text(lang);
    let (service, offers) = (&case.service, case.offers);
    let preview = attributes::preview(app, holder.resident(), offers).await?;
    let hidden = preview.is_none() && !offers.is_empty();
    let gathered = preview.unwrap_or_default();
    let required = required(service);
    let released = case.link.as_ref().map_or(offers, |link| {
        // What is new is offered as a matter of course; what was kept back before stays kept back.
        let before = Attributes::named(&link.offered);
        let kept = Attributes::named(&link.released);
        offers.iter().filter(|attribute| kept.has(*attribute) || !before.has(*attribute)).collect()
    });
    let row = |attribute: Attribute| Row {
        code: attribute.short(),
        name: t.services.attribute(attribute),
        required: required.has(attribute),
        checked: released.has(attribute) || required.has(attribute),
        value: known(&gathered, attribute, lang),
    };
    let named = |text: &str| text.replace("{}", service.name(lang));
    render(&Page {
        frame: Frame::resident(app, lang, t.services.purpose).of_resident(),
        t,
        title: named(t.services.release),
        text: named(t.services.release_text),
        about: service.about(lang),
        changed: case.link.is_some(),
        hidden,
        bootstrap: service.policy.bootstrap,
        failures: gathered.disclosed.as_ref().map(|disclosed| failures(disclosed, lang)).unwrap_or_default(),
        rows: offers.iter().map(row).collect(),
        handle,
        offered: offered(case).join(" "),
        version: TEXT_VERSION,
    })
}

fn known(gathered: &Gathered, attribute: Attribute, lang: Lang) -> Option<Known> {
    let value = gathered.values.iter().find(|value| value.attribute == attribute)?;
    let source = insurer_name(&value.source, lang).to_owned();
    Some(Known { text: value.text.clone(), source, as_of: Shown::minute(value.as_of, lang) })
}

/// `POST /saml/release/…`: the resident agrees, by the page's version and for what it offered; a page that is out of date is
/// shown anew.
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub(super) async fn agree(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    headers: HeaderMap,
    Path(handle): Path<String>,
    form: Bytes,
) -> Result<Response, Error> {
    let case = match Case::open(&app, &handle, &visitor, Some(&headers)).await? {
        Ok(case) => case,
        Err(gone) => return case_gone(&app, lang, gone),
    };
    let on = Redirect::to(&format!("/saml/continue/{handle}")).into_response();
    let (Next::Ask, Some(holder)) = (case.next(), &case.holder) else { return Ok(on) };
    let fields: Vec<_> = url::form_urlencoded::parse(&form).collect();
    let said = |name: &str| fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value);
    if said("version") != TEXT_VERSION || said("offered") != offered(&case).join(" ") {
        return Ok(on);
    }
    let chosen = Attributes::named(fields.iter().filter(|(name, _)| name == "attribute").map(|(_, value)| value));
    let released = chosen.or(required(&case.service)).and(case.offers);
    record(&app, holder.resident(), &case, released, app.clock.now()).await?;
    Ok(on)
}

/// Records what the resident has agreed to: a new link, or a change of the one that there is.
async fn record(
    app: &App,
    resident: ResidentId,
    case: &Case,
    released: Attributes,
    now: Timestamp,
) -> Result<(), Error> {
    let entity = &case.service.provider.entity;
    let generation = match &case.link {
        Some(link) => link.generation,
        None => store::service_link::next_generation(&app.db, resident, entity.as_str()).await.map_err(Error::ours)?,
    };
    let called = name::pairwise(&app.keys, entity, resident, generation).map_err(Error::ours)?;
    let link = ServiceLink {
        entity: entity.as_str().to_owned(),
        generation,
        linked_at: now,
        agreed_at: now,
        used_at: now,
        offered: offered(case),
        released: released.names(),
        text_version: TEXT_VERSION.to_owned(),
        name_digest: known::name_digest(&app.keys, entity, &called).map_err(Error::ours)?,
    };
    let recorded = db::transaction!(app.db, |tx| {
        if store::service_link::get(tx, resident, entity.as_str()).await?.is_some() {
            store::service_link::set_release(tx, resident, &link).await?;
        } else {
            store::service_link::insert(tx, resident, &link).await?;
        }
    });
    match recorded {
        // Agreed to twice at once, or unlinked meanwhile: what there is now decides.
        Ok(()) | Err(db::Error::Unique) => Ok(()),
        Err(error) => Err(Error::ours(error)),
    }
}

/// Everything that the resident is asked about.
fn offered(case: &Case) -> Vec<String> {
    let mut names = case.offers.names();
    names.extend(case.service.policy.bootstrap.then(|| bootstrap::OFFERED.to_owned()));
    names
}

/// What the service says that it cannot do without, of what may be released to it.
pub(super) fn required(service: &Service) -> Attributes {
    let required = service.provider.requested.iter().filter(|requested| requested.required);
    let required: Attributes = required.filter_map(|requested| Attribute::from_uri(&requested.name)).collect();
    required.and(Attributes::named(&service.policy.release))
}

/// What the service cannot do without and nobody has. Whoever kept it back is asked again before it comes to this.
pub(super) fn missing(service: &Service, found: Attributes) -> Attributes {
    required(service).iter().filter(|attribute| !found.has(*attribute)).collect()
}

#[derive(Template)]
#[template(path = "idp/missing.html")]
struct Missing<'a> {
    frame: Frame,
    t: &'static Text,
    text: String,
    failures: Vec<Notice>,
    handle: &'a str,
}

/// Says what is missing; the person goes on without it or not at all.
pub(super) fn show_missing(
    app: &App,
    lang: Lang,
    service: &Service,
    (missing, disclosed): (Attributes, Option<&Disclosed>),
    handle: &str,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let names: Vec<_> = missing.iter().map(|attribute| t.services.attribute(attribute)).collect();
    tracing::warn!(code = "SSO-02", service = %service.provider.entity, "a required attribute is not to be had");
    render(&Missing {
        frame: Frame::resident(app, lang, t.services.missing).of_resident(),
        t,
        text: t.services.missing_text.replace("{}", &names.join(t.services.comma)),
        failures: disclosed.map(|disclosed| failures(disclosed, lang)).unwrap_or_default(),
        handle,
    })
}
