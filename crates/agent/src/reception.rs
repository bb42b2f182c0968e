//! The reception desk of a clinic: cards are proved without a PIN, for sites that the person at the desk has paired.

use std::{sync::Arc, time::Duration};

use axum::{Extension, Json, extract::State, http::HeaderMap};
use tokio::time::Instant;

use crate::{
    Problem,
    app::App,
    body::Body,
    desk::{DeskState, is_news},
    guard::Site,
    wire::{Begin, PAIR_HEADER, Proved, Watch, Watched},
};

/// Longest wait of one call for a card.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// How often a card of another kind is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// `POST /v1/reception/wait`: returns when a card has come or gone, against what the page believes, or when there is
/// something new to say about the reader.
pub(crate) async fn wait(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    headers: HeaderMap,
    Body(watch): Body<Watch>,
) -> Result<Json<Watched>, Problem> {
    app.paired(&site.0, token(&headers))?;
    let limit = watch.wait_ms.map_or(WAIT_MAX, |asked| WAIT_MAX.min(Duration::from_millis(asked)));
    let deadline = Instant::now() + limit;
    let mut desk = app.desk.watch();
    let heard = watch.reader.as_deref();
    let news = |state: &DeskState| state.missing().is_none() != watch.card || is_news(state.missing(), heard);
    while Instant::now() < deadline {
        app.desk.look_again();
        let pause = deadline.min(Instant::now() + LOOK_AGAIN);
        if tokio::time::timeout_at(pause, desk.wait_for(news)).await.is_ok() {
            break;
        }
    }
    let missing = app.desk.missing();
    Ok(Json(Watched { card: missing.is_none(), reader: missing.map(Into::into) }))
}

/// `POST /v1/reception/prove`: makes message 2 for the card on the reader. The card is let go at once.
pub(crate) async fn prove(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    headers: HeaderMap,
    Body(begin): Body<Begin>,
) -> Result<Json<Proved>, Problem> {
    app.paired(&site.0, token(&headers))?;
    let origin = site.0.parse().map_err(|_| Problem::OriginRefused)?;
    let session = hex::encode(app.random.bytes::<16>());
    let proof = app.desk.prove(&session, &origin, &begin.start).await;
    app.desk.release(&session);
    proof.map(|proof| Json(Proved { proof }))
}

/// The pairing token that a call carries.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(PAIR_HEADER).and_then(|value| value.to_str().ok())
}
