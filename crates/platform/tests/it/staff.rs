//! Staff: invited once, then in by passkey.

use axum::http::StatusCode;
use jiff::SignedDuration;
use platform::office::staff::{self, INVITATION, Newcomer};
use serde_json::{Value, json};

use crate::{
    authenticator::Authenticator,
    browser::Browser,
    harness::{CLERK, CLINIC, World, worlds},
};

const NAME: &str = "新人 太郎";
const LOGIN_NAME: &str = "shinjin";

/// Invites somebody new, and gives the path of the address that they get.
async fn invite(world: &World) -> String {
    let newcomer = Newcomer {
        institution: "3710199997".to_owned(),
        login_name: LOGIN_NAME.to_owned(),
        display_name: NAME.to_owned(),
    };
    let address = staff::invite(&world.app, newcomer).await.unwrap();
    address.strip_prefix(CLINIC).unwrap().to_owned()
}

fn clinic(world: &World) -> Browser {
    Browser::new(world.router(), CLINIC)
}

async fn start(browser: &mut Browser, path: &str) -> Value {
    browser.json(&format!("{path}/start"), &json!({})).await.body()
}

/// Begins a login, as far as the challenge.
async fn challenge(browser: &mut Browser) -> Value {
    browser.json("/login/passkey/start", &json!({ "login_name": LOGIN_NAME })).await.body()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_registers_a_passkey_and_the_passkey_logs_in() {
    for world in worlds().await {
        let path = invite(&world).await;
        let (mut browser, mut passkey) = (clinic(&world), Authenticator::new(1));
        assert!(browser.get(&path).await.shows(NAME));
        let answer = passkey.register(&start(&mut browser, &path).await);
        let page = browser.json("/passkeys/finish", &answer).await;
        assert_eq!(page.body()["location"], "/passkeys", "{}", page.text);
        assert!(browser.get("/passkeys").await.shows(NAME), "a session has begun");

        let mut browser = clinic(&world);
        let answer = passkey.log_in(&challenge(&mut browser).await);
        let page = browser.json("/login/passkey/finish", &answer).await;
        assert_eq!(page.body()["location"], "/reception", "{}", page.text);
        assert!(browser.get("/reception").await.shows(NAME));
        assert_eq!(
            clinic(&world).json("/login/passkey/finish", &answer).await.code(),
            "STAFF-02",
            "an answer is good once"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_good_for_one_passkey() {
    for world in worlds().await {
        let path = invite(&world).await;
        let (mut browser, mut thief) = (clinic(&world), clinic(&world));
        let early = start(&mut thief, &path).await;
        let answer = Authenticator::new(1).register(&start(&mut browser, &path).await);
        assert_eq!(browser.json("/passkeys/finish", &answer).await.status, StatusCode::OK);

        assert_eq!(thief.get(&path).await.status, StatusCode::NOT_FOUND, "the address is dead");
        assert_eq!(thief.json(&format!("{path}/start"), &json!({})).await.code(), "STAFF-03");
        let answer = Authenticator::new(2).register(&early);
        assert_eq!(thief.json("/passkeys/finish", &answer).await.code(), "STAFF-03", "and so is what began by it");
        assert_eq!(thief.get("/reception").await.location(), Some("/?ended"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_logged_in_may_add_a_passkey() {
    for world in worlds().await {
        let path = invite(&world).await;
        let mut browser = clinic(&world);
        let answer = Authenticator::new(1).register(&start(&mut browser, &path).await);
        browser.json("/passkeys/finish", &answer).await;
        let mut second = Authenticator::new(2);
        let answer = second.register(&start(&mut browser, "/passkeys").await);
        assert_eq!(browser.json("/passkeys/finish", &answer).await.status, StatusCode::OK);
        let answer = second.log_in(&challenge(&mut browser).await);
        assert_eq!(browser.json("/login/passkey/finish", &answer).await.status, StatusCode::OK);
        assert_eq!(clinic(&world).json("/passkeys/start", &json!({})).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_authenticator_or_a_late_answer_is_refused() {
    for world in worlds().await {
        let path = invite(&world).await;
        let (mut browser, mut passkey) = (clinic(&world), Authenticator::new(1));
        let answer = passkey.register(&start(&mut browser, &path).await);
        browser.json("/passkeys/finish", &answer).await;

        let mut stranger = clinic(&world);
        let answer = Authenticator::new(1).log_in(&challenge(&mut stranger).await);
        assert_eq!(stranger.json("/login/passkey/finish", &answer).await.code(), "STAFF-02", "another key");
        let answer = passkey.log_in(&challenge(&mut stranger).await);
        world.wait(SignedDuration::from_mins(5));
        assert_eq!(stranger.json("/login/passkey/finish", &answer).await.code(), "STAFF-02", "too late");
        assert_eq!(stranger.get("/reception").await.location(), Some("/?ended"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_passkey_looks_like_who_does_not_exist() {
    for world in worlds().await {
        let mut browser = clinic(&world);
        for name in ["nobody", CLERK] {
            let page = browser.json("/login/passkey/start", &json!({ "login_name": name })).await;
            assert_eq!(page.code(), "STAFF-01", "{name}");
        }
        let made_up = json!({ "ceremony": "0".repeat(32), "options": { "publicKey": {
            "challenge": "AAAA", "rpId": "clinic.localhost",
        } } });
        let answer = Authenticator::new(1).log_in(&made_up);
        assert_eq!(browser.json("/login/passkey/finish", &answer).await.code(), "STAFF-02", "no such ceremony");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_expires() {
    for world in worlds().await {
        let path = invite(&world).await;
        let mut browser = clinic(&world);
        let early = start(&mut browser, &path).await;
        world.wait(INVITATION);
        assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.json(&format!("{path}/start"), &json!({})).await.code(), "STAFF-03");
        let answer = Authenticator::new(1).register(&early);
        assert_eq!(browser.json("/passkeys/finish", &answer).await.code(), "STAFF-02", "its ceremony did long before");
        assert_eq!(browser.get("/invitation/0000").await.status, StatusCode::NOT_FOUND);
    }
}
