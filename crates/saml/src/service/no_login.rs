use crate::Status;

/// Why a response is no login for the service that got it. One variant for each rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoLogin {
    /// The document is another message, or the envelope holds another one.
    #[error("the message is not the expected response")]
    Kind,
    /// Not SAML 2.0.
    #[error("the message is of another SAML version")]
    Version,
    /// Another party speaks than the identity provider.
    #[error("the issuer is not the identity provider")]
    Issuer,
    /// It was sent to another address.
    #[error("the destination is another address")]
    Destination,
    /// It answers another request than ours, or one that we did not make.
    #[error("it does not answer our request")]
    InResponseTo,
    /// Made in the future, or in no instant at all.
    #[error("the instant of issue is in the future")]
    Issued,
    /// The identity provider says why there is no login.
    #[error("the identity provider answers {0:?}")]
    Failed(Status),
    /// None, several, or one in a place where none belongs.
    #[error("there is not exactly one assertion")]
    Assertions,
    /// No signature of the identity provider covers the assertion.
    #[error("the assertion is not signed")]
    Unsigned,
    /// Clear, where only encrypted assertions are taken.
    #[error("the assertion is not encrypted")]
    Clear,
    /// No name, or one that is no text.
    #[error("the assertion names nobody")]
    Nobody,
    /// Not exactly one confirmation, by bearer.
    #[error("the subject is not confirmed by bearer")]
    Confirmation,
    /// For another consumer.
    #[error("the recipient is another address")]
    Recipient,
    /// No condition, one too many, or one that is not understood.
    #[error("the conditions are not understood")]
    Conditions,
    /// For another service.
    #[error("the audience is another service")]
    Audience,
    /// Its time has not come.
    #[error("the assertion is not valid yet")]
    Early,
    /// Its time is over.
    #[error("the assertion has expired")]
    Expired,
    /// It does not say that, when and how somebody was authenticated.
    #[error("the assertion does not tell of a login")]
    Statement,
}

impl NoLogin {
    /// A stable code, `SAML-50` to `SAML-67`. Never contains anything from the message.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kind => "SAML-50",
            Self::Version => "SAML-51",
            Self::Issuer => "SAML-52",
            Self::Destination => "SAML-53",
            Self::InResponseTo => "SAML-54",
            Self::Issued => "SAML-55",
            Self::Failed(_) => "SAML-56",
            Self::Assertions => "SAML-57",
            Self::Unsigned => "SAML-58",
            Self::Clear => "SAML-59",
            Self::Nobody => "SAML-60",
            Self::Confirmation => "SAML-61",
            Self::Recipient => "SAML-62",
            Self::Conditions => "SAML-63",
            Self::Audience => "SAML-64",
            Self::Early => "SAML-65",
            Self::Expired => "SAML-66",
            Self::Statement => "SAML-67",
        }
    }
}
