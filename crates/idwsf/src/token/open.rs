use jiff::Timestamp;
use xml::ns::SAML;
use xml::{Dereferenced, Document, Limits, Node, VerifiedNode};

use super::holder::{Confirmation, Holder};
use super::{Authn, AuthnClass, Permit, SKEW};
use crate::fault::{Fault, TokenRefused};
use crate::message::{Keys, Terms};
use crate::names::{BEARER, HOLDER_OF_KEY, PERSISTENT};
use crate::{EntityId, Pseudonym, Unwrap};
use saml::instant;

/// What came in the message: the security header, the assertion ID that the token reference names, and what the token must be
/// where the message's signature covers it through that reference.
pub(crate) struct Presented<'a, 'i, 'k> {
    pub(crate) security: Node<'a, 'i>,
    pub(crate) key_identifier: &'k str,
    pub(crate) signed: Option<&'k Dereferenced<'a, 'i>>,
}

/// How the message is bound to its token; by nothing where the token stands in a body that is signed.
#[derive(Clone, Copy, Default)]
struct Bound<'k, 'a, 'i> {
    /// The ID of the assertion.
    id: Option<&'k str>,
    /// The digest of the token, as it stands in the message or as it is decrypted in its place.
    signed: Option<&'k Dereferenced<'a, 'i>>,
}

/// Who opens a token, and whose tokens it takes.
#[derive(Clone, Copy)]
pub(crate) struct Trust<'a> {
    /// The audience.
    pub(crate) entity: &'a EntityId,
    /// Where the message with the token came in.
    pub(crate) address: &'a str,
    pub(crate) issuers: &'a Keys<'a>,
    pub(crate) decrypt: &'a Unwrap<'a>,
}

/// Whom a good token is about.
pub(crate) struct Subject {
    pub(crate) issuer: EntityId,
    pub(crate) pseudonym: Pseudonym,
    pub(crate) authn: Authn,
    pub(crate) confirmation: Confirmation,
    /// From when on the token counts: when it was made, as this profile makes them.
    pub(crate) valid_from: Timestamp,
    pub(crate) permits: Vec<Permit>,
}

/// Decrypts, then verifies, then reads (SAML 2.0 Core §2, SAML Token Profile 1.1, Liberty Security Mechanisms 2.0). Takes
/// nothing but a token that its sender presents as bearer.
pub(crate) fn open(presented: &Presented<'_, '_, '_>, trust: &Trust<'_>, now: Timestamp) -> Result<Subject, Fault> {
    let bound = Bound { id: Some(presented.key_identifier), signed: presented.signed };
    bearer(decrypted(encrypted(presented.security)?, bound, trust, now)?)
}

/// Opens the token in `wrapper`, whichever it is. As [`open`], bearer tokens only.
pub(crate) fn open_one(wrapper: Node, trust: &Trust<'_>, now: Timestamp) -> Result<Subject, Fault> {
    bearer(decrypted(wrapper, Bound::default(), trust, now)?)
}

fn bearer(person: Subject) -> Result<Subject, Fault> {
    match person.confirmation {
        Confirmation::Bearer => Ok(person),
        Confirmation::Holder(_) => Err(TokenRefused::Subject.into()),
    }
}

/// As [`open`], under terms: a token for the holder of a key where one is taken (the caller compares the key with that of
/// the message), and for a peer of 2009 a token in the clear, or one that the message does not name.
pub(crate) fn open_for<'a, 'i>(
    presented: &Presented<'a, 'i, '_>,
    trust: &Trust<'_>,
    message: &'a Document<'i>,
    terms: &Terms<'_>,
    now: Timestamp,
) -> Result<Subject, Fault> {
    let id = Some(presented.key_identifier).filter(|id| terms.compat.is_none() || !id.is_empty());
    let bound = Bound { id, signed: presented.signed };
    let person = match terms.compat.and_then(|_| in_the_clear(presented.security)) {
        Some(assertion) => read(message, assertion, bound, trust, now),
        None => decrypted(encrypted(presented.security)?, bound, trust, now),
    }?;
    let bound = matches!(person.confirmation, Confirmation::Holder(_));
    if bound && !terms.mechanisms.iter().any(|mechanism| mechanism.is_holder_of_key()) {
        return Err(TokenRefused::Subject.into());
    }
    Ok(person)
}

/// The name in the one token that stands in the clear, as the sender's own word: as [`super::name()`] writes it. `trust` knows no
/// other issuer than the sender. `None` where no token stands in the clear.
pub(crate) fn open_named<'a, 'i>(
    presented: &Presented<'a, 'i, '_>,
    sender: &EntityId,
    trust: &Trust<'_>,
    message: &'a Document<'i>,
    now: Timestamp,
) -> Result<Option<Pseudonym>, Fault> {
    let Some(assertion) = in_the_clear(presented.security) else { return Ok(None) };
    if only_text(assertion, "Issuer").as_deref() != Some(sender.as_str()) {
        // What somebody else says of a person is for us alone.
        return Err(TokenRefused::InTheClear.into());
    }
    let bound = Bound { id: Some(presented.key_identifier), signed: presented.signed };
    let (issuer, assertion) = bound_to(message, assertion, bound, trust)?;
    conditions(assertion, trust.entity, now)?;
    let (pseudonym, confirmation) = subject(assertion, &issuer, trust, now)?;
    match confirmation {
        Confirmation::Bearer => Ok(Some(pseudonym)),
        Confirmation::Holder(_) => Err(TokenRefused::Subject.into()),
    }
}

fn decrypted(wrapper: Node, bound: Bound<'_, '_, '_>, trust: &Trust<'_>, now: Timestamp) -> Result<Subject, Fault> {
    let plain = xml::decrypt_as(trust.entity.as_str(), wrapper, |key| (trust.decrypt)(key))
        .map_err(|_| TokenRefused::Decryption)?;
    let scanned = xml::scan(&plain, &LIMITS).map_err(|refused| TokenRefused::Unreadable(refused.code()))?;
    let document = Document::parse(scanned).map_err(|refused| TokenRefused::Unreadable(refused.code()))?;
    // A carrier that cannot look inside has signed what it carries.
    let bound = Bound { signed: bound.signed.filter(|signed| !signed.is(wrapper)), ..bound };
    read(&document, document.root(), bound, trust, now)
}

/// Without what it is bound by, another good token could stand in its place.
fn read<'a, 'i>(
    document: &'a Document<'i>,
    assertion: Node<'a, 'i>,
    bound: Bound<'_, '_, '_>,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Subject, Fault> {
    let (issuer, assertion) = bound_to(document, assertion, bound, trust)?;
    let valid_from = conditions(assertion, trust.entity, now)?;
    let (pseudonym, confirmation) = subject(assertion, &issuer, trust, now)?;
    let authn = authentication(assertion, now)?;
    Ok(Subject { issuer, pseudonym, authn, confirmation, valid_from, permits: Permit::read_all(assertion) })
}

/// The assertion, by its issuer and the one that the message is bound to.
fn bound_to<'a, 'i>(
    document: &'a Document<'i>,
    assertion: Node<'a, 'i>,
    bound: Bound<'_, '_, '_>,
    trust: &Trust<'_>,
) -> Result<(EntityId, Node<'a, 'i>), Fault> {
    let (issuer, assertion) = verified(document, assertion, trust)?;
    if bound.id.is_some_and(|id| id != assertion.id()) {
        return Err(TokenRefused::Exchanged.into());
    }
    let assertion = assertion.node();
    if bound.signed.is_some_and(|signed| !signed.is(assertion)) {
        return Err(Fault::Signature("sig-digest"));
    }
    Ok((issuer, assertion))
}

/// The one token, if it is there for all to read.
fn in_the_clear<'a, 'i>(security: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    let encrypted = xml::children(security, SAML, "EncryptedAssertion").next().is_some();
    xml::child(security, SAML, "Assertion").ok().filter(|_| !encrypted)
}

/// Exactly one token, and that encrypted.
fn encrypted<'a, 'i>(security: Node<'a, 'i>) -> Result<Node<'a, 'i>, TokenRefused> {
    if xml::children(security, SAML, "Assertion").next().is_some() {
        return Err(TokenRefused::InTheClear);
    }
    xml::child(security, SAML, "EncryptedAssertion").map_err(|_| TokenRefused::Missing)
}

/// The assertion, as far as its issuer's signature goes.
fn verified<'a, 'i>(
    document: &'a Document<'i>,
    root: Node<'a, 'i>,
    trust: &Trust<'_>,
) -> Result<(EntityId, VerifiedNode<'a, 'i>), TokenRefused> {
    if !xml::is(root, SAML, "Assertion") || xml::unqualified(root, "Version") != Some("2.0") {
        return Err(TokenRefused::Unreadable("not-saml-2"));
    }
    let issuer = only_text(root, "Issuer").and_then(|text| EntityId::parse(&text).ok()).ok_or(TokenRefused::Issuer)?;
    let keys = (trust.issuers)(&issuer).ok_or(TokenRefused::Issuer)?;
    let assertion = xml::verify_enveloped(document, root, keys).map_err(|r| TokenRefused::Signature(r.code()))?;
    Ok((issuer, assertion))
}

/// Validity and audience (SAML 2.0 Core §2.5), and from when on. A condition that is not known makes the assertion unusable
/// (§2.5.1).
fn conditions(assertion: Node, own: &EntityId, now: Timestamp) -> Result<Timestamp, TokenRefused> {
    let conditions = xml::child(assertion, SAML, "Conditions").map_err(|_| TokenRefused::Expired)?;
    let from = moment(conditions, "NotBefore").ok_or(TokenRefused::Expired)?;
    let until = moment(conditions, "NotOnOrAfter").ok_or(TokenRefused::Expired)?;
    if earlier(now, from) || !earlier_than_end(now, until) {
        return Err(TokenRefused::Expired);
    }
    let mut audience = None;
    for condition in conditions.children().filter(Node::is_element) {
        if !xml::is(condition, SAML, "AudienceRestriction") || audience.is_some() {
            return Err(TokenRefused::Audience);
        }
        audience = only_text(condition, "Audience");
    }
    if audience.as_deref() == Some(own.as_str()) { Ok(from) } else { Err(TokenRefused::Audience) }
}

/// One persistent NameID of ours by this issuer, and one confirmation (SAML 2.0 Core §2.4, §8.3.7). A qualifier that is left
/// out means issuer and audience.
fn subject(
    assertion: Node,
    issuer: &EntityId,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<(Pseudonym, Confirmation), TokenRefused> {
    let subject = xml::child(assertion, SAML, "Subject").map_err(|_| TokenRefused::Subject)?;
    let name = xml::child(subject, SAML, "NameID").map_err(|_| TokenRefused::Subject)?;
    let by_issuer = xml::unqualified(name, "NameQualifier").is_none_or(|qualifier| qualifier == issuer.as_str());
    if xml::unqualified(name, "Format") != Some(PERSISTENT) || !by_issuer {
        return Err(TokenRefused::Subject);
    }
    if xml::unqualified(name, "SPNameQualifier").is_some_and(|qualifier| qualifier != trust.entity.as_str()) {
        return Err(TokenRefused::Qualifier);
    }
    let confirmation = confirmation(subject, trust, now)?;
    let value = xml::text(name).map_err(|_| TokenRefused::Subject)?;
    Ok((Pseudonym::parse(&value).map_err(|_| TokenRefused::Subject)?, confirmation))
}

/// Who may use the token. The limits of the confirmation, where it has any, hold on top of the conditions (SAML 2.0 Core
/// §2.4.1.2).
fn confirmation(subject: Node, trust: &Trust<'_>, now: Timestamp) -> Result<Confirmation, TokenRefused> {
    let confirmation = xml::child(subject, SAML, "SubjectConfirmation").map_err(|_| TokenRefused::Subject)?;
    let data = xml::only_child(confirmation, SAML, "SubjectConfirmationData").map_err(|_| TokenRefused::Subject)?;
    let method = match (xml::unqualified(confirmation, "Method"), data) {
        (Some(BEARER), _) => Confirmation::Bearer,
        (Some(HOLDER_OF_KEY), Some(data)) => Confirmation::Holder(Box::new(Holder::read(confirmation, data)?)),
        _ => return Err(TokenRefused::Subject),
    };
    let Some(data) = data else { return Ok(method) };
    if xml::unqualified(data, "Recipient").is_some_and(|recipient| recipient != trust.address) {
        return Err(TokenRefused::Subject);
    }
    let begun = xml::unqualified(data, "NotBefore").is_none()
        || moment(data, "NotBefore").is_some_and(|from| !earlier(now, from));
    let lasting = xml::unqualified(data, "NotOnOrAfter").is_none()
        || moment(data, "NotOnOrAfter").is_some_and(|until| earlier_than_end(now, until));
    if begun && lasting { Ok(method) } else { Err(TokenRefused::Expired) }
}

/// How the person was authenticated. A class that is not known here is good for nothing.
fn authentication(assertion: Node, now: Timestamp) -> Result<Authn, Fault> {
    let unsaid = TokenRefused::Authentication;
    let statement = xml::child(assertion, SAML, "AuthnStatement").map_err(|_| unsaid)?;
    let instant = moment(statement, "AuthnInstant").ok_or(unsaid)?;
    if earlier(now, instant) {
        return Err(unsaid.into());
    }
    let context = xml::child(statement, SAML, "AuthnContext").map_err(|_| unsaid)?;
    let class = only_text(context, "AuthnContextClassRef").ok_or(unsaid)?;
    let class = AuthnClass::by_uri(&class).ok_or(Fault::Credentials)?;
    Ok(Authn { instant, class })
}

/// Far below the limits of a message: a token of ours has some 3 KiB.
const LIMITS: Limits = Limits { bytes: 32 * 1024, depth: 24, attributes: 16, namespaces: 16, comments: false };

/// The text of the one child named so; `None` if it is missing, repeated, or no text.
fn only_text(node: Node, local: &str) -> Option<String> {
    let child = xml::child(node, SAML, local).ok()?;
    Some(xml::text(child).ok()?.trim().to_owned())
}

fn moment(node: Node, attribute: &str) -> Option<Timestamp> {
    instant::read(xml::unqualified(node, attribute)?)
}

/// Whether `now` is before `from` by more than clocks may differ.
fn earlier(now: Timestamp, from: Timestamp) -> bool {
    from.duration_since(now) > SKEW
}

/// Whether `until` is not reached by more than clocks may differ.
fn earlier_than_end(now: Timestamp, until: Timestamp) -> bool {
    now.duration_since(until) < SKEW
}
