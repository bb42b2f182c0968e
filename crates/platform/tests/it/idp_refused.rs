//! Requests with a fault: the resident sees which service is set up wrongly and what to do, the service gets the status of the
//! standard at a registered address alone, and the operator a line with the code and the request's ID.

use std::{
    sync::{Arc, Mutex, mpsc},
    task::Poll,
};

use axum::http::StatusCode;
use futures::{
    FutureExt as _,
    future::{BoxFuture, join_all},
    poll,
};
use jiff::SignedDuration;
use platform::{
    idp::policy::{Encrypt, Policy},
    wording,
};
use region::Named;
use saml::{Binding, Refused, Second, Status, Top, service::NoLogin};
use web::Lang;
use xml::ns::SAML;

use crate::{
    browser::Browser,
    crossing::{SentForm, agree, knock, onward, unescape},
    harness::{World, worlds},
    journal::Kept,
    provider::{Provider, register, soap},
    service::Asking,
};

/// What must come of a request.
struct Fault {
    case: &'static str,
    asking: Asking,
    /// How far the service's clock is ahead.
    ahead: SignedDuration,
    /// The code on the page and in the log.
    code: &'static str,
    /// The status that the service gets; `None`: nothing is sent anywhere.
    told: Option<(Top, Option<Second>)>,
}

fn fault(case: &'static str, code: &'static str, told: Option<(Top, Option<Second>)>) -> Fault {
    Fault { case, asking: Asking::default(), ahead: SignedDuration::ZERO, code, told }
}

fn asking(attributes: &[(&'static str, &str)]) -> Asking {
    let attributes = attributes.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Asking { attributes, ..Asking::default() }
}

async fn resident(world: &World) -> Browser {
    let holder = world.holder(Named::Householder).await;
    world.browser().logged_in(&holder).await
}

/// Sends the request, and agrees to the release if it comes to that.
async fn check(world: &World, provider: &Provider, browser: &mut Browser, fault: &Fault) {
    let kept = Kept::default();
    let lines = tracing_subscriber::fmt().with_writer(kept.clone()).with_ansi(false).finish();
    let _listening = tracing::subscriber::set_default(lines);
    let Fault { case, code, .. } = *fault;
    world.wait(fault.ahead);
    let (path, id) = provider.sp.redirect(world, &fault.asking);
    world.wait(-fault.ahead);
    let page = knock(browser, &path).await;
    let mut page = onward(browser, page).await;
    if page.shows("/saml/release/") {
        page = agree(browser, &page).await;
    }
    assert!(page.shows(code) && page.shows(id.as_str()), "{case}: {}", page.text);
    assert_eq!(page.shows(&provider.called()), code != "SAML-17", "{case}: {}", page.text);
    let log = kept.text();
    let line = log.lines().find(|line| line.contains(code) && line.contains(id.as_str()));
    assert!(line.is_some(), "{case}: {log}");
    let told = SentForm::of(&page).map(|form| {
        assert!(!form.by_itself, "{case}: the person reads first");
        match provider.sp.opens(world, &page, Some(&id)) {
            Err(Refused::NoLogin(NoLogin::Failed(Status { top, second, .. }))) => (top, second),
            other => panic!("{case}: {other:?}"),
        }
    });
    assert_eq!(told, fault.told, "{case}");
}

#[tokio::test]
async fn a_fault_in_a_request_is_told_to_whom_it_concerns() {
    for world in worlds().await {
        let kmix = Provider::new("kmix");
        let phr =
            Provider { policy: Policy { require_signed_requests: true, ..Policy::default() }, ..Provider::new("phr") };
        let secretive =
            Provider { policy: Policy { encrypt: Encrypt::Always, ..Policy::default() }, ..Provider::new("secretive") };
        register(&world, &[&kmix, &phr, &secretive]);
        let mut browser = resident(&world).await;
        let unsupported = Some((Top::Requester, Some(Second::UnsupportedBinding)));
        let denied = Some((Top::Requester, Some(Second::RequestDenied)));
        let class = ("exact", vec!["urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos"]);
        let hour = SignedDuration::from_hours(1);
        let unsigned = Asking { unsigned: true, ..Asking::default() };
        let elsewhere = asking(&[("AssertionConsumerServiceURL", "https://kmix.example/other")]);
        let paos = asking(&[("ProtocolBinding", Binding::Paos.uri())]);
        for (provider, fault) in [
            (&Provider::new("stranger"), fault("an unknown service", "SAML-17", None)),
            (&kmix, Fault { asking: elsewhere, ..fault("an unregistered consumer", "SAML-33", None) }),
            (&phr, Fault { asking: unsigned, ..fault("unsigned, and must be", "SAML-24", denied) }),
            (&kmix, Fault { asking: paos, ..fault("a binding that a browser cannot take", "SAML-34", unsupported) }),
            (
                &kmix,
                Fault {
                    asking: Asking { context: Some(class), ..Asking::default() },
                    ..fault("a class that there is not", "SSO-06", Some((Top::Requester, Some(Second::NoAuthnContext))))
                },
            ),
            (&kmix, Fault { ahead: hour, ..fault("a clock far ahead", "SAML-22", denied) }),
            (&kmix, Fault { ahead: -hour, ..fault("a clock far behind", "SAML-21", denied) }),
            (
                &secretive,
                fault("only in cipher, and no key", "SSO-01", Some((Top::Responder, Some(Second::RequestUnsupported)))),
            ),
        ] {
            check(&world, provider, &mut browser, &fault).await;
        }
    }
}

#[tokio::test]
async fn a_passive_request_without_a_session_shows_nothing_and_tells_the_service() {
    for world in worlds().await {
        let kmix = Provider::new("kmix");
        register(&world, &[&kmix]);
        let mut browser = world.browser();
        let passive = Asking { passive: true, ..Asking::default() };
        let (page, id) = kmix.sp.ask(&world, &mut browser, &passive).await;
        assert!(SentForm::of(&page).is_some_and(|form| form.by_itself), "{}", page.text);
        match kmix.sp.opens(&world, &page, Some(&id)) {
            Err(Refused::NoLogin(NoLogin::Failed(status))) => assert_eq!(status.second, Some(Second::NoPassive)),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_to_the_addresses_of_metadata_that_has_ended() {
    for world in worlds().await {
        let kmix = Provider { valid_until: Some("2026-11-22T04:00:00Z"), ..Provider::new("kmix") };
        register(&world, &[&kmix]);
        let mut browser = resident(&world).await;
        kmix.log_in(&world, &mut browser).await;
        world.wait(SignedDuration::from_hours(1));
        check(&world, &kmix, &mut browser, &fault("ended metadata", "SAML-18", None)).await;
    }
}

/// Pieces that strangers ordered, as many as are taken: they wait until `go` is dropped.
async fn crowd(world: &World) -> (mpsc::Sender<()>, Vec<BoxFuture<'_, ()>>) {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let mut waiting = Vec::new();
    loop {
        let wait = Arc::clone(&wait);
        let compute = move || {
            let _gone = wait.lock().unwrap().recv();
        };
        let mut piece = world.app.processors.run_for_stranger(compute).boxed();
        match poll!(&mut piece) {
            Poll::Pending => waiting.push(piece.map(drop).boxed()),
            Poll::Ready(outcome) => {
                outcome.unwrap_err();
                return (go, waiting);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_at_the_door_is_told_to_come_again() {
    for world in worlds().await {
        register(&world, &[&Provider::new("kmix")]);
        let mut browser = world.browser();
        let (go, waiting) = crowd(&world).await;
        for path in ["/saml/logout?SAMLRequest=x", "/saml/logout?SAMLResponse=x", "/saml/sso?SAMLRequest=x"] {
            let page = knock(&mut browser, path).await;
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", page.text);
            assert!(page.shows("WEB-07"), "{path}: {}", page.text);
        }
        assert_eq!(browser.get("/").await.status, StatusCode::OK, "everybody else is served");
        drop(go);
        join_all(waiting).await;
        let page = knock(&mut browser, "/saml/logout?SAMLRequest=x").await;
        assert!(page.status == StatusCode::BAD_REQUEST && page.shows("SAML-06"), "{}", page.text);
    }
}

#[tokio::test]
async fn the_page_of_a_refusal_speaks_the_readers_language() {
    for world in worlds().await {
        register(&world, &[&Provider::new("kmix")]);
        for (accept, lang) in [("ja", Lang::Ja), ("en", Lang::En)] {
            let page = world.browser().saying("accept-language", accept).get("/saml/sso").await;
            let t = &wording::text(lang).request_refused;
            let text = unescape(&page.text);
            assert!(text.contains(t.stranger) && text.contains(t.what_to_do) && text.contains("SAML-04"), "{text}");
        }
    }
}

#[tokio::test]
async fn no_line_about_a_service_says_anything_about_a_person() {
    for world in worlds().await {
        let kept = Kept::default();
        let lines = tracing_subscriber::fmt().with_writer(kept.clone()).with_ansi(false);
        let _listening = tracing::subscriber::set_default(lines.with_max_level(tracing::Level::DEBUG).finish());
        let policy = Policy { release: ["name", "birthDate"].map(String::from).to_vec(), ..Policy::default() };
        let kmix = Provider { policy, ..Provider::new("kmix") };
        register(&world, &[&kmix]);
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let session = kmix.log_in(&world, &mut browser).await;
        let (name, index) = (session.name.value.as_str(), session.session.clone().unwrap());
        let (_, query) = kmix.message(("AttributeQuery", "/saml/soap/attributes"), true, world.now(), |w| {
            w.start(SAML, "Subject", &[]).leaf(SAML, "NameID", &[], name).end();
        });
        let (_, answer) = soap(&world, "/saml/soap/attributes", &query).await;
        assert!(answer.contains(&holder.person.person.name), "{answer}");
        let page = browser.form("/logout", &[]).await;
        let page = onward(&mut browser, page).await;
        assert!(page.text.contains("SAMLRequest="), "{}", page.text);
        let (_, request) = kmix.logout_request(("/saml/soap/logout", true), name, &[&index], world.now());
        soap(&world, "/saml/soap/logout", &request).await;
        let log = kept.text();
        for code in ["SSO-00", "IDP-28", "IDP-23"] {
            assert!(log.contains(code), "{code}: {log}");
        }
        let person = &holder.person.person;
        for secret in [name, &index, &person.name, &person.birth.to_string(), "SAMLRequest="] {
            let line = log.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret}: {line:?}");
        }
    }
}
