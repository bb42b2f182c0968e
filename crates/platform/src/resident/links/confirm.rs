//! "Is this you": the insurer and the end of the number that it has found, before anything of the record is shown.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use web::{Error, Lang};

use super::{Notice, Which, back, name, named};
use crate::{
    app::App,
    exchange::link::{self, Confirmable, End, Word},
    page::{Frame, render},
    session::CardHolder,
    store::link::Link,
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "resident/links/confirm.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    insurer: String,
    provider: String,
    generation: i64,
    /// The end of the number; none where there is nothing to confirm.
    number: Option<String>,
    notice: Option<Notice>,
}

/// Which institution.
#[derive(Deserialize)]
pub(super) struct Of {
    provider: String,
}

/// `GET /links/confirm`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(of): Query<Of>,
) -> Result<Response, Error> {
    let text = wording::text(lang);
    let t = &text.links.confirm;
    let insurer = app.insurers.find(&of.provider).ok_or(Error::NotYours)?;
    let (wish, confirmable) = link::found(&app, holder.resident(), insurer, holder.authn()).await?;
    let insurer = name(insurer, lang).to_owned();
    let notice = |(title, text): (&str, &str)| Some(Notice { title: title.to_owned(), text: text.to_owned() });
    let (number, notice) = match confirmable {
        Confirmable::Number(number) => (Some(number), None),
        Confirmable::Review => (None, notice(t.review)),
        Confirmable::Gone => (None, notice(t.gone)),
        Confirmable::Unanswered(reason) => {
            (None, notice((&text.links.unanswered.replace("{}", &insurer), text.reason(reason))))
        }
    };
    let frame = Frame::resident(&app, lang, t.title).of_resident();
    let (provider, generation) = (wish.provider, wish.generation);
    render(&Page { frame, t: text, insurer, provider, generation, number, notice })
}

/// The institution has ended it while the resident was reading.
fn gone(app: &App, lang: Lang, link: Link) -> Result<Response, Error> {
    let t = wording::text(lang);
    let (title, text) = t.links.confirm.gone;
    let notice = Some(Notice { title: title.to_owned(), text: text.to_owned() });
    let frame = Frame::resident(app, lang, t.links.confirm.title).of_resident();
    let insurer = named(app, &link.provider, lang);
    let Link { provider, generation } = link;
    let page = render(&Page { frame, t, insurer, provider, generation, number: None, notice })?;
    Ok((StatusCode::CONFLICT, page).into_response())
}

/// What the resident says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    provider: String,
    generation: i64,
    mine: bool,
}

/// `POST /links/confirm`.
pub(super) async fn said(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Form(said): Form<Said>,
) -> Result<Response, Error> {
    let link: Link = Which { provider: said.provider, generation: said.generation }.link();
    let word = if said.mine {
        link::confirm(&app, holder.resident(), &link).await?
    } else {
        link::deny(&app, holder.resident(), &link, holder.authn()).await?
    };
    match word {
        Word::InForce => Ok(back("confirmed", false)),
        Word::Denied(end) => Ok(back("denied", end == End::Untold)),
        Word::Gone => gone(&app, lang, link),
    }
}
