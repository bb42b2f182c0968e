//! What the consortium office does: it lets institutions and their staff in, and registers services.

pub mod registry;
pub mod staff;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// The office's portal, after the login.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
}
