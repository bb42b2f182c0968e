//! Single logout through the browser: from the portal, and from a service.

use axum::http::StatusCode;
use jiff::SignedDuration;
use platform::wording;
use region::Named;
use saml::{
    Binding, MessageId, Second, Status, Top,
    receive::{logout_request, logout_response},
    service::LoggedIn,
    wire::Direction::{Request, Response},
};
use web::Lang;

use crate::{
    browser::{Browser, Page},
    crossing::{knock, knock_with, onward, refreshed, unescape},
    harness::{World, worlds},
    provider::{LOGOUT, Provider, new_id, received, register},
};

const STATE: &str = "/saml/logout/state/";

/// A browser in which a resident is logged in, at the portal and at these services.
async fn everywhere(world: &World, providers: &[&Provider]) -> (Browser, Vec<LoggedIn>) {
    register(world, providers);
    let holder = world.holder(Named::Householder).await;
    let mut browser = world.browser().logged_in(&holder).await;
    let mut sessions = Vec::new();
    for provider in providers {
        sessions.push(provider.log_in(world, &mut browser).await);
        // They are asked in the order in which they were logged in to.
        world.wait(SignedDuration::from_mins(1));
    }
    (browser, sessions)
}

/// What a page asks `provider` to end: the request's ID, the RelayState, name and sessions.
fn asked(world: &World, provider: &Provider, page: &Page) -> (MessageId, String, String, Vec<String>) {
    let url = refreshed(page).unwrap_or_else(|| panic!("{}", page.text));
    let request = provider.opened(world, &url, logout_request);
    let (name, sessions) = (request.message().name.value.to_string(), request.message().sessions.clone());
    (request.id().clone(), request.relay_state().unwrap().as_str().to_owned(), name, sessions)
}

/// The service comes back and says how it went.
async fn answer(
    world: &World,
    provider: &Provider,
    browser: &mut Browser,
    (id, handle): (&MessageId, &str),
    status: &Status,
) -> Page {
    let response = provider.logout_response(id, status, false, world.now());
    let page = knock(browser, &provider.redirected(Response, &response, Some(handle))).await;
    onward(browser, page).await
}

/// What a service is told in the end, by redirect.
fn told(world: &World, provider: &Provider, url: &str) -> (MessageId, Status) {
    let response = provider.opened(world, url, logout_response);
    (response.message().in_response_to.clone(), response.message().status.clone())
}

/// Where the page's link leads back to the clinic.
fn linked(page: &Page) -> String {
    let link = page.text.split("href=\"").find(|link| link.starts_with("https://clinic.example/logout?")).unwrap();
    unescape(link.split('"').next().unwrap())
}

fn refused() -> Status {
    Status::failed(Top::Responder, Second::RequestDenied, "")
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_of_the_portal_logs_out_of_every_service() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        let b = b.logging_out(Binding::Post, "https://gate.diary.example/logout");
        let (mut browser, sessions) = everywhere(&world, &[&a, &b]).await;

        let page = browser.form("/logout", &[]).await;
        assert!(page.location().is_some_and(|to| to.starts_with(STATE)), "{:?}", page.location());
        assert_eq!(browser.clone().get("/menu").await.location(), Some("/?ended"), "our own session ends first");
        let page = onward(&mut browser, page).await;
        assert!(page.shows(&a.called()) && page.shows("1 / 2"), "{}", page.text);
        let (id, handle, name, index) = asked(&world, &a, &page);
        assert_eq!(
            (name.as_str(), index),
            (sessions[0].name.value.as_str(), vec![sessions[0].session.clone().unwrap()])
        );

        let page = answer(&world, &a, &mut browser, (&id, &handle), &Status::SUCCESS).await;
        assert!(page.shows(&b.called()) && page.shows("data-post"), "a form for the next: {}", page.text);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        let origins = "form-action 'self' https://diary.example https://gate.diary.example;";
        assert!(policy.contains(origins), "where it goes, and where that may lead on to: {policy}");
        let (form, received) = received(&page);
        assert!(form.by_itself && form.action == "https://gate.diary.example/logout", "{form:?}");
        let request = b.receiving(&world, "https://gate.diary.example/logout", |receiver| {
            logout_request(&received, receiver, world.now()).unwrap()
        });
        let response = b.logout_response(request.id(), &Status::SUCCESS, true, world.now());
        let value = saml::wire::post_value(&response);
        let page = knock_with(&mut browser, LOGOUT, &[("SAMLResponse", value), ("RelayState", handle)]).await;
        let page = onward(&mut browser, page).await;
        assert!(page.shows(t.done) && !page.shows(t.unconfirmed), "{}", page.text);
        assert_eq!(page.text.matches(t.confirmed).count(), 2, "{}", page.text);
        assert!(!page.shows(&name), "the pseudonym is never shown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_without_services_leads_to_the_first_page() {
    for world in worlds().await {
        let (mut browser, _) = everywhere(&world, &[]).await;
        assert_eq!(browser.form("/logout", &[]).await.location(), Some("/"));
        assert_eq!(world.browser().form("/logout", &[]).await.location(), Some("/"), "nor without a session");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_come_back_is_asked_again_or_passed_over() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        let (mut browser, _) = everywhere(&world, &[&a, &b]).await;
        let page = browser.form("/logout", &[]).await;
        let state = page.location().unwrap().to_owned();
        let page = onward(&mut browser, page).await;
        let (first, handle, ..) = asked(&world, &a, &page);

        let page = browser.get(&state).await;
        assert!(page.shows(t.again) && refreshed(&page).is_none(), "the person decides: {}", page.text);
        let page = browser.get(&format!("{state}?lang=en")).await;
        assert!(onward(&mut browser, page).await.shows(wording::text(Lang::En).logout.again), "in either language");
        let page = browser.get(&format!("{state}?lang=ja")).await;
        onward(&mut browser, page).await;
        let page = browser.form(&state, &[("what", "again")]).await;
        let page = onward(&mut browser, page).await;
        let (second, ..) = asked(&world, &a, &page);
        assert_ne!(first, second);
        let page = answer(&world, &a, &mut browser, (&first, &handle), &Status::SUCCESS).await;
        assert!(page.shows(t.again), "the first request is void");

        let page = browser.form(&state, &[("what", "skip")]).await;
        let page = onward(&mut browser, page).await;
        let (third, ..) = asked(&world, &b, &page);
        let page = answer(&world, &b, &mut browser, (&third, &handle), &refused()).await;
        assert!(page.shows(t.partial) && page.shows(t.partial_text), "{}", page.text);
        assert_eq!(page.text.matches(t.unconfirmed).count(), 2, "{}", page.text);
        assert_eq!(browser.get("/").await.status, StatusCode::OK, "the first page is there for a login");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_belongs_to_one_browser_and_ends_in_time() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let a = Provider::new("clinic");
        let (mut browser, _) = everywhere(&world, &[&a]).await;
        let state = browser.form("/logout", &[]).await.location().unwrap().to_owned();
        let handle = state.strip_prefix(STATE).unwrap().to_owned();
        let mut other = world.browser();
        assert!(other.get(&state).await.shows(t.gone), "another browser");
        assert!(other.form(&format!("{STATE}{handle}"), &[("what", "skip")]).await.shows(t.gone));
        assert!(browser.get(&format!("{STATE}00")).await.shows(t.gone), "no such logout");
        assert!(refreshed(&browser.get(&state).await).is_some());
        world.wait(SignedDuration::from_mins(10));
        assert!(browser.get(&state).await.shows(t.gone), "too late");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_waits_for_changes_nothing() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        let (mut browser, _) = everywhere(&world, &[&a, &b]).await;
        let page = browser.form("/logout", &[]).await;
        let state = page.location().unwrap().to_owned();
        let page = onward(&mut browser, page).await;
        let (id, handle, ..) = asked(&world, &a, &page);

        let stranger = new_id();
        let page = answer(&world, &a, &mut browser, (&stranger, &"0".repeat(64)), &Status::SUCCESS).await;
        assert!(page.shows(t.gone));
        let page = answer(&world, &b, &mut browser, (&id, &handle), &Status::SUCCESS).await;
        assert!(page.shows(t.again), "another service's answer: still waiting for the first");
        let unsigned = a.logout_response(&id, &Status::SUCCESS, false, world.now());
        let value = saml::wire::post_value(&unsigned);
        let page = knock_with(&mut browser, LOGOUT, &[("SAMLResponse", value), ("RelayState", handle.clone())]).await;
        assert!(page.status == StatusCode::BAD_REQUEST && page.shows("SAML-24"), "{}", page.text);
        assert!(page.shows(&format!("href=\"{state}\"")), "the person can go on: {}", page.text);
        let page = answer(&world, &a, &mut browser, (&id, &handle), &Status::SUCCESS).await;
        assert!(page.shows(&b.called()), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_logs_its_user_out_of_the_portal_and_of_every_other_service() {
    for world in worlds().await {
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        let (mut browser, sessions) = everywhere(&world, &[&a, &b]).await;
        let (name, index) = (sessions[0].name.value.as_str(), sessions[0].session.clone().unwrap());
        let (request, message) = a.logout_request((LOGOUT, false), name, &[&index], world.now());
        let page = knock(&mut browser, &a.redirected(Request, &message, Some("back to the start"))).await;
        assert_eq!(browser.clone().get("/menu").await.location(), Some("/?ended"));
        let page = onward(&mut browser, page).await;
        let (id, handle, ..) = asked(&world, &b, &page);
        let page = answer(&world, &b, &mut browser, (&id, &handle), &Status::SUCCESS).await;
        let url = page.location().unwrap();
        assert!(
            url.starts_with("https://clinic.example/logout?") && url.contains("back+to+the+start")
                || url.contains("back%20to")
        );
        assert_eq!(told(&world, &a, url), (request, Status::SUCCESS));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_that_asks_is_not_asked_again() {
    for world in worlds().await {
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        register(&world, &[&a, &b]);
        let holder = world.holder(Named::Householder).await;
        for (naming_one, answer_of_b) in [(true, Status::SUCCESS), (false, Status::SUCCESS), (true, refused())] {
            let mut browser = world.browser().logged_in(&holder).await;
            let first = a.log_in(&world, &mut browser).await;
            b.log_in(&world, &mut browser).await;
            a.log_in(&world, &mut browser).await;
            let index = first.session.unwrap();
            let indexes = [index.as_str()];
            let indexes = if naming_one { &indexes[..] } else { &[] };
            let (request, message) = a.logout_request((LOGOUT, false), &first.name.value, indexes, world.now());
            let page = knock(&mut browser, &a.redirected(Request, &message, None)).await;
            let page = onward(&mut browser, page).await;
            assert!(page.shows("1 / 1"), "only the other service is left: {}", page.text);
            let (id, handle, ..) = asked(&world, &b, &page);
            let page = answer(&world, &b, &mut browser, (&id, &handle), &answer_of_b).await;
            let complete = answer_of_b == Status::SUCCESS;
            let url = if complete { page.location().unwrap().to_owned() } else { linked(&page) };
            let (answered, status) = told(&world, &a, &url);
            let second = (!complete).then_some(Second::PartialLogout);
            assert_eq!((answered, status.top, status.second), (request, Top::Success, second));
            let sql = "SELECT index_digest FROM service_session";
            assert!(world.app.db.fetch_all(sql, vec![]).await.unwrap().is_empty(), "nothing is left of it");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_learns_that_another_did_not_confirm() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let (a, mut b) = (Provider::new("clinic"), Provider::new("diary"));
        b.logout = Vec::new();
        let (mut browser, sessions) = everywhere(&world, &[&a, &b]).await;
        let name = sessions[0].name.value.as_str();
        let (request, message) = a.logout_request((LOGOUT, false), name, &[], world.now());
        let page = knock(&mut browser, &a.redirected(Request, &message, None)).await;
        let page = onward(&mut browser, page).await;
        assert!(page.shows(t.partial) && page.shows(&b.called()) && refreshed(&page).is_none(), "{}", page.text);
        let (answered, status) = told(&world, &a, &linked(&page));
        assert_eq!((answered, status.top, status.second), (request, Top::Success, Some(Second::PartialLogout)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_ends_only_sessions_of_its_own_users() {
    for world in worlds().await {
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        let (mut browser, sessions) = everywhere(&world, &[&a, &b]).await;
        let index = |place: usize| sessions[place].session.clone().unwrap();
        let (own, others) = (sessions[0].name.value.as_str(), sessions[1].name.value.as_str());
        for (case, name, sessions, known) in [
            ("a name of nobody", "0", vec![], false),
            ("another service's name", others, vec![], false),
            ("another service's session and name", others, vec![index(1)], false),
            ("another service's session", own, vec![index(1)], true),
            ("a session of nobody", own, vec!["_0".to_owned()], true),
        ] {
            let sessions: Vec<_> = sessions.iter().map(String::as_str).collect();
            let (_, message) = a.logout_request((LOGOUT, false), name, &sessions, world.now());
            let page = knock(&mut browser, &a.redirected(Request, &message, None)).await;
            let (_, status) = told(&world, &a, page.location().unwrap_or_else(|| panic!("{case}: {}", page.text)));
            let expected = if known { None } else { Some(Second::UnknownPrincipal) };
            assert_eq!(status.second, expected, "{case}");
            assert_eq!(browser.get("/menu").await.status, StatusCode::OK, "{case}");
        }
        let mute = Provider { logout: Vec::new(), ..a };
        register(&world, &[&mute]);
        let (_, message) = mute.logout_request((LOGOUT, false), "0", &[], world.now());
        let page = knock(&mut browser, &mute.redirected(Request, &message, None)).await;
        assert!(page.shows(wording::text(Lang::Ja).logout.gone), "nobody was logged out: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_request_is_signed_meant_for_us_and_comes_once() {
    for world in worlds().await {
        let a = Provider::new("clinic");
        let (mut browser, sessions) = everywhere(&world, &[&a]).await;
        let name = sessions[0].name.value.as_str();
        let (_, message) = a.logout_request((LOGOUT, false), name, &[], world.now());
        let good = a.redirected(Request, &message, None);
        let unsigned = good.split_once("&SigAlg").unwrap().0.to_owned();
        let (_, elsewhere) = a.logout_request(("/saml/sso", false), name, &[], world.now());
        let (_, old) = a.logout_request((LOGOUT, false), name, &[], world.now() - SignedDuration::from_mins(14));
        let (_, ahead) = a.logout_request((LOGOUT, false), name, &[], world.now() + SignedDuration::from_mins(4));
        for (case, url, code) in [
            ("unsigned", unsigned, "SAML-24"),
            ("changed", good.replace("SigAlg", "RelayState=x&SigAlg"), "SAML-29"),
            ("for another address", a.redirected(Request, &elsewhere, None), "SAML-20"),
            ("old", a.redirected(Request, &old, None), "SAML-21"),
            ("from the future", a.redirected(Request, &ahead, None), "SAML-22"),
            ("nothing", LOGOUT.to_owned(), "SAML-04"),
        ] {
            let page = knock(&mut browser, &url).await;
            assert!(page.status == StatusCode::BAD_REQUEST && page.shows(code), "{case}: {}", page.text);
            assert_eq!(browser.get("/menu").await.status, StatusCode::OK, "{case}");
        }
        assert!(knock(&mut browser, &good).await.location().is_some());
        assert_eq!(browser.get("/menu").await.location(), Some("/?ended"));
        let page = knock(&mut browser, &good).await;
        assert!(page.status == StatusCode::BAD_REQUEST && page.shows("IDP-25"), "{}", page.text);
    }
}
