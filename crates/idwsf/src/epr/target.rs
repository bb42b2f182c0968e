use jiff::Timestamp;

use super::{EndpointReference, Transport, Uri, Usage};
use crate::EntityId;
use crate::message::Mechanism;
use crate::token::Token;

/// What a client can do.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// The security mechanisms it speaks. Which is taken, the service prefers.
    pub mechanisms: &'a [Mechanism],
    /// What it sends its messages over.
    pub transport: Transport,
}

/// A service that can be called: everything that a message to it needs.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// Where: `wsa:To`.
    pub address: Uri,
    /// Who has to sign the answer.
    pub provider: EntityId,
    /// The security mechanism to speak.
    pub mechanism: Mechanism,
    /// The token to present.
    pub token: Token,
    /// Until when; a new reference is asked for before.
    pub expires: Option<Timestamp>,
}

impl EndpointReference {
    /// What a client needs to call the service. The first security context with a mechanism that it speaks is taken, with the
    /// first token in it that is meant for this.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn target(&self, client: &Client<'_>, now: Timestamp) -> Result<Target, Unusable> {
        if !self.is_live(now) {
            return Err(Unusable::Expired);
        }
        if !self.address.is_reachable(client.transport) {
            return Err(Unusable::Address);
        }
        let spoken = |uri: &Uri| Mechanism::by_uri(uri.as_str()).filter(|one| client.mechanisms.contains(one));
        let mut ways = self.contexts.iter().filter_map(|way| Some((way, way.mechanisms.iter().find_map(spoken)?)));
        let (context, mechanism) = ways.next().ok_or(Unusable::Mechanism)?;
        let meant = context.tokens.iter().filter(|token| token.usage.is_none_or(|usage| usage == Usage::Security));
        let token = meant.filter_map(super::CarriedToken::token).next().ok_or(Unusable::Token)?;
        Ok(Target {
            address: self.address.clone(),
            provider: self.provider.clone(),
            mechanism,
            token,
            expires: self.expires,
        })
    }

    /// Whether it has not ended. The token in it may have, if it was made to end earlier.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// Why a client does not call a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The reference has ended: ask the discovery service again.
    #[error("the reference has ended")]
    Expired,
    /// Its address is not reached over TLS, or is none to send messages to.
    #[error("the address is not reached over TLS")]
    Address,
    /// It asks for a security mechanism that the client does not speak.
    #[error("no security mechanism is spoken by both sides")]
    Mechanism,
    /// There is no encrypted token with the ID of its assertion for the mechanism taken.
    #[error("there is no token to present")]
    Token,
}
