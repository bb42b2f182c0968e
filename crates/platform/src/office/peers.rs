//! The institutions that are asked: how they are, and an examination of all of them.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use doctor::{Said, State as Grade};
use web::{Error, Lang, clock::Shown};

use crate::{
    app::App,
    doctor::examine,
    exchange::{insurers::Insurer, link},
    page::{Frame, render},
    resident::{StateWord, insurer_name},
    session::Operator,
    store::link_end::Stranded,
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "office/peers.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    peers: Vec<Peer>,
    /// What waits for institutions that have left the configuration, each in a sentence.
    stranded: Vec<String>,
    examined: Option<Examined>,
}

struct Peer {
    name: String,
    state: StateWord,
    reached: Option<Shown>,
    address: String,
}

/// What an examination has found, the worst first.
struct Examined {
    summary: String,
    fine: bool,
    findings: Vec<(StateWord, Said)>,
}

/// The page, without asking anybody.
pub(super) async fn show(State(app): State<Arc<App>>, lang: Lang, operator: Operator) -> Result<Response, Error> {
    page(&app, lang, &operator, None).await
}

/// The page, with an examination.
pub(super) async fn examined(State(app): State<Arc<App>>, lang: Lang, operator: Operator) -> Result<Response, Error> {
    let t = &wording::text(lang).peers;
    let findings = examine(&app).await;
    let fine = doctor::worst(&findings) == Grade::Ok;
    let text = if fine { t.fine } else { t.not_fine };
    let summary = text.replace("{}", &findings.len().to_string());
    let mut findings: Vec<_> = findings.iter().map(|finding| finding.said(lang)).collect();
    findings.sort_by_key(|said| std::cmp::Reverse(said.state));
    let findings = findings.into_iter().map(|said| (grade(said.state, lang), said)).collect();
    page(&app, lang, &operator, Some(Examined { summary, fine, findings })).await
}

async fn page(app: &App, lang: Lang, operator: &Operator, examined: Option<Examined>) -> Result<Response, Error> {
    let t = wording::text(lang);
    let frame = Frame::office(app, lang, t.peers.title.0).of_user(&operator.staff.display_name);
    let peers = app.insurers.all.iter().map(|insurer| peer(app, insurer, lang)).collect();
    let stranded = link::stranded(app).await.map_err(Error::ours)?.into_iter();
    let said =
        |one: Stranded| t.peers.stranded.replacen("{}", &one.provider, 1).replacen("{}", &one.ends.to_string(), 1);
    render(&Page { frame, t, peers, stranded: stranded.map(said).collect(), examined })
}

fn peer(app: &App, insurer: &Insurer, lang: Lang) -> Peer {
    let t = &wording::text(lang).peers;
    let seen = insurer.breaker.seen();
    let state = if seen.rests(app.clock.now()) {
        StateWord { class: "warn", icon: "clock", word: t.rests }
    } else {
        StateWord { class: "ok", icon: "check", word: t.asked }
    };
    Peer {
        name: insurer_name(insurer, lang).to_owned(),
        state,
        reached: seen.reached_at.map(|at| Shown::minute(at, lang)),
        address: insurer.address_now(),
    }
}

fn grade(state: Grade, lang: Lang) -> StateWord {
    let [well, watch, wrong] = wording::text(lang).peers.states;
    match state {
        Grade::Ok => StateWord { class: "ok", icon: "check", word: well },
        Grade::Warn => StateWord { class: "warn", icon: "alert", word: watch },
        Grade::Fail => StateWord { class: "bad", icon: "cross", word: wrong },
    }
}
