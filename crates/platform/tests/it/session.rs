//! Sessions, the guards at the door, and languages.

use axum::http::{StatusCode, header};
use jiff::SignedDuration;
use platform::{consent::TEXT_VERSION, wording};
use region::Named;
use serde_json::json;
use web::Lang;

use crate::{
    browser::{Browser, Page},
    harness::{CLERK, CLINIC, PORTAL, worlds},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_lies_idle_and_at_the_latest_after_two_hours() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        for _ in 0..8 {
            world.wait(SignedDuration::from_mins(14));
            assert_eq!(browser.get("/menu").await.status, StatusCode::OK);
        }
        world.wait(SignedDuration::from_mins(8));
        assert_eq!(browser.get("/menu").await.location(), Some("/?ended"), "two hours are over");

        let mut browser = world.browser().logged_in(&holder).await;
        world.wait(SignedDuration::from_mins(15));
        assert_eq!(browser.get("/menu").await.location(), Some("/?ended"), "a quarter of an hour without a click");
        assert!(browser.get("/?ended").await.shows(wording::text(Lang::Ja).top.ended));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_the_session_everywhere() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let mut copy = browser.clone();
        assert_eq!(browser.form("/logout", &[]).await.location(), Some("/"));
        assert!(browser.cookies.iter().all(|(name, _)| name != "ssc"), "the browser forgets it");
        assert_eq!(copy.get("/menu").await.location(), Some("/?ended"), "and so does the platform");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_another_browser_shows_ends_the_session() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let mut thief = browser.clone().saying("user-agent", "another browser");
        assert_eq!(thief.get("/coverage").await.location(), Some("/?ended"));
        assert_eq!(browser.get("/menu").await.location(), Some("/?ended"), "for both");
        assert!(world.outcomes().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_begins_under_a_new_cookie() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        browser.cookies.push(("ssc".to_owned(), "ab".repeat(32)));
        let browser = browser.logged_in(&holder).await;
        let session = browser.cookies.iter().find(|(name, _)| name == "ssc").unwrap();
        assert_ne!(session.1, "ab".repeat(32), "a cookie planted before the login is worth nothing after it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_portal_is_none_at_the_other() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut clinic = Browser::new(world.router(), CLINIC);
        clinic.cookies = world.browser().logged_in(&holder).await.cookies;
        assert_eq!(clinic.get("/reception").await.location(), Some("/?ended"));
        let mut portal = world.browser();
        portal.cookies = world.clerk().await.cookies;
        assert_eq!(portal.get("/coverage").await.location(), Some("/?ended"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_needs_a_login_but_the_first() {
    for world in worlds().await {
        for path in ["/menu", "/coverage", "/looks", "/consents"] {
            assert_eq!(world.browser().get(path).await.location(), Some("/?ended"), "{path}");
        }
        for path in ["/reception", "/passkeys", "/reception/check"] {
            assert_eq!(Browser::new(world.router(), CLINIC).get(path).await.location(), Some("/?ended"), "{path}");
        }
        let page = world
            .browser()
            .form("/consents", &[("purpose", "citizen-self-view"), ("version", TEXT_VERSION), ("give", "true")])
            .await;
        assert_eq!(page.location(), Some("/?ended"));
    }
}

fn assert_guarded(page: &Page, path: &str) {
    for (name, part) in [
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("permissions-policy", "camera=()"),
    ] {
        let value = page.headers.get(name).unwrap_or_else(|| panic!("{path} has no {name}"));
        assert!(value.to_str().unwrap().contains(part), "{path}: {name}");
    }
    assert!(page.headers.contains_key(header::CACHE_CONTROL), "{path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() {
    for world in worlds().await {
        for origin in [PORTAL, CLINIC] {
            let mut browser = Browser::new(world.router(), origin);
            for path in ["/", "/menu", "/reception", "/no-such-page", "/?lang=en", "/assets/style.css", "/logout"] {
                assert_guarded(&browser.get(path).await, path);
            }
            assert_guarded(&browser.form("/logout", &[]).await, "a log-out");
            assert_guarded(&browser.form("/no-such-page", &[]).await, "a form for nobody");
            let mut foreign = browser.saying("sec-fetch-site", "cross-site");
            assert_guarded(&foreign.form("/logout", &[]).await, "a refused form");
            assert_guarded(&foreign.json("/login/card/start", &json!({})).await, "a refused message");
        }
        world.tamper("ALTER TABLE session RENAME TO gone", vec![]).await;
        let mut browser = world.browser();
        browser.cookies.push(("ssc".to_owned(), "ab".repeat(32)));
        let page = browser.get("/menu").await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_guarded(&page, "our own failure");
        assert!(page.shows(wording::text(Lang::Ja).error.incident) && !page.shows("session"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_can_change_nothing() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let browser = world.browser().logged_in(&holder).await;
        let before = world.relay().await;
        for site in ["cross-site", "same-site", "none"] {
            let mut foreign = browser.clone().saying("sec-fetch-site", site);
            let page = foreign
                .form("/consents", &[("purpose", "citizen-self-view"), ("version", TEXT_VERSION), ("give", "false")])
                .await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{site}");
            assert!(page.shows("WEB-02"), "{site}");
            assert_eq!(foreign.json("/login/card/start", &json!({})).await.code(), "WEB-02");
        }
        assert_eq!(world.relay().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_host_name_leads_nowhere() {
    for world in worlds().await {
        for host in ["evil.example", "portal.localhost", "portal.localhost:8080.evil.example"] {
            let page = world.browser().saying("host", host).get("/").await;
            assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_page_says_so_in_the_readers_language() {
    for world in worlds().await {
        for (accept, lang) in [("ja", Lang::Ja), ("en-GB", Lang::En), ("fr", Lang::Ja)] {
            let page = world.browser().saying("accept-language", accept).get("/no-such-page").await;
            assert_eq!(page.status, StatusCode::NOT_FOUND);
            let (title, text) = wording::text(lang).error.not_yours;
            assert!(page.shows(title) && page.shows(text), "{accept}");
            assert!(page.shows(&format!("lang=\"{}\"", lang.tag())), "{accept}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn choosing_a_language_stays_on_this_site() {
    for world in worlds().await {
        let mut browser = world.browser();
        let page = browser.get("/coverage?lang=en&before=3").await;
        assert_eq!(page.location(), Some("/coverage?before=3"));
        assert!(browser.get("/no-such-page").await.shows(wording::text(Lang::En).error.not_yours.0), "it is kept");
        for path in
            ["//evil.example/?lang=en", "///evil.example?lang=en", "/\\evil.example?lang=ja", "/\\/evil?lang=ja"]
        {
            let page = browser.get(path).await;
            let target = page.location().unwrap().to_owned();
            let base = url::Url::parse("http://portal.localhost:8080/here").unwrap();
            assert_eq!(base.join(&target).unwrap().host_str(), Some("portal.localhost"), "{path} leads to {target}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_in_by_name_is_for_demonstrations() {
    for world in worlds().await {
        let app = world.reopened(|config| config.demo_login = false).await;
        let mut browser = Browser::new(platform::router(&app), CLINIC);
        let page = browser.form("/login/demo", &[("login_name", CLERK)]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(!browser.get("/").await.shows(CLERK), "and no name is offered");
        let stranger = world.browser().form("/login/demo", &[("login_name", CLERK)]).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND, "the residents' portal knows no staff");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_over_tls_belong_to_this_host_alone() {
    for world in worlds().await {
        let app = world
            .reopened(|config| {
                config.portal_origin = "https://portal.kagawa.example".to_owned();
                config.clinic_origin = "https://clinic.kagawa.example".to_owned();
            })
            .await;
        let mut browser = Browser::new(platform::router(&app), "https://portal.kagawa.example");
        let page = browser.json("/login/card/start", &json!({})).await;
        let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("__Host-ssc-visitor="), "{cookie}");
        for part in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
}
