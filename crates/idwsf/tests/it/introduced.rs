//! Senders that only the issuer of their token knows, and what it lets them ask.

use idwsf::dst::{Query, ServiceType};
use idwsf::message::{Body, Headers, Mechanism, Offer, Purpose, Terms};
use idwsf::token::{Permit, Token};
use idwsf::{Fault, TokenRefused};

use crate::mechanism::certificate;
use crate::world::{Party, SELECT, World, now, permits, replaced, subject};

const TERMS: Terms<'static> =
    Terms { mechanisms: &[Mechanism::TlsSamlV2, Mechanism::TlsBearer], introduced: Offer::Yes, ..Terms::STRICT };

/// A service that the insurer has never heard of.
fn service() -> Party {
    Party::new("https://k-mix.kagawa.example/metadata", include_str!("../keys/stranger.pkcs8"))
}

/// A question with a token, signed by `sender`.
fn asked(world: &World, token: &Token, sender: &Party) -> String {
    let headers = Headers { purpose: Some(Purpose::Treatment), ..Headers::default() };
    let request = world.call(&headers, Body::Query(&Query::one(ServiceType::NHI, SELECT)), token);
    let renamed = replaced(&request, world.relay.entity.as_str(), sender.entity.as_str());
    world.resign(&renamed, |_| true, sender)
}

fn refused(world: &World, request: &str, terms: &Terms<'_>) -> Option<Fault> {
    world.admit(request, terms).err()
}

#[test]
fn the_issuer_of_a_token_introduces_its_holder() {
    let (world, service) = (World::new(), service());
    let token = world.token_for(&service, &certificate(&service));
    let admitted = world.admit(&asked(&world, &token, &service), &TERMS).ok().unwrap();
    assert_eq!((&admitted.sender, admitted.mechanism), (&service.entity, Mechanism::TlsSamlV2));
    assert_eq!((&admitted.issuer, admitted.subject), (&world.relay.entity, subject()));
    assert_eq!((admitted.permits, admitted.issued_at), (permits(), now()));
}

#[test]
fn a_token_that_has_ended_introduces_nobody_and_is_to_be_renewed() {
    let (world, service) = (World::new(), service());
    let token = world.token_for(&service, &certificate(&service));
    let request = asked(&world, &token, &service);
    let old =
        world.with_bound_token(&request, |assertion| assertion.replace("2026-11-22T01:10:00Z", "2026-11-22T00:10:00Z"));
    assert_eq!(refused(&world, &old, &TERMS), Some(TokenRefused::Expired.into()));
}

#[test]
fn nobody_is_introduced_where_that_is_not_offered() {
    let (world, service) = (World::new(), service());
    let request = asked(&world, &world.token_for(&service, &certificate(&service)), &service);
    let terms = Terms { introduced: Offer::No, ..TERMS };
    assert_eq!(refused(&world, &request, &terms), Some(Fault::Sender));
}

#[test]
fn a_token_that_anybody_can_bear_introduces_nobody() {
    let (world, service) = (World::new(), service());
    let request = asked(&world, &world.token(), &service);
    assert_eq!(refused(&world, &request, &TERMS), Some(Fault::Sender));
}

#[test]
fn a_token_for_another_holder_introduces_nobody() {
    let (world, service) = (World::new(), service());
    let stolen = world.token_for(&world.relay, &certificate(&world.relay));
    assert_eq!(refused(&world, &asked(&world, &stolen, &service), &TERMS), Some(Fault::Sender));
    let renamed = world.token_for(&service, &certificate(&world.relay));
    assert!(matches!(refused(&world, &asked(&world, &renamed, &service), &TERMS), Some(Fault::Signature(_))));
}

#[test]
fn a_token_of_nobody_that_is_trusted_introduces_nobody() {
    let (world, service) = (World::new(), service());
    let request = asked(&world, &world.token_for(&service, &certificate(&service)), &service);
    let forged = world.with_changed_token(&request, |assertion| assertion, &service);
    assert_eq!(refused(&world, &forged, &TERMS), Some(Fault::Sender));
}

#[test]
fn the_token_opened_first_is_the_one_that_the_signature_names() {
    let (world, service) = (World::new(), service());
    let token = world.token_for(&service, &certificate(&service));
    let request = asked(&world, &token, &service);
    let renamed = replaced(&request, &format!(">{}<", token.assertion_id()), ">_another<");
    assert_eq!(refused(&world, &renamed, &TERMS), Some(Fault::Sender));
    assert_eq!(refused(&world, &world.resign(&renamed, |_| true, &service), &TERMS), Some(Fault::Sender));
}

#[test]
fn what_is_no_permission_permits_nothing() {
    let (world, service) = (World::new(), service());
    let request = asked(&world, &world.token_for(&service, &certificate(&service)), &service);
    for (from, to) in [
        (
            "Decision=\"Permit\" Resource=\"urn:x-kagawa:policy:2009-03:coverage\"",
            "Decision=\"Deny\" Resource=\"urn:x-kagawa:policy:2009-03:coverage\"",
        ),
        ("urn:x-kagawa:policy:2009-03:coverage", "urn:x-other:coverage"),
        ("urn:x-kagawa:policy:2009-03:coverage", "urn:x-kagawa:policy:2009-03:Coverage"),
        (
            ":coverage\"><saml:Action Namespace=\"urn:x-kagawa:policy:2009-03\">treatment",
            ":coverage\"><saml:Action Namespace=\"urn:x-kagawa:policy:2009-03\">everything",
        ),
        (
            ":coverage\"><saml:Action Namespace=\"urn:x-kagawa:policy:2009-03\"",
            ":coverage\"><saml:Action Namespace=\"urn:x-other\"",
        ),
    ] {
        let changed = world.with_bound_token(&request, |assertion| replaced(&assertion, from, to));
        let admitted = world.admit(&changed, &TERMS).ok().unwrap();
        assert_eq!(admitted.permits, permits()[1..], "{to}");
    }
}

#[test]
fn a_kind_of_data_is_a_plain_word() {
    for bad in ["", "Coverage", "check up", "a/b", "健診", &"a".repeat(65)] {
        assert!(Permit::new(bad, Purpose::Treatment).is_none(), "{bad}");
    }
    assert_eq!(Permit::category_of(&Permit::uri("check-up")), Some("check-up"));
}
