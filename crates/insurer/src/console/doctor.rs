//! The examination: what is wrong with the node, and what to do.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use doctor::{Said, State as Grade};
use web::{Error, Lang};

use super::page::{Frame, render};
use super::session::Insider;
use super::wording::{self, Text};
use crate::App;

#[derive(Template)]
#[template(path = "console/doctor.html")]
struct Doctor {
    frame: Frame,
    t: &'static Text,
    fine: bool,
    summary: String,
    findings: Vec<(Look, Said)>,
}

/// How bad a finding is, in one word and with the icon that says the same.
struct Look {
    class: &'static str,
    icon: &'static str,
    word: &'static str,
}

/// The page, the worst first.
pub(super) async fn show(State(app): State<Arc<App>>, lang: Lang, Insider(clerk): Insider) -> Result<Response, Error> {
    let t = wording::text(lang);
    let findings = crate::doctor::examine(&app).await;
    let fine = doctor::worst(&findings) == Grade::Ok;
    let summary = if fine { t.doctor.fine } else { t.doctor.not_fine };
    let summary = summary.replace("{}", &findings.len().to_string());
    let mut findings: Vec<_> = findings.iter().map(|finding| finding.said(lang)).collect();
    findings.sort_by_key(|said| std::cmp::Reverse(said.state));
    let findings = findings.into_iter().map(|said| (look(said.state, t), said)).collect();
    render(&Doctor { frame: Frame::new(&app, lang, t.doctor.title).of(&clerk), t, fine, summary, findings })
}

fn look(state: Grade, t: &'static Text) -> Look {
    let [well, watch, wrong] = t.doctor.states;
    match state {
        Grade::Ok => Look { class: "ok", icon: "check", word: well },
        Grade::Warn => Look { class: "warn", icon: "alert", word: watch },
        Grade::Fail => Look { class: "bad", icon: "cross", word: wrong },
    }
}
