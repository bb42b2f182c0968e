use xml::{Attr, Node, Writer};

use super::metadata::list;
use crate::EntityId;
use crate::epr::{Options, Uri, VALUES_MAX, entities, is_identifier, uris, versions};
use crate::names::DI;

/// `di:Query`: which services are looked for. Without any criterion it is all there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// `di:RequestedService`: a service fits if it fits one of them.
    pub wanted: Vec<RequestedService>,
}

/// `di:RequestedService`: criteria. Of each kind one must fit, and a kind without any fits all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestedService {
    /// `reqID`.
    pub id: Option<String>,
    /// `resultsType`; nothing said is all.
    pub results: Option<Results>,
    /// `di:ServiceType`.
    pub service_types: Vec<Uri>,
    /// `di:ProviderID`.
    pub providers: Vec<EntityId>,
    /// `di:Options`: all options of one of them are offered.
    pub options: Vec<Options>,
    /// `di:SecurityMechID`.
    pub mechanisms: Vec<Uri>,
    /// The versions of `di:Framework`; none named is that of the question itself.
    pub frameworks: Vec<String>,
    /// `di:Action`.
    pub actions: Vec<Uri>,
}

/// How many services are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// The best, by the rank that the discovery service gives them.
    Best,
    /// All that fit.
    All,
    /// One, whichever.
    OnlyOne,
}

impl Results {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::All => "all",
            Self::OnlyOne => "only-one",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Best, Self::All, Self::OnlyOne].into_iter().find(|results| results.as_str() == text)
    }
}

impl Query {
    /// A question for one service of one type, of one provider if one is named.
    #[must_use]
    pub fn one(service_type: Uri, provider: Option<EntityId>) -> Self {
        let wanted = RequestedService {
            results: Some(Results::OnlyOne),
            service_types: vec![service_type],
            providers: provider.into_iter().collect(),
            ..RequestedService::default()
        };
        Self { wanted: vec![wanted] }
    }

    pub(super) fn read(query: Node) -> Option<Self> {
        let wanted: Vec<Node> = xml::children(query, DI, "RequestedService").take(VALUES_MAX + 1).collect();
        if wanted.len() > VALUES_MAX {
            return None;
        }
        Some(Self { wanted: wanted.into_iter().map(RequestedService::read).collect::<Option<_>>()? })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.start(DI, "Query", &[]);
        self.wanted.iter().for_each(|wanted| wanted.write(w));
        w.end();
    }
}

impl RequestedService {
    /// Children of other namespaces are extensions, and left aside.
    fn read(wanted: Node) -> Option<Self> {
        let id = xml::unqualified(wanted, "reqID").map(str::to_owned);
        let results = match xml::unqualified(wanted, "resultsType") {
            Some(text) => Some(Results::parse(text)?),
            None => None,
        };
        Some(Self {
            id: match id {
                Some(id) if !is_identifier(&id) => return None,
                other => other,
            },
            results,
            service_types: uris(wanted, "ServiceType")?,
            providers: entities(wanted)?,
            options: Options::read_all(wanted)?,
            mechanisms: uris(wanted, "SecurityMechID")?,
            frameworks: versions(wanted, DI)?,
            actions: uris(wanted, "Action")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        let mut attrs = Vec::with_capacity(2);
        attrs.extend(self.id.as_deref().map(|id| Attr::plain("reqID", id)));
        attrs.extend(self.results.map(|results| Attr::plain("resultsType", results.as_str())));
        w.start(DI, "RequestedService", &attrs);
        list(w, "ServiceType", &self.service_types);
        for provider in &self.providers {
            w.leaf(DI, "ProviderID", &[], provider.as_str());
        }
        self.options.iter().for_each(|options| options.write(w));
        list(w, "SecurityMechID", &self.mechanisms);
        for version in &self.frameworks {
            w.empty(DI, "Framework", &[Attr::plain("version", version)]);
        }
        list(w, "Action", &self.actions);
        w.end();
    }
}
