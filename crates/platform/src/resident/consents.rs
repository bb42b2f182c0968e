//! Consents: what they say, and giving or withdrawing them.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use web::{
    Error, Lang,
    clock::{Shown, japan_date},
};

use crate::{
    app::App,
    consent::{self, TEXT_VERSION},
    page::{Frame, render},
    purpose::Purpose,
    session::CardHolder,
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "resident/consents.html")]
struct Consents {
    frame: Frame,
    t: &'static Text,
    version: &'static str,
    rows: Vec<Row>,
}

/// One consent.
struct Row {
    code: &'static str,
    title: &'static str,
    text: &'static str,
    since: Option<Shown>,
}

/// All consents that there are, given or not.
pub(super) async fn show(State(app): State<Arc<App>>, lang: Lang, holder: CardHolder) -> Result<Response, Error> {
    let t = wording::text(lang);
    let mut rows = Vec::new();
    for purpose in Purpose::ALL {
        let given = consent::check(&app, holder.resident(), purpose).await.map_err(Error::ours)?;
        let (title, text) = t.consent(purpose);
        let since = given.map(|consented| Shown::day(japan_date(consented.given_at()), lang));
        rows.push(Row { code: purpose.code(), title, text, since });
    }
    let frame = Frame::resident(&app, lang, t.consents.title).of_resident();
    render(&Consents { frame, t, version: TEXT_VERSION, rows })
}

/// What a button of the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    purpose: String,
    version: String,
    give: bool,
}

/// Gives or withdraws one consent.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    holder: CardHolder,
    Form(change): Form<Change>,
) -> Result<Response, Error> {
    let purpose = Purpose::from_code(&change.purpose).ok_or(Error::Refused { code: "WEB-03" })?;
    let changed = if change.give && change.version != TEXT_VERSION {
        // The page was opened before the text changed: the new one has to be read first.
        Ok(())
    } else if change.give {
        consent::give(&app, holder.resident(), purpose).await
    } else {
        consent::withdraw(&app, holder.resident(), purpose).await
    };
    changed.map_err(Error::ours)?;
    Ok(Redirect::to("/consents").into_response())
}
