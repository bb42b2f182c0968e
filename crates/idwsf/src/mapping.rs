//! Identity Mapping Service 2.0 (`urn:liberty:ims:2006-08`): a token for one provider becomes a token about the same person for
//! another, which knows the person by another name. Whoever asks learns neither name, since both tokens are encrypted.
//!
//! The messages travel as those of discovery do: [`crate::disco::exchange`].

mod request;
mod response;

pub use request::{Asked, Input, NameIdPolicy, Request, TokenPolicy, Whose};
pub use response::{Output, Response};

/// `di:ServiceType` of the identity mapping service, and the namespace of its messages.
pub const SERVICE_TYPE: &str = crate::names::IMS.uri;

/// The body element of a request.
pub(crate) const REQUEST: &str = "IdentityMappingRequest";
/// The body element of an answer.
pub(crate) const RESPONSE: &str = "IdentityMappingResponse";

/// `wsa:Action`, and `SOAPAction` in quotes, of a request.
#[must_use]
pub fn action() -> String {
    format!("{SERVICE_TYPE}:{REQUEST}")
}

/// `wsa:Action` of the answer.
#[must_use]
pub fn response_action() -> String {
    format!("{SERVICE_TYPE}:{RESPONSE}")
}

/// How many persons one message may ask for: each costs a signature and an encryption.
pub const INPUTS_MAX: usize = 16;
