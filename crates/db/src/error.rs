//! What can go wrong, by what a caller does about it.

use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};

/// A failure of the database. No variant's text holds a value of a row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address names neither engine.
    #[error("a database address starts with sqlite: or postgres:")]
    Scheme,
    /// The database could not be opened. The address is left out, because it may hold a password.
    #[error("could not open the {engine} database")]
    Open {
        /// `SQLite` or `PostgreSQL`.
        engine: &'static str,
        /// What the engine said.
        #[source]
        source: Cause,
    },
    /// A released migration was edited: the schema on the disk is not the one the code believes in.
    #[error("migration {name} has changed since it ran on this database")]
    MigrationChanged {
        /// The migration's name.
        name: String,
    },
    /// A row with this key is there already.
    #[error("a row with this key exists")]
    Unique,
    /// Another transaction changed what this one rests on. Seen by a caller only after the last retry.
    #[error("the transaction met another one")]
    Conflict,
    /// No connection, or no turn to write, came free in time.
    #[error("the database is busy")]
    Busy,
    /// A query that must find a row found none.
    #[error("no row where one must be")]
    NoRow,
    /// A column is missing or holds something else.
    #[error("column {column} does not hold a {wanted}")]
    Column {
        /// The column's name.
        column: String,
        /// The Rust type that was asked for.
        wanted: &'static str,
    },
    /// A statement of this transaction failed before, so that nothing more of it can count.
    #[error("the transaction failed at an earlier statement")]
    Aborted,
    /// The transactions of this batch did not reach the disk.
    #[error("could not commit")]
    Commit(#[source] Arc<Cause>),
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// A statement failed.
    #[error("a statement failed")]
    Query(#[source] Cause),
}

/// What an engine said.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL, or the way to it.
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    /// The file.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The connection was given up half way.
    #[error("the connection was lost")]
    Lost,
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        if is_conflict(&error) {
            return Error::Conflict;
        }
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Error::Unique,
            sqlx::Error::PoolTimedOut => Error::Busy,
            sqlx::Error::PoolClosed => Error::Closed,
            _ => Error::Query(error.into()),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        match error.sqlite_error() {
            Some(code) if UNIQUE.contains(&code.extended_code) => Error::Unique,
            // Another process has held the file for longer than we wait.
            Some(code) if code.code == ErrorCode::DatabaseBusy => Error::Busy,
            _ => Error::Query(error.into()),
        }
    }
}

/// SQLSTATE 40001 (serialization failure), 40P01 (deadlock) and 55P03 (a row that another transaction keeps):
/// PostgreSQL 15, appendix A.
fn is_conflict(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(inner) = error else { return false };
    inner.code().is_some_and(|code| ["40001", "40P01", "55P03"].contains(&code.as_ref()))
}

/// The result codes of SQLite for a key that exists: of the primary key, and of another one.
const UNIQUE: [i32; 2] = [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE];
