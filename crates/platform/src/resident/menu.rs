//! The main menu.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use web::{Error, Lang};

use crate::{
    app::App,
    page::{Frame, render},
    session::CardHolder,
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "resident/menu.html")]
struct Menu {
    frame: Frame,
    t: &'static Text,
}

/// The tiles. What is not offered yet says so.
pub(super) async fn show(State(app): State<Arc<App>>, lang: Lang, _: CardHolder) -> Result<Response, Error> {
    let t = wording::text(lang);
    render(&Menu { frame: Frame::resident(&app, lang, t.menu.title).of_resident(), t })
}
