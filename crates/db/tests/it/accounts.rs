//! A table of accounts to try the rules on.

use db::testing::TestDatabase;
use db::{Db, Migration};

/// Databases with one table of accounts.
pub(crate) async fn with_accounts() -> Vec<TestDatabase> {
    let databases = db::testing::databases().await.unwrap();
    for database in &databases {
        database.db.migrate(&[ACCOUNTS]).await.unwrap();
    }
    databases
}

pub(crate) async fn balance(db: &Db, id: &str) -> Option<i64> {
    let row = db.fetch_optional("SELECT yen FROM account WHERE id = $1", db::params![id]).await.unwrap();
    row.map(|row| row.get("yen").unwrap())
}

pub(crate) async fn open_account(db: &Db, id: &str, yen: i64) -> Result<(), db::Error> {
    db::transaction!(db, |tx| {
        tx.execute("INSERT INTO account (id, yen) VALUES ($1, $2)", db::params![id, yen]).await?;
    })
}

pub(crate) const ACCOUNTS: Migration = Migration {
    name: "0001_accounts",
    sql: "CREATE TABLE account (id TEXT PRIMARY KEY, yen BIGINT NOT NULL, note TEXT, picture BYTEA);
          CREATE INDEX account_by_yen ON account (yen);",
};
