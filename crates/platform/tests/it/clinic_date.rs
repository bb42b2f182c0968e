//! What a reception is told of a date: which insurer, and whether two or none.

use axum::http::StatusCode;
use health::Coverage;
use jiff::{SignedDuration, ToSpan as _, civil::Date};
use platform::wording;
use region::Named;
use web::{Lang, clock::Shown};

use crate::{harness::worlds, holder::Holder, node::Insurer, wicked::Wicked};

/// The last day on which the company insured somebody who has left it.
fn last_day(holder: &Holder) -> Date {
    holder.coverage(Insurer::Company)[0].last_day().unwrap()
}

fn day(date: Date) -> String {
    Shown::day(date, Lang::Ja).text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_of_last_season_finds_the_insurer_of_that_day() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Changed);
        let date = last_day(&holder);
        let mut clerk = world.clerk().await;
        let page = clerk.get(&format!("/reception?date={date}")).await;
        assert!(page.shows(&day(date)) && page.shows(&format!("/reception/check?date={date}")), "{}", page.text);

        let page = clerk.check_on(&holder, &date.to_string()).await;
        let t = wording::text(Lang::Ja);
        assert!(page.shows("banner ok") && page.shows(&day(date)), "{}", page.text);
        assert!(
            page.shows(region::COMPANY) && !page.shows(&format!("{}</span>", region::NATIONAL)),
            "the insurer's number"
        );
        assert!(page.shows(t.on_date.covered) && page.shows(t.on_date.not_covered), "each insurer's own answer");
        assert!(page.shows(t.common.binding), "where the binding check is");
        assert_eq!(world.outcomes().await, ["shown", "shown"]);
        let rows = world.app.db.fetch_all("SELECT category FROM audit_entry", vec![]).await.unwrap();
        let logged: Vec<String> = rows.iter().map(|row| row.get("category").unwrap()).collect();
        assert_eq!(logged, vec![format!("eligibility:{date}"); 2], "the log says which day it was about");
        holder.set_pin(&world.app, Named::Changed.pin()).await;
        let looks = world.browser().logged_in(&holder).await.get("/looks").await;
        assert!(looks.shows(&t.on_date.look.replace("{}", &day(date))), "{}", looks.text);

        let today = clerk.check(&holder).await;
        assert!(today.shows("banner ok") && today.shows(region::NATIONAL), "{}", today.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_may_not_be_asked_about_is_refused_and_nobody_is_asked() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Changed);
        let mut clerk = world.clerk().await;
        for wrong in ["2026-12-01", "2024-11-21", "yesterday"] {
            let page = clerk.get(&format!("/reception?date={wrong}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(page.shows(wording::text(Lang::Ja).on_date.wrong) && page.shows("href=\"#date\""), "{}", page.text);
            assert!(!page.shows("check?date="), "the reader checks for today");
            let page = clerk.check_on(&holder, wrong).await;
            assert!(page.shows("EXCHANGE-10") && !page.shows(&holder.person.person.name), "{}", page.text);
        }
        assert!(world.outcomes().await.is_empty());
        assert!(world.node(Insurer::National).access_log().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_insurers_on_one_day_and_a_day_without_any_are_named() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Changed);
        let (last, own) = (last_day(&holder), holder.coverage(Insurer::National)[0].clone());
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        let mut clerk = world.clerk().await;
        let mut said = async |record: Coverage, date: Date| {
            wicked.will(move |wicked, question| wicked.eligible(question, std::slice::from_ref(&record), date));
            clerk.check_on(&holder, &date.to_string()).await
        };
        let t = &wording::text(Lang::Ja).on_date;

        let early = Coverage { valid_from: last.saturating_sub(10.days()), ..own.clone() };
        let page = said(early, last).await;
        assert!(page.shows(t.overlap.0) && !page.shows(t.gap.0), "{}", page.text);

        let late = Coverage { valid_from: last.saturating_add(10.days()), ..own.clone() };
        let page = said(late, last.saturating_add(5.days())).await;
        assert!(page.shows(t.gap.0) && !page.shows(t.overlap.0), "{}", page.text);
        assert!(page.shows(&day(last.tomorrow().unwrap())) && page.shows(&day(last.saturating_add(9.days()))));

        // The answer of another day is none.
        let other = last.saturating_sub(1.day());
        wicked.will(move |wicked, question| wicked.eligible(question, std::slice::from_ref(&own), other));
        let page = clerk.check_on(&holder, &last.to_string()).await;
        assert!(page.shows(wording::text(Lang::Ja).common.reason_untrusted), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_nobody_has_renewed_are_said_to_be_old() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Householder);
        let old = wording::text(Lang::Ja).peers.old.replace("{}", "2026年11月22日");
        world.wait(SignedDuration::from_hours(34 * 24));
        assert!(!world.clerk().await.check(&holder).await.shows(&old));
        world.wait(SignedDuration::from_hours(2 * 24));
        let page = world.clerk().await.check(&holder).await;
        assert!(page.shows(&old), "{}", page.text);
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        assert!(browser.get("/coverage").await.shows(&old), "on the resident's own page, too");
    }
}
