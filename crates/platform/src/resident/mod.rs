//! What a resident does in the portal.

mod consents;
mod contact;
mod coverage;
mod links;
mod login;
mod looks;
mod menu;
mod possession;
mod records;

pub(crate) use coverage::{Notice, StateWord, failures, name as insurer_name, old};

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{app::App, idp};

/// The resident's portal.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(login::top))
        .route("/login/card/start", post(login::start))
        .route("/login/card/prove", post(login::prove))
        .route("/login/card/ke1", post(login::try_pin))
        .route("/login/card/ke3", post(login::finish))
        .route("/login/possession/start", post(possession::start))
        .route("/login/possession/prove", post(possession::prove))
        .route("/logout", post(idp::log_out))
        .route("/menu", get(menu::show))
        .route("/coverage", get(coverage::show))
        .route("/looks", get(looks::show))
        .route("/consents", get(consents::show).post(consents::change))
        .merge(contact::routes())
        .merge(links::routes())
        .merge(records::routes())
}
