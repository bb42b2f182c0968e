//! Which statements run in the thread that asks, and which beside it.

use db::{Db, params};
use tokio::sync::oneshot;

use crate::accounts::balance;
use crate::batches::{holder, open};
use crate::sqlite_batches::fresh;

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
    let count = "INSERT INTO account (id, yen) WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) \
         SELECT 'a', COUNT(*) FROM c";
    let at_once = db::transaction!(db.for_long_work(), |tx| {
        let (counted, at_once) = at_once(tx.execute(count, params![])).await;
        counted?;
        at_once
    });
    assert!(!at_once.unwrap());
    assert_eq!(balance(db, "a").await, Some(300_000));
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
