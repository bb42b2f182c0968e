//! What a service gets: what the resident agreed to, from the insurers, in the log, and nothing else.

use jiff::SignedDuration;
use platform::{consent::TEXT_VERSION, idp::policy::Policy, wording};
use region::Named;
use saml::{MessageId, Refused, Second, service::NoLogin};
use web::Lang;

use crate::{
    browser::{Browser, Page},
    crossing::{agree, agree_to, onward, path_of},
    harness::{World, worlds},
    node::{Insurer, To},
    service::{Asking, Publishing, Sp, register},
};

const NAME: &str = "urn:oid:2.16.840.1.113730.3.1.241";
const BIRTH: &str = "urn:oid:1.3.6.1.5.5.7.9.1";
const INSURER: &str = "urn:x-kagawa:attribute:insurer-number";

/// A policy that releases these.
fn releasing(names: &[&str]) -> Policy {
    Policy { release: names.iter().map(|&name| name.to_owned()).collect(), ..Policy::default() }
}

/// The service with this policy, and a resident with a session.
async fn joined(world: &World, policy: Policy, publishing: &Publishing) -> (Sp, Browser) {
    let sp = Sp::new("kmix");
    register(world, [sp.registered(world, policy, publishing)]);
    let holder = world.holder(Named::Householder).await;
    (sp, world.browser().logged_in(&holder).await)
}

/// The names of the attributes in an answer.
fn released(sp: &Sp, world: &World, page: &Page, id: &MessageId) -> Vec<(String, Vec<String>)> {
    let mut attributes = sp.opens(world, page, Some(id)).unwrap().attributes;
    attributes.sort();
    attributes
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_agreed_to_comes_from_the_insurer_and_is_in_the_log() {
    for world in worlds().await {
        let (sp, mut browser) =
            joined(&world, releasing(&["name", "birthDate", "insurerNumber"]), &Publishing::default()).await;
        let holder = world.holder(Named::Householder).await;
        let own = &holder.coverage(Insurer::National)[0];
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(
            page.shows(&own.person.name) && page.shows(Insurer::National.name()),
            "value and source: {}",
            page.text
        );
        let page = agree(&mut browser, &page).await;
        let got = released(&sp, &world, &page, &id);
        let expected = [
            (BIRTH, own.person.birth.to_string()),
            (NAME, own.person.name.clone()),
            (INSURER, Insurer::National.number().to_owned()),
        ];
        let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), vec![value])).to_vec();
        assert_eq!(got, expected);

        let looks = browser.get("/looks").await;
        let t = &wording::text(Lang::Ja).services;
        for shown in ["サービス kmix", t.purpose, t.handed_over, "氏名、生年月日、保険者番号"] {
            assert!(looks.shows(shown), "{shown}: {}", looks.text);
        }
        let sql = "SELECT actor_kind, actor, category, purpose FROM audit_entry ORDER BY number DESC";
        let entry = world.app.db.fetch_all(sql, vec![]).await.unwrap().swap_remove(0);
        let column = |name| entry.get::<String>(name).unwrap();
        assert_eq!((column("actor_kind"), column("actor")), ("service".to_owned(), sp.entity.to_string()));
        assert_eq!(column("category"), "release:name birthDate insurerNumber");
        assert_eq!(column("purpose"), "service-login");
        platform::audit::verify(&world.app.db, &world.app.keys).await.unwrap();
        assert!(world.node(Insurer::National).access_log().await.len() >= 2, "the insurer has it in its own log");

        world.wait(SignedDuration::from_mins(1));
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert_eq!(released(&sp, &world, &page, &id), expected, "without another question");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resident_keeps_back_what_the_service_can_do_without() {
    for world in worlds().await {
        let publishing = Publishing { requested: vec![(BIRTH, true), (NAME, false)], ..Publishing::default() };
        let (sp, mut browser) = joined(&world, releasing(&["name", "birthDate"]), &publishing).await;
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let page = agree_to(&mut browser, &page, &["sex", "address"]).await;
        let got = released(&sp, &world, &page, &id);
        assert_eq!(got.len(), 1, "what is required, and nothing that was not offered: {got:?}");
        assert_eq!(got[0].0, BIRTH);

        register(&world, [sp.registered(&world, releasing(&["name", "birthDate", "sex"]), &publishing)]);
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let changed = wording::text(Lang::Ja).services.release_changed;
        assert!(page.shows(changed), "asked again when it changes: {}", page.text);
        assert!(
            !page.shows("value=\"name\" checked") && page.shows("value=\"sex\" checked"),
            "kept back stays kept back"
        );
        let page = agree_to(&mut browser, &page, &["sex"]).await;
        assert_eq!(released(&sp, &world, &page, &id).len(), 2);

        register(&world, [sp.registered(&world, releasing(&["birthDate"]), &publishing)]);
        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows(changed), "less than before is a change too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_back_and_is_needed_later_is_asked_for_again() {
    for world in worlds().await {
        let policy = releasing(&["name", "birthDate"]);
        let (sp, mut browser) = joined(&world, policy.clone(), &Publishing::default()).await;
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let page = agree_to(&mut browser, &page, &["name"]).await;
        assert_eq!(released(&sp, &world, &page, &id).len(), 1);
        let needed = Publishing { requested: vec![(BIRTH, true)], ..Publishing::default() };
        register(&world, [sp.registered(&world, policy, &needed)]);
        let passive = Asking { passive: true, ..Asking::default() };
        let (page, id) = sp.ask(&world, &mut browser, &passive).await;
        assert!(sp.opens(&world, &page, Some(&id)).is_err(), "nothing may be shown");
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows("/saml/release/"), "asked, and not told that it is not to be had: {}", page.text);
        let page = agree(&mut browser, &page).await;
        assert_eq!(released(&sp, &world, &page, &id).len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_out_of_date_agrees_to_nothing() {
    for world in worlds().await {
        let (sp, mut browser) = joined(&world, releasing(&["name"]), &Publishing::default()).await;
        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let path = path_of(&page, "/saml/release/");
        for fields in [
            vec![("version", "2020-01-01"), ("offered", "name"), ("attribute", "name")],
            vec![("version", "2026-11-22-2"), ("offered", ""), ("attribute", "name")],
            vec![],
        ] {
            let page = browser.form(&path, &fields).await;
            assert!(onward(&mut browser, page).await.shows("/saml/release/"), "{fields:?}");
        }
        let sql = "SELECT entity FROM service_link";
        assert!(world.app.db.fetch_all(sql, vec![]).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_is_down_takes_nothing_but_its_attributes_along() {
    for world in worlds().await {
        let (sp, mut browser) = joined(&world, releasing(&["name"]), &Publishing::default()).await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let t = wording::text(Lang::Ja);
        assert!(page.shows(&t.common.source_failed.replace("{}", Insurer::National.name())), "{}", page.text);
        let page = agree(&mut browser, &page).await;
        assert!(released(&sp, &world, &page, &id).is_empty(), "what is optional is left out");

        let publishing = Publishing { requested: vec![(NAME, true)], ..Publishing::default() };
        register(&world, [sp.registered(&world, releasing(&["name"]), &publishing)]);
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows(t.services.missing) && page.shows(t.services.attributes[0]), "{}", page.text);
        let passive = Asking { passive: true, ..Asking::default() };
        let (silent, asked) = sp.ask(&world, &mut browser, &passive).await;
        match sp.opens(&world, &silent, Some(&asked)) {
            Err(Refused::NoLogin(NoLogin::Failed(status))) => assert_eq!(status.second, Some(Second::NoPassive)),
            other => panic!("{other:?}"),
        }
        let page = browser.form(&path_of(&page, "/saml/without/"), &[]).await;
        assert!(released(&sp, &world, &page, &id).is_empty(), "the person may go on without");

        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let page = browser.form(&path_of(&page, "/saml/cancel/"), &[]).await;
        match sp.opens(&world, &page, Some(&id)) {
            Err(Refused::NoLogin(NoLogin::Failed(status))) => assert_eq!(status.second, Some(Second::AuthnFailed)),
            other => panic!("{other:?}"),
        }
        world.node(Insurer::National).mend();
        // After so many failures nobody asks it for a moment.
        world.wait(SignedDuration::from_secs(10));
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert_eq!(released(&sp, &world, &page, &id).len(), 1);
    }
}

/// The log of what services asked for, oldest first: category and outcome.
async fn log(world: &World) -> Vec<(String, String)> {
    let sql = "SELECT category, outcome FROM audit_entry WHERE actor_kind = 'service' ORDER BY number";
    let rows = world.app.db.fetch_all(sql, vec![]).await.unwrap();
    rows.iter().map(|row| (row.get("category").unwrap(), row.get("outcome").unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_handed_over_of_what_was() {
    for world in worlds().await {
        let publishing = Publishing { requested: vec![(INSURER, true)], ..Publishing::default() };
        let (sp, _) = joined(&world, releasing(&["name", "insurerNumber"]), &publishing).await;
        let lapsed = world.holder(Named::Lapsed).await;
        let mut browser = world.browser().logged_in(&lapsed).await;
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let page = agree(&mut browser, &page).await;
        assert!(page.shows("/saml/without/"), "nobody insures them today: {}", page.text);
        let entry = |category: &str, outcome: &str| (category.to_owned(), outcome.to_owned());
        let kept = entry("release:name insurerNumber", "kept");
        assert_eq!(log(&world).await, std::slice::from_ref(&kept));
        let t = &wording::text(Lang::Ja).services;
        let looks = browser.get("/looks").await;
        assert!(looks.shows(t.kept) && !looks.shows(t.handed_over), "{}", looks.text);

        let without = path_of(&page, "/saml/without/");
        let page = browser.form(&without, &[]).await;
        assert_eq!(released(&sp, &world, &page, &id).len(), 1, "the name");
        assert!(browser.form(&without, &[]).await.shows("SSO-03"));
        assert_eq!(log(&world).await, [kept.clone(), entry("release:name", "shown")], "once, and by what it was");

        let always = platform::idp::policy::Encrypt::Always;
        let policy = Policy { encrypt: always, ..releasing(&["name", "insurerNumber"]) };
        register(&world, [sp.registered(&world, policy, &publishing)]);
        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows("SSO-01"), "{}", page.text);
        assert_eq!(log(&world).await.len(), 2, "nobody is asked for what cannot be handed over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_look_at_their_records_here_can_still_hand_them_over() {
    for world in worlds().await {
        let (sp, mut browser) = joined(&world, releasing(&["name"]), &Publishing::default()).await;
        let withdraw = [("purpose", "citizen-self-view"), ("version", TEXT_VERSION), ("give", "false")];
        browser.form("/consents", &withdraw).await;
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows(wording::text(Lang::Ja).services.values_hidden), "{}", page.text);
        assert!(world.outcomes().await.is_empty(), "nothing was asked for the page");
        let page = agree(&mut browser, &page).await;
        assert_eq!(released(&sp, &world, &page, &id).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_need_a_login_by_pin() {
    for world in worlds().await {
        let policy = Policy { at_least: platform::idp::policy::Class::Card, ..releasing(&["name"]) };
        let (sp, _) = joined(&world, policy, &Publishing::default()).await;
        let (page, _) = sp.ask(&world, &mut world.browser(), &Asking::default()).await;
        assert!(page.shows("data-card-login") && !page.shows("data-card-possession"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_may_ask_further_gets_the_way_to_our_discovery_service() {
    const DISCOVERY: &str = "urn:liberty:disco:2006-08:DiscoveryEPR";
    for world in worlds().await {
        let (sp, mut browser) = joined(&world, releasing(&[]), &Publishing::default()).await;
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let page = agree(&mut browser, &page).await;
        assert!(released(&sp, &world, &page, &id).is_empty(), "nobody gets it unasked");

        let further = Policy { bootstrap: true, ..releasing(&[]) };
        register(&world, [sp.registered(&world, further, &Publishing::default())]);
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows(wording::text(Lang::Ja).services.release_discovery), "the resident is asked: {}", page.text);
        let page = agree(&mut browser, &page).await;
        let login = sp.opens(&world, &page, Some(&id)).unwrap();
        let [(name, values)] = &login.attributes[..] else { panic!("{:?}", login.attributes) };
        assert_eq!(name, DISCOVERY);
        assert!(values[0].contains("<wsa:Address>http://portal.localhost:8080/wsf/discovery</wsa:Address>"));
        assert!(!values[0].contains(login.name.value.as_str()), "the service's name for the resident is not in it");
        let document = xml::Document::parse(xml::scan(values[0].as_bytes(), &xml::Limits::default()).unwrap()).unwrap();
        let sealed = document.root().descendants().find(|node| node.tag_name().name() == "EncryptedAssertion").unwrap();
        let unwrap = |wrapped: &[u8]| platform::idp::signing::unwrap(&world.app, wrapped);
        let token = String::from_utf8(xml::decrypt(sealed, unwrap).unwrap().to_vec()).unwrap();
        let us = world.app.idp_entity.as_str();
        for part in [format!("<saml:Audience>{us}</saml:Audience>"), format!("SPNameQualifier=\"{us}\"")] {
            assert!(token.contains(&part), "{part}: {token}");
        }
        assert!(!token.contains(login.name.value.as_str()), "and not in the token");
        assert_eq!(log(&world).await, [("discovery".to_owned(), "shown".to_owned())]);
        let looks = browser.get("/looks").await;
        assert!(looks.shows(wording::text(Lang::Ja).services.handed_discovery), "{}", looks.text);
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert_eq!(sp.opens(&world, &page, Some(&id)).unwrap().attributes.len(), 1, "without another question");
    }
}
