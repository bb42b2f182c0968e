use jiff::Timestamp;
use xml::{Node, attribute, child, children, ns::SAMLP, only_child, text, unqualified};

use super::{
    Kind, NameId, Received, Receiver, Rejected, Verified,
    name::name_in,
    opening::{Opened, Rule, open},
};
use crate::{Binding, MessageId, Refused, Second, Status, Top, instant};

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

/// Opens a logout request; always signed.
///
/// # Errors
/// [`Rejected`].
pub fn logout_request(
    received: &Received,
    receiver: &Receiver<'_>,
    now: Timestamp,
) -> Result<Verified<LogoutRequest>, Box<Rejected>> {
    open(received, receiver, &Rule { kind: Kind::LogoutRequest, bindings: BINDINGS, signed: true }, read_request, now)
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
    open(received, receiver, &Rule { kind: Kind::LogoutResponse, bindings: BINDINGS, signed: true }, read_response, now)
}

const BINDINGS: &[Binding] = &[Binding::Redirect, Binding::Post, Binding::Soap];

fn read_request(opened: &Opened<'_, '_, '_>) -> Result<LogoutRequest, Refused> {
    if let Some(end) = unqualified(opened.node, "NotOnOrAfter") {
        let end = instant::read(end).ok_or(Refused::Form("NotOnOrAfter"))?;
        if end.saturating_add(opened.skew).is_ok_and(|end| end <= opened.now) {
            return Err(Refused::Ended(end));
        }
    }
    let sessions: Vec<_> = children(opened.node, SAMLP, "SessionIndex").take(SESSIONS_MAX + 1).collect();
    if sessions.len() > SESSIONS_MAX {
        return Err(Refused::TooMany("sessions"));
    }
    let sessions = sessions.into_iter().map(text).collect::<Result<_, _>>()?;
    Ok(LogoutRequest { name: name_in(opened.node, opened.unwrap)?, sessions })
}

/// More sessions than one person has at one service.
const SESSIONS_MAX: usize = 32;

fn read_response(opened: &Opened<'_, '_, '_>) -> Result<LogoutResponse, Refused> {
    let asked = attribute(opened.node, "InResponseTo")?;
    let in_response_to = MessageId::parse(asked).map_err(|_| Refused::Form("InResponseTo"))?;
    Ok(LogoutResponse { in_response_to, status: status(child(opened.node, SAMLP, "Status")?)? })
}

/// SAML 2.0 Core §3.2.2.1. Codes of the second level that we do not know are none; the message is cut to a line.
pub(crate) fn status(node: Node) -> Result<Status, Refused> {
    let top = child(node, SAMLP, "StatusCode")?;
    let second =
        only_child(top, SAMLP, "StatusCode")?.and_then(|second| Second::from_uri(unqualified(second, "Value")?));
    let message = only_child(node, SAMLP, "StatusMessage")?.map(text).transpose()?;
    Ok(Status {
        top: Top::from_uri(attribute(top, "Value")?).ok_or(Refused::Status)?,
        second,
        message: message.map(|said| said.chars().take(MESSAGE_CHARS_MAX).flat_map(char::escape_debug).collect()),
    })
}

/// A line of a log.
const MESSAGE_CHARS_MAX: usize = 200;
