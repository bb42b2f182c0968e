//! The other side: a service provider that receives our responses. For the conformance check of `ssc`, and as the judge of
//! our own responses and of the attack record.

mod assertion;
mod no_login;
mod vouched;

pub use no_login::NoLogin;

use jiff::{SignedDuration, Timestamp};
use xml::ns::{DS, SAML, SAMLP, SOAP};
use xml::{Document, Limits, Node, VerifyingKey, child, is, only_child};

use crate::names::ENTITY;
use crate::receive::{NameId, status};
use crate::{EntityId, MessageId, Refused, Top, Unwrap, decrypt, instant};
use vouched::Vouched;

/// A service provider as receiver.
#[derive(Clone, Copy)]
pub struct Service<'a> {
    /// Its entity ID, which must be an audience.
    pub entity: &'a EntityId,
    /// Its consumer's URL: `Destination` and `Recipient`.
    pub consumer: &'a str,
    /// The identity provider.
    pub issuer: &'a EntityId,
    /// The identity provider's signing keys.
    pub keys: &'a [VerifyingKey],
    /// The request that must be answered; `None` takes only unsolicited responses.
    pub asked: Option<&'a MessageId>,
    /// Opens encrypted assertions.
    pub unwrap: &'a Unwrap<'a>,
    /// Clear assertions are refused.
    pub must_encrypt: bool,
    /// How far clocks may differ.
    pub skew: SignedDuration,
}

/// A login that a service may act on, once: look [`LoggedIn::assertion`] up and record it until [`LoggedIn::expires`].
#[derive(Debug)]
pub struct LoggedIn {
    /// The assertion's ID.
    pub assertion: MessageId,
    /// Until when it would be taken again, the difference of clocks included.
    pub expires: Timestamp,
    /// What the person is called here.
    pub name: NameId,
    /// When the person was authenticated.
    pub authn_instant: Timestamp,
    /// How: the class as it came.
    pub class: String,
    /// `SessionIndex`.
    pub session: Option<String>,
    /// Attributes: name and values. A value that is XML comes as its canonical text.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// Opens a `samlp:Response` as it stood in the form (base64 decoded).
///
/// The assertion is taken from the verified node and nowhere else: signed itself, or inside a signed response.
///
/// # Errors
/// [`Refused`].
pub fn response(bytes: &[u8], service: &Service<'_>, now: Timestamp) -> Result<LoggedIn, Refused> {
    let document = parse(bytes)?;
    let response = document.root();
    let vouched = Vouched::by_signature(&document, response, service.keys)?;
    if vouched.is_some() && xml::unqualified(response, "Destination").is_none() {
        return Err(NoLogin::Destination.into());
    }
    open(&document, response, vouched, service, now)
}

/// Opens a SOAP envelope with a `samlp:ArtifactResponse` (signed, answering `resolve`) and the response in it.
///
/// # Errors
/// [`Refused`].
pub fn artifact_response(
    soap: &[u8],
    resolve: &MessageId,
    service: &Service<'_>,
    now: Timestamp,
) -> Result<LoggedIn, Refused> {
    let document = parse(soap)?;
    if !is(document.root(), SOAP, "Envelope") {
        return Err(NoLogin::Kind.into());
    }
    let outer = only_element(child(document.root(), SOAP, "Body")?)?;
    let vouched = Vouched::by_signature(&document, outer, service.keys)?.ok_or(NoLogin::Unsigned)?;
    answer(outer, "ArtifactResponse", Some(resolve), service, now)?;
    let mut content = outer.children().filter(|node| node.is_element() && !belongs_to_answer(*node));
    let (Some(response), None) = (content.next(), content.next()) else { return Err(NoLogin::Kind.into()) };
    let own = Vouched::by_signature(&document, response, service.keys)?;
    open(&document, response, own.or(vouched.part(response)), service, now)
}

/// Opens a response that may be vouched for as a whole.
fn open(
    document: &Document<'_>,
    response: Node,
    vouched: Option<Vouched<'_, '_>>,
    service: &Service<'_>,
    now: Timestamp,
) -> Result<LoggedIn, Refused> {
    answer(response, "Response", service.asked, service, now)?;
    if xml::unqualified(response, "Destination").is_some_and(|to| to != service.consumer) {
        return Err(NoLogin::Destination.into());
    }
    let found = only_assertion(document, response)?;
    if is(found, SAML, "Assertion") {
        if service.must_encrypt {
            return Err(NoLogin::Clear.into());
        }
        let whole = vouched.and_then(|response| response.part(found));
        let assertion = Vouched::by_signature(document, found, service.keys)?.or(whole).ok_or(NoLogin::Unsigned)?;
        return assertion::read(assertion, service, now);
    }
    let plain = decrypt::content(found, service.unwrap)?;
    let opened = decrypt::document(&plain)?;
    let whole = vouched.and_then(|response| response.part(found)).map(|wrapper| wrapper.opened(&opened));
    let own = Vouched::by_signature(&opened, opened.root(), service.keys)?;
    assertion::read(own.or(whole).ok_or(NoLogin::Unsigned)?, service, now)
}

fn parse(bytes: &[u8]) -> Result<Document<'_>, Refused> {
    Ok(Document::parse(xml::scan(bytes, &Limits::default())?)?)
}

/// What all answers have (SAML 2.0 Core §3.2.2): kind, version, issuer, request, instant, success.
fn answer(
    node: Node,
    kind: &str,
    asked: Option<&MessageId>,
    service: &Service<'_>,
    now: Timestamp,
) -> Result<(), Refused> {
    if !is(node, SAMLP, kind) {
        return Err(NoLogin::Kind.into());
    }
    issued(node, service, now)?;
    if xml::unqualified(node, "InResponseTo") != asked.map(MessageId::as_str) {
        return Err(NoLogin::InResponseTo.into());
    }
    let status = status(child(node, SAMLP, "Status")?).map_err(|refused| match refused {
        Refused::Status => NoLogin::Kind.into(),
        other => other,
    })?;
    if status.top == Top::Success { Ok(()) } else { Err(NoLogin::Failed(status).into()) }
}

/// What answers and assertions have: version, issuer, instant. The issuer of an answer may be left out (Core §3.2.2).
fn issued(node: Node, service: &Service<'_>, now: Timestamp) -> Result<(), Refused> {
    if xml::unqualified(node, "Version") != Some("2.0") {
        return Err(NoLogin::Version.into());
    }
    match only_child(node, SAML, "Issuer")? {
        None if is(node, SAMLP, "Response") => {}
        Some(issuer) if is_entity(issuer) && xml::text(issuer)? == service.issuer.as_str() => {}
        _ => return Err(NoLogin::Issuer.into()),
    }
    match xml::unqualified(node, "IssueInstant").and_then(instant::read) {
        Some(at) if at <= plus(now, service.skew) => Ok(()),
        _ => Err(NoLogin::Issued.into()),
    }
}

/// An issuer is an entity ID, said or unsaid (Core §2.2.5).
fn is_entity(issuer: Node) -> bool {
    xml::unqualified(issuer, "Format").is_none_or(|format| format == ENTITY)
}

/// The one assertion of the response, clear or encrypted. Others may stand inside of it, as tokens in attribute values, and
/// nowhere else in the document; nor does anything else that is no part of a response.
fn only_assertion<'a, 'i>(document: &'a Document<'i>, response: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refused> {
    let mut content = response.children().filter(|node| node.is_element() && !belongs_to_answer(*node));
    let (Some(found), None) = (content.next(), content.next()) else { return Err(NoLogin::Assertions.into()) };
    let is_assertion = |node: Node| is(node, SAML, "Assertion") || is(node, SAML, "EncryptedAssertion");
    let place = found.range();
    let mut elsewhere = document.root().descendants().filter(|node| !place.contains(&node.range().start));
    if is_assertion(found) && !elsewhere.any(is_assertion) { Ok(found) } else { Err(NoLogin::Assertions.into()) }
}

fn only_element<'a, 'i>(node: Node<'a, 'i>) -> Result<Node<'a, 'i>, Refused> {
    let mut elements = node.children().filter(Node::is_element);
    match (elements.next(), elements.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(NoLogin::Kind.into()),
    }
}

fn belongs_to_answer(node: Node) -> bool {
    is(node, SAML, "Issuer") || is(node, DS, "Signature") || is(node, SAMLP, "Extensions") || is(node, SAMLP, "Status")
}

/// `by` after `at`, or the end of time.
fn plus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
