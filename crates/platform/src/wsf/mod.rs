//! ID-WSF for services: where they ask for a resident's records (Liberty ID-WSF 2.0).
//!
//! ```text
//! message → whom is it about → what has the resident let this service find → in the log → a reference and a token for each
//! ```

mod ask;
mod association;
mod directory;
mod discovery;
mod mapping;
mod message;
mod places;
mod registry;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use idwsf::{CONTENT_TYPE, message::LIMITS};
use web::Error;

use crate::{app::App, idp::bootstrap};

/// Where services ask, each message proving itself.
pub(crate) fn door() -> Router<Arc<App>> {
    Router::new()
        .route(bootstrap::PATH, post(discover))
        .route(mapping::PATH, post(map))
        .route(ask::PATH, get(ask::arrive))
}

/// Pages where residents answer what services ask for: guarded like every page.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/wsf/ask/{handle}", get(ask::show).post(ask::answer))
}

/// `POST /wsf/discovery`.
async fn discover(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    answered(&app, bootstrap::PATH, &headers, body).await
}

/// `POST /wsf/mapping`.
async fn map(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    answered(&app, mapping::PATH, &headers, body).await
}

/// One SOAP message, answered by one, signed, be it a fault.
async fn answered(app: &Arc<App>, path: &'static str, headers: &HeaderMap, body: Body) -> Response {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media_type.split(';').next().unwrap_or_default().trim() != "text/xml" {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let message = to_bytes(body, LIMITS.bytes).await.ok().map(|bytes| bytes.to_vec());
    match message::answer(app, path, message).await {
        Ok((status, envelope)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], envelope).into_response()
        }
        Err(Error::Busy) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(error) => {
            tracing::error!(code = error.code(), "{error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
