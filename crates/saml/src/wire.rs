//! How messages travel (SAML 2.0 Bindings).

use xml::Fragment;

use crate::{EntityId, SignFailed, Signer, Unacceptable};

/// Whether a message asks or answers: it names the parameter of the front-channel bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

/// What a service gives along and gets back: at most 80 bytes, opaque (Bindings §3.4.3, §3.5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayState(String);

impl RelayState {
    /// Accepts up to 80 bytes. Real services send longer ones, so up to [`RELAY_STATE_BYTES_MAX`] are taken; control
    /// characters never.
    ///
    /// # Errors
    /// [`Unacceptable`].
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        todo!("{text}")
    }

    /// As it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// More than any service sends that keeps its state at home; the standard allows 80.
pub const RELAY_STATE_BYTES_MAX: usize = 1024;

/// The URL that carries `message` by HTTP-Redirect (Bindings §3.4): deflated, base64, in the query of `location` (which may
/// have a query of its own), with the detached signature of `signer`. A signature inside the message must not be there.
///
/// # Errors
/// When the key store fails.
pub fn redirect_url(
    location: &str,
    direction: Direction,
    message: &Fragment,
    relay_state: Option<&RelayState>,
    signer: Option<&Signer<'_>>,
) -> Result<String, SignFailed> {
    todo!("{location} {direction:?} {} {relay_state:?} {}", message.as_str(), signer.is_some())
}

/// The value of the form field `SAMLRequest` or `SAMLResponse` (Bindings §3.5.4).
#[must_use]
pub fn post_value(message: &Fragment) -> String {
    todo!("{}", message.as_str())
}

/// A SOAP 1.1 envelope around `message` (Bindings §3.2); media type [`SOAP_MEDIA_TYPE`].
#[must_use]
pub fn soap_envelope(message: &Fragment) -> String {
    todo!("{}", message.as_str())
}

/// A SOAP 1.1 fault: `client` says whose.
#[must_use]
pub fn soap_fault(client: bool, text: &str) -> String {
    todo!("{client} {text}")
}

/// A SOAP envelope with the header blocks of the ECP profile around a response (Profiles §4.2.4.5): `ecp:Response` naming
/// the consumer, `ecp:RelayState` if there was one.
#[must_use]
pub fn ecp_envelope(response: &Fragment, consumer: &str, relay_state: Option<&RelayState>) -> String {
    todo!("{} {consumer} {relay_state:?}", response.as_str())
}

/// Media type of SOAP 1.1.
pub const SOAP_MEDIA_TYPE: &str = "text/xml; charset=utf-8";

/// An artifact of type 4 (Bindings §3.6.4): who holds the message, at which of its endpoints, and which one.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Endpoint index at the holder.
    pub index: u16,
    /// SHA-1 of the holder's entity ID, as the format demands.
    pub source: [u8; 20],
    /// Random.
    pub handle: [u8; 20],
}

impl Artifact {
    /// A new artifact of ours.
    #[must_use]
    pub fn new(index: u16, holder: &EntityId, random: [u8; 20]) -> Self {
        todo!("{index} {holder} {}", random.len())
    }

    /// Reads one: base64 of 44 bytes, type 4.
    ///
    /// # Errors
    /// [`Unacceptable`].
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        todo!("{text}")
    }

    /// Whether `entity` holds it.
    #[must_use]
    pub fn is_of(&self, entity: &EntityId) -> bool {
        todo!("{entity}")
    }

    /// As it travels in `SAMLart`.
    #[must_use]
    pub fn encode(&self) -> String {
        todo!()
    }
}
