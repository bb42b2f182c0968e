use db::{Error, Migration, params};

use crate::accounts::{ACCOUNTS, balance, open_account, with_accounts};

#[tokio::test]
async fn a_migration_runs_once() {
    for database in with_accounts().await {
        open_account(&database.db, "a", 5).await.unwrap();

        database.db.migrate(&[ACCOUNTS]).await.unwrap();

        assert_eq!(balance(&database.db, "a").await, Some(5));
    }
}

#[tokio::test]
async fn a_new_migration_runs_on_an_old_database() {
    for database in with_accounts().await {
        let second = Migration { name: "0002_more", sql: "ALTER TABLE account ADD COLUMN email TEXT;" };

        database.db.migrate(&[ACCOUNTS, second]).await.unwrap();

        database.db.fetch_all("SELECT email FROM account", params![]).await.unwrap();
    }
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    for database in with_accounts().await {
        let changed = Migration { name: ACCOUNTS.name, sql: "CREATE TABLE other (id TEXT)" };

        let refused = database.db.migrate(&[changed]).await.unwrap_err();

        assert!(matches!(refused, Error::MigrationChanged { name } if name == "0001_accounts"));
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    for database in with_accounts().await {
        let broken = Migration { name: "0002_broken", sql: "CREATE TABLE left_over (id TEXT); CREATE NONSENSE;" };

        database.db.migrate(&[broken]).await.unwrap_err();

        assert!(database.db.fetch_all("SELECT id FROM left_over", params![]).await.is_err());
    }
}

#[tokio::test]
async fn a_column_refuses_a_value_of_another_type() {
    for database in with_accounts().await {
        let refused = db::transaction!(database.db, |tx| {
            tx.execute("INSERT INTO account (id, yen) VALUES ('a', CAST($1 AS TEXT))", params!["much"]).await?
        });

        assert!(refused.is_err());
    }
}

#[tokio::test]
async fn another_scheme_is_refused() {
    assert!(matches!(db::Db::open("mysql://localhost").await, Err(Error::Scheme)));
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_an_error() {
    let refused = db::Db::open("sqlite:/nowhere/at/all.db").await.err().unwrap();

    assert!(matches!(refused, Error::Open { engine: "SQLite", .. }));
}
