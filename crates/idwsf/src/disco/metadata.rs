use std::fmt;

use xml::{Attr, Document, Fragment, Node, Writer};

use crate::epr::{Options, Uri, VALUES_MAX, one_text, uris, versions};
use crate::names::{DI, SBF};
use crate::{EntityId, Unacceptable};

/// `di:SvcMD`: what a provider offers, where, and how it is spoken to. It says nothing about any person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMetadata {
    /// `svcMDID`: what the discovery service calls it. It has none before it is registered.
    pub id: Option<MetadataId>,
    /// `di:Abstract`: what it is, for people.
    pub name: String,
    /// `di:ProviderID`: whose it is, and who alone may change it.
    pub provider: EntityId,
    /// `di:ServiceContext`, one or more.
    pub services: Vec<ServiceContext>,
}

/// `di:ServiceContext`: a service, by its types, and the places it is offered at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceContext {
    /// `di:ServiceType`, one or more.
    pub service_types: Vec<Uri>,
    /// `di:Options`: together they are what the service offers.
    pub options: Vec<Options>,
    /// `di:EndpointContext`, one or more.
    pub endpoints: Vec<EndpointContext>,
}

/// `di:EndpointContext`: places that are spoken to in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointContext {
    /// `di:Address`, one or more.
    pub addresses: Vec<Uri>,
    /// The versions of `sbf:Framework`, one or more.
    pub frameworks: Vec<String>,
    /// `di:SecurityMechID`, one or more, in the order of preference.
    pub mechanisms: Vec<Uri>,
    /// `di:Action`; nothing named is all that the service types have.
    pub actions: Vec<Uri>,
}

/// `di:SvcMDID`: what the discovery service calls one [`ServiceMetadata`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataId(String);

impl MetadataId {
    /// Accepts 1 to 256 bytes without white space or control characters. The schema has a string; ours are URIs.
    ///
    /// # Errors
    /// [`Unacceptable`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        if plain && (1..=ID_BYTES_MAX).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unacceptable::because("an ID of service metadata has 1 to 256 bytes and no white space"))
        }
    }

    /// The ID on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All `di:SvcMDID` below an element; `None` for too many, or one that is none.
    pub(super) fn read_all(node: Node) -> Option<Vec<Self>> {
        crate::epr::texts(node, DI, "SvcMDID")?.iter().map(|text| Self::parse(text).ok()).collect()
    }

    pub(super) fn write_all(ids: &[Self], w: &mut Writer) {
        for id in ids {
            w.leaf(DI, "SvcMDID", &[], id.as_str());
        }
    }
}

impl fmt::Display for MetadataId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl ServiceMetadata {
    /// `di:SvcMD`, to be kept.
    #[must_use]
    pub fn fragment(&self) -> Fragment {
        let mut w = Writer::new();
        self.write(&mut w);
        w.finish()
    }

    /// What was kept as [`ServiceMetadata::fragment`]; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let document = Document::parse(xml::scan(text.as_bytes(), &crate::message::LIMITS).ok()?).ok()?;
        xml::is(document.root(), DI, "SvcMD").then(|| Self::read(document.root())).flatten()
    }

    /// All `di:SvcMD` below an element; `None` for too many, or one that cannot be read.
    pub(super) fn read_all(node: Node) -> Option<Vec<Self>> {
        bounded(node, "SvcMD")?.into_iter().map(Self::read).collect()
    }

    fn read(metadata: Node) -> Option<Self> {
        let id = match xml::unqualified(metadata, "svcMDID") {
            Some(id) => Some(MetadataId::parse(id).ok()?),
            None => None,
        };
        let name = xml::text(xml::child(metadata, DI, "Abstract").ok()?).ok()?;
        let services = bounded(metadata, "ServiceContext")?;
        Some(Self {
            id,
            name: Some(name).filter(|name| name.len() <= NAME_BYTES_MAX)?,
            provider: EntityId::parse(&one_text(metadata, DI, "ProviderID")?).ok()?,
            services: some(services.into_iter().map(ServiceContext::read).collect::<Option<_>>()?)?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        let id = self.id.as_ref().map(|id| Attr::plain("svcMDID", id.as_str()));
        w.start(DI, "SvcMD", id.as_slice());
        w.leaf(DI, "Abstract", &[], &self.name).leaf(DI, "ProviderID", &[], self.provider.as_str());
        for service in &self.services {
            w.start(DI, "ServiceContext", &[]);
            list(w, "ServiceType", &service.service_types);
            service.options.iter().for_each(|options| options.write(w));
            service.endpoints.iter().for_each(|endpoint| endpoint.write(w));
            w.end();
        }
        w.end();
    }
}

impl ServiceContext {
    fn read(service: Node) -> Option<Self> {
        let endpoints = bounded(service, "EndpointContext")?;
        Some(Self {
            service_types: some(uris(service, "ServiceType")?)?,
            options: Options::read_all(service)?,
            endpoints: some(endpoints.into_iter().map(EndpointContext::read).collect::<Option<_>>()?)?,
        })
    }
}

impl EndpointContext {
    fn read(endpoint: Node) -> Option<Self> {
        Some(Self {
            addresses: some(uris(endpoint, "Address")?)?,
            frameworks: some(versions(endpoint, SBF)?)?,
            mechanisms: some(uris(endpoint, "SecurityMechID")?)?,
            actions: uris(endpoint, "Action")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.start(DI, "EndpointContext", &[]);
        list(w, "Address", &self.addresses);
        for version in &self.frameworks {
            w.empty(SBF, "Framework", &[Attr::plain("version", version)]);
        }
        list(w, "SecurityMechID", &self.mechanisms);
        list(w, "Action", &self.actions);
        w.end();
    }
}

/// The children named so, if they are not too many.
fn bounded<'a, 'i>(node: Node<'a, 'i>, local: &str) -> Option<Vec<Node<'a, 'i>>> {
    let found: Vec<Node> = xml::children(node, DI, local).take(VALUES_MAX + 1).collect();
    (found.len() <= VALUES_MAX).then_some(found)
}

/// A list that must not be empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

pub(super) fn list(w: &mut Writer, local: &str, values: &[Uri]) {
    for value in values {
        w.leaf(DI, local, &[], value.as_str());
    }
}

const ID_BYTES_MAX: usize = 256;
const NAME_BYTES_MAX: usize = 1024;
