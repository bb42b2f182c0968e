use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Decompress, FlushDecompress, Status};
use xml::{
    Document, Limits, Node, children, is,
    ns::{SAMLP, SOAP},
    only_child,
};

use super::parameter::{Parameters, unescape};
use crate::{
    Binding, Refused, Unacceptable,
    wire::{Direction, RelayState},
};

/// A message off the wire, bounded and well-formed, and nothing else yet.
pub struct Received {
    binding: Binding,
    direction: Option<Direction>,
    xml: Vec<u8>,
    kind: Kind,
    relay_state: Option<Result<RelayState, Unacceptable>>,
    detached: Option<Detached>,
}

/// The detached signature of HTTP-Redirect (Bindings §3.4.4.1).
pub(super) struct Detached {
    /// The octets it is over: the parameters as they stood, in the order of the standard.
    pub(super) signed: String,
    /// `SigAlg`, not judged yet: its service shall be named if it is refused.
    pub(super) algorithm: String,
    pub(super) value: Vec<u8>,
}

/// Reads an HTTP-Redirect message from the raw query of a URL (Bindings §3.4), which the detached signature is over.
/// Bounded: query 16 KiB, inflated 128 KiB. A parameter given twice is refused.
///
/// # Errors
/// [`Refused`].
pub fn redirect(query: &str) -> Result<Received, Refused> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(Refused::TooLong("query"));
    }
    let parameters = Parameters::split(query)?;
    let (direction, message) = parameters.message()?;
    if parameters.raw("SAMLEncoding").is_some_and(|raw| unescape(raw, "SAMLEncoding").as_deref() != Ok(DEFLATE)) {
        return Err(Refused::Encoding);
    }
    let relay_state = parameters.relay_state()?;
    let detached = detached(&parameters)?;
    let name = direction.parameter();
    let xml = inflate(&base64(&unescape(message, name)?, name)?)?;
    Received::read(Received { relay_state, detached, ..Received::of(Binding::Redirect, Some(direction), xml) })
}

/// Reads an HTTP-POST message: the raw body of the form (Bindings §3.5). Bounded: form 256 KiB, message 128 KiB.
///
/// # Errors
/// [`Refused`].
pub fn post(form: &[u8]) -> Result<Received, Refused> {
    if form.len() > FORM_BYTES_MAX {
        return Err(Refused::TooLong("form"));
    }
    let parameters = Parameters::split(std::str::from_utf8(form).map_err(|_| Refused::Escaped("form"))?)?;
    let (direction, message) = parameters.message()?;
    let relay_state = parameters.relay_state()?;
    // Peers break their lines here, as RFC 2045 does.
    let compact: String = unescape(message, direction.parameter())?.split_ascii_whitespace().collect();
    let xml = base64(&compact, direction.parameter())?;
    Received::read(Received { relay_state, ..Received::of(Binding::Post, Some(direction), xml) })
}

/// Reads a SOAP message: one message in the body, no header that must be understood (Bindings §3.2).
///
/// # Errors
/// [`Refused`].
pub fn soap(body: &[u8]) -> Result<Received, Refused> {
    Received::read(Received::of(Binding::Soap, None, body.to_vec()))
}

impl Received {
    /// How it came.
    #[must_use]
    pub fn binding(&self) -> Binding {
        self.binding
    }

    /// What the peer wants back, if it can be given back.
    #[must_use]
    pub fn relay_state(&self) -> Option<&RelayState> {
        self.relay_state.as_ref()?.as_ref().ok()
    }

    /// What the peer wants back.
    ///
    /// # Errors
    /// [`Refused::RelayState`]: it is told where the peer is known.
    pub(super) fn told_relay_state(&self) -> Result<Option<&RelayState>, Refused> {
        self.relay_state.as_ref().map(Result::as_ref).transpose().map_err(|_| Refused::RelayState)
    }

    /// Which kind of message it claims to be, to choose the function that opens it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// In which parameter it came; none by SOAP.
    pub(super) fn direction(&self) -> Option<Direction> {
        self.direction
    }

    pub(super) fn detached(&self) -> Option<&Detached> {
        self.detached.as_ref()
    }

    /// The tree. Arrival built one before, of the same bytes by the same parser, so this is the same.
    pub(super) fn parse(&self) -> Result<Document<'_>, Refused> {
        Ok(Document::parse(xml::scan(&self.xml, &Limits::default())?)?)
    }

    /// The element that is the message.
    pub(super) fn message<'a, 'i>(&self, doc: &'a Document<'i>) -> Result<Node<'a, 'i>, Refused> {
        if self.binding == Binding::Soap { body(doc.root()) } else { Ok(doc.root()) }
    }

    fn of(binding: Binding, direction: Option<Direction>, xml: Vec<u8>) -> Self {
        Self { binding, direction, xml, kind: Kind::Other, relay_state: None, detached: None }
    }

    fn read(self) -> Result<Self, Refused> {
        let kind = Kind::of(self.message(&self.parse()?)?);
        Ok(Self { kind, ..self })
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

impl Kind {
    const NAMED: [(Self, &str); 5] = [
        (Self::AuthnRequest, "AuthnRequest"),
        (Self::LogoutRequest, "LogoutRequest"),
        (Self::LogoutResponse, "LogoutResponse"),
        (Self::ArtifactResolve, "ArtifactResolve"),
        (Self::AttributeQuery, "AttributeQuery"),
    ];

    fn of(node: Node) -> Self {
        Self::NAMED.iter().find(|(_, local)| is(node, SAMLP, local)).map_or(Self::Other, |(kind, _)| *kind)
    }

    /// The parameter that carries such a message.
    pub(super) fn direction(self) -> Direction {
        if self == Self::LogoutResponse { Direction::Response } else { Direction::Request }
    }
}

/// Longer than any URL that browsers and servers agree on.
const QUERY_BYTES_MAX: usize = 16 * 1024;

/// 128 KiB in base64, with its reserved characters escaped, and a relay state.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// What a message may inflate to: as much as the door takes.
const MESSAGE_BYTES_MAX: usize = 128 * 1024;

/// The one encoding of HTTP-Redirect (Bindings §3.4.4.1).
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

/// The octets that were signed are put together from the query as it came: no decoder stands between them and the signature.
fn detached(parameters: &Parameters) -> Result<Option<Detached>, Refused> {
    let (algorithm, value) = match (parameters.raw("SigAlg"), parameters.raw("Signature")) {
        (None, None) => return Ok(None),
        (Some(algorithm), Some(value)) => (algorithm, value),
        _ => return Err(Refused::HalfSigned),
    };
    let (direction, message) = parameters.message()?;
    let mut signed = format!("{}={message}", direction.parameter());
    if let Some(state) = parameters.raw("RelayState") {
        signed.push_str("&RelayState=");
        signed.push_str(state);
    }
    signed.push_str("&SigAlg=");
    signed.push_str(algorithm);
    let algorithm = unescape(algorithm, "SigAlg")?;
    let value = base64(&unescape(value, "Signature")?, "Signature")?;
    Ok(Some(Detached { signed, algorithm, value }))
}

/// Canonical base64, with its padding and without white space (Bindings §3.4.4.1).
fn base64(text: &str, what: &'static str) -> Result<Vec<u8>, Refused> {
    STANDARD.decode(text).map_err(|_| Refused::NotBase64(what))
}

/// One DEFLATE stream (RFC 1951), all of it and nothing after it. Stops where the limit is reached, however much more the
/// stream has.
fn inflate(deflated: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut inflated = Vec::with_capacity(MESSAGE_BYTES_MAX + 1);
    let mut stream = Decompress::new(false);
    let status = stream.decompress_vec(deflated, &mut inflated, FlushDecompress::Finish);
    if inflated.len() > MESSAGE_BYTES_MAX {
        return Err(Refused::InflatesTooFar);
    }
    let all = usize::try_from(stream.total_in()) == Ok(deflated.len());
    if matches!(status, Ok(Status::StreamEnd)) && all { Ok(inflated) } else { Err(Refused::NotDeflated) }
}

/// The one element in the body (SOAP 1.1 §4). Of headers we understand none, and say so.
fn body<'a, 'i>(envelope: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refused> {
    if !is(envelope, SOAP, "Envelope") {
        return Err(Refused::Envelope("another root"));
    }
    if let Some(header) = only_child(envelope, SOAP, "Header")? {
        let must = |block: Node| xml::qualified(block, SOAP, "mustUnderstand").is_some_and(|must| must != "0");
        if header.children().filter(Node::is_element).any(must) {
            return Err(Refused::MustUnderstand);
        }
    }
    let mut bodies = children(envelope, SOAP, "Body");
    let (Some(body), None) = (bodies.next(), bodies.next()) else {
        return Err(Refused::Envelope("not one body"));
    };
    let mut messages = body.children().filter(Node::is_element);
    match (messages.next(), messages.next()) {
        (Some(message), None) => Ok(message),
        _ => Err(Refused::Envelope("not one message in the body")),
    }
}
