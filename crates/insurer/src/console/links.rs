//! Who is linked, and the end of it: a clerk looks for somebody by symbol and number, and ends their link.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use health::{Enrolment, folded, my_number};
use serde::Deserialize;
use web::clock::Shown;
use web::{Error, Lang};

use super::page::{Frame, render};
use super::session::Insider;
use super::wording::{self, Text};
use crate::digest::MemberId;
use crate::link::ended::{self, Ended, Linked, Why};
use crate::store::clerk::Clerk;
use crate::{App, discovery, store};

#[derive(Template)]
#[template(path = "console/links.html")]
struct Links {
    frame: Frame,
    t: &'static Text,
    said: Option<(&'static str, &'static str)>,
    /// Ends that the platform does not know of yet.
    untold: i64,
    /// What is wrong: with the number, or with a choice, for which somebody has to be looked for again.
    wrong: Option<&'static str>,
    wrong_number: Option<&'static str>,
    symbol: String,
    number: String,
    /// Who was found, once somebody was looked for.
    people: Option<Vec<Person>>,
    whys: [(&'static str, &'static str); Why::ALL.len()],
}

/// Somebody who is linked.
struct Person {
    member: String,
    name: String,
    birth: Shown,
    branch: String,
}

impl Links {
    async fn new(app: &App, lang: Lang, clerk: &Clerk) -> Result<Links, Error> {
        let t = wording::text(lang);
        Ok(Links {
            frame: Frame::new(app, lang, t.links.title).of(clerk),
            t,
            said: None,
            untold: store::untold_end::count(&app.db, 0).await.map_err(Error::ours)?,
            wrong: None,
            wrong_number: None,
            symbol: String::new(),
            number: String::new(),
            people: None,
            whys: Why::ALL.map(|why| (why.as_str(), t.links.why(why))),
        })
    }
}

/// What just happened.
#[derive(Deserialize)]
pub(super) struct Note {
    said: Option<String>,
}

/// The form by which somebody is looked for.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Query(note): Query<Note>,
) -> Result<Response, Error> {
    let said = note.said.as_deref().and_then(|said| wording::text(lang).links.said(said));
    render(&Links { said, ..Links::new(&app, lang, &clerk).await? })
}

/// Whom a clerk looks for. It comes in a form's body: a number is no part of an address.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    symbol: String,
    #[serde(default)]
    number: String,
}

/// Who is linked under this symbol and number.
pub(super) async fn find(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Error> {
    let mut page = Links::new(&app, lang, &clerk).await?;
    let t = &page.t.links;
    let number = folded(&wanted.number);
    if my_number::present(&wanted.number) || my_number::present(&wanted.symbol) {
        // It does not even go back to the browser.
        page.wrong_number = Some(t.wrong_my_number);
        return refused(page);
    }
    (page.symbol, page.number) = (wanted.symbol, wanted.number);
    let fits = |text: &str| text.chars().count() <= CHARACTERS_MAX;
    if number.is_empty() || !fits(&number) || !fits(&page.symbol) {
        page.wrong_number = Some(t.wrong_number);
        return refused(page);
    }
    let under = Enrolment { insurer: app.insurer, symbol: folded(&page.symbol), number, branch: String::new() };
    let linked = ended::find(&app, &clerk, &under, app.clock.now()).await.map_err(Error::ours)?;
    match linked {
        Some(linked) => page.people = Some(linked.into_iter().map(|one| Person::of(one, lang)).collect()),
        None => page.said = Some(("warn", t.not_yet)),
    }
    render(&page)
}

impl Person {
    fn of(Linked { member, newest }: Linked, lang: Lang) -> Person {
        Person {
            member: hex::encode(member.0),
            name: newest.person.name,
            birth: Shown::day(newest.person.birth, lang),
            branch: newest.branch.unwrap_or_default(),
        }
    }
}

/// Whose link is to end, and why.
#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    member: String,
    #[serde(default)]
    why: String,
}

/// Ends it, and tells the platform.
pub(super) async fn end(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Error> {
    let mut member = [0; 32];
    hex::decode_to_slice(&chosen.member, &mut member).map_err(|_| Error::NotYours)?;
    let Some(why) = Why::from_code(&chosen.why) else {
        let mut page = Links::new(&app, lang, &clerk).await?;
        page.wrong = Some(page.t.links.wrong_why);
        return refused(page);
    };
    let ended = ended::end(&app, &clerk, (MemberId(member), why), app.clock.now()).await.map_err(Error::ours)?;
    let said = match ended {
        Ended::Nothing => "nothing",
        Ended::Done { untold, silent } => {
            let mut told = true;
            for one in &untold {
                told &= discovery::tell(&app, one).await.map_err(Error::ours)?;
            }
            match (silent, told) {
                (0, true) => "ended",
                (0, false) => "untold",
                (links, _) => {
                    tracing::warn!(code = "LINK-33", links, "the platform cannot be told that links have ended");
                    "silent"
                }
            }
        }
    };
    tracing::info!(outcome = said, "a clerk ended a link");
    Ok(Redirect::to(&format!("/links?said={said}")).into_response())
}

fn refused(page: Links) -> Result<Response, Error> {
    let page = Links { wrong: page.wrong.or(page.wrong_number), ..page };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)?).into_response())
}

/// As wide as a certificate's.
const CHARACTERS_MAX: usize = 40;
