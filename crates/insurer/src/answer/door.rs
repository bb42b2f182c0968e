//! The HTTP side: one address for messages, one to ask whether the node is up.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use axum_server::tls::TlsInfo;
use idwsf::message::{LIMITS, Rejected};
use idwsf::{CONTENT_TYPE, Fault};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::App;

/// The node's routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/idwsf/dst", post(message))
        .route("/health", get(health))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, DEADLINE))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

async fn message(
    State(app): State<Arc<App>>,
    tls: Option<Extension<Arc<TlsInfo>>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media_type.split(';').next().unwrap_or_default().trim() != XML {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let sealed = match to_bytes(body, LIMITS.bytes).await {
        Ok(bytes) => {
            // The first certificate is the client's own, which TLS has proved the key of.
            let client = tls.and_then(|Extension(tls)| tls.peer_certificates.first().cloned());
            super::answer(app, bytes.to_vec(), client).await
        }
        Err(_) => too_large(app).await,
    };
    match sealed.and_then(|(status, envelope)| Some((StatusCode::from_u16(status).ok()?, envelope))) {
        Some((status, envelope)) => (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], envelope).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn too_large(app: Arc<App>) -> super::Sealed {
    let now = app.clock.now();
    let rejected = Rejected { fault: Fault::Unreadable("too large"), in_reply_to: None };
    super::blocking(&app, move |app| super::refused(app, &rejected, now)).await.flatten()
}

/// Up, and the database answers.
async fn health(State(app): State<Arc<App>>) -> StatusCode {
    match app.database().fetch_one("SELECT 1 AS up", Vec::new()).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const XML: &str = "text/xml";
/// A question that takes longer has lost its asker.
const DEADLINE: Duration = Duration::from_secs(10);
