//! Requests in doubt: side by side with those of the ledger who come into question, for a clerk to decide.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use health::my_number;
use serde::Deserialize;
use url::form_urlencoded;
use web::clock::{Shown, japan_date};
use web::{Error, Lang};

use super::page::{Frame, render};
use super::session::Insider;
use super::sides::Side;
use super::wording::{self, Cases, Text};
use crate::digest::ContentDigest;
use crate::link::CaseId;
use crate::link::case::{self, CaseState, Decided, Done, Ended, Look, Reason, Waiting};
use crate::store::clerk::Clerk;
use crate::{App, store};

struct Row {
    id: CaseId,
    opened: Shown,
    waits: bool,
    state: &'static str,
    by: String,
}

#[derive(Template)]
#[template(path = "console/cases.html")]
struct List {
    frame: Frame,
    t: &'static Text,
    rows: Vec<Row>,
}

/// Those that wait, and those that were decided last.
pub(super) async fn list(State(app): State<Arc<App>>, lang: Lang, Insider(clerk): Insider) -> Result<Response, Error> {
    let t = wording::text(lang);
    let row = |stored: store::link_case::Stored| Row {
        id: stored.id,
        opened: Shown::day(japan_date(stored.opened_at), lang),
        waits: stored.state == CaseState::Waiting,
        state: t.cases.state(stored.state),
        by: stored.decided.map(|(by, _)| by).unwrap_or_default(),
    };
    let rows = store::link_case::newest(&app.db).await.map_err(Error::ours)?.into_iter().map(row).collect();
    render(&List { frame: Frame::new(&app, lang, t.cases.title).of(&clerk), t, rows })
}

/// What just happened, and what was wrong with a decision.
#[derive(Deserialize, Default)]
pub(super) struct Note {
    said: Option<String>,
}

#[derive(Template)]
#[template(path = "console/case.html")]
struct One {
    frame: Frame,
    t: &'static Text,
    id: CaseId,
    said: Option<(&'static str, &'static str)>,
    wrong: Option<Wrong>,
    opened: Shown,
    sides: Vec<Side>,
    link: [(&'static str, &'static str); 3],
    refuse: [(&'static str, &'static str); 3],
    seen: String,
    ended: Option<Closed>,
}

/// What is wrong with a decision: the field, and the sentence.
#[derive(Clone, Copy)]
struct Wrong {
    field: &'static str,
    text: &'static str,
}

/// A case that has an end, as the page shows it.
struct Closed {
    state: &'static str,
    reason: Option<&'static str>,
    note: Option<String>,
    by: String,
    at: Option<Shown>,
}

impl Closed {
    fn of(ended: Ended, t: &'static Cases, lang: Lang) -> Closed {
        let (by, at) = ended.decided.unzip();
        Closed {
            state: t.state(ended.state),
            reason: ended.reason.map(|reason| t.reason(reason)),
            note: ended.note,
            by: by.unwrap_or_default(),
            at: at.map(|at| Shown::minute(at, lang)),
        }
    }
}

/// One case. Who looks is written down before it is shown.
pub(super) async fn one(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Path(id): Path<String>,
    Query(note): Query<Note>,
) -> Result<Response, Error> {
    let said = note.said.as_deref().and_then(|said| wording::text(lang).cases.said(said));
    shown(&app, lang, &clerk, &id, (said, None)).await
}

async fn shown(
    app: &App,
    lang: Lang,
    clerk: &Clerk,
    id: &str,
    (said, wrong): (Option<(&'static str, &'static str)>, Option<Wrong>),
) -> Result<Response, Error> {
    let (t, id) = (wording::text(lang), CaseId::parse(id).ok_or(Error::NotYours)?);
    let look = case::look(app, id, clerk, app.clock.now()).await.map_err(Error::ours)?.ok_or(Error::NotYours)?;
    let named = |reasons: [Reason; 3]| reasons.map(|reason| (reason.as_str(), t.cases.reason(reason)));
    let mut page = One {
        frame: Frame::new(app, lang, t.cases.one).of(clerk),
        t,
        id,
        said,
        wrong,
        opened: Shown::day(japan_date(app.clock.now()), lang),
        sides: Vec::new(),
        link: named(Reason::LINK),
        refuse: named(Reason::REFUSE),
        seen: String::new(),
        ended: None,
    };
    match look {
        Look::Ended(ended) => {
            page.opened = Shown::day(japan_date(ended.opened_at), lang);
            page.ended = Some(Closed::of(ended, &t.cases, lang));
        }
        Look::Waiting(waiting) => {
            let Waiting { opened_at, request, candidates, seen } = *waiting;
            page.opened = Shown::day(japan_date(opened_at), lang);
            page.sides = candidates.iter().map(|one| Side::of(app.insurer, &request, one, &t.cases)).collect();
            page.seen = hex::encode(seen.0);
        }
    }
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, render(&page)?).into_response())
}

/// Decides on a case.
pub(super) async fn decide(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Error> {
    let decided = match read(&body, &wording::text(lang).cases) {
        Ok(decided) => decided,
        Err(wrong) => return shown(&app, lang, &clerk, &id, (None, Some(wrong))).await,
    };
    let case = CaseId::parse(&id).ok_or(Error::NotYours)?;
    let done = case::decide(&app, case, &clerk, &decided, app.clock.now()).await.map_err(Error::ours)?;
    let said = match done.ok_or(Error::NotYours)? {
        Done::Linked => "linked",
        Done::Refused => "refused",
        Done::Over => "over",
        Done::Stale => "stale",
    };
    tracing::info!(outcome = said, "a link case was decided on");
    Ok(Redirect::to(&format!("/cases/{case}?said={said}")).into_response())
}

/// Reads the form: `act`, `reason`, `note`, `seen`, and a `member` for everybody chosen.
fn read(body: &[u8], t: &'static Cases) -> Result<Decided, Wrong> {
    let mut decided = (Vec::new(), None, String::new(), None);
    let mut links = false;
    for (name, value) in form_urlencoded::parse(body).take(FIELDS_MAX) {
        match &*name {
            "act" => links = value == "link",
            "member" => decided.0.extend(value.parse::<usize>().ok()),
            "reason" => decided.1 = Reason::from_code(&value),
            "note" => value.trim().clone_into(&mut decided.2),
            "seen" => {
                let mut seen = [0; 32];
                decided.3 = hex::decode_to_slice(&*value, &mut seen).ok().map(|()| ContentDigest(seen));
            }
            _ => {}
        }
    }
    let (mut chosen, reason, note, seen) = decided;
    chosen.sort_unstable();
    chosen.dedup();
    let (reasons, reason_field, note_field) = if links {
        (Reason::LINK, "link-reason", "link-note")
    } else {
        (Reason::REFUSE, "refuse-reason", "refuse-note")
    };
    if links && chosen.is_empty() {
        return Err(Wrong { field: "member-0", text: t.wrong_choice });
    }
    if !links {
        chosen.clear();
    }
    let reason = reason.filter(|reason| reasons.contains(reason));
    let reason = reason.ok_or(Wrong { field: reason_field, text: t.wrong_reason })?;
    if note.chars().count() > NOTE_CHARS_MAX || note.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
        return Err(Wrong { field: note_field, text: t.wrong_note });
    }
    if my_number::present(&note) {
        return Err(Wrong { field: note_field, text: t.wrong_my_number });
    }
    let seen = seen.unwrap_or(ContentDigest([0; 32]));
    Ok(Decided { chosen, reason, note: Some(note).filter(|note| !note.is_empty()), seen })
}

const FIELDS_MAX: usize = 40;
const NOTE_CHARS_MAX: usize = 200;
