//! The connections that only read, lent to one statement at a time.
//!
//! sqlx's own pool asks a connection whether it is well each time that it comes back. For SQLite, whose every question
//! costs two switches between threads, that doubles the price of a read; here a connection comes back only when its
//! statement went well.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::Semaphore;

use crate::Error;

pub(crate) struct Readers {
    options: SqliteConnectOptions,
    places: Semaphore,
    /// The one that came back last goes out first: its statements are prepared.
    idle: Mutex<Vec<SqliteConnection>>,
}

impl Readers {
    /// Opens the first connection, to know that it works; others follow when they are needed.
    pub(crate) async fn open(options: SqliteConnectOptions) -> Result<Readers, sqlx::Error> {
        let first = options.connect().await?;
        Ok(Readers { options, places: Semaphore::new(READERS_MAX as usize), idle: Mutex::new(vec![first]) })
    }

    /// Runs a statement on a connection. It is closed when the statement fails, or is given up half way.
    pub(crate) async fn lend<T>(
        &self,
        statement: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let place = tokio::time::timeout(PLACE_WAIT_MAX, self.places.acquire()).await;
        let _place = place.map_err(|_| Error::Busy)?.map_err(|_| Error::Closed)?;
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        let found = statement(&mut connection).await?;
        self.idle().push(connection);
        Ok(found)
    }

    /// Waits for the statements that run, then closes every connection.
    pub(crate) async fn close(&self) {
        let all = self.places.acquire_many(READERS_MAX).await;
        self.places.close();
        // Whoever closes second finds nothing left to do.
        if all.is_ok() {
            let idle = std::mem::take(&mut *self.idle());
            for connection in idle {
                if let Err(error) = connection.close().await {
                    tracing::warn!(%error, "could not close a connection to the database");
                }
            }
        }
    }

    /// A push or a pop is whole, so a panic elsewhere leaves nothing half done here.
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const READERS_MAX: u32 = 4;
/// How long a read waits for a connection.
const PLACE_WAIT_MAX: Duration = Duration::from_secs(5);
