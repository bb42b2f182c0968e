//! Transactions that share one commit: on SQLite all that wait, on PostgreSQL those that would get in each other's way.

use db::testing::{TestDatabase, databases};
use db::{Db, Error, Tx, params};
use tokio::sync::oneshot;

use crate::accounts::{ACCOUNTS, balance};

/// An empty database of each engine.
async fn fresh() -> Vec<TestDatabase> {
    let databases = databases().await.unwrap();
    for database in &databases {
        database.db.migrate(&[ACCOUNTS]).await.unwrap();
    }
    databases
}

/// Makes transactions share commits for a while: on PostgreSQL, those that come after two have met.
async fn crowd(database: &TestDatabase) {
    if database.url.starts_with("postgres") {
        meet(&database.db).await;
    }
}

/// Lets two transactions get in each other's way.
async fn meet(db: &Db) {
    db::transaction!(db, |tx| { open(tx, "met").await? }).unwrap();
    let mut tries = 0;
    db::transaction!(db, |tx| {
        tries += 1;
        tx.fetch_one("SELECT yen FROM account WHERE id = 'met'", params![]).await?;
        if tries == 1 {
            db::transaction!(db, |tx| { tx.execute("UPDATE account SET yen = 2 WHERE id = 'met'", params![]).await? })?;
        }
        tx.execute("UPDATE account SET yen = 3 WHERE id = 'met'", params![]).await?;
    })
    .unwrap();
    assert_eq!(tries, 2);
    db::transaction!(db, |tx| { tx.execute("DELETE FROM account WHERE id = 'met'", params![]).await? }).unwrap();
}

/// Opens an account, and stays in the transaction until it is let go: what comes meanwhile shares its commit.
pub(crate) fn holder(
    db: &Db,
    sql: &'static str,
) -> (oneshot::Receiver<()>, oneshot::Sender<()>, tokio::task::JoinHandle<Result<(), Error>>) {
    let (inside, is_inside) = oneshot::channel();
    let (let_go, wait) = oneshot::channel::<()>();
    let db = db.clone();
    let task = tokio::spawn(async move {
        let (mut inside, mut wait) = (Some(inside), Some(wait));
        db::transaction!(db, |tx| {
            tx.execute(sql, params![]).await?;
            inside.take().unwrap().send(()).unwrap();
            wait.take().unwrap().await.unwrap();
        })
    });
    (is_inside, let_go, task)
}

pub(crate) async fn open(tx: &mut Tx, id: &str) -> Result<u64, Error> {
    tx.execute("INSERT INTO account (id, yen) VALUES ($1, 1)", params![id]).await
}

#[tokio::test]
async fn one_member_that_is_refused_does_not_undo_the_others() {
    for database in fresh().await {
        crowd(&database).await;
        let db = &database.db;
        let (inside, let_go, first) = holder(db, "INSERT INTO account (id, yen) VALUES ('a', 1)");
        inside.await.unwrap();

        let taken = async { db::transaction!(db, |tx| { open(tx, "a").await? }) };
        let free = async { db::transaction!(db, |tx| { open(tx, "b").await? }) };
        let release = async { let_go.send(()).unwrap() };
        let (taken, free, ()) = tokio::join!(taken, free, release);

        assert!(matches!(taken, Err(Error::Unique)));
        free.unwrap();
        first.await.unwrap().unwrap();
        assert_eq!((balance(db, "a").await, balance(db, "b").await), (Some(1), Some(1)));
    }
}

#[tokio::test]
async fn a_failed_commit_fails_every_member_and_nothing_is_left() {
    for database in fresh().await {
        crowd(&database).await;
        let db = &database.db;
        // A deferred foreign key is checked at COMMIT, which is the one way to make it fail on purpose.
        let child = db::Migration {
            name: "0002_child",
            sql: "CREATE TABLE child (parent TEXT NOT NULL REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED)",
        };
        db.migrate(&[child]).await.unwrap();
        let (inside, let_go, orphan) = holder(db, "INSERT INTO child (parent) VALUES ('nobody')");
        inside.await.unwrap();

        let member = async { db::transaction!(db, |tx| { open(tx, "b").await? }) };
        let release = async { let_go.send(()).unwrap() };
        let (member, ()) = tokio::join!(member, release);

        assert!(matches!(orphan.await.unwrap(), Err(Error::Commit(_))));
        assert!(matches!(member, Err(Error::Commit(_))));
        assert_eq!(balance(db, "b").await, None);
        db::transaction!(db, |tx| { open(tx, "c").await? }).unwrap();
        assert_eq!(balance(db, "c").await, Some(1));
    }
}

#[tokio::test]
async fn readers_see_only_what_is_committed() {
    for database in fresh().await {
        crowd(&database).await;
        let (inside, let_go, first) = holder(&database.db, "INSERT INTO account (id, yen) VALUES ('a', 1)");
        inside.await.unwrap();

        assert_eq!(balance(&database.db, "a").await, None);

        let_go.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(balance(&database.db, "a").await, Some(1));
    }
}

#[tokio::test]
async fn more_than_one_batch_of_writers_all_get_their_turn() {
    for database in fresh().await {
        crowd(&database).await;
        let writers: Vec<_> = (0..200)
            .map(|n| {
                let db = database.db.clone();
                tokio::spawn(async move { db::transaction!(db, |tx| { open(tx, &format!("n{n}")).await? }) })
            })
            .collect();

        for writer in writers {
            writer.await.unwrap().unwrap();
        }

        let row = database.db.fetch_one("SELECT count(*) AS n FROM account", params![]).await.unwrap();
        assert_eq!(row.get::<i64>("n").unwrap(), 200);
    }
}

#[tokio::test]
async fn a_member_given_up_half_way_undoes_nobody_else() {
    for database in fresh().await {
        crowd(&database).await;
        let db = &database.db;
        let (inside, let_go, first) = holder(db, "INSERT INTO account (id, yen) VALUES ('a', 1)");
        inside.await.unwrap();

        let (inside, is_inside) = oneshot::channel();
        let other = db.clone();
        let gives_up = tokio::spawn(async move {
            let mut inside = Some(inside);
            db::transaction!(other, |tx| {
                open(tx, "b").await?;
                inside.take().unwrap().send(()).unwrap();
                std::future::pending::<()>().await;
            })
        });
        let next = db.clone();
        let third = tokio::spawn(async move { db::transaction!(next, |tx| { open(tx, "c").await? }) });
        let_go.send(()).unwrap();
        is_inside.await.unwrap();
        gives_up.abort();

        third.await.unwrap().unwrap();
        first.await.unwrap().unwrap();
        let there = [balance(db, "a").await, balance(db, "b").await, balance(db, "c").await];
        assert_eq!(there, [Some(1), None, Some(1)], "{}", database.url);
    }
}

#[tokio::test]
async fn a_batch_that_meets_another_process_runs_again() {
    for database in fresh().await.into_iter().filter(|database| database.url.starts_with("postgres")) {
        crowd(&database).await;
        let db = &database.db;
        db::transaction!(db, |tx| { open(tx, "a").await? }).unwrap();
        let other = Db::open(&database.url).await.unwrap();
        let (mut tries, raise) = (0, "UPDATE account SET yen = yen + 1 WHERE id = 'a'");
        db::transaction!(db, |tx| {
            tries += 1;
            tx.fetch_one("SELECT yen FROM account WHERE id = 'a'", params![]).await?;
            if tries == 1 {
                db::transaction!(other, |tx| { tx.execute(raise, params![]).await? })?;
            }
            tx.execute(raise, params![]).await?;
        })
        .unwrap();
        assert_eq!((tries, balance(db, "a").await), (2, Some(3)));
        other.close().await;
    }
}

/// Whether commits wait for the disk, as the engine says it. Each text is new to the connection: SQLite answers when it prepares.
async fn flushes(tx: &mut Tx, texts: [&'static str; 2], url: &str) -> Result<bool, Error> {
    if url.starts_with("postgres") {
        let row = tx.fetch_one("SELECT current_setting('synchronous_commit') AS mode", params![]).await?;
        Ok(row.get::<String>("mode")? == "on")
    } else {
        let [synchronous, pages] = texts;
        let full = tx.fetch_one(synchronous, params![]).await?.get::<i64>("synchronous")? == 2;
        let checkpoints = tx.fetch_one(pages, params![]).await?.get::<i64>("wal_autocheckpoint")? > 0;
        assert_eq!(full, checkpoints, "the journal is moved by those that wait for the disk");
        Ok(full)
    }
}

#[tokio::test]
async fn only_those_who_need_no_flush_go_without() {
    for database in fresh().await {
        let (db, url) = (&database.db, &database.url);
        let usual = db::transaction!(db, |tx| {
            flushes(tx, ["PRAGMA synchronous; --1", "PRAGMA wal_autocheckpoint; --1"], url).await?
        });
        let without = db::transaction!(db.without_flush(), |tx| {
            open(tx, "a").await?;
            flushes(tx, ["PRAGMA synchronous; --2", "PRAGMA wal_autocheckpoint; --2"], url).await?
        });
        assert_eq!((balance(db, "a").await, usual.unwrap(), without.unwrap()), (Some(1), true, false), "{url}");
        crowd(&database).await;
        let shared = db::transaction!(db.without_flush(), |tx| {
            flushes(tx, ["PRAGMA synchronous; --3", "PRAGMA wal_autocheckpoint; --3"], url).await?
        });
        let after = db::transaction!(db, |tx| {
            flushes(tx, ["PRAGMA synchronous; --4", "PRAGMA wal_autocheckpoint; --4"], url).await?
        });
        assert_eq!([shared.unwrap(), after.unwrap()], [false, true], "{url}");
    }
}

#[tokio::test]
async fn one_in_many_is_flushed_though_none_asks_for_it() {
    let database = db::testing::sqlite().await.unwrap();
    let mut flushed = 0;
    for number in 0..200 {
        // A text of its own each time, as in `flushes`.
        let sql: &'static str = Box::leak(format!("PRAGMA synchronous; --{number}").into_boxed_str());
        let mode = db::transaction!(database.db.without_flush(), |tx| {
            tx.fetch_one(sql, params![]).await?.get::<i64>("synchronous")?
        });
        flushed += i32::from(mode.unwrap() == 2);
    }
    assert_eq!(flushed, 3);
}

#[tokio::test]
async fn who_waits_behind_those_without_flush_is_on_the_disk_all_the_same() {
    for database in fresh().await {
        crowd(&database).await;
        let (db, url) = (&database.db, &database.url);
        let (inside, let_go, first) = holder(&db.without_flush(), "INSERT INTO account (id, yen) VALUES ('a', 1)");
        inside.await.unwrap();
        let waiting = async {
            db::transaction!(db, |tx| {
                flushes(tx, ["PRAGMA synchronous; --4", "PRAGMA wal_autocheckpoint; --4"], url).await?
            })
        };
        let release = async { let_go.send(()).unwrap() };
        let (flushed, ()) = tokio::join!(waiting, release);
        first.await.unwrap().unwrap();
        assert_eq!((flushed.unwrap(), balance(db, "a").await), (true, Some(1)), "{url}");
    }
}

#[tokio::test]
async fn a_statement_that_fails_after_its_asker_has_left_undoes_nobody_else() {
    for database in fresh().await {
        crowd(&database).await;
        let db = &database.db;
        db::transaction!(db, |tx| { open(tx, "there").await? }).unwrap();
        let (inside, let_go, first) = holder(db, "INSERT INTO account (id, yen) VALUES ('a', 1)");
        inside.await.unwrap();
        let (sent, is_sent) = oneshot::channel();
        let other = db.clone();
        let leaves = tokio::spawn(async move {
            let mut sent = Some(sent);
            db::transaction!(other, |tx| {
                let failing = open(tx, "there");
                tokio::select! {
                    biased;
                    // Sent, and given up before the answer is read.
                    _ = failing => {}
                    () = std::future::ready(()) => {}
                }
                sent.take().unwrap().send(()).unwrap();
                std::future::pending::<()>().await;
            })
        });
        let next = db.clone();
        let third = tokio::spawn(async move { db::transaction!(next, |tx| { open(tx, "c").await? }) });
        let_go.send(()).unwrap();
        is_sent.await.unwrap();
        leaves.abort();

        third.await.unwrap().unwrap();
        first.await.unwrap().unwrap();
        assert_eq!((balance(db, "a").await, balance(db, "c").await), (Some(1), Some(1)), "{}", database.url);
    }
}

#[tokio::test]
async fn nobody_waits_for_long_work_but_who_needs_its_rows() {
    for database in fresh().await.into_iter().filter(|database| database.url.starts_with("postgres")) {
        crowd(&database).await;
        let db = &database.db;
        db::transaction!(db, |tx| { open(tx, "a").await? }).unwrap();
        let (inside, is_inside) = oneshot::channel();
        let (let_go, wait) = oneshot::channel::<()>();
        let work = db.for_long_work();
        let long = tokio::spawn(async move {
            let (mut inside, mut wait) = (Some(inside), Some(wait));
            db::transaction!(work, |tx| {
                tx.execute("UPDATE account SET yen = yen + 1 WHERE id = 'a'", params![]).await?;
                // Rows so close together make PostgreSQL see a conflict in the end, so that it may come here again.
                if let (Some(inside), Some(wait)) = (inside.take(), wait.take()) {
                    inside.send(()).unwrap();
                    wait.await.unwrap();
                }
            })
        });
        is_inside.await.unwrap();
        let same = db.clone();
        let same = tokio::spawn(async move {
            db::transaction!(same, |tx| {
                tx.execute("UPDATE account SET yen = yen + 10 WHERE id = 'a'", params![]).await?
            })
        });
        for id in ["b", "c", "d"] {
            db::transaction!(db, |tx| { open(tx, id).await? }).unwrap();
        }
        assert!(!same.is_finished());
        let_go.send(()).unwrap();
        long.await.unwrap().unwrap();
        same.await.unwrap().unwrap();
        assert_eq!(balance(db, "a").await, Some(12));
    }
}
