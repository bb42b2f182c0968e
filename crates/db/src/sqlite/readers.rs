//! The connections that only read, lent to one statement at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::connection::{self, Connection, Done, Holder, Place, Role, Statement};
use crate::Error;

pub(crate) struct Readers {
    path: Arc<str>,
    places: Arc<Semaphore>,
    /// The one that came back last goes out first: its statements are prepared.
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Opens the first connection, to know that it works; others follow when they are needed.
    pub(crate) async fn open(path: Arc<str>) -> Result<Readers, Error> {
        let first = connection::open(&path, Role::Read).await?;
        Ok(Readers { path, places: Arc::new(Semaphore::new(READERS_MAX as usize)), idle: Mutex::new(vec![first]) })
    }

    /// Runs a statement. Its connection is closed when it fails, or is given up half way.
    pub(crate) async fn read(&self, statement: Statement) -> Result<Done, Error> {
        let place = tokio::time::timeout(PLACE_WAIT_MAX, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| Error::Busy)?.map_err(|_| Error::Closed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connection::open(&self.path, Role::Read).await?,
        };
        let mut lent = Some(Lent { connection, _place: place });
        let done = connection::statement(&mut lent, statement, Place::Here).await?;
        self.idle().extend(lent.map(|lent| lent.connection));
        Ok(done)
    }

    /// Waits for the statements that run, then closes every connection.
    pub(crate) async fn close(&self) {
        let all = self.places.acquire_many(READERS_MAX).await;
        self.places.close();
        // Whoever closes second finds nothing left to do.
        if all.is_ok() {
            let idle = std::mem::take(&mut *self.idle());
            let closed = spawn_blocking(move || idle.into_iter().try_for_each(Connection::close)).await;
            if let Ok(Err(error)) = closed {
                tracing::warn!(%error, "could not close a connection to the database");
            }
        }
    }

    /// A push or a pop is whole, so a panic elsewhere leaves nothing half done here.
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection with its place, which is taken as long as a statement runs on it, whether or not anybody waits.
struct Lent {
    connection: Connection,
    _place: OwnedSemaphorePermit,
}

impl Holder for Lent {
    fn connection(&mut self) -> Option<&mut Connection> {
        Some(&mut self.connection)
    }
}

const READERS_MAX: u32 = 4;
/// How long a read waits for a connection.
const PLACE_WAIT_MAX: Duration = Duration::from_secs(5);
