use jiff::Timestamp;
use xml::{Node, VerifyingKey};

use super::context::{Consent, Purpose};
use super::envelope::{self, Envelope, Verified};
use crate::dst::{QUERY, Query, ServiceType, Status};
use crate::fault::Fault;
use crate::names::{ANONYMOUS, SB, SBF, WSA, WSSE};
use crate::token::{self, Authn, Presented, Trust};
use crate::{EntityId, MessageId, Pseudonym, Unwrap};

/// A data service as a receiver: who it is, and whom it trusts.
#[derive(Clone, Copy)]
pub struct Receiver<'a> {
    /// Its own entity ID: audience of the tokens it takes.
    pub entity: &'a EntityId,
    /// Its own address, which `wsa:To` must equal.
    pub address: &'a str,
    /// The service it offers.
    pub service: ServiceType,
    /// The signing keys of those who may send; `None` for a stranger.
    pub providers: &'a Keys<'a>,
    /// The signing keys of those whose tokens it takes; `None` for a stranger.
    pub issuers: &'a Keys<'a>,
    /// Opens what is encrypted to it.
    pub decrypt: &'a Unwrap<'a>,
}

/// The keys of a party, from its metadata: all of them, so that a change of keys needs no appointed hour.
pub type Keys<'a> = dyn Fn(&EntityId) -> Option<&'a [VerifyingKey]> + Sync + 'a;

/// Steps 1 to 9 of the receiver, in this order, and the first that fails decides: size and well-formedness, SOAP version,
/// framework, headers that must be understood, nothing twice, timestamp, message signature, token, sender.
///
/// The signing keys are found by the sender that the message names, so an unknown sender is refused before its signature.
///
/// # Errors
/// [`Rejected`], with the fault to answer.
pub fn authenticate(bytes: &[u8], receiver: &Receiver<'_>, now: Timestamp) -> Result<Authenticated, Rejected> {
    let early = |fault| Rejected { fault, in_reply_to: None };
    let document = envelope::parse(bytes).map_err(early)?;
    let envelope = Envelope::of(&document).map_err(early)?;
    checked(&envelope, receiver, now).map_err(|fault| Rejected { fault, in_reply_to: envelope.claimed_id() })
}

/// A message that its sender signed, with a good token. It may have been received before: look the sender and the message
/// ID up, and record them, before [`Authenticated::admit`].
pub struct Authenticated {
    sender: EntityId,
    message_id: MessageId,
    rest: Result<VerifiedRequest, Fault>,
}

/// What the replay store says about a sender's message ID. It keeps them for at least twice [`super::WINDOW`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// It was not there, and is now.
    Fresh,
    /// It was there.
    Seen,
}

impl Authenticated {
    /// Who signed it.
    #[must_use]
    pub fn sender(&self) -> &EntityId {
        &self.sender
    }

    /// Its message ID, unique for this sender.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        &self.message_id
    }

    /// Steps 10 to 13: replay, destination and action, context, body.
    ///
    /// # Errors
    /// [`Rejected`], with the fault to answer.
    pub fn admit(self, replay: Replay) -> Result<VerifiedRequest, Rejected> {
        let outcome = match replay {
            Replay::Seen => Err(Fault::Replayed),
            Replay::Fresh => self.rest,
        };
        outcome.map_err(|fault| Rejected { fault, in_reply_to: Some(self.message_id) })
    }
}

/// A question that may be decided on. Every value in it was signed by its sender, or by the token's issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRequest {
    /// Who asks.
    pub sender: EntityId,
    /// What to relate the answer to.
    pub message_id: MessageId,
    /// Who vouches for the person.
    pub issuer: EntityId,
    /// Whom it is about.
    pub subject: Pseudonym,
    /// How the person was authenticated.
    pub authn: Authn,
    /// The consent the sender vouches for.
    pub consent: Option<Consent>,
    /// What the answer is for.
    pub purpose: Purpose,
    /// What is asked; or, if that is not something this profile answers, the status to answer with. That is no fault:
    /// send it with [`crate::dst::QueryResponse::refused`].
    pub query: Result<Query, Status>,
}

/// Why a message is not processed, and what to relate the fault to, as far as the message could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Rejected {
    /// The fault to answer with.
    pub fault: Fault,
    /// The message ID of the question, as it claims.
    pub in_reply_to: Option<MessageId>,
}

fn checked(envelope: &Envelope<'_, '_>, receiver: &Receiver<'_>, now: Timestamp) -> Result<Authenticated, Fault> {
    envelope.check(&KNOWN, now)?;
    let sender = envelope
        .claimed(SB, "Sender")
        .and_then(|header| xml::unqualified(header, "providerID"))
        .ok_or(Fault::Sender)?;
    let sender = EntityId::parse(sender).map_err(|_| Fault::Sender)?;
    let keys = (receiver.providers)(&sender).ok_or(Fault::Sender)?;
    let verified = envelope.verify(keys)?;
    let key_identifier = verified.key_identifier().ok_or(Fault::Unsigned("a token reference"))?;
    let presented = Presented { security: verified.security, key_identifier: &key_identifier };
    let trust = Trust {
        entity: receiver.entity,
        address: receiver.address,
        issuers: receiver.issuers,
        decrypt: receiver.decrypt,
    };
    let person = token::open(&presented, &trust, now)?;
    let message_id = envelope.claimed_id().ok_or(Fault::Structure("the message ID is missing"))?;

    // Steps 11 to 13 look only at what the signature covers, so they are taken now; a replay still comes before them.
    let rest = context(&verified, receiver).map(|(consent, purpose, query)| VerifiedRequest {
        sender: sender.clone(),
        message_id: message_id.clone(),
        issuer: person.issuer,
        subject: person.pseudonym,
        authn: person.authn,
        consent,
        purpose,
        query,
    });
    Ok(Authenticated { sender, message_id, rest })
}

type Context = (Option<Consent>, Purpose, Result<Query, Status>);

/// Steps 11 to 13.
fn context(message: &Verified<'_, '_>, receiver: &Receiver<'_>) -> Result<Context, Fault> {
    let payload = destination(message, receiver)?;
    for local in ["ReplyTo", "FaultTo"] {
        if message.header(WSA, local).is_some_and(|header| !is_anonymous(header)) {
            return Err(Fault::ReplyElsewhere);
        }
    }
    match message.text(SB, "ProcessingContext").as_deref() {
        _ if message.header(SB, "ProcessingContext").is_none() => (),
        Some(PRINCIPAL_ONLINE | PRINCIPAL_OFFLINE) => (),
        Some(SIMULATE) => return Err(Fault::ContextUnwilling),
        _ => return Err(Fault::ContextUnknown),
    }
    let directive = message.header(SB, "UsageDirective").ok_or(Fault::Purpose)?;
    let about = xml::unqualified(directive, "ref");
    if about.is_none() || about != xml::unqualified(payload, "id") {
        return Err(Fault::Purpose);
    }
    let purpose = Purpose::read(directive).ok_or(Fault::Purpose)?;
    if message.header(SB, "TargetIdentity").is_some() {
        return Err(Fault::TargetIdentity);
    }
    let consent = message.header(SB, "Consent").map(Consent::read).transpose()?;
    Ok((consent, purpose, Query::read(receiver.service, payload)))
}

/// Step 11: for us, and the action is that of the body, and one we do.
fn destination<'a, 'i>(message: &Verified<'a, 'i>, receiver: &Receiver<'_>) -> Result<Node<'a, 'i>, Fault> {
    if message.text(WSA, "To").as_deref() != Some(receiver.address) {
        return Err(Fault::Destination);
    }
    let payload = message.payload().ok_or(Fault::ActionMismatch)?;
    let named = format!("{}:{}", payload.tag_name().namespace().unwrap_or_default(), payload.tag_name().name());
    if message.text(WSA, "Action") != Some(named) {
        return Err(Fault::ActionMismatch);
    }
    if xml::is(payload, receiver.service.ns(), QUERY) { Ok(payload) } else { Err(Fault::ActionUnknown) }
}

fn is_anonymous(endpoint: Node) -> bool {
    let address = xml::child(endpoint, WSA, "Address").and_then(xml::text);
    address.is_ok_and(|address| ANONYMOUS.contains(&address.trim()))
}

/// The headers of a request that are understood here, each at most once. `UserInteraction` offers what this service never
/// makes use of, which is to understand it.
const KNOWN: [(xml::Ns, &str); 14] = [
    (SBF, "Framework"),
    (SB, "Sender"),
    (WSA, "MessageID"),
    (WSA, "RelatesTo"),
    (WSA, "To"),
    (WSA, "Action"),
    (WSA, "ReplyTo"),
    (WSA, "FaultTo"),
    (WSSE, "Security"),
    (SB, "Consent"),
    (SB, "UsageDirective"),
    (SB, "ProcessingContext"),
    (SB, "UserInteraction"),
    (SB, "TargetIdentity"),
];
const PRINCIPAL_ONLINE: &str = "urn:liberty:sb:2003-08:ProcessingContext:PrincipalOnline";
const PRINCIPAL_OFFLINE: &str = "urn:liberty:sb:2003-08:ProcessingContext:PrincipalOffline";
const SIMULATE: &str = "urn:liberty:sb:2003-08:ProcessingContext:Simulate";
