//! The main menu. Right after the login it also tells of overlaps and gaps of coverage.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use web::{Error, Lang};

use super::coverage::{self, Finding};
use crate::{
    app::App,
    page::{Frame, render},
    session::CardHolder,
    wording::{self, Text},
};

/// What the address of the menu says after a login. The insurers are asked at this address, and not whenever somebody comes back to
/// the menu by a link: each time is one more look in the log. Whoever comes back by the browser's history, or loads this page once
/// more, asks again.
pub(super) const AFTER_LOGIN: &str = "login";

#[derive(Template)]
#[template(path = "resident/menu.html")]
struct Menu {
    frame: Frame,
    t: &'static Text,
    findings: Vec<Finding>,
}

/// Where the person comes from.
#[derive(Deserialize)]
pub(super) struct From {
    login: Option<String>,
}

/// The tiles, and after a login, what the resident should know.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(from): Query<From>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let findings = if from.login.is_some() { findings(&app, &holder, lang).await } else { Vec::new() };
    render(&Menu { frame: Frame::resident(&app, lang, t.menu.title).of_resident(), t, findings })
}

/// What was found; nothing where that failed. The menu is the way to everything else, and the coverage page says what is wrong.
async fn findings(app: &Arc<App>, holder: &CardHolder, lang: Lang) -> Vec<Finding> {
    coverage::findings(app, holder, lang).await.unwrap_or_else(|error| {
        tracing::error!(code = error.code(), %error, "overlaps and gaps could not be looked for after a login");
        Vec::new()
    })
}
