//! The end of a link, or of a wish that waits: a page that asks once more, and the end.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::Response,
};
use web::{Error, Lang};

use super::{Which, back, named};
use crate::{
    app::App,
    exchange::link::{self, End},
    page::{Frame, render},
    session::CardHolder,
    store::{self, linking::Linking},
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "resident/links/end.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    provider: String,
    generation: i64,
    text: String,
    button: &'static str,
}

/// `GET /links/end`, of what can be ended.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(which): Query<Which>,
) -> Result<Response, Error> {
    let text = wording::text(lang);
    let t = &text.links.sure;
    let links = store::link::of(&app.db, holder.resident()).await.map_err(Error::ours)?;
    let wishes = store::linking::of(&app.db, holder.resident()).await.map_err(Error::ours)?;
    let waits =
        |wish: &Linking| wish.provider == which.provider && wish.generation == which.generation && wish.state.is_open();
    let (title, words, button) = if links.contains(&which.link()) {
        (t.title, t.text, t.button)
    } else if wishes.iter().any(waits) {
        (t.withdraw_title, t.withdraw_text, t.withdraw_button)
    } else {
        return Err(Error::NotYours);
    };
    let frame = Frame::resident(&app, lang, title).of_resident();
    let named = named(&app, &which.provider, lang);
    let (provider, generation) = (which.provider, which.generation);
    render(&Page { frame, t: text, provider, generation, text: words.replace("{}", &named), button })
}

/// `POST /links/end`.
pub(super) async fn end(
    State(app): State<Arc<App>>,
    holder: CardHolder,
    Form(which): Form<Which>,
) -> Result<Response, Error> {
    let end = link::end(&app, holder.resident(), &which.link(), holder.authn()).await?;
    Ok(back("ended", end == End::Untold))
}
