//! What an identity provider sends. Every message is written in canonical form at once, so that signing costs the digest
//! and the signature and nothing else.

use jiff::{SignedDuration, Timestamp};
use xml::{CannotEncrypt, EncryptionKey, Fragment};

use crate::{Authn, EntityId, MessageId, NameFormat, SignFailed, Signer, Status};

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
    /// A name for people.
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

/// A successful login, for one service (SAML 2.0 Core §3.3.3, Profiles §4.1.4.2; §4.1.5 without a request).
pub struct Login<'a> {
    /// Us.
    pub signer: Signer<'a>,
    /// The service, the only audience.
    pub audience: &'a EntityId,
    /// Where the response goes: `Destination` and `Recipient`.
    pub recipient: &'a str,
    /// The request it answers; none for a login that began with us.
    pub in_response_to: Option<&'a MessageId>,
    /// What the person is called there.
    pub name: Name<'a>,
    /// How and when the person was authenticated.
    pub authn: Authn,
    /// The session that begins.
    pub session: Session<'a>,
    /// What is released.
    pub attributes: &'a [Attribute<'a>],
    /// How long the bearer may present it: minutes.
    pub lifetime: SignedDuration,
    /// How it is protected.
    pub protection: Protection<'a>,
}

/// How a response is protected. At least one of the two is signed.
#[derive(Clone, Copy)]
pub struct Protection<'a> {
    /// The assertion has a signature of its own.
    pub sign_assertion: bool,
    /// The response has one.
    pub sign_response: bool,
    /// The assertion is encrypted to this key.
    pub encrypt: Option<&'a EncryptionKey>,
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

impl Login<'_> {
    /// Writes the `samlp:Response`. `random` fills IDs, content key and nonce.
    ///
    /// # Errors
    /// [`Unsendable`].
    pub fn write(&self, random: &mut dyn FnMut(&mut [u8]), now: Timestamp) -> Result<Fragment, Unsendable> {
        random(&mut []);
        todo!("{now}")
    }
}

/// What every other message has in common.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// Us.
    pub signer: Signer<'a>,
    /// Its ID.
    pub id: &'a MessageId,
    /// Where it goes; none for an answer by SOAP.
    pub destination: Option<&'a str>,
    /// Sign inside the message. Not by HTTP-Redirect, where the signature is detached.
    pub sign: bool,
}

/// A `samlp:Response` without an assertion: why there was no login.
///
/// # Errors
/// When the key store fails.
pub fn failure(
    head: &Head<'_>,
    in_response_to: Option<&MessageId>,
    status: &Status,
    now: Timestamp,
) -> Result<Fragment, SignFailed> {
    todo!("{} {in_response_to:?} {status:?} {now}", head.sign)
}

/// A `samlp:LogoutRequest` (SAML 2.0 Core §3.7.1) for one session at one service, `NotOnOrAfter` five minutes on. The
/// name goes encrypted (`saml:EncryptedID`) if a key is given.
///
/// # Errors
/// [`Unsendable`].
pub fn logout_request(
    head: &Head<'_>,
    leaving: &Leaving<'_>,
    random: &mut dyn FnMut(&mut [u8]),
    now: Timestamp,
) -> Result<Fragment, Unsendable> {
    random(&mut []);
    todo!("{} {} {now}", head.sign, leaving.session)
}

/// Who leaves a service.
#[derive(Clone, Copy)]
pub struct Leaving<'a> {
    /// The name there.
    pub name: Name<'a>,
    /// The session there.
    pub session: &'a str,
    /// Encrypt the name to this key.
    pub encrypt: Option<&'a EncryptionKey>,
}

/// A `samlp:LogoutResponse` (SAML 2.0 Core §3.7.2).
///
/// # Errors
/// When the key store fails.
pub fn logout_response(
    head: &Head<'_>,
    in_response_to: &MessageId,
    status: &Status,
    now: Timestamp,
) -> Result<Fragment, SignFailed> {
    todo!("{} {in_response_to} {status:?} {now}", head.sign)
}

/// A `samlp:ArtifactResponse` (SAML 2.0 Core §3.5.2) around the message that the artifact stood for; none if it stood for
/// nothing, which is a success too.
///
/// # Errors
/// When the key store fails.
pub fn artifact_response(
    head: &Head<'_>,
    in_response_to: &MessageId,
    message: Option<&Fragment>,
    now: Timestamp,
) -> Result<Fragment, SignFailed> {
    todo!("{} {in_response_to} {} {now}", head.sign, message.is_some())
}

/// The answer to an attribute query: a `samlp:Response` with one assertion that holds an attribute statement and no
/// authentication (SAML 2.0 Profiles §6.4).
pub struct Attributes<'a> {
    /// Us.
    pub signer: Signer<'a>,
    /// Who asked.
    pub audience: &'a EntityId,
    /// The query.
    pub in_response_to: &'a MessageId,
    /// About whom.
    pub name: Name<'a>,
    /// What is released.
    pub attributes: &'a [Attribute<'a>],
    /// How long it holds.
    pub lifetime: SignedDuration,
    /// Encrypt the assertion to this key.
    pub encrypt: Option<&'a EncryptionKey>,
}

impl Attributes<'_> {
    /// Writes the `samlp:Response`, signed as a whole and the assertion by itself.
    ///
    /// # Errors
    /// [`Unsendable`].
    pub fn write(&self, random: &mut dyn FnMut(&mut [u8]), now: Timestamp) -> Result<Fragment, Unsendable> {
        random(&mut []);
        todo!("{now}")
    }
}

/// Reads a stored message of ours back, to send it on as it was signed.
#[must_use]
pub fn stored(canonical: &str) -> Option<Fragment> {
    todo!("{canonical}")
}
