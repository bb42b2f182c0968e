//! The other side: a service provider that receives our responses. For the conformance check of `ssc`, and as the judge of
//! our own responses and of the attack record.

mod no_login;

pub use no_login::NoLogin;

use jiff::{SignedDuration, Timestamp};
use xml::VerifyingKey;

use crate::{Authn, EntityId, MessageId, Refused, Unwrap, receive::NameId};

/// A service provider as receiver.
#[derive(Clone, Copy)]
pub struct Service<'a> {
    /// Its entity ID, which must be an audience.
    pub entity: &'a EntityId,
    /// Its consumer's URL: `Destination` and `Recipient`.
    pub consumer: &'a str,
    /// The identity provider.
    pub issuer: &'a EntityId,
    /// The identity provider's signing keys.
    pub keys: &'a [VerifyingKey],
    /// The request that must be answered; `None` takes only unsolicited responses.
    pub asked: Option<&'a MessageId>,
    /// Opens encrypted assertions.
    pub unwrap: &'a Unwrap<'a>,
    /// Clear assertions are refused.
    pub must_encrypt: bool,
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// A login that a service may act on, once: look [`LoggedIn::assertion`] up and record it until [`LoggedIn::expires`].
#[derive(Debug)]
pub struct LoggedIn {
    /// The assertion's ID.
    pub assertion: MessageId,
    /// Until when the bearer may present it.
    pub expires: Timestamp,
    /// What the person is called here.
    pub name: NameId,
    /// How and when the person was authenticated; the class as it came.
    pub authn_instant: Timestamp,
    /// The class.
    pub class: String,
    /// `SessionIndex`.
    pub session: Option<String>,
    /// Attributes: name and values.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// Opens a `samlp:Response` as it stood in the form (base64 decoded).
///
/// The assertion is taken from the verified node and nowhere else: signed itself, or inside a signed response.
///
/// # Errors
/// [`Refused`].
pub fn response(bytes: &[u8], service: &Service<'_>, now: Timestamp) -> Result<LoggedIn, Refused> {
    let _ = Authn { instant: now, class: crate::AuthnClass::Smartcard };
    todo!("{bytes:?} {}", service.consumer)
}

/// Opens a SOAP envelope with a `samlp:ArtifactResponse` (signed, answering `resolve`) and the response in it.
///
/// # Errors
/// [`Refused`].
pub fn artifact_response(
    soap: &[u8],
    resolve: &MessageId,
    service: &Service<'_>,
    now: Timestamp,
) -> Result<LoggedIn, Refused> {
    todo!("{soap:?} {resolve} {} {now}", service.consumer)
}
