//! The login by card and PIN, and everything that must not become one.

use axum::http::StatusCode;
use card::protocol::{Ke2, Opening, START_SECONDS};
use db::params;
use jiff::SignedDuration;
use platform::wording;
use region::Named;
use serde_json::json;
use web::Lang;

use crate::harness::{CLINIC, World, worlds};

const WRONG_PIN: &str = "000000";

/// State, tries left and counter of a card.
async fn card(world: &World, id: &card::CardId) -> (String, i64, i64) {
    let sql = "SELECT state, tries_left, write_count FROM card WHERE card_id = $1";
    let row = world.app.db.fetch_optional(sql, params![*id.as_bytes()]).await.unwrap().unwrap();
    (row.get("state").unwrap(), row.get("tries_left").unwrap(), row.get("write_count").unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_says_how_many_tries_are_left_and_the_right_one_gives_them_back() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        for left in [4, 3] {
            let page = browser.log_in(&holder, WRONG_PIN).await;
            assert_eq!((page.status, page.code().as_str()), (StatusCode::FORBIDDEN, "CARD-12"));
            let error = &page.body()["error"];
            assert_eq!(error["tries_left"], left);
            assert_eq!(error["outcome"], "wrong-pin");
            let text = wording::text(Lang::Ja).card.wrong_pin.replace("{}", &left.to_string());
            assert_eq!(error["text"], text.as_str());
            assert_eq!(browser.get("/menu").await.location(), Some("/?ended"), "a wrong PIN opens nothing");
        }
        browser.logged_in(&holder).await;
        assert_eq!(card(&world, &holder.card).await.1, 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_pins_lock_the_card_even_for_the_right_one() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        for code in ["CARD-12", "CARD-12", "CARD-12", "CARD-12", "CARD-11"] {
            assert_eq!(browser.log_in(&holder, WRONG_PIN).await.code(), code);
        }
        let page = browser.log_in(&holder, Named::Householder.pin()).await;
        assert_eq!(page.code(), "CARD-11");
        assert_eq!(page.body()["error"]["outcome"], "locked");
        assert_eq!(card(&world, &holder.card).await.1, 0);
        let desk = world.clerk().await.check(&holder).await;
        assert_eq!(desk.status, StatusCode::OK, "a desk asks for no PIN");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_is_spent_when_the_server_has_answered_and_not_before() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        let (start, mut touch) = browser.touch(&holder).await;
        let opening = browser.prove(&start, &touch).await.field::<Opening>("opening");
        assert_eq!(card(&world, &holder.card).await.1, 5, "breaking off here costs nothing");
        let typed = touch.open(&opening, WRONG_PIN);
        browser.ke1(&start, &typed).await.field::<Ke2>("ke2");
        assert_eq!(card(&world, &holder.card).await.1, 4, "breaking off here has cost a try");
        drop(touch);
        browser.logged_in(&holder).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_for_another_site_is_worth_nothing() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        for origin in ["https://phishing.example", CLINIC] {
            let start = browser.start().await;
            let touch = holder.touch(&origin.parse().unwrap(), &start);
            assert_eq!(browser.prove(&start, &touch).await.code(), "CARD-05", "{origin}");
            drop(touch);
            let touch = holder.touch(&world.app.portal_origin, &start);
            assert_eq!(browser.prove(&start, &touch).await.code(), "CARD-02", "the conversation is over");
        }
        assert_eq!(card(&world, &holder.card).await.0, "active");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_counts_once() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        let (start, mut touch) = browser.touch(&holder).await;
        let opening = browser.prove(&start, &touch).await.field::<Opening>("opening");
        assert_eq!(browser.prove(&start, &touch).await.code(), "CARD-02", "a proof");
        // The replay has not ended the conversation of the honest browser.
        let typed = touch.open(&opening, Named::Householder.pin());
        let ke2 = browser.ke1(&start, &typed).await;
        assert_eq!(browser.ke1(&start, &typed).await.code(), "CARD-02", "a KE1");
        let ke3 = typed.ke3(&ke2.field("ke2")).unwrap();
        let body = json!({ "sid": start.sid, "ke3": ke3 });
        assert_eq!(browser.json("/login/card/ke3", &body).await.status, StatusCode::OK);
        browser.cookies.retain(|(name, _)| name == "ssc-visitor");
        assert_eq!(browser.json("/login/card/ke3", &body).await.code(), "CARD-02", "a KE3");
        assert_eq!(browser.get("/menu").await.location(), Some("/?ended"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_belongs_to_the_browser_that_began_it() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let (mut browser, mut other) = (world.browser(), world.browser());
        other.start().await;
        let (start, mut touch) = browser.touch(&holder).await;
        assert_eq!(other.prove(&start, &touch).await.code(), "CARD-03");
        let opening = browser.prove(&start, &touch).await.field::<Opening>("opening");
        let typed = touch.open(&opening, Named::Householder.pin());
        assert_eq!(other.ke1(&start, &typed).await.code(), "CARD-03");
        let ke2 = browser.ke1(&start, &typed).await;
        let ke3 = json!({ "sid": start.sid, "ke3": typed.ke3(&ke2.field("ke2")).unwrap() });
        assert_eq!(other.json("/login/card/ke3", &ke3).await.code(), "CARD-03");
        assert!(other.cookies.iter().all(|(name, _)| name != "ssc"));
        assert_eq!(browser.json("/login/card/ke3", &ke3).await.status, StatusCode::OK, "nobody disturbed it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_ends_by_itself() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        let (start, mut touch) = browser.touch(&holder).await;
        let opening = browser.prove(&start, &touch).await.field::<Opening>("opening");
        let typed = touch.open(&opening, Named::Householder.pin());
        world.wait(SignedDuration::from_secs(START_SECONDS));
        assert_eq!(browser.ke1(&start, &typed).await.code(), "CARD-01");
        drop(touch);
        let (start, touch) = browser.touch(&holder).await;
        world.wait(SignedDuration::from_secs(START_SECONDS));
        assert_eq!(browser.prove(&start, &touch).await.code(), "CARD-01");
        let unknown = json!({ "sid": "0".repeat(32), "proof": touch.proof() });
        assert_eq!(browser.json("/login/card/prove", &unknown).await.code(), "CARD-01", "no such conversation");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_swapped_mid_way_proves_no_pin() {
    for world in worlds().await {
        let (first, second) = (world.holder(Named::Householder).await, world.holder(Named::Employee).await);
        let mut browser = world.browser();
        let (start, touch) = browser.touch(&first).await;
        browser.prove(&start, &touch).await.field::<Opening>("opening");
        let (other_start, mut other_touch) = browser.touch(&second).await;
        let opening = browser.prove(&other_start, &other_touch).await.field::<Opening>("opening");
        let typed = other_touch.open(&opening, Named::Employee.pin());
        // The second card's right PIN in the first card's conversation.
        let ke2 = browser.ke1(&start, &typed).await;
        assert_eq!(browser.ke3(&start, typed, &ke2).await.code(), "CARD-12");
        assert_eq!(browser.get("/menu").await.location(), Some("/?ended"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_under_another_cards_name_is_refused() {
    for world in worlds().await {
        let (first, second) = (world.holder(Named::Householder).await, world.holder(Named::Employee).await);
        let mut browser = world.browser();
        let (start, touch) = browser.touch(&first).await;
        let mut proof = touch.proof().clone();
        proof.id = second.card;
        let body = json!({ "sid": start.sid, "proof": proof });
        assert_eq!(browser.json("/login/card/prove", &body).await.code(), "CARD-05");
        assert_eq!(card(&world, &second.card).await, ("active".to_owned(), 5, 0), "the other card is as it was");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_or_stopped_card_is_refused_and_the_log_of_cards_stays() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        let stop = "UPDATE card SET state = $2 WHERE card_id = $1";
        for state in ["suspended", "lost", "expired", "revoked", "a state of a later version"] {
            world.tamper(stop, params![*holder.card.as_bytes(), state]).await;
            let page = browser.log_in(&holder, Named::Householder.pin()).await;
            assert_eq!(page.code(), "CARD-08", "{state}");
            assert_eq!(page.body()["error"]["text"], wording::text(Lang::Ja).card.stopped);
            let desk = world.clerk().await.check(&holder).await;
            assert_eq!(desk.status, StatusCode::FORBIDDEN, "{state}");
            assert!(desk.shows("CARD-08") && !desk.shows(&holder.person.person.name), "{state}");
            assert_eq!(card(&world, &holder.card).await.0, state);
        }
        world.tamper("DELETE FROM card WHERE card_id = $1", params![*holder.card.as_bytes()]).await;
        assert_eq!(browser.log_in(&holder, Named::Householder.pin()).await.code(), "CARD-06");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_whose_counter_went_back_suspends_the_card() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let copy = holder.copy();
        let mut browser = world.browser().logged_in(&holder).await;
        browser.form("/logout", &[]).await;
        let original = holder.copy();
        holder.swap_for(&copy);
        let page = browser.log_in(&holder, Named::Householder.pin()).await;
        assert_eq!(page.code(), "CARD-09");
        assert_eq!(card(&world, &holder.card).await.0, "suspended");
        holder.swap_for(&original);
        assert_eq!(browser.log_in(&holder, Named::Householder.pin()).await.code(), "CARD-08", "until somebody looks");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_given_up_does_not_make_a_copy_of_the_card() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        for opened in [false, true, true] {
            let (start, mut touch) = browser.touch(&holder).await;
            let opening = browser.prove(&start, &touch).await.field::<Opening>("opening");
            if opened {
                touch.open(&opening, WRONG_PIN);
            }
        }
        browser.logged_in(&holder).await;
        assert_eq!(card(&world, &holder.card).await.0, "active");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pin_nobody_logs_in() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Householder);
        assert_eq!(world.browser().log_in(&holder, "123456").await.code(), "CARD-10");
        assert_eq!(card(&world, &holder.card).await.1, 5, "no try is spent where there is nothing to guess");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_no_agent_sends_is_refused() {
    for world in worlds().await {
        let mut browser = world.browser();
        for body in [json!({}), json!({ "sid": "x", "proof": {} }), json!({ "sid": null }), json!("x".repeat(70_000))] {
            for path in ["/login/card/prove", "/login/card/ke1", "/login/card/ke3"] {
                let page = browser.json(path, &body).await;
                assert!(page.status.is_client_error(), "{path}: {}", page.status);
            }
        }
    }
}
