//! Requests in doubt, as the insurer's clerks see and decide on them.

use std::collections::BTreeSet;

use db::params;
use health::{Coverage, LinkRequest, Person};
use idwsf::dst::Outcome;
use insurer::import::coverage;
use reqwest::StatusCode;

use crate::console::{Browser, consoles};
use crate::linking::{request, standing, wish};
use crate::people::{file, yoshida};
use crate::region::{COVERAGE, Region, ask};

/// Somebody who has moved and is written in another way.
fn moved() -> LinkRequest {
    let mut request = request(&yoshida());
    let person =
        Person {
            name: "吉田 一郎".into(), address: Some("香川県丸亀市大手町9-9".into()), ..request.person.clone()
        };
    request.person = person;
    request
}

/// Nodes with a console on which one request waits.
async fn waiting() -> Vec<(Region, Browser, String)> {
    let mut all = Vec::new();
    for region in consoles().await {
        coverage(&region.app().await, &file(&[yoshida()])).await.unwrap();
        region.change(&wish("p1", Some(&moved()))).await.unwrap();
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("review ***345"));
        let browser = Browser::of(&region, "sato").await;
        let list = browser.get("/cases").await;
        let path = list.text.split("href=\"").find_map(|rest| rest.strip_prefix("/cases/")?.split('"').next());
        let path = format!("/cases/{}", path.unwrap());
        all.push((region, browser, path));
    }
    all
}

/// The hidden value of a page that says what was shown.
fn seen(text: &str) -> String {
    text.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn outcomes(region: &Region) -> Vec<(String, String)> {
    let sql = "SELECT requester, outcome FROM access_log WHERE requester LIKE 'clerk:%' ORDER BY seq";
    let rows = region.database.db.fetch_all(sql, params![]).await.unwrap();
    rows.iter().map(|row| (row.get("requester").unwrap(), row.get("outcome").unwrap())).collect()
}

/// What is kept of the request itself.
async fn contents(region: &Region) -> BTreeSet<Option<Vec<u8>>> {
    let rows = region.database.db.fetch_all("SELECT content FROM link_case", params![]).await.unwrap();
    rows.iter().map(|row| row.get("content").unwrap()).collect()
}

#[tokio::test]
async fn a_case_is_shown_side_by_side_with_what_differs_marked_and_explained() {
    for (region, browser, path) in waiting().await {
        assert!(browser.get("/home").await.shows("確認を待つ連携の申し出： 1 件"));

        let page = browser.get(&path).await;

        for said in [
            "<strong><u>吉</u></strong></mark>田一郎",
            "<strong><u>𠮷</u></strong></mark>田一郎",
            "「吉」と「𠮷」は同じ文字の字体違い（異体字）です",
            "字体の違い",
            "住所が違います。",
            "香川県丸亀市大手町9-9",
            "香川県高松市番町架空1-2",
            "要確認",
        ] {
            assert!(page.shows(said), "{said}: {}", page.text);
        }
        assert_eq!(outcomes(&region).await, [("clerk:sato".to_owned(), "case-looked".to_owned())]);
        let text = String::from_utf8_lossy(contents(&region).await.first().unwrap().as_ref().unwrap()).into_owned();
        assert!(!text.contains("吉田") && !text.contains("0012345"), "what was asked is sealed");
    }
}

#[tokio::test]
async fn a_clerk_links_and_what_was_asked_is_forgotten() {
    for (region, browser, path) in waiting().await {
        let seen = seen(&browser.get(&path).await.text);
        let form =
            [("act", "link"), ("member", "0"), ("reason", "moved"), ("note", "窓口で確認"), ("seen", seen.as_str())];

        let done = browser.post(&path, &form).await;

        assert_eq!(done.location, format!("{path}?said=linked"));
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
        assert_eq!(region.ask(&ask("p1", COVERAGE)).await.unwrap().status.outcome, Outcome::Ok);
        assert_eq!(contents(&region).await, BTreeSet::from([None]));
        let page = browser.get(&done.location).await;
        assert!(page.shows("つないだ") && page.shows("窓口で確認") && page.shows("sato"), "{}", page.text);
        assert!(!page.shows("丸亀市"), "{}", page.text);
        assert_eq!(outcomes(&region).await.last().unwrap().1, "case-linked");
        assert!(browser.get("/looks").await.shows("担当者がつないだ"));
        region.app().await.verify_access_log().await.unwrap();

        let other = Browser::of(&region, "suzuki").await;
        let late = other.post(&path, &[("act", "refuse"), ("reason", "unclear")]).await;
        assert_eq!(late.location, format!("{path}?said=over"));
        assert!(other.get(&late.location).await.shows("もう確認を待っていません"));
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
    }
}

#[tokio::test]
async fn a_clerk_refuses_and_what_was_asked_is_forgotten() {
    for (region, browser, path) in waiting().await {
        let done = browser.post(&path, &[("act", "refuse"), ("reason", "other-person"), ("note", "")]).await;

        assert_eq!(done.location, format!("{path}?said=refused"));
        assert_eq!(standing(&region, "p1").await, None);
        assert_eq!(contents(&region).await, BTreeSet::from([None]));
        let rows = region.database.db.fetch_all("SELECT * FROM link_case", params![]).await.unwrap();
        assert_eq!(rows[0].get::<String>("reason").unwrap(), "other-person");
        assert_eq!(rows[0].get::<String>("decided_by").unwrap(), "sato");
        assert!(browser.get(&path).await.shows("別の人である"));

        // With better data the resident may ask again.
        region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
    }
}

#[tokio::test]
async fn a_decision_without_choice_or_reason_is_explained_at_its_field() {
    for (region, browser, path) in waiting().await {
        let seen = seen(&browser.get(&path).await.text);
        let long = "あ".repeat(201);
        for (form, field, text) in [
            (&[("act", "link"), ("reason", "moved")][..], "#member-0", "つなぐ候補を選んでください"),
            (&[("act", "link"), ("member", "0")], "#link-reason", "理由を選んでください"),
            (&[("act", "link"), ("member", "0"), ("reason", "unclear")], "#link-reason", "理由を選んでください"),
            (&[("act", "refuse")], "#refuse-reason", "理由を選んでください"),
            (&[("act", "refuse"), ("reason", "unclear"), ("note", &long)], "#refuse-note", "200字まで"),
            (
                &[("act", "refuse"), ("reason", "unclear"), ("note", "123456789018")],
                "#refuse-note",
                "マイナンバーと思われる",
            ),
        ] {
            let page = browser.post(&path, form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.shows(&format!("<a href=\"{field}\">{text}")) || page.shows(text), "{}", page.text);
            assert!(page.shows(&format!("href=\"{field}\"")), "{}", page.text);
        }
        let nobody = [("act", "link"), ("member", "7"), ("reason", "moved"), ("seen", seen.as_str())];
        assert_eq!(browser.post(&path, &nobody).await.location, format!("{path}?said=stale"));
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("review ***345"));
        assert_eq!(browser.get("/cases/00").await.status, StatusCode::NOT_FOUND);
        let strange = format!("/cases/{}", "0".repeat(32));
        assert_eq!(
            browser.post(&strange, &[("act", "refuse"), ("reason", "unclear")]).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn what_a_clerk_wrote_is_kept_when_something_is_wrong() {
    for (_region, browser, path) in waiting().await {
        let seen = seen(&browser.get(&path).await.text);
        let form = [("act", "link"), ("member", "0"), ("note", "窓口で <確かめた>"), ("seen", &seen)];
        let page = browser.post(&path, &form).await;
        assert!(
            page.shows("窓口で &#60;確かめた&#62;</textarea>") && page.shows("id=\"link-reason-error\""),
            "{}",
            page.text
        );
        assert!(
            page.shows("name=\"member\" value=\"0\" checked") && !page.shows("refuse-reason-error"),
            "{}",
            page.text
        );

        let long = "あ".repeat(201);
        let page = browser.post(&path, &[("act", "refuse"), ("reason", "unclear"), ("note", &long)]).await;
        assert!(page.shows("value=\"unclear\" selected") && page.shows(&long), "{}", page.text);
        assert!(page.shows("id=\"refuse-note-error\"") && !page.shows("id=\"link-note-error\""), "{}", page.text);

        let page = browser.post(&path, &[("act", "refuse"), ("reason", "unclear"), ("note", "123456789018")]).await;
        assert!(page.shows("value=\"unclear\" selected") && !page.shows("123456789018"), "{}", page.text);

        // Where the ledger has changed since, somebody else may stand in the same place.
        let other = "0".repeat(64);
        let page =
            browser.post(&path, &[("act", "link"), ("member", "0"), ("note", "確かめた"), ("seen", &other)]).await;
        assert!(page.shows("確かめた</textarea>") && !page.shows(" checked"), "{}", page.text);
    }
}

#[tokio::test]
async fn nobody_is_linked_on_what_has_changed_since_the_clerk_looked() {
    for (region, browser, path) in waiting().await {
        let seen = seen(&browser.get(&path).await.text);
        let other = Coverage { number: "0066666".into(), ..yoshida() };
        coverage(&region.app().await, &file(&[other])).await.unwrap();

        let form = [("act", "link"), ("member", "0"), ("reason", "moved"), ("seen", seen.as_str())];
        let stale = browser.post(&path, &form).await;

        assert_eq!(stale.location, format!("{path}?said=stale"));
        let page = browser.get(&stale.location).await;
        assert!(page.shows("いまの台帳にいません") && page.shows("何も変わっていません"), "{}", page.text);
        assert!(!page.shows("value=\"link\""), "{}", page.text);
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("review ***345"));
        let refused = browser.post(&path, &[("act", "refuse"), ("reason", "unclear")]).await;
        assert_eq!(refused.location, format!("{path}?said=refused"));
    }
}

#[tokio::test]
async fn a_withdrawn_request_is_forgotten_and_cannot_be_decided_on() {
    for (region, browser, path) in waiting().await {
        let seen = seen(&browser.get(&path).await.text);
        assert_eq!(region.change(&wish("p1", None)).await.unwrap().outcome, Outcome::Ok);

        assert_eq!(standing(&region, "p1").await, None);
        assert_eq!(contents(&region).await, BTreeSet::from([None]));
        let form = [("act", "link"), ("member", "0"), ("reason", "moved"), ("seen", seen.as_str())];
        assert_eq!(browser.post(&path, &form).await.location, format!("{path}?said=over"));
        assert!(browser.get(&path).await.shows("本人が取り下げた"));
        assert!(region.database.db.fetch_all("SELECT * FROM link", params![]).await.unwrap().is_empty());
    }
}
