//! PostgreSQL 15 or later: a pool, and transactions at the level SERIALIZABLE.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool, SqlSafeStr as _, SqlStr, Transaction};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use tokio::time::timeout;

use crate::batch::{Act, Batches, Flush, Lease, Loan, Shared};
use crate::value::bind;
use crate::{Cause, Error, Row, Value};

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: PgPool,
    lane: Arc<Lane>,
    convoys: Batches<Convoy>,
}

/// Transactions run side by side. Where two met, they share one for a while, in turn: a row that all of them change, such as
/// the head of a log, would else make most of them run twice, and each of them wait for the disk alone.
#[derive(Default)]
struct Lane {
    lock: Arc<RwLock<()>>,
    conflict: Mutex<Option<Instant>>,
}

/// The right to run a transaction, beside others or alone in this process. It is held, not read.
#[expect(dead_code, reason = "the guards are held, not read")]
pub(crate) enum Turn {
    Beside(OwnedRwLockReadGuard<()>),
    Alone(OwnedRwLockWriteGuard<()>),
}

/// A connection of its own for the transactions that share one, while no other runs in this process.
pub(crate) struct Convoy {
    options: Arc<PgConnectOptions>,
    connection: PgConnection,
    /// When it began a transaction last.
    used_at: Instant,
    lock: Arc<RwLock<()>>,
    alone: Option<OwnedRwLockWriteGuard<()>>,
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> Result<Postgres, Error> {
        let options = url.parse().map_err(failed)?;
        Postgres::connect(options).await
    }

    pub(crate) async fn connect(options: PgConnectOptions) -> Result<Postgres, Error> {
        // PostgreSQL tells of slow statements itself, where it is asked to. Those of a large import are, and nothing is wrong.
        let options = options.statement_cache_capacity(STATEMENTS_MAX).disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(WAIT_MAX)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        let lane: Arc<Lane> = Arc::default();
        let convoys = Batches::start((Arc::new(options), Arc::clone(&lane.lock)), None);
        Ok(Postgres { pool, lane, convoys })
    }

    /// Whether transactions have met lately.
    pub(crate) fn is_crowded(&self) -> bool {
        let conflict = self.lane.conflict.lock().map_or(None, |conflict| *conflict);
        conflict.is_some_and(|at| at.elapsed() < CROWDED_AFTER_CONFLICT)
    }

    /// Takes note that two transactions met.
    pub(crate) fn met_conflict(&self) {
        if let Ok(mut conflict) = self.lane.conflict.lock() {
            *conflict = Some(Instant::now());
        }
    }

    pub(crate) async fn beside_others(&self) -> Result<Turn, Error> {
        let guard = Arc::clone(&self.lane.lock).read_owned();
        Ok(Turn::Beside(timeout(WAIT_MAX, guard).await.map_err(|_| Error::Busy)?))
    }

    pub(crate) async fn alone(&self) -> Result<Turn, Error> {
        let guard = Arc::clone(&self.lane.lock).write_owned();
        Ok(Turn::Alone(timeout(WAIT_MAX, guard).await.map_err(|_| Error::Busy)?))
    }

    /// Waits for a turn in the transaction that the waiting ones share.
    pub(crate) async fn join(&self, flush: Flush) -> Result<Lease<Convoy>, Error> {
        self.convoys.turn(flush).await
    }

    /// In a task of its own, which whoever stops waiting does not stop: sqlx 0.9.0 would give the connection of a BEGIN that was
    /// sent and not awaited back to the pool inside that transaction, and others would read what was true then.
    pub(crate) async fn begin(&self, flush: Flush) -> Result<Transaction<'static, sqlx::Postgres>, Error> {
        let pool = self.pool.clone();
        let sql = match flush {
            Flush::Now => BEGIN,
            Flush::Later => BEGIN_UNFLUSHED,
        };
        let begun = tokio::spawn(async move { pool.begin_with(sql).await });
        Ok(begun.await.map_err(|_| Error::Query(Cause::Lost))??)
    }

    pub(crate) async fn fetch_all(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Error> {
        let mut connection = self.pool.acquire().await?;
        fetch_all(&mut connection, sql.into_sql_str(), params).await
    }

    pub(crate) async fn close(&self) {
        self.convoys.close().await;
        self.pool.close().await;
    }
}

impl Convoy {
    /// The connection during a turn.
    pub(crate) fn lent(lease: &mut Lease<Convoy>) -> Option<&mut PgConnection> {
        let convoy = lease.loan().as_mut().and_then(Loan::connection)?;
        Some(&mut convoy.connection)
    }

    /// Runs what begins or ends something. A connection that says nothing for long is lost: a failover or a firewall may have
    /// taken it away without a word.
    async fn run(&mut self, sql: &'static str) -> Result<(), Error> {
        // Several statements in one go, which only an unprepared text may have.
        let run = sqlx::raw_sql(sql).execute(&mut self.connection);
        timeout(WAIT_MAX, run).await.map_err(|_| Error::Query(Cause::Lost))??;
        Ok(())
    }

    /// Begins a transaction. Whoever sent the last one may be long ago, so that the connection may have to be made anew.
    async fn begin(&mut self, sql: &'static str) -> Result<(), Error> {
        let fresh = self.used_at.elapsed() < IDLE_MAX;
        self.used_at = Instant::now();
        if fresh && self.run(sql).await.is_ok() {
            return Ok(());
        }
        self.connection = connect(&self.options).await?;
        self.run(sql).await
    }

    /// Reads what the statement of somebody who has left came to: its failure is not the batch's.
    async fn forget_what_comes(&mut self) -> Result<(), Error> {
        for _ in 0..UNREAD_MAX {
            match timeout(WAIT_MAX, self.connection.ping()).await {
                Ok(Err(sqlx::Error::Database(_))) => {}
                Ok(pinged) => return Ok(pinged?),
                Err(_) => break,
            }
        }
        Err(Error::Query(Cause::Lost))
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    timeout(WAIT_MAX, options.connect()).await.map_err(|_| Error::Busy)?.map_err(Error::from)
}

impl Shared for Convoy {
    type Source = (Arc<PgConnectOptions>, Arc<RwLock<()>>);

    async fn open((options, lock): &Self::Source) -> Result<Convoy, Error> {
        let (connection, options, lock) = (connect(options).await?, Arc::clone(options), Arc::clone(lock));
        Ok(Convoy { options, connection, used_at: Instant::now(), lock, alone: None })
    }

    async fn act(slot: &mut Option<Convoy>, act: Act) -> Result<(), Error> {
        let convoy = slot.as_mut().ok_or(Error::Closed)?;
        match act {
            Act::Begin(flush) => {
                let alone = timeout(WAIT_MAX, Arc::clone(&convoy.lock).write_owned()).await;
                convoy.alone = Some(alone.map_err(|_| Error::Busy)?);
                convoy.begin(if flush == Flush::Now { BEGIN_IN_TURN } else { BEGIN_IN_TURN_UNFLUSHED }).await
            }
            Act::Next => convoy.run("RELEASE SAVEPOINT turn; SAVEPOINT turn").await,
            Act::Undo => {
                convoy.forget_what_comes().await?;
                convoy.run("ROLLBACK TO SAVEPOINT turn").await
            }
            Act::Commit(_) => {
                convoy.run("COMMIT").await?;
                convoy.alone = None;
                Ok(())
            }
            Act::Abandon => {
                convoy.forget_what_comes().await?;
                convoy.run("ROLLBACK").await?;
                convoy.alone = None;
                Ok(())
            }
        }
    }

    async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "could not close a connection to the database");
        }
    }
}

fn failed(source: sqlx::Error) -> Error {
    Error::Open { engine: ENGINE, source: source.into() }
}

pub(crate) async fn execute(connection: &mut PgConnection, sql: SqlStr, params: Vec<Value>) -> Result<u64, Error> {
    Ok(bind(sql, params).execute(connection).await?.rows_affected())
}

pub(crate) async fn fetch_all(
    connection: &mut PgConnection,
    sql: SqlStr,
    params: Vec<Value>,
) -> Result<Vec<Row>, Error> {
    let rows = bind(sql, params).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::from).collect())
}

const ENGINE: &str = "PostgreSQL";
const CONNECTIONS_MAX: u32 = 16;
const STATEMENTS_MAX: usize = 256;
const CROWDED_AFTER_CONFLICT: Duration = Duration::from_secs(5);
/// How long we wait for a connection, for a turn, and for the server to begin or end something.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// Failures that a statement which nobody waited for can have left behind: its own, and that of what was sent with it.
const UNREAD_MAX: u32 = 3;
/// After so long without use a connection is made anew.
const IDLE_MAX: Duration = Duration::from_secs(60);
const BEGIN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";
const BEGIN_UNFLUSHED: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL synchronous_commit TO off";
/// Whoever meets a row that an import has changed holds up all others of the turn no longer than this.
const BEGIN_IN_TURN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout TO '500ms'; SAVEPOINT turn";
const BEGIN_IN_TURN_UNFLUSHED: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout TO '500ms'; \
     SET LOCAL synchronous_commit TO off; SAVEPOINT turn";
