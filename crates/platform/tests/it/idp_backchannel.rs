//! What goes on behind the browser's back: artifacts, attribute queries, and logouts by SOAP.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use jiff::SignedDuration;
use platform::wording;
use region::Named;
use saml::{
    Binding, MessageId, Second, Status,
    receive::{self, logout_request, logout_response},
    wire,
};
use tower::ServiceExt as _;
use web::Lang;
use xml::{
    Attr, Fragment,
    ns::{SAML, SAMLP},
};

use crate::{
    browser::Browser,
    crossing::{agree, refreshed},
    harness::{World, worlds},
    holder::Holder,
    provider::{Provider, Server, at, new_id, register, soap},
    service::Asking,
};

const ARTIFACT: &str = "/saml/soap/artifact";
pub(crate) const ATTRIBUTES: &str = "/saml/soap/attributes";
const LOGOUT: &str = "/saml/soap/logout";

pub(crate) const NAME: &str = "urn:oid:2.16.840.1.113730.3.1.241";
const BIRTH_DATE: &str = "urn:oid:1.3.6.1.5.5.7.9.1";

async fn logged_in(world: &World) -> Browser {
    let holder = world.holder(Named::Householder).await;
    world.browser().logged_in(&holder).await
}

/// Another login with the same card.
pub(crate) async fn again(world: &World, holder: &Holder) -> Browser {
    world.browser().logged_in(holder).await
}

/// A login up to the artifact that the browser brings to the service, and the ID of its request.
pub(crate) async fn artifact(world: &World, provider: &Provider, browser: &mut Browser) -> (String, MessageId) {
    let asking =
        Asking { attributes: vec![("ProtocolBinding", Binding::Artifact.uri().to_owned())], ..Asking::default() };
    let (page, id) = provider.sp.ask(world, browser, &asking).await;
    let page = if page.shows("/saml/release/") { agree(browser, &page).await } else { page };
    let url =
        refreshed(&page).or_else(|| page.location().map(str::to_owned)).unwrap_or_else(|| panic!("{}", page.text));
    let url = url::Url::parse(&url).unwrap();
    let artifact = url.query_pairs().find(|(name, _)| name == "SAMLart").unwrap().1.into_owned();
    (artifact, id)
}

fn resolve(provider: &Provider, world: &World, artifact: &str, signed: bool) -> (MessageId, Fragment) {
    provider.message(("ArtifactResolve", ARTIFACT), signed, world.now(), |w| {
        w.leaf(SAMLP, "Artifact", &[], artifact);
    })
}

pub(crate) fn taking_artifacts(name: &'static str) -> Provider {
    let mut provider = Provider::new(name);
    provider.publishing.artifact = true;
    provider
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_is_resolved_once_and_by_its_own_service() {
    for world in worlds().await {
        let (a, b) = (taking_artifacts("clinic"), taking_artifacts("diary"));
        register(&world, &[&a, &b]);
        let mut browser = logged_in(&world).await;
        let (artifact, asked) = artifact(&world, &a, &mut browser).await;

        let (_, by_another) = resolve(&b, &world, &artifact, true);
        let (status, answer) = soap(&world, ARTIFACT, &by_another).await;
        assert!(status == StatusCode::OK && !answer.contains("Assertion"), "another service: {answer}");
        let (id, request) = resolve(&a, &world, &artifact, true);
        let (status, answer) = soap(&world, ARTIFACT, &request).await;
        assert_eq!(status, StatusCode::OK);
        let consumer = a.sp.artifact_consumer();
        let session = a.sp.reads(&world, Some(&asked), |service| {
            let service = saml::service::Service { consumer: &consumer, ..*service };
            saml::service::artifact_response(answer.as_bytes(), &id, &service, world.now())
        });
        assert!(session.unwrap_or_else(|refused| panic!("{refused}: {answer}")).session.is_some());

        let (status, answer) = soap(&world, ARTIFACT, &request).await;
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR && answer.contains("IDP-25"), "the same message: {answer}");
        let (_, again) = resolve(&a, &world, &artifact, true);
        let (status, answer) = soap(&world, ARTIFACT, &again).await;
        assert!(
            status == StatusCode::OK && answer.contains("status:Success") && !answer.contains("Assertion"),
            "{answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_is_good_for_a_minute_and_its_service_signs() {
    for world in worlds().await {
        let a = taking_artifacts("clinic");
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        let (first, _) = artifact(&world, &a, &mut browser).await;
        let (status, answer) = soap(&world, ARTIFACT, &resolve(&a, &world, &first, false).1).await;
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR && answer.contains("SAML-24"), "{answer}");
        let stranger = Provider::new("stranger");
        let (_, answer) = soap(&world, ARTIFACT, &resolve(&stranger, &world, &first, true).1).await;
        assert!(answer.contains("SAML-17"), "{answer}");
        for nonsense in ["", "x", &"A".repeat(60)] {
            let (status, answer) = soap(&world, ARTIFACT, &resolve(&a, &world, nonsense, true).1).await;
            assert!(status == StatusCode::OK && !answer.contains("Assertion"), "{nonsense}: {answer}");
        }
        world.wait(SignedDuration::from_secs(60));
        let (status, answer) = soap(&world, ARTIFACT, &resolve(&a, &world, &first, true).1).await;
        assert!(status == StatusCode::OK && !answer.contains("Assertion"), "{answer}");
        let (_, elsewhere) = resolve(&a, &world, &first, true);
        let (_, answer) = soap(&world, ATTRIBUTES, &elsewhere).await;
        assert!(answer.contains("SAML-14"), "another message than that address takes: {answer}");
    }
}

pub(crate) fn query(provider: &Provider, world: &World, name: &str, asked: &[&str]) -> Fragment {
    let (_, query) = provider.message(("AttributeQuery", ATTRIBUTES), true, world.now(), |w| {
        w.start(SAML, "Subject", &[]).leaf(SAML, "NameID", &[], name).end();
        for name in asked {
            w.empty(SAML, "Attribute", &[Attr::plain("Name", name)]);
        }
    });
    query
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_asks_for_what_the_resident_released_and_no_more() {
    for world in worlds().await {
        let (mut a, b) = (Provider::new("clinic"), Provider::new("diary"));
        a.policy.release = ["name", "birthDate"].map(String::from).to_vec();
        register(&world, &[&a, &b]);
        let holder = world.holder(Named::Householder).await;
        let mut browser = again(&world, &holder).await;
        let name = a.log_in(&world, &mut browser).await.name.value.to_string();
        let before = world.outcomes().await.len();

        let (status, answer) = soap(&world, ATTRIBUTES, &query(&a, &world, &name, &[])).await;
        assert!(status == StatusCode::OK && answer.contains(NAME) && answer.contains(BIRTH_DATE), "{answer}");
        assert!(world.outcomes().await.len() > before, "it is in the access log");
        let (_, answer) = soap(&world, ATTRIBUTES, &query(&a, &world, &name, &[BIRTH_DATE, "urn:oid:2.5.4.16"])).await;
        assert!(answer.contains(BIRTH_DATE) && !answer.contains(NAME) && !answer.contains("2.5.4.16"), "{answer}");
        for (case, who, name) in [("nobody", &a, "0"), ("another service's name", &b, name.as_str())] {
            let (_, answer) = soap(&world, ATTRIBUTES, &query(who, &world, name, &[])).await;
            assert!(answer.contains("UnknownPrincipal") && !answer.contains("Assertion"), "{case}: {answer}");
        }
        browser.form("/logout", &[]).await;
        let (_, answer) = soap(&world, ATTRIBUTES, &query(&a, &world, &name, &[])).await;
        assert!(answer.contains("UnknownPrincipal") && !answer.contains("Assertion"), "not without a login: {answer}");
        let mut browser = again(&world, &holder).await;
        assert_eq!(a.log_in(&world, &mut browser).await.name.value.as_str(), name);
        let (_, answer) = soap(&world, ATTRIBUTES, &query(&a, &world, &name, &[])).await;
        assert!(answer.contains(NAME), "and with the next: {answer}");
        world.wait(SignedDuration::from_mins(16));
        let (_, answer) = soap(&world, ATTRIBUTES, &query(&a, &world, &name, &[])).await;
        assert!(
            answer.contains("UnknownPrincipal") && !answer.contains("Assertion"),
            "nor one that lies idle: {answer}"
        );
        let mut browser = again(&world, &holder).await;
        a.log_in(&world, &mut browser).await;
        browser.form("/services/unlink", &[("entity", a.sp.entity.as_str())]).await;
        let (_, answer) = soap(&world, ATTRIBUTES, &query(&a, &world, &name, &[])).await;
        assert!(answer.contains("UnknownPrincipal") && !answer.contains("Assertion"), "nor without the link: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transient_name_is_answered_for_as_long_as_its_session() {
    for world in worlds().await {
        let mut a = Provider::new("clinic");
        a.policy.release = vec!["name".to_owned()];
        a.policy.name_format = platform::idp::policy::Name::Transient;
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        let name = a.log_in(&world, &mut browser).await.name.value.to_string();
        let (_, answer) = soap(&world, ATTRIBUTES, &query(&a, &world, &name, &[])).await;
        assert!(answer.contains(NAME) && answer.contains("nameid-format:transient"), "{answer}");
        browser.form("/logout", &[]).await;
        let (_, answer) = soap(&world, ATTRIBUTES, &query(&a, &world, &name, &[])).await;
        assert!(answer.contains("UnknownPrincipal"), "{answer}");
    }
}

/// What comes back by SOAP, as the service reads it.
fn told(world: &World, provider: &Provider, answer: &str) -> (MessageId, Status) {
    let received = receive::soap(answer.as_bytes()).unwrap();
    let answer = provider.receiving(world, "", |receiver| logout_response(&received, receiver, world.now())).unwrap();
    (answer.message().in_response_to.clone(), answer.message().status.clone())
}

/// A server of `provider` that answers every logout request like this.
async fn server(world: &World, provider: &Provider, status: Status) -> Server {
    let (provider, clock) = (provider.clone(), world.clock.clone());
    let say = move |body: &[u8]| {
        let body = String::from_utf8_lossy(body);
        let (_, rest) = body.split_once(" ID=\"").unwrap();
        let id = MessageId::parse(rest.split('"').next().unwrap()).unwrap();
        let response = provider.logout_response(&id, &status, true, clock.now());
        (StatusCode::OK, wire::soap_envelope(&response))
    };
    Server::start(Arc::new(say)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_take_soap_are_logged_out_behind_the_browsers_back() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let a = Provider::new("clinic");
        let at_a = server(&world, &a, Status::SUCCESS).await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        let session = a.log_in(&world, &mut browser).await;
        let page = browser.form("/logout", &[]).await;
        let page = browser.get(page.location().unwrap()).await;
        assert!(page.shows(t.done) && page.shows(t.confirmed), "without a step of the browser: {}", page.text);
        let got = at_a.got.lock().unwrap().clone();
        let received = receive::soap(&got[0]).unwrap();
        let asked = a.receiving(&world, &at_a.address, |receiver| logout_request(&received, receiver, world.now()));
        let asked = asked.unwrap();
        assert_eq!(asked.message().name.value, session.name.value);
        assert_eq!(asked.message().sessions, [session.session.unwrap()]);
        assert_eq!(got.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_behind_the_browsers_back_is_believed_only_if_it_is_one() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let holder = world.holder(Named::Householder).await;
        let a = Provider::new("clinic");
        let clock = world.clock.clone();
        let (signer, other) = (a.clone(), Provider::new("diary"));
        let says: Vec<(&str, crate::provider::Say)> = vec![
            ("nothing", Arc::new(|_| (StatusCode::OK, String::new()))),
            ("an error", Arc::new(|_| (StatusCode::INTERNAL_SERVER_ERROR, wire::soap_fault(true, "no")))),
            ("a redirect", Arc::new(|_| (StatusCode::FOUND, String::new()))),
            ("far too much", Arc::new(|_| (StatusCode::OK, "x".repeat(200 * 1024)))),
            ("an answer to another question", {
                let clock = clock.clone();
                Arc::new(move |_| {
                    let response = signer.logout_response(&new_id(), &Status::SUCCESS, true, clock.now());
                    (StatusCode::OK, wire::soap_envelope(&response))
                })
            }),
            ("another service's answer", {
                Arc::new(move |body| {
                    let body = String::from_utf8_lossy(body);
                    let id = body.split_once(" ID=\"").unwrap().1.split('"').next().unwrap().to_owned();
                    let id = MessageId::parse(&id).unwrap();
                    let response = other.logout_response(&id, &Status::SUCCESS, true, clock.now());
                    (StatusCode::OK, wire::soap_envelope(&response))
                })
            }),
        ];
        for (case, say) in says {
            let at_a = Server::start(say).await;
            let a = a.clone().logging_out(Binding::Soap, &at_a.address);
            register(&world, &[&a, &Provider::new("diary")]);
            let mut browser = again(&world, &holder).await;
            a.log_in(&world, &mut browser).await;
            let page = browser.form("/logout", &[]).await;
            let page = browser.get(page.location().unwrap()).await;
            assert!(page.shows(t.partial) && page.shows(t.unconfirmed), "{case}: {}", page.text);
        }
        let mut a = a.logging_out(Binding::Soap, "http://127.0.0.1:9/slo");
        a.logout.push((Binding::Redirect, a.sp.logout()));
        register(&world, &[&a]);
        let mut browser = again(&world, &holder).await;
        a.log_in(&world, &mut browser).await;
        let page = browser.form("/logout", &[]).await;
        let page = browser.get(page.location().unwrap()).await;
        let url = refreshed(&page).unwrap_or_else(|| panic!("{}", page.text));
        assert!(url.starts_with(&a.sp.logout()), "who cannot be reached is asked through the browser: {url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_logs_its_user_out_by_soap() {
    for world in worlds().await {
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        let at_b = server(&world, &b, Status::SUCCESS).await;
        let b = b.logging_out(Binding::Soap, &at_b.address);
        register(&world, &[&a, &b]);
        let holder = world.holder(Named::Householder).await;
        for others in [vec![&b], vec![&b, &a]] {
            let mut browser = again(&world, &holder).await;
            for other in others {
                other.log_in(&world, &mut browser).await;
            }
            let session = a.log_in(&world, &mut browser).await;
            let sessions = [session.session.as_deref().unwrap()];
            let (id, request) = a.logout_request((LOGOUT, true), &session.name.value, &sessions, world.now());
            let (status, answer) = soap(&world, LOGOUT, &request).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            let (answered, status) = told(&world, &a, &answer);
            assert_eq!((answered, status), (id, Status::SUCCESS), "its own other session is no other service's");
            assert_eq!(browser.get("/menu").await.location(), Some("/?ended"));
        }
        assert_eq!(at_b.got.lock().unwrap().len(), 2);
        let (_, request) = a.logout_request((LOGOUT, true), "nobody", &[], world.now());
        let (_, answer) = soap(&world, LOGOUT, &request).await;
        assert_eq!(told(&world, &a, &answer).1.second, Some(Second::UnknownPrincipal));
        let (_, unsigned) = a.logout_request((LOGOUT, false), "nobody", &[], world.now());
        let (status, answer) = soap(&world, LOGOUT, &unsigned).await;
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR && answer.contains("SAML-24"), "{answer}");
        assert!(!answer.contains(&at(LOGOUT)), "a fault says no more than its code");
    }
}

/// An enhanced client: it shows the browser's cookies, and says of itself what the browser says.
async fn enhanced(world: &World, browser: &Browser, request: &Fragment, from: Option<&str>) -> (StatusCode, String) {
    let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut post = Request::builder().method(Method::POST).uri(ECP).header(header::HOST, "portal.localhost:8080");
    post = post.header(header::USER_AGENT, &browser.headers[header::USER_AGENT]);
    post = post.header(header::COOKIE, cookies.join("; ")).header(header::CONTENT_TYPE, wire::SOAP_MEDIA_TYPE);
    if let Some(from) = from {
        post = post.header("sec-fetch-site", from);
    }
    let response = world.router().oneshot(post.body(Body::from(wire::soap_envelope(request))).unwrap()).await.unwrap();
    let (status, body) = (response.status(), to_bytes(response.into_body(), 1024 * 1024).await.unwrap());
    (status, String::from_utf8(body.to_vec()).unwrap())
}

const ECP: &str = "/saml/sso/ecp";

#[tokio::test(flavor = "multi_thread")]
async fn an_enhanced_client_with_a_session_is_answered_at_once() {
    for world in worlds().await {
        let consumer = "https://clinic.example/ecp".to_owned();
        let a = Provider { consumer: Some((Binding::Paos, consumer.clone())), ..Provider::new("clinic") };
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        let request = || a.message(("AuthnRequest", ECP), true, world.now(), |_| ());
        let (_, first) = request();
        let (_, answer) = enhanced(&world, &browser, &first, None).await;
        assert!(answer.contains("AuthnFailed"), "the resident has agreed to nothing: {answer}");
        a.log_in(&world, &mut browser).await;

        let (id, second) = request();
        let (status, answer) = enhanced(&world, &browser, &second, None).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(answer.contains(&format!("AssertionConsumerServiceURL=\"{consumer}\"")), "{answer}");
        let inner = answer.split_once("<S:Body>").unwrap().1.split_once("</S:Body>").unwrap().0;
        let session = a.sp.reads(&world, Some(&id), |service| {
            let service = saml::service::Service { consumer: &consumer, ..*service };
            saml::service::response(inner.as_bytes(), &service, world.now())
        });
        assert!(session.unwrap_or_else(|refused| panic!("{refused}: {inner}")).session.is_some());
        let (_, answer) = enhanced(&world, &browser, &second, None).await;
        assert!(!answer.contains("<saml:Assertion"), "a request is answered once: {answer}");

        let (_, third) = request();
        let (_, answer) = enhanced(&world, &browser, &third, Some("cross-site")).await;
        assert!(answer.contains("WEB-02") && !answer.contains("<saml:Assertion"), "{answer}");
        let (_, answer) = enhanced(&world, &world.browser(), &third, None).await;
        assert!(answer.contains("AuthnFailed") && !answer.contains("<saml:Assertion"), "nobody is there: {answer}");
    }
}
