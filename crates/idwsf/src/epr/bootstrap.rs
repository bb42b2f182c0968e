use jiff::Timestamp;
use xml::{Document, Limits, Node};

use super::{Client, EndpointReference, InvalidReference, Target, Unusable};
use crate::names::{DI, WSA};

/// The name of the attribute that a login brings (Liberty Discovery Service 2.0). It is looked for by name alone: some peers give
/// no name format.
pub const ATTRIBUTE: &str = "urn:liberty:disco:2006-08:DiscoveryEPR";

/// The discovery service of the person who logged in, to be asked as that person's service. It is a credential: kept no longer
/// than the session, never shown, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Bootstrap(Target);

impl Bootstrap {
    /// Looks through the values of [`ATTRIBUTE`], each the XML in one `saml:AttributeValue`, and takes the first discovery
    /// service that the client can call.
    ///
    /// # Errors
    /// [`NoBootstrap`] of the first value, if none can be used.
    pub fn read<'v>(
        values: impl IntoIterator<Item = &'v str>,
        client: &Client<'_>,
        now: Timestamp,
    ) -> Result<Self, NoBootstrap> {
        let mut first = None;
        for value in values.into_iter().take(BOOTSTRAPS_MAX) {
            match one(value, client, now) {
                Ok(target) => return Ok(Self(target)),
                Err(refused) => first = first.or(Some(refused)),
            }
        }
        Err(first.unwrap_or(NoBootstrap::Missing))
    }

    /// The discovery service.
    #[must_use]
    pub fn discovery(&self) -> &Target {
        &self.0
    }
}

/// Why a login opens no way to the discovery service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoBootstrap {
    /// The login has none: the person has not agreed to it, or nobody asked.
    #[error("the login brings no reference to a discovery service")]
    Missing,
    /// The value is no XML, or too long or too deep.
    #[error("the reference is no XML")]
    Unreadable,
    /// References in references, more than three deep.
    #[error("the references are nested too deep")]
    Nested,
    /// Its parts.
    #[error(transparent)]
    Reference(#[from] InvalidReference),
    /// It refers to another service.
    #[error("the reference is to another service than discovery")]
    OtherService,
    /// The client cannot call it.
    #[error(transparent)]
    Target(#[from] Unusable),
}

fn one(value: &str, client: &Client<'_>, now: Timestamp) -> Result<Target, NoBootstrap> {
    let scanned = xml::scan(value.as_bytes(), &LIMITS).map_err(|_| NoBootstrap::Unreadable)?;
    let document = Document::parse(scanned).map_err(|_| NoBootstrap::Unreadable)?;
    let root = document.root();
    if !xml::is(root, WSA, "EndpointReference") {
        return Err(NoBootstrap::Unreadable);
    }
    if nesting(root) > NESTED_MAX {
        return Err(NoBootstrap::Nested);
    }
    let reference = EndpointReference::read(root)?;
    if !reference.service_types.iter().any(|service| service.as_str() == DI.uri) {
        return Err(NoBootstrap::OtherService);
    }
    Ok(reference.target(client, now)?)
}

/// How many references stand within one another: a token in the clear may hold a reference, with a token.
fn nesting(root: Node) -> usize {
    let is_reference = |node: &Node| xml::is(*node, WSA, "EndpointReference");
    let references = root.descendants().filter(is_reference);
    references.map(|reference| reference.ancestors().filter(is_reference).count()).max().unwrap_or(0)
}

/// A reference of ours has some 5 KiB.
const LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 48, attributes: 16, namespaces: 16, comments: false };
const NESTED_MAX: usize = 3;
/// Each is read in full before the next is tried.
const BOOTSTRAPS_MAX: usize = 4;
