//! Our own keys as identity provider: published before they are used, changed while everything runs, known to every process.

use std::{fs, sync::Arc};

use axum::http::header;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jiff::SignedDuration;
use platform::{
    App,
    idp::{policy::Policy, services, signing},
    store::service_key::{self, Purpose},
};
use xml::SignatureAlgorithm;

use crate::{
    browser::{Browser, Page},
    harness::{PORTAL, World, worlds},
    service::{Publishing, Sp},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The same platform with a key store's file of its own, which it may change.
async fn with_own_file(world: &World, ecdsa: bool) -> Arc<App> {
    let keys = world.own_keys();
    world
        .reopened(|config| {
            config.keys = keys;
            config.idp.ecdsa = ecdsa;
        })
        .await
}

async fn metadata(app: &Arc<App>) -> Page {
    Browser::new(platform::router(app), PORTAL).get("/saml/metadata").await
}

/// How many keys are said to sign.
fn signing_keys(page: &Page) -> usize {
    let role = page.text.split("<md:AttributeAuthorityDescriptor").next().unwrap();
    role.matches("use=\"signing\"").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_names_where_to_send_what_and_is_not_signed_at_every_look() {
    for world in worlds().await {
        let page = metadata(&world.app).await;
        assert_eq!(page.headers[header::CONTENT_TYPE], "application/samlmetadata+xml");
        let certificate = BASE64.encode(&signing::ours(&world.app, world.now()).certificate);
        for text in ["/saml/sso\"", "/saml/logout\"", "/saml/soap/artifact\"", "/saml/soap/attributes\"", &certificate]
        {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        assert!(page.shows("validUntil=\"2026-11-29T03:00:00Z\"") && page.shows("cacheDuration=\"PT"));
        assert_eq!(metadata(&world.app).await.text, page.text);
        world.wait(SignedDuration::from_hours(2));
        assert!(metadata(&world.app).await.shows("validUntil=\"2026-11-29T05:00:00Z\""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_by_themselves_and_are_published_before() {
    for world in worlds().await {
        let app = with_own_file(&world, false).await;
        let first = signing::ours(&app, world.now()).key_name;
        assert_eq!(signing_keys(&metadata(&app).await), 1);

        world.wait(DAY * 700);
        app.signing.keep_up(world.now()).await.unwrap();
        assert_eq!(signing_keys(&metadata(&app).await), 2);
        assert_eq!(signing::ours(&app, world.now()).key_name, first, "published, and not yet used");

        world.wait(DAY * 30);
        let second = signing::ours(&app, world.now()).key_name;
        assert_ne!(second, first);
        assert_eq!(signing_keys(&metadata(&app).await), 2, "what the old one signed is still on its way");

        world.wait(DAY * 30);
        app.signing.keep_up(world.now()).await.unwrap();
        assert_eq!(signing_keys(&metadata(&app).await), 1);
        assert_eq!(signing::ours(&app, world.now()).key_name, second);
        let reopened = world.reopened(|config| config.keys = app.config.keys.clone()).await;
        assert_eq!(signing::ours(&reopened, world.now()).key_name, second, "after a new start, too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_make_one_key_and_all_learn_it() {
    for world in worlds().await {
        let one = with_own_file(&world, false).await;
        let other = world.reopened(|config| config.keys = one.config.keys.clone()).await;
        world.wait(DAY * 701);
        let (a, b) = tokio::join!(one.signing.keep_up(world.now()), other.signing.keep_up(world.now()));
        a.and(b).unwrap();
        world.wait(DAY * 31);
        services::look(&one).await.unwrap();
        services::look(&other).await.unwrap();
        assert_eq!(signing::ours(&one, world.now()).key_name, "idp-sign-rsa-2");
        assert_eq!(signing::ours(&other, world.now()).certificate, signing::ours(&one, world.now()).certificate);
        assert!(signing::ours(&other, world.now()).sign(b"x").is_ok());
        let keys = service_key::all(&one.db).await.unwrap();
        assert_eq!(keys.iter().filter(|key| key.purpose == Purpose::SignRsa).count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_file_lacks_a_key_publishes_it_and_signs_with_its_own() {
    for world in worlds().await {
        let (maker, other) = (with_own_file(&world, false).await, with_own_file(&world, false).await);
        world.wait(DAY * 701);
        maker.signing.keep_up(world.now()).await.unwrap();
        services::look(&other).await.unwrap();
        for days in [0, 31] {
            world.wait(DAY * days);
            assert_eq!(signing_keys(&metadata(&other).await), 2, "what the maker signs is verified by either metadata");
        }
        let made = BASE64.encode(&signing::ours(&maker, world.now()).certificate);
        assert!(metadata(&other).await.shows(&made));
        assert_eq!(signing::ours(&maker, world.now()).key_name, "idp-sign-rsa-2");
        assert_eq!(signing::ours(&other, world.now()).key_name, "idp-sign-rsa-1");
        assert!(signing::ours(&other, world.now()).sign(b"x").is_ok());

        // Somebody copies the file while both run.
        fs::copy(&maker.config.keys.file, &other.config.keys.file).unwrap();
        other.signing.keep_up(world.now()).await.unwrap();
        assert_eq!(signing::ours(&other, world.now()).key_name, "idp-sign-rsa-2");
        assert!(signing::ours(&other, world.now()).sign(b"x").is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_asked_for_reaches_a_running_platform() {
    for world in worlds().await {
        let running = with_own_file(&world, false).await;
        let command = world.reopened(|config| config.keys = running.config.keys.clone()).await;
        command.signing.change(SignedDuration::from_secs(60), "test", world.now()).await.unwrap();

        services::look(&running).await.unwrap();
        assert_eq!(signing_keys(&metadata(&running).await), 2);
        assert_eq!(signing::ours(&running, world.now()).key_name, "idp-sign-rsa-1");
        world.wait(SignedDuration::from_secs(60));
        assert_eq!(signing::ours(&running, world.now()).key_name, "idp-sign-rsa-2");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_encrypted_to_an_older_key_is_still_opened() {
    for world in worlds().await {
        let app = with_own_file(&world, false).await;
        let old = service_key::all(&app.db).await.unwrap();
        let old = old.into_iter().find(|key| key.purpose == Purpose::Decrypt).unwrap();
        app.signing.change(SignedDuration::ZERO, "test", world.now()).await.unwrap();
        let key = xml::EncryptionKey::from_certificate_der("urn:x", &old.certificate).unwrap();
        let wrapped = wrapped(&key);
        assert!(signing::unwrap(&app, &wrapped).is_ok());
        assert!(signing::unwrap(&app, b"nothing of ours").is_err());
    }
}

/// The wrapped key of something encrypted to `key`.
fn wrapped(key: &xml::EncryptionKey) -> Vec<u8> {
    let mut writer = xml::Writer::new();
    writer.leaf(xml::ns::SAML, "NameID", &[], "x");
    let plain = writer.finish();
    let wrapper = (xml::ns::SAML, "EncryptedID");
    let encrypted = xml::encrypt(&plain, wrapper, key, &mut |bytes| bytes.fill(7)).unwrap();
    let mut values = encrypted.as_str().split("CipherValue>").skip(1).step_by(2);
    let both: Vec<_> = values.by_ref().map(|value| BASE64.decode(value.split('<').next().unwrap()).unwrap()).collect();
    both.into_iter().find(|value| value.len() == 256).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ecdsa_is_for_services_that_verify_it_and_only_when_they_know_the_key() {
    for world in worlds().await {
        let app = with_own_file(&world, true).await;
        let service = |ecdsa| {
            let publishing = Publishing { ecdsa, ..Publishing::default() };
            Sp::new("k-mix").registered(&world, Policy::default(), &publishing).provider
        };
        let algorithm = |ecdsa| signing::current(&app, &service(ecdsa), world.now()).algorithm;
        assert_eq!(algorithm(true), SignatureAlgorithm::RsaSha256, "published today");
        world.wait(DAY * 30);
        assert_eq!(algorithm(true), SignatureAlgorithm::EcdsaP256Sha256);
        assert_eq!(algorithm(false), SignatureAlgorithm::RsaSha256);
        assert_eq!(signing_keys(&metadata(&app).await), 2);
        let modest = world.reopened(|config| config.keys = app.config.keys.clone()).await;
        assert_eq!(signing_keys(&metadata(&modest).await), 1, "old software cannot read such a key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_file_cannot_be_written_the_old_key_signs_on() {
    for world in worlds().await {
        let app = with_own_file(&world, false).await;
        fs::remove_dir_all(app.config.keys.file.parent().unwrap()).unwrap();
        world.wait(DAY * 365 * 12);
        assert!(app.signing.keep_up(world.now()).await.is_err());
        assert!(signing::ours(&app, world.now()).sign(b"x").is_ok(), "past its certificate's end");
        assert_eq!(signing_keys(&metadata(&app).await), 1);
    }
}
