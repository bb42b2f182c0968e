//! The reception desk: cards without a PIN, for paired sites.

use card::virtual_card::Tag;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{CLINIC, PORTAL, READER, Site, World, code, parts};

async fn pair(world: &World) -> String {
    let (_, opened) = world.call_from(CLINIC, "pair", json!({})).await;
    let ticket = opened["ticket"].as_str().unwrap();
    assert!(world.window(ticket).await.contains("https://clinic.example"));
    assert_eq!(world.answer(ticket, &[("answer", "yes")]).await.status(), 303);
    let (_, paired) = world.call_from(CLINIC, &format!("pair/{ticket}"), json!({})).await;
    let (_, again) = world.call_from(CLINIC, &format!("pair/{ticket}"), json!({})).await;
    assert_eq!(code(&again), "expired", "the token is given once");
    paired["token"].as_str().unwrap().to_owned()
}

async fn call(world: &World, token: &str, op: &str, body: Value) -> (u16, Value) {
    call_from(world, CLINIC, token, op, body).await
}

async fn call_from(world: &World, origin: &str, token: &str, op: &str, body: Value) -> (u16, Value) {
    let request = world.from(origin, Method::POST, &format!("/v1/reception/{op}"));
    parts(request.header("x-ssc-pair", token).json(&body).send().await.unwrap()).await
}

#[tokio::test]
async fn a_paired_site_proves_a_card_without_a_pin() {
    let (site, card) = Site::issue(CLINIC);
    let world = World::with_card(card).await;
    let token = pair(&world).await;
    let start = site.start(world.clock.now());
    for _ in 0..2 {
        let (status, proved) = call(&world, &token, "prove", json!({ "start": start })).await;
        assert_eq!(status, 200, "{proved}");
        site.check(&start, &proved["proof"]);
    }
}

#[tokio::test]
async fn a_site_that_is_not_paired_gets_nothing() {
    let (site, card) = Site::issue(CLINIC);
    let world = World::with_card(card).await;
    let token = pair(&world).await;
    let body = json!({ "start": site.start(world.clock.now()) });
    let (status, failure) = call(&world, "wrong", "prove", body.clone()).await;
    assert_eq!((status, code(&failure)), (401, "not-paired"));
    let (_, failure) = call(&world, "", "wait", json!({ "card": false })).await;
    assert_eq!(code(&failure), "not-paired");
    let (_, failure) = call_from(&world, PORTAL, &token, "prove", body).await;
    assert_eq!(code(&failure), "not-paired", "another site's token is worth nothing");
}

#[tokio::test]
async fn the_person_can_refuse_a_pairing() {
    let world = World::new().await;
    let (_, opened) = world.call_from(CLINIC, "pair", json!({})).await;
    let ticket = opened["ticket"].as_str().unwrap();
    let (_, pending) = world.call_from(CLINIC, &format!("pair/{ticket}"), json!({ "wait_ms": 1 })).await;
    assert_eq!(pending, json!({ "pending": true }));
    world.answer(ticket, &[("answer", "no")]).await;
    world.answer(ticket, &[("answer", "yes")]).await;
    let (_, failure) = world.call_from(CLINIC, &format!("pair/{ticket}"), json!({})).await;
    assert_eq!(code(&failure), "cancelled", "the first answer stands");
    assert!(!world.config.pairings.exists());
}

#[tokio::test]
async fn a_pairing_outlives_the_agent_and_the_file_holds_no_token() {
    let world = World::new().await;
    let token = pair(&world).await;
    let file = std::fs::read_to_string(&world.config.pairings).unwrap();
    assert!(file.contains(CLINIC) && !file.contains(&token));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&world.config.pairings).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let world = world.restarted().await;
    let hello = world.from(CLINIC, Method::GET, "/v1/hello").header("x-ssc-pair", &token);
    assert_eq!(parts(hello.send().await.unwrap()).await.1["paired"], true);
}

#[tokio::test]
async fn the_desk_learns_when_a_card_comes_and_goes() {
    let (_, card) = Site::issue(CLINIC);
    let world = World::new().await;
    let token = pair(&world).await;
    let (_, now) = call(&world, &token, "wait", json!({ "card": true })).await;
    assert_eq!((&now["card"], &now["reader"]["code"]), (&json!(false), &json!("no-card")), "known at once");

    world.readers.insert(READER, card);
    let (_, now) = call(&world, &token, "wait", json!({ "card": false })).await;
    assert_eq!(now, json!({ "card": true }));

    world.readers.remove(READER);
    let (_, now) = call(&world, &token, "wait", json!({ "card": true })).await;
    assert_eq!(now["card"], false);

    world.readers.insert(READER, Tag::foreign());
    let (_, now) = call(&world, &token, "wait", json!({ "card": false, "reader": "no-card" })).await;
    assert_eq!(now["reader"]["code"], "other-card", "there is something new to say");
    let (_, now) = call(&world, &token, "wait", json!({ "card": false, "wait_ms": 1 })).await;
    assert_eq!(now["card"], false, "time runs out without news");
}

#[tokio::test]
async fn each_trouble_at_the_reader_has_its_code() {
    let (site, card) = Site::issue(CLINIC);
    let world = World::new().await;
    let token = pair(&world).await;
    let body = json!({ "start": site.start(world.clock.now()) });
    let (_, failure) = call(&world, &token, "prove", body.clone()).await;
    assert_eq!(code(&failure), "no-card");

    world.readers.insert(READER, Tag::foreign());
    let (_, failure) = call(&world, &token, "prove", body.clone()).await;
    assert_eq!(code(&failure), "other-card");
    assert!(failure["error"]["ja"].as_str().unwrap().contains("社会保障カードに置き換えてください"));
    assert!(failure["error"]["en"].as_str().unwrap().contains("another kind"));

    world.readers.insert(READER, card);
    let (status, _) = call(&world, &token, "prove", body).await;
    assert_eq!(status, 200, "and the next card works");
}
