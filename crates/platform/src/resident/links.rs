//! Links with institutions: what stands and what waits, the form for a new one, "is this you", and the end.

mod add;
mod confirm;
mod end;
mod filled;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use jiff::Timestamp;
use serde::Deserialize;
use web::{
    Error, Lang,
    clock::{Shown, japan_date},
};

use super::{
    StateWord,
    coverage::{Notice, name},
};
use crate::{
    app::App,
    exchange::{
        insurers::Insurer,
        link::{self, Standing},
    },
    page::{Frame, render},
    session::CardHolder,
    store::{
        link::{EndedBy, Held, Link},
        linking::{self, Linking},
    },
    wording::{self, Links, Text},
};

/// The pages.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/links", get(show))
        .route("/links/add", get(add::show).post(add::send))
        .route("/links/confirm", get(confirm::show).post(confirm::said))
        .route("/links/end", get(end::show).post(end::end))
}

#[derive(Template)]
#[template(path = "resident/links.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    /// What was done a moment ago.
    done: Vec<&'static str>,
    failures: Vec<Notice>,
    current: Vec<Row>,
    past: Vec<Row>,
    can_add: bool,
}

/// A link or a wish.
struct Row {
    id: String,
    insurer: String,
    state: StateWord,
    text: &'static str,
    /// Label and day.
    days: Vec<(&'static str, Shown)>,
    /// What can be done: address, words, and the button's class.
    acts: Vec<(String, &'static str, &'static str)>,
}

/// What was done a moment ago.
#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<String>,
    #[serde(default)]
    untold: bool,
}

/// `GET /links`: asks the institutions of what waits.
async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(done): Query<Done>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let standing = link::refresh(&app, holder.resident(), holder.authn()).await?;
    let failure = |(entity, reason): &(String, _)| Notice {
        title: t.links.unanswered.replace("{}", &named(&app, entity, lang)),
        text: t.reason(*reason).to_owned(),
    };
    let (current, past) = rows(&app, &standing, lang);
    let frame = Frame::resident(&app, lang, t.links.title).of_resident();
    render(&Page {
        frame,
        t,
        done: done.words(&t.links),
        failures: standing.failures.iter().map(failure).collect(),
        current,
        past,
        can_add: !joinable(&app, &standing.wishes, &standing.links).is_empty(),
    })
}

impl Done {
    fn words(&self, t: &'static Links) -> Vec<&'static str> {
        let words = match self.done.as_deref() {
            Some("confirmed") => t.done.confirmed,
            Some("review") => t.done.review,
            Some("sent") => t.done.sent,
            Some("denied") => t.done.denied,
            Some("ended") => t.done.ended,
            _ => return Vec::new(),
        };
        [words].into_iter().chain(self.untold.then_some(t.done.untold)).collect()
    }
}

/// What is in force or waits, and what is over.
fn rows(app: &App, standing: &Standing, lang: Lang) -> (Vec<Row>, Vec<Row>) {
    let (mut current, mut past) = (Vec::new(), Vec::new());
    for (place, wish) in standing.wishes.iter().enumerate() {
        let Some(row) = of_wish(app, wish, lang, format!("wish-{place}")) else { continue };
        if wish.state.is_open() { current.push(row) } else { past.push(row) }
    }
    for (place, held) in standing.links.iter().enumerate() {
        let row = of_link(app, held, lang, format!("link-{place}"));
        if held.ended_at.is_none() { current.push(row) } else { past.push(row) }
    }
    (current, past)
}

/// A wish that is no link, and of which there is something to tell.
fn of_wish(app: &App, wish: &Linking, lang: Lang, id: String) -> Option<Row> {
    use linking::State;
    let t = &wording::text(lang).links;
    let of = format!("?provider={}&generation={}", query(&wish.provider), wish.generation);
    let confirm = || (format!("/links/confirm{of}"), t.buttons.confirm, "button");
    let withdraw = || (format!("/links/end{of}"), t.buttons.withdraw, "button secondary");
    let again = || (format!("/links/add?provider={}", query(&wish.provider)), t.buttons.again, "button");
    let (class, icon, (word, text), acts) = match wish.state {
        State::Linked => ("warn", "alert", t.states.linked, vec![confirm()]),
        State::Review => ("soon", "clock", t.states.review, vec![withdraw()]),
        State::Asked => ("soon", "clock", t.states.asked, vec![again(), withdraw()]),
        State::Refused => ("bad", "cross", t.states.refused, Vec::new()),
        State::Denied => ("down", "cross", t.states.denied, Vec::new()),
        State::Withdrawn => ("down", "cross", t.states.withdrawn, Vec::new()),
        State::Confirmed | State::Unmatched => return None,
    };
    let insurer = named(app, &wish.provider, lang);
    let days = vec![(t.asked, day(wish.asked_at, lang))];
    Some(Row { id, insurer, state: StateWord { class, icon, word }, text, days, acts })
}

fn of_link(app: &App, held: &Held, lang: Lang, id: String) -> Row {
    let t = &wording::text(lang).links;
    let Link { provider, generation } = &held.link;
    let end = format!("/links/end?provider={}&generation={generation}", query(provider));
    let mut days = vec![(t.since, day(held.linked_at, lang))];
    days.extend(held.ended_at.map(|at| (t.ended, day(at, lang))));
    let (class, icon, (word, text), acts) = match held.ended_at {
        None => ("ok", "check", t.states.in_force, vec![(end, t.buttons.end, "button secondary")]),
        Some(_) if held.ended_by == EndedBy::Institution => ("down", "cross", t.states.ended_there, Vec::new()),
        Some(_) => ("down", "cross", t.states.ended, Vec::new()),
    };
    Row { id, insurer: named(app, provider, lang), state: StateWord { class, icon, word }, text, days, acts }
}

/// Institutions that the resident can ask for a link.
fn joinable<'a>(app: &'a App, wishes: &[Linking], links: &[Held]) -> Vec<&'a Arc<Insurer>> {
    let held = |entity: &str| {
        let linked = |held: &Held| held.link.provider == entity && held.ended_at.is_none();
        let waits =
            |wish: &Linking| wish.provider == entity && wish.state.is_open() && wish.state != linking::State::Asked;
        links.iter().any(linked) || wishes.iter().any(waits)
    };
    app.insurers.all.iter().filter(|insurer| !held(insurer.entity.as_str())).collect()
}

/// Which link, in an address or a form.
#[derive(Deserialize)]
pub(super) struct Which {
    provider: String,
    generation: i64,
}

impl Which {
    fn link(&self) -> Link {
        Link { provider: self.provider.clone(), generation: self.generation }
    }
}

/// Back to the list, which says what was done.
fn back(done: &str, untold: bool) -> Response {
    let untold = if untold { "&untold=true" } else { "" };
    Redirect::to(&format!("/links?done={done}{untold}")).into_response()
}

fn day(at: Timestamp, lang: Lang) -> Shown {
    Shown::day(japan_date(at), lang)
}

/// What an institution is called; one that is no longer configured, by its entity ID.
fn named(app: &App, entity: &str, lang: Lang) -> String {
    app.insurers.find(entity).map_or(entity, |insurer| name(insurer, lang)).to_owned()
}

fn query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
