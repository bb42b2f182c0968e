use jiff::Timestamp;
use xml::ns::SAML;
use xml::{Document, Fragment, Node};

use super::{Question, Reply, Topic};
use crate::fault::{Fault, TokenRefused};
use crate::message::envelope::{self, Envelope, Verified};
use crate::message::{Headers, Keys, LIMITS, Rejected, Replay};
use crate::names::{ANONYMOUS, SB, SBF, WSA, WSSE};
use crate::token::{self, Authn, Presented, Subject, Trust};
use crate::{EntityId, MessageId, Pseudonym, Unwrap};

/// The discovery service, and the identity mapping service beside it, as a receiver.
#[derive(Clone, Copy)]
pub struct Directory<'a> {
    /// Its own entity ID: audience of the tokens it takes.
    pub entity: &'a EntityId,
    /// What it is called by those who name persons themselves: audience of the tokens that they make.
    pub known_as: &'a EntityId,
    /// Its own address, which `wsa:To` must equal.
    pub address: &'a str,
    /// The signing keys of those who may send; `None` for a stranger.
    pub providers: &'a Keys<'a>,
    /// The signing keys of those whose tokens it takes; `None` for a stranger.
    pub issuers: &'a Keys<'a>,
    /// Opens what is encrypted to it.
    pub decrypt: &'a Unwrap<'a>,
}

/// Whom a token is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who vouches for the person.
    pub issuer: EntityId,
    /// What the person is called here.
    pub subject: Pseudonym,
    /// How the person was authenticated.
    pub authn: Authn,
}

/// Steps 1 to 9 of the receiver, as [`crate::message::authenticate`] takes them. A token that is there is checked; that one is
/// missing can be said only when it is known what is asked, which is when [`Authenticated::admit`] answers.
///
/// # Errors
/// [`Rejected`], with the fault to answer.
pub fn authenticate(bytes: &[u8], directory: &Directory<'_>, now: Timestamp) -> Result<Authenticated, Rejected> {
    let early = |fault| Rejected { fault, in_reply_to: None };
    let document = envelope::parse(bytes).map_err(early)?;
    let envelope = Envelope::of(&document).map_err(early)?;
    checked(&envelope, directory, now).map_err(|fault| Rejected { fault, in_reply_to: envelope.claimed_id() })
}

/// A message that its sender signed. It may have been received before: look the sender and the message ID up, and record them,
/// before [`Authenticated::admit`].
pub struct Authenticated {
    sender: EntityId,
    message_id: MessageId,
    key: usize,
    rest: Result<VerifiedCall, Fault>,
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

    /// Which of the sender's keys signed it, by its place in what [`Directory::providers`] gave: a token that is to be bound to the
    /// sender is bound to that one.
    #[must_use]
    pub fn key(&self) -> usize {
        self.key
    }

    /// Steps 10 to 13: replay, destination and action, context, body.
    ///
    /// # Errors
    /// [`Rejected`], with the fault to answer. A service that is not offered here, such as authentication or the people service,
    /// is [`Fault::ActionUnknown`].
    pub fn admit(self, replay: Replay) -> Result<VerifiedCall, Rejected> {
        let outcome = match replay {
            Replay::Seen => Err(Fault::Replayed),
            Replay::Fresh => self.rest,
        };
        outcome.map_err(|fault| Rejected { fault, in_reply_to: Some(self.message_id) })
    }
}

/// A question that may be decided on. Every value in it was signed by its sender, or by the token's issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCall {
    /// Who asks.
    pub sender: EntityId,
    /// What to relate the answer to.
    pub message_id: MessageId,
    /// Whom it is about, as a token of an issuer says.
    pub person: Option<Person>,
    /// Whom it is about, as the sender says by a name that it was given: [`token::name()`]. One of the two is there if the question is
    /// about a person.
    pub named: Option<Pseudonym>,
    /// What it says about itself. If that is [`ProcessingContext::Simulate`], decide as for real and leave everything as it is.
    ///
    /// [`ProcessingContext::Simulate`]: crate::message::ProcessingContext::Simulate
    pub headers: Headers,
    /// What is asked; or, if that cannot be read, what to answer.
    pub question: Result<Question, Reply>,
}

impl<'a> Directory<'a> {
    /// Opens a token that came in the body of a verified message, such as [`crate::mapping::Whose::Bearer`]: decrypts it, verifies
    /// it, and reads whom it is about.
    ///
    /// # Errors
    /// [`Fault`], with what is wrong with the token.
    pub fn open_token(&self, token: &Fragment, now: Timestamp) -> Result<Person, Fault> {
        let unreadable = |refused: xml::Refused| Fault::Token(TokenRefused::Unreadable(refused.code()));
        let scanned = xml::scan(token.as_str().as_bytes(), &LIMITS).map_err(unreadable)?;
        let document = Document::parse(scanned).map_err(unreadable)?;
        if !xml::is(document.root(), SAML, "EncryptedAssertion") {
            return Err(TokenRefused::InTheClear.into());
        }
        token::open_one(document.root(), &self.trust(), now).map(Person::from)
    }

    fn trust(&self) -> Trust<'a> {
        Trust { entity: self.entity, address: self.address, issuers: self.issuers, decrypt: self.decrypt }
    }
}

impl From<Subject> for Person {
    fn from(subject: Subject) -> Self {
        Self { issuer: subject.issuer, subject: subject.pseudonym, authn: subject.authn }
    }
}

fn checked(envelope: &Envelope<'_, '_>, directory: &Directory<'_>, now: Timestamp) -> Result<Authenticated, Fault> {
    envelope.check(&KNOWN, now)?;
    let sender = envelope.claimed(SB, "Sender").and_then(|header| xml::unqualified(header, "providerID"));
    let sender = sender.and_then(|sender| EntityId::parse(sender).ok()).ok_or(Fault::Sender)?;
    let keys = (directory.providers)(&sender).ok_or(Fault::Sender)?;
    let verified = envelope.verify(keys)?;
    let (person, named) = person(&verified, (&sender, keys), directory, now)?;
    if verified.header(SB, "Sender").is_some_and(|header| xml::unqualified(header, "affiliationID").is_some()) {
        return Err(Fault::Affiliation);
    }
    let message_id = envelope.claimed_id().ok_or(Fault::Structure("the message ID is missing"))?;

    // What follows looks only at what the signature covers, so it is taken now; a replay still comes before it.
    let rest = question(&verified, directory, person.is_some() || named.is_some());
    let call = |(headers, question)| VerifiedCall {
        sender: sender.clone(),
        message_id: message_id.clone(),
        person,
        named,
        headers,
        question,
    };
    Ok(Authenticated { rest: rest.map(call), key: verified.key, sender, message_id })
}

/// Step 8, if there is a token or any talk of one.
fn person(
    message: &Verified<'_, '_>,
    (sender, keys): (&EntityId, &[xml::VerifyingKey]),
    directory: &Directory<'_>,
    now: Timestamp,
) -> Result<(Option<Person>, Option<Pseudonym>), Fault> {
    let has = |local| xml::children(message.security, SAML, local).next().is_some();
    let named = message.key_identifier();
    if named.is_none() && !has("EncryptedAssertion") && !has("Assertion") {
        return Ok((None, None));
    }
    let key_identifier = named.ok_or(Fault::Unsigned("a token reference"))?;
    let presented =
        Presented { security: message.security, key_identifier: &key_identifier, signed: message.signed_token() };
    let own = |entity: &EntityId| (entity == sender).then_some(keys);
    let own = Trust { entity: directory.known_as, issuers: &own, ..directory.trust() };
    if let Some(named) = token::open_named(&presented, sender, &own, message.document, now)? {
        return Ok((None, Some(named)));
    }
    token::open(&presented, &directory.trust(), now).map(|subject| (Some(subject.into()), None))
}

/// Steps 11 to 13.
fn question(
    message: &Verified<'_, '_>,
    directory: &Directory<'_>,
    personal: bool,
) -> Result<(Headers, Result<Question, Reply>), Fault> {
    let (payload, topic) = destination(message, directory)?;
    if topic.is_personal() && !personal {
        return Err(TokenRefused::Missing.into());
    }
    if ["ReplyTo", "FaultTo"].iter().filter_map(|local| message.header(WSA, local)).any(|to| !is_anonymous(to)) {
        return Err(Fault::ReplyElsewhere);
    }
    // The elements of discovery have no IDs of their own: what the answer is for is said of the body.
    let headers = Headers::read_about(message, Some(message.body().id()))?;
    if message.header(SB, "TargetIdentity").is_some() {
        return Err(Fault::TargetIdentity);
    }
    Ok((headers, Question::read(topic, payload, message.reference_id())))
}

/// Step 11: for us, and the action is that of the body, and one we do.
fn destination<'a, 'i>(message: &Verified<'a, 'i>, directory: &Directory<'_>) -> Result<(Node<'a, 'i>, Topic), Fault> {
    if message.text(WSA, "To").as_deref() != Some(directory.address) {
        return Err(Fault::Destination);
    }
    let payload = message.payload().ok_or(Fault::ActionMismatch)?;
    let action = message.text(WSA, "Action").unwrap_or_default();
    match Topic::of(payload) {
        Some(topic) if topic.action() == action => Ok((payload, topic)),
        // Some services name their actions otherwise than by the element in the body: what is not ours is unknown, whatever it says.
        None if !Topic::all().any(|topic| topic.action() == action) => Err(Fault::ActionUnknown),
        _ => Err(Fault::ActionMismatch),
    }
}

fn is_anonymous(endpoint: Node) -> bool {
    let address = xml::child(endpoint, WSA, "Address").and_then(xml::text);
    address.is_ok_and(|address| ANONYMOUS.contains(&address.trim()))
}

/// The headers of a question that are understood here, each at most once but for `UsageDirective`.
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
    (SB, "Timeout"),
    (SB, "UserInteraction"),
    (SB, "TargetIdentity"),
];
