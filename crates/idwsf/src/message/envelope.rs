//! The reading side that requests and answers share: steps 1 to 7 of the receiver, in their order.

use jiff::{SignedDuration, Timestamp};
use xml::ns::{DS, SOAP, WSU};
use xml::{Dereferenced, Document, Limits, Node, Ns, VerifiedNode, VerifyingKey};

use super::Compat;
use crate::MessageId;
use crate::fault::Fault;
use crate::names::{ACTOR_NEXT, SB, SBF, WSA, WSSE};
use saml::instant;

/// What a message may cost. A longer one is refused before it is parsed.
pub const LIMITS: Limits = Limits { bytes: 128 * 1024, depth: 64, attributes: 64, namespaces: 32, comments: false };

/// How far `wsu:Created` may be from now, to either side. A replay store keeps message IDs for twice as long.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// Step 1: size, encoding, well-formedness, forbidden constructs.
pub(crate) fn parse(bytes: &[u8]) -> Result<Document<'_>, Fault> {
    let unreadable = |refused: xml::Refused| match refused {
        xml::Refused::DuplicateId(_) => Fault::Structure("an XML ID is given twice"),
        other => Fault::Unreadable(other.code()),
    };
    Document::parse(xml::scan(bytes, &LIMITS).map_err(unreadable)?).map_err(unreadable)
}

/// When a message says that it was written. Nothing is verified: it tells how far two clocks differ, and no more.
#[must_use]
pub fn stated_time(bytes: &[u8]) -> Option<Timestamp> {
    let document = parse(bytes).ok()?;
    let timestamp = Envelope::of(&document).ok()?.timestamp().ok()?;
    moment(only(timestamp, WSU, "Created").ok()??)
}

/// An envelope whose signature nobody has looked at yet.
pub(crate) struct Envelope<'a, 'i> {
    document: &'a Document<'i>,
    /// Children of the header that are addressed to us.
    headers: Vec<Node<'a, 'i>>,
}

impl<'a, 'i> Envelope<'a, 'i> {
    /// Step 2: the root is an envelope, of SOAP 1.1.
    pub(crate) fn of(document: &'a Document<'i>) -> Result<Self, Fault> {
        let root = document.root();
        if root.tag_name().name() != "Envelope" {
            return Err(Fault::Unreadable("not-soap"));
        }
        if !xml::is(root, SOAP, "Envelope") {
            return Err(Fault::SoapVersion);
        }
        let header = xml::children(root, SOAP, "Header").next();
        let blocks = header.into_iter().flat_map(|header| header.children());
        Ok(Self { document, headers: blocks.filter(|node| node.is_element() && is_ours(*node)).collect() })
    }

    /// Steps 3 to 6: framework, headers that must be understood, nothing twice, not stale. `known` are the headers of this
    /// direction.
    pub(crate) fn check(&self, known: &[(Ns, &str)], now: Timestamp) -> Result<(), Fault> {
        self.check_as(known, None, now)
    }

    /// As [`Envelope::check`], perhaps for a peer of 2009.
    pub(super) fn check_as(&self, known: &[(Ns, &str)], compat: Option<Compat>, now: Timestamp) -> Result<(), Fault> {
        self.framework(compat)?;
        if self.headers.iter().any(|header| must_understand(*header).is_none()) {
            return Err(Fault::MustUnderstand);
        }
        if self.headers.iter().any(|header| must_be_understood(*header) && !is_any(*header, known)) {
            return Err(Fault::NotUnderstood);
        }
        self.unique(known)?;
        self.fresh(now)
    }

    /// The message as a whole.
    pub(super) fn document(&self) -> &'a Document<'i> {
        self.document
    }

    /// The value of a header as the message claims it, for what has to be known before the signature can be checked: the
    /// sender, to find its keys, and the message ID, to relate a fault to.
    pub(crate) fn claimed(&self, ns: Ns, local: &str) -> Option<Node<'a, 'i>> {
        self.headers.iter().copied().find(|header| xml::is(*header, ns, local))
    }

    /// The message ID, if there is one that can be repeated in an answer.
    pub(crate) fn claimed_id(&self) -> Option<MessageId> {
        let id = xml::text(self.claimed(WSA, "MessageID")?).ok()?;
        MessageId::parse(id.trim()).ok()
    }

    /// The first element of the body, unverified.
    pub(crate) fn claimed_payload(&self) -> Option<Node<'a, 'i>> {
        xml::children(self.document.root(), SOAP, "Body").next()?.first_element_child()
    }

    /// Step 7: the one signature in the one security header, by one of `keys`, over every part it must cover. What is
    /// returned is all that is looked at from here on.
    pub(crate) fn verify(&self, keys: &[VerifyingKey]) -> Result<Verified<'a, 'i>, Fault> {
        let security = self.security()?;
        let signature = xml::child(security, DS, "Signature").map_err(|refused| Fault::Signature(refused.code()))?;
        let parts = xml::verify_detached(self.document, signature, keys).map_err(|r| Fault::Signature(r.code()))?;
        let covered = |node: Node<'a, 'i>, name| parts.covers(node).ok_or(Fault::Unsigned(name));

        let mut headers = Vec::with_capacity(self.headers.len());
        for header in self.headers.iter().copied().filter(|header| is_binding(*header)) {
            headers.push(covered(header, "every header")?);
        }
        covered(self.timestamp()?, "the timestamp")?;
        let body = covered(self.body()?, "the body")?;
        let reference = match only(security, WSSE, "SecurityTokenReference")? {
            Some(node) => Some(match parts.dereferenced(node) {
                Some(token) => TokenReference::OfToken(token.clone()),
                None => TokenReference::Itself(covered(node, "the token reference")?),
            }),
            None => None,
        };
        Ok(Verified { document: self.document, security, headers, reference, body, key: parts.key() })
    }

    /// Step 3 (Liberty SOAP Binding 2.0, framework header).
    fn framework(&self, compat: Option<Compat>) -> Result<(), Fault> {
        let mut versions = self.headers.iter().filter(|header| xml::is(**header, SBF, "Framework")).peekable();
        let there = versions.peek().is_some() || compat.is_some();
        let right = versions.all(|header| xml::unqualified(*header, "version") == Some("2.0"));
        if there && right { Ok(()) } else { Err(Fault::Framework) }
    }

    /// Step 5: one header element, one body, nothing else, no header twice. Whoever wraps a signed part needs a second
    /// place for it.
    fn unique(&self, known: &[(Ns, &str)]) -> Result<(), Fault> {
        let mut elements = self.document.root().children().filter(Node::is_element);
        let header = elements.next().is_some_and(|node| xml::is(node, SOAP, "Header"));
        let body = elements.next().is_some_and(|node| xml::is(node, SOAP, "Body"));
        if !header || !body || elements.next().is_some() {
            return Err(Fault::Structure("an envelope has one header and one body"));
        }
        for (ns, local) in known.iter().filter(|name| !is_repeatable(name)) {
            if self.headers.iter().filter(|header| xml::is(**header, *ns, local)).count() > 1 {
                return Err(Fault::Structure("a header is there twice"));
            }
        }
        self.security()?;
        if self.claimed_id().is_none() {
            return Err(Fault::Structure("the message ID is missing or cannot be read"));
        }
        Ok(())
    }

    /// Step 6 (WS-Security 1.1 §10; the window is that of the Liberty SOAP binding).
    fn fresh(&self, now: Timestamp) -> Result<(), Fault> {
        let unreadable = Fault::Structure("the timestamp cannot be read");
        let timestamp = self.timestamp()?;
        let created = moment(only(timestamp, WSU, "Created")?.ok_or(unreadable)?).ok_or(unreadable)?;
        let expires = match only(timestamp, WSU, "Expires")? {
            Some(node) => Some(moment(node).ok_or(unreadable)?),
            None => None,
        };
        let near = now.duration_since(created).abs() <= WINDOW;
        if near && expires.is_none_or(|expires| now < expires) { Ok(()) } else { Err(Fault::Stale) }
    }

    fn security(&self) -> Result<Node<'a, 'i>, Fault> {
        self.claimed(WSSE, "Security").ok_or(Fault::Structure("the security header is missing"))
    }

    fn timestamp(&self) -> Result<Node<'a, 'i>, Fault> {
        only(self.security()?, WSU, "Timestamp")?.ok_or(Fault::Structure("the timestamp is missing"))
    }

    fn body(&self) -> Result<Node<'a, 'i>, Fault> {
        only(self.document.root(), SOAP, "Body")?.ok_or(Fault::Structure("the body is missing"))
    }
}

/// A message whose signature is right: the parts it covers, and nothing else but the security header, whose token is
/// checked on its own.
pub(crate) struct Verified<'a, 'i> {
    /// The message as it came, whatever of it is signed.
    pub(crate) document: &'a Document<'i>,
    pub(crate) security: Node<'a, 'i>,
    headers: Vec<VerifiedNode<'a, 'i>>,
    reference: Option<TokenReference<'a, 'i>>,
    body: VerifiedNode<'a, 'i>,
    /// Which of the keys that were given signed it.
    pub(crate) key: usize,
}

/// The one token reference, and what the signature covers by it.
enum TokenReference<'a, 'i> {
    /// The reference itself.
    Itself(VerifiedNode<'a, 'i>),
    /// The token, which is still to be held against it.
    OfToken(Dereferenced<'a, 'i>),
}

impl<'a, 'i> Verified<'a, 'i> {
    /// A header.
    pub(crate) fn header(&self, ns: Ns, local: &str) -> Option<Node<'a, 'i>> {
        self.headers.iter().map(VerifiedNode::node).find(|node| xml::is(*node, ns, local))
    }

    /// All headers of a name that may be repeated.
    pub(super) fn all<'s>(&'s self, ns: Ns, local: &'s str) -> impl Iterator<Item = Node<'a, 'i>> + 's {
        self.headers.iter().map(VerifiedNode::node).filter(move |node| xml::is(*node, ns, local))
    }

    /// The text of a header that holds only text.
    pub(crate) fn text(&self, ns: Ns, local: &str) -> Option<String> {
        Some(xml::text(self.header(ns, local)?).ok()?.trim().to_owned())
    }

    /// The assertion ID in the token reference, if there is one that has one. It is signed, or the token is: see
    /// [`Verified::signed_token`].
    pub(crate) fn key_identifier(&self) -> Option<String> {
        let reference = match self.reference.as_ref()? {
            TokenReference::Itself(reference) => reference.node(),
            TokenReference::OfToken(token) => token.reference(),
        };
        let identifier = xml::child(reference, WSSE, "KeyIdentifier").ok()?;
        Some(xml::text(identifier).ok()?.trim().to_owned())
    }

    /// What the token must be, where the signature covers the token rather than the reference.
    pub(crate) fn signed_token(&self) -> Option<&Dereferenced<'a, 'i>> {
        match self.reference.as_ref()? {
            TokenReference::Itself(_) => None,
            TokenReference::OfToken(token) => Some(token),
        }
    }

    /// The ID of the token reference, by which a body can speak of the message's own token.
    pub(crate) fn reference_id(&self) -> Option<&'a str> {
        Some(match self.reference.as_ref()? {
            TokenReference::Itself(reference) => reference.id(),
            TokenReference::OfToken(token) => token.id(),
        })
    }

    /// The body.
    pub(crate) fn body(&self) -> VerifiedNode<'a, 'i> {
        self.body
    }

    /// The one element in the body.
    pub(crate) fn payload(&self) -> Option<Node<'a, 'i>> {
        let mut elements = self.body.node().children().filter(Node::is_element);
        elements.next().filter(|_| elements.next().is_none())
    }
}

/// Headers for another SOAP node on the way are not ours to look at (SOAP 1.1 §4.2.2).
fn is_ours(header: Node) -> bool {
    xml::qualified(header, SOAP, "actor").is_none_or(|actor| actor.is_empty() || actor == ACTOR_NEXT)
}

pub(super) fn must_be_understood(header: Node) -> bool {
    must_understand(header) == Some(true)
}

/// SOAP 1.1 §4.2.3; `None` for a value that is none.
fn must_understand(header: Node) -> Option<bool> {
    match xml::qualified(header, SOAP, "mustUnderstand").map_or("0", str::trim) {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// The one header that there may be several of: each is about some part of the body.
fn is_repeatable((ns, local): &(Ns, &str)) -> bool {
    ns.uri == SB.uri && *local == "UsageDirective"
}

/// Whether the header is of the binding, and therefore to be signed.
fn is_binding(header: Node) -> bool {
    [SBF, SB, WSA].iter().any(|ns| header.tag_name().namespace() == Some(ns.uri))
}

fn is_any(header: Node, names: &[(Ns, &str)]) -> bool {
    names.iter().any(|(ns, local)| xml::is(header, *ns, local))
}

fn only<'a, 'i>(parent: Node<'a, 'i>, ns: Ns, local: &str) -> Result<Option<Node<'a, 'i>>, Fault> {
    xml::only_child(parent, ns, local).map_err(|_| Fault::Structure("an element is there twice"))
}

fn moment(node: Node) -> Option<Timestamp> {
    instant::read(xml::text(node).ok()?.trim())
}
