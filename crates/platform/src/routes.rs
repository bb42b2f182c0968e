//! Which host name leads where, and the guards that stand before every page.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceExt;
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};
use web::{
    Error,
    assets::{self, Asset},
    guard::{BODY_BYTES_MAX, guard, open},
};

use crate::{
    app::App,
    clinic, idp, office, page, resident,
    staff::{self, Door},
    wsf,
};

/// All portals behind one listener; any other host name is refused.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let portal = guarded(resident::routes().merge(idp::routes()).merge(wsf::routes()), app)
        .merge(opened(idp::door().merge(wsf::door()), app));
    let demo = app.config.demo_login;
    let clinic =
        guarded(clinic::routes().merge(staff::routes(Door::Clinic, demo)), app).merge(opened(clinic::door(), app));
    let mut hosts = vec![(host(&app.config.portal_origin), portal), (host(&app.config.clinic_origin), clinic)];
    if let Some(origin) = &app.config.office_origin {
        let office = guarded(office::routes().merge(staff::routes(Door::Office, demo)), app);
        hosts.push((host(origin), office));
    }
    let hosts: Hosts = hosts.into();
    let secure = app.config.secure();
    Router::new()
        .route("/health", get(|| async { "ok" }))
        .fallback(move |request: Request| dispatch(Arc::clone(&hosts), request))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_WITHIN))
        .layer(map_response(move |response: Response| async move { stay_secure(response, secure) }))
        .layer(CatchPanicLayer::new())
}

/// The door for services and for clinics' own software, whose messages come from other sites or from no page at all: each proves
/// itself, or is refused.
fn opened(door: Router<Arc<App>>, app: &Arc<App>) -> Router {
    door.layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX))
        .layer(from_fn(open))
        .layer(from_fn_with_state(Arc::clone(app), page::show_errors))
        .with_state(Arc::clone(app))
}

/// Largest body at the services' door: a message of 128 KiB in base64, in a form.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// Every page passes these, from the outside in: error pages, security headers and the same-origin rule, language.
fn guarded(pages: Router<Arc<App>>, app: &Arc<App>) -> Router {
    pages
        .merge(assets::router(&[
            assets::STYLE,
            assets::ICONS,
            assets::ICON,
            CARD_SCRIPT,
            CARD_AGENT_SCRIPT,
            assets::PASSKEY_SCRIPT,
            POST_SCRIPT,
        ]))
        .fallback(|| async { Error::NotYours })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(app), page::choose_language))
        .layer(from_fn(guard))
        .layer(from_fn_with_state(Arc::clone(app), page::show_errors))
        .with_state(Arc::clone(app))
}

/// A router for each host name.
type Hosts = Arc<[(String, Router)]>;

async fn dispatch(hosts: Hosts, request: Request) -> Response {
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let found = hosts.iter().find(|(host, _)| host == asked);
    let Some((_, router)) = found else { return StatusCode::MISDIRECTED_REQUEST.into_response() };
    match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// How long a request may take, body included; institutions have a shorter deadline of their own.
const REQUEST_WITHIN: Duration = Duration::from_secs(20);

/// Tells browsers that came by TLS to come by nothing else for a year (RFC 6797).
fn stay_secure(mut response: Response, secure: bool) -> Response {
    if secure {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// The host and port of an origin.
fn host(origin: &str) -> String {
    origin.split_once("://").map_or(origin, |(_, host)| host).to_owned()
}

/// Finds the reader agent and talks to it.
const CARD_AGENT_SCRIPT: Asset = Asset {
    path: "/assets/card-agent.js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("assets/card-agent.js"),
};

/// Logs a card in, and keeps a reception going.
const CARD_SCRIPT: Asset = Asset {
    path: "/assets/card.js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("assets/card.js"),
};

/// Sends the form of a page that only hands a message on.
const POST_SCRIPT: Asset = Asset {
    path: "/assets/post.js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("assets/post.js"),
};
