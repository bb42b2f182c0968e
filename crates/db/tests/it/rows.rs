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
