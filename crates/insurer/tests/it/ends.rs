//! A clerk ends a link: here at once, and the platform is to be told.

use db::params;
use doctor::Problem;
use health::Handle;
use health::link_xml;
use idwsf::dst::{Code, ServiceType};
use insurer::config::Discovery;
use insurer::import::{coverage, links};
use reqwest::StatusCode;

use crate::console::{Browser, Page, consoles};
use crate::linking::{code, request, standing, wish};
use crate::people::{file, link_file, yoshida};
use crate::region::{COVERAGE, Change, PLATFORM, Region, ask};

const HANDLE: &str = "q83v-EjRWeJASNFZ4kKvN7w_";

/// A wish as a platform sends it that wants to hear of its end.
fn wish_with_handle(pseudonym: &str) -> Change {
    let handle = Handle::parse(HANDLE).unwrap();
    let data = link_xml::write(&request(&yoshida()), Some(&handle), ServiceType::NHI.ns());
    Change { new_data: Some(data), ..wish(pseudonym, None) }
}

/// Nodes with a console, at which somebody is linked.
async fn linked() -> Vec<(Region, Browser)> {
    let mut all = Vec::new();
    for region in consoles().await {
        coverage(&region.app().await, &file(&[yoshida()])).await.unwrap();
        region.change(&wish_with_handle("p1")).await.unwrap();
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
        let browser = Browser::of(&region, "sato").await;
        all.push((region, browser));
    }
    all
}

async fn find(browser: &Browser) -> Page {
    let (symbol, number) = (yoshida().symbol.unwrap(), yoshida().number);
    browser.post("/links/find", &[("symbol", &symbol), ("number", &number)]).await
}

/// By what the page speaks of whom it has found.
fn member(page: &Page) -> String {
    page.text.split("name=\"member\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn count(region: &Region, sql: &'static str) -> i64 {
    region.database.db.fetch_one(sql, params![]).await.unwrap().get("held").unwrap()
}

async fn handles(region: &Region) -> (i64, i64) {
    let kept = count(region, "SELECT count(*) AS held FROM link_handle").await;
    (kept, count(region, "SELECT count(*) AS held FROM untold_end").await)
}

async fn clerks(region: &Region) -> Vec<String> {
    let sql = "SELECT outcome FROM access_log WHERE requester = 'clerk:sato' ORDER BY seq";
    let rows = region.database.db.fetch_all(sql, params![]).await.unwrap();
    rows.iter().map(|row| row.get("outcome").unwrap()).collect()
}

#[tokio::test]
async fn a_clerk_ends_a_link_and_the_node_says_nothing_of_the_person_any_more() {
    for (region, browser) in linked().await {
        assert_eq!(handles(&region).await, (1, 0));
        let page = find(&browser).await;
        assert!(page.shows(&yoshida().person.name) && page.shows("この人の連携を終える"), "{}", page.text);
        assert_eq!(clerks(&region).await, ["links-looked"]);
        let member = member(&page);

        let done = browser.post("/links/end", &[("member", &member), ("why", "not-insured")]).await;

        assert_eq!(done.location, "/links?said=untold", "no place of the platform is configured");
        let page = browser.get(&done.location).await;
        assert!(page.shows("ポータルにはまだ伝わっていません") && page.shows("終了： 1 件"), "{}", page.text);
        assert_eq!(standing(&region, "p1").await, None);
        let answered = region.ask(&ask("p1", COVERAGE)).await.unwrap();
        assert_eq!(code(&answered.status), Some(&Code::DOES_NOT_EXIST));
        assert_eq!(handles(&region).await, (0, 1));
        assert_eq!(clerks(&region).await, ["links-looked", "link-ended-not-insured"]);
        assert!(browser.get("/looks").await.shows("担当者が連携を終えた（資格がなくなった）"));
        region.app().await.verify_access_log().await.unwrap();

        let again = region.change(&wish_with_handle("p1")).await.unwrap();
        assert_eq!(code(&again), Some(&Code::ACTION_NOT_AUTHORIZED), "nobody comes by this name any more");
        assert!(find(&browser).await.shows("つながっている人はいません"));
        let late = browser.post("/links/end", &[("member", &member), ("why", "asked")]).await;
        assert_eq!(late.location, "/links?said=nothing");
        assert_eq!(handles(&region).await, (0, 1));
    }
}

#[tokio::test]
async fn what_is_kept_to_tell_the_platform_is_sealed_and_names_nobody() {
    for (region, browser) in linked().await {
        let kept = region.database.db.fetch_all("SELECT handle FROM link_handle", params![]).await.unwrap();
        let kept: Vec<u8> = kept[0].get("handle").unwrap();
        let member = member(&find(&browser).await);
        browser.post("/links/end", &[("member", &member), ("why", "other")]).await;
        let owed = region.database.db.fetch_all("SELECT end_id, handle FROM untold_end", params![]).await.unwrap();
        let (id, handle): (Vec<u8>, Vec<u8>) = (owed[0].get("end_id").unwrap(), owed[0].get("handle").unwrap());
        assert_ne!(kept, handle, "sealed anew: no row that is copied before leads to one after");
        for sealed in [kept, handle] {
            assert!(!String::from_utf8_lossy(&sealed).contains(HANDLE));
        }
        let sql = "SELECT pseudonym FROM link";
        let names = region.database.db.fetch_all(sql, params![]).await.unwrap();
        assert!(names.iter().all(|row| !row.get::<Vec<u8>>("pseudonym").unwrap().starts_with(&id)));
    }
}

#[tokio::test]
async fn a_link_that_the_resident_ends_is_nothing_to_tell() {
    for (region, _) in linked().await {
        region.change(&wish("p1", None)).await.unwrap();
        assert_eq!(handles(&region).await, (0, 0));
    }
}

#[tokio::test]
async fn a_link_of_a_file_ends_and_the_clerk_hears_that_the_platform_cannot_be_told() {
    for region in consoles().await {
        let app = region.app().await;
        coverage(&app, &file(&[yoshida()])).await.unwrap();
        links(&app, &link_file(&[("p7", yoshida())])).await.unwrap();
        let browser = Browser::of(&region, "sato").await;
        let member = member(&find(&browser).await);
        let done = browser.post("/links/end", &[("member", &member), ("why", "other-person")]).await;
        assert_eq!(done.location, "/links?said=silent");
        assert!(browser.get(&done.location).await.shows("事務局に知らせてください"));
        assert_eq!(standing(&region, "p7").await, None);
        assert_eq!(handles(&region).await, (0, 0));
    }
}

#[tokio::test]
async fn what_a_clerk_writes_amiss_is_said_and_nobody_is_looked_for() {
    for (region, browser) in linked().await {
        let mine = browser.post("/links/find", &[("symbol", ""), ("number", "123456789018")]).await;
        assert_eq!(mine.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(mine.shows("マイナンバー") && !mine.shows("123456789018"), "{}", mine.text);
        let none = browser.post("/links/find", &[("symbol", ""), ("number", " ")]).await;
        assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.shows("番号を入れてください"));
        assert_eq!(clerks(&region).await, [""; 0]);

        let member = member(&find(&browser).await);
        for why in ["", "because"] {
            let page = browser.post("/links/end", &[("member", &member), ("why", why)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.shows("理由を選んでください"), "{}", page.text);
        }
        let nobody = browser.post("/links/end", &[("member", "nobody"), ("why", "asked")]).await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
    }
}

/// How many ends the doctor says are untold.
async fn examined(region: &Region) -> Option<i64> {
    let findings = insurer::doctor::examine(&region.app().await).await;
    findings.into_iter().find_map(|finding| match finding.problem {
        Some(Problem::Untold { ends }) => Some(ends),
        _ => None,
    })
}

#[tokio::test]
async fn the_doctor_says_which_ends_the_platform_has_not_heard_of_for_a_day() {
    for (mut region, browser) in linked().await {
        assert_eq!(examined(&region).await, None);
        let member = member(&find(&browser).await);
        browser.post("/links/end", &[("member", &member), ("why", "asked")]).await;
        assert_eq!(examined(&region).await, Some(1), "no place of the platform is configured: it is never told");
        let address = "http://localhost:9/wsf/discovery".to_owned();
        region.config.discovery = Some(Discovery { entity: PLATFORM.to_owned(), address, authority: None });
        for (tries, said) in [(31, None), (32, Some(1))] {
            let sql = "UPDATE untold_end SET tries = $1";
            let db = &region.database.db;
            db::transaction!(db, |tx| { tx.execute(sql, params![tries]).await? }).unwrap();
            assert_eq!(examined(&region).await, said);
        }
    }
}
