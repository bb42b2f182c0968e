//! What is SQLite's own about transactions that share one commit, and about its file.

use db::testing::{TestDatabase, sqlite};
use db::{Db, params};

use crate::accounts::{ACCOUNTS, balance};
use crate::batches::open;

pub(crate) async fn fresh() -> TestDatabase {
    let database = sqlite().await.unwrap();
    database.db.migrate(&[ACCOUNTS]).await.unwrap();
    database
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
async fn the_journal_of_a_large_transaction_does_not_stay_on_the_disk() {
    const MB: u64 = 1 << 20;
    let database = fresh().await;
    let journal = format!("{}-wal", database.url.strip_prefix("sqlite:").unwrap());
    let bytes = || std::fs::metadata(&journal).unwrap().len();
    db::transaction!(database.db, |tx| {
        for number in 0..48_u8 {
            let picture = vec![number; 1 << 20];
            let sql = "INSERT INTO account (id, yen, picture) VALUES ($1, 1, $2)";
            tx.execute(sql, params![number.to_string(), picture]).await?;
        }
    })
    .unwrap();
    assert!(bytes() > 48 * MB);

    for small in ["a", "b"] {
        db::transaction!(database.db, |tx| { open(tx, small).await? }).unwrap();
    }

    assert!(bytes() <= 16 * MB, "{}", bytes());
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
