//! What a login to a service says besides: nothing where nothing may be shown, nothing twice, and nothing by which two
//! services could tell that they have the same visitor.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use platform::idp::policy::{Encrypt, Policy};
use region::Named;
use saml::{Second, Top};

use crate::{
    crossing::{SentForm, agree, handle_of, knock, path_of, refreshed},
    harness::worlds,
    idp_sso::{failure, joined, linked},
    service::{Asking, Publishing, Sp, register},
};

#[tokio::test(flavor = "multi_thread")]
async fn no_failure_shows_anything_where_nothing_may_be_shown() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let (_, mut browser) = linked(&world, &sp).await;
        let kerberos = vec!["urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos"];
        let passive = Asking { passive: true, ..Asking::default() };
        let no_class = Asking { context: Some(("exact", kerberos)), ..passive.clone() };
        let no_name = Asking { affiliation: Some("https://group.example"), ..passive.clone() };
        for (asking, expected) in [
            (no_class, (Top::Requester, Second::NoAuthnContext)),
            (no_name, (Top::Requester, Second::InvalidNameIdPolicy)),
        ] {
            let (page, id) = sp.ask(&world, &mut browser, &asking).await;
            assert_eq!(failure(&sp, &world, &page, &id), expected);
            assert!(SentForm::of(&page).unwrap().by_itself, "{}", page.text);
        }
        let always = Policy { encrypt: Encrypt::Always, ..Policy::default() };
        register(&world, [sp.registered(&world, always, &Publishing::default())]);
        let (page, id) = sp.ask(&world, &mut browser, &passive).await;
        assert_eq!(failure(&sp, &world, &page, &id).1, Second::RequestUnsupported);
        assert!(SentForm::of(&page).unwrap().by_itself, "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_refused_a_login_is_not_logged_in_by_the_same_request() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let (handle, cancel) = (handle_of(&page), path_of(&page, "/saml/cancel/"));
        let refused = browser.form(&cancel, &[]).await;
        assert_eq!(failure(&sp, &world, &refused, &id).1, Second::AuthnFailed);
        browser.log_in_then(&holder, Named::Householder.pin(), &handle).await;
        let without = format!("/saml/without/{handle}");
        let pages = [
            browser.get(&format!("/saml/continue/{handle}")).await,
            browser.form(&cancel, &[]).await,
            browser.form(&without, &[]).await,
        ];
        for page in pages {
            assert!(page.shows("SSO-03") && SentForm::of(&page).is_none(), "{}", page.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_services_of_a_session_learn_an_equal_value() {
    for world in worlds().await {
        let services = [Sp::new("kmix"), Sp::new("phr"), Sp::new("city")];
        let plain = Policy { encrypt: Encrypt::Never, ..Policy::default() };
        register(&world, services.iter().map(|sp| sp.registered(&world, plain.clone(), &Publishing::default())));
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let (mut times, mut others) = (Vec::new(), Vec::new());
        for sp in &services {
            let (page, id) = sp.ask(&world, &mut browser, &Asking::default()).await;
            let page = agree(&mut browser, &page).await;
            let login = sp.opens(&world, &page, Some(&id)).unwrap();
            assert!(login.authn_instant < world.now(), "before it was, and not after");
            assert!(login.authn_instant >= world.now() - SignedDuration::from_mins(5));
            let text = STANDARD.decode(SentForm::of(&page).unwrap().field("SAMLResponse").unwrap()).unwrap();
            let text = String::from_utf8(text).unwrap();
            let ends = text.split_once("SessionNotOnOrAfter=\"").unwrap().1.split('"').next().unwrap().to_owned();
            times.push((login.authn_instant.to_string(), ends));
            others.extend([login.name.value.to_string(), login.session.unwrap(), login.assertion.to_string()]);
        }
        let first = times[0].clone();
        assert!(times.iter().any(|told| *told != first), "drawn for each service: {times:?}");
        let all = others.len();
        others.sort();
        others.dedup();
        assert_eq!(others.len(), all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_ends_no_login_that_is_under_way() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let mut browser = world.browser();
        let (page, _) = sp.ask(&world, &mut browser, &Asking::default()).await;
        let bound = format!("/saml/continue/{}", handle_of(&page));
        let led = knock(&mut browser, &bound).await;
        assert_eq!(refreshed(&led).as_deref(), Some(bound.as_str()), "it comes again, with its cookie: {}", led.text);
        assert!(browser.get(&bound).await.shows("data-card-login"), "the login goes on");
    }
}
