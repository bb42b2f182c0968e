//! PostgreSQL 15 or later: a pool, and transactions at the level SERIALIZABLE.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, SqlSafeStr as _, SqlStr, Transaction};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::value::bind;
use crate::{Cause, Error, Row, Value};

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: PgPool,
    lane: Arc<Lane>,
}

/// First tries run side by side. Where two met, transactions run one after the other for a while: a row that all of
/// them change, such as the head of a log, would else make most of them run twice.
#[derive(Default)]
struct Lane {
    lock: RwLock<()>,
    conflict: Mutex<Option<Instant>>,
}

/// The right to run a transaction, beside others or alone in this process. It is held, not read.
#[expect(dead_code, reason = "the guards are held, not read")]
pub(crate) enum Turn<'l> {
    Shared(RwLockReadGuard<'l, ()>),
    Alone(RwLockWriteGuard<'l, ()>),
}

impl Lane {
    async fn turn(&self) -> Turn<'_> {
        let conflict = self.conflict.lock().map_or(None, |conflict| *conflict);
        if conflict.is_some_and(|at| at.elapsed() < ALONE_AFTER_CONFLICT) {
            Turn::Alone(self.lock.write().await)
        } else {
            Turn::Shared(self.lock.read().await)
        }
    }
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> Result<Postgres, Error> {
        let options = url.parse().map_err(failed)?;
        Postgres::connect(options).await
    }

    pub(crate) async fn connect(options: PgConnectOptions) -> Result<Postgres, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(WAIT_MAX)
            .connect_with(options.statement_cache_capacity(STATEMENTS_MAX))
            .await
            .map_err(failed)?;
        Ok(Postgres { pool, lane: Arc::default() })
    }

    pub(crate) async fn turn(&self) -> Turn<'_> {
        self.lane.turn().await
    }

    /// Takes note that two transactions met.
    pub(crate) fn met_conflict(&self) {
        if let Ok(mut conflict) = self.lane.conflict.lock() {
            *conflict = Some(Instant::now());
        }
    }

    /// In a task of its own, which whoever stops waiting does not stop: sqlx 0.9.0 would give the connection of a BEGIN that was
    /// sent and not awaited back to the pool inside that transaction, and others would read what was true then.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, sqlx::Postgres>, Error> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await });
        Ok(begun.await.map_err(|_| Error::Query(Cause::Lost))??)
    }

    pub(crate) async fn fetch_all(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Error> {
        let mut connection = self.pool.acquire().await?;
        fetch_all(&mut connection, sql.into_sql_str(), params).await
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
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
const ALONE_AFTER_CONFLICT: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(10);
