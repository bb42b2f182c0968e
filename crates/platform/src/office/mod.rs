//! What the consortium office does: it lets institutions and their staff in, and registers services.

mod acts;
mod add;
pub mod difference;
mod ends;
mod institutions;
mod keys;
mod peers;
mod policy;
pub mod registry;
mod remark;
mod services;
pub mod staff;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::app::App;

/// The office's portal, after the login.
pub(crate) fn routes() -> Router<Arc<App>> {
    let uploads = Router::new()
        .route("/services/check", post(add::check))
        .route("/services/register", post(add::register))
        .layer(DefaultBodyLimit::max(add::BODY_BYTES_MAX));
    Router::new()
        .route("/services", get(services::list))
        .route("/services/one", get(services::one))
        .route("/services/add", get(add::show))
        .route("/services/policy", post(acts::save))
        .route("/services/sure", get(acts::ask))
        .route("/services/act", post(acts::act))
        .route("/keys", get(keys::show))
        .route("/keys/change", post(keys::change))
        .route("/institutions", get(institutions::show))
        .route("/institutions/issue", post(institutions::issue))
        .route("/institutions/withdraw", post(institutions::withdraw))
        .route("/peers", get(peers::show).post(peers::examined))
        .merge(uploads)
}
