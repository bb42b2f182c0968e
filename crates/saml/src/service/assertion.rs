//! What an assertion must say to be a login (SAML 2.0 Profiles §4.1.4.2, Core §2.5).

use jiff::Timestamp;
use xml::ns::SAML;
use xml::{Node, attribute, child, children, exclusive_c14n, is, only_child, text};

use super::{LoggedIn, NoLogin, Service, Vouched, issued, plus};
use crate::receive::NameId;
use crate::send::BEARER;
use crate::{MessageId, Refused, instant};

/// Checks every rule and reads the login.
pub(super) fn read(assertion: Vouched<'_, '_>, service: &Service<'_>, now: Timestamp) -> Result<LoggedIn, Refused> {
    let node = assertion.node();
    if !is(node, SAML, "Assertion") {
        return Err(NoLogin::Assertions.into());
    }
    issued(node, service, now)?;
    let id = MessageId::parse(attribute(node, "ID")?).map_err(|_| NoLogin::Assertions)?;
    let subject = child(node, SAML, "Subject")?;
    let name = name(subject)?;
    let presentable = confirmation(subject, service, now)?;
    let valid = conditions(only_child(node, SAML, "Conditions")?.ok_or(NoLogin::Conditions)?, service, now)?;
    let statement = only_child(node, SAML, "AuthnStatement")?.ok_or(NoLogin::Statement)?;
    let (authn_instant, class) = authn(statement, service, now)?;
    Ok(LoggedIn {
        assertion: id,
        expires: plus(presentable.min(valid), service.skew),
        name,
        authn_instant,
        class,
        session: xml::unqualified(statement, "SessionIndex").map(str::to_owned),
        attributes: attributes(node)?,
    })
}

fn name(subject: Node) -> Result<NameId, Refused> {
    let name = only_child(subject, SAML, "NameID")?.ok_or(NoLogin::Nobody)?;
    NameId::read(name).map_err(|refused| match refused {
        Refused::NoName => NoLogin::Nobody.into(),
        other => other,
    })
}

/// Whoever brings it, here, as an answer to our request, until when (Profiles §4.1.4.2: no `NotBefore`).
fn confirmation(subject: Node, service: &Service<'_>, now: Timestamp) -> Result<Timestamp, Refused> {
    let mut all = children(subject, SAML, "SubjectConfirmation");
    let (Some(confirmation), None) = (all.next(), all.next()) else { return Err(NoLogin::Confirmation.into()) };
    if xml::unqualified(confirmation, "Method") != Some(BEARER) {
        return Err(NoLogin::Confirmation.into());
    }
    let data = only_child(confirmation, SAML, "SubjectConfirmationData")?.ok_or(NoLogin::Confirmation)?;
    if xml::unqualified(data, "Recipient") != Some(service.consumer) {
        return Err(NoLogin::Recipient.into());
    }
    if xml::unqualified(data, "InResponseTo") != service.asked.map(MessageId::as_str) {
        return Err(NoLogin::InResponseTo.into());
    }
    if xml::unqualified(data, "NotBefore").is_some() {
        return Err(NoLogin::Confirmation.into());
    }
    not_over(data, "NotOnOrAfter", service, now)?.ok_or(NoLogin::Confirmation.into())
}

/// The service must be in every audience; a condition that is not understood may mean that it is not met (Core §2.5.1).
fn conditions(conditions: Node, service: &Service<'_>, now: Timestamp) -> Result<Timestamp, Refused> {
    if let Some(from) = xml::unqualified(conditions, "NotBefore") {
        let from = instant::read(from).ok_or(NoLogin::Conditions)?;
        if plus(now, service.skew) < from {
            return Err(NoLogin::Early.into());
        }
    }
    let until = not_over(conditions, "NotOnOrAfter", service, now)?.ok_or(NoLogin::Conditions)?;
    let mut restricted = false;
    for condition in conditions.children().filter(Node::is_element) {
        if is(condition, SAML, "AudienceRestriction") {
            restricted = true;
            let audiences = children(condition, SAML, "Audience").map(text).collect::<Result<Vec<_>, _>>()?;
            if !audiences.iter().any(|audience| audience == service.entity.as_str()) {
                return Err(NoLogin::Audience.into());
            }
        } else if !is(condition, SAML, "OneTimeUse") && !is(condition, SAML, "ProxyRestriction") {
            return Err(NoLogin::Conditions.into());
        }
    }
    if restricted { Ok(until) } else { Err(NoLogin::Audience.into()) }
}

fn authn(statement: Node, service: &Service<'_>, now: Timestamp) -> Result<(Timestamp, String), Refused> {
    let at = xml::unqualified(statement, "AuthnInstant").and_then(instant::read).ok_or(NoLogin::Statement)?;
    if at > plus(now, service.skew) {
        return Err(NoLogin::Statement.into());
    }
    not_over(statement, "SessionNotOnOrAfter", service, now)?;
    let context = only_child(statement, SAML, "AuthnContext")?.ok_or(NoLogin::Statement)?;
    let class = only_child(context, SAML, "AuthnContextClassRef")?.ok_or(NoLogin::Statement)?;
    Ok((at, text(class)?))
}

fn attributes(assertion: Node) -> Result<Vec<(String, Vec<String>)>, Refused> {
    let statements = children(assertion, SAML, "AttributeStatement");
    let attributes = statements.flat_map(|statement| children(statement, SAML, "Attribute"));
    attributes
        .map(|one| {
            let values = children(one, SAML, "AttributeValue").map(value).collect::<Result<_, _>>()?;
            Ok((attribute(one, "Name")?.to_owned(), values))
        })
        .collect()
}

/// Text, or one element and nothing else.
fn value(value: Node) -> Result<String, Refused> {
    let mut content = value.children();
    match (content.next(), content.next()) {
        (Some(only), None) if only.is_element() => Ok(exclusive_c14n(only, &[], None)),
        _ => Ok(text(value)?),
    }
}

/// The end that `local` names, if it names one and that is still to come.
fn not_over(node: Node, local: &str, service: &Service<'_>, now: Timestamp) -> Result<Option<Timestamp>, Refused> {
    let Some(end) = xml::unqualified(node, local) else { return Ok(None) };
    let end = instant::read(end).ok_or(NoLogin::Conditions)?;
    if now >= plus(end, service.skew) { Err(NoLogin::Expired.into()) } else { Ok(Some(end)) }
}
