use std::time::Duration;

use db::{Db, Error, Tx, params};

use crate::accounts::{balance, open_account, with_accounts};

#[derive(Debug)]
enum Refused {
    Poor { yen: i64 },
    Database(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused::Database(error)
    }
}

async fn pay(db: &Db, from: &str, to: &str, yen: i64) -> Result<i64, Refused> {
    db::transaction!(db, |tx| -> Refused {
        let has = read(tx, from).await?;
        let received = read(tx, to).await? + yen;
        write(tx, to, received).await?;
        write(tx, from, has - yen).await?;
        if has < yen {
            return Err(Refused::Poor { yen: has });
        }
        has - yen
    })
}

async fn read(tx: &mut Tx, id: &str) -> Result<i64, Error> {
    tx.fetch_one("SELECT yen FROM account WHERE id = $1", params![id]).await?.get("yen")
}

async fn write(tx: &mut Tx, id: &str, yen: i64) -> Result<u64, Error> {
    tx.execute("UPDATE account SET yen = $2 WHERE id = $1", params![id, yen]).await
}

#[tokio::test]
async fn what_a_transaction_wrote_is_seen_afterwards() {
    for database in with_accounts().await {
        open_account(&database.db, "a", 100).await.unwrap();
        open_account(&database.db, "b", 0).await.unwrap();

        assert_eq!(pay(&database.db, "a", "b", 30).await.unwrap(), 70);

        assert_eq!((balance(&database.db, "a").await, balance(&database.db, "b").await), (Some(70), Some(30)));
    }
}

#[tokio::test]
async fn an_error_in_the_block_undoes_all_of_it() {
    for database in with_accounts().await {
        open_account(&database.db, "a", 100).await.unwrap();
        open_account(&database.db, "b", 0).await.unwrap();

        let refused = pay(&database.db, "a", "b", 101).await;

        assert!(matches!(refused, Err(Refused::Poor { yen: 100 })));
        assert_eq!((balance(&database.db, "a").await, balance(&database.db, "b").await), (Some(100), Some(0)));
    }
}

#[tokio::test]
async fn a_missing_row_is_the_database_s_error() {
    for database in with_accounts().await {
        assert!(matches!(pay(&database.db, "a", "b", 1).await, Err(Refused::Database(Error::NoRow))));
    }
}

#[tokio::test]
async fn transactions_at_once_do_not_lose_an_update() {
    for database in with_accounts().await {
        open_account(&database.db, "a", 40).await.unwrap();
        open_account(&database.db, "b", 0).await.unwrap();

        let payers: Vec<_> = (0..50)
            .map(|_| {
                let db = database.db.clone();
                tokio::spawn(async move { pay(&db, "a", "b", 1).await })
            })
            .collect();
        let mut paid = 0;
        for payer in payers {
            match payer.await.unwrap() {
                Ok(_) => paid += 1,
                Err(Refused::Poor { yen }) => assert_eq!(yen, 0),
                Err(Refused::Database(error)) => panic!("{error}"),
            }
        }

        assert_eq!(paid, 40);
        assert_eq!((balance(&database.db, "a").await, balance(&database.db, "b").await), (Some(0), Some(40)));
    }
}

#[tokio::test]
async fn a_key_that_exists_is_an_error_of_its_own() {
    for database in with_accounts().await {
        open_account(&database.db, "a", 1).await.unwrap();

        assert!(matches!(open_account(&database.db, "a", 2).await, Err(Error::Unique)));
        assert_eq!(balance(&database.db, "a").await, Some(1));
    }
}

#[tokio::test]
async fn after_a_failed_statement_nothing_of_the_transaction_counts() {
    for database in with_accounts().await {
        open_account(&database.db, "a", 1).await.unwrap();

        let swallowed = db::transaction!(database.db, |tx| {
            tx.execute("INSERT INTO account (id, yen) VALUES ('b', 1)", params![]).await?;
            let exists = tx.execute("INSERT INTO account (id, yen) VALUES ('a', 1)", params![]).await;
            assert!(matches!(exists, Err(Error::Unique)));
            let refused = tx.execute("INSERT INTO account (id, yen) VALUES ('c', 1)", params![]).await;
            assert!(matches!(refused, Err(Error::Aborted)));
        });

        assert!(matches!(swallowed, Err(Error::Aborted)));
        assert_eq!(balance(&database.db, "b").await, None);
    }
}

#[tokio::test]
async fn a_transaction_given_up_half_way_leaves_nothing_and_blocks_nobody() {
    for database in with_accounts().await {
        let half = async {
            db::transaction!(database.db, |tx| {
                tx.execute("INSERT INTO account (id, yen) VALUES ('a', 1)", params![]).await?;
                std::future::pending::<()>().await;
            })
        };

        assert!(tokio::time::timeout(Duration::from_millis(50), half).await.is_err());

        open_account(&database.db, "b", 2).await.unwrap();
        assert_eq!((balance(&database.db, "a").await, balance(&database.db, "b").await), (None, Some(2)));
    }
}

#[tokio::test]
async fn after_transactions_given_up_as_they_began_everybody_reads_what_was_written_last() {
    for database in with_accounts().await {
        open_account(&database.db, "a", 0).await.unwrap();
        for yen in 1..=200 {
            let given_up = async { db::transaction!(database.db, |tx| { read(tx, "a").await? }) };
            tokio::select! {
                biased;
                _ = given_up => {}
                () = turns(yen % 25) => {}
            }
            db::transaction!(database.db, |tx| { write(tx, "a", yen).await? }).unwrap();
            for _ in 0..4 {
                assert_eq!(balance(&database.db, "a").await, Some(yen));
            }
        }
    }
}

/// Lets others go on so many times.
async fn turns(number: i64) {
    for _ in 0..number {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_closed_database_says_so() {
    for database in with_accounts().await {
        database.db.close().await;

        assert!(matches!(open_account(&database.db, "a", 1).await, Err(Error::Closed)));
        assert!(matches!(database.db.fetch_all("SELECT 1", params![]).await, Err(Error::Closed)));
    }
}
