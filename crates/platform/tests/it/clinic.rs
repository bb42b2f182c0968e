//! What a reception clerk does: a card on the desk's reader, and the eligibility screen.

use axum::http::StatusCode;
use card::protocol::Start;
use db::params;
use platform::wording;
use region::Named;
use serde_json::json;
use web::Lang;

use crate::{
    harness::{CLINIC_NAME, worlds},
    node::Insurer,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_card_without_its_pin_shows_whether_the_person_is_covered_today() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Householder);
        let mut clerk = world.clerk().await;
        assert!(clerk.get("/reception").await.shows("data-card-reception"));
        let page = clerk.check(&holder).await;
        let t = wording::text(Lang::Ja);
        let person = &holder.person.person;
        for text in ["banner ok", t.eligibility.valid, &person.name, &person.kana, Insurer::National.name()] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        assert!(page.shows(t.common.binding));
        assert!(!page.shows(person.address.as_ref().unwrap()), "a desk needs no address");
        let sql = "SELECT actor_kind, actor, staff, category, purpose, outcome FROM audit_entry";
        let look = world.app.db.fetch_optional(sql, params![]).await.unwrap().unwrap();
        let text = |column| look.get::<String>(column).unwrap();
        assert_eq!([text("actor_kind"), text("actor")], ["institution", "3710199997"]);
        assert_eq!([text("category"), text("purpose"), text("outcome")], ["eligibility", "eligibility-check", "shown"]);
        assert!(look.get::<Option<[u8; 16]>>("staff").unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_insurance_is_not_valid() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Lapsed);
        let page = world.clerk().await.check(&holder).await;
        assert!(page.shows("banner bad") && page.shows(wording::text(Lang::Ja).eligibility.not_valid), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_a_desk_sees_nothing_and_nobody_is_asked() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Householder);
        world.tamper("UPDATE consent SET withdrawn_at = given_at WHERE purpose = 'eligibility-check'", vec![]).await;
        let page = world.clerk().await.check(&holder).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.shows("CONSENT-01") && page.shows(wording::text(Lang::Ja).eligibility.no_consent));
        assert!(!page.shows(&holder.person.person.name));
        assert!(world.node(Insurer::National).access_log().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_is_good_for_one_screen_at_one_desk() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Householder);
        let (mut clerk, mut neighbour) = (world.clerk().await, world.clerk().await);
        let start: Start = clerk.json("/reception/start", &json!({})).await.parsed();
        let touch = holder.touch(&world.app.clinic_origin, &start);
        let page = neighbour.submit(&start, &touch).await;
        assert!(page.shows("CARD-03") && !page.shows(&holder.person.person.name), "{}", page.text);
        assert_eq!(clerk.submit(&start, &touch).await.status, StatusCode::OK);
        let page = clerk.submit(&start, &touch).await;
        assert!(page.shows("CARD-02") && !page.shows(&holder.person.person.name), "{}", page.text);
        assert_eq!(clerk.get("/reception/check").await.location(), Some("/reception"), "an address typed again");
        assert_eq!(world.outcomes().await, ["shown"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_at_the_desk_is_no_login_and_a_login_is_no_touch() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let (mut clerk, mut browser) = (world.clerk().await, world.browser());
        // A wicked desk relays the portal's challenge to a card on its reader.
        let start = browser.start().await;
        let touch = holder.touch(&world.app.clinic_origin, &start);
        assert_eq!(browser.prove(&start, &touch).await.code(), "CARD-05");
        drop(touch);
        // A wicked portal page relays the desk's challenge.
        let start: Start = clerk.json("/reception/start", &json!({})).await.parsed();
        let touch = holder.touch(&world.app.portal_origin, &start);
        assert_eq!(browser.prove(&start, &touch).await.code(), "CARD-01", "another kind of conversation");
        let page = clerk.submit(&start, &touch).await;
        assert!(page.shows("CARD-05") && !page.shows(&holder.person.person.name), "{}", page.text);
        assert!(world.outcomes().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_counts_the_touches_of_a_card() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let copy = holder.copy();
        let mut browser = world.browser().logged_in(&holder).await;
        holder.swap_for(&copy);
        let page = world.clerk().await.check(&holder).await;
        assert!(page.shows("CARD-09") && !page.shows(&holder.person.person.name), "{}", page.text);
        assert!(!browser.get("/looks").await.shows(CLINIC_NAME), "nothing was disclosed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_staff_who_left_is_out_at_once() {
    for world in worlds().await {
        let mut clerk = world.clerk().await;
        world.tamper("UPDATE staff SET state = 'left'", vec![]).await;
        assert_eq!(clerk.get("/reception").await.location(), Some("/?ended"));
        assert_eq!(clerk.json("/reception/start", &json!({})).await.status, StatusCode::UNAUTHORIZED);
    }
}
