//! Logging in with card and PIN.

use card::{
    protocol::{Ke3, server::LoginState},
    reader::InProcess,
    virtual_card::Tag,
};
use serde_json::{Value, json};

use crate::world::{CLINIC, PIN, PORTAL, READER, Site, World, code};

/// Goes on to the end with this PIN, as the portal's page and server do.
async fn finish(
    world: &World,
    site: &Site,
    pin: &str,
) -> (String, Value, LoginState, card::protocol::server::Possession) {
    let start = site.start(world.clock.now());
    let ticket = world.begin(&start).await;
    world.enter(&ticket, pin).await;
    let (_, proved) = world.call(&format!("login/{ticket}/prove"), json!({})).await;
    let (possession, opening) = site.check(&start, &proved["proof"]);
    let (_, exchange) = world.call(&format!("login/{ticket}/open"), json!({ "opening": opening })).await;
    let (state, ke2) = site.answer(&possession, &exchange["ke1"]);
    let (status, finished) = world.call(&format!("login/{ticket}/finish"), json!({ "ke2": ke2 })).await;
    assert_eq!(status, 200, "{finished}");
    (ticket, finished, state, possession)
}

#[tokio::test]
async fn a_card_and_its_pin_log_in() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let (ticket, finished, state, possession) = finish(&world, &site, PIN).await;
    let ke3: Ke3 = serde_json::from_value(finished["ke3"].clone()).unwrap();
    assert!(state.finish(&possession, &ke3).is_ok());

    assert!(world.window(&ticket).await.contains("確認しています"));
    let (status, _) = world.call(&format!("login/{ticket}/done"), json!({ "outcome": "admitted" })).await;
    assert_eq!(status, 204);
    assert!(world.window(&ticket).await.contains("確認できました"));
}

#[tokio::test]
async fn a_wrong_pin_is_told_apart_and_the_window_says_how_many_tries_are_left() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let (ticket, finished, ..) = finish(&world, &site, "000000").await;
    assert_eq!(finished, json!({ "wrong_pin": true }));
    assert!(world.window(&ticket).await.contains("暗証番号が違います"));

    let done = json!({ "outcome": "wrong-pin", "tries_left": 3 });
    world.call(&format!("login/{ticket}/done"), done).await;
    assert!(world.window(&ticket).await.contains("あと 3 回"));
    let (again, finished, ..) = finish(&world, &site, PIN).await;
    assert_ne!(again, ticket);
    assert!(finished["ke3"].is_string(), "the next attempt starts afresh");
}

#[tokio::test]
async fn the_proof_is_for_the_origin_that_the_browser_names() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let start = site.start(world.clock.now());
    let claimed = json!({ "start": start, "origin": PORTAL });
    let (status, failure) = world.call_from(CLINIC, "login", claimed).await;
    assert_eq!((status, code(&failure)), (400, "bad-request"), "a page does not say who it is");
}

#[tokio::test]
async fn the_pin_waits_for_the_card() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::new().await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    let (_, pending) = world.call(&format!("login/{ticket}/prove"), json!({ "wait_ms": 1 })).await;
    assert_eq!(pending, json!({ "pending": true }), "without a PIN the page has nothing to say");

    world.enter(&ticket, PIN).await;
    let (_, pending) = world.call(&format!("login/{ticket}/prove"), json!({ "reader": "" })).await;
    assert_eq!(pending["reader"]["code"], "no-card", "the page hears at once what it has not heard");
    assert!(world.window(&ticket).await.contains("カードがありません"));

    let prove = format!("login/{ticket}/prove");
    let (waited, _) = tokio::join!(world.call(&prove, json!({})), async { world.readers.insert(READER, card) });
    let mut answer = waited.1;
    while answer["pending"] == true {
        answer = world.call(&prove, json!({})).await.1;
    }
    assert!(answer["proof"]["mac_a"].is_string());
}

#[tokio::test]
async fn without_a_reader_the_window_says_so() {
    let (site, _) = Site::issue(PORTAL);
    let world = World::with_readers(InProcess::new(&[])).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    assert!(world.window(&ticket).await.contains("カードリーダーが見つかりません"));
}

#[tokio::test]
async fn a_card_of_another_kind_is_named() {
    let (site, _) = Site::issue(PORTAL);
    let world = World::with_card(Tag::foreign()).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    assert!(world.window(&ticket).await.contains("別の種類のカードです"));
    world.enter(&ticket, PIN).await;
    let (_, pending) = world.call(&format!("login/{ticket}/prove"), json!({ "wait_ms": 1 })).await;
    assert_eq!(pending["reader"]["code"], "other-card");
}

#[tokio::test]
async fn a_card_taken_away_between_the_steps_ends_the_login() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let start = site.start(world.clock.now());
    let ticket = world.begin(&start).await;
    world.enter(&ticket, PIN).await;
    let (_, proved) = world.call(&format!("login/{ticket}/prove"), json!({})).await;
    let (_, opening) = site.check(&start, &proved["proof"]);

    let card = world.readers.remove(READER).unwrap();
    world.readers.insert(READER, card);
    let (status, failure) = world.call(&format!("login/{ticket}/open"), json!({ "opening": opening })).await;
    assert_eq!((status, code(&failure)), (409, "card-gone"), "putting it back does not help");
    assert!(world.window(&ticket).await.contains("途中でカードがリーダーから離れました"));
    let (_, failure) = world.call(&format!("login/{ticket}/open"), json!({ "opening": opening })).await;
    assert_eq!(code(&failure), "card-gone", "the login is dead");
}

#[tokio::test]
async fn a_card_does_not_open_for_a_server_without_its_key() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let start = site.start(world.clock.now());
    let ticket = world.begin(&start).await;
    world.enter(&ticket, PIN).await;
    world.call(&format!("login/{ticket}/prove"), json!({})).await;
    let forged = json!({ "state": "01".repeat(16), "mac_block": "00".repeat(16) });
    let (_, failure) = world.call(&format!("login/{ticket}/open"), json!({ "opening": forged })).await;
    assert_eq!(code(&failure), "card-refused");
}

#[tokio::test]
async fn a_ticket_expires_after_two_minutes() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    world.advance(119);
    assert!(world.window(&ticket).await.contains("暗証番号を入力してください"));
    world.advance(1);
    let (status, failure) = world.call(&format!("login/{ticket}/prove"), json!({})).await;
    assert_eq!((status, code(&failure)), (410, "expired"));
    assert!(world.window(&ticket).await.contains("時間切れです"));
    let late = world.answer(&ticket, &[("pin", PIN), ("answer", "yes")]).await;
    assert_eq!(late.status(), 410, "nobody takes the PIN any more");
}

#[tokio::test]
async fn a_step_happens_once_and_in_its_turn() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let start = site.start(world.clock.now());
    let ticket = world.begin(&start).await;
    let opening = json!({ "state": "00".repeat(16), "mac_block": "00".repeat(16) });
    let (_, failure) = world.call(&format!("login/{ticket}/open"), json!({ "opening": opening })).await;
    assert_eq!(code(&failure), "bad-request", "nothing to open before the proof");

    let ticket = world.begin(&start).await;
    world.enter(&ticket, PIN).await;
    let (_, proved) = world.call(&format!("login/{ticket}/prove"), json!({})).await;
    assert!(proved["proof"].is_object());
    let (_, failure) = world.call(&format!("login/{ticket}/prove"), json!({})).await;
    assert_eq!(code(&failure), "bad-request", "one ticket, one proof");
}

#[tokio::test]
async fn another_site_cannot_use_a_ticket() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    world.enter(&ticket, PIN).await;
    let (status, failure) = world.call_from(CLINIC, &format!("login/{ticket}/prove"), json!({})).await;
    assert_eq!((status, code(&failure)), (410, "expired"));
}

#[tokio::test]
async fn another_site_must_wait_while_a_card_is_open() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let start = site.start(world.clock.now());
    let first = world.begin(&start).await;
    world.enter(&first, PIN).await;
    world.call(&format!("login/{first}/prove"), json!({})).await;

    let (_, opened) = world.call_from(CLINIC, "login", json!({ "start": start })).await;
    let second = opened["ticket"].as_str().unwrap();
    world.enter(second, PIN).await;
    let (_, failure) = world.call_from(CLINIC, &format!("login/{second}/prove"), json!({})).await;
    assert_eq!(code(&failure), "reader-busy");
}

#[tokio::test]
async fn the_person_can_say_no() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    assert_eq!(world.answer(&ticket, &[("pin", ""), ("answer", "no")]).await.status(), 303);
    let (status, failure) = world.call(&format!("login/{ticket}/prove"), json!({})).await;
    assert_eq!((status, code(&failure)), (409, "cancelled"));
    assert!(world.window(&ticket).await.contains("取り消しました"));
}

#[tokio::test]
async fn closing_the_window_is_saying_no() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    let state = format!("{}/window/{ticket}/state", world.base);
    assert_eq!(world.client.get(state).send().await.unwrap().status(), 200);
    world.advance(11);
    let (_, failure) = world.call(&format!("login/{ticket}/prove"), json!({})).await;
    assert_eq!(code(&failure), "cancelled");
}

#[tokio::test]
async fn the_site_can_give_up() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    assert_eq!(world.call(&format!("login/{ticket}/cancel"), json!({})).await.0, 204);
    assert!(world.window(&ticket).await.contains("取り消しました"));
}
