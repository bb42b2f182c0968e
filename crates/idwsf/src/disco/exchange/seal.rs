use jiff::Timestamp;

use super::{Question, Reply};
use crate::message::Headers;
use crate::message::seal::{BODY_ID, Sealed};
use crate::names::WSA;
use crate::token::Token;
use crate::{MessageId, Sender, SignFailed};

/// A question to the discovery or the identity mapping service.
pub struct Call<'a> {
    /// Who asks.
    pub sender: Sender<'a>,
    /// The service's address, from its endpoint reference.
    pub to: &'a str,
    /// Whom it is about; not needed to register services.
    pub token: Option<&'a Token>,
    /// The message's own name; the answer refers to it.
    pub message_id: &'a MessageId,
    /// What is asked.
    pub question: &'a Question,
}

/// Writes and signs a question. Send it with [`crate::CONTENT_TYPE`] and `SOAPAction: "…"` of [`super::Topic::action`].
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_call(call: &Call<'_>, now: Timestamp) -> Result<Vec<u8>, SignFailed> {
    seal_call_with(call, &Headers::default(), now)
}

/// As [`seal_call`], with what the question says about itself.
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_call_with(call: &Call<'_>, headers: &Headers, now: Timestamp) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(&call.sender, call.message_id);
    sealed.text("to", WSA, "To", call.to);
    sealed.text("act", WSA, "Action", &call.question.topic().action());
    headers.write(&mut sealed, BODY_ID);
    sealed.finish(&call.sender, call.token, |w| call.question.write(w), now)
}

/// Writes and signs the answer to the question `in_reply_to`; `id` is the answer's own name. HTTP status 200.
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_reply(
    sender: &Sender<'_>,
    in_reply_to: &MessageId,
    id: &MessageId,
    reply: &Reply,
    now: Timestamp,
) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(sender, id);
    sealed.text("rel", WSA, "RelatesTo", in_reply_to.as_str());
    sealed.text("act", WSA, "Action", &reply.topic().response_action());
    sealed.finish(sender, None, |w| reply.write(w), now)
}
