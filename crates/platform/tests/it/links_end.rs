//! The end of a link: here at once, and the insurer is told until it knows.

use axum::http::StatusCode;
use idwsf::dst::Code;
use jiff::SignedDuration;
use platform::{exchange::link::tell_due, wording};
use region::Named;
use web::Lang;

use crate::{
    browser::{Browser, Page},
    desk::Plan,
    harness::{OFFICE, OPERATOR, World, worlds},
    links::{confirm_page, met, say, steps, wish, wishes},
    node::{Insurer, To},
};

async fn end(browser: &mut Browser, generation: &str) -> Page {
    browser.form("/links/end", &[("provider", Insurer::National.entity()), ("generation", generation)]).await
}

/// How often an insurer that is owed a word was told in vain, each row.
async fn owed(world: &World) -> Vec<i64> {
    let rows = world.app.db.fetch_all("SELECT tries FROM link_end", vec![]).await.unwrap();
    rows.iter().map(|row| row.get("tries").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_ended_gives_nothing_and_the_insurer_is_told() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        say(&mut browser, "1", "true").await;
        let t = &wording::text(Lang::Ja).links;
        let sure = confirm_page().replace("/confirm", "/end") + "&generation=1";
        let page = browser.get(&sure).await;
        assert!(page.shows(&t.sure.text.replace("{}", Insurer::National.name())), "{}", page.text);
        assert_eq!(end(&mut browser, "1").await.location(), Some("/links?done=ended"));
        assert!(!desk.changes().pop().unwrap().contains("NewData"));
        assert!(!browser.get("/coverage").await.shows(Insurer::National.name()));
        let page = browser.get("/links?done=ended").await;
        assert!(page.shows(t.done.ended) && page.shows(t.states.ended.0), "{}", page.text);
        assert_eq!(end(&mut browser, "1").await.status, StatusCode::NOT_FOUND, "it is over");
        assert!(owed(&world).await.is_empty());
        assert_eq!(steps(&world).await, ["sent", "linked", "confirmed", "ended"]);

        wish(&mut browser).await;
        let states: Vec<_> =
            wishes(&world).await.into_iter().map(|(state, generation, _)| (state, generation)).collect();
        assert_eq!(states, [("confirmed".to_owned(), 1), ("linked".to_owned(), 2)], "again under a new name");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_about_the_end_of_what_there_is_not() {
    for world in worlds().await {
        let (_, mut browser, _desk) = met(&world, Plan::LINKED).await;
        let sure = confirm_page().replace("/confirm", "/end");
        let t = &wording::text(Lang::Ja).links.sure;
        wish(&mut browser).await;
        assert!(browser.get(&format!("{sure}&generation=1")).await.shows(t.withdraw_title));
        for other in [format!("{sure}&generation=2"), "/links/end?provider=nobody&generation=1".to_owned()] {
            let page = browser.get(&other).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{other}");
            assert!(!page.shows("nobody") && !page.shows(t.withdraw_title), "{}", page.text);
        }
        end(&mut browser, "1").await;
        assert_eq!(browser.get(&format!("{sure}&generation=1")).await.status, StatusCode::NOT_FOUND, "it is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_is_down_is_told_of_the_end_later_by_any_process() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        say(&mut browser, "1", "true").await;
        let line = world.node(Insurer::National).line.clone();
        line.lead(To::Nowhere);
        assert_eq!(end(&mut browser, "1").await.location(), Some("/links?done=ended&untold=true"));
        let t = &wording::text(Lang::Ja).links;
        assert!(browser.get("/links?done=ended&untold=true").await.shows(t.done.untold));
        assert!(!browser.get("/coverage").await.shows(Insurer::National.name()), "here it has ended");
        assert_eq!(owed(&world).await, [0]);

        let told = desk.changes().len();
        tell_due(&world.app).await.unwrap();
        assert_eq!(owed(&world).await, [0], "not before its time");
        world.wait(SignedDuration::from_mins(2));
        tell_due(&world.app).await.unwrap();
        assert_eq!(owed(&world).await, [1], "still down");

        line.lead(To::Address(desk.wicked.served_at));
        world.wait(SignedDuration::from_mins(30));
        let other = world.reopened(|_| ()).await;
        tell_due(&other).await.unwrap();
        assert!(owed(&world).await.is_empty());
        assert_eq!(desk.changes().len(), told + 1);
        world.wait(SignedDuration::from_hours(2));
        tell_due(&world.app).await.unwrap();
        assert_eq!(desk.changes().len(), told + 1, "told once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_has_nothing_of_the_kind_knows_of_the_end() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        say(&mut browser, "1", "true").await;
        desk.will(Plan::UNMATCHED);
        assert_eq!(end(&mut browser, "1").await.location(), Some("/links?done=ended"));
        assert!(owed(&world).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_refuses_to_hear_of_an_end_is_told_again() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        desk.will(Plan { change: Err(Code::UNEXPECTED_ERROR), ..Plan::LINKED });
        assert_eq!(say(&mut browser, "1", "false").await.location(), Some("/links?done=denied&untold=true"));
        assert_eq!(owed(&world).await, [0]);
        desk.will(Plan::UNMATCHED);
        world.wait(SignedDuration::from_mins(2));
        tell_due(&world.app).await.unwrap();
        assert!(owed(&world).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_waits_can_be_taken_back() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::REVIEW).await;
        wish(&mut browser).await;
        let t = &wording::text(Lang::Ja).links;
        let sure = confirm_page().replace("/confirm", "/end") + "&generation=1";
        assert!(browser.get(&sure).await.shows(t.sure.withdraw_title));
        assert_eq!(end(&mut browser, "1").await.location(), Some("/links?done=ended"));
        assert!(!desk.changes().pop().unwrap().contains("NewData"));
        assert!(browser.get("/links").await.shows(t.states.withdrawn.0));
        assert_eq!(wishes(&world).await, [("withdrawn".to_owned(), 1, 1)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_the_application_form_can_be_ended_like_any_other() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let desk = crate::desk::Desk::open(&world, Insurer::National, Plan::LINKED, Vec::new());
        assert_eq!(end(&mut browser, "1").await.location(), Some("/links?done=ended"));
        assert_eq!(desk.changes().len(), 1);
        assert!(browser.get("/coverage").await.shows(wording::text(Lang::Ja).coverage.nobody));
        wish(&mut browser).await;
        assert_eq!(wishes(&world).await, [("linked".to_owned(), 2, 1)], "its name is used up");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sees_too_late_that_the_record_is_not_theirs_ends_the_link() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        say(&mut browser, "1", "true").await;
        say(&mut browser, "1", "false").await;
        assert!(!desk.changes().pop().unwrap().contains("NewData"), "the insurer is told");
        assert!(!browser.get("/coverage").await.shows(Insurer::National.name()));
        assert_eq!(steps(&world).await, ["sent", "linked", "confirmed", "ended"]);
        assert_eq!(say(&mut browser, "1", "true").await.status, StatusCode::NOT_FOUND, "a link that is over");
        assert_eq!(say(&mut browser, "1", "false").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_is_left_alone_is_told_of_an_end_all_the_same() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        say(&mut browser, "1", "true").await;
        let line = world.node(Insurer::National).line.clone();
        line.lead(To::Nowhere);
        for _ in 0..5 {
            browser.get("/coverage").await;
        }
        line.lead(To::Address(desk.wicked.served_at));
        let rests = || world.app.insurers.find(Insurer::National.entity()).unwrap().breaker.seen().rests(world.now());
        assert!(rests());
        assert_eq!(end(&mut browser, "1").await.location(), Some("/links?done=ended"), "it knows");
        assert!(!rests(), "and it was the question that found out");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_insurer_is_owed_that_has_left_the_region_waits_in_sight_until_it_is_back() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        say(&mut browser, "1", "true").await;
        let line = world.node(Insurer::National).line.clone();
        line.lead(To::Nowhere);
        end(&mut browser, "1").await;
        let national = Insurer::National.entity();
        let without = world.reopened(|config| config.insurer.retain(|insurer| insurer.entity != national)).await;
        world.wait(SignedDuration::from_mins(2));
        for _ in 0..3 {
            tell_due(&without).await.unwrap();
            world.wait(SignedDuration::from_hours(2));
        }
        assert_eq!(owed(&world).await, [1], "it is not tried again and again");
        let findings = platform::doctor::examine(&without).await;
        let stranded = findings.iter().find(|finding| finding.about.en == national).unwrap();
        assert_eq!(stranded.problem, Some(doctor::Problem::Stranded { ends: 1 }));
        let mut operator = Browser::new(platform::router(&without), OFFICE);
        operator.form("/login/demo", &[("login_name", OPERATOR)]).await;
        let said = wording::text(Lang::Ja).peers.stranded.replacen("{}", national, 1).replacen("{}", "1", 1);
        assert!(operator.get("/peers").await.shows(&said));

        line.lead(To::Address(desk.wicked.served_at));
        let told = desk.changes().len();
        tell_due(&world.app).await.unwrap();
        assert!(owed(&world).await.is_empty());
        assert_eq!(desk.changes().len(), told + 1, "it is back, and knows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_insurer_is_owed_that_never_comes_back_is_forgotten_after_a_year() {
    for world in worlds().await {
        let (_, mut browser, _desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        say(&mut browser, "1", "true").await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        end(&mut browser, "1").await;
        let without = world.reopened(|config| config.insurer.retain(|one| one.number != region::NATIONAL)).await;
        world.wait(SignedDuration::from_mins(2));
        tell_due(&without).await.unwrap();
        world.wait(SignedDuration::from_hours(24 * 399));
        tell_due(&without).await.unwrap();
        assert_eq!(owed(&world).await.len(), 1);
        world.wait(SignedDuration::from_hours(24 * 2));
        tell_due(&without).await.unwrap();
        assert!(owed(&world).await.is_empty());
    }
}
