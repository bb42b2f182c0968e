//! Periods are made findable behind the requests, whatever becomes of whoever brought them.

use std::time::Duration;

use db::params;
use health::{Coverage, Person};
use idwsf::dst::Code;
use insurer::import::{Kind, coverage, in_force};
use jiff::ToSpan as _;

use crate::console::{Browser, consoles};
use crate::linking::{code, request, standing, wish};
use crate::people::{file, yoshida};
use crate::region::{Region, regions};

/// More periods than are compared while they are not findable.
const PERIODS: u32 = 1100;

fn many() -> Vec<u8> {
    file(&(0..PERIODS).map(period).collect::<Vec<_>>())
}

/// Each of a person of their own.
fn period(number: u32) -> Coverage {
    let person = yoshida().person;
    let birth = person.birth.saturating_sub(i64::from(number).days());
    Coverage { number: format!("{number:07}"), person: Person { birth, ..person }, ..yoshida() }
}

async fn count(region: &Region, sql: &'static str) -> i64 {
    region.database.db.fetch_one(sql, params![]).await.unwrap().get("n").unwrap()
}

const UNFINDABLE: &str = "SELECT count(*) AS n FROM coverage WHERE number_key IS NULL OR birth_key IS NULL";

/// Waits until every period is findable, for less than it takes until the node looks by itself.
async fn all_findable(region: &Region) {
    let none_left = async {
        while count(region, UNFINDABLE).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), none_left).await.expect("periods stay unfindable");
}

async fn tamper(region: &Region, sql: &'static str) {
    db::transaction!(region.database.db, |tx| { tx.execute(sql, params![]).await? }).unwrap();
}

#[tokio::test]
async fn what_is_not_findable_yet_is_for_later_and_counts_as_no_request() {
    for mut region in regions().await {
        coverage(&region.app().await, &many()).await.unwrap();
        region.start().await;
        // Nobody can make these findable for now.
        tamper(&region, "ALTER TABLE coverage_key RENAME TO gone").await;
        tamper(&region, "UPDATE coverage SET number_key = NULL, birth_key = NULL").await;
        let sought = period(7);
        for _ in 0..6 {
            let later = region.change(&wish("p1", Some(&request(&sought)))).await.unwrap();
            assert_eq!(code(&later), Some(&Code::UNEXPECTED_ERROR));
        }
        assert_eq!(count(&region, "SELECT count(*) AS n FROM access_log WHERE outcome = 'LINK-08'").await, 6);
        assert_eq!(count(&region, "SELECT count(*) AS n FROM link_request").await, 0, "nobody was looked for");

        tamper(&region, "ALTER TABLE gone RENAME TO coverage_key").await;
        region.start().await;
        all_findable(&region).await;
        let done = region.change(&wish("p1", Some(&request(&sought)))).await.unwrap();
        assert_eq!((code(&done), standing(&region, "p1").await.as_deref()), (None, Some("linked ***007")));
    }
}

#[tokio::test]
async fn a_file_is_made_findable_after_the_clerks_browser_has_gone() {
    for region in consoles().await {
        let (app, browser) = (region.app().await, Browser::of(&region, "sato").await);
        assert_eq!(browser.bring("coverage", &many()).await.location, "/imports/1");
        let applied = async {
            while in_force(&app, Kind::Coverage).await.unwrap().is_none() {
                tokio::task::yield_now().await;
            }
        };
        let waits = async {
            browser.post("/imports/1/apply", &[]).await;
            std::future::pending::<()>().await;
        };
        // Whatever it has been answered by then, the browser goes while the work is still to be done.
        tokio::select! {
            () = applied => {}
            () = waits => unreachable!("the browser stays until the file has taken effect"),
        }
        assert!(count(&region, UNFINDABLE).await > 0, "there is work left to whoever goes now");
        all_findable(&region).await;
        assert!(!browser.get("/home").await.shows("探せるように"), "and nothing is left to say");
    }
}

#[tokio::test]
async fn periods_that_cannot_be_made_findable_are_named_on_the_first_page_and_hold_nobody_up() {
    for mut region in consoles().await {
        coverage(&region.app().await, &many()).await.unwrap();
        tamper(&region, "UPDATE coverage SET number_key = NULL, birth_key = NULL").await;
        let one = "UPDATE coverage SET record = $1 WHERE coverage_id = \
             (SELECT coverage_id FROM coverage ORDER BY coverage_id LIMIT 1)";
        db::transaction!(region.database.db, |tx| { tx.execute(one, params![b"broken".to_vec()]).await? }).unwrap();
        let again = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let console = region.config.console.as_mut().unwrap();
        (console.listen, console.origin) = (again, format!("http://insurer.localhost:{}", again.port()));
        region.start().await;
        let browser = Browser::of(&region, "sato").await;
        let said = async {
            while !browser.get("/home").await.shows("LINK-07") {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), said).await.expect("nobody says what is wrong");
        assert!(browser.get("/home").await.shows("あと 1 件の資格を"), "the others are findable");
    }
}
