//! Why a message was not taken.

use jiff::Timestamp;

use crate::{EntityId, Second, Status, Top, service::NoLogin};

/// Why a SAML message was not taken. One variant for each thing that a log, an operator or a test would tell apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The document: size, form, signature, encryption.
    #[error(transparent)]
    Xml(#[from] xml::Refused),
    /// A query, form or body over its limit.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// A parameter of the binding comes twice, in whatever spelling.
    #[error("parameter {0} is given twice")]
    ParameterTwice(&'static str),
    /// A request and a response at once.
    #[error("both SAMLRequest and SAMLResponse are given")]
    TwoMessages,
    /// Neither a request nor a response.
    #[error("no SAML message is given")]
    NoMessage,
    /// A parameter that is not escaped as a query or form is, or hides its name by escapes.
    #[error("{0} is not escaped as it should be")]
    Escaped(&'static str),
    /// Base64 that is none, or not the one way to write it.
    #[error("{0} is not base64")]
    NotBase64(&'static str),
    /// `SAMLEncoding` other than DEFLATE.
    #[error("message is encoded by something else than DEFLATE")]
    Encoding,
    /// Not DEFLATE, or something follows it.
    #[error("message does not inflate")]
    NotDeflated,
    /// It inflates to more than any message has.
    #[error("message inflates beyond its limit")]
    InflatesTooFar,
    /// A relay state too long to give back, or with control characters.
    #[error("RelayState is too long or has control characters")]
    RelayState,
    /// No SOAP 1.1 envelope with one element in its body.
    #[error("not a SOAP 1.1 envelope: {0}")]
    Envelope(&'static str),
    /// A SOAP header that must be understood is not.
    #[error("a SOAP header that must be understood is unknown")]
    MustUnderstand,
    /// Another message than is taken here, or in the wrong parameter.
    #[error("another kind of message, or another binding, than is taken here")]
    OtherMessage,
    /// Another version of SAML.
    #[error("not SAML 2.0")]
    Version,
    /// No acceptable `saml:Issuer`.
    #[error("issuer is missing, or is no entity ID")]
    Issuer,
    /// The issuer is not registered.
    #[error("{0} is not registered")]
    Stranger(EntityId),
    /// The issuer's metadata ended.
    #[error("metadata of the sender ended at {0}")]
    MetadataExpired(Timestamp),
    /// Signed, and says not where to.
    #[error("signed message without a destination")]
    NoDestination,
    /// Meant for another address.
    #[error("destination is another address")]
    Destination,
    /// Issued too long ago.
    #[error("issued at {0}, which is too long ago")]
    TooOld(Timestamp),
    /// Issued after now.
    #[error("issued at {0}, which is yet to come")]
    TooNew(Timestamp),
    /// Its own end (`NotOnOrAfter`) has passed.
    #[error("ended at {0}")]
    Ended(Timestamp),
    /// Not signed, and must be.
    #[error("message is not signed")]
    Unsigned,
    /// A signature elsewhere than where it signs the message.
    #[error("a signature stands where it does not sign the message")]
    StraySignature,
    /// HTTP-Redirect with a signature inside the message (Bindings §3.4.4.1 has it removed).
    #[error("signature inside a redirected message")]
    EnvelopedInRedirect,
    /// `SigAlg` without `Signature`, or the other way round.
    #[error("SigAlg and Signature come together or not at all")]
    HalfSigned,
    /// The sender's metadata has no key to verify with.
    #[error("metadata of the sender has no signing key")]
    NoKey,
    /// The detached signature was made by none of the sender's keys, or over something else.
    #[error("detached signature does not verify")]
    Detached,
    /// A consumer named in two ways that exclude each other.
    #[error("consumer is named by index and by location or binding")]
    ConsumerTwice,
    /// A consumer that the metadata does not list.
    #[error("consumer is not in the metadata of the sender")]
    Unregistered,
    /// No consumer for the binding asked for, or one that responses do not take.
    #[error("responses cannot go by the binding asked for")]
    UnsupportedBinding,
    /// A name format that is not given.
    #[error("name format is not given")]
    NameFormat,
    /// Understood, and not supported.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// A request for a context that cannot be read or weighed.
    #[error("requested authentication context is not supported: {0}")]
    Context(&'static str),
    /// An attribute or element that is not as the schema says.
    #[error("{0} is not as the schema says")]
    Form(&'static str),
    /// More of something than any peer sends.
    #[error("too many {0}")]
    TooMany(&'static str),
    /// What was encrypted to us does not decrypt. One answer for every cause.
    #[error("what is encrypted does not decrypt")]
    Undecryptable,
    /// No name of a person where one must be.
    #[error("name of the person is missing, or too long")]
    NoName,
    /// A status whose first code is none.
    #[error("status is not one of SAML 2.0")]
    Status,
    /// A response that is no login, for us as service.
    #[error(transparent)]
    NoLogin(#[from] NoLogin),
}

impl Refused {
    /// A stable code, `SAML-…`, that the operator's guide explains. Never contains anything from the message.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "SAML-01",
            Self::ParameterTwice(_) => "SAML-02",
            Self::TwoMessages => "SAML-03",
            Self::NoMessage => "SAML-04",
            Self::Escaped(_) => "SAML-05",
            Self::NotBase64(_) => "SAML-06",
            Self::Encoding => "SAML-07",
            Self::NotDeflated => "SAML-08",
            Self::InflatesTooFar => "SAML-09",
            Self::RelayState => "SAML-10",
            Self::Envelope(_) => "SAML-11",
            Self::MustUnderstand => "SAML-12",
            Self::Xml(refused) => document_code(refused),
            Self::OtherMessage => "SAML-14",
            Self::Version => "SAML-15",
            Self::Issuer => "SAML-16",
            Self::Stranger(_) => "SAML-17",
            Self::MetadataExpired(_) => "SAML-18",
            Self::NoDestination => "SAML-19",
            Self::Destination => "SAML-20",
            Self::TooOld(_) => "SAML-21",
            Self::TooNew(_) => "SAML-22",
            Self::Ended(_) => "SAML-23",
            Self::Unsigned => "SAML-24",
            Self::StraySignature => "SAML-25",
            Self::EnvelopedInRedirect => "SAML-26",
            Self::HalfSigned => "SAML-27",
            Self::NoKey => "SAML-28",
            Self::Detached => "SAML-29",
            Self::ConsumerTwice => "SAML-32",
            Self::Unregistered => "SAML-33",
            Self::UnsupportedBinding => "SAML-34",
            Self::NameFormat => "SAML-35",
            Self::Unsupported(_) => "SAML-36",
            Self::Context(_) => "SAML-37",
            Self::Form(_) => "SAML-38",
            Self::TooMany(_) => "SAML-39",
            Self::Undecryptable => "SAML-40",
            Self::NoName => "SAML-41",
            Self::Status => "SAML-42",
            Self::NoLogin(reason) => reason.code(),
        }
    }

    /// The status that the standard names for it (SAML 2.0 Core §3.2.2.2), for an answer to a party whose address is known.
    /// Its message is the code alone.
    #[must_use]
    pub fn status(&self) -> Status {
        let second = match self {
            Self::Version => {
                return Status { top: Top::VersionMismatch, second: None, message: Some(self.code().to_owned()) };
            }
            Self::UnsupportedBinding => Second::UnsupportedBinding,
            Self::NameFormat => Second::InvalidNameIdPolicy,
            Self::Context(_) => Second::NoAuthnContext,
            Self::Unsupported(_) => Second::RequestUnsupported,
            _ => Second::RequestDenied,
        };
        Status::failed(Top::Requester, second, self.code())
    }
}

/// What the door of `xml` refuses is of four kinds, each with its own remedy.
fn document_code(refused: &xml::Refused) -> &'static str {
    match refused {
        xml::Refused::Misbuilt(_)
        | xml::Refused::Transforms
        | xml::Refused::Reference(_)
        | xml::Refused::TooManyReferences(_)
        | xml::Refused::Digest(_)
        | xml::Refused::Signature => "SAML-30",
        xml::Refused::Algorithm(_) | xml::Refused::WeakAlgorithm { .. } => "SAML-31",
        xml::Refused::Undecryptable => "SAML-40",
        _ => "SAML-13",
    }
}
