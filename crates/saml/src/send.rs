//! What an identity provider sends. Every message is written in canonical form at once, so that signing costs the digest
//! and the signature and nothing else.

mod assertion;
mod login;
mod message;
mod query;

pub use login::{Login, Protection};
pub use message::{Head, Leaving, artifact_response, failure, logout_request, logout_response};
pub use query::Attributes;

use jiff::Timestamp;
use xml::{CannotEncrypt, Document, Fragment, Limits};

use crate::{NameFormat, SignFailed};

/// What a person is called at one service.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    /// Which kind.
    pub format: NameFormat,
    /// The name: a pairwise pseudonym, or random.
    pub value: &'a str,
    /// `SPNameQualifier`: the service, or the affiliation it asked for.
    pub sp_qualifier: &'a str,
}

/// An attribute of a person.
#[derive(Clone, Copy)]
pub struct Attribute<'a> {
    /// Its name, a URI.
    pub name: &'a str,
    /// A name for people; empty: none.
    pub friendly: &'a str,
    /// Its values.
    pub values: &'a [&'a str],
    /// An XML value instead (an endpoint reference for the DiscoveryEPR bootstrap attribute).
    pub xml: Option<&'a Fragment>,
}

/// The session that a login began at a service.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// `SessionIndex`.
    pub index: &'a str,
    /// `SessionNotOnOrAfter`.
    pub ends: Timestamp,
}

/// Why a message could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// The key store could not sign.
    #[error(transparent)]
    Sign(#[from] SignFailed),
    /// It could not be encrypted.
    #[error(transparent)]
    Encrypt(#[from] CannotEncrypt),
    /// Neither assertion nor response would be signed.
    #[error("nothing would be signed")]
    Unprotected,
}

/// Reads a stored message of ours back, to send it on as it was signed. `None` if it is not one element in exclusive
/// canonical form: then it was not stored by us, or not whole.
#[must_use]
pub fn stored(canonical: &str) -> Option<Fragment> {
    let document = Document::parse(xml::scan(canonical.as_bytes(), &Limits::default()).ok()?).ok()?;
    Some(Fragment::of(document.root())).filter(|fragment| fragment.as_str() == canonical)
}

/// Whoever brings the assertion is the person (SAML 2.0 Profiles §3.3).
pub(crate) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
