use db::{Error, params};
use jiff::Timestamp;

use crate::accounts::with_accounts;

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_was() {
    for database in with_accounts().await {
        let at = Timestamp::from_microsecond(1_800_000_000_123_456).unwrap();
        db::transaction!(database.db, |tx| {
            let all = params!["a", at, "𠮷髙﨑", [7u8; 32]];
            tx.execute("INSERT INTO account (id, yen, note, picture) VALUES ($1, $2, $3, $4)", all).await?;
        })
        .unwrap();

        let row = database.db.fetch_one("SELECT * FROM account WHERE picture = $1", params![[7u8; 32]]).await.unwrap();

        assert_eq!(row.get::<Timestamp>("yen").unwrap(), at);
        assert_eq!(row.get::<String>("note").unwrap(), "𠮷髙﨑");
        assert_eq!(row.get::<[u8; 32]>("picture").unwrap(), [7; 32]);
        assert_eq!(row.get::<Option<Vec<u8>>>("picture").unwrap(), Some(vec![7; 32]));
    }
}

#[tokio::test]
async fn null_is_read_only_where_it_is_expected() {
    for database in with_accounts().await {
        db::transaction!(database.db, |tx| {
            let nothing = params!["a", 1, None::<String>, None::<Vec<u8>>];
            tx.execute("INSERT INTO account (id, yen, note, picture) VALUES ($1, $2, $3, $4)", nothing).await?;
        })
        .unwrap();

        let row = database.db.fetch_one("SELECT * FROM account", params![]).await.unwrap();

        assert_eq!(row.get::<Option<String>>("note").unwrap(), None);
        assert_eq!(row.get::<Option<[u8; 16]>>("picture").unwrap(), None);
        assert!(matches!(row.get::<String>("note"), Err(Error::Column { .. })));
    }
}

#[tokio::test]
async fn a_wrong_name_type_or_length_is_an_error_that_names_the_column() {
    for database in with_accounts().await {
        db::transaction!(database.db, |tx| {
            tx.execute("INSERT INTO account (id, yen, picture) VALUES ($1, $2, $3)", params!["a", 1, [1u8, 2]]).await?;
        })
        .unwrap();

        let row = database.db.fetch_one("SELECT * FROM account", params![]).await.unwrap();

        for wrong in [row.get::<i64>("none").err(), row.get::<i64>("id").err(), row.get::<String>("yen").err()] {
            assert!(matches!(wrong, Some(Error::Column { .. })));
        }
        let short = row.get::<[u8; 3]>("picture").unwrap_err();
        assert_eq!(short.to_string(), "column picture does not hold a [u8; 3]");
    }
}

#[tokio::test]
async fn a_query_that_must_find_a_row_says_when_it_does_not() {
    for database in with_accounts().await {
        let missing = database.db.fetch_one("SELECT id FROM account", params![]).await;

        assert!(matches!(missing, Err(Error::NoRow)));
    }
}

#[tokio::test]
async fn a_parameter_is_never_shown() {
    assert_eq!(format!("{:?}", params!["secret", 5, vec![1u8]]), "[Text, Int, Bytes]");
}

#[tokio::test]
async fn many_rows_go_in_together_or_not_at_all() {
    for database in with_accounts().await {
        let row = |n: i64| params![format!("n{n}"), n];

        let inserted = db::transaction!(database.db, |tx| {
            tx.insert("INSERT INTO account (id, yen)", (0..150).map(row)).await?
                + tx.insert("INSERT INTO account (id, yen)", []).await?
        });
        let twice = db::transaction!(database.db, |tx| {
            tx.insert("INSERT INTO account (id, yen)", (150..300).chain([0]).map(row)).await?
        });

        assert_eq!(inserted.unwrap(), 150);
        assert!(matches!(twice, Err(Error::Unique)));
        let total =
            database.db.fetch_one("SELECT count(*) AS n, CAST(sum(yen) AS BIGINT) AS yen FROM account", params![]);
        let total = total.await.unwrap();
        assert_eq!((total.get::<i64>("n").unwrap(), total.get::<i64>("yen").unwrap()), (150, 150 * 149 / 2));
    }
}

#[tokio::test]
async fn reads_that_fail_or_are_given_up_take_no_connection_with_them() {
    for database in with_accounts().await {
        for _ in 0..10 {
            assert!(matches!(
                database.db.fetch_all("SELECT nothing FROM nowhere", params![]).await,
                Err(Error::Query(_))
            ));
            let read = std::pin::pin!(database.db.fetch_all("SELECT id FROM account", params![]));
            // Polled once and dropped, as when a browser goes away.
            assert!(polled_once(read).await.is_none_or(|rows| rows.unwrap().is_empty()));
        }
        let reads = (0..20).map(|_| {
            let db = database.db.clone();
            tokio::spawn(async move {
                db.fetch_one("SELECT CAST(7 AS BIGINT) AS seven", params![]).await.unwrap().get::<i64>("seven")
            })
        });
        for read in reads.collect::<Vec<_>>() {
            assert_eq!(read.await.unwrap().unwrap(), 7);
        }
    }
}

/// What a future has ready at its first poll.
async fn polled_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}
