//! Who looked at my data: the access log, for the person it is about.

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use web::{Error, Lang, clock::Shown};

use super::coverage::name;
use crate::{
    app::App,
    attribute::Attributes,
    audit::{self, PAGE_ENTRIES, chain::Entry},
    exchange::{SHOWN, contact, link::outcome},
    page::{Frame, render},
    purpose::{Category, Purpose},
    session::CardHolder,
    store,
    wording::{self, LinkLooks, Text},
};

#[derive(Template)]
#[template(path = "resident/looks.html")]
struct Looks {
    frame: Frame,
    t: &'static Text,
    looks: Vec<Look>,
    older: Option<i64>,
}

/// One look.
struct Look {
    number: i64,
    at: Shown,
    institution: Option<String>,
    insurer: Option<String>,
    service: Option<String>,
    what: String,
    why: &'static str,
    source: Option<String>,
    result: &'static str,
}

/// Which page of the log.
#[derive(Deserialize)]
pub(super) struct Before {
    before: Option<i64>,
}

/// The newest entries, or those before one.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(page): Query<Before>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let entries = audit::about(&app, holder.resident(), page.before.unwrap_or(i64::MAX)).await?;
    let institutions = store::institution::all(&app.db).await.map_err(Error::ours)?;
    let names: HashMap<_, _> =
        institutions.into_iter().map(|institution| (institution.code, institution.name)).collect();
    let page = usize::try_from(PAGE_ENTRIES).unwrap_or(usize::MAX);
    let more = entries.len() > page;
    let older = entries.iter().take(page).next_back().map(|entry| entry.number).filter(|_| more);
    let looks = entries.into_iter().take(page).map(|entry| look(&app, entry, &names, lang)).collect();
    let frame = Frame::resident(&app, lang, t.looks.title).of_resident();
    render(&Looks { frame, t, looks, older })
}

fn look(app: &App, entry: Entry, names: &HashMap<String, String>, lang: Lang) -> Look {
    let text = wording::text(lang);
    let (t, services) = (&text.looks, &text.services);
    let known = |code: &String| names.get(code).cloned().unwrap_or_else(|| format!("{} {code}", t.institution));
    let insurer = |entity: &String| {
        app.insurers.find(entity).map_or_else(|| entity.clone(), |insurer| name(insurer, lang).to_owned())
    };
    let released = |attributes: Attributes| -> String {
        let names: Vec<_> = attributes.iter().map(|attribute| services.attribute(attribute)).collect();
        format!("{} {}", services.handed, names.join(services.comma))
    };
    Look {
        number: entry.number,
        at: Shown::minute(entry.at, lang),
        institution: (entry.actor_kind == "institution").then(|| known(&entry.actor)),
        insurer: (entry.actor_kind == "insurer").then(|| insurer(&entry.actor)),
        service: (entry.actor_kind == "service").then(|| service_name(app, &entry.actor, lang)),
        what: match Category::from_code(&entry.category) {
            Some(Category::Eligibility) => t.eligibility.to_owned(),
            Some(Category::EligibilityOn(date)) => text.on_date.look.replace("{}", &Shown::day(date, lang).text),
            Some(Category::Release(attributes)) => released(attributes),
            Some(Category::Discovery) if entry.purpose == Purpose::ServiceLogin.code() => {
                services.handed_discovery.to_owned()
            }
            Some(Category::CheckUp) if entry.actor_kind == "service" => services.record(Category::CheckUp).to_owned(),
            Some(Category::CheckUp) => text.records.checkups.title.to_owned(),
            Some(Category::Expenses) => text.records.expenses.title.to_owned(),
            Some(Category::Pension) => text.records.pension.title.to_owned(),
            Some(Category::Discovery) => services.found.to_owned(),
            Some(Category::Link) => text.links.looks.what.to_owned(),
            Some(Category::Contact) => text.contact.looks.what.to_owned(),
            Some(Category::Coverage) | None => t.coverage.to_owned(),
        },
        why: match Purpose::from_code(&entry.purpose) {
            Some(Purpose::EligibilityCheck) => t.eligibility_check,
            Some(Purpose::ClaimCheck) => text.on_date.claims.look,
            Some(Purpose::ServiceLogin) => services.purpose,
            Some(Purpose::ServiceQuery) => services.query,
            Some(Purpose::Treatment) => services.treatment,
            Some(Purpose::Linking) => text.links.looks.why,
            Some(Purpose::SelfView) | None => t.self_view,
        },
        source: app.insurers.find(&entry.source).map(|insurer| name(insurer, lang).to_owned()),
        result: match entry.outcome.as_str() {
            outcome if entry.category == Category::Link.code() => linking(outcome, &text.links.looks),
            outcome if entry.category == Category::Contact.code() => contacting(outcome, text),
            "shown" if entry.actor_kind == "service" => services.handed_over,
            "shown" => t.shown,
            "kept" => services.kept,
            "nothing-linked" => t.nothing_linked,
            _ => t.not_shown,
        },
    }
}

/// How a look at what an institution has of how it reaches the resident ended, or a change of it.
fn contacting(outcome: &str, text: &'static Text) -> &'static str {
    let t = &text.contact.looks;
    match outcome {
        contact::outcome::SENT => t.sent,
        contact::outcome::CHANGED => t.changed,
        contact::outcome::MEANWHILE => t.meanwhile,
        contact::outcome::REFUSED => t.refused,
        SHOWN => text.looks.shown,
        _ => text.looks.not_shown,
    }
}

/// How a step towards a link ended.
fn linking(outcome: &str, t: &'static LinkLooks) -> &'static str {
    match outcome {
        outcome::SENT => t.sent,
        outcome::LINKED => t.linked,
        outcome::REVIEW => t.review,
        outcome::UNMATCHED => t.unmatched,
        outcome::REFUSED => t.refused,
        outcome::OPEN => t.open,
        outcome::CONFIRMED => t.confirmed,
        outcome::DENIED => t.denied,
        outcome::ENDED => t.ended,
        outcome::ENDED_THERE => t.ended_there,
        SHOWN => t.shown,
        _ => t.unanswered,
    }
}

/// What a service is called; one that is no longer registered, by its entity ID.
fn service_name(app: &App, entity: &str, lang: Lang) -> String {
    let services = app.services.current();
    let known = entity.parse().ok().and_then(|entity| services.get(&entity));
    known.map_or_else(
        || format!("{} {entity}", wording::text(lang).services.service),
        |service| service.name(lang).to_owned(),
    )
}
