//! How strongly a resident has logged in.

use saml::AuthnClass;

use super::RESIDENT;
use crate::store;

/// How a resident logged in. Weaker comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The card alone: somebody holds it.
    Card,
    /// The card and its PIN.
    CardAndPin,
}

impl Level {
    /// The class that services are told.
    pub(crate) fn class(self) -> AuthnClass {
        match self {
            Self::Card => AuthnClass::Smartcard,
            Self::CardAndPin => AuthnClass::SmartcardPki,
        }
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Card => "Smartcard",
            Self::CardAndPin => "SmartcardPKI",
        }
    }

    /// The level that a kept session was begun at; none if it is no resident's.
    pub(crate) fn of(session: &store::session::Session) -> Option<Self> {
        (session.kind == RESIDENT).then(|| Self::from_code(&session.class))
    }

    /// The level of a code; an unknown one proves the least.
    pub(super) fn from_code(code: &str) -> Self {
        if code == Self::CardAndPin.code() { Self::CardAndPin } else { Self::Card }
    }
}
