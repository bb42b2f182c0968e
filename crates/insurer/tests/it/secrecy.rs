//! What a thief of databases learns.

use std::collections::BTreeSet;

use db::params;

use health::Coverage;
use insurer::import::{coverage, links};

use crate::answers::nodes;
use crate::people::{file, link_file, yoshida};
use crate::region::{COVERAGE, Region, ask, regions};

/// Every value of every column that could name a person or a message.
async fn values(region: &Region) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    for (sql, columns) in [
        ("SELECT * FROM member", &["member_id", "data_key"][..]),
        ("SELECT * FROM coverage", &["coverage_id", "member_id", "digest", "record", "number_key", "birth_key"]),
        ("SELECT * FROM link", &["pseudonym", "member_id"]),
        ("SELECT * FROM seen_message", &["message"]),
        ("SELECT * FROM access_log", &["pseudonym", "message", "hash"]),
    ] {
        for row in region.database.db.fetch_all(sql, params![]).await.unwrap() {
            found.extend(columns.iter().map(|column| row.get::<Vec<u8>>(column).unwrap()));
        }
    }
    found
}

#[tokio::test]
async fn two_nodes_with_the_same_persons_share_no_value_and_none_is_readable() {
    let (first, second) = (nodes().await, nodes().await);
    for region in first.iter().chain(&second) {
        region.ask(&ask("p-yoshida", COVERAGE)).await.unwrap();
    }

    for (first, second) in first.iter().zip(&second) {
        let (here, there) = (values(first).await, values(second).await);
        assert!(here.len() > 10);
        assert_eq!(here.intersection(&there).count(), 0);
        for value in &here {
            let text = String::from_utf8_lossy(value);
            for known in ["一郎", "0012345", "1970", "p-yoshida", "urn:uuid", "番町"] {
                assert!(!text.contains(known), "{known}");
            }
        }
    }
}

#[tokio::test]
async fn two_questions_about_one_person_have_nothing_in_common_in_the_log() {
    for region in nodes().await {
        for _ in 0..2 {
            region.ask(&ask("p-yoshida", COVERAGE)).await.unwrap();
        }
        let sql = "SELECT pseudonym FROM access_log UNION ALL SELECT pseudonym FROM link";
        let rows = region.database.db.fetch_all(sql, params![]).await.unwrap();
        let names: Vec<Vec<u8>> = rows.iter().map(|row| row.get("pseudonym").unwrap()).collect();
        // A person who changed number is two links of one pseudonym.
        let linked: BTreeSet<_> = names[2..].iter().collect();
        let logged: BTreeSet<_> = names[..2].iter().collect();
        assert!(!linked.is_empty() && logged.len() == 2 && logged.is_disjoint(&linked));
    }
}

#[tokio::test]
async fn a_sealed_record_is_as_long_as_that_of_any_other_name_and_address() {
    for region in regions().await {
        let app = region.app().await;
        let (mut short, mut long) = (yoshida(), Coverage { number: "7654321".to_owned(), ..yoshida() });
        (short.person.name, short.person.address) = ("森 一".to_owned(), None);
        long.person.name = "勅使河原 権左衛門".to_owned();
        long.person.address =
            Some("香川県高松市番町四丁目１番１０号メゾン・ド・シャトー架空高松中央２０３号室".to_owned());
        coverage(&app, &file(&[short, long])).await.unwrap();
        let rows = region.database.db.fetch_all("SELECT record FROM coverage", params![]).await.unwrap();
        let lengths: BTreeSet<usize> = rows.iter().map(|row| row.get::<Vec<u8>>("record").unwrap().len()).collect();
        assert_eq!((rows.len(), lengths.len()), (2, 1), "{lengths:?}");
    }
}

#[tokio::test]
async fn a_record_moved_to_another_person_does_not_open() {
    for region in nodes().await {
        db::transaction!(region.database.db, |tx| {
            let hers = "SELECT record FROM coverage WHERE member_id <> (SELECT member_id FROM coverage GROUP BY member_id HAVING count(*) = 2) LIMIT 1";
            let record: Vec<u8> = tx.fetch_one(hers, params![]).await?.get("record")?;
            tx.execute("UPDATE coverage SET record = $1", params![record]).await?
        })
        .unwrap();

        assert_eq!(region.ask(&ask("p-yoshida", COVERAGE)).await.unwrap_err().code, "Server");
    }
}

#[tokio::test]
async fn the_order_of_rows_says_nothing_about_the_order_of_the_file() {
    for region in regions().await {
        let app = region.app().await;
        let number = |n: usize| Coverage { number: format!("{n:07}"), ..yoshida() };
        let rows: Vec<Coverage> = (0..40).map(number).collect();
        let names: Vec<String> = (0..40).map(|n| format!("p{n:02}")).collect();
        coverage(&app, &file(&rows)).await.unwrap();
        let pairs: Vec<_> = names.iter().map(String::as_str).zip(rows).collect();
        links(&app, &link_file(&pairs)).await.unwrap();

        for (sql, column) in [
            ("SELECT * FROM member", "member_id"),
            ("SELECT * FROM coverage", "coverage_id"),
            ("SELECT * FROM link", "pseudonym"),
        ] {
            let rows = region.database.db.fetch_all(sql, params![]).await.unwrap();
            let as_they_lie: Vec<Vec<u8>> = rows.iter().map(|row| row.get(column).unwrap()).collect();
            assert!(as_they_lie.len() == 40 && as_they_lie.is_sorted(), "{sql}");
        }
    }
}
