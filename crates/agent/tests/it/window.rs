//! The agent's own pages.

use card::virtual_card::Tag;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{PIN, PORTAL, READER, Site, World, parts};

async fn opened() -> (World, String) {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(card).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    (world, ticket)
}

#[tokio::test]
async fn the_window_shows_which_site_asks_and_takes_a_pin() {
    let (world, ticket) = opened().await;
    let page = world.window(&ticket).await;
    assert!(page.contains(r#"<p class="origin">https://portal.example</p>"#));
    assert!(page.contains(r#"type="password" inputmode="numeric" autocomplete="off""#));
    assert!(page.contains(r#"<label for="pin">"#));
    assert!(page.contains("カードを確認しました"));
    assert!(page.contains("aria-live"));
    assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("<script>"), "nothing inline");
}

#[tokio::test]
async fn the_window_speaks_the_language_of_its_reader() {
    let (world, ticket) = opened().await;
    let url = format!("{}/window/{ticket}", world.base);
    let page = async |query: &str, accept: &str| {
        world
            .client
            .get(format!("{url}{query}"))
            .header("accept-language", accept)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    assert!(page("", "en-GB,en;q=0.9").await.contains("Enter your PIN"));
    assert!(page("", "fr").await.contains("暗証番号を入力してください"));
    assert!(page("?lang=en", "ja").await.contains(r#"<html lang="en">"#));
    assert!(page("?lang=xx", "ja").await.contains(r#"<html lang="ja">"#));
}

#[tokio::test]
async fn no_other_site_may_frame_read_or_fill_the_window() {
    let (world, ticket) = opened().await;
    let path = format!("/window/{ticket}");
    let shown = world.from(PORTAL, Method::GET, &path).send().await.unwrap();
    assert!(shown.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(shown.headers()["cache-control"], "no-store");
    assert!(shown.headers().get("access-control-allow-origin").is_none());

    let form = [("pin", PIN), ("answer", "yes")];
    for origin in [PORTAL, "null", "http://127.0.0.1:1", "https://evil.example"] {
        assert_eq!(world.from(origin, Method::POST, &path).form(&form).send().await.unwrap().status(), 403, "{origin}");
    }
    let unnamed = world.client.post(format!("{}{path}", world.base)).form(&form).send().await.unwrap();
    assert_eq!(unnamed.status(), 403);
    let lured = world.from(&world.base, Method::POST, &path).header("sec-fetch-site", "cross-site").form(&form);
    assert_eq!(lured.send().await.unwrap().status(), 403);
    assert!(world.window(&ticket).await.contains("暗証番号を入力してください"), "nothing was taken");
}

#[tokio::test]
async fn a_pin_that_is_none_is_asked_for_again_and_not_shown() {
    let (world, ticket) = opened().await;
    for typed in ["", "123", "1234567", "48291a"] {
        let page = world.answer(&ticket, &[("pin", typed), ("answer", "yes")]).await.text().await.unwrap();
        assert!(page.contains(r#"aria-invalid="true""#) && page.contains("数字6桁で入力してください"));
        assert!(typed.is_empty() || !page.contains(typed));
    }
}

#[tokio::test]
async fn the_script_learns_how_things_stand() {
    let (world, ticket) = opened().await;
    let state = async || -> Value {
        let url = format!("{}/window/{ticket}/state?lang=ja", world.base);
        parts(world.client.get(url).send().await.unwrap()).await.1
    };
    assert_eq!(state().await["phase"], "pin");
    assert_eq!(state().await["reader"]["mark"], "ready");
    world.answer(&ticket, &[("answer", "no")]).await;
    assert_eq!(state().await["phase"], "over");
}

#[tokio::test]
async fn a_quick_exchange_of_cards_is_noticed() {
    let (site, card) = Site::issue(PORTAL);
    let world = World::with_card(Tag::foreign()).await;
    let ticket = world.begin(&site.start(world.clock.now())).await;
    world.readers.insert(READER, card);
    let mut mark = json!("other-card");
    while mark == "other-card" {
        let url = format!("{}/window/{ticket}/state", world.base);
        mark = parts(world.client.get(url).send().await.unwrap()).await.1["reader"]["mark"].clone();
    }
    assert_eq!(mark, "ready");
}

#[tokio::test]
async fn an_unknown_ticket_opens_nothing() {
    let (world, _) = opened().await;
    let response = world.client.get(format!("{}/window/00", world.base)).send().await.unwrap();
    assert_eq!(response.status(), 410);
    assert!(response.text().await.unwrap().contains("時間切れです"));
}
