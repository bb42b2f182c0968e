//! The URIs of the specification, as types.

/// How a message travels (SAML 2.0 Bindings §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binding {
    /// In the query of a URL, deflated, with a detached signature.
    Redirect,
    /// In a form that the browser posts.
    Post,
    /// As a reference that the receiver resolves behind the browser's back.
    Artifact,
    /// In the body of a SOAP request.
    Soap,
    /// Reversed SOAP, for an enhanced client.
    Paos,
}

impl Binding {
    /// Every binding.
    pub const ALL: [Self; 5] = [Self::Redirect, Self::Post, Self::Artifact, Self::Soap, Self::Paos];

    /// The URI that metadata and requests name it by.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Redirect => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
            Self::Post => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            Self::Artifact => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact",
            Self::Soap => "urn:oasis:names:tc:SAML:2.0:bindings:SOAP",
            Self::Paos => "urn:oasis:names:tc:SAML:2.0:bindings:PAOS",
        }
    }

    /// The binding of a URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|binding| binding.uri() == uri)
    }
}

/// The kinds of name that we give a person (SAML 2.0 Core §8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameFormat {
    /// The same name at every login, another one at every service (§8.3.7).
    Persistent,
    /// Another name at every login (§8.3.8).
    Transient,
}

impl NameFormat {
    /// The URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        }
    }

    /// The kind of a URI; `None` for one that we do not give.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Self::Persistent, Self::Transient].into_iter().find(|format| format.uri() == uri)
    }
}

/// The name is of whatever kind; said or unsaid, it asks for none (SAML 2.0 Core §8.3.1).
pub(crate) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// The name is an entity ID, as that of every issuer is (SAML 2.0 Core §8.3.6).
pub(crate) const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// Whose fault it is (`samlp:StatusCode` of the top level, SAML 2.0 Core §3.2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Top {
    /// Nobody's: it worked.
    Success,
    /// The requester's.
    Requester,
    /// Ours.
    Responder,
    /// The request is of another SAML version.
    VersionMismatch,
}

/// What exactly (`samlp:StatusCode` of the second level, SAML 2.0 Core §3.2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// The person could not be authenticated, or did not agree.
    AuthnFailed,
    /// The name format asked for is not given.
    InvalidNameIdPolicy,
    /// No authentication context fits the requested one.
    NoAuthnContext,
    /// The person would have had to be asked.
    NoPassive,
    /// Not every participant of the session confirmed the logout.
    PartialLogout,
    /// The request is refused.
    RequestDenied,
    /// The request is understood but not supported.
    RequestUnsupported,
    /// The principal is not known.
    UnknownPrincipal,
    /// The binding is not supported.
    UnsupportedBinding,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whose fault.
    pub top: Top,
    /// What exactly.
    pub second: Option<Second>,
    /// For the peer's log: never anything about a person.
    pub message: Option<String>,
}

impl Status {
    /// It worked.
    pub const SUCCESS: Self = Self { top: Top::Success, second: None, message: None };

    /// A failure.
    #[must_use]
    pub fn failed(top: Top, second: Second, message: &str) -> Self {
        Self { top, second: Some(second), message: Some(message.to_owned()) }
    }
}

/// What the codes begin with.
const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";

impl Top {
    /// The URI.
    #[must_use]
    pub fn uri(self) -> String {
        format!("{STATUS}{self:?}")
    }

    /// The code of a URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Self::Success, Self::Requester, Self::Responder, Self::VersionMismatch].into_iter().find(|s| s.uri() == uri)
    }
}

impl Second {
    /// Every code that we give or understand.
    pub const ALL: [Self; 9] = [
        Self::AuthnFailed,
        Self::InvalidNameIdPolicy,
        Self::NoAuthnContext,
        Self::NoPassive,
        Self::PartialLogout,
        Self::RequestDenied,
        Self::RequestUnsupported,
        Self::UnknownPrincipal,
        Self::UnsupportedBinding,
    ];

    /// The URI.
    #[must_use]
    pub fn uri(self) -> String {
        match self {
            Self::InvalidNameIdPolicy => format!("{STATUS}InvalidNameIDPolicy"),
            other => format!("{STATUS}{other:?}"),
        }
    }

    /// The code of a URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.uri() == uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_uri_is_read_back() {
        for binding in Binding::ALL {
            assert_eq!(Binding::from_uri(binding.uri()), Some(binding));
        }
        for second in Second::ALL {
            assert_eq!(Second::from_uri(&second.uri()), Some(second));
        }
        assert_eq!(Second::InvalidNameIdPolicy.uri(), "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy");
        assert_eq!(Top::from_uri("urn:oasis:names:tc:SAML:2.0:status:Success"), Some(Top::Success));
        assert_eq!(Top::from_uri("urn:oasis:names:tc:SAML:2.0:status:success"), None);
    }
}
