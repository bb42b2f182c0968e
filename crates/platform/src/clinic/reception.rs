//! The reception: a card is put on the desk's reader, and the eligibility screen follows.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use health::eligibility;
use web::{
    Error, Lang,
    clock::{Shown, japan_date},
};

use super::date::Asked;
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
    /// The first and last date that can be asked about.
    dates: (String, String),
    /// What stands in the field.
    written: String,
    /// Another date than today's.
    set: Option<Set>,
    wrong: bool,
}

/// The date that is set.
struct Set {
    date: String,
    text: String,
}

/// The page that waits for a card.
///
/// With a date in its address it checks for that date; a form sets it, without a script.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let today = japan_date(app.clock.now());
    let on = asked.on(today);
    let set = on
        .as_ref()
        .ok()
        .filter(|date| **date != today)
        .map(|date| Set { date: date.to_string(), text: t.on_date.set.replace("{}", &Shown::day(*date, lang).text) });
    let dates = eligibility::dates(today);
    let dates = (dates.start().to_string(), dates.end().to_string());
    let written = on.as_ref().map_or_else(|_| asked.written().to_owned(), ToString::to_string);
    let frame = Frame::clinic(&app, lang, t.clinic.reception).of_user(&clerk.staff.display_name);
    let page = render(&Reception { frame, t, staff: clerk.staff, dates, written, set, wrong: on.is_err() })?;
    Ok(if on.is_err() { (StatusCode::UNPROCESSABLE_ENTITY, page).into_response() } else { page })
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
