//! What is kept of a logout under way: with what it ended, until every service was asked, whatever stops in between.

use std::sync::{Arc, Mutex, mpsc::Sender};

use axum::http::StatusCode;
use jiff::SignedDuration;
use platform::{
    store::{self, logout::Logout},
    wording,
};
use region::Named;
use saml::{Binding, Status, wire};
use tokio::{
    sync::mpsc::{UnboundedReceiver as Receiver, unbounded_channel},
    task::block_in_place,
};
use web::Lang;

use crate::{
    crossing::refreshed,
    harness::{World, worlds},
    idp_logout_said::{agreeing, failing, id_of, logged_in},
    provider::{Provider, Server, register},
};

/// A server that says on a channel that it was asked. It answers the first question when the sender is dropped, as if whoever
/// asked it were no more, and all others at once, as `provider` does whose session has ended.
async fn silent_at_first(world: &World, provider: &Provider) -> (Server, Receiver<()>, Sender<()>) {
    let (heard, hears) = unbounded_channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (first, signer, clock) = (Mutex::new(Some(released)), provider.clone(), world.clock.clone());
    let say = move |body: &[u8]| {
        heard.send(()).unwrap();
        let waits = first.lock().unwrap().take();
        if let Some(released) = waits {
            let _gone = block_in_place(|| released.recv());
        }
        let response = signer.logout_response(&id_of(body), &Status::SUCCESS, true, clock.now());
        (StatusCode::OK, wire::soap_envelope(&response))
    };
    (Server::start(Arc::new(say)).await, hears, release)
}

async fn run(world: &World, sql: &'static str) {
    db::transaction!(world.app.db, |tx| { tx.execute(sql, vec![]).await.map(drop)? }).unwrap();
}

async fn count(world: &World, sql: &'static str) -> usize {
    world.app.db.fetch_all(sql, vec![]).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_ends_here_whose_logout_at_services_cannot_be_kept() {
    for world in worlds().await {
        let a = Provider::new("clinic");
        let (at_a, mut hears) = agreeing(&world, &a).await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        a.log_in(&world, &mut browser).await;
        let unlinked = [("entity", a.sp.entity.as_str())];

        run(&world, "ALTER TABLE logout RENAME TO away").await;
        let page = browser.form("/services/unlink", &unlinked).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(count(&world, "SELECT entity FROM service_session").await, 1, "it would end without a trace");

        run(&world, "ALTER TABLE away RENAME TO logout").await;
        browser.form("/services/unlink", &unlinked).await;
        assert_eq!(count(&world, "SELECT entity FROM service_session").await, 0);
        assert_eq!(count(&world, "SELECT handle FROM logout").await, 1);
        hears.recv().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_logout_that_nobody_waits_for_goes_on_after_an_interruption() {
    for world in worlds().await {
        let a = Provider::new("clinic");
        let (at_a, mut hears, release) = silent_at_first(&world, &a).await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a]);
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        a.log_in(&world, &mut browser).await;
        let mut thief = browser.clone().saying("user-agent", "another browser");
        assert_eq!(thief.get("/menu").await.location(), Some("/?ended"));
        hears.recv().await.unwrap();

        world.wait(SignedDuration::from_secs(31));
        platform::idp::resume_logouts(&world.app).await.unwrap();
        assert_eq!(at_a.got.lock().unwrap().len(), 2, "it was asked again");
        assert_eq!(count(&world, "SELECT handle FROM logout WHERE asking_until IS NULL").await, 1);
        drop(release);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_logout_that_cannot_be_read_stops_no_other() {
    for world in worlds().await {
        let a = Provider::new("clinic");
        let (at_a, mut hears, release) = silent_at_first(&world, &a).await;
        let a = a.logging_out(Binding::Soap, &at_a.address);
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        a.log_in(&world, &mut browser).await;
        browser.form("/services/unlink", &[("entity", a.sp.entity.as_str())]).await;
        hears.recv().await.unwrap();
        let (handle, until) = ([7; 32], world.now() + SignedDuration::from_secs(20));
        let damaged = Logout {
            visitor: Vec::new(),
            state: b"damaged".to_vec(),
            asking_until: Some(until),
            expires_at: until + SignedDuration::from_mins(9),
        };
        db::transaction!(world.app.db, |tx| { store::logout::insert(tx, handle, &damaged).await? }).unwrap();

        world.wait(SignedDuration::from_secs(31));
        platform::idp::resume_logouts(&world.app).await.unwrap();
        assert_eq!(at_a.got.lock().unwrap().len(), 2, "it was asked again");
        let left = "SELECT handle FROM logout WHERE asking_until IS NOT NULL";
        assert_eq!(count(&world, left).await, 0, "and nobody looks at the other once more");
        drop(release);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_logout_that_was_interrupted_goes_on() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let (a, b) = (Provider::new("clinic"), Provider::new("diary"));
        let ((at_a, mut hears_a, release), (at_b, mut hears_b)) = (silent_at_first(&world, &a).await, failing().await);
        let (a, b) = (a.logging_out(Binding::Soap, &at_a.address), b.logging_out(Binding::Soap, &at_b.address));
        register(&world, &[&a, &b]);
        let mut browser = logged_in(&world).await;
        a.log_in(&world, &mut browser).await;
        b.log_in(&world, &mut browser).await;

        let leaving = tokio::spawn(async move {
            let page = browser.form("/logout", &[]).await;
            (browser, page)
        });
        hears_a.recv().await.unwrap();
        hears_b.recv().await.unwrap();
        platform::idp::resume_logouts(&world.app).await.unwrap();
        assert_eq!(at_a.got.lock().unwrap().len(), 1, "whoever asks is left to it");

        world.wait(SignedDuration::from_secs(31));
        platform::idp::resume_logouts(&world.app).await.unwrap();
        assert_eq!((at_a.got.lock().unwrap().len(), at_b.got.lock().unwrap().len()), (2, 2), "each was asked again");
        drop(release);
        let (mut browser, page) = leaving.await.unwrap();
        let state = page.location().unwrap().to_owned();
        for _ in 0..2 {
            let page = browser.get(&state).await;
            assert!(page.shows(t.partial) && !page.shows(t.waiting), "{}", page.text);
            assert_eq!((page.text.matches(t.confirmed).count(), page.text.matches(t.unconfirmed).count()), (1, 1));
            platform::idp::resume_logouts(&world.app).await.unwrap();
        }
        assert_eq!(at_b.got.lock().unwrap().len(), 2, "and that was the end of it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_slow_services_sees_a_page() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).logout;
        let a = Provider::new("clinic");
        register(&world, &[&a]);
        let mut browser = logged_in(&world).await;
        a.log_in(&world, &mut browser).await;
        let state = browser.form("/logout", &[]).await.location().unwrap().to_owned();
        // Somebody asks on, for as long as the clock stands still.
        let until = world.now() + SignedDuration::from_secs(30);
        let asking = "UPDATE logout SET asking_until = $1";
        db::transaction!(world.app.db, |tx| { tx.execute(asking, db::params![until]).await.map(drop)? }).unwrap();
        let sealed = async || {
            let row = world.app.db.fetch_all("SELECT state FROM logout", vec![]).await.unwrap();
            row[0].get::<Vec<u8>>("state").unwrap()
        };
        let before = sealed().await;
        let page = browser.get(&state).await;
        assert!(sealed().await == before, "looking writes nothing");
        assert!(page.shows(t.behind) && page.shows(&a.called()) && page.shows(t.waiting), "{}", page.text);
        assert_eq!(refreshed(&page), Some(state), "and waits on without a button");
    }
}
