//! Any bytes as a login response: never a login by themselves, and one that keeps the rules if the identity provider vouches for
//! them, because an artifact answer that it signed holds them.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use saml::send::{self, Head};
use saml::service::{self, Service};
use saml::{EntityId, MessageId, SignFailed, Signer, wire};
use xml::{Document, Fragment, Limits, SignatureAlgorithm, VerifyingKey};
use zeroize::Zeroizing;

struct World {
    key: EcdsaKeyPair,
    keys: [VerifyingKey; 1],
    idp: EntityId,
    sp: EntityId,
    asked: MessageId,
    now: Timestamp,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let public = AsDer::<PublicKeyX509Der>::as_der(key.public_key()).expect("its public half");
    World {
        keys: [VerifyingKey::from_spki_der(public.as_ref()).expect("its public half")],
        key,
        idp: EntityId::parse("urn:x:idp").expect("an entity ID"),
        sp: EntityId::parse("urn:x:sp").expect("an entity ID"),
        asked: MessageId::parse("_q").expect("an ID"),
        now: "2026-11-22T10:00:00Z".parse().expect("an instant"),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let (now, skew) = (world.now, SignedDuration::from_secs(60));
    for asked in [Some(&world.asked), None] {
        let service = Service {
            entity: &world.sp,
            consumer: "https://sp/acs",
            issuer: &world.idp,
            keys: &world.keys,
            asked,
            unwrap: &|_| Ok(Zeroizing::new(vec![0; 32])),
            must_encrypt: false,
            skew,
        };
        assert!(service::response(bytes, &service, now).is_err(), "nobody signed this");
        assert!(service::artifact_response(bytes, &world.asked, &service, now).is_err(), "nobody signed this");
        let Some(soap) = vouched(world, bytes) else { return };
        if let Ok(login) = service::artifact_response(soap.as_bytes(), &world.asked, &service, now) {
            assert!(!login.name.value.is_empty() && login.expires > now && login.authn_instant <= now + skew);
        }
    }
});

/// `bytes` as the message that an artifact stood for.
fn vouched(world: &World, bytes: &[u8]) -> Option<String> {
    let document = Document::parse(xml::scan(bytes, &Limits::default()).ok()?).ok()?;
    let sign = |message: &[u8]| {
        let signature = world.key.sign(&SystemRandom::new(), message).map_err(|_| SignFailed)?;
        Ok(signature.as_ref().to_vec())
    };
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let signer = Signer { entity: &world.idp, algorithm, certificate: b"a hint", sign: &sign };
    let id = MessageId::parse("_a").ok()?;
    let head = Head { signer, id: &id, destination: None, sign: true };
    let message = Fragment::of(document.root());
    let answer = send::artifact_response(&head, &world.asked, Some(&message), world.now).ok()?;
    Some(wire::soap_envelope(&answer))
}
