//! Every address of the agent.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, header},
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::{get, post},
};

use crate::{
    app::App,
    body::BODY_BYTES_MAX,
    guard::{Site, listed_site, own_address, own_page},
    login::calls as login,
    pairing, reception, window, wire,
};

/// Everything that is served over HTTP.
pub(crate) fn http(app: Arc<App>) -> Router {
    site(Arc::clone(&app)).merge(windows(Arc::clone(&app))).layer(from_fn_with_state(app, own_address))
}

/// The windows alone: what an agent serves over HTTP when a browser speaks with it by native messaging.
pub(crate) fn windows_only(app: Arc<App>) -> Router {
    windows(Arc::clone(&app)).layer(from_fn_with_state(app, own_address))
}

/// The calls of sites.
pub(crate) fn site(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/hello", get(hello))
        .route("/v1/login", post(login::begin))
        .route("/v1/login/{ticket}/prove", post(login::prove))
        .route("/v1/login/{ticket}/open", post(login::open))
        .route("/v1/login/{ticket}/finish", post(login::finish))
        .route("/v1/login/{ticket}/done", post(login::done))
        .route("/v1/login/{ticket}/cancel", post(login::cancel))
        .route("/v1/pair", post(pairing::begin))
        .route("/v1/pair/{ticket}", post(pairing::wait))
        .route("/v1/reception/wait", post(reception::wait))
        .route("/v1/reception/prove", post(reception::prove))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&app), listed_site))
        .with_state(app)
}

/// The person's windows.
fn windows(app: Arc<App>) -> Router {
    Router::new()
        .route("/window/{ticket}", get(window::show).post(window::answer))
        .route("/window/{ticket}/state", get(window::state))
        .route("/window.css", get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
        .route("/window.js", get(async || ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(own_page))
        .with_state(app)
}

const STYLE: &str = include_str!("pages/window.css");
const SCRIPT: &str = include_str!("pages/window.js");

/// `GET /v1/hello`: here is an agent, and this is what is connected.
async fn hello(State(app): State<Arc<App>>, Extension(site): Extension<Site>, headers: HeaderMap) -> impl IntoResponse {
    let paired = app.paired(&site.0, reception::token(&headers)).is_ok();
    Json(wire::Hello { agent: env!("CARGO_PKG_VERSION").into(), paired, readers: app.desk.readers() })
}
