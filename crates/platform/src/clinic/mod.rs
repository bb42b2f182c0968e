//! What the staff of a hospital or clinic do.

mod again;
mod claim_answer;
mod claims;
mod date;
mod eligibility;
mod reception;
mod reference;
mod sources;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::app::App;

/// The clinic portal, after the login.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/reception", get(reception::show))
        .route("/reception/start", post(reception::start))
        .route("/reception/again", post(again::check))
        .route("/reception/check", get(reception::again).post(eligibility::check))
}

/// The door for the institutions' own software, which shows a key instead of a session.
pub(crate) fn door() -> Router<Arc<App>> {
    Router::new().route("/claims/check", post(claims::check)).layer(DefaultBodyLimit::max(claims::BODY_BYTES_MAX))
}
