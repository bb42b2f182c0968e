//! Transactions that share one commit.

use db::testing::{TestDatabase, sqlite};
use db::{Db, Error, Tx, params};
use tokio::sync::oneshot;

use crate::accounts::{ACCOUNTS, balance};

async fn fresh() -> TestDatabase {
    let database = sqlite().await.unwrap();
    database.db.migrate(&[ACCOUNTS]).await.unwrap();
    database
}

/// Opens an account, and stays in the transaction until it is let go: what comes meanwhile shares its commit.
fn holder(
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

async fn open(tx: &mut Tx, id: &str) -> Result<u64, Error> {
    tx.execute("INSERT INTO account (id, yen) VALUES ($1, 1)", params![id]).await
}

#[tokio::test]
async fn one_member_that_is_refused_does_not_undo_the_others() {
    let database = fresh().await;
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

#[tokio::test]
async fn a_failed_commit_fails_every_member_and_nothing_is_left() {
    let database = fresh().await;
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

#[tokio::test]
async fn readers_see_only_what_is_committed() {
    let database = fresh().await;
    let (inside, let_go, first) = holder(&database.db, "INSERT INTO account (id, yen) VALUES ('a', 1)");
    inside.await.unwrap();

    assert_eq!(balance(&database.db, "a").await, None);

    let_go.send(()).unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(balance(&database.db, "a").await, Some(1));
}

#[tokio::test]
async fn more_than_one_batch_of_writers_all_get_their_turn() {
    let database = fresh().await;
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

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let database = fresh().await;
    db::transaction!(database.db, |tx| { open(tx, "a").await? }).unwrap();
    database.db.close().await;

    let again = Db::open(&database.url).await.unwrap();

    assert_eq!(balance(&again, "a").await, Some(1));
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let database = fresh().await;

    assert!(database.db.fetch_all("DELETE FROM account RETURNING id", params![]).await.is_err());
}

#[tokio::test]
async fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let database = fresh().await;
    db::transaction!(database.db, |tx| { open(tx, "a").await? }).unwrap();

    for suffix in ["", "-wal", "-shm"] {
        let path = format!("{}{suffix}", database.url.strip_prefix("sqlite:").unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    }
}

/// Counts so far that nobody may wait for it.
const LONG: &str =
    "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT COUNT(*) AS n FROM c";

/// What `work` comes to, and whether it was over before anybody else could go on.
async fn at_once<T>(work: impl Future<Output = T>) -> (T, bool) {
    tokio::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => (done, true),
        () = std::future::ready(()) => (work.await, false),
    }
}

#[tokio::test]
async fn a_short_read_is_answered_at_once_and_a_long_one_lets_others_go_on() {
    let database = fresh().await;
    let db = &database.db;
    let (short, at_once_short) = at_once(db.fetch_one("SELECT 1 AS n", params![])).await;
    let (long, at_once_long) = at_once(db.fetch_one(LONG, params![])).await;
    assert_eq!((short.unwrap().get::<i64>("n").unwrap(), at_once_short), (1, true));
    assert_eq!((long.unwrap().get::<i64>("n").unwrap(), at_once_long), (300_000, false));
}

#[tokio::test]
async fn a_long_read_undoes_nothing_of_its_transaction() {
    let database = fresh().await;
    let db = &database.db;
    db::transaction!(db, |tx| {
        open(tx, "a").await?;
        let (long, at_once) = at_once(tx.fetch_one(LONG, params![])).await;
        assert!(!at_once);
        assert_eq!(long?.get::<i64>("n")?, 300_000);
        open(tx, "b").await?
    })
    .unwrap();
    assert_eq!((balance(db, "a").await, balance(db, "b").await), (Some(1), Some(1)));
}

#[tokio::test]
async fn a_transaction_that_takes_long_lets_others_go_on() {
    let database = fresh().await;
    let db = &database.db;
    let at_once = db::transaction!(db, |tx| {
        tx.takes_long();
        let (opened, at_once) = at_once(open(tx, "a")).await;
        opened?;
        at_once
    });
    assert!(!at_once.unwrap());
    assert_eq!(balance(db, "a").await, Some(1));
}

#[tokio::test]
async fn a_writer_waits_while_another_process_writes() {
    let database = fresh().await;
    let db = &database.db;
    let (inside, let_go, first) = holder(db, "INSERT INTO account (id, yen) VALUES ('a', 1)");
    inside.await.unwrap();

    let other = Db::open(&database.url).await.unwrap();
    let waiting = async { db::transaction!(other, |tx| { open(tx, "b").await? }) };
    tokio::pin!(waiting);
    tokio::select! {
        biased;
        _ = &mut waiting => panic!("two writers at once"),
        () = std::future::ready(()) => {}
    }
    let_go.send(()).unwrap();
    waiting.await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!((balance(db, "a").await, balance(db, "b").await), (Some(1), Some(1)));
    other.close().await;
}

#[tokio::test]
async fn whoever_stops_waiting_for_a_long_statement_undoes_nobody_else() {
    let database = fresh().await;
    let db = &database.db;
    let (inside, let_go, first) = holder(db, "INSERT INTO account (id, yen) VALUES ('a', 1)");
    inside.await.unwrap();

    let (reads, is_reading) = oneshot::channel();
    let waiting = db.clone();
    let gives_up = tokio::spawn(async move {
        let mut reads = Some(reads);
        db::transaction!(waiting, |tx| {
            open(tx, "b").await?;
            reads.take().unwrap().send(()).unwrap();
            tx.fetch_one(LONG, params![]).await?
        })
    });
    let next = db.clone();
    let third = tokio::spawn(async move { db::transaction!(next, |tx| { open(tx, "c").await? }) });
    let_go.send(()).unwrap();
    is_reading.await.unwrap();
    gives_up.abort();
    assert!(gives_up.await.is_err_and(|error| error.is_cancelled()));

    third.await.unwrap().unwrap();
    first.await.unwrap().unwrap();
    let there = [balance(db, "a").await, balance(db, "b").await, balance(db, "c").await];
    assert_eq!(there, [Some(1), None, Some(1)]);
}

#[tokio::test]
async fn many_batches_of_several_turns_all_keep_what_they_wrote() {
    let database = fresh().await;
    let db = &database.db;
    for round in 0..1_500_i64 {
        let turn = |place: i64| async move {
            let id = format!("{round}-{place}");
            db::transaction!(db, |tx| { open(tx, &id).await? })
        };
        let (a, b, c, d) = tokio::join!(turn(0), turn(1), turn(2), turn(3));
        assert_eq!([a, b, c, d].map(Result::unwrap), [1; 4]);
    }
}
