//! The reception: a card is put on the desk's reader, and the eligibility screen follows.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use web::{Error, Lang};

use crate::{
    app::App,
    card::attempt::{self, Kind},
    page::{Frame, render},
    session::Clerk,
    store::staff::Staff,
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "clinic/reception.html")]
struct Reception {
    frame: Frame,
    t: &'static Text,
    staff: Staff,
}

/// The page that waits for a card.
pub(super) async fn show(State(app): State<Arc<App>>, lang: Lang, clerk: Clerk) -> Result<Response, Error> {
    let t = wording::text(lang);
    let frame = Frame::clinic(&app, lang, t.clinic.reception).of_user(&clerk.staff.display_name);
    render(&Reception { frame, t, staff: clerk.staff })
}

/// Message 0 for a card at this desk.
pub(super) async fn start(State(app): State<Arc<App>>, clerk: Clerk) -> Result<Response, Error> {
    let start = attempt::start(&app, Kind::Reception, clerk.desk).await.map_err(Error::ours)?;
    Ok(Json(start).into_response())
}

/// An eligibility screen is the answer to one card: an address typed again leads back to the reader.
pub(super) async fn again(_: Clerk) -> Redirect {
    Redirect::to("/reception")
}
