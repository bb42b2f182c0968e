//! The role of a service provider (`md:SPSSODescriptor`, SAML 2.0 Metadata §2.4.4).

use jiff::{SignedDuration, Timestamp};
use xml::{
    Node, children,
    ns::{MD, SAMLP},
};

use super::{
    Report, ServiceProvider, endpoint, naming,
    problem::{self, Problem},
    published,
    read::trimmed,
};
use crate::EntityId;

/// A description that holds now.
pub(super) struct Described<'a, 'i> {
    pub(super) entity: EntityId,
    pub(super) node: Node<'a, 'i>,
    pub(super) role: Node<'a, 'i>,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) cache_duration: Option<SignedDuration>,
}

/// The first role of a service provider that speaks SAML 2.0.
pub(super) fn of<'a, 'i>(entity: Node<'a, 'i>) -> Result<Node<'a, 'i>, Problem> {
    roles(entity).next().ok_or_else(problem::no_role)
}

fn roles<'a, 'i>(entity: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    children(entity, MD, "SPSSODescriptor").filter(|role| {
        let mut protocols = trimmed(*role, "protocolSupportEnumeration").split_ascii_whitespace();
        protocols.any(|protocol| protocol == SAMLP.uri)
    })
}

pub(super) fn provider(described: Described<'_, '_>, report: &mut Report, now: Timestamp) -> ServiceProvider {
    let Described { entity, node, role, valid_until, cache_duration } = described;
    if roles(node).nth(1).is_some() {
        report.add("SPSSODescriptor[2]", problem::first_only("SPSSODescriptor"));
    }
    let says = |name| endpoint::is_true(trimmed(role, name));
    let signs_requests = says("AuthnRequestsSigned");
    let keys = published::keys(role, &entity, signs_requests, report, now);
    let service = naming::service(role, report);
    ServiceProvider {
        names: naming::names(node, role, service, report),
        verifies_ecdsa: published::verifies_ecdsa(node, role, report),
        consumers: endpoint::consumers(role, report),
        logout: endpoint::logout(role, report),
        artifact_resolution: endpoint::artifact_resolution(role, report),
        name_formats: naming::name_formats(role, report),
        requested: naming::requested(service, report),
        signing: keys.signing,
        encryption: keys.encryption,
        encryption_cbc: keys.encryption_cbc,
        wants_signed_assertions: says("WantAssertionsSigned"),
        signs_requests,
        entity,
        valid_until,
        cache_duration,
    }
}
