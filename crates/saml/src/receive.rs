//! What an identity provider receives: requests of service providers, and their answers to its own.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use crate::{
    Binding, EntityId, MessageId, NameFormat, Refused, RequestedContext, Status, Unwrap,
    metadata::{Consumer, ServiceProvider},
    wire::{Direction, RelayState},
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

/// A message off the wire, bounded and well-formed, and nothing else yet.
pub struct Received {
    binding: Binding,
    direction: Direction,
    xml: Vec<u8>,
    relay_state: Option<RelayState>,
    // and the detached signature of HTTP-Redirect
}

/// Reads an HTTP-Redirect message from the raw query of a URL (Bindings §3.4), which the detached signature is over.
/// Bounded: query 16 KiB, inflated 128 KiB. A parameter given twice is refused.
///
/// # Errors
/// [`Refused`].
pub fn redirect(query: &str) -> Result<Received, Refused> {
    todo!("{query}")
}

/// Reads an HTTP-POST message: the raw body of the form (Bindings §3.5).
///
/// # Errors
/// [`Refused`].
pub fn post(form: &[u8]) -> Result<Received, Refused> {
    todo!("{form:?}")
}

/// Reads a SOAP message: one message in the body, no header that must be understood (Bindings §3.2).
///
/// # Errors
/// [`Refused`].
pub fn soap(body: &[u8]) -> Result<Received, Refused> {
    todo!("{body:?}")
}

impl Received {
    /// How it came.
    #[must_use]
    pub fn binding(&self) -> Binding {
        self.binding
    }

    /// What the peer wants back.
    #[must_use]
    pub fn relay_state(&self) -> Option<&RelayState> {
        self.relay_state.as_ref()
    }

    /// Which kind of message it claims to be, to choose the function that opens it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        todo!("{:?} {:?}", self.direction, self.xml)
    }
}

/// Kinds of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `samlp:AuthnRequest`.
    AuthnRequest,
    /// `samlp:LogoutRequest`.
    LogoutRequest,
    /// `samlp:LogoutResponse`.
    LogoutResponse,
    /// `samlp:ArtifactResolve`.
    ArtifactResolve,
    /// `samlp:AttributeQuery`.
    AttributeQuery,
    /// Anything else.
    Other,
}

/// A message from a registered peer, meant for us, in time, and signed by that peer where it must be. Only the functions
/// here make one.
#[derive(Clone, Debug)]
pub struct Verified<M> {
    sender: EntityId,
    id: MessageId,
    issued: Timestamp,
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
        todo!("{}", self.issued)
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

/// A request to authenticate whoever is at the browser (SAML 2.0 Core §3.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// Where to answer, how: exactly one of the metadata's consumers.
    pub consumer: Consumer,
    /// Authenticate anew, whatever session there is.
    pub force: bool,
    /// Do not show anything to the person.
    pub passive: bool,
    /// The name format asked for; `None`: ours to choose.
    pub name_format: Option<NameFormat>,
    /// The affiliation the name is asked for (`SPNameQualifier`), if it is not the sender's own.
    pub affiliation: Option<String>,
    /// What login it takes.
    pub context: Option<RequestedContext>,
}

/// A request to end a session (SAML 2.0 Core §3.7.1).
#[derive(Clone, Debug)]
pub struct LogoutRequest {
    /// Whom.
    pub name: NameId,
    /// Which of the person's sessions at the sender; none: all.
    pub sessions: Vec<String>,
}

/// An answer to a logout request of ours (SAML 2.0 Core §3.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    /// The request it answers.
    pub in_response_to: MessageId,
    /// How it went.
    pub status: Status,
}

/// A request for the message behind an artifact (SAML 2.0 Core §3.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactResolve {
    /// The artifact, as it came.
    pub artifact: String,
}

/// A question about a person's attributes (SAML 2.0 Core §3.3.2.3).
#[derive(Clone, Debug)]
pub struct AttributeQuery {
    /// About whom.
    pub name: NameId,
    /// Attribute names; none: all that may be had.
    pub attributes: Vec<String>,
}

/// A name that we gave a person (`saml:NameID`, decrypted if it came as `saml:EncryptedID`). Neither shown nor logged.
#[derive(Clone, PartialEq, Eq)]
pub struct NameId {
    /// `Format`.
    pub format: String,
    /// `NameQualifier`.
    pub qualifier: Option<String>,
    /// `SPNameQualifier`.
    pub sp_qualifier: Option<String>,
    /// The name.
    pub value: Zeroizing<String>,
}

impl fmt::Debug for NameId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("NameId(..)")
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
}

/// Opens an authentication request (Redirect, POST, SOAP for enhanced clients).
///
/// # Errors
/// [`Rejected`].
pub fn authn_request(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<AuthnRequest>, Box<Rejected>> {
    todo!("{:?} {} {now}", received.binding, receiver.address)
}

/// Opens a logout request; always signed.
///
/// # Errors
/// [`Rejected`].
pub fn logout_request(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<LogoutRequest>, Box<Rejected>> {
    todo!("{:?} {} {now}", received.binding, receiver.address)
}

/// Opens the answer to a logout request of ours; always signed.
///
/// # Errors
/// [`Rejected`].
pub fn logout_response(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<LogoutResponse>, Box<Rejected>> {
    todo!("{:?} {} {now}", received.binding, receiver.address)
}

/// Opens a request to resolve an artifact; always signed.
///
/// # Errors
/// [`Rejected`].
pub fn artifact_resolve(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<ArtifactResolve>, Box<Rejected>> {
    todo!("{:?} {} {now}", received.binding, receiver.address)
}

/// Opens an attribute query; always signed.
///
/// # Errors
/// [`Rejected`].
pub fn attribute_query(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<AttributeQuery>, Box<Rejected>> {
    todo!("{:?} {} {now}", received.binding, receiver.address)
}
