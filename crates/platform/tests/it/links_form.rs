//! The form for a link: what is wrong is named beside the field and above, and nothing is sent before all is right.

use axum::http::StatusCode;
use futures::future::join_all;
use idwsf::dst::Code;
use platform::wording;
use web::Lang;

use crate::{
    browser::Browser,
    desk::Plan,
    harness::{PORTAL, worlds},
    links::{filled, met, steps, wish, wishes},
    node::{Insurer, To},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_beside_the_field_and_above_all() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        let t = &wording::text(Lang::Ja).links.form;
        for (field, value, problem) in [
            ("provider", "https://nobody.example", t.problems.not_chosen),
            ("number", " ", t.problems.missing),
            ("name", "", t.problems.missing),
            ("birth", "きのう", t.problems.no_date),
            ("birth", "2026-11-23", t.problems.no_date),
            ("sex", "3", t.problems.not_chosen),
            ("address", "", t.problems.missing),
            ("agree", "", t.problems.not_agreed),
            ("version", "2020-01-01", t.problems.not_agreed),
        ] {
            let page = browser.form("/links/add", &filled(Insurer::National, &[(field, value)])).await;
            let id = if field == "version" { "agree" } else { field };
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.shows(&format!("<a href=\"#{id}\">")) && page.shows(t.wrong), "{field}: {}", page.text);
            assert!(page.shows(&format!("id=\"{id}-error\"")) && page.shows(problem), "{field}: {}", page.text);
            assert!(page.shows(&format!("id=\"{id}\" name=\"{id}\"")), "{id}: the link leads to a field");
            assert!(!page.shows("aria-describedby=\"\"") && !page.shows("aria-describedby=\" "), "{}", page.text);
            assert!(field == "number" || page.shows("value=\"8087766\""), "{field}: the rest is kept");
        }
        let page = browser.form("/links/add", &[("shoe-size", "42")]).await;
        assert!(page.status.is_client_error(), "{}", page.text);
        assert!(desk.asked().is_empty() && wishes(&world).await.is_empty() && steps(&world).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_empty_form_asks_nobody_and_writes_nothing() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::REVIEW).await;
        wish(&mut browser).await;
        let (asked, logged) = (desk.asked().len(), steps(&world).await);
        let page = browser.get("/links/add").await;
        let t = &wording::text(Lang::Ja).links.form;
        assert!(page.shows(t.nobody_left), "one is linked and one waits: {}", page.text);
        assert_eq!((desk.asked().len(), steps(&world).await), (asked, logged));

        world.tamper("UPDATE linking SET state = 'refused'", vec![]).await;
        let page = browser.get("/links/add").await;
        assert!(page.shows(Insurer::National.entity()), "{}", page.text);
        assert!(page.shows("name=\"number\"") && page.shows("maxlength=\"40\"") && page.shows("maxlength=\"100\""));
        assert!(!page.shows("aria-describedby=\"\""), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_individual_number_is_refused_and_does_not_even_come_back() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        let t = &wording::text(Lang::Ja).links.form.problems;
        for field in ["symbol", "number", "branch", "name", "kana", "birth", "address"] {
            for number in ["123456789018", "１２３４５６７８９０１８", "1234-5678-9018"] {
                let page = browser.form("/links/add", &filled(Insurer::National, &[(field, number)])).await;
                assert!(page.shows(t.my_number) && !page.shows(number), "{field} {number}: {}", page.text);
            }
        }
        assert!(desk.asked().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_is_on_its_way_is_not_sent_a_second_time() {
    for world in worlds().await {
        let (_, browser, desk) = met(&world, Plan::LINKED).await;
        let sent = (0..4).map(|_| {
            let mut browser = browser.clone();
            async move { wish(&mut browser).await }
        });
        let pages = join_all(sent).await;
        let found = pages.iter().filter(|page| page.status == StatusCode::SEE_OTHER).count();
        assert_eq!((found, desk.changes().len()), (1, 1), "one of them is sent");
        assert_eq!(wishes(&world).await, [("linked".to_owned(), 1, 1)]);
        assert_eq!(steps(&world).await, ["sent", "linked"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_cheats_or_refuses_is_not_believed() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        let t = wording::text(Lang::Ja);
        desk.wicked.will(|_, _| b"garbage".to_vec());
        let page = wish(&mut browser).await;
        assert!(page.shows(t.common.reason_untrusted) && page.shows("EXCHANGE-03"), "{}", page.text);
        assert_eq!(wishes(&world).await, [("asked".to_owned(), 1, 1)]);
        desk.wicked.will(crate::wicked::Wicked::fault);
        let page = wish(&mut browser).await;
        assert!(page.shows(&t.links.form.came.refused.0.replace("{}", Insurer::National.name())), "{}", page.text);
        assert!(page.shows("LINK-16"));
        assert_eq!(wishes(&world).await, [("refused".to_owned(), 1, 1)]);
        assert_eq!(steps(&world).await, ["sent", "EXCHANGE-03", "sent", "refused"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_cannot_look_yet_is_asked_later_and_it_is_one_try() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan { change: Err(Code::UNEXPECTED_ERROR), ..Plan::LINKED }).await;
        let t = wording::text(Lang::Ja);
        for _ in 0..6 {
            let page = wish(&mut browser).await;
            assert!(page.shows(t.links.form.came.kept_here) && page.shows("EXCHANGE-02"), "{}", page.text);
        }
        assert_eq!(wishes(&world).await, [("asked".to_owned(), 1, 1)]);
        desk.will(Plan::LINKED);
        assert_eq!(wish(&mut browser).await.status, StatusCode::SEE_OTHER);
        assert_eq!(wishes(&world).await, [("linked".to_owned(), 1, 1)], "under the same name");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_may_have_been_read_is_a_try() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        desk.wicked.will(|_, _| std::panic::resume_unwind(Box::new("the connection breaks")));
        let page = wish(&mut browser).await;
        assert!(page.shows("EXCHANGE-01"), "{}", page.text);
        assert_eq!(desk.changes().len(), 1, "it was read, once");
        assert_eq!(wishes(&world).await, [("asked".to_owned(), 1, 1)]);
        world.node(Insurer::National).line.lead(To::Nowhere);
        assert!(wish(&mut browser).await.shows("EXCHANGE-01"));
        assert_eq!(wishes(&world).await, [("asked".to_owned(), 1, 1)], "it has been read once, whatever came after");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_no_connection_was_ready_for_in_time_is_no_try() {
    for world in worlds().await {
        let (_, browser, _desk) = met(&world, Plan::LINKED).await;
        let app = world.reopened(|config| config.exchange.deadline_millis = 1_000).await;
        let mut hurried = Browser::new(platform::router(&app), PORTAL);
        hurried.cookies = browser.cookies;
        world.node(Insurer::National).line.lead(To::Silence);
        let page = wish(&mut hurried).await;
        assert!(page.shows("EXCHANGE-02"), "{}", page.text);
        assert_eq!(wishes(&world).await, [("asked".to_owned(), 1, 0)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_english_reader_gets_an_english_form() {
    for world in worlds().await {
        let (_, browser, _desk) = met(&world, Plan::UNMATCHED).await;
        let mut browser = browser.saying("accept-language", "en");
        let t = &wording::text(Lang::En).links;
        assert!(browser.get("/links").await.shows(t.lead));
        assert!(browser.get("/links/add").await.shows(t.form.agree));
        assert!(wish(&mut browser).await.shows(t.form.came.check[0]));
        world.node(Insurer::National).line.lead(To::Nowhere);
        assert!(wish(&mut browser).await.shows(t.form.came.kept_here));
    }
}
