use jiff::Timestamp;

use super::metadata::{EndpointContext, ServiceContext, ServiceMetadata};
use super::{Query, Registry, RequestedService, Results};
use crate::dst::{Code, Status};
use crate::epr::{CarriedToken, EndpointReference, Options, SecurityContext, Uri, Usage};
use crate::token::Token;

/// Whether the sender may speak to a service about the person: what the person agreed to, and what the discovery service has
/// agreed with the two providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It may.
    Granted,
    /// It may not, or the person has nothing there. Both look as if there were no such service, so that whoever may know
    /// nothing of a person learns nothing by asking.
    Hidden,
    /// It may not, and may know that it is not permitted.
    Refused,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// `OK` if there is anything; else why not.
    pub status: Status,
    /// In order of rank, each to be given a token: [`Match::reference`].
    pub matches: Vec<Match<'a>>,
}

/// A service that fits, at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'a> {
    /// What the provider registered.
    pub metadata: &'a ServiceMetadata,
    /// The place.
    pub address: &'a Uri,
    /// Those of its types that were asked for.
    pub service_types: Vec<&'a Uri>,
    /// The ways to speak to it that both sides know, in the order of the service's preference.
    pub mechanisms: Vec<&'a Uri>,
    /// Those of its actions that were asked for.
    pub actions: Vec<&'a Uri>,
    frameworks: Vec<&'a String>,
    options: &'a [Options],
}

impl Match<'_> {
    /// The reference to answer with. `token` is made for the provider, with what that provider knows the person by, and
    /// `expires` is when it ends.
    #[must_use]
    pub fn reference(&self, token: &Token, expires: Timestamp) -> EndpointReference {
        let own = |uris: &[&Uri]| uris.iter().map(|uri| (*uri).clone()).collect();
        let context = SecurityContext {
            mechanisms: own(&self.mechanisms),
            tokens: vec![CarriedToken::of(token, Usage::Security)],
        };
        EndpointReference {
            id: None,
            address: self.address.clone(),
            expires: Some(expires),
            name: Some(self.metadata.name.clone()),
            frameworks: self.frameworks.iter().map(|version| (*version).clone()).collect(),
            provider: self.metadata.provider.clone(),
            service_types: own(&self.service_types),
            options: self.options.to_vec(),
            contexts: vec![context],
            actions: own(&self.actions),
        }
    }
}

impl<'a> Registry<'a> {
    /// Finds what fits, and is permitted (Liberty Discovery Service 2.0, `Query`). `permission` is asked of services that fit
    /// and of no other.
    pub fn find(&self, query: &Query, permission: impl Fn(&'a ServiceMetadata) -> Permission) -> Found<'a> {
        let everything = [RequestedService::default()];
        let wanted = if query.wanted.is_empty() { &everything[..] } else { &query.wanted };
        let mut matches: Vec<Match<'a>> = Vec::new();
        let mut refused = false;
        for wanted in wanted {
            let mut fitting = Vec::new();
            for metadata in self.held {
                let found = self.fitting(wanted, metadata);
                if found.is_empty() {
                    continue;
                }
                match permission(metadata) {
                    Permission::Granted => fitting.extend(found),
                    Permission::Hidden => {}
                    Permission::Refused => refused = true,
                }
            }
            if matches!(wanted.results, Some(Results::Best | Results::OnlyOne)) {
                fitting.truncate(1);
            }
            fitting.retain(|one| !matches.contains(one));
            matches.extend(fitting);
        }
        matches.truncate(MATCHES_MAX);
        let status = match (matches.is_empty(), refused) {
            (false, _) => Status::OK,
            (true, true) => Status::failed(Code::FORBIDDEN, None),
            (true, false) => Status::failed(Code::NO_RESULTS, None),
        };
        Found { status, matches }
    }

    fn fitting(&self, wanted: &RequestedService, metadata: &'a ServiceMetadata) -> Vec<Match<'a>> {
        if !fits(&wanted.providers, &metadata.provider) {
            return Vec::new();
        }
        let places = metadata.services.iter().filter(|service| has_options(wanted, service)).flat_map(|service| {
            let endpoints = service
                .endpoints
                .iter()
                .filter_map(move |endpoint| Some((endpoint, self.at(wanted, metadata, service, endpoint)?)));
            endpoints.flat_map(|(endpoint, found)| {
                endpoint.addresses.iter().map(move |address| Match { address, ..found.clone() })
            })
        });
        places.collect()
    }

    /// Type, mechanism, framework and action of one endpoint.
    fn at(
        &self,
        wanted: &RequestedService,
        metadata: &'a ServiceMetadata,
        service: &'a ServiceContext,
        endpoint: &'a EndpointContext,
    ) -> Option<Match<'a>> {
        let service_types = common(&wanted.service_types, &service.service_types)?;
        let mut mechanisms = common(&wanted.mechanisms, &endpoint.mechanisms)?;
        mechanisms.retain(|uri| self.mechanisms.iter().any(|mechanism| mechanism.uri() == uri.as_str()));
        let question = [FRAMEWORK.to_owned()];
        let versions = if wanted.frameworks.is_empty() { &question[..] } else { &wanted.frameworks };
        let frameworks = common(versions, &endpoint.frameworks)?;
        let actions =
            if endpoint.actions.is_empty() { Vec::new() } else { common(&wanted.actions, &endpoint.actions)? };
        let address = endpoint.addresses.first()?;
        let options = &service.options;
        (!mechanisms.is_empty()).then_some(Match {
            metadata,
            address,
            service_types,
            mechanisms,
            actions,
            frameworks,
            options,
        })
    }
}

/// Whether one of the options sets wanted is offered as a whole, by whatever `di:Options` of the service together.
fn has_options(wanted: &RequestedService, service: &ServiceContext) -> bool {
    let offered = |option: &Uri| service.options.iter().any(|options| options.0.contains(option));
    wanted.options.is_empty() || wanted.options.iter().any(|set| set.0.iter().all(offered))
}

/// Whether a criterion is met.
fn fits<T: PartialEq>(wanted: &[T], is: &T) -> bool {
    wanted.is_empty() || wanted.contains(is)
}

/// What is both wanted and offered, in the order it is offered; `None` if that is nothing.
fn common<'a, T: PartialEq>(wanted: &[T], offered: &'a [T]) -> Option<Vec<&'a T>> {
    let common: Vec<&T> = offered.iter().filter(|one| fits(wanted, one)).collect();
    (!common.is_empty()).then_some(common)
}

/// The version of the framework that every question states: the receiver takes no other.
const FRAMEWORK: &str = "2.0";
/// Each costs a signature and an encryption.
const MATCHES_MAX: usize = crate::epr::VALUES_MAX;
