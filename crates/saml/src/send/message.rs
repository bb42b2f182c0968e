//! The messages, and what they have in common (SAML 2.0 Core §3.2).

use jiff::{SignedDuration, Timestamp};
use xml::ns::{SAML, SAMLP};
use xml::{Attr, EncryptionKey, Fragment, Signing, Unsigned, Writer};

use super::{Name, Unsendable, assertion};
use crate::{MessageId, SignFailed, Signer, Status, instant};

/// What every message has in common.
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
    let mut w = head.answer("Response", in_response_to, status, now);
    w.end();
    head.finish(w)
}

/// A successful `samlp:Response` around `assertion` (`saml:Assertion` or `saml:EncryptedAssertion`).
pub(super) fn response(
    head: &Head<'_>,
    in_response_to: Option<&MessageId>,
    assertion: &Fragment,
    now: Timestamp,
) -> Result<Fragment, SignFailed> {
    let mut w = head.answer("Response", in_response_to, &Status::SUCCESS, now);
    w.raw(assertion).end();
    head.finish(w)
}

/// A `samlp:LogoutRequest` (SAML 2.0 Core §3.7.1) for sessions of one name at one service, `NotOnOrAfter` five minutes on. The
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
    let expires = instant::write(later(now, LOGOUT_LASTS));
    let mut w = head.begin("LogoutRequest", &[Attr::plain("NotOnOrAfter", &expires)], now);
    match leaving.encrypt {
        None => assertion::name_id(&mut w, head.signer.entity, &leaving.name),
        Some(key) => {
            let mut name = Writer::new();
            assertion::name_id(&mut name, head.signer.entity, &leaving.name);
            w.raw(&xml::encrypt(&name.finish(), (SAML, "EncryptedID"), key, random)?);
        }
    }
    for session in leaving.sessions {
        w.leaf(SAMLP, "SessionIndex", &[], session);
    }
    w.end();
    Ok(head.finish(w)?)
}

/// Who leaves a service.
#[derive(Clone, Copy)]
pub struct Leaving<'a> {
    /// The name there.
    pub name: Name<'a>,
    /// The sessions there; none: every one of the name.
    pub sessions: &'a [String],
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
    let mut w = head.answer("LogoutResponse", Some(in_response_to), status, now);
    w.end();
    head.finish(w)
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
    let mut w = head.answer("ArtifactResponse", Some(in_response_to), &Status::SUCCESS, now);
    if let Some(message) = message {
        w.raw(message);
    }
    w.end();
    head.finish(w)
}

impl Head<'_> {
    /// Opens an answer and writes all that answers have: Issuer, the place of the signature, Status.
    fn answer(&self, local: &str, in_response_to: Option<&MessageId>, status: &Status, now: Timestamp) -> Writer {
        let answers = in_response_to.map(|id| Attr::plain("InResponseTo", id.as_str()));
        let mut w = self.begin(local, answers.as_slice(), now);
        w.start(SAMLP, "Status", &[]).start(SAMLP, "StatusCode", &[Attr::plain("Value", &status.top.uri())]);
        if let Some(second) = status.second {
            w.empty(SAMLP, "StatusCode", &[Attr::plain("Value", &second.uri())]);
        }
        w.end();
        if let Some(message) = &status.message {
            w.leaf(SAMLP, "StatusMessage", &[], message);
        }
        w.end();
        w
    }

    /// Opens a message and writes all that messages have: Issuer, and the place of the signature.
    fn begin(&self, local: &str, more: &[Attr], now: Timestamp) -> Writer {
        let now = instant::write(now);
        let mut attributes =
            vec![Attr::plain("ID", self.id.as_str()), Attr::plain("Version", "2.0"), Attr::plain("IssueInstant", &now)];
        attributes.extend(self.destination.map(|to| Attr::plain("Destination", to)));
        attributes.extend_from_slice(more);
        let mut w = Writer::new();
        w.start(SAMLP, local, &attributes).leaf(SAML, "Issuer", &[], self.signer.entity.as_str()).signature_here();
        w
    }

    fn finish(&self, w: Writer) -> Result<Fragment, SignFailed> {
        if self.sign { sign(w.finish_unsigned(), self.id, &self.signer) } else { Ok(w.finish()) }
    }
}

/// Puts the enveloped signature of `signer` into the element named by `id`.
pub(super) fn sign(unsigned: Unsigned, id: &MessageId, signer: &Signer<'_>) -> Result<Fragment, SignFailed> {
    let signing = Signing { algorithm: signer.algorithm, certificate: Some(signer.certificate) };
    unsigned.sign_as(id.as_str(), &signing, signer.sign)
}

/// `by` after `at`, or the end of time.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A new ID.
pub(super) fn drawn(random: &mut dyn FnMut(&mut [u8])) -> MessageId {
    let mut bytes = [0; 16];
    random(&mut bytes);
    MessageId::from_random(bytes)
}

/// How long a service may act on a logout request of ours.
const LOGOUT_LASTS: SignedDuration = SignedDuration::from_mins(5);
