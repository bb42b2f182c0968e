//! Residents log in to services: every way in, and everything that leads nowhere.

use axum::http::StatusCode;
use jiff::SignedDuration;
use platform::{
    idp::policy::{Class, Name, Policy},
    wording,
};
use region::Named;
use saml::{NameFormat, Refused, Second, Top, service::NoLogin};
use web::Lang;

use crate::{
    browser::{Browser, Page},
    crossing::{SentForm, agree, handle_of, knock, knock_with, onward, path_of, refreshed},
    harness::{World, worlds},
    holder::Holder,
    service::{Asking, Publishing, Sp, register},
};

const CARD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";
const CARD_AND_PIN: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";

/// A world with one service of this policy.
pub(crate) fn joined(world: &World, policy: Policy) -> Sp {
    let sp = Sp::new("kmix");
    register(world, [sp.registered(world, policy, &Publishing::default())]);
    sp
}

/// The status of the failure in the page's form.
pub(crate) fn failure(sp: &Sp, world: &World, page: &Page, asked: &saml::MessageId) -> (Top, Second) {
    match sp.opens(world, page, Some(asked)) {
        Err(Refused::NoLogin(NoLogin::Failed(status))) => (status.top, status.second.unwrap()),
        other => panic!("{other:?}"),
    }
}

/// A resident with a session at the portal who has used the service once.
pub(crate) async fn linked(world: &World, sp: &Sp) -> (Holder, Browser) {
    let holder = world.holder(Named::Householder).await;
    let mut browser = world.browser().logged_in(&holder).await;
    let (page, id) = sp.ask(world, &mut browser, &Asking::default()).await;
    let page = agree(&mut browser, &page).await;
    sp.opens(world, &page, Some(&id)).unwrap();
    (holder, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_logs_in_to_a_service_by_a_redirect_and_by_a_form() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        let asking = Asking { relay_state: Some("/records?id=7&x=<y>"), ..Asking::default() };
        let (page, id) = sp.ask(&world, &mut browser, &asking).await;
        assert!(page.shows("サービス kmix"), "the login says who asks: {}", page.text);

        let then = handle_of(&page);
        let answer = browser.log_in_then(&holder, Named::Householder.pin(), &then).await;
        let next = answer.body()["location"].as_str().unwrap().to_owned();
        assert_eq!(next, format!("/saml/continue/{then}"));
        let page = browser.get(&next).await;
        assert!(page.shows(wording::text(Lang::Ja).services.release_nothing), "{}", page.text);
        let page = agree(&mut browser, &page).await;
        let first = sp.opens(&world, &page, Some(&id)).unwrap();
        assert_eq!(first.class, CARD_AND_PIN);
        assert_eq!(first.name.format, NameFormat::Persistent.uri());
        assert!(first.attributes.is_empty());
        let form = SentForm::of(&page).unwrap();
        assert_eq!(form.field("RelayState"), asking.relay_state, "it comes back as it went");
        assert!(form.by_itself);

        world.wait(SignedDuration::from_mins(1));
        let (fields, id) = sp.posted(&world, &Asking::default());
        let page = knock_with(&mut browser, "/saml/sso", &fields).await;
        let page = onward(&mut browser, page).await;
        let second = sp.opens(&world, &page, Some(&id)).unwrap();
        assert_eq!(second.name.value, first.name.value, "the same person, without another question");
        assert_ne!(second.session, first.session);
        assert_eq!(SentForm::of(&page).unwrap().field("RelayState"), None);
        assert!(world.outcomes().await.is_empty(), "and no insurer was asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_may_be_shown_nothing_is() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let passive = Asking { passive: true, ..Asking::default() };
        let (page, id) = sp.ask(&world, &mut world.browser(), &passive).await;
        assert_eq!(failure(&sp, &world, &page, &id), (Top::Responder, Second::NoPassive), "nobody is there");
        assert!(SentForm::of(&page).unwrap().by_itself);

        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let (page, id) = sp.ask(&world, &mut browser, &passive).await;
        assert_eq!(failure(&sp, &world, &page, &id), (Top::Responder, Second::NoPassive), "they were never asked");

        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        agree(&mut browser, &page).await;
        let (page, id) = sp.ask(&world, &mut browser, &passive).await;
        assert_eq!(sp.opens(&world, &page, Some(&id)).unwrap().class, CARD_AND_PIN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passive_request_that_is_refused_is_answered_without_a_page() {
    for world in worlds().await {
        let sp = joined(&world, Policy { require_signed_requests: true, ..Policy::default() });
        let (_, mut browser) = linked(&world, &sp).await;
        let passive = Asking { passive: true, ..Asking::default() };
        let paos = vec![("ProtocolBinding", saml::Binding::Paos.uri().to_owned())];
        let unsigned = Asking { unsigned: true, ..passive.clone() };
        for (case, asking, second) in [
            ("unsigned", unsigned.clone(), Second::RequestDenied),
            ("no binding of ours", Asking { attributes: paos, ..passive.clone() }, Second::UnsupportedBinding),
        ] {
            let (page, id) = sp.ask(&world, &mut browser, &asking).await;
            assert!(SentForm::of(&page).is_some_and(|form| form.by_itself), "{case}: {}", page.text);
            assert_eq!(failure(&sp, &world, &page, &id), (Top::Requester, second), "{case}");
        }
        let (page, _) = sp.ask(&world, &mut browser, &Asking { passive: false, ..unsigned }).await;
        assert!(!SentForm::of(&page).unwrap().by_itself, "who may be shown something reads it first");

        let (path, id) = sp.redirect(&world, &passive);
        let arrived = knock(&mut browser, &path).await;
        let page = browser.get(&refreshed(&arrived).unwrap()).await;
        sp.opens(&world, &page, Some(&id)).unwrap();
        let again = browser.get(&refreshed(&arrived).unwrap()).await;
        assert_eq!(failure(&sp, &world, &again, &id), (Top::Responder, Second::NoPassive), "answered before");
        assert!(SentForm::of(&again).unwrap().by_itself);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_goes_where_it_was_agreed_and_the_request_says_nothing_else() {
    for world in worlds().await {
        let sp = Sp::new("kmix");
        let publishing = Publishing { artifact: true, ..Publishing::default() };
        let by_artifact = Policy { prefer_artifact: true, ..Policy::default() };
        register(&world, [sp.registered(&world, Policy::default(), &publishing)]);
        let (_, mut browser) = linked(&world, &sp).await;
        register(&world, [sp.registered(&world, by_artifact, &publishing)]);
        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let to = refreshed(&page).unwrap_or_else(|| panic!("{}", page.text));
        assert!(to.starts_with(&format!("{}?SAMLart=", sp.artifact_consumer())), "{to}");
        for (name, value) in [
            ("AssertionConsumerServiceURL", sp.consumer()),
            ("AssertionConsumerServiceIndex", "0".to_owned()),
            ("ProtocolBinding", saml::Binding::Post.uri().to_owned()),
        ] {
            let asking = Asking { attributes: vec![(name, value)], ..Asking::default() };
            let (page, id) = sp.ask(&world, &mut browser, &asking).await;
            sp.opens(&world, &page, Some(&id)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_state_comes_back_as_it_went_empty_or_not_at_all() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let (_, mut browser) = linked(&world, &sp).await;
        for relay_state in [None, Some(""), Some("x y&z")] {
            let asking = Asking { relay_state, ..Asking::default() };
            let (page, _) = sp.ask(&world, &mut browser, &asking).await;
            assert_eq!(SentForm::of(&page).unwrap().field("RelayState"), relay_state, "by redirect");
            let (fields, _) = sp.posted(&world, &asking);
            let page = knock_with(&mut browser, "/saml/sso", &fields).await;
            let page = onward(&mut browser, page).await;
            assert_eq!(SentForm::of(&page).unwrap().field("RelayState"), relay_state, "by form");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_login_is_one_of_after_the_request() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let (holder, mut browser) = linked(&world, &sp).await;
        world.wait(SignedDuration::from_mins(5));
        let (page, id) = sp.ask(&world, &mut browser, &Asking { force: true, ..Asking::default() }).await;
        assert!(page.shows(wording::text(Lang::Ja).services.again), "{}", page.text);
        world.wait(SignedDuration::from_secs(40));
        let answer = browser.log_in_then(&holder, Named::Householder.pin(), &handle_of(&page)).await;
        let page = browser.get(answer.body()["location"].as_str().unwrap()).await;
        let login = sp.opens(&world, &page, Some(&id)).unwrap();
        assert_eq!(login.authn_instant, world.now());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_alone_opens_a_service_that_is_content_with_it_and_nothing_else() {
    for world in worlds().await {
        let sp = joined(&world, Policy { at_least: Class::Card, ..Policy::default() });
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let answer = browser.possess(&holder, &handle_of(&page)).await;
        let page = browser.get(answer.body()["location"].as_str().unwrap()).await;
        let page = agree(&mut browser, &page).await;
        let card = sp.opens(&world, &page, Some(&id)).unwrap();
        assert_eq!(card.class, CARD);
        for path in ["/menu", "/coverage", "/looks", "/consents", "/services"] {
            assert_eq!(browser.get(path).await.location(), Some("/?ended"), "{path}");
        }
        assert!(browser.get("/").await.shows("data-card-login"));

        let stronger = Asking { context: Some(("minimum", vec![CARD_AND_PIN])), ..Asking::default() };
        let (page, id) = sp.ask(&world, &mut browser, &stronger).await;
        assert!(page.shows(wording::text(Lang::Ja).services.again), "step-up: {}", page.text);
        assert!(!page.shows("data-card-possession"), "the card alone is not offered");
        let handle = handle_of(&page);
        assert_eq!(browser.clone().possess(&holder, &handle).await.code(), "SSO-09");
        let answer = browser.log_in_then(&holder, Named::Householder.pin(), &handle).await;
        let page = browser.get(answer.body()["location"].as_str().unwrap()).await;
        let stepped_up = sp.opens(&world, &page, Some(&id)).unwrap();
        assert_eq!(stepped_up.class, CARD_AND_PIN);
        assert_eq!(stepped_up.name.value, card.name.value);
        let sql = "SELECT count(DISTINCT session_digest) AS sessions, count(*) AS begun FROM service_session";
        let row = world.app.db.fetch_one(sql, vec![]).await.unwrap();
        let count = |column| row.get::<i64>(column).unwrap();
        assert_eq!((count("sessions"), count("begun")), (1, 2), "what began before goes on under the new session");
        assert_eq!(browser.get("/menu").await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_resident_at_the_same_browser_takes_nothing_over() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let (_, browser) = linked(&world, &sp).await;
        let other = world.holder(Named::Employee).await;
        let mut browser = browser.logged_in(&other).await;
        let sql = "SELECT index_digest FROM service_session";
        assert!(world.app.db.fetch_all(sql, vec![]).await.unwrap().is_empty());
        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows("/saml/release/"), "and is asked anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_is_asked_for_exactly_is_given_if_it_was_proved() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let (_, mut browser) = linked(&world, &sp).await;
        let exact = |class| Asking { context: Some(("exact", vec![class])), ..Asking::default() };
        for class in [CARD, CARD_AND_PIN] {
            let (page, id) = sp.ask(&world, &mut browser, &exact(class)).await;
            assert_eq!(sp.opens(&world, &page, Some(&id)).unwrap().class, class);
        }
        let kerberos = exact("urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos");
        let (page, id) = sp.ask(&world, &mut browser, &kerberos).await;
        assert_eq!(failure(&sp, &world, &page, &id), (Top::Requester, Second::NoAuthnContext));
        assert!(page.shows("SSO-06") && page.shows("サービス kmix") && page.shows(id.as_str()), "{}", page.text);
        assert!(!SentForm::of(&page).unwrap().by_itself, "the person reads it first");
        let within = Asking { affiliation: Some("https://group.example"), ..Asking::default() };
        let (page, id) = sp.ask(&world, &mut browser, &within).await;
        assert_eq!(failure(&sp, &world, &page, &id), (Top::Requester, Second::InvalidNameIdPolicy));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_says_nothing_outside_its_service_and_link() {
    for world in worlds().await {
        let (kmix, phr) = (Sp::new("kmix"), Sp::new("phr"));
        let transient = Policy { name_format: Name::Transient, ..Policy::default() };
        let plain = Publishing::default();
        register(
            &world,
            [kmix.registered(&world, Policy::default(), &plain), phr.registered(&world, transient, &plain)],
        );
        let (_, mut browser) = linked(&world, &kmix).await;
        let mut names = Vec::new();
        for (sp, format, expected) in [
            (&kmix, None, NameFormat::Persistent),
            (&kmix, Some(NameFormat::Transient), NameFormat::Transient),
            (&phr, Some(NameFormat::Persistent), NameFormat::Persistent),
            (&phr, None, NameFormat::Transient),
            (&phr, None, NameFormat::Transient),
        ] {
            let asking = Asking { name_format: format, ..Asking::default() };
            let (mut page, id) = sp.ask(&world, &mut browser, &asking).await;
            if page.shows("/saml/release/") {
                page = agree(&mut browser, &page).await;
            }
            let name = sp.opens(&world, &page, Some(&id)).unwrap().name;
            assert_eq!(name.format, expected.uri());
            assert_eq!(name.sp_qualifier.as_deref(), Some(sp.entity.as_str()));
            names.push(name.value.to_string());
        }
        browser.form("/services/unlink", &[("entity", kmix.entity.as_str())]).await;
        let (page, id) = kmix.ask(&world, &mut browser, &Asking::default()).await;
        let page = agree(&mut browser, &page).await;
        names.push(kmix.opens(&world, &page, Some(&id)).unwrap().name.value.to_string());
        let mut all = names.clone();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), names.len(), "no two are alike: {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_once_however_often_it_comes() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let (_, mut browser) = linked(&world, &sp).await;
        let (path, id) = sp.redirect(&world, &Asking::default());
        let arrived = knock(&mut browser, &path).await;
        let page = browser.get(&refreshed(&arrived).unwrap()).await;
        sp.opens(&world, &page, Some(&id)).unwrap();
        let again = browser.get(&refreshed(&arrived).unwrap()).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST);
        assert!(again.shows("SSO-03") && SentForm::of(&again).is_none(), "answered twice: {}", again.text);
        let replayed = knock(&mut browser, &path).await;
        let replayed = onward(&mut browser, replayed).await;
        assert!(replayed.shows("SSO-03") && SentForm::of(&replayed).is_none(), "replayed: {}", replayed.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_goes_on_in_the_browser_it_began_in_and_in_time() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let mut browser = world.browser();
        let (path, _) = sp.redirect(&world, &Asking::default());
        let arrived = knock(&mut browser, &path).await;
        let bound = browser.get(&refreshed(&arrived).unwrap()).await.location().unwrap().to_owned();
        assert!(browser.get(&bound).await.shows("data-card-login"));
        let holder = world.holder(Named::Householder).await;
        let mut other = world.browser().logged_in(&holder).await;
        let page = other.get(&bound).await;
        assert!(page.status == StatusCode::BAD_REQUEST && page.shows("SSO-08"), "{}", page.text);
        let (mut cut, mut tampered) = (bound.clone(), bound.clone());
        cut.truncate(bound.len() - 2);
        let last = tampered.pop().unwrap();
        tampered.push(if last == 'A' { 'Q' } else { 'A' });
        for wrong in [&cut, &tampered, "/saml/continue/x", "/saml/continue/%00"] {
            let page = browser.get(wrong).await;
            assert!(page.shows("SSO-04") && SentForm::of(&page).is_none(), "{wrong}: {}", page.text);
        }
        register(&world, []);
        assert!(browser.get(&bound).await.shows("SSO-04"), "the service was suspended meanwhile");
        register(&world, [sp.registered(&world, Policy::default(), &Publishing::default())]);
        world.wait(SignedDuration::from_mins(4));
        assert!(browser.get(&refreshed(&arrived).unwrap()).await.shows("SSO-04"), "a first step is taken at once");
        assert!(browser.get(&bound).await.shows("data-card-login"), "the person may take longer");
        world.wait(SignedDuration::from_mins(17));
        assert!(browser.get(&bound).await.shows("SSO-04"), "but not for ever");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_logs_nobody_in_to_a_service() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let (holder, mut browser) = linked(&world, &sp).await;
        let mut thief = browser.clone().saying("user-agent", "another browser");
        let (page, _) = sp.ask(&world, &mut thief, &Asking::default()).await;
        assert!(page.shows("data-card-login"), "a cookie in another browser: {}", page.text);
        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows("data-card-login"), "which ends the session for both");

        let mut browser = world.browser().logged_in(&holder).await;
        world.wait(SignedDuration::from_mins(15));
        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        assert!(page.shows("data-card-login"), "a quarter of an hour without a click");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_refuses_the_login_is_not_logged_in() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let mut browser = world.browser();
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let refused = browser.form(&path_of(&page, "/saml/cancel/"), &[]).await;
        assert_eq!(failure(&sp, &world, &refused, &id), (Top::Responder, Second::AuthnFailed));
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let refused = browser.form(&path_of(&page, "/saml/cancel/"), &[]).await;
        assert_eq!(failure(&sp, &world, &refused, &id), (Top::Responder, Second::AuthnFailed));
        let sql = "SELECT entity FROM service_link";
        assert!(world.app.db.fetch_all(sql, vec![]).await.unwrap().is_empty());
        let mut foreign = browser.clone().saying("sec-fetch-site", "cross-site");
        for form in ["/saml/release/", "/saml/cancel/"] {
            let page = foreign.form(&path_of(&page, form), &[]).await;
            assert!(page.shows("WEB-02"), "another site cannot press the button");
        }
    }
}
