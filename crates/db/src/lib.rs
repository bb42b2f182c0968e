//! One door to SQLite and PostgreSQL: open, migrate, transaction with retry.
//!
//! Every statement is written once, for PostgreSQL, in the subset that SQLite takes too: `$1` placeholders and the
//! three column types `BIGINT`, `TEXT` and `BYTEA`. Times are microseconds since 1970 in a `BIGINT`.
//!
//! A [`transaction!`] sees a database that nobody else changes, and what it has written is on the disk when it returns. On SQLite the
//! transactions that wait for the writer share one `COMMIT`, because the disk's flush is the cost they share. On PostgreSQL
//! they do where they would get in each other's way.

mod batch;
mod error;
mod migrate;
mod postgres;
mod row;
mod sqlite;
pub mod testing;
mod transaction;
mod value;

pub use error::{Cause, Error};
pub use migrate::Migration;
pub use row::{FromColumn, Row};
pub use transaction::{Attempts, Ended, Tx};
pub use value::Value;

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    manner: Manner,
}

/// How transactions run and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Usual,
    WithoutFlush,
    ForLongWork,
}

#[derive(Clone)]
enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens `sqlite:/path/to/file.db` (made when missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Open`] when the address is of neither kind or the database does not answer.
    pub async fn open(url: &str) -> Result<Db, Error> {
        let engine = match url.split_once(':') {
            Some(("sqlite", path)) => Engine::Sqlite(sqlite::Sqlite::open(path).await?),
            Some(("postgres" | "postgresql", _)) => Engine::Postgres(postgres::Postgres::open(url).await?),
            _ => return Err(Error::Scheme),
        };
        Ok(Db { engine, manner: Manner::Usual })
    }

    /// The same database for a [`transaction!`] that need not be on the disk when it returns, and so waits for no disk.
    ///
    /// If the machine goes down, it may be lost with all that came after it, until another transaction that is no such one has
    /// written something. It is for what gives nobody anything before that.
    #[must_use]
    pub fn without_flush(&self) -> Db {
        Db { engine: self.engine.clone(), manner: Manner::WithoutFlush }
    }

    /// The same database for a [`transaction!`] whose statements may take long, such as those of a file's import: others go on
    /// meanwhile as far as the engine lets them.
    #[must_use]
    pub fn for_long_work(&self) -> Db {
        Db { engine: self.engine.clone(), manner: Manner::ForLongWork }
    }

    /// Brings the schema up to date: runs each migration that has not run yet, in the order given.
    ///
    /// # Errors
    /// [`Error::MigrationChanged`] when a migration that ran earlier reads differently now; [`Error::Query`] when a
    /// statement fails, after which nothing of that migration remains.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<(), Error> {
        migrate::run(self, migrations).await
    }

    /// All rows of a query that changes nothing, as last committed.
    ///
    /// # Errors
    /// [`Error::Query`] when the statement fails.
    pub async fn fetch_all(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Error> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.fetch_all(sql, params).await,
            Engine::Postgres(postgres) => postgres.fetch_all(sql, params).await,
        }
    }

    /// The first row of a query that changes nothing, if there is one.
    ///
    /// # Errors
    /// [`Error::Query`] when the statement fails.
    pub async fn fetch_optional(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<Row>, Error> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.fetch_optional(sql, params).await,
            Engine::Postgres(postgres) => Ok(postgres.fetch_all(sql, params).await?.into_iter().next()),
        }
    }

    /// The row of a query that changes nothing.
    ///
    /// # Errors
    /// [`Error::NoRow`] when there is none, [`Error::Query`] when the statement fails.
    pub async fn fetch_one(&self, sql: &'static str, params: Vec<Value>) -> Result<Row, Error> {
        self.fetch_optional(sql, params).await?.ok_or(Error::NoRow)
    }

    /// Waits for the transactions that run, then closes every connection.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
    }
}
