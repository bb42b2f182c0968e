use jiff::Timestamp;
use xml::ns::{NONE, SOAP};
use xml::{Node, VerifiedNode, VerifyingKey};

use super::demand::PeerDemand;
use super::envelope::{self, Envelope, Verified};
use crate::dst::{ModifyReply, Reply, ServiceType};
use crate::fault::Fault;
use crate::names::{FAULT_ACTIONS, LU, SB, SBF, WSA, WSSE};
use crate::{EntityId, MessageId};

/// What an answer must be to be taken for the answer to a question.
#[derive(Clone, Copy)]
pub struct Expect<'a> {
    /// The message ID of the question.
    pub in_reply_to: &'a MessageId,
    /// The provider asked, from the endpoint reference.
    pub from: &'a EntityId,
    /// That provider's signing keys.
    pub keys: &'a [VerifyingKey],
    /// The service asked.
    pub service: ServiceType,
}

/// Opens an answer: the receiver's steps 1 to 7 with the keys of the provider asked, then that provider's name, the question
/// it relates to, the action, and the body. `read` gets the verified answer; its nodes live no longer than that.
///
/// # Errors
/// [`ResponseRefused`]. A fault that is signed and about this question is an [`Answer::Fault`], not an error.
pub fn open_response<T>(
    bytes: &[u8],
    expect: &Expect<'_>,
    now: Timestamp,
    read: impl FnOnce(&Reply<'_, '_>) -> T,
) -> Result<Answer<T>, ResponseRefused> {
    let ask = Ask { in_reply_to: expect.in_reply_to, from: expect.from, keys: expect.keys };
    open(bytes, &ask, &expect.service.response_action(), now, |body| {
        Reply::read(expect.service, body).map(|reply| read(&reply))
    })
}

/// Opens the answer to a change, as [`open_response`] does that to a question.
///
/// # Errors
/// [`ResponseRefused`].
pub fn open_modify_response(
    bytes: &[u8],
    expect: &Expect<'_>,
    now: Timestamp,
) -> Result<Answer<ModifyReply>, ResponseRefused> {
    let ask = Ask { in_reply_to: expect.in_reply_to, from: expect.from, keys: expect.keys };
    let action = expect.service.modify_response_action();
    open(bytes, &ask, &action, now, |body| ModifyReply::read(expect.service, body))
}

/// Whose answer, to what.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) in_reply_to: &'a MessageId,
    pub(crate) from: &'a EntityId,
    pub(crate) keys: &'a [VerifyingKey],
}

/// Opens an answer of any service. `read` gets the verified body, in which there is one element.
pub(crate) fn open<T>(
    bytes: &[u8],
    ask: &Ask<'_>,
    expected: &str,
    now: Timestamp,
    read: impl FnOnce(VerifiedNode<'_, '_>) -> Option<T>,
) -> Result<Answer<T>, ResponseRefused> {
    let document = envelope::parse(bytes)?;
    let envelope = Envelope::of(&document)?;
    let verified = checked(&envelope, ask, now).map_err(|refused| match unverified_fault(&envelope) {
        Some(fault) => ResponseRefused::UnverifiedFault(fault),
        None => refused,
    })?;
    let action = verified.text(WSA, "Action").unwrap_or_default();
    if let Some(fault) = verified.payload().filter(|payload| xml::is(*payload, SOAP, "Fault")) {
        let right = FAULT_ACTIONS.contains(&action.as_str());
        let stated =
            || PeerFault { demand: PeerDemand::read(&verified, fault).map(Box::new), ..PeerFault::read(fault) };
        return right.then(|| Answer::Fault(stated())).ok_or(ResponseRefused::Action);
    }
    if action != expected {
        return Err(ResponseRefused::Action);
    }
    let reply = verified.payload().and_then(|_| read(verified.body()));
    reply.map(Answer::Reply).ok_or(ResponseRefused::Body)
}

/// What a provider answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// An answer, as far as its status says.
    Reply(T),
    /// That it does not process the question; signed by it.
    Fault(PeerFault),
}

/// A fault as another party states it. Its words are for the log and never for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerFault {
    /// The local name in `faultcode`.
    pub code: String,
    /// The code of the `lu:Status` in `detail`.
    pub status: Option<String>,
    /// `faultstring`.
    pub text: String,
    /// What it tells the client to do. Only a fault that is verified tells anything.
    pub demand: Option<Box<PeerDemand>>,
}

/// Why an answer is not taken. The log shows the code; the person is told that the provider could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseRefused {
    /// A step that requests and answers share.
    #[error("the answer is refused: {0}")]
    Message(#[from] Fault),
    /// Another provider says to be the sender.
    #[error("the answer names another sender")]
    Sender,
    /// It answers another question, or none.
    #[error("the answer relates to another question")]
    Relation,
    /// Its action is not that of an answer of this service.
    #[error("the action is not that of the answer asked for")]
    Action,
    /// Its body is not an answer of this service.
    #[error("the body is not an answer of the service asked")]
    Body,
    /// It is a fault, and nothing proves that the provider asked has sent it, or that it is about this question.
    #[error("an unverified fault was answered: {} {}", .0.code, .0.status.as_deref().unwrap_or_default())]
    UnverifiedFault(PeerFault),
}

impl ResponseRefused {
    /// The stable code an operator finds in the log; that of the step where requests and answers share it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Message(fault) => fault.code(),
            Self::Sender => "WSF-21",
            Self::Relation => "WSF-22",
            Self::Action => "WSF-23",
            Self::Body => "WSF-24",
            Self::UnverifiedFault(_) => "WSF-25",
        }
    }
}

fn checked<'a, 'i>(
    envelope: &Envelope<'a, 'i>,
    expect: &Ask<'_>,
    now: Timestamp,
) -> Result<Verified<'a, 'i>, ResponseRefused> {
    envelope.check(&KNOWN, now)?;
    let verified = envelope.verify(expect.keys)?;
    let sender = verified.header(SB, "Sender").and_then(|header| xml::unqualified(header, "providerID"));
    if sender != Some(expect.from.as_str()) {
        return Err(ResponseRefused::Sender);
    }
    if verified.text(WSA, "RelatesTo").as_deref() != Some(expect.in_reply_to.as_str()) {
        return Err(ResponseRefused::Relation);
    }
    Ok(verified)
}

fn unverified_fault(envelope: &Envelope<'_, '_>) -> Option<PeerFault> {
    let payload = envelope.claimed_payload()?;
    xml::is(payload, SOAP, "Fault").then(|| PeerFault::read(payload))
}

impl PeerFault {
    /// The children have no namespace in SOAP 1.1; partners exist that write them in that of the envelope.
    fn read(fault: Node) -> Self {
        let child = |local| [NONE, SOAP].into_iter().find_map(|ns| xml::children(fault, ns, local).next());
        let text = |local| child(local).and_then(|node| xml::text(node).ok()).unwrap_or_default();
        let code = text("faultcode");
        let local = code.trim().rsplit(':').next().unwrap_or_default();
        let status = child("detail").and_then(|detail| xml::children(detail, LU, "Status").next());
        let status = status.and_then(|status| xml::unqualified(status, "code"));
        Self { code: short(local), status: status.map(short), text: short(text("faultstring").trim()), demand: None }
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(PEER_CHARS_MAX).collect()
}

/// What a log line holds of another party's words.
const PEER_CHARS_MAX: usize = 200;

/// The headers of an answer that are understood here, each at most once.
const KNOWN: [(xml::Ns, &str); 9] = [
    (SBF, "Framework"),
    (SB, "Sender"),
    (WSA, "MessageID"),
    (WSA, "RelatesTo"),
    (WSA, "To"),
    (WSA, "Action"),
    (WSSE, "Security"),
    (SB, "CredentialsContext"),
    (SB, "EndpointUpdate"),
];
