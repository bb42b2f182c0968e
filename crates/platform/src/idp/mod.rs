//! The identity provider: services of others log residents in with the card (SAML 2.0).
//!
//! ```text
//! sso (request) → waiting → login, release → answer (POST form or artifact) → the service
//! logout (one service or the portal asks) → every service of the session → page that says who confirmed
//! ```
//!
//! [`services`] is who may ask, [`policy`] what each gets, [`signing`] which key speaks for us today.

mod artifact;
mod known;
mod logout;
pub mod metadata;
mod name;
pub mod outbound;
pub mod policy;
mod receiver;
mod refused;
pub mod schedule;
mod seen;
pub mod services;
pub mod signing;

use std::sync::Arc;

use axum::{Router, routing::get};

use crate::app::App;

/// Pages of the identity provider that residents open: guarded like every page.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
}

/// Where services knock, through the browser or behind its back: open to other sites, each message proves itself.
pub(crate) fn door() -> Router<Arc<App>> {
    Router::new().route("/saml/metadata", get(metadata::show))
}
