use std::fmt;

use xml::{Fragment, Node, Writer};

use super::Kind;
use super::metadata::{MetadataId, ServiceMetadata};
use crate::dst::{Code, Outcome, Status};
use crate::epr::{EndpointReference, VALUES_MAX};
use crate::names::{DI, LU, WSA};

/// What the discovery service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// The services that fit, with a token for each.
    Query {
        /// How it went.
        status: Status,
        /// One for each service.
        references: Vec<EndpointReference>,
    },
    /// What the services taken in are called.
    Register {
        /// How it went.
        status: Status,
        /// In the order of the request.
        ids: Vec<MetadataId>,
        /// Keys that come with them.
        keys: Vec<Keys>,
    },
    /// What is registered.
    Registered {
        /// How it went.
        status: Status,
        /// Each with its ID.
        metadata: Vec<ServiceMetadata>,
    },
    /// Replaced, or why not.
    Replace(Status),
    /// Deleted, or why not.
    Delete(Status),
    /// Associated, or why not.
    Associate(Status),
    /// No longer associated, or why not.
    Dissociate(Status),
    /// Which services the person has.
    Associated {
        /// How it went.
        status: Status,
        /// Their IDs.
        ids: Vec<MetadataId>,
    },
}

/// `di:Keys`: keys as metadata describes them (`md:KeyDescriptor`), passed on as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys(pub Fragment);

impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Keys(..)")
    }
}

impl Response {
    /// An answer that is a status alone: why a request was not followed.
    #[must_use]
    pub fn only(kind: Kind, status: Status) -> Self {
        match kind {
            Kind::Query => Self::Query { status, references: Vec::new() },
            Kind::Register => Self::Register { status, ids: Vec::new(), keys: Vec::new() },
            Kind::Registered => Self::Registered { status, metadata: Vec::new() },
            Kind::Replace => Self::Replace(status),
            Kind::Delete => Self::Delete(status),
            Kind::Associate => Self::Associate(status),
            Kind::Dissociate => Self::Dissociate(status),
            Kind::Associated => Self::Associated { status, ids: Vec::new() },
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Query { .. } => Kind::Query,
            Self::Register { .. } => Kind::Register,
            Self::Registered { .. } => Kind::Registered,
            Self::Replace(_) => Kind::Replace,
            Self::Delete(_) => Kind::Delete,
            Self::Associate(_) => Kind::Associate,
            Self::Dissociate(_) => Kind::Dissociate,
            Self::Associated { .. } => Kind::Associated,
        }
    }

    /// How it went.
    #[must_use]
    pub const fn status(&self) -> &Status {
        match self {
            Self::Query { status, .. }
            | Self::Register { status, .. }
            | Self::Registered { status, .. }
            | Self::Replace(status)
            | Self::Delete(status)
            | Self::Associate(status)
            | Self::Dissociate(status)
            | Self::Associated { status, .. } => status,
        }
    }

    /// Reads an answer of this kind.
    ///
    /// References that cannot be used are left out: one peer's mistake is no reason to find nobody.
    pub(super) fn read(kind: Kind, payload: Node) -> Option<Self> {
        if !xml::is(payload, DI, &kind.response_element()) {
            return None;
        }
        let status = read_status(xml::child(payload, LU, "Status").ok()?)?;
        let ids = || MetadataId::read_all(payload);
        Some(match kind {
            Kind::Query => Self::Query { status, references: references(payload)? },
            Kind::Register => {
                let keys = xml::children(payload, DI, "Keys").take(VALUES_MAX).map(|keys| Keys(Fragment::of(keys)));
                Self::Register { status, ids: ids()?, keys: keys.collect() }
            }
            Kind::Registered => Self::Registered { status, metadata: ServiceMetadata::read_all(payload)? },
            Kind::Replace => Self::Replace(status),
            Kind::Delete => Self::Delete(status),
            Kind::Associate => Self::Associate(status),
            Kind::Dissociate => Self::Dissociate(status),
            Kind::Associated => Self::Associated { status, ids: ids()? },
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.start(DI, &self.kind().response_element(), &[]);
        self.status().write(w);
        match self {
            Self::Query { references, .. } => references.iter().for_each(|reference| reference.write(w)),
            Self::Register { ids, keys, .. } => {
                MetadataId::write_all(ids, w);
                keys.iter().for_each(|keys| {
                    w.raw(&keys.0);
                });
            }
            Self::Registered { metadata, .. } => metadata.iter().for_each(|metadata| metadata.write(w)),
            Self::Associated { ids, .. } => MetadataId::write_all(ids, w),
            Self::Replace(_) | Self::Delete(_) | Self::Associate(_) | Self::Dissociate(_) => {}
        }
        w.end();
    }
}

fn references(payload: Node) -> Option<Vec<EndpointReference>> {
    let all: Vec<Node> = xml::children(payload, WSA, "EndpointReference").take(VALUES_MAX + 1).collect();
    if all.len() > VALUES_MAX {
        return None;
    }
    Some(all.into_iter().filter_map(|reference| EndpointReference::read(reference).ok()).collect())
}

/// Peers exist that write the reason alone, where the outcome should be.
pub(crate) fn read_status(status: Node) -> Option<Status> {
    if let Some(read) = Status::read(status) {
        return Some(read);
    }
    let code = Code::parse(xml::unqualified(status, "code")?).ok()?;
    let known = [Code::NO_RESULTS, Code::NOT_FOUND, Code::FORBIDDEN, Code::DUPLICATE, Code::LOGICAL_DUPLICATE];
    known.contains(&code).then(|| Status::failed(code, None))
}

/// Why a request that cannot be read is not followed. The specification has no word for it beyond this one.
pub(crate) const FAILED: Status = Status { outcome: Outcome::Failed, reasons: Vec::new() };
