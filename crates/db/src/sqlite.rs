//! SQLite: a few readers and one writer, whose waiting transactions share a `COMMIT`.

pub(crate) mod connection;
mod readers;
mod writer;

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;

use crate::batch::{Batches, Flush, Lease};
use crate::{Error, Row, Value};

use connection::{Connection, Role, Statement, Wanted};

#[derive(Clone)]
pub(crate) struct Sqlite {
    readers: Arc<readers::Readers>,
    writer: Batches<Connection>,
}

impl Sqlite {
    /// Opens the file, and makes it when it is missing.
    pub(crate) async fn open(path: &str) -> Result<Sqlite, Error> {
        make_private(path).map_err(|error| Error::Open { engine: ENGINE, source: error.into() })?;
        let path: Arc<str> = path.into();
        let writing = connection::open(&path, Role::Write).await?;
        let writer = Batches::start(Arc::clone(&path), Some(writing));
        let readers = readers::Readers::open(path).await?;
        Ok(Sqlite { readers: Arc::new(readers), writer })
    }

    /// Waits for a turn to write.
    pub(crate) async fn turn(&self, flush: Flush) -> Result<Lease<Connection>, Error> {
        self.writer.turn(flush).await
    }

    pub(crate) async fn fetch_all(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Error> {
        Ok(self.readers.read(Statement { sql: sql.into(), params, wanted: Wanted::All }).await?.rows)
    }

    pub(crate) async fn fetch_optional(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<Row>, Error> {
        let found = self.readers.read(Statement { sql: sql.into(), params, wanted: Wanted::First }).await?;
        Ok(found.rows.into_iter().next())
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

const ENGINE: &str = "SQLite";
