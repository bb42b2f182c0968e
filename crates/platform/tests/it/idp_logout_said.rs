//! What a logout says to services, and to which of them: the name in cipher, nothing that two of them could compare.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use jiff::SignedDuration;
use platform::{
    idp::policy::{Encrypt, Name},
    wording,
};
use region::Named;
use saml::{Binding, MessageId, Status, receive, receive::logout_request, wire};
use tokio::{
    sync::mpsc::{UnboundedReceiver as Receiver, unbounded_channel},
    task::block_in_place,
};
use web::Lang;

use crate::{
    browser::Browser,
    crossing::{knock, onward, refreshed},
    harness::{World, worlds},
    provider::{Provider, Server, register},
};

pub(crate) async fn logged_in(world: &World) -> Browser {
    let holder = world.holder(Named::Householder).await;
    world.browser().logged_in(&holder).await
}

/// A server that knows no session, as many a service's says it, and says on a channel that it was asked.
pub(crate) async fn failing() -> (Server, Receiver<()>) {
    let (heard, hears) = unbounded_channel();
    let say = move |_: &[u8]| {
        // Not every test listens.
        let _nobody = heard.send(());
        (StatusCode::INTERNAL_SERVER_ERROR, wire::soap_fault(true, "no session"))
    };
    (Server::start(Arc::new(say)).await, hears)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_goes_in_cipher_where_nothing_may_go_in_clear() {
    for world in worlds().await {
        let mut a = Provider::new("clinic");
        a.publishing.encryption = true;
        a.policy.encrypt = Encrypt::Always;
        let (at_a, _) = failing().await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        let session = a.log_in(&world, &mut browser).await;
        browser.form("/logout", &[]).await;
        let got = at_a.got.lock().unwrap().clone();
        let text = String::from_utf8_lossy(&got[0]).into_owned();
        assert!(text.contains("EncryptedID") && !text.contains(session.name.value.as_str()), "{text}");
        let received = receive::soap(&got[0]).unwrap();
        let asked = a.receiving(&world, &at_a.address, |receiver| logout_request(&received, receiver, world.now()));
        assert_eq!(asked.unwrap().message().name.value, session.name.value);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_go_in_cipher_where_it_must_does_not_go() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let (at_a, _) = failing().await;
        let mut a = Provider::new("clinic").logging_out(Binding::Soap, &at_a.address);
        a.logout.push((Binding::Redirect, a.sp.logout()));
        a.publishing.encryption = true;
        a.policy.encrypt = Encrypt::Always;
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        a.log_in(&world, &mut browser).await;
        a.publishing.ciphers = vec!["http://www.w3.org/2001/04/xmlenc#aes128-cbc"];
        register(&world, &[&a]);
        let page = browser.form("/logout", &[]).await;
        let page = onward(&mut browser, page).await;
        assert!(page.shows(t.partial) && page.shows(t.unconfirmed) && refreshed(&page).is_none(), "{}", page.text);
        assert!(at_a.got.lock().unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_services_carry_an_equal_value() {
    for world in worlds().await {
        let services = ["clinic", "diary", "shop"].map(Provider::new);
        register(&world, &services.each_ref());
        let mut browser = logged_in(&world).await;
        for service in &services {
            service.log_in(&world, &mut browser).await;
            world.wait(SignedDuration::from_mins(1));
        }
        let page = browser.form("/logout", &[]).await;
        let mut page = onward(&mut browser, page).await;
        let mut carried = Vec::new();
        for service in &services {
            let url = refreshed(&page).unwrap_or_else(|| panic!("{}", page.text));
            let request = service.opened(&world, &url, logout_request);
            let state = request.relay_state().unwrap().as_str().to_owned();
            assert!(state.len() <= 80, "as long as it may be: {state}");
            let response = service.logout_response(request.id(), &Status::SUCCESS, false, world.now());
            let back = service.redirected(wire::Direction::Response, &response, Some(&state));
            let next = knock(&mut browser, &back).await;
            page = onward(&mut browser, next).await;
            carried.push(state);
        }
        assert!(page.shows(wording::text(Lang::Ja).logout.done), "each of them leads back: {}", page.text);
        carried.sort();
        carried.dedup();
        assert_eq!(carried.len(), services.len());
    }
}

/// The ID of the message in an envelope.
pub(crate) fn id_of(body: &[u8]) -> MessageId {
    let body = String::from_utf8_lossy(body);
    MessageId::parse(body.split_once(" ID=\"").unwrap().1.split('"').next().unwrap()).unwrap()
}

/// A server that answers every logout request as `provider` does whose session has ended, and says so on a channel.
pub(crate) async fn agreeing(world: &World, provider: &Provider) -> (Server, Receiver<()>) {
    let ((heard, hears), provider, clock) = (unbounded_channel(), provider.clone(), world.clock.clone());
    let say = move |body: &[u8]| {
        let response = provider.logout_response(&id_of(body), &Status::SUCCESS, true, clock.now());
        // Not every test listens.
        let _nobody = heard.send(());
        (StatusCode::OK, wire::soap_envelope(&response))
    };
    (Server::start(Arc::new(say)).await, hears)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_asked_once_about_all_that_it_knows_under_one_name() {
    for world in worlds().await {
        let (a, b, mut c) = (Provider::new("clinic"), Provider::new("diary"), Provider::new("shop"));
        let ((at_a, _), (at_c, _)) = (agreeing(&world, &a).await, agreeing(&world, &c).await);
        let a = a.logging_out(Binding::Soap, &at_a.address);
        c.policy.name_format = Name::Transient;
        let c = c.logging_out(Binding::Soap, &at_c.address);
        register(&world, &[&a, &b, &c]);
        let mut browser = logged_in(&world).await;
        let mut begun = Vec::new();
        for _ in 0..2 {
            for service in [&a, &b, &c] {
                begun.push(service.log_in(&world, &mut browser).await.session.unwrap());
                world.wait(SignedDuration::from_mins(1));
            }
        }
        let page = browser.form("/logout", &[]).await;
        let page = onward(&mut browser, page).await;
        let got = at_a.got.lock().unwrap().clone();
        assert_eq!(got.len(), 1);
        let received = receive::soap(&got[0]).unwrap();
        let asked = a.receiving(&world, &at_a.address, |receiver| logout_request(&received, receiver, world.now()));
        assert_eq!(
            asked.unwrap().message().sessions,
            [begun[0].clone(), begun[3].clone()],
            "behind the browser's back"
        );
        let asked = b.opened(&world, &refreshed(&page).unwrap_or_else(|| panic!("{}", page.text)), logout_request);
        assert_eq!(asked.message().sessions, [begun[1].clone(), begun[4].clone()], "through the browser");
        assert_eq!(at_c.got.lock().unwrap().len(), 2, "a name that is another one each time is another request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_several_sessions_is_shown_the_browser() {
    for world in worlds().await {
        let a = Provider::new("clinic");
        let (at_a, _) = agreeing(&world, &a).await;
        let mut a = a.logging_out(Binding::Soap, &at_a.address);
        a.logout.push((Binding::Redirect, a.sp.logout()));
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        a.log_in(&world, &mut browser).await;
        a.log_in(&world, &mut browser).await;
        let page = browser.form("/logout", &[]).await;
        let page = onward(&mut browser, page).await;
        let url = refreshed(&page).unwrap_or_else(|| panic!("{}", page.text));
        assert_eq!(a.opened(&world, &url, logout_request).message().sessions.len(), 2);
        assert!(at_a.got.lock().unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlinked_service_ends_what_the_resident_began_there() {
    for world in worlds().await {
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        let (at_a, mut hears) = agreeing(&world, &a).await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a, &b]);
        let mut browser = logged_in(&world).await;
        let session = a.log_in(&world, &mut browser).await;
        b.log_in(&world, &mut browser).await;
        browser.form("/services/unlink", &[("entity", a.sp.entity.as_str())]).await;
        hears.recv().await.unwrap();
        let got = at_a.got.lock().unwrap().clone();
        let received = receive::soap(&got[0]).unwrap();
        let asked = a.receiving(&world, &at_a.address, |receiver| logout_request(&received, receiver, world.now()));
        assert_eq!(asked.unwrap().message().sessions, [session.session.unwrap()]);
        let page = browser.form("/logout", &[]).await;
        let page = onward(&mut browser, page).await;
        assert!(page.shows(&b.called()) && page.shows("1 / 1"), "only the other is left: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_resident_at_the_same_browser_ends_what_the_first_began() {
    for world in worlds().await {
        let a = Provider::new("clinic");
        let (at_a, mut hears) = agreeing(&world, &a).await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        let session = a.log_in(&world, &mut browser).await;
        let other = world.holder(Named::Employee).await;
        browser.logged_in(&other).await;
        hears.recv().await.unwrap();
        let got = at_a.got.lock().unwrap().clone();
        let received = receive::soap(&got[0]).unwrap();
        let asked = a.receiving(&world, &at_a.address, |receiver| logout_request(&received, receiver, world.now()));
        let asked = asked.unwrap();
        assert_eq!(asked.message().name.value, session.name.value);
        assert_eq!(asked.message().sessions, [session.session.unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_with_a_copied_card_or_cookie_ends_at_services_too() {
    for world in worlds().await {
        let a = Provider::new("clinic");
        let (at_a, mut hears) = agreeing(&world, &a).await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a]);
        let holder = world.holder(Named::Householder).await;
        let copy = holder.copy();
        let ended = async |session: Option<String>, hears: &mut Receiver<()>| {
            hears.recv().await.unwrap();
            let received = receive::soap(at_a.got.lock().unwrap().last().unwrap()).unwrap();
            let asked = a.receiving(&world, &at_a.address, |receiver| logout_request(&received, receiver, world.now()));
            assert_eq!(asked.unwrap().message().sessions, [session.unwrap()]);
            let sql = "SELECT index_digest FROM service_session";
            assert!(world.app.db.fetch_all(sql, vec![]).await.unwrap().is_empty());
        };

        let mut browser = world.browser().logged_in(&holder).await;
        let session = a.log_in(&world, &mut browser).await.session;
        let mut thief = browser.clone().saying("user-agent", "another browser");
        assert_eq!(thief.get("/menu").await.location(), Some("/?ended"));
        ended(session, &mut hears).await;

        let mut browser = world.browser().logged_in(&holder).await;
        let session = a.log_in(&world, &mut browser).await.session;
        holder.swap_for(&copy);
        assert_eq!(world.browser().log_in(&holder, Named::Householder.pin()).await.code(), "CARD-09");
        ended(session, &mut hears).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_goes_on_when_the_browser_has_gone_away() {
    for world in worlds().await {
        let a = Provider::new("clinic");
        let (heard, mut hears) = unbounded_channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = Mutex::new(released);
        let say = move |_: &[u8]| {
            heard.send(()).unwrap();
            let _gone = block_in_place(|| released.lock().unwrap().recv());
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        };
        let at_a = Server::start(Arc::new(say)).await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        a.log_in(&world, &mut browser).await;
        let state = async || {
            let rows = world.app.db.fetch_all("SELECT state FROM logout", vec![]).await.unwrap();
            rows.first().map(|row| row.get::<Vec<u8>>("state").unwrap())
        };
        let asking = tokio::spawn(async move { browser.form("/logout", &[]).await });
        hears.recv().await.unwrap();
        asking.abort();
        assert!(asking.await.is_err());
        let begun = state().await;
        assert!(begun.is_some(), "it was kept before anybody was asked");
        drop(release);
        let recorded = async {
            while state().await == begun {
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        assert!(tokio::time::timeout(patience, recorded).await.is_ok(), "and how it went is kept, too");
    }
}
