//! What becomes of an insurer that fails or cheats: its name on the page, a code in the log, and nothing else.

use std::time::Duration;

use axum::http::StatusCode;
use db::params;
use health::Coverage;
use idwsf::{MessageId, message::LIMITS};
use jiff::SignedDuration;
use platform::wording;
use region::Named;
use web::Lang;

use crate::{
    browser::{Browser, Page},
    harness::{PORTAL, World, worlds},
    node::{Insurer, To},
    wicked::Wicked,
};

/// Asserts that the national insurer gave nothing, that the company's records are shown, and what the log says.
async fn only_the_company_is_shown(world: &World, page: &Page, reason: &str, code: &str, case: &str) {
    let t = &wording::text(Lang::Ja).common;
    assert_eq!(page.status, StatusCode::OK, "{case}");
    assert!(page.shows(&t.source_failed.replace("{}", Insurer::National.name())), "{case}: the source is named");
    assert!(page.shows(reason), "{case}: it says what to do");
    assert!(page.shows(&format!(">{}</h2>", Insurer::Company.name())), "{case}: the rest is shown");
    assert!(!page.shows(&format!(">{}</h2>", Insurer::National.name())), "{case}: nothing is made up");
    let sql = "SELECT outcome FROM audit_entry WHERE source = $1 ORDER BY number DESC";
    for (insurer, expected) in [(Insurer::National, code), (Insurer::Company, "shown")] {
        let last = world.app.db.fetch_optional(sql, params![insurer.entity()]).await.unwrap().unwrap();
        assert_eq!(last.get::<String>("outcome").unwrap(), expected, "{case}: {insurer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_is_down_is_named_and_the_rest_is_shown() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let before = world.relay().await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        let page = browser.get("/coverage").await;
        let reason = wording::text(Lang::Ja).common.reason_down;
        only_the_company_is_shown(&world, &page, reason, "EXCHANGE-01", "down").await;
        assert_eq!(world.relay().await, before);

        world.node(Insurer::National).mend();
        let page = browser.get("/coverage").await;
        assert!(page.shows(&format!(">{}</h2>", Insurer::National.name())), "it works again when the insurer does");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_insurer_is_not_waited_for() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let cookies = world.browser().logged_in(&holder).await.cookies;
        // Opens the connections to both, so that the deadline below is spent on the answer alone.
        let app = world.reopened(|config| config.exchange.deadline_millis = 2_000).await;
        let mut browser = Browser::new(platform::router(&app), PORTAL);
        browser.cookies = cookies;
        assert!(browser.get("/coverage").await.shows(Insurer::National.name()));
        world.node(Insurer::National).line.lead(To::Silence);
        let asked = std::time::Instant::now();
        let page = browser.get("/coverage").await;
        assert!(asked.elapsed() < Duration::from_secs(10), "the page came after {:?}", asked.elapsed());
        let reason = wording::text(Lang::Ja).common.reason_slow;
        only_the_company_is_shown(&world, &page, reason, "EXCHANGE-02", "slow").await;
    }
}

/// Makes an answer to a question, out of the records that an honest insurer would send.
type Forge = fn(&Wicked, &MessageId, &[Coverage]) -> Vec<u8>;

/// Everything that makes an answer one that nobody may believe.
fn tricks() -> Vec<(&'static str, Forge)> {
    vec![
        ("no answer at all", |_, _, _| Vec::new()),
        ("garbage", |_, _, _| b"\xFF\xFEno XML".to_vec()),
        ("an unsigned envelope", |_, _, _| {
            br#"<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body/></S:Envelope>"#.to_vec()
        }),
        ("an entity bomb", |wicked, question, own| {
            let bomb = br#"<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"#;
            [bomb.as_slice(), &wicked.honest(question, own)].concat()
        }),
        ("a body that was changed", |wicked, question, own| {
            let text = String::from_utf8(wicked.honest(question, own)).unwrap();
            let changed = text.replace(&own[0].number, "7777777");
            assert_ne!(text, changed);
            changed.into_bytes()
        }),
        ("another insurer's signature", |wicked, question, own| {
            wicked.signed((Insurer::National, Insurer::Company), question, own, wicked.now())
        }),
        ("another insurer's name", |wicked, question, own| {
            wicked.signed((Insurer::Company, Insurer::National), question, own, wicked.now())
        }),
        ("the answer to another question, about another person", |wicked, _, own| {
            wicked.honest(&MessageId::from_random([7; 16]), own)
        }),
        ("an answer of yesterday", |wicked, question, own| {
            let yesterday = wicked.now() - SignedDuration::from_hours(24);
            wicked.signed((Insurer::National, Insurer::National), question, own, yesterday)
        }),
        ("records of another insurer", |wicked, question, own| {
            let foreign = Coverage { insurer: region::COMPANY.parse().unwrap(), ..own[0].clone() };
            wicked.honest(question, &[foreign])
        }),
        ("an answer that is too long", |wicked, question, own| {
            [wicked.honest(question, own), vec![b' '; LIMITS.bytes]].concat()
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_verify_is_not_shown() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let before = world.relay().await;
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        let own = holder.coverage(Insurer::National);

        let honest = own.clone();
        wicked.will(move |wicked, question| wicked.honest(question, &honest));
        let page = browser.get("/coverage").await;
        assert!(page.shows(&format!(">{}</h2>", Insurer::National.name())), "an honest answer is shown: {}", page.text);

        for (case, trick) in tricks() {
            let own = own.clone();
            wicked.will(move |wicked, question| trick(wicked, question, &own));
            let page = browser.get("/coverage").await;
            let reason = wording::text(Lang::Ja).common.reason_untrusted;
            only_the_company_is_shown(&world, &page, reason, "EXCHANGE-03", case).await;
            assert!(!page.shows("7777777"), "{case}");
        }
        assert_eq!(world.relay().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_good_for_one_question() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        let own = holder.coverage(Insurer::National);
        wicked.will(move |wicked, question| wicked.honest(question, &own));
        browser.get("/coverage").await;
        wicked.will(|wicked, _| wicked.answered.lock().unwrap()[0].clone());
        let page = browser.get("/coverage").await;
        let reason = wording::text(Lang::Ja).common.reason_untrusted;
        only_the_company_is_shown(&world, &page, reason, "EXCHANGE-03", "replayed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_may_refuse_a_question() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        wicked.will(Wicked::fault);
        let page = browser.get("/coverage").await;
        let reason = wording::text(Lang::Ja).common.reason_refused;
        only_the_company_is_shown(&world, &page, reason, "EXCHANGE-04", "refused").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_nobody_runs_does_not_keep_a_reception_waiting_for_a_wrong_no() {
    for world in worlds().await {
        let holder = world.holder_without_pin(Named::Changed);
        world.node(Insurer::National).line.lead(To::Nowhere);
        let page = world.clerk().await.check(&holder).await;
        let t = wording::text(Lang::Ja);
        assert!(page.shows("banner down") && page.shows(t.eligibility.down), "{}", page.text);
        assert!(page.shows(&t.common.source_failed.replace("{}", Insurer::National.name())));
        assert!(!page.shows("banner bad"), "a missing answer is not a no");
    }
}
