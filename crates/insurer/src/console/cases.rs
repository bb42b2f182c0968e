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
    /// The places of the candidates that are ticked.
    ticked: Vec<usize>,
    link: Form,
    refuse: Form,
    seen: String,
    ended: Option<Closed>,
}

/// One of the two forms, filled as it was sent.
struct Form {
    /// Code, text, and whether it is chosen.
    reasons: [(&'static str, &'static str, bool); 3],
    note: String,
    wrong_reason: Option<&'static str>,
    wrong_note: Option<&'static str>,
}

impl Form {
    fn new(reasons: [Reason; 3], sent: Option<&Sent>, wrong: Option<Wrong>, t: &'static Cases) -> Form {
        let chosen = sent.and_then(|sent| sent.reason);
        let wrong = |part| wrong.filter(|wrong| sent.is_some() && wrong.part == part).map(|wrong| wrong.text);
        Form {
            reasons: reasons.map(|reason| (reason.as_str(), t.reason(reason), chosen == Some(reason))),
            note: sent.map(|sent| sent.note.clone()).unwrap_or_default(),
            wrong_reason: wrong(Part::Reason),
            wrong_note: wrong(Part::Note),
        }
    }
}

/// For what a case is shown.
enum News {
    /// Something was done, or nothing: class and sentence.
    Said(Option<(&'static str, &'static str)>),
    /// A decision was not understood.
    Wrong(Wrong, Sent),
}

/// What is wrong with a decision: the field, and the sentence.
#[derive(Clone, Copy)]
struct Wrong {
    part: Part,
    field: &'static str,
    text: &'static str,
}

/// The part of a form that is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Choice,
    Reason,
    Note,
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
    shown(&app, lang, &clerk, &id, News::Said(said)).await
}

async fn shown(app: &App, lang: Lang, clerk: &Clerk, id: &str, news: News) -> Result<Response, Error> {
    let (t, id) = (wording::text(lang), CaseId::parse(id).ok_or(Error::NotYours)?);
    let look = case::look(app, id, clerk, app.clock.now()).await.map_err(Error::ours)?.ok_or(Error::NotYours)?;
    let (said, wrong, sent) = match news {
        News::Said(said) => (said, None, None),
        News::Wrong(wrong, sent) => (None, Some(wrong), Some(sent)),
    };
    let form = |reasons, links| {
        let sent = sent.as_ref().filter(|sent| sent.links == links);
        Form::new(reasons, sent, wrong, &t.cases)
    };
    let mut page = One {
        frame: Frame::new(app, lang, t.cases.one).of(clerk),
        t,
        id,
        said,
        wrong,
        opened: Shown::day(japan_date(app.clock.now()), lang),
        sides: Vec::new(),
        ticked: Vec::new(),
        link: form(Reason::LINK, true),
        refuse: form(Reason::REFUSE, false),
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
            // A place means somebody else where the ledger has changed since.
            page.ticked = sent.filter(|sent| sent.seen == Some(seen)).map(|sent| sent.chosen).unwrap_or_default();
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
    let mut sent = Sent::read(&body);
    let decided = match sent.decided(&wording::text(lang).cases) {
        Ok(decided) => decided,
        Err(wrong) => return shown(&app, lang, &clerk, &id, News::Wrong(wrong, sent)).await,
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

/// A form as it was sent: `act`, `reason`, `note`, `seen`, and a `member` for everybody chosen.
#[derive(Default)]
struct Sent {
    links: bool,
    chosen: Vec<usize>,
    reason: Option<Reason>,
    note: String,
    seen: Option<ContentDigest>,
}

impl Sent {
    fn read(body: &[u8]) -> Sent {
        let mut sent = Sent::default();
        for (name, value) in form_urlencoded::parse(body).take(FIELDS_MAX) {
            match &*name {
                "act" => sent.links = value == "link",
                "member" => sent.chosen.extend(value.parse::<usize>().ok()),
                "reason" => sent.reason = Reason::from_code(&value),
                "note" => value.trim().clone_into(&mut sent.note),
                "seen" => {
                    let mut seen = [0; 32];
                    sent.seen = hex::decode_to_slice(&*value, &mut seen).ok().map(|()| ContentDigest(seen));
                }
                _ => {}
            }
        }
        sent.chosen.sort_unstable();
        sent.chosen.dedup();
        sent
    }

    /// The decision. An Individual Number is taken out of the remark, so that it does not even go back to the browser.
    fn decided(&mut self, t: &'static Cases) -> Result<Decided, Wrong> {
        let (reasons, reason_field, note_field) = if self.links {
            (Reason::LINK, "link-reason", "link-note")
        } else {
            (Reason::REFUSE, "refuse-reason", "refuse-note")
        };
        let wrong_note = |text| Wrong { part: Part::Note, field: note_field, text };
        if my_number::present(&self.note) {
            self.note.clear();
            return Err(wrong_note(t.wrong_my_number));
        }
        if self.links && self.chosen.is_empty() {
            return Err(Wrong { part: Part::Choice, field: "member-0", text: t.wrong_choice });
        }
        let reason = self.reason.filter(|reason| reasons.contains(reason));
        let reason = reason.ok_or(Wrong { part: Part::Reason, field: reason_field, text: t.wrong_reason })?;
        let note = &self.note;
        if note.chars().count() > NOTE_CHARS_MAX || note.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
            return Err(wrong_note(t.wrong_note));
        }
        Ok(Decided {
            chosen: if self.links { self.chosen.clone() } else { Vec::new() },
            reason,
            note: Some(note.clone()).filter(|note| !note.is_empty()),
            seen: self.seen.unwrap_or(ContentDigest([0; 32])),
        })
    }
}

const FIELDS_MAX: usize = 40;
const NOTE_CHARS_MAX: usize = 200;
