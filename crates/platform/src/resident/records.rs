//! A resident's own records beside coverage: check-ups, medical expenses and pensions, as the insurers answered a moment ago.
//!
//! Each kind says what its tables are made of ([`sheet::Record`]); one page shows any of them.

mod checkups;
mod expenses;
mod pension;
mod sheet;

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use health::{checkup_xml::Findings, expense::Expense, pension_xml::Statement};
use web::{Error, Lang, clock::Shown};

use self::sheet::{Record, Sheet};
use super::coverage::{Notice, failures, name, old};
use crate::{
    app::App,
    audit, consent,
    exchange::{self, Answer},
    page::{Frame, render},
    purpose::Purpose,
    session::CardHolder,
    wording::{self, RecordKind, Text},
};

/// The pages of each kind.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/records/checkups", get(show::<Findings>))
        .route("/records/expenses", get(show::<Expense>))
        .route("/records/pension", get(show::<Statement>))
}

#[derive(Template)]
#[template(path = "resident/records.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    kind: &'static RecordKind,
    consented: bool,
    failures: Vec<Notice>,
    sources: Vec<Source>,
}

/// What one insurer answered.
struct Source {
    id: String,
    of_household: bool,
    kind: &'static str,
    insurer: String,
    as_of: Shown,
    /// That its records are old.
    old: Option<String>,
    sheets: Vec<Sheet>,
}

/// The page. Without consent nothing is asked; without a log entry nothing is shown.
async fn show<T: Record>(State(app): State<Arc<App>>, lang: Lang, holder: CardHolder) -> Result<Response, Error> {
    let t = wording::text(lang);
    let kind = T::words(&t.records);
    let frame = Frame::resident(&app, lang, kind.title).of_resident();
    let consented = consent::check(&app, holder.resident(), Purpose::SelfView).await.map_err(Error::ours)?;
    let Some(consented) = consented else {
        let (failures, sources) = (Vec::new(), Vec::new());
        return render(&Page { frame, t, kind, consented: false, failures, sources });
    };
    let found = exchange::fetch_own::<T>(&app, consented, holder.authn()).await?;
    let disclosed = audit::disclose(&app, found).await?;
    let failures = failures(&disclosed, lang);
    let answers = disclosed.answers.into_iter().enumerate();
    let sources = answers.map(|(place, answer)| source(&app, answer, place, lang)).collect();
    render(&Page { frame, t, kind, consented: true, failures, sources })
}

fn source<T: Record>(app: &App, answer: Answer<T>, place: usize, lang: Lang) -> Source {
    let scheme = answer.source.number.scheme();
    Source {
        id: format!("source-{place}"),
        of_household: scheme.names_householder(),
        kind: match lang {
            Lang::Ja => scheme.name_ja(),
            Lang::En => scheme.name_en(),
        },
        insurer: name(&answer.source, lang).to_owned(),
        as_of: Shown::minute(answer.as_of, lang),
        old: old(app, &answer, lang),
        sheets: T::sheets(answer.records, lang),
    }
}
