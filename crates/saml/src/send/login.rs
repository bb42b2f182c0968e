//! A login that succeeded.

use jiff::{SignedDuration, Timestamp};
use xml::{EncryptionKey, Fragment};

use super::assertion::{Assertion, Statement};
use super::message::{Head, drawn, response};
use super::{Attribute, Name, Session, Unsendable};
use crate::{Authn, EntityId, MessageId, Signer};

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

impl Login<'_> {
    /// Writes the `samlp:Response`. `random` fills IDs, content key and nonce.
    ///
    /// # Errors
    /// [`Unsendable`].
    pub fn write(&self, random: &mut dyn FnMut(&mut [u8]), now: Timestamp) -> Result<Fragment, Unsendable> {
        let Protection { sign_assertion, sign_response, encrypt } = self.protection;
        if !sign_assertion && !sign_response {
            return Err(Unsendable::Unprotected);
        }
        let assertion = Assertion {
            signer: &self.signer,
            audience: self.audience,
            name: self.name,
            statement: Statement::Login {
                recipient: self.recipient,
                in_response_to: self.in_response_to,
                authn: self.authn,
                session: self.session,
            },
            attributes: self.attributes,
            lifetime: self.lifetime,
        };
        let (id, assertion_id) = (drawn(random), drawn(random));
        let assertion = assertion.seal(&assertion_id, (sign_assertion, encrypt), random, now)?;
        let head = Head { signer: self.signer, id: &id, destination: Some(self.recipient), sign: sign_response };
        Ok(response(&head, self.in_response_to, &assertion, now)?)
    }
}
