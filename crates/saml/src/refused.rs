//! Why a message was not taken.

use crate::Status;

/// Why a SAML message was not taken. One variant for each thing that a log, an operator or a test would tell apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The document: size, form, signature.
    #[error(transparent)]
    Xml(#[from] xml::Refused),
    /// A response that is no login for the service that got it: see [`NoLogin::code`](crate::service::NoLogin::code).
    #[error(transparent)]
    NoLogin(#[from] crate::service::NoLogin),
}

impl Refused {
    /// A stable code, `SAML-…`, that the operator's guide explains. Never contains anything from the message.
    #[must_use]
    pub fn code(&self) -> &'static str {
        todo!()
    }

    /// The status that the standard names for it, for an answer to a party whose address is known.
    #[must_use]
    pub fn status(&self) -> Status {
        todo!()
    }
}
