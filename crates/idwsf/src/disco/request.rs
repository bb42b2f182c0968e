use xml::{Node, Writer};

use super::metadata::{MetadataId, ServiceMetadata};
use super::{Query, SERVICE_TYPE};
use crate::names::DI;

/// What the discovery service is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Which services of the person fit?
    Query(Query),
    /// Take these services in.
    Register(Vec<ServiceMetadata>),
    /// What is registered under these IDs; without any, all that the sender registered?
    Registered(Vec<MetadataId>),
    /// Put these, by their IDs, in the place of what is registered.
    Replace(Vec<ServiceMetadata>),
    /// Take these out.
    Delete(Vec<MetadataId>),
    /// The sender holds something about the person in these services.
    Associate(Vec<MetadataId>),
    /// It no longer does, or the person no longer wants it found.
    Dissociate(Vec<MetadataId>),
    /// Which of these services does the person have; without any, which of the sender's?
    Associated(Vec<MetadataId>),
}

/// The kind of a request and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `Query`.
    Query,
    /// `SvcMDRegister`.
    Register,
    /// `SvcMDQuery`.
    Registered,
    /// `SvcMDReplace`.
    Replace,
    /// `SvcMDDelete`.
    Delete,
    /// `SvcMDAssociationAdd`.
    Associate,
    /// `SvcMDAssociationDelete`.
    Dissociate,
    /// `SvcMDAssociationQuery`.
    Associated,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Query,
        Self::Register,
        Self::Registered,
        Self::Replace,
        Self::Delete,
        Self::Associate,
        Self::Dissociate,
        Self::Associated,
    ];

    /// The element of the request.
    #[must_use]
    pub const fn element(self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Register => "SvcMDRegister",
            Self::Registered => "SvcMDQuery",
            Self::Replace => "SvcMDReplace",
            Self::Delete => "SvcMDDelete",
            Self::Associate => "SvcMDAssociationAdd",
            Self::Dissociate => "SvcMDAssociationDelete",
            Self::Associated => "SvcMDAssociationQuery",
        }
    }

    /// The element of the answer.
    #[must_use]
    pub fn response_element(self) -> String {
        format!("{}Response", self.element())
    }

    /// `wsa:Action`, and `SOAPAction` in quotes, of the request.
    #[must_use]
    pub fn action(self) -> String {
        format!("{SERVICE_TYPE}:{}", self.element())
    }

    /// `wsa:Action` of the answer.
    #[must_use]
    pub fn response_action(self) -> String {
        format!("{SERVICE_TYPE}:{}", self.response_element())
    }

    /// Whether it is about a person, whom a token then has to name.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Query | Self::Associate | Self::Dissociate | Self::Associated)
    }

    /// The kind of a request's element.
    pub(super) fn of(payload: Node) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| xml::is(payload, DI, kind.element()))
    }
}

impl Request {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Query(_) => Kind::Query,
            Self::Register(_) => Kind::Register,
            Self::Registered(_) => Kind::Registered,
            Self::Replace(_) => Kind::Replace,
            Self::Delete(_) => Kind::Delete,
            Self::Associate(_) => Kind::Associate,
            Self::Dissociate(_) => Kind::Dissociate,
            Self::Associated(_) => Kind::Associated,
        }
    }

    /// Reads a request of this kind; `None` if it is not built as it must be, or has more parts than one message may have.
    pub(super) fn read(kind: Kind, payload: Node) -> Option<Self> {
        let metadata = || ServiceMetadata::read_all(payload).filter(|all| !all.is_empty());
        let ids = || MetadataId::read_all(payload);
        let some_ids = || ids().filter(|ids| !ids.is_empty());
        Some(match kind {
            Kind::Query => Self::Query(Query::read(payload)?),
            Kind::Register => Self::Register(metadata()?),
            Kind::Registered => Self::Registered(ids()?),
            Kind::Replace => Self::Replace(metadata()?),
            Kind::Delete => Self::Delete(some_ids()?),
            Kind::Associate => Self::Associate(some_ids()?),
            Kind::Dissociate => Self::Dissociate(some_ids()?),
            Kind::Associated => Self::Associated(ids()?),
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        if let Self::Query(query) = self {
            return query.write(w);
        }
        w.start(DI, self.kind().element(), &[]);
        match self {
            Self::Query(_) => {}
            Self::Register(all) | Self::Replace(all) => all.iter().for_each(|metadata| metadata.write(w)),
            Self::Registered(ids)
            | Self::Delete(ids)
            | Self::Associate(ids)
            | Self::Dissociate(ids)
            | Self::Associated(ids) => MetadataId::write_all(ids, w),
        }
        w.end();
    }
}
