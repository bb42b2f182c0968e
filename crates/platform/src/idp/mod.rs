//! The identity provider: services of others log residents in with the card (SAML 2.0).
//!
//! ```text
//! sso (request) → waiting → login, release → answer (POST form or artifact) → the service
//! logout (one service or the portal asks) → every service of the session → page that says who confirmed
//! ```
//!
//! [`services`] is who may ask, [`policy`] what each gets, [`signing`] which key speaks for us today.

mod answer;
mod artifact;
mod attributes;
mod begun;
pub(crate) mod bootstrap;
mod change;
mod decide;
mod delivery;
mod ecp;
pub mod expiry;
mod hop;
mod known;
mod launch;
mod logout;
pub mod metadata;
mod name;
pub mod outbound;
pub mod policy;
mod query;
pub mod reach;
mod receiver;
mod records;
pub mod refresh;
mod refused;
mod release;
pub mod schedule;
pub(crate) mod seen;
mod sender;
pub mod services;
pub mod signing;
mod soap;
mod sso;
pub mod substance;
mod times;
mod unavailable;
mod waiting;
pub(crate) mod watch;

pub(crate) use delivery::onward_page;
pub use logout::resume as resume_logouts;
pub(crate) use logout::{begin as log_out, behind as log_out_behind, bereave};
pub(crate) use records::{Rows, chosen, rows};
pub(crate) use release::Offer;
pub(crate) use services::Service;
pub(crate) use sso::takes_card_alone;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::app::App;

/// Pages of the identity provider that residents open: guarded like every page.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/services", get(launch::show))
        .route("/services/open", post(launch::open))
        .route("/services/release", get(change::show).post(change::save))
        .route("/services/unlink", post(launch::unlink))
        .route("/saml/continue/{handle}", get(sso::proceed))
        .route("/saml/release/{handle}", post(release::agree))
        .route("/saml/without/{handle}", post(sso::without))
        .route("/saml/cancel/{handle}", post(sso::cancel))
        .merge(logout::routes())
}

/// Where services knock, through the browser or behind its back: open to other sites, each message proves itself.
pub(crate) fn door() -> Router<Arc<App>> {
    Router::new()
        .route("/saml/sso", get(sso::by_redirect).post(sso::by_post))
        .route("/saml/metadata", get(metadata::show))
        .merge(logout::door())
        .merge(soap::door())
}
