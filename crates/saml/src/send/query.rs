//! The answer to a question about a person.

use jiff::{SignedDuration, Timestamp};
use xml::{EncryptionKey, Fragment};

use super::assertion::{Assertion, Statement};
use super::message::{Head, drawn, response};
use super::{Attribute, Name, Unsendable};
use crate::{EntityId, MessageId, Signer};

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
    /// What is released. If nothing is, the assertion has no statement (Core §2.3.3 lets it).
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
        let assertion = Assertion {
            signer: &self.signer,
            audience: self.audience,
            name: self.name,
            statement: Statement::None,
            attributes: self.attributes,
            lifetime: self.lifetime,
        };
        let (id, assertion_id) = (drawn(random), drawn(random));
        let assertion = assertion.seal(&assertion_id, (true, self.encrypt), random, now)?;
        let head = Head { signer: self.signer, id: &id, destination: None, sign: true };
        Ok(response(&head, Some(self.in_response_to), &assertion, now)?)
    }
}
