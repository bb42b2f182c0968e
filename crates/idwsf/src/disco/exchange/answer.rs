use jiff::Timestamp;
use xml::VerifyingKey;

use super::{Reply, Topic};
use crate::message::answer::{Ask, open};
use crate::message::{Answer, ResponseRefused};
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
    /// What was asked about.
    pub topic: Topic,
}

/// Opens an answer, with the checks of [`crate::message::open_response`].
///
/// # Errors
/// [`ResponseRefused`]. A fault that is signed and about this question is an [`Answer::Fault`], not an error.
pub fn open_reply(bytes: &[u8], expect: &Expect<'_>, now: Timestamp) -> Result<Answer<Reply>, ResponseRefused> {
    let ask = Ask { in_reply_to: expect.in_reply_to, from: expect.from, keys: expect.keys };
    open(bytes, &ask, &expect.topic.response_action(), now, |body| {
        Reply::read(expect.topic, body.node().first_element_child()?)
    })
}
