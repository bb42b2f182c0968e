//! A file is looked at, approved, and taken back.

use axum::body::Bytes;
use db::params;
use health::{Copayment, Coverage};
use insurer::App;
use insurer::import::{
    Import, ImportId, Kind, Looked, Measure, NotDone, Refused, State, apply, coverage, discard, find, links, preview,
    remarks, undo,
};

use crate::people::{file, link_file, takahashi, yoshida, yoshida_before};
use crate::region::{COVERAGE, Region, ask, regions};

/// Looks at a coverage file.
async fn look(app: &App, rows: &[Coverage], by: &str) -> Import {
    match preview(app, Kind::Coverage, Bytes::from(file(rows)), by).await.unwrap() {
        Looked::Pending { import, .. } => import,
        Looked::Same(_) => panic!("the same file"),
    }
}

/// Everything that the tables of a kind hold, in the order in which it lies there.
async fn held(app: &App) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for row in app.database().fetch_all("SELECT * FROM coverage ORDER BY coverage_id", params![]).await.unwrap() {
        for column in ["coverage_id", "member_id", "digest", "record"] {
            found.push(row.get(column).unwrap());
        }
    }
    for row in app.database().fetch_all("SELECT * FROM link ORDER BY pseudonym", params![]).await.unwrap() {
        found.push(row.get("pseudonym").unwrap());
        found.push(row.get("member_id").unwrap());
        let times: [Option<i64>; 2] = [row.get("linked_at").unwrap(), row.get("ended_at").unwrap()];
        found.extend(times.map(|at| at.unwrap_or(0).to_be_bytes().to_vec()));
    }
    found
}

/// How many rows lie in the tables of what waits and what was.
async fn left(app: &App, table: &str) -> i64 {
    let sql: &'static str = format!("SELECT count(*) AS n FROM {table}").leak();
    app.database().fetch_one(sql, params![]).await.unwrap().get("n").unwrap()
}

fn kept(region: &Region) -> usize {
    std::fs::read_dir(&region.config.raw_files).map_or(0, Iterator::count)
}

fn many(rows: usize, copayment: &str) -> Vec<Coverage> {
    let copayment = Copayment::parse(copayment).unwrap();
    (0..rows).map(|n| Coverage { number: format!("{n:07}"), copayment, ..yoshida() }).collect()
}

#[tokio::test]
async fn a_preview_says_what_would_change_and_changes_nothing() {
    for region in regions().await {
        let app = region.app().await;
        coverage(&app, &file(&[yoshida(), yoshida_before()])).await.unwrap();
        let before = held(&app).await;
        let ended = Coverage { lost_on: Some("2026-10-01".parse().unwrap()), ..yoshida() };

        let import = look(&app, &[ended, takahashi("髙橋 花子", "1980-01-02")], "sato").await;

        assert_eq!((import.added, import.changed, import.removed, import.unchanged()), (1, 1, 1, 0));
        let shares = import.figures.shares.unwrap();
        assert_eq!((import.figures.rows, shares.lapsed, shares.copayments), (2, 1, [0, 0, 2]));
        assert_eq!(
            (import.state, import.previewed.by.as_str(), import.base),
            (State::Pending, "sato", Some(ImportId(1)))
        );
        assert_eq!(held(&app).await, before);

        let applied = apply(&app, import.id, "sato").await.unwrap();

        assert_eq!(applied.id, import.id);
        assert_ne!(held(&app).await, before);
        for table in ["pending_record", "pending_member"] {
            assert_eq!(left(&app, table).await, 0, "{table}");
        }
        assert!(matches!(apply(&app, import.id, "sato").await, Err(NotDone::NotThere(_))), "once");
    }
}

#[tokio::test]
async fn a_file_that_is_undone_leaves_exactly_what_was_before() {
    for region in regions().await {
        let app = region.app().await;
        let hanako = takahashi("髙橋 花子", "1980-01-02");
        coverage(&app, &file(&[yoshida(), yoshida_before()])).await.unwrap();
        links(&app, &link_file(&[("p1", yoshida())])).await.unwrap();
        let before = held(&app).await;
        let ended = Coverage { lost_on: Some("2026-10-01".parse().unwrap()), ..yoshida() };
        let first = look(&app, &[ended, hanako.clone()], "sato").await;
        apply(&app, first.id, "sato").await.unwrap();
        let between = held(&app).await;
        links(&app, &link_file(&[("p2", hanako)])).await.unwrap();
        let linked = insurer::import::in_force(&app, Kind::Links).await.unwrap().unwrap();

        undo(&app, linked.id, "suzuki").await.unwrap();
        assert_eq!(held(&app).await, between);
        let undone = undo(&app, first.id, "suzuki").await.unwrap();

        assert_eq!(held(&app).await, before);
        assert_eq!(undone.id, first.id);
        let undone = find(&app, first.id).await.unwrap().unwrap();
        assert_eq!((undone.state, undone.undone.unwrap().by.as_str()), (State::Undone, "suzuki"));
        for table in ["former_record", "former_link"] {
            assert_eq!(left(&app, table).await, 0, "{table}");
        }
    }
}

#[tokio::test]
async fn only_the_newest_file_can_be_taken_back_and_only_once() {
    for region in regions().await {
        let app = region.app().await;
        coverage(&app, &file(&[yoshida()])).await.unwrap();
        coverage(&app, &file(&[yoshida(), yoshida_before()])).await.unwrap();

        assert!(matches!(undo(&app, ImportId(1), "sato").await, Err(NotDone::NotThere(_))));
        undo(&app, ImportId(2), "sato").await.unwrap();
        for id in [1, 2, 3] {
            assert!(matches!(undo(&app, ImportId(id), "sato").await, Err(NotDone::NotThere(_))), "{id}");
        }
        // The file that is in force again is known, and the other one is new once more.
        assert!(coverage(&app, &file(&[yoshida()])).await.unwrap().same_file);
        assert_eq!(coverage(&app, &file(&[yoshida(), yoshida_before()])).await.unwrap().added, 1);
    }
}

#[tokio::test]
async fn what_was_compared_with_something_else_is_not_applied() {
    for region in regions().await {
        let app = region.app().await;
        let import = look(&app, &[yoshida()], "sato").await;
        // As if another process had taken a file between two statements of ours.
        db::transaction!(region.database.db, |tx| {
            let sql = "INSERT INTO import (import_id, kind, state, base, sha256, row_count, added, changed, removed,
                 drift, previewed_by, previewed_at, former)
                 VALUES (99, 'coverage', 'applied', 0, $1, 1, 1, 0, 0, '[]', 'x', 0, 0)";
            tx.execute(sql, params![[0_u8; 32]]).await?
        })
        .unwrap();

        assert!(matches!(apply(&app, import.id, "sato").await, Err(NotDone::Stale(_))));
        assert_eq!(left(&app, "coverage").await, 0);
    }
}

#[tokio::test]
async fn a_newer_file_takes_the_place_of_one_that_waits() {
    for region in regions().await {
        let app = region.app().await;
        let first = look(&app, &[yoshida()], "sato").await;

        let second = look(&app, &[yoshida_before()], "suzuki").await;

        assert!(matches!(apply(&app, first.id, "sato").await, Err(NotDone::NotThere(_))));
        assert_eq!(find(&app, first.id).await.unwrap().unwrap().state, State::Discarded);
        assert_eq!((left(&app, "pending_record").await, kept(&region)), (1, 1));
        discard(&app, second.id).await.unwrap();
        assert_eq!((left(&app, "pending_record").await, left(&app, "pending_member").await, kept(&region)), (0, 0, 0));
    }
}

#[tokio::test]
async fn a_file_that_differs_too_much_needs_a_second_person() {
    for region in regions().await {
        let app = region.app().await;
        coverage(&app, &file(&many(100, "3"))).await.unwrap();
        let mut half = many(50, "3");
        half.iter_mut().take(25).for_each(|row| row.copayment = Copayment::parse("1").unwrap());

        let import = look(&app, &half, "sato").await;

        let measures: Vec<Measure> = import.drift.iter().map(|drift| drift.measure).collect();
        assert_eq!(measures, [Measure::Rows, Measure::OneTenth, Measure::ThreeTenths]);
        assert!(matches!(apply(&app, import.id, "sato").await, Err(NotDone::SecondPerson(_))));
        assert_eq!(left(&app, "coverage").await, 100);
        let applied = apply(&app, import.id, "suzuki").await.unwrap();
        assert_eq!(find(&app, applied.id).await.unwrap().unwrap().applied.unwrap().by, "suzuki");
        assert_eq!(left(&app, "coverage").await, 50);

        let refused = coverage(&app, &file(&many(100, "3"))).await.unwrap_err();
        assert!(matches!(refused, Refused::SecondPerson(import) if import.state == State::Pending));
    }
}

#[tokio::test]
async fn a_member_at_both_ends_of_a_long_file_has_one_key() {
    for mut region in regions().await {
        region.start().await;
        let app = region.app().await;
        let mut rows = many(5000, "3");
        rows.insert(0, yoshida());
        rows.push(yoshida_before());

        assert_eq!(coverage(&app, &file(&rows)).await.unwrap().added, 5002);
        links(&app, &link_file(&[("p1", yoshida())])).await.unwrap();

        let answered = region.ask(&ask("p1", COVERAGE)).await.unwrap();
        for first_day in ["2024-04-01", "2020-04-01"] {
            assert!(answered.data[0].contains(first_day), "{:?}", answered.data);
        }
        rows.reverse();
        let again = coverage(&app, &file(&rows)).await.unwrap();
        assert_eq!((again.added, again.changed, again.removed), (0, 0, 0));
    }
}

#[tokio::test]
async fn remarks_are_kept_sealed_with_the_file() {
    for region in regions().await {
        let app = region.app().await;
        let text = String::from_utf8(file(&[yoshida()])).unwrap().replace("番町", "〓町");

        let looked = preview(&app, Kind::Coverage, Bytes::from(text), "sato").await.unwrap();

        let Looked::Pending { import, remarks: said } = looked else { panic!("pending") };
        assert_eq!(said[0].code, "CSV-W2");
        assert!(said[0].ja.contains("2行目") && said[0].ja.contains("住所"), "{}", said[0].ja);
        assert_eq!(remarks(&app, import.id).await.unwrap(), said);
        let sealed = "SELECT remarks FROM import";
        let sealed: Vec<u8> = app.database().fetch_one(sealed, params![]).await.unwrap().get("remarks").unwrap();
        assert!(!sealed.windows(3).any(|bytes| bytes == "〓".as_bytes()));
    }
}

#[tokio::test]
async fn files_of_an_older_release_are_in_force() {
    for database in db::testing::databases().await.unwrap() {
        let first = include_str!("../../schema/0001_start.sql");
        database.db.migrate(&[db::Migration { name: "0001_start", sql: first }]).await.unwrap();
        db::transaction!(database.db, |tx| {
            let sql = "INSERT INTO import_file (import_id, kind, sha256, row_count, imported_at)
                 VALUES (1, 'coverage', $1, 70, 1000000)";
            tx.execute(sql, params![[7_u8; 32]]).await?
        })
        .unwrap();
        let region = Region::new(database);
        let app = region.app().await;

        let import = insurer::import::in_force(&app, Kind::Coverage).await.unwrap().unwrap();

        assert_eq!((import.figures.rows, import.figures.shares, import.can_be_undone), (70, None, false));
        assert!(matches!(undo(&app, import.id, "sato").await, Err(NotDone::NotThere(_))));
        assert_eq!(look(&app, &[yoshida()], "sato").await.drift.len(), 1, "the rows alone can be compared");
    }
}
