//! What a resident sees: the menu, coverage, who looked, consents.

use axum::http::StatusCode;
use db::params;
use health::Coverage;
use jiff::{SignedDuration, Span, ToSpan};
use platform::{consent::TEXT_VERSION, wording};
use region::Named;
use web::Lang;

use crate::{
    harness::{CLINIC_NAME, worlds},
    node::{Insurer, To},
    wicked::Wicked,
};

#[tokio::test(flavor = "multi_thread")]
async fn card_and_pin_open_the_coverage_that_the_insurers_hold() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        assert_eq!(browser.get("/").await.location(), Some("/menu"), "whoever is logged in goes on");
        assert!(browser.get("/menu").await.shows("/coverage"));
        let page = browser.get("/coverage").await;
        assert_eq!(page.status, StatusCode::OK);
        for text in [&holder.person.person.name, Insurer::National.name(), Insurer::Company.name(), "有効"] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        for period in &holder.person.coverages {
            assert!(page.shows(&period.insurer.to_string()), "an insurer's number");
        }
        assert!(page.shows(wording::text(Lang::Ja).common.binding), "the binding check is elsewhere");
        assert_eq!(world.outcomes().await, ["shown", "shown"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_is_laid_out_by_its_kind() {
    for world in worlds().await {
        let t = &wording::text(Lang::Ja).coverage;
        for (named, kind, fact, other) in [
            (Named::Householder, "record nhi", t.householder, t.employee),
            (Named::Employee, "record khi", t.employee, t.householder),
        ] {
            let holder = world.holder(named).await;
            let page = world.browser().logged_in(&holder).await.get("/coverage").await;
            assert!(page.shows(kind) && page.shows(fact), "{named:?}: {}", page.text);
            assert!(!page.shows(other), "{named:?}");
            let own = &holder.person.coverages[0];
            assert!(page.shows(&own.number), "{named:?}: 番号");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_nobody_is_asked() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let page = browser
            .form("/consents", &[("purpose", "citizen-self-view"), ("version", TEXT_VERSION), ("give", "false")])
            .await;
        assert_eq!(page.location(), Some("/consents"));
        let page = browser.get("/coverage").await;
        assert!(page.shows(wording::text(Lang::Ja).coverage.no_consent));
        assert!(!page.shows(&holder.person.person.name));
        for node in &world.nodes {
            assert_eq!(node.access_log().await, Vec::<String>::new(), "{:?} was asked", node.insurer);
        }
        assert!(world.outcomes().await.is_empty(), "nothing was disclosed, so that there is nothing to record");

        browser
            .form("/consents", &[("purpose", "citizen-self-view"), ("version", TEXT_VERSION), ("give", "true")])
            .await;
        assert!(browser.get("/coverage").await.shows(&holder.person.person.name), "from the next question on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_to_an_older_text_is_none() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        world.tamper("UPDATE consent SET text_version = '2020-01-01'", vec![]).await;
        assert!(browser.get("/coverage").await.shows(wording::text(Lang::Ja).coverage.no_consent));
        assert!(world.node(Insurer::National).access_log().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_consent_is_kept_with_its_text_and_its_times() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        for give in ["false", "true", "true", "false", "true"] {
            world.wait(SignedDuration::from_secs(1));
            browser
                .form("/consents", &[("purpose", "eligibility-check"), ("version", TEXT_VERSION), ("give", give)])
                .await;
        }
        let sql = "SELECT withdrawn_at FROM consent WHERE resident_id = $1 AND purpose = 'eligibility-check' \
             ORDER BY given_at";
        let rows = world.app.db.fetch_all(sql, params![holder.resident.bytes()]).await.unwrap();
        let over: Vec<bool> =
            rows.iter().map(|row| row.get::<Option<i64>>("withdrawn_at").unwrap().is_some()).collect();
        assert_eq!(over, [true, true, false], "giving what is given changes nothing");
        browser
            .form("/consents", &[("purpose", "eligibility-check"), ("version", TEXT_VERSION), ("give", "false")])
            .await;
        browser
            .form("/consents", &[("purpose", "eligibility-check"), ("version", "2009-03-01"), ("give", "true")])
            .await;
        let page = browser.get("/consents").await;
        assert!(page.shows(wording::text(Lang::Ja).consents.not_given), "nobody consents to a text of before");
        let page =
            browser.form("/consents", &[("purpose", "everything"), ("version", TEXT_VERSION), ("give", "true")]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looked_shows_ones_own_look_and_the_clinics_and_nobody_elses() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let other = world.holder(Named::Employee).await;
        let mut browser = world.browser().logged_in(&holder).await;
        browser.get("/coverage").await;
        world.clerk().await.check(&holder).await;
        let mut stranger = world.browser().logged_in(&other).await;
        stranger.get("/coverage").await;

        let t = &wording::text(Lang::Ja).looks;
        let page = browser.get("/looks").await;
        for text in [CLINIC_NAME, t.yourself, t.self_view, t.eligibility_check, t.coverage, t.eligibility] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        assert!(page.shows(Insurer::National.name()) && !page.shows(Insurer::Company.name()));
        let page = stranger.get("/looks").await;
        assert!(page.shows(Insurer::Company.name()), "{}", page.text);
        assert!(!page.shows(CLINIC_NAME) && !page.shows(Insurer::National.name()), "not another resident's looks");
        assert!(!stranger.get("/looks?before=2").await.shows(CLINIC_NAME), "nor by asking for older ones");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_shows_nothing_anywhere() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let mut clerk = world.clerk().await;
        world.tamper("ALTER TABLE audit_entry RENAME TO gone", vec![]).await;
        for page in [browser.get("/coverage").await, clerk.check(&holder).await] {
            assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
            let period = &holder.person.coverages[0];
            for value in [&holder.person.person.name, &holder.person.person.kana, &period.number] {
                assert!(!page.shows(value), "{}", page.text);
            }
            assert!(page.shows(wording::text(Lang::Ja).error.ours.0) && page.shows("WEB-05"));
        }
        world.tamper("ALTER TABLE gone RENAME TO audit_entry", vec![]).await;
        assert!(browser.get("/coverage").await.shows(&holder.person.person.name), "it works again when the log does");
        assert_eq!(world.outcomes().await, ["shown"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_that_the_configuration_does_not_know_is_named_and_not_taken_for_no_coverage() {
    for world in worlds().await {
        let holder = world.holder(Named::Lapsed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let mut clerk = world.clerk().await;
        let sql =
            "INSERT INTO link (resident_id, provider, generation, linked_at) VALUES ($1, 'https://new.example', 1, $2)";
        world.tamper(sql, params![holder.resident.bytes(), world.now()]).await;
        assert!(browser.get("/coverage").await.shows("https://new.example"));
        assert!(clerk.check(&holder).await.shows(wording::text(Lang::Ja).eligibility.down));
        assert_eq!(world.outcomes().await.iter().filter(|outcome| *outcome == "EXCHANGE-06").count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_whom_nobody_insures_is_told_so_and_the_look_is_recorded() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let sql = "UPDATE link SET ended_at = $2 WHERE resident_id = $1";
        world.tamper(sql, params![holder.resident.bytes(), world.now()]).await;
        assert!(browser.get("/coverage").await.shows(wording::text(Lang::Ja).coverage.nobody));
        assert_eq!(world.outcomes().await, ["nothing-linked"]);
        assert!(browser.get("/looks").await.shows(wording::text(Lang::Ja).looks.nothing_linked));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn older_looks_are_on_the_next_page() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        for _ in 0..30 {
            browser.get("/coverage").await;
        }
        let page = browser.get("/looks").await;
        assert!(page.shows("href=\"/looks?before=11\""), "sixty entries, fifty on a page: {}", page.text);
        let page = browser.get("/looks?before=11").await;
        assert!(!page.shows("/looks?before="), "these are the last");
        assert_eq!(browser.get("/looks?before=x").await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_english_reader_gets_english_pages() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().saying("accept-language", "en").logged_in(&holder).await;
        let t = wording::text(Lang::En);
        for (path, title) in [("/menu", t.menu.title), ("/looks", t.looks.title), ("/consents", t.consents.title)] {
            assert!(browser.get(path).await.shows(title), "{path}");
        }
        let page = browser.get("/coverage").await;
        assert!(page.shows(t.coverage.title) && page.shows("English nhi"), "{}", page.text);
        assert!(page.shows("<html lang=\"en\""), "{}", page.text);
        browser.form("/logout", &[]).await;
        let page = browser.log_in(&holder, "000000").await;
        assert!(page.shows(&t.card.wrong_pin.replace("{}", "4")), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_coverage_page_tells_what_insurers_claim_twice_or_leave_open_and_keeps_nothing_of_it() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let t = &wording::text(Lang::Ja).continuity;
        let before = world.relay().await;
        assert!(browser.get("/coverage").await.shows(t.fine), "handed over on one day");
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        let own = holder.coverage(Insurer::National);
        let moved = |by: Span| -> Vec<Coverage> {
            let move_by = |period: &Coverage| Coverage { valid_from: period.valid_from + by, ..period.clone() };
            own.iter().map(move_by).collect()
        };
        for (by, title, other) in [(-14.days(), t.overlap, t.gap), (14.days(), t.gap, t.overlap)] {
            let records = moved(by);
            wicked.will(move |wicked, question| wicked.honest(question, &records));
            let page = browser.get("/coverage").await;
            assert!(page.shows(title) && !page.shows(other) && !page.shows(t.fine), "{}", page.text);
            assert!(!page.shows("{old}") && !page.shows("{new}") && !page.shows("{day}") && !page.shows("{until}"));
        }
        assert_eq!(world.relay().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_and_overlaps_are_not_judged_while_a_source_is_down() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        let t = &wording::text(Lang::Ja).continuity;
        let page = browser.get("/coverage").await;
        assert!(page.shows(&t.unchecked_text.replace("{}", Insurer::National.name())), "{}", page.text);
        for text in [t.fine, t.overlap, t.gap, t.ended, t.ending] {
            assert!(!page.shows(text), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_insured_nowhere_is_told_where_to_join() {
    for world in worlds().await {
        let holder = world.holder(Named::Lapsed).await;
        let page = world.browser().saying("accept-language", "en").logged_in(&holder).await.get("/coverage").await;
        let t = &wording::text(Lang::En).continuity;
        assert!(page.shows(t.ended) && page.shows("2026-11-01") && page.shows("within 14 days"), "{}", page.text);
    }
}
