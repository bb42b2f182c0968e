//! What residents have said of how they are reached, for whoever at the insurer writes to them or rings them up.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use health::Coverage;
use serde::Deserialize;
use web::clock::Shown;
use web::{Error, Lang};

use super::page::{Frame, render};
use super::session::Insider;
use super::wording::{self, Text};
use crate::App;
use crate::contact::{self, PAGE, Word};

#[derive(Template)]
#[template(path = "console/contacts.html")]
struct Contacts {
    frame: Frame,
    t: &'static Text,
    rows: Vec<Row>,
    /// How many newer ones the next page leaves out.
    next: Option<usize>,
}

/// One member.
struct Row {
    /// As the ledger writes it; nothing where it has nobody any more.
    name: Option<String>,
    number: String,
    phone: Option<String>,
    email: Option<String>,
    notices: Option<&'static str>,
    changed: Shown,
}

/// How many newer ones are left out.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    after: usize,
}

/// The page. Every opening of it is in the access log.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Query(Wish { after }): Query<Wish>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let looked = contact::look(&app, &clerk, after, app.clock.now()).await.map_err(Error::ours)?;
    let row = |(word, known): (Word, Option<Coverage>)| Row {
        number: known.as_ref().map(number).unwrap_or_default(),
        name: known.map(|known| known.person.name),
        phone: word.phone,
        email: word.email,
        notices: word.notices.and_then(|wish| t.contacts.notices(&wish)),
        changed: Shown::minute(word.changed_at, lang),
    };
    let rows = looked.words.into_iter().map(row).collect();
    let next = looked.more.then_some(after + PAGE);
    render(&Contacts { frame: Frame::new(&app, lang, t.contacts.title).of(&clerk), t, rows, next })
}

/// Symbol, number and branch, as the ledger writes them.
fn number(known: &Coverage) -> String {
    let parts = [known.symbol.as_deref(), Some(known.number.as_str()), known.branch.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("・")
}
