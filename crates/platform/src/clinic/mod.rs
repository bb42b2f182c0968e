//! What the staff of a hospital or clinic do.

mod eligibility;
mod login;
mod passkeys;
mod reception;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::app::App;

/// The clinic portal.
pub(crate) fn routes(demo_login: bool) -> Router<Arc<App>> {
    let router = Router::new()
        .route("/", get(login::show))
        .route("/login/passkey/start", post(login::start))
        .route("/login/passkey/finish", post(login::finish))
        .route("/logout", post(login::log_out))
        .route("/invitation/{code}", get(passkeys::invited))
        .route("/invitation/{code}/start", post(passkeys::start_invited))
        .route("/passkeys", get(passkeys::show))
        .route("/passkeys/start", post(passkeys::start))
        .route("/passkeys/finish", post(passkeys::finish))
        .route("/reception", get(reception::show))
        .route("/reception/start", post(reception::start))
        .route("/reception/check", get(reception::again).post(eligibility::check));
    if demo_login { router.route("/login/demo", post(login::demo)) } else { router }
}
