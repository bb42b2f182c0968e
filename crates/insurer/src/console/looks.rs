//! Who asked: the access log, and whether it is as it was written.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use web::clock::Shown;
use web::{Error, Lang};

use super::page::{Frame, render};
use super::session::Insider;
use super::wording::{self, Text};
use crate::access_log::{Broken, End};
use crate::{App, store};

struct Look {
    seq: i64,
    at: Shown,
    requester: String,
    category: String,
    purpose: String,
    outcome: String,
}

#[derive(Template)]
#[template(path = "console/looks.html")]
struct Looks {
    frame: Frame,
    t: &'static Text,
    looks: Vec<Look>,
    next: Option<i64>,
    whole: Option<String>,
    broken: Option<String>,
}

/// From where on, and whether the chain is to be verified.
#[derive(Deserialize)]
pub(super) struct Wish {
    before: Option<i64>,
    verify: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Query(wish): Query<Wish>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let newest = store::access_log::newest(&app.db, wish.before.unwrap_or(i64::MAX)).await.map_err(Error::ours)?;
    let next = newest.last().map(|look| look.seq).filter(|seq| *seq > 1);
    let look = |look: store::access_log::Shown| Look {
        seq: look.seq,
        at: Shown::minute(look.at, lang),
        requester: look.requester,
        category: t.looks.category(&look.category),
        purpose: t.looks.purpose(&look.purpose),
        outcome: t.looks.outcome(&look.outcome),
    };
    let looks = newest.into_iter().map(look).collect();
    let (whole, broken) = match wish.verify {
        None => (None, None),
        Some(_) => match app.verify_access_log().await {
            Ok(End { seq, hash }) => {
                let text = t.looks.whole.replacen("{}", &seq.to_string(), 1);
                (Some(text.replacen("{}", &hex::encode(hash), 1)), None)
            }
            Err(Broken::Unreadable(error)) => return Err(Error::ours(error)),
            Err(Broken::Entry { seq } | Broken::End { seq }) => {
                tracing::error!(seq, "the access log is not as it was written");
                (None, Some(t.looks.broken.replacen("{}", &seq.to_string(), 1)))
            }
        },
    };
    render(&Looks { frame: Frame::new(&app, lang, t.looks.title).of(&clerk), t, looks, next, whole, broken })
}
