//! What the staff of a hospital or clinic do.

mod date;
mod eligibility;
mod reception;
mod sources;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::app::App;

/// The clinic portal, after the login.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/reception", get(reception::show))
        .route("/reception/start", post(reception::start))
        .route("/reception/check", get(reception::again).post(eligibility::check))
}
