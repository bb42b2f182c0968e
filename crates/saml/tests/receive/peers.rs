//! Requests as foreign service providers made them, each opened by its own metadata.

use jiff::{SignedDuration, Timestamp};
use saml::{
    Binding, EntityId, NameFormat, UnwrapFailed, metadata,
    receive::{
        AuthnRequest, Kind, Peer, Received, Receiver, Rejected, Verified, artifact_resolve, authn_request, post,
        redirect, soap,
    },
    wire::{Artifact, Direction},
};

use crate::world::{envelope, form};

const ADDRESS: &str = "http://portal.localhost:8400/saml/sso";

/// When the samples were taken.
fn then() -> Timestamp {
    "2026-11-22T18:25:00Z".parse().unwrap()
}

fn opened(metadata: &str, received: &Received) -> Result<Verified<AuthnRequest>, Box<Rejected>> {
    opened_at(ADDRESS, metadata, |receiver| authn_request(received, receiver, then()))
}

fn opened_at<T>(address: &str, metadata: &str, open: impl FnOnce(&Receiver<'_>) -> T) -> T {
    let (provider, _) = metadata::read(metadata.as_bytes(), None, then()).unwrap();
    let entity = EntityId::parse("http://portal.localhost:8400/saml/metadata").unwrap();
    let receiver = Receiver {
        entity: &entity,
        address,
        peers: &|peer| (*peer == provider.entity).then_some(Peer { provider: &provider, must_sign: true }),
        unwrap: &|_: &[u8]| Err(UnwrapFailed),
        skew: SignedDuration::from_secs(60),
    };
    open(&receiver)
}

fn redirected(url: &str) -> Received {
    redirect(url.trim_end().strip_prefix(ADDRESS).unwrap().strip_prefix('?').unwrap()).unwrap()
}

fn posted(message: &str) -> Received {
    post(&form(Direction::Request, message.trim_end())).unwrap()
}

const MELLON: &str = include_str!("../peers/mod_auth_mellon/metadata.xml");
const NODE: &str = include_str!("../peers/node-saml/metadata.xml");
const PYSAML2: &str = include_str!("../peers/pysaml2/metadata.xml");
const SIMPLESAMLPHP: &str = include_str!("../peers/simplesamlphp/metadata.xml");

#[test]
fn the_signed_requests_of_every_peer_are_taken() {
    for (metadata, received, binding) in [
        (MELLON, redirected(include_str!("../peers/mod_auth_mellon/authn-request.redirect.url")), Binding::Post),
        (MELLON, posted(include_str!("../peers/mod_auth_mellon/authn-request.post.xml")), Binding::Post),
        (NODE, redirected(include_str!("../peers/node-saml/authn-request.redirect.url")), Binding::Post),
        (NODE, posted(include_str!("../peers/node-saml/authn-request.post.xml")), Binding::Post),
        (PYSAML2, redirected(include_str!("../peers/pysaml2/authn-request.redirect.url")), Binding::Post),
        (PYSAML2, posted(include_str!("../peers/pysaml2/authn-request.post.xml")), Binding::Post),
        (
            SIMPLESAMLPHP,
            redirected(include_str!("../peers/simplesamlphp/authn-request-artifact.redirect.url")),
            Binding::Artifact,
        ),
        (
            SIMPLESAMLPHP,
            posted(include_str!("../peers/simplesamlphp/authn-request-artifact.post.xml")),
            Binding::Artifact,
        ),
    ] {
        assert_eq!(received.kind(), Kind::AuthnRequest);
        let request = opened(metadata, &received).unwrap();
        assert!(request.signed());
        let consumer = &request.message().consumer;
        assert_eq!(consumer.binding, binding, "{}", request.sender());
    }
}

#[test]
fn what_mod_auth_mellon_asks_for_is_read() {
    let passive = redirected(include_str!("../peers/mod_auth_mellon/authn-request-passive.redirect.url"));
    assert!(opened(MELLON, &passive).unwrap().message().passive);
    let step_up = redirected(include_str!("../peers/mod_auth_mellon/authn-request-smartcard-pki.redirect.url"));
    let request = opened(MELLON, &step_up).unwrap();
    assert_eq!(request.relay_state().unwrap().as_str(), "/cases/");
    let message = request.message();
    assert_eq!(message.context.as_ref().unwrap().classes, ["urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"]);
    assert!(!message.passive);
    assert!([None, Some(NameFormat::Persistent), Some(NameFormat::Transient)].contains(&message.name_format));
}

#[test]
fn no_peers_request_is_taken_as_anothers_or_changed_or_late() {
    let received = posted(include_str!("../peers/pysaml2/authn-request.post.xml"));
    assert_eq!(opened(NODE, &received).unwrap_err().reason.code(), "SAML-17");
    let pretended = include_str!("../peers/pysaml2/authn-request.post.xml")
        .replace("http://pysaml2.localhost:8422/metadata", "http://node-saml.localhost:8421/metadata");
    assert_eq!(opened(NODE, &posted(&pretended)).unwrap_err().reason.code(), "SAML-30");
    let enveloped = include_str!("../peers/node-saml/authn-request.post.xml").replace("<?xml version=\"1.0\"?>", "");
    let received = soap(&envelope(enveloped.trim_end())).unwrap();
    // The signature holds inside the envelope too; but no enhanced client was meant.
    assert_eq!(opened(NODE, &received).unwrap_err().reason.code(), "SAML-33");
}

#[test]
fn simplesamlphp_resolves_an_artifact() {
    let body = include_str!("../peers/simplesamlphp/artifact-resolve.soap.xml");
    let received = soap(body.as_bytes()).unwrap();
    assert_eq!(received.kind(), Kind::ArtifactResolve);
    let address = "http://portal.localhost:8400/saml/soap/artifact";
    let then: Timestamp = "2026-11-22T18:34:00Z".parse().unwrap();
    let resolve = opened_at(address, SIMPLESAMLPHP, |receiver| artifact_resolve(&received, receiver, then)).unwrap();
    assert!(Artifact::parse(&resolve.message().artifact).is_ok());
}
