//! SQLite: a few readers and one writer, whose waiting transactions share a `COMMIT`.

mod readers;
mod writer;

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{SqlSafeStr as _, SqlStr, SqliteConnection};

use crate::value::bind;
use crate::{Error, Row, Value};

pub(crate) use writer::Lease;

#[derive(Clone)]
pub(crate) struct Sqlite {
    readers: Arc<readers::Readers>,
    writer: writer::Writer,
}

impl Sqlite {
    /// Opens the file, and makes it when it is missing.
    pub(crate) async fn open(path: &str) -> Result<Sqlite, Error> {
        let failed = |source| Error::Open { engine: "SQLite", source };
        make_private(path).map_err(|error| failed(sqlx::Error::Io(error)))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_MAX)
            .statement_cache_capacity(STATEMENTS_MAX)
            // Deleted rows are overwritten: what was erased cannot be read from the file.
            .pragma("secure_delete", "ON");
        let writer = writer::Writer::start(options.clone()).await.map_err(failed)?;
        let readers = readers::Readers::open(options.pragma("query_only", "ON")).await.map_err(failed)?;
        Ok(Sqlite { readers: Arc::new(readers), writer })
    }

    /// Waits for a turn to write.
    pub(crate) async fn turn(&self) -> Result<Lease, Error> {
        self.writer.turn().await
    }

    pub(crate) async fn fetch_all(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Error> {
        self.readers.lend(async |connection| fetch_all(connection, sql.into_sql_str(), params).await).await
    }

    pub(crate) async fn fetch_optional(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<Row>, Error> {
        self.readers.lend(async |connection| fetch_optional(connection, sql.into_sql_str(), params).await).await
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the file when it is missing, for its owner alone; what SQLite puts beside it gets the same mode.
fn make_private(path: &str) -> std::io::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

pub(crate) async fn execute(connection: &mut SqliteConnection, sql: SqlStr, params: Vec<Value>) -> Result<u64, Error> {
    Ok(bind::<sqlx::Sqlite>(sql, params).execute(connection).await?.rows_affected())
}

pub(crate) async fn fetch_all(
    connection: &mut SqliteConnection,
    sql: SqlStr,
    params: Vec<Value>,
) -> Result<Vec<Row>, Error> {
    let rows = bind::<sqlx::Sqlite>(sql, params).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::from).collect())
}

/// The first row, without waiting for the statement's end: one switch between threads where [`fetch_all`] has two.
pub(crate) async fn fetch_optional(
    connection: &mut SqliteConnection,
    sql: SqlStr,
    params: Vec<Value>,
) -> Result<Option<Row>, Error> {
    Ok(bind::<sqlx::Sqlite>(sql, params).fetch_optional(connection).await?.map(Row::from))
}

const STATEMENTS_MAX: usize = 256;
/// How long we wait for another process, such as a backup, that holds the file.
const BUSY_MAX: Duration = Duration::from_secs(5);
