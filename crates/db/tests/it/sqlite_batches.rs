//! Transactions that share one commit.

use db::testing::{TestDatabase, sqlite};
use db::{Db, Error, Tx, params};
use tokio::sync::oneshot;

use crate::accounts::{ACCOUNTS, balance};

pub(crate) async fn fresh() -> TestDatabase {
    let database = sqlite().await.unwrap();
    database.db.migrate(&[ACCOUNTS]).await.unwrap();
    database
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
