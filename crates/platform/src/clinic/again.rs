//! A check once more, by the reference of an earlier one: the card is not there, and what has changed since is said.

use std::sync::Arc;

use axum::{Form, extract::State, response::Response};
use serde::Deserialize;
use web::{
    Error, Lang,
    clock::{Shown, japan_date},
};

use super::{
    claims::{self, Refusal},
    eligibility::{Since, page, refused},
};
use crate::{
    app::App,
    page::{Frame, render},
    resident::Notice,
    session::Clerk,
    wording,
};

/// The form of the reception.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    reference: String,
    /// Empty for the date of that check.
    on: String,
}

/// `POST /reception/again`.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    lang: Lang,
    clerk: Clerk,
    Form(asked): Form<Asked>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let frame = |title| Frame::clinic(&app, lang, title).of_user(&clerk.staff.display_name);
    let refuse = |refusal: Refusal| {
        tracing::info!(code = refusal.code(), "a check by reference was refused");
        refused(frame(t.on_date.claims.again.refused), refusal.text(t).to_owned(), refusal.code())
    };
    let date = match asked.on.trim() {
        "" => None,
        written => match written.parse() {
            Ok(date) => Some(date),
            Err(_) => return refuse(Refusal::Date),
        },
    };
    let by = (clerk.staff.institution.as_str(), Some(clerk.staff.id));
    let again = match claims::again(&app, by, &asked.reference, date).await? {
        Ok(again) => again,
        Err(refusal) => return refuse(refusal),
    };
    let mut page = page(&app, &again.disclosed, (again.date, asked.reference), frame(t.eligibility.title));
    let then = Shown::day(japan_date(again.checked.checked_at), lang);
    page.since = again.changed.map(|changed| {
        let said = &t.on_date.claims.again;
        let (look, (title, text)) =
            if changed { (("warn", "alert"), said.changed) } else { (("info", "check"), said.same) };
        Since { look, notice: Notice { title: title.to_owned(), text: text.replace("{}", &then.text) } }
    });
    render(&page)
}
