use jiff::Timestamp;
use xml::{Attr, Node, Ns, VerifiedNode, VerifyingKey, Writer};

use crate::fault::Fault;
use crate::message::answer::{self, Answer, Ask, ResponseRefused};
use crate::message::envelope::{self, Envelope};
use crate::message::seal::Sealed;
use crate::message::{Keys, Rejected, Replay};
use crate::names::{LU, SB, SBF, WSA, WSSE};
use crate::{EntityId, MessageId, Sender, SignFailed};

/// `is:InteractionRequest` with one `is:Inquiry`: questions that are answered by yes or no. Questions for data are not
/// offered: a service has the person come to its own page for them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inquiry {
    /// What stands above the questions.
    pub title: Option<String>,
    /// The word behind which help is found.
    pub help: Option<String>,
    /// One to eight questions.
    pub questions: Vec<Confirm>,
    /// The language of it all.
    pub language: Option<String>,
    /// For how many seconds the service waits for the person.
    pub seconds_max: Option<u32>,
}

/// `is:Confirm`: a question with yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// Names the question in the answer: letters, digits, `_`, `-`, `.`.
    pub name: String,
    /// The question.
    pub label: String,
    /// What is chosen before the person has.
    pub value: bool,
}

/// `is:InteractionResponse`: what the person said, by the name of the question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InquiryAnswer {
    /// The names of the questions, and whether the answer is yes.
    pub answers: Vec<(String, bool)>,
}

/// An interaction service as a receiver.
#[derive(Clone, Copy)]
pub struct InquiryReceiver<'a> {
    /// Its own address.
    pub address: &'a str,
    /// The signing keys of the services that may have somebody asked.
    pub providers: &'a Keys<'a>,
}

/// An inquiry that its sender signed; it may have been received before.
pub struct Opened {
    /// Who wants to know.
    pub sender: EntityId,
    /// What to relate the answer to.
    pub message_id: MessageId,
    rest: Result<Inquiry, Fault>,
}

impl Opened {
    /// The inquiry, if it has not been received before.
    ///
    /// # Errors
    /// [`Rejected`], with the fault to answer.
    pub fn admit(self, replay: Replay) -> Result<Inquiry, Rejected> {
        let outcome = if replay == Replay::Seen { Err(Fault::Replayed) } else { self.rest };
        outcome.map_err(|fault| Rejected { fault, in_reply_to: Some(self.message_id) })
    }
}

/// Writes and signs an inquiry. There is no token in it: the interaction service knows whose question is being answered.
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_inquiry(
    sender: &Sender<'_>,
    to: &str,
    id: &MessageId,
    inquiry: &Inquiry,
    now: Timestamp,
) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(sender, id);
    sealed.text("to", WSA, "To", to);
    sealed.text("act", WSA, "Action", &format!("{}:{REQUEST}", IS.uri));
    sealed.finish(sender, None, |w| inquiry.write(w), now)
}

/// Opens an inquiry: the receiver's steps but for the token.
///
/// # Errors
/// [`Rejected`], with the fault to answer.
pub fn open_inquiry(bytes: &[u8], receiver: &InquiryReceiver<'_>, now: Timestamp) -> Result<Opened, Rejected> {
    let early = |fault| Rejected { fault, in_reply_to: None };
    let document = envelope::parse(bytes).map_err(early)?;
    let envelope = Envelope::of(&document).map_err(early)?;
    opened(&envelope, receiver, now).map_err(|fault| Rejected { fault, in_reply_to: envelope.claimed_id() })
}

/// Writes and signs what the person said.
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn answer_inquiry(
    sender: &Sender<'_>,
    in_reply_to: &MessageId,
    id: &MessageId,
    answer: &InquiryAnswer,
    now: Timestamp,
) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(sender, id);
    sealed.text("rel", WSA, "RelatesTo", in_reply_to.as_str());
    sealed.text("act", WSA, "Action", &format!("{}:{RESPONSE}", IS.uri));
    sealed.finish(sender, None, |w| answer.write(w), now)
}

/// Opens what the person said, as the service that asked.
///
/// # Errors
/// [`ResponseRefused`].
pub fn open_inquiry_answer(
    bytes: &[u8],
    in_reply_to: &MessageId,
    from: &EntityId,
    keys: &[VerifyingKey],
    now: Timestamp,
) -> Result<Answer<InquiryAnswer>, ResponseRefused> {
    let action = format!("{}:{RESPONSE}", IS.uri);
    answer::open(bytes, &Ask { in_reply_to, from, keys }, &action, now, InquiryAnswer::read)
}

fn opened(envelope: &Envelope<'_, '_>, receiver: &InquiryReceiver<'_>, now: Timestamp) -> Result<Opened, Fault> {
    envelope.check(&KNOWN, now)?;
    let claimed = envelope.claimed(SB, "Sender").and_then(|header| xml::unqualified(header, "providerID"));
    let sender = EntityId::parse(claimed.ok_or(Fault::Sender)?).map_err(|_| Fault::Sender)?;
    let verified = envelope.verify((receiver.providers)(&sender).ok_or(Fault::Sender)?)?;
    let message_id = envelope.claimed_id().ok_or(Fault::Structure("the message ID is missing"))?;
    let rest = if verified.text(WSA, "To").as_deref() != Some(receiver.address) {
        Err(Fault::Destination)
    } else if verified.text(WSA, "Action") != Some(format!("{}:{REQUEST}", IS.uri)) {
        Err(Fault::ActionMismatch)
    } else {
        let payload = verified.payload().filter(|payload| xml::is(*payload, IS, REQUEST));
        payload.ok_or(Fault::ActionMismatch).and_then(Inquiry::read)
    };
    Ok(Opened { sender, message_id, rest })
}

impl Inquiry {
    fn write(&self, w: &mut Writer) {
        let seconds = self.seconds_max.map(|seconds| seconds.to_string());
        let mut attrs = vec![Attr::plain("id", "inquiry")];
        attrs.extend(self.language.as_deref().map(|language| Attr::plain("language", language)));
        attrs.extend(seconds.as_deref().map(|seconds| Attr::plain("maxInteractTime", seconds)));
        w.start(IS, REQUEST, &attrs);
        let title: Vec<Attr> = self.title.as_deref().map(|title| Attr::plain("title", title)).into_iter().collect();
        w.start(IS, "Inquiry", &title);
        if let Some(help) = &self.help {
            w.empty(IS, "Help", &[Attr::plain("label", help)]);
        }
        for question in &self.questions {
            w.start(IS, "Confirm", &[Attr::plain("name", &question.name)]);
            w.leaf(IS, "Label", &[], &question.label);
            w.leaf(IS, "Value", &[], truth(question.value)).end();
        }
        w.end().end();
    }

    fn read(request: Node) -> Result<Self, Fault> {
        let broken = Fault::Body;
        let inquiry = xml::child(request, IS, "Inquiry").map_err(|_| broken)?;
        let mut questions = Vec::new();
        let mut help = None;
        for child in inquiry.children().filter(Node::is_element) {
            if xml::is(child, IS, "Confirm") && questions.len() < QUESTIONS_MAX {
                questions.push(Confirm::read(child).ok_or(broken)?);
            } else if xml::is(child, IS, "Help") && help.is_none() {
                help = xml::unqualified(child, "label").map(str::to_owned);
            } else {
                return Err(broken);
            }
        }
        let seconds_max = match xml::unqualified(request, "maxInteractTime") {
            Some(text) => Some(text.parse().map_err(|_| broken)?),
            None => None,
        };
        if questions.is_empty() {
            return Err(broken);
        }
        let own = |node, name| xml::unqualified(node, name).map(str::to_owned);
        Ok(Self { title: own(inquiry, "title"), help, questions, language: own(request, "language"), seconds_max })
    }
}

impl Confirm {
    fn read(node: Node) -> Option<Self> {
        let name = xml::unqualified(node, "name")?;
        let label = xml::text(xml::child(node, IS, "Label").ok()?).ok()?;
        let value = match xml::only_child(node, IS, "Value").ok()? {
            Some(value) => read_truth(xml::text(value).ok()?.trim())?,
            None => false,
        };
        is_name(name).then(|| Self { name: name.to_owned(), label, value })
    }
}

impl InquiryAnswer {
    fn write(&self, w: &mut Writer) {
        w.start(IS, RESPONSE, &[]).empty(LU, "Status", &[Attr::plain("code", "OK")]);
        for (name, yes) in &self.answers {
            w.empty(IS, "Parameter", &[Attr::plain("name", name), Attr::plain("value", truth(*yes))]);
        }
        w.end();
    }

    /// Reads an answer that is one. A person who was not asked has not agreed: any other status is none.
    fn read(body: VerifiedNode<'_, '_>) -> Option<Self> {
        let response = xml::child(body.node(), IS, RESPONSE).ok()?;
        let status = xml::child(response, LU, "Status").ok()?;
        let parameters = xml::children(response, IS, "Parameter").take(QUESTIONS_MAX + 1);
        let read = |parameter| {
            let name = xml::unqualified(parameter, "name").filter(|name| is_name(name))?;
            Some((name.to_owned(), read_truth(xml::unqualified(parameter, "value")?)?))
        };
        let answers: Vec<(String, bool)> = parameters.map(read).collect::<Option<_>>()?;
        let ok = xml::unqualified(status, "code") == Some("OK") && answers.len() <= QUESTIONS_MAX;
        let twice =
            |(at, (name, _)): (usize, &(String, bool))| answers.iter().skip(at + 1).any(|(other, _)| other == name);
        (ok && !answers.iter().enumerate().any(twice)).then_some(Self { answers })
    }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn read_truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    plain && (1..=NAME_BYTES_MAX).contains(&name.len())
}

/// Liberty Interaction Service 2.0, with the prefix of the field: `is` is a word in too many places.
const IS: Ns = Ns::new("IS", "urn:liberty:is:2006-08");
const REQUEST: &str = "InteractionRequest";
const RESPONSE: &str = "InteractionResponse";
const QUESTIONS_MAX: usize = 8;
const NAME_BYTES_MAX: usize = 64;
/// The headers of an inquiry that are understood here, each at most once.
const KNOWN: [(Ns, &str); 6] =
    [(SBF, "Framework"), (SB, "Sender"), (WSA, "MessageID"), (WSA, "To"), (WSA, "Action"), (WSSE, "Security")];
