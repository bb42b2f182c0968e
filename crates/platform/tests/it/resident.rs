//! What a resident sees: the menu, coverage, who looked, consents.

use axum::http::StatusCode;
use region::Named;

use crate::{harness::worlds, node::Insurer};

#[tokio::test(flavor = "multi_thread")]
async fn card_and_pin_open_the_coverage_that_the_insurers_hold() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        assert_eq!(browser.get("/menu").await.status, StatusCode::OK);
        let page = browser.get("/coverage").await;
        assert_eq!(page.status, StatusCode::OK);
        for text in [&holder.person.person.name, Insurer::National.name(), Insurer::Company.name(), "有効"] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        assert_eq!(world.outcomes().await, ["shown", "shown"]);
    }
}
