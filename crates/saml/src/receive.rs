//! What an identity provider receives: requests of service providers, and their answers to its own.
//!
//! [`redirect`], [`post`] and [`soap`] take a message off the wire, [`authn_request`] and its like open it. Rules are checked
//! in the order of their cost, the signature after all that can be told without it; a message is read from the very node
//! that the signature was checked to cover.

mod arrival;
mod authn;
mod logout;
mod name;
mod opening;
mod parameter;
mod query;

use jiff::{SignedDuration, Timestamp};

pub use arrival::{Kind, Received, post, redirect, soap};
pub use authn::{AuthnRequest, authn_request};
pub(crate) use logout::status;
pub use logout::{LogoutRequest, LogoutResponse, logout_request, logout_response};
pub use name::NameId;
pub use query::{ArtifactResolve, AttributeQuery, artifact_resolve, attribute_query};

use crate::{
    EntityId, MessageId, Refused, Unwrap,
    metadata::{Consumer, ServiceProvider},
    wire::RelayState,
};

/// We as receiver: who we are, where it came in, whom we know.
#[derive(Clone, Copy)]
pub struct Receiver<'a> {
    /// Our entity ID.
    pub entity: &'a EntityId,
    /// The URL it came in at, which `Destination` must equal.
    pub address: &'a str,
    /// The registered peers; `None` for a stranger.
    pub peers: &'a Peers<'a>,
    /// Opens what is encrypted to us (`EncryptedID`).
    pub unwrap: &'a Unwrap<'a>,
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// Finds a registered peer.
pub type Peers<'a> = dyn Fn(&EntityId) -> Option<Peer<'a>> + Sync + 'a;

/// A registered peer, as far as receiving goes.
#[derive(Clone, Copy)]
pub struct Peer<'a> {
    /// Its metadata.
    pub provider: &'a ServiceProvider,
    /// Its authentication requests must be signed. Logout requests and SOAP requests always must.
    pub must_sign: bool,
}

/// A message from a registered peer, meant for us, in time, and signed by that peer where it must be. Only the functions
/// here make one.
#[derive(Clone, Debug)]
pub struct Verified<M> {
    sender: EntityId,
    id: MessageId,
    forget_at: Timestamp,
    signed: bool,
    relay_state: Option<RelayState>,
    message: M,
}

impl<M> Verified<M> {
    /// Who sent it.
    pub fn sender(&self) -> &EntityId {
        &self.sender
    }

    /// Its ID, unique for this sender: whoever acts on a message remembers it until [`Verified::forget_at`].
    pub fn id(&self) -> &MessageId {
        &self.id
    }

    /// From when on the message would be refused for its age, so that its ID need not be remembered.
    pub fn forget_at(&self) -> Timestamp {
        self.forget_at
    }

    /// Whether it was signed. An unsigned authentication request only asks; its consumer is one of the metadata.
    pub fn signed(&self) -> bool {
        self.signed
    }

    /// What the peer wants back.
    pub fn relay_state(&self) -> Option<&RelayState> {
        self.relay_state.as_ref()
    }

    /// What it says.
    pub fn message(&self) -> &M {
        &self.message
    }
}

/// Why a message is not acted on, and to whom that may be said.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Rejected {
    /// Why.
    pub reason: Refused,
    /// The party it claims to be from, if we know that party: for the person's page and the log. Not proved.
    pub claimed: Option<EntityId>,
    /// The ID it claims.
    pub id: Option<MessageId>,
    /// Where the standard lets us answer with [`Refused::status`]: a consumer of the claimed party's metadata, never
    /// anything else; `None` when there is doubt.
    pub answer_at: Option<Consumer>,
    /// What goes back with that answer.
    pub relay_state: Option<RelayState>,
    /// It is a request of a party that we know, which asks to show nothing to the person (`IsPassive`). Not proved; it takes
    /// nothing from anybody but the page.
    pub passive: bool,
}

impl Rejected {
    /// For a message that could not even be read: nobody can be answered.
    #[must_use]
    pub fn unread(reason: Refused) -> Self {
        Self { reason, claimed: None, id: None, answer_at: None, relay_state: None, passive: false }
    }
}
