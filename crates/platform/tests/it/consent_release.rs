//! What a resident hands over by their own word goes out as they said it, whatever else they have agreed to.
//!
//! | door | role, purpose | what comes out |
//! |---|---|---|
//! | a login | service, at the resident's hand | each attribute |
//! | an attribute query | service, service-query | each attribute |
//! | a wish for a link | resident, linking | what the resident wrote leaves the house |
//!
//! The doors of what the portal keeps a consent to are in `consent_matrix`.

use db::params;
use platform::consent::linking;
use region::Named;

use crate::{
    browser::Browser,
    consent_matrix::{Consent, Seen},
    desk::Plan,
    harness::{World, worlds},
    idp_backchannel::{ATTRIBUTES, query},
    links::{confirm_page, filled, met},
    node::Insurer,
    provider::{self, Provider, soap},
    service::Asking,
};

/// Attributes that a service may have, and what it is told them as.
const RELEASED: [(&str, &str); 2] =
    [("name", "urn:oid:2.16.840.1.113730.3.1.241"), ("birthDate", "urn:oid:1.3.6.1.5.5.7.9.1")];

/// What the resident has agreed to hand over, and what the service gets by that. Whoever is asked anew has handed over nothing.
const RELEASES: [(Consent, &str, &[&str]); 7] = [
    (Consent::Given, "name birthDate", &["name", "birthDate"]),
    (Consent::Given, "birthDate", &["birthDate"]),
    (Consent::Never, "", &[]),
    // What it finds by itself is another matter, and so is what residents see of themselves.
    (Consent::OtherPurposes, "", &[]),
    (Consent::Statistics, "", &[]),
    (Consent::Expired, "name birthDate", &[]),
    (Consent::Withdrawn, "name birthDate", &[]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_service_gets_the_attributes_that_were_released_at_a_login_and_by_asking_and_no_others() {
    for world in worlds().await {
        let mut service = Provider::new("clinic");
        service.policy.release = RELEASED.map(|(name, _)| name.to_owned()).to_vec();
        provider::register(&world, &[&service]);
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let name = service.log_in(&world, &mut browser).await.name.value.to_string();
        let id = holder.resident.bytes();
        let kept = world.app.db.fetch_all("SELECT text_version FROM service_link", vec![]).await.unwrap();
        let text: String = kept[0].get("text_version").unwrap();
        for (consent, released, expected) in RELEASES {
            let text = if consent == Consent::Expired { "2025-01-01" } else { &text };
            let ended = (consent == Consent::Withdrawn).then(|| world.now().as_microsecond());
            let sql = "UPDATE service_link SET released = $2, text_version = $3, ended_at = $4 WHERE resident_id = $1";
            assert!(world.tamper(sql, params![id, released, text, ended]).await);
            let word = if consent == Consent::Statistics { "statistics" } else { "citizen-self-view" };
            let sql = "UPDATE consent SET purpose = $2 WHERE resident_id = $1 AND purpose IN ('statistics', 'citizen-self-view')";
            assert!(world.tamper(sql, params![id, word]).await);

            let expected: Seen = expected.iter().copied().collect();
            let seen = at_login(&world, &service, &mut browser).await;
            assert_eq!(seen, expected, "at a login: {consent:?} {released}");
            let (_, answer) = soap(&world, ATTRIBUTES, &query(&service, &world, &name, &[])).await;
            assert_eq!(told(|uri| answer.contains(uri)), expected, "by asking: {consent:?} {released}");
            // Nobody is answered more often.
            world.wait(jiff::SignedDuration::from_mins(3));
        }
        let mut stranger = Provider::new("clinic");
        stranger.sp = stranger.sp.with_other_key();
        let (status, answer) = soap(&world, ATTRIBUTES, &query(&stranger, &world, &name, &[])).await;
        assert!(!status.is_success() && told(|uri| answer.contains(uri)).is_empty(), "{answer}");
    }
}

fn told(has: impl Fn(&str) -> bool) -> Seen {
    RELEASED.into_iter().filter(|(_, uri)| has(uri)).map(|(name, _)| name).collect()
}

/// What the service has of a login, if it is logged in to at all.
async fn at_login(world: &World, service: &Provider, browser: &mut Browser) -> Seen {
    let (page, id) = service.sp.ask(world, browser, &Asking::default()).await;
    if page.shows("/saml/release/") {
        return Seen::new();
    }
    let login = service.sp.opens(world, &page, Some(&id)).unwrap();
    told(|uri| login.attributes.iter().any(|(name, _)| name == uri))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_leaves_the_house_by_the_residents_own_word_and_by_no_other_consent() {
    for world in worlds().await {
        let (holder, mut browser, desk) = met(&world, Plan::LINKED).await;
        for (consent, agree, version) in [
            (Consent::Never, "", linking::TEXT_VERSION),
            (Consent::OtherPurposes, "", linking::TEXT_VERSION),
            (Consent::Statistics, "", linking::TEXT_VERSION),
            (Consent::Expired, "yes", "2025-01-01"),
            (Consent::Given, "yes", linking::TEXT_VERSION),
        ] {
            let sql = "UPDATE consent SET purpose = $2 WHERE resident_id = $1 AND purpose IN ('statistics', 'citizen-self-view')";
            let word = if consent == Consent::Statistics { "statistics" } else { "citizen-self-view" };
            assert!(world.tamper(sql, params![holder.resident.bytes(), word]).await);
            let form = filled(Insurer::National, &[("agree", agree), ("version", version)]);
            world.browser().form("/links/add", &form).await;
            assert!(desk.asked().is_empty(), "nobody: {consent:?}");
            browser.form("/links/add", &form).await;
            assert_eq!(!desk.changes().is_empty(), consent == Consent::Given, "{consent:?}");
        }
        let shows = async |browser: &mut Browser| browser.get(&confirm_page()).await.shows("***2345");
        assert!(shows(&mut browser).await && !shows(&mut world.browser()).await);
        browser.form("/links/end", &[("provider", Insurer::National.entity()), ("generation", "1")]).await;
        assert!(!shows(&mut browser).await, "taken back, it shows nothing");
    }
}
