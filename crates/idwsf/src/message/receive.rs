use jiff::Timestamp;
use xml::{Node, VerifyingKey};

use super::context::{Consent, Purpose};
use super::envelope::{self, Envelope, Verified};
use super::headers::{Headers, ProcessingContext};
use super::introduced::{Introduced, introduced};
use super::{Mechanism, Offer, Terms};
use crate::dst::{MODIFY, Modify, QUERY, Query, ServiceType, Status};
use crate::fault::{Fault, TokenRefused};
use crate::names::{ANONYMOUS, SB, SBF, WSA, WSSE};
use crate::token::{self, Authn, Confirmation, Permit, Presented, Subject, Trust};
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
/// What a service takes beside plain questions: [`authenticate_under`].
///
/// # Errors
/// [`Rejected`], with the fault to answer.
pub fn authenticate(bytes: &[u8], receiver: &Receiver<'_>, now: Timestamp) -> Result<Authenticated, Rejected> {
    opened(bytes, receiver, &Terms::STRICT, &PLAIN, now).map(Authenticated)
}

/// As [`authenticate`], under other terms.
///
/// # Errors
/// [`Rejected`], with the fault to answer.
pub fn authenticate_under(
    bytes: &[u8],
    receiver: &Receiver<'_>,
    terms: &Terms<'_>,
    now: Timestamp,
) -> Result<Accepted, Rejected> {
    opened(bytes, receiver, terms, &KNOWN, now)
}

/// A message that its sender signed, with a good token. It may have been received before: look the sender and the message
/// ID up, and record them, before [`Authenticated::admit`].
pub struct Authenticated(Accepted);

/// As [`Authenticated`], for [`authenticate_under`].
pub struct Accepted {
    sender: EntityId,
    message_id: MessageId,
    rest: Result<Admitted, Fault>,
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
        &self.0.sender
    }

    /// Its message ID, unique for this sender.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        &self.0.message_id
    }

    /// Steps 10 to 13: replay, destination and action, context, body.
    ///
    /// # Errors
    /// [`Rejected`], with the fault to answer.
    pub fn admit(self, replay: Replay) -> Result<VerifiedRequest, Rejected> {
        let in_reply_to = self.0.message_id.clone();
        let unoffered = |fault| Rejected { fault, in_reply_to: Some(in_reply_to) };
        let admitted = self.0.admit(replay)?;
        let Some(purpose) = admitted.headers.purpose else { return Err(unoffered(Fault::Purpose)) };
        let Asked::Query(query) = admitted.asked else { return Err(unoffered(Fault::ActionUnknown)) };
        Ok(VerifiedRequest {
            sender: admitted.sender,
            message_id: admitted.message_id,
            issuer: admitted.issuer,
            subject: admitted.subject,
            authn: admitted.authn,
            consent: admitted.headers.consent,
            purpose,
            query,
        })
    }
}

impl Accepted {
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
    pub fn admit(self, replay: Replay) -> Result<Admitted, Rejected> {
        let outcome = match replay {
            Replay::Seen => Err(Fault::Replayed),
            Replay::Fresh => self.rest,
        };
        outcome.map_err(|fault| Rejected { fault, in_reply_to: Some(self.message_id) })
    }
}

/// A question or a change that may be decided on, with all that it says about itself. Every value in it was signed by its
/// sender, or by the token's issuer.
#[derive(Clone, PartialEq, Eq)]
pub struct Admitted {
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
    /// How the message is secured.
    pub mechanism: Mechanism,
    /// From when on the token counts: when its issuer made it.
    pub issued_at: Timestamp,
    /// What the issuer lets the holder of a bound token ask; nothing in another.
    pub permits: Vec<Permit>,
    /// What it says about itself. The purpose is there, but for a peer of 2009.
    pub headers: Headers,
    /// What is asked.
    pub asked: Asked,
}

/// What is asked; or, if that is not something this profile answers, the status to answer with.
#[derive(Clone, PartialEq, Eq)]
pub enum Asked {
    /// For data.
    Query(Result<Query, Status>),
    /// For a change. If the headers say [`ProcessingContext::Simulate`], judge it and leave everything as it is.
    Modify(Result<Modify, Status>),
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

type Names = [(xml::Ns, &'static str)];

fn opened(
    bytes: &[u8],
    receiver: &Receiver<'_>,
    terms: &Terms<'_>,
    known: &Names,
    now: Timestamp,
) -> Result<Accepted, Rejected> {
    let early = |fault| Rejected { fault, in_reply_to: None };
    let document = envelope::parse(bytes).map_err(early)?;
    let envelope = Envelope::of(&document).map_err(early)?;
    let checked = envelope.check_as(known, terms.compat, now).and_then(|()| checked(&envelope, receiver, terms, now));
    checked.map_err(|fault| Rejected { fault, in_reply_to: envelope.claimed_id() })
}

/// Steps 7 to 9.
fn checked(
    envelope: &Envelope<'_, '_>,
    receiver: &Receiver<'_>,
    terms: &Terms<'_>,
    now: Timestamp,
) -> Result<Accepted, Fault> {
    let sender = envelope
        .claimed(SB, "Sender")
        .and_then(|header| xml::unqualified(header, "providerID"))
        .ok_or(Fault::Sender)?;
    let sender = EntityId::parse(sender).map_err(|_| Fault::Sender)?;
    let trust = Trust {
        entity: receiver.entity,
        address: receiver.address,
        issuers: receiver.issuers,
        decrypt: receiver.decrypt,
    };
    let known = (receiver.providers)(&sender);
    let introduced = match known {
        Some(_) => None,
        None => Some(introduced(envelope, &sender, &trust, terms, now)?),
    };
    let keys = known.or_else(|| introduced.as_ref().map(Introduced::keys)).ok_or(Fault::Sender)?;
    let verified = envelope.verify(keys)?;
    let key_identifier = verified.key_identifier().filter(|id| terms.compat.is_none() || !id.is_empty());
    if key_identifier.is_none() && terms.compat.is_none() {
        return Err(Fault::Unsigned("a token reference"));
    }
    let presented = Presented {
        security: verified.security,
        key_identifier: key_identifier.as_deref().unwrap_or(""),
        signed: verified.signed_token(),
    };
    let person = match introduced {
        // What was opened before anything was signed is the token that the signature names.
        Some(introduced) if Some(&introduced.named) != key_identifier.as_ref() => {
            return Err(TokenRefused::Exchanged.into());
        }
        Some(introduced) if presented.signed.is_none() => introduced.person,
        _ => token::open_for(&presented, &trust, envelope.document(), terms, now)?,
    };
    let mechanism = mechanism(&person, &sender, envelope, terms)?;
    if verified.header(SB, "Sender").is_some_and(|header| xml::unqualified(header, "affiliationID").is_some()) {
        return Err(Fault::Affiliation);
    }
    let message_id = envelope.claimed_id().ok_or(Fault::Structure("the message ID is missing"))?;

    // Steps 11 to 13 look only at what the signature covers, so they are taken now; a replay still comes before them.
    let rest = context(&verified, receiver, terms).map(|(headers, asked)| Admitted {
        sender: sender.clone(),
        message_id: message_id.clone(),
        issuer: person.issuer,
        subject: person.pseudonym,
        authn: person.authn,
        mechanism,
        issued_at: person.valid_from,
        permits: person.permits,
        headers,
        asked,
    });
    Ok(Accepted { sender, message_id, rest })
}

/// How the message is secured, if this service takes that. A token for the holder of a key is good in a message signed with
/// this very key (SAML Token Profile 1.1 §3.5.1), by the provider it names.
fn mechanism(
    person: &Subject,
    sender: &EntityId,
    envelope: &Envelope<'_, '_>,
    terms: &Terms<'_>,
) -> Result<Mechanism, Fault> {
    let used = match &person.confirmation {
        Confirmation::Bearer => Mechanism::TlsBearer,
        Confirmation::Holder(holder) => {
            let named = holder.name.as_deref().is_none_or(|name| name == sender.as_str());
            if !named || envelope.verify(std::slice::from_ref(&holder.key)).is_err() {
                return Err(TokenRefused::Holder.into());
            }
            match terms.tls_client {
                Some(client) if holder.is_key_of(client) => Mechanism::ClientTlsSamlV2,
                _ => Mechanism::TlsSamlV2,
            }
        }
    };
    if terms.mechanisms.iter().any(|wanted| used.satisfies(*wanted)) {
        return Ok(used);
    }
    // Whoever has a token of one kind is sent to a mechanism that takes that kind, if there is one.
    let same_kind = |wanted: &&Mechanism| wanted.is_holder_of_key() == used.is_holder_of_key();
    let wanted = terms.mechanisms.iter().find(same_kind).or(terms.mechanisms.first());
    Err(wanted.map_or(TokenRefused::Subject.into(), |wanted| Fault::Mechanism(*wanted)))
}

/// Steps 11 to 13.
fn context(message: &Verified<'_, '_>, receiver: &Receiver<'_>, terms: &Terms<'_>) -> Result<(Headers, Asked), Fault> {
    let payload = destination(message, receiver, terms)?;
    for local in ["ReplyTo", "FaultTo"] {
        if message.header(WSA, local).is_some_and(|header| !is_anonymous(header)) {
            return Err(Fault::ReplyElsewhere);
        }
    }
    let headers = Headers::read(message, payload)?;
    if headers.context == Some(ProcessingContext::Simulate) && terms.simulation == Offer::No {
        return Err(Fault::ContextUnwilling);
    }
    if headers.purpose.is_none() && terms.compat.is_none() {
        return Err(Fault::Purpose);
    }
    if message.header(SB, "TargetIdentity").is_some() {
        return Err(Fault::TargetIdentity);
    }
    let asked = if xml::is(payload, receiver.service.ns(), MODIFY) {
        Asked::Modify(Modify::read(receiver.service, payload))
    } else {
        Asked::Query(Query::read(receiver.service, payload))
    };
    Ok((headers, asked))
}

/// Step 11: for us, and the action is that of the body, and one we do.
fn destination<'a, 'i>(
    message: &Verified<'a, 'i>,
    receiver: &Receiver<'_>,
    terms: &Terms<'_>,
) -> Result<Node<'a, 'i>, Fault> {
    let stated = |local| terms.compat.is_none() || message.header(WSA, local).is_some();
    if stated("To") && message.text(WSA, "To").as_deref() != Some(receiver.address) {
        return Err(Fault::Destination);
    }
    let payload = message.payload().ok_or(Fault::ActionMismatch)?;
    let named = format!("{}:{}", payload.tag_name().namespace().unwrap_or_default(), payload.tag_name().name());
    if stated("Action") && message.text(WSA, "Action") != Some(named) {
        return Err(Fault::ActionMismatch);
    }
    let service = receiver.service.ns();
    let change = terms.changes == Offer::Yes && xml::is(payload, service, MODIFY);
    if change || xml::is(payload, service, QUERY) { Ok(payload) } else { Err(Fault::ActionUnknown) }
}

fn is_anonymous(endpoint: Node) -> bool {
    let address = xml::child(endpoint, WSA, "Address").and_then(xml::text);
    address.is_ok_and(|address| ANONYMOUS.contains(&address.trim()))
}

/// The headers of a request that are understood here, each at most once but for `UsageDirective`.
const KNOWN: [(xml::Ns, &str); 15] = [
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
    (SB, "Timeout"),
];
/// Those of a question whose service knows no more than [`VerifiedRequest`]: it would not keep to a timeout. `UserInteraction`
/// offers what it never makes use of, which is to understand it.
const PLAIN: [(xml::Ns, &str); 14] = {
    let [rest @ .., _] = KNOWN;
    rest
};
