use jiff::{SignedDuration, Timestamp};
use xml::{
    Document, Node, SignatureAlgorithm, attribute, is,
    ns::{DS, SAML},
    only_child, text, unqualified,
};

use super::{Kind, Peer, Received, Receiver, Rejected, Verified, arrival::Detached, authn};
use crate::{
    Binding, EntityId, MessageId, Refused, Unwrap, instant,
    metadata::{Consumer, ServiceProvider},
    names::ENTITY,
};

/// What a kind of message must be.
pub(super) struct Rule {
    pub(super) kind: Kind,
    /// How it may come.
    pub(super) bindings: &'static [Binding],
    /// Whether it must be signed whatever the sender's registration says.
    pub(super) signed: bool,
}

/// A message whose sender, address, time and signature were checked: what its own reader starts from.
pub(super) struct Opened<'a, 'i, 'r> {
    /// The message; if signed, the node that the signature covers.
    pub(super) node: Node<'a, 'i>,
    /// How it came.
    pub(super) binding: Binding,
    /// Its sender.
    pub(super) provider: &'r ServiceProvider,
    /// Opens what is encrypted to us.
    pub(super) unwrap: &'r Unwrap<'r>,
    /// How far clocks may differ.
    pub(super) skew: SignedDuration,
    /// When.
    pub(super) now: Timestamp,
}

/// Checks what all messages have in common (SAML 2.0 Core §3.2.1, §3.2.2), then lets `read` have the message.
pub(super) fn open<M>(
    received: &Received,
    receiver: &Receiver<'_>,
    rule: &Rule,
    read: impl FnOnce(&Opened<'_, '_, '_>) -> Result<M, Refused>,
    now: Timestamp,
) -> Result<Verified<M>, Box<Rejected>> {
    let mut claim = Claim::default();
    check(received, receiver, rule, &mut claim, read, now).map_err(|reason| {
        let answer_at = claim.answer_at.filter(|_| may_be_told(&reason));
        let relay_state = received.relay_state().cloned();
        let Claim { sender, id, passive, .. } = claim;
        Box::new(Rejected { reason, claimed: sender, id, answer_at, relay_state, passive })
    })
}

/// How long after it was issued a message is taken. A browser may wait for its person before it delivers one.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// What a message says of itself before anything of it is proved.
#[derive(Default)]
struct Claim {
    sender: Option<EntityId>,
    id: Option<MessageId>,
    answer_at: Option<Consumer>,
    passive: bool,
}

#[expect(clippy::too_many_arguments, reason = "the claim is written down on the way, for whoever must be told")]
fn check<M>(
    received: &Received,
    receiver: &Receiver<'_>,
    rule: &Rule,
    claim: &mut Claim,
    read: impl FnOnce(&Opened<'_, '_, '_>) -> Result<M, Refused>,
    now: Timestamp,
) -> Result<Verified<M>, Refused> {
    let doc = received.parse()?;
    let node = received.message(&doc)?;
    if !expected(received, rule) {
        return Err(Refused::OtherMessage);
    }
    let id = MessageId::parse(attribute(node, "ID")?).map_err(|_| Refused::Form("ID"))?;
    claim.id = Some(id.clone());
    let sender = issuer(node)?;
    // Whatever the look-up found: a message is checked against its sender's keys and no other's.
    let peer = (receiver.peers)(&sender).filter(|peer| peer.provider.entity == sender);
    let peer = peer.ok_or_else(|| Refused::Stranger(sender.clone()))?;
    claim.sender = Some(sender.clone());
    if rule.kind == Kind::AuthnRequest {
        claim.answer_at = authn::answer_at(node, received.binding(), peer.provider).cloned();
        claim.passive = authn::passive(node);
    }
    if attribute(node, "Version")? != "2.0" {
        return Err(Refused::Version);
    }
    if let Some(end) = peer.provider.valid_until.filter(|end| *end <= now) {
        return Err(Refused::MetadataExpired(end));
    }
    let relay_state = received.told_relay_state()?.cloned();
    let signature = only_child(node, DS, "Signature")?;
    destination(node, received, receiver, rule, signature.is_some())?;
    let forget_at = in_time(node, receiver.skew, now)?;
    let (node, signed) = verify(&doc, node, received, &peer, rule)?;
    let Receiver { unwrap, skew, .. } = *receiver;
    let opened = Opened { node, binding: received.binding(), provider: peer.provider, unwrap, skew, now };
    let message = read(&opened)?;
    Ok(Verified { sender, id, forget_at, signed, relay_state, message })
}

/// The kind of message that is taken here, in its own parameter, by a binding that it may come by.
fn expected(received: &Received, rule: &Rule) -> bool {
    received.kind() == rule.kind
        && received.direction().is_none_or(|direction| direction == rule.kind.direction())
        && rule.bindings.contains(&received.binding())
}

/// The issuer is the first element, an entity ID, and nothing but that (SAML 2.0 Core §8.3.6).
fn issuer(node: Node) -> Result<EntityId, Refused> {
    let issuer = only_child(node, SAML, "Issuer")?.ok_or(Refused::Issuer)?;
    let plain = issuer.attributes().all(|a| a.namespace().is_none() && a.name() == "Format" && a.value() == ENTITY);
    if !plain || issuer.prev_sibling_element().is_some() {
        return Err(Refused::Issuer);
    }
    EntityId::parse(&text(issuer)?).map_err(|_| Refused::Issuer)
}

/// A destination that is there must be the address it came in at; through a browser, what is signed must have one
/// (Bindings §3.4.5.2, §3.5.5.2). An answer by SOAP came on the connection we opened, to no address of its own.
fn destination(
    node: Node,
    received: &Received,
    receiver: &Receiver<'_>,
    rule: &Rule,
    enveloped: bool,
) -> Result<(), Refused> {
    let soap = received.binding() == Binding::Soap;
    match unqualified(node, "Destination") {
        Some(_) if soap && rule.kind == Kind::LogoutResponse => Ok(()),
        Some(destination) if destination == receiver.address => Ok(()),
        Some(_) => Err(Refused::Destination),
        None if !soap && (enveloped || received.detached().is_some()) => Err(Refused::NoDestination),
        None => Ok(()),
    }
}

/// Checks when it was issued, and returns from when on it would be too old.
fn in_time(node: Node, skew: SignedDuration, now: Timestamp) -> Result<Timestamp, Refused> {
    let issued = instant::read(attribute(node, "IssueInstant")?).ok_or(Refused::Form("IssueInstant"))?;
    if now.saturating_add(skew).is_ok_and(|latest| issued > latest) {
        return Err(Refused::TooNew(issued));
    }
    let ends =
        issued.checked_add(LIFETIME).and_then(|end| end.checked_add(skew)).map_err(|_| Refused::TooNew(issued))?;
    if ends <= now { Err(Refused::TooOld(issued)) } else { Ok(ends) }
}

/// The message as it may be read: the verified node, or the node as it came where no signature is needed.
///
/// A signature that is there must verify even where none is needed, and must stand where it signs the message.
fn verify<'a, 'i>(
    doc: &'a Document<'i>,
    node: Node<'a, 'i>,
    received: &Received,
    peer: &Peer<'_>,
    rule: &Rule,
) -> Result<(Node<'a, 'i>, bool), Refused> {
    let enveloped = only_child(node, DS, "Signature")?;
    if doc.root().descendants().any(|other| is(other, DS, "Signature") && Some(other) != enveloped) {
        return Err(Refused::StraySignature);
    }
    let keys: Vec<_> = peer.provider.signing.iter().map(|published| published.key.clone()).collect();
    let has_key = if keys.is_empty() { Err(Refused::NoKey) } else { Ok(()) };
    match (received.detached(), enveloped) {
        (_, Some(_)) if received.binding() == Binding::Redirect => Err(Refused::EnvelopedInRedirect),
        (Some(Detached { signed, algorithm, value }), _) => {
            has_key?;
            let algorithm = SignatureAlgorithm::of(algorithm)?;
            let made_by = |key: &xml::VerifyingKey| key.verifies(algorithm, signed.as_bytes(), value);
            if keys.iter().any(made_by) { Ok((node, true)) } else { Err(Refused::Detached) }
        }
        (None, Some(_)) => {
            has_key?;
            Ok((xml::verify_enveloped(doc, node, &keys)?.node(), true))
        }
        (None, None) if rule.signed || peer.must_sign || peer.provider.signs_requests => Err(Refused::Unsigned),
        (None, None) => Ok((node, false)),
    }
}

/// A message for another address must be dropped (SAML 2.0 Core §3.2.1), and what ended metadata lists no longer counts.
fn may_be_told(reason: &Refused) -> bool {
    !matches!(reason, Refused::Destination | Refused::NoDestination | Refused::MetadataExpired(_))
}
