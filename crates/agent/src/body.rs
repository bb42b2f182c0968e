//! The bodies of a site's calls.

use std::time::Duration;

use axum::{
    Json,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;

use crate::{Problem, wire};

/// Largest body of a call or a form. The largest true one, message 6, has under two kilobytes.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A JSON body, whose failure is a [`Problem`] like every other. The media type must say JSON: a browser then asks the
/// agent before it sends another site's call.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(value) = Json::from_request(request, state).await.map_err(|_| Problem::BadRequest)?;
        Ok(Self(value))
    }
}

impl wire::Wait {
    /// The wait a call gets: what it asked for, `longest` at most.
    pub(crate) fn limit(&self, longest: Duration) -> Duration {
        self.wait_ms.map_or(longest, |asked| longest.min(Duration::from_millis(asked)))
    }
}
