//! A failure, seen from who can do something about it.
//!
//! A handler returns [`Error`]; the guard at the door turns it into a page in the reader's language or, for a script,
//! into JSON. Status codes are known here and nowhere else.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// One variant for each party that can act.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The person must log in (again).
    #[error("not logged in")]
    LogIn,
    /// The person can correct what was sent; `code` names the rule that refused it.
    #[error("request refused: {code}")]
    Refused {
        /// Stable code, explained in the operator's guide.
        code: &'static str,
    },
    /// Nothing of that name, or nothing that this person may know of: the two look alike.
    #[error("not found, or not theirs")]
    NotYours,
    /// Strangers keep us busy: whoever comes again later is served.
    #[error("busy")]
    Busy,
    /// We failed. The chain of causes is logged once, here; the page shows an incident number.
    #[error("internal failure: {0}")]
    Ours(String),
}

impl Error {
    /// An internal failure with its causes, outermost first.
    pub fn ours(error: impl std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::Ours(text)
    }

    /// The stable code that the page shows and the operator's guide explains.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LogIn => "WEB-01",
            Self::NotYours => "WEB-04",
            Self::Refused { code } => code,
            Self::Ours(_) => "WEB-05",
            Self::Busy => "WEB-07",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::LogIn => StatusCode::UNAUTHORIZED,
            Self::Refused { .. } => StatusCode::BAD_REQUEST,
            Self::NotYours => StatusCode::NOT_FOUND,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Ours(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The response carries the error itself; the page is made where the language is known.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
