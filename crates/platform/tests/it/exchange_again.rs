//! Insurers that fail again and again, whose connections end under us, or that have moved.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use health::Coverage;
use jiff::SignedDuration;
use keys::Signature;
use platform::{
    app::{key, open_keys},
    config::Config,
    wording,
};
use region::Named;
use web::Lang;

use crate::{
    browser::Browser,
    harness::{PORTAL, World, worlds},
    node::{Insurer, PLATFORM, To},
    wicked::Wicked,
};

/// How often a connection fails until the institution is left alone.
const FAILURES: usize = 5;

fn shows(page: &crate::browser::Page, insurer: Insurer) -> bool {
    page.shows(&format!(">{}</h2>", insurer.name()))
}

/// How the newest questions to the national insurer ended, the newest first.
async fn outcomes(world: &World) -> Vec<String> {
    let sql = "SELECT outcome FROM audit_entry WHERE source = $1 ORDER BY number DESC";
    let rows = world.app.db.fetch_all(sql, db::params![Insurer::National.entity()]).await.unwrap();
    rows.iter().map(|row| row.get("outcome").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_is_down_is_left_alone_and_found_again() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        assert!(shows(&browser.get("/coverage").await, Insurer::National));
        world.node(Insurer::National).line.lead(To::Nowhere);
        for _ in 0..FAILURES {
            browser.get("/coverage").await;
        }
        world.node(Insurer::National).mend();
        let asked_before = world.node(Insurer::National).access_log().await.len();
        let page = browser.get("/coverage").await;
        let t = &wording::text(Lang::Ja);
        assert!(!shows(&page, Insurer::National) && shows(&page, Insurer::Company));
        assert!(page.shows(t.common.reason_down), "{}", page.text);
        assert!(page.shows("最後につながったのは 2026年11月22日 12:00 です。"), "{}", page.text);
        assert_eq!(outcomes(&world).await[..2], ["EXCHANGE-07", "EXCHANGE-01"]);
        assert_eq!(world.node(Insurer::National).access_log().await.len(), asked_before, "it was not asked");

        world.wait(SignedDuration::from_secs(5));
        assert!(shows(&browser.get("/coverage").await, Insurer::National), "one question finds out");
        assert!(shows(&browser.get("/coverage").await, Insurer::National));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_answers_and_leave_nobody_alone() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        wicked.will(Wicked::fault);
        for _ in 0..=FAILURES {
            browser.get("/coverage").await;
        }
        assert_eq!(outcomes(&world).await[0], "EXCHANGE-04", "it was asked to the last");
    }
}

/// A browser of a resident of both insurers, the national one being wicked; and what an honest one would answer.
async fn with_wicked(world: &World) -> (Browser, Arc<Wicked>, Vec<Coverage>) {
    let holder = world.holder(Named::Changed).await;
    let browser = world.browser().logged_in(&holder).await;
    let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
    (browser, wicked, holder.coverage(Insurer::National))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_whose_connection_ends_is_asked_once_more_under_a_new_name() {
    for world in worlds().await {
        let (mut browser, wicked, own) = with_wicked(&world).await;
        let broken = AtomicBool::new(false);
        wicked.will(move |wicked, question| {
            if !broken.swap(true, Ordering::SeqCst) {
                std::panic::resume_unwind(Box::new("the connection ends"));
            }
            wicked.honest(question, &own)
        });
        assert!(shows(&browser.get("/coverage").await, Insurer::National));
        let names = wicked.names();
        assert_eq!(names.len(), 2);
        assert_ne!(names[0], names[1], "a name is used once");

        wicked.will(|_, _| std::panic::resume_unwind(Box::new("the connection ends")));
        assert!(!shows(&browser.get("/coverage").await, Insurer::National));
        assert_eq!(wicked.names().len(), 4, "once more, and not for ever");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_has_moved_is_followed_within_its_domain_only() {
    for world in worlds().await {
        let (mut browser, wicked, own) = with_wicked(&world).await;
        let known = || world.app.insurers.find(Insurer::National.entity()).unwrap();
        let old = known().address.clone();
        for elsewhere in ["https://evil.example/idwsf", "http://127.0.0.1/idwsf", "https://me:pw@127.0.0.1/idwsf"] {
            wicked.will(move |wicked, question| wicked.moved(question, elsewhere));
            assert!(!shows(&browser.get("/coverage").await, Insurer::National), "{elsewhere}");
            assert_eq!(known().address_now(), old, "{elsewhere}");
        }
        assert_eq!(outcomes(&world).await[0], "EXCHANGE-04");

        let new = old.replace("/dst", "/new");
        let (told, honest) = (AtomicBool::new(false), new.clone());
        wicked.will(move |wicked, question| {
            if told.swap(true, Ordering::SeqCst) {
                wicked.honest(question, &own)
            } else {
                wicked.moved(question, &honest)
            }
        });
        assert!(shows(&browser.get("/coverage").await, Insurer::National));
        assert_eq!(known().address_now(), new);
        assert!(wicked.last_asked().0.contains(&new), "the message names its new address");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_slowness_leaves_nobody_alone() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        // A signature that takes so long that it is made elsewhere.
        let own = world.own_keys();
        let keys = open_keys(&own).unwrap();
        for name in [key::SIGN, key::TOKEN] {
            assert!(keys.remove(name));
            keys.ensure(name, Signature::Rsa2048.kind(PLATFORM), world.now()).unwrap();
        }
        keys.save().unwrap();
        let slow = |config: &mut Config| (config.keys, config.exchange.deadline_millis) = (own, 100);
        let app = world.reopened(slow).await;
        let mut browser = Browser::new(platform::router(&app), PORTAL).logged_in(&holder).await;
        // Every processor has something else to do than to sign.
        let (mut release, mut busy) = (Vec::new(), Vec::new());
        for _ in 0..std::thread::available_parallelism().unwrap().get() {
            let (go, wait) = std::sync::mpsc::channel::<()>();
            let mut piece = Box::pin(app.processors.run(move || wait.recv().is_err()));
            assert!(futures::poll!(&mut piece).is_pending());
            release.push(go);
            busy.push(piece);
        }
        for _ in 0..=FAILURES {
            assert!(!shows(&browser.get("/coverage").await, Insurer::National));
        }
        assert_eq!(outcomes(&world).await[..FAILURES], ["EXCHANGE-02"; FAILURES]);
        let seen = app.insurers.find(Insurer::National.entity()).unwrap().breaker.seen();
        assert_eq!((seen.failures, seen.rest), (0, None), "it has done nothing wrong");
        drop(release);
        for piece in busy {
            assert_eq!(piece.await, Some(true));
        }
    }
}
