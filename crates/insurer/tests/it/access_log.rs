use db::{Migration, params};
use insurer::access_log::Broken;

use crate::answers::nodes;
use crate::region::{Ask, COVERAGE, ELIGIBILITY, PLATFORM, Region, ask};

async fn some_questions(region: &Region) {
    region.ask(&ask("p-yoshida", COVERAGE)).await.unwrap();
    region.ask(&Ask { selects: vec![COVERAGE, ELIGIBILITY], ..ask("p-hanako", COVERAGE) }).await.unwrap();
    region.ask(&ask("p-nobody", COVERAGE)).await.unwrap();
    region.ask(&Ask { to: "https://other.example.jp/", ..ask("p-yoshida", COVERAGE) }).await.unwrap_err();
}

#[tokio::test]
async fn the_log_says_who_asked_for_what_and_what_came_of_it() {
    for region in nodes().await {
        some_questions(&region).await;

        let rows = region.database.db.fetch_all("SELECT * FROM access_log ORDER BY seq", params![]).await.unwrap();

        let column = |name: &str| rows.iter().map(|row| row.get::<String>(name).unwrap()).collect::<Vec<_>>();
        assert_eq!(column("requester"), [PLATFORM; 5]);
        assert_eq!(column("category"), ["coverage", "coverage", "eligibility", "coverage", ""]);
        assert_eq!(column("outcome"), ["answered", "answered", "answered", "nothing", "WSF-11"]);
        assert_eq!(column("purpose")[..4], ["citizen-self-view"; 4]);
        assert_eq!(region.app().await.verify_access_log().await.unwrap().seq, 5);
    }
}

#[tokio::test]
async fn a_changed_entry_is_noticed_and_named() {
    for region in nodes().await {
        some_questions(&region).await;
        some_questions(&region).await;

        // From the end to the start: the first changed entry is the one that is named.
        for (seq, change) in (1..=CHANGES.len()).rev().zip(CHANGES) {
            let sql = format!("UPDATE access_log SET {change} WHERE seq = {seq}");
            let migration = Migration { name: change, sql: sql.leak() };
            region.database.db.migrate(&[migration]).await.unwrap();

            let broken = region.app().await.verify_access_log().await;

            assert!(
                matches!(broken, Err(Broken::Entry { seq: named }) if usize::try_from(named) == Ok(seq)),
                "{change}"
            );
        }
    }
}

const CHANGES: [&str; 8] = [
    "at = at + 1",
    "requester = 'https://nobody.example.jp/'",
    "pseudonym = hash",
    "category = 'other'",
    "purpose = 'other'",
    "message = hash",
    "outcome = 'other'",
    "hash = message",
];

#[tokio::test]
async fn a_missing_entry_is_noticed_at_the_end_too() {
    for seq in [2, 5] {
        for region in nodes().await {
            some_questions(&region).await;
            db::transaction!(region.database.db, |tx| {
                tx.execute("DELETE FROM access_log WHERE seq = $1", params![seq]).await?
            })
            .unwrap();

            let broken = region.app().await.verify_access_log().await;

            assert!(matches!(broken, Err(Broken::Entry { seq: named }) if named == i64::from(seq)));
        }
    }
}

/// Cuts the last entry off and moves the head back to the one before, as somebody with the database alone can.
async fn cut_the_end(region: &Region) {
    db::transaction!(region.database.db, |tx| {
        tx.execute("DELETE FROM access_log WHERE seq = 5", params![]).await?;
        let sql = "UPDATE access_log_head SET seq = 4, hash = (SELECT hash FROM access_log WHERE seq = 4)";
        tx.execute(sql, params![]).await?
    })
    .unwrap();
}

#[tokio::test]
async fn an_end_that_was_cut_off_with_its_head_is_noticed() {
    for region in nodes().await {
        some_questions(&region).await;

        cut_the_end(&region).await;

        let broken = region.app().await.verify_access_log().await;
        assert!(matches!(broken, Err(Broken::End { seq: 4 })), "{broken:?}");
    }
}

#[tokio::test]
async fn nothing_is_answered_after_the_log_was_cut() {
    for region in nodes().await {
        some_questions(&region).await;

        cut_the_end(&region).await;

        assert_eq!(region.ask(&ask("p-yoshida", COVERAGE)).await.unwrap_err().code, "Server");
        let entries = region.database.db.fetch_all("SELECT seq FROM access_log", params![]).await.unwrap();
        assert_eq!(entries.len(), 4, "nothing hides the cut");
    }
}

#[tokio::test]
async fn a_log_that_was_emptied_under_a_running_node_is_noticed() {
    for region in nodes().await {
        some_questions(&region).await;
        db::transaction!(region.database.db, |tx| {
            tx.execute("DELETE FROM access_log", params![]).await?;
            let sql = "UPDATE access_log_head SET seq = 0, hash = $1, seal = $1";
            tx.execute(sql, params![Vec::<u8>::new()]).await?
        })
        .unwrap();

        assert_eq!(region.ask(&ask("p-yoshida", COVERAGE)).await.unwrap_err().code, "Server");
    }
}
