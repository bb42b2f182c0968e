//! How messages travel (SAML 2.0 Bindings).

mod artifact;
mod redirect;
mod soap;

pub use artifact::Artifact;
pub use redirect::redirect_url;
pub use soap::{SOAP_MEDIA_TYPE, ecp_envelope, soap_envelope, soap_fault};

use base64::{Engine, engine::general_purpose::STANDARD};
use xml::Fragment;

use crate::Unacceptable;

/// Whether a message asks or answers: it names the parameter of the front-channel bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

impl Direction {
    /// The parameter of a query or form that carries such a message (Bindings §3.4.3, §3.5.3).
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// The value of the form field `SAMLRequest` or `SAMLResponse` (Bindings §3.5.4).
#[must_use]
pub fn post_value(message: &Fragment) -> String {
    STANDARD.encode(message.as_str())
}

/// What a service gives along and gets back: at most 80 bytes, opaque (Bindings §3.4.3, §3.5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayState(String);

impl RelayState {
    /// Accepts up to [`RELAY_STATE_BYTES_MAX`], since real services send more than 80 bytes; control characters never.
    ///
    /// # Errors
    /// [`Unacceptable`].
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        if text.len() <= RELAY_STATE_BYTES_MAX && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unacceptable::because("a relay state has at most 4096 bytes and no control characters"))
        }
    }

    /// As it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A long address to go back to, in which services that keep no state at home put it; the standard allows 80.
pub const RELAY_STATE_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests;
