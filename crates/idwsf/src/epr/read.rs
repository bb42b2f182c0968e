use jiff::Timestamp;
use saml::instant;
use xml::ns::WSU;
use xml::{Node, Ns};

use super::{CarriedToken, EndpointReference, Options, SecurityContext, Uri, VALUES_MAX};
use crate::EntityId;
use crate::names::{DI, SBF, SEC, WSA};

impl EndpointReference {
    /// Reads an element of the type `wsa:EndpointReferenceType`, whatever its name; the order of the metadata is free.
    ///
    /// # Errors
    /// [`InvalidReference`]: a part that must be there is missing or is not what it should be.
    pub fn read(reference: Node) -> Result<Self, InvalidReference> {
        let address = one_text(reference, WSA, "Address").and_then(|text| Uri::parse(&text).ok());
        let address = address.ok_or(InvalidReference::Address)?;
        let metadata = xml::child(reference, WSA, "Metadata").map_err(|_| InvalidReference::Metadata)?;
        let provider = one_text(metadata, DI, "ProviderID").and_then(|text| EntityId::parse(&text).ok());
        let name = match xml::only_child(metadata, DI, "Abstract").map_err(|_| InvalidReference::Metadata)? {
            Some(name) => Some(xml::text(name).ok().filter(|text| is_short(text)).ok_or(InvalidReference::Metadata)?),
            None => None,
        };
        let service_types = uris(metadata, "ServiceType").filter(|types| !types.is_empty());
        let contexts: Vec<Node> = xml::children(metadata, DI, "SecurityContext").take(VALUES_MAX + 1).collect();
        if contexts.len() > VALUES_MAX {
            return Err(InvalidReference::Metadata);
        }
        Ok(Self {
            id: identifier(reference, WSU)?,
            address,
            expires: expiry(reference)?,
            name,
            frameworks: versions(metadata, SBF).ok_or(InvalidReference::Metadata)?,
            provider: provider.ok_or(InvalidReference::Provider)?,
            service_types: service_types.ok_or(InvalidReference::ServiceType)?,
            options: Options::read_all(metadata).ok_or(InvalidReference::Metadata)?,
            contexts: contexts.into_iter().map(SecurityContext::read).collect::<Result<_, _>>()?,
            actions: uris(metadata, "Action").ok_or(InvalidReference::Metadata)?,
        })
    }
}

/// Why an endpoint reference is none that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// `wsa:Address` is missing, empty, or no absolute URI.
    #[error("the reference has no address")]
    Address,
    /// `di:ProviderID` is missing, given twice, or no entity ID.
    #[error("the reference does not name the provider")]
    Provider,
    /// `di:ServiceType` is missing, or no absolute URI.
    #[error("the reference does not name the service type")]
    ServiceType,
    /// A `sec:Token` that is empty, holds more than one element, or has an unknown usage.
    #[error("a token in the reference cannot be read")]
    Token,
    /// A `di:SecurityContext` without a mechanism.
    #[error("a security context in the reference cannot be read")]
    SecurityContext,
    /// When it ends cannot be read.
    #[error("the end of the reference cannot be read")]
    Expiry,
    /// Another part is missing or cannot be read, or there are too many of a kind.
    #[error("the metadata of the reference cannot be read")]
    Metadata,
}

impl Options {
    /// All `di:Options` below an element; `None` for one that cannot be read.
    pub(crate) fn read_all(node: Node) -> Option<Vec<Self>> {
        let all: Vec<Node> = xml::children(node, DI, "Options").take(VALUES_MAX + 1).collect();
        if all.len() > VALUES_MAX {
            return None;
        }
        all.into_iter().map(|options| uris(options, "Option").map(Self)).collect()
    }
}

impl SecurityContext {
    fn read(context: Node) -> Result<Self, InvalidReference> {
        let mechanisms = uris(context, "SecurityMechID").filter(|mechanisms| !mechanisms.is_empty());
        let tokens: Vec<Node> = xml::children(context, SEC, "Token").take(VALUES_MAX + 1).collect();
        if tokens.len() > VALUES_MAX {
            return Err(InvalidReference::SecurityContext);
        }
        Ok(Self {
            mechanisms: mechanisms.ok_or(InvalidReference::SecurityContext)?,
            tokens: tokens.into_iter().map(CarriedToken::read).collect::<Result<_, _>>()?,
        })
    }
}

/// When a reference ends: `di:NotOnOrAfter` by the schema, `notOnOrAfter` in the field. Of two the earlier holds.
fn expiry(reference: Node) -> Result<Option<Timestamp>, InvalidReference> {
    let said = [xml::qualified(reference, DI, "NotOnOrAfter"), xml::unqualified(reference, "notOnOrAfter")];
    let ends = said.into_iter().flatten().map(instant::read).collect::<Option<Vec<_>>>();
    Ok(ends.ok_or(InvalidReference::Expiry)?.into_iter().min())
}

/// An attribute `Id` of `ns`.
fn identifier(node: Node, ns: Ns) -> Result<Option<String>, InvalidReference> {
    match xml::qualified(node, ns, "Id") {
        Some(id) if is_identifier(id) => Ok(Some(id.to_owned())),
        Some(_) => Err(InvalidReference::Metadata),
        None => Ok(None),
    }
}

/// Whether a text can name a part of a message: 1 to 128 ASCII letters, digits, points, hyphens or underscores.
pub(crate) fn is_identifier(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    plain && (1..=IDENTIFIER_BYTES_MAX).contains(&text.len())
}

/// The text of the one child named so, without the white space around it.
pub(crate) fn one_text(node: Node, ns: Ns, local: &str) -> Option<String> {
    let text = xml::text(xml::child(node, ns, local).ok()?).ok()?;
    Some(text.trim().to_owned())
}

/// The texts of all children named so; `None` for too many, or one that is no text.
pub(crate) fn texts(node: Node, ns: Ns, local: &str) -> Option<Vec<String>> {
    let found: Vec<Node> = xml::children(node, ns, local).take(VALUES_MAX + 1).collect();
    if found.len() > VALUES_MAX {
        return None;
    }
    found.into_iter().map(|child| xml::text(child).ok().map(|text| text.trim().to_owned())).collect()
}

/// The URIs of all children of the discovery service's namespace that are named so.
pub(crate) fn uris(node: Node, local: &str) -> Option<Vec<Uri>> {
    texts(node, DI, local)?.iter().map(|text| Uri::parse(text).ok()).collect()
}

/// The providers that `di:ProviderID` names.
pub(crate) fn entities(node: Node) -> Option<Vec<EntityId>> {
    texts(node, DI, "ProviderID")?.iter().map(|text| EntityId::parse(text).ok()).collect()
}

/// The versions of all `Framework` elements, which stand in another namespace in a question than anywhere else.
pub(crate) fn versions(node: Node, ns: Ns) -> Option<Vec<String>> {
    let found: Vec<Node> = xml::children(node, ns, "Framework").take(VALUES_MAX + 1).collect();
    if found.len() > VALUES_MAX {
        return None;
    }
    let version = |framework| xml::unqualified(framework, "version").filter(|version| is_identifier(version));
    found.into_iter().map(|framework| version(framework).map(str::to_owned)).collect()
}

/// What people read is short.
fn is_short(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

const IDENTIFIER_BYTES_MAX: usize = 128;
const NAME_BYTES_MAX: usize = 1024;
