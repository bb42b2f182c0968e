//! The agent's own pages, in a window of the agent's own origin: here, and nowhere else, the PIN is typed.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Redirect, Response},
};
use card::protocol::Pin;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use web::Lang;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    Problem,
    app::App,
    errand::{Errand, Task},
    login::{Login, Phase},
    pairing::Answer,
    text::{Text, text},
    wire::{Done, Outcome},
};

/// The part of a window's address that chooses its language.
#[derive(Deserialize)]
pub(crate) struct Asked {
    lang: Option<String>,
}

/// `GET /window/<ticket>`.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let lang = language(&app, &asked, &headers);
    match app.errands.find(&ticket, app.clock().now()) {
        Ok(errand) => page(&app, &errand, lang, false),
        Err(problem) => failure(problem, lang),
    }
}

/// `POST /window/<ticket>`: the person's answer. The guard has made sure that this page itself sent it.
pub(crate) async fn answer(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let lang = language(&app, &asked, &headers);
    let form = Form::parse(body);
    let errand = match app.errands.find(&ticket, app.clock().now()) {
        Ok(errand) => errand,
        Err(problem) => return failure(problem, lang),
    };
    match &errand.task {
        Task::Pairing(pairing) => pairing.decide(form.yes),
        Task::Login(login) if !form.yes => login.cancel(),
        Task::Login(login) => match form.pin {
            Some(pin) => login.enter(pin),
            None => return page(&app, &errand, lang, true),
        },
    }
    Redirect::to(&format!("/window/{ticket}?lang={}", lang.tag())).into_response()
}

/// `GET /window/<ticket>/state`: what the window's script asks again and again.
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Json<Now>, Problem> {
    let lang = language(&app, &asked, &headers);
    let errand = app.errands.find(&ticket, app.clock().now())?;
    let phase = match &errand.task {
        Task::Pairing(pairing) => {
            if pairing.answer() == Answer::Open {
                "ask"
            } else {
                "over"
            }
        }
        Task::Login(login) => {
            login.see_window(app.clock().now());
            app.desk.look_again();
            login.phase().word()
        }
    };
    Ok(Json(Now { phase, reader: ReaderLine::of(&app, lang) }))
}

/// How things stand.
#[derive(Serialize)]
pub(crate) struct Now {
    phase: &'static str,
    reader: ReaderLine,
}

/// The line about reader and card.
#[derive(Serialize)]
struct ReaderLine {
    mark: &'static str,
    text: &'static str,
}

impl ReaderLine {
    fn of(app: &App, lang: Lang) -> Self {
        match app.desk.missing() {
            None => Self { mark: "ready", text: text(lang).ready },
            Some(problem) => Self { mark: problem.code(), text: problem.text(lang) },
        }
    }
}

/// What the person sent. The body it came in is wiped.
struct Form {
    yes: bool,
    pin: Option<Pin>,
}

impl Form {
    fn parse(body: Bytes) -> Self {
        let mut form = Self { yes: false, pin: None };
        for (name, value) in form_urlencoded::parse(&body) {
            let value = Zeroizing::new(value.into_owned());
            match name.as_ref() {
                "answer" => form.yes = value.as_str() == "yes",
                "pin" => form.pin = pin(&value),
                _ => {}
            }
        }
        if let Ok(mut body) = body.try_into_mut() {
            body.as_mut().zeroize();
        }
        form
    }
}

/// The PIN, when it has the six digits that every card's PIN has: with fewer, a try would be lost for nothing.
fn pin(typed: &str) -> Option<Pin> {
    let plain = halfwidth(typed);
    if plain.len() == PIN_DIGITS { plain.parse().ok() } else { None }
}

/// Digits typed with a Japanese input method, and blanks around them, are meant as plain digits.
fn halfwidth(typed: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(typed.len()));
    for character in typed.trim().chars() {
        let digit = u32::from(character).checked_sub(u32::from('０')).and_then(|value| char::from_digit(value, 10));
        plain.push(digit.unwrap_or(character));
    }
    plain
}

fn language(app: &App, asked: &Asked, headers: &HeaderMap) -> Lang {
    let chosen = asked.lang.as_deref().and_then(Lang::from_tag);
    chosen.or(app.config.language).unwrap_or_else(|| Lang::of(headers))
}

/// The page that fits how far the errand is.
fn page(app: &App, errand: &Errand, lang: Lang, malformed: bool) -> Response {
    let (t, other, origin) = (text(lang), other(lang), errand.origin.as_str());
    let end = |title, said: &str| Ending { title, said: said.to_owned(), good: true, closes: true };
    match &errand.task {
        Task::Login(login) if login.phase() == Phase::Pin => {
            let reader = ReaderLine::of(app, lang);
            html(StatusCode::OK, &PinPage { t, lang, other, origin, phase: Phase::Pin.word(), reader, malformed })
        }
        Task::Login(login) => html(StatusCode::OK, &progress(app, login, origin, lang)),
        Task::Pairing(pairing) => match pairing.answer() {
            Answer::Open => html(StatusCode::OK, &PairPage { t, lang, other, origin }),
            Answer::Allowed | Answer::Fetched => {
                html(StatusCode::OK, &end(t.paired_title, t.paired).page(origin, lang))
            }
            Answer::Refused => {
                let said = Problem::Cancelled.text(lang);
                html(StatusCode::OK, &Ending { good: false, ..end(t.ended_title, said) }.page(origin, lang))
            }
        },
    }
}

fn progress<'a>(app: &App, login: &Login, origin: &'a str, lang: Lang) -> ProgressPage<'a> {
    let t = text(lang);
    let phase = login.phase();
    let (title, said, reader) = match phase {
        Phase::Pin | Phase::Card => (t.card_title, t.card_goes_on, Some(ReaderLine::of(app, lang))),
        Phase::Working => (t.working_title, t.working, None),
        Phase::Done(done) => return Ending::of(done, t).page(origin, lang),
        Phase::Failed(problem) => {
            let said = problem.text(lang).to_owned();
            let closes = problem == Problem::Cancelled;
            return Ending { title: t.refused_title, said, good: false, closes }.page(origin, lang);
        }
    };
    let other = other(lang);
    let (phase, text) = (phase.word(), said.to_owned());
    ProgressPage { t, lang, other, origin, phase, title, mark: "", text, reader, over: false, closes: false }
}

/// The last thing a window says.
struct Ending {
    title: &'static str,
    said: String,
    good: bool,
    /// Whether the window may close by itself, because nothing in it needs to be read.
    closes: bool,
}

impl Ending {
    fn of(done: Done, t: &'static Text) -> Self {
        let (title, said) = match (done.outcome, done.tries_left) {
            (Outcome::Admitted, _) => (t.admitted_title, t.admitted.to_owned()),
            (Outcome::WrongPin, Some(left)) => {
                (t.wrong_title, format!("{} {left} {}", t.wrong_left_before, t.wrong_left_after).trim().to_owned())
            }
            (Outcome::WrongPin, None) => (t.wrong_title, t.wrong.to_owned()),
            (Outcome::Locked, _) => (t.locked_title, t.locked.to_owned()),
            (Outcome::Refused, _) => (t.refused_title, t.refused.to_owned()),
        };
        let admitted = done.outcome == Outcome::Admitted;
        Self { title, said, good: admitted, closes: admitted }
    }

    fn page(self, origin: &str, lang: Lang) -> ProgressPage<'_> {
        let mark = if self.good { "good" } else { "bad" };
        ProgressPage {
            t: text(lang),
            lang,
            other: other(lang),
            origin,
            phase: "over",
            title: self.title,
            mark,
            text: self.said,
            reader: None,
            over: true,
            closes: self.closes,
        }
    }
}

/// A window whose errand is no more.
fn failure(problem: Problem, lang: Lang) -> Response {
    let said = problem.text(lang).to_owned();
    let ending = Ending { title: text(lang).refused_title, said, good: false, closes: false };
    html(StatusCode::GONE, &ending.page("", lang))
}

fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            Problem::AgentFailed.into_response()
        }
    }
}

fn other(lang: Lang) -> Lang {
    match lang {
        Lang::Ja => Lang::En,
        Lang::En => Lang::Ja,
    }
}

#[derive(Template)]
#[template(path = "pages/pin.html")]
struct PinPage<'a> {
    t: &'static Text,
    lang: Lang,
    other: Lang,
    origin: &'a str,
    phase: &'static str,
    reader: ReaderLine,
    malformed: bool,
}

#[derive(Template)]
#[template(path = "pages/pair.html")]
struct PairPage<'a> {
    t: &'static Text,
    lang: Lang,
    other: Lang,
    origin: &'a str,
}

#[derive(Template)]
#[template(path = "pages/progress.html")]
struct ProgressPage<'a> {
    t: &'static Text,
    lang: Lang,
    other: Lang,
    origin: &'a str,
    phase: &'static str,
    title: &'static str,
    mark: &'static str,
    text: String,
    reader: Option<ReaderLine>,
    over: bool,
    closes: bool,
}

/// How many digits a PIN has.
const PIN_DIGITS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_typed_in_full_width_digits_is_a_pin() {
        let form = Form::parse(Bytes::from("pin=%EF%BC%91%EF%BC%92%EF%BC%93456+&answer=yes"));
        assert!(form.yes && form.pin.is_some());
        assert!(Form::parse(Bytes::from("pin=12345x&answer=yes")).pin.is_none());
    }

    #[test]
    fn a_pin_has_six_digits() {
        for (typed, whole) in [("1234", false), ("12345", false), ("123456", true), ("1234567", false), ("", false)] {
            assert_eq!(Form::parse(Bytes::from(format!("pin={typed}&answer=yes"))).pin.is_some(), whole, "{typed}");
        }
    }

    #[test]
    fn only_the_button_says_yes() {
        assert!(!Form::parse(Bytes::from("pin=123456")).yes, "only the button says yes");
    }
}
