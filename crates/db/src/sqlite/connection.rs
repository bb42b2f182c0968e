//! One connection, and where its statements run.
//!
//! A statement of a request takes some microseconds, less than another thread needs to notice that there is work: so it
//! runs in the thread that asks. What takes longer runs beside the threads that serve: a `COMMIT`, whose flush waits for the
//! disk; whatever waits for another process that holds the file; and a read that turns out to be long, which is broken
//! off and begun again there.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, ErrorCode, OpenFlags, StatementStatus, ToSql};
use tokio::task::{coop::consume_budget, spawn_blocking};

use crate::batch::Flush;
use crate::row::Found;
use crate::{Error, Row, Value};

/// A connection to the file.
pub(crate) struct Connection {
    inner: rusqlite::Connection,
    /// Whether the statement that runs may be broken off.
    brief: Arc<AtomicBool>,
    /// Whether its commits wait for the disk.
    flush: Flush,
}

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Read,
    Write,
}

/// A statement with its parameters, and what is wanted of it.
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) params: Vec<Value>,
    pub(crate) wanted: Wanted,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// How many rows it changes.
    Count,
    /// The first row that it finds.
    First,
    /// All of them.
    All,
}

/// What came of a statement: one of the two is empty.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) changed: u64,
    pub(crate) rows: Vec<Row>,
}

/// Where a statement is to run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the thread that asks, if it is short.
    Here,
    /// Beside the threads that serve.
    Aside,
}

/// Whoever has a connection. Where it is dropped, be it in a thread aside, the connection goes back to where it is from.
pub(crate) trait Holder: Send + 'static {
    /// The connection, unless it was given back.
    fn connection(&mut self) -> Option<&mut Connection>;
}

impl Holder for Connection {
    fn connection(&mut self) -> Option<&mut Connection> {
        Some(self)
    }
}

impl Statement {
    /// One that begins or ends something.
    pub(crate) fn control(sql: &'static str) -> Statement {
        Statement { sql: sql.into(), params: Vec::new(), wanted: Wanted::Count }
    }
}

impl Connection {
    /// Opens the file, which is there. It waits for the disk.
    pub(crate) fn open(path: &str, role: Role) -> Result<Connection, rusqlite::Error> {
        let mut inner = rusqlite::Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        inner.busy_timeout(BUSY_MAX)?;
        // Answers with the mode that it has now.
        inner.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        inner.pragma_update(None, "foreign_keys", true)?;
        // Deleted rows are overwritten: what was erased cannot be read from the file.
        inner.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
        // A journal that a large import has filled is cut off when it is begun anew.
        inner.pragma_update_and_check(None, "journal_size_limit", JOURNAL_BYTES, |_| Ok(()))?;
        if role == Role::Read {
            inner.pragma_update(None, "query_only", true)?;
        }
        inner.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        // Otherwise a statement is prepared again for each new value, in case that another plan were better for it.
        inner.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let brief = Arc::new(AtomicBool::new(false));
        let breaks_off = Arc::clone(&brief);
        inner.progress_handler(BRIEF_STEPS, Some(move || breaks_off.load(Ordering::Relaxed)))?;
        inner.busy_timeout(Duration::ZERO)?;
        let mut connection = Connection { inner, brief, flush: Flush::Later };
        connection.flush_commits(Flush::Now)?;
        Ok(connection)
    }

    /// Says, between two transactions, whether the next commits wait for the disk. Those that do not leave it to the others to
    /// move the journal into the file too, which takes the disk's time.
    pub(crate) fn flush_commits(&mut self, flush: Flush) -> Result<(), rusqlite::Error> {
        if self.flush != flush {
            let (synchronous, pages) = match flush {
                Flush::Now => ("FULL", JOURNAL_PAGES),
                Flush::Later => ("NORMAL", 0),
            };
            // Not prepared once and run again: SQLite obeys this one when it is prepared.
            self.inner.pragma_update(None, "synchronous", synchronous)?;
            self.inner.pragma_update_and_check(None, "wal_autocheckpoint", pages, |_| Ok(()))?;
            self.flush = flush;
        }
        Ok(())
    }

    /// Closes it. It may write what is in the journal into the file.
    pub(crate) fn close(self) -> Result<(), rusqlite::Error> {
        self.inner.close().map_err(|(_, error)| error)
    }

    /// Runs a statement that nothing may keep waiting.
    fn briefly(&mut self, statement: &Statement) -> Result<Done, rusqlite::Error> {
        let Connection { inner, brief, .. } = self;
        let mut prepared = inner.prepare_cached(&statement.sql)?;
        // A change that is broken off would undo the whole transaction, and what begins or ends one must not run twice.
        brief.store(statement.wanted != Wanted::Count && prepared.readonly(), Ordering::Relaxed);
        // SQLite counts the steps of all runs together.
        prepared.reset_status(StatementStatus::VmStep);
        run(&mut prepared, statement)
    }

    /// Runs a statement, however long it takes.
    fn patiently(&mut self, statement: &Statement) -> Result<Done, rusqlite::Error> {
        self.brief.store(false, Ordering::Relaxed);
        self.inner.busy_timeout(BUSY_MAX)?;
        let done = self.inner.prepare_cached(&statement.sql).and_then(|mut prepared| run(&mut prepared, statement));
        self.inner.busy_timeout(Duration::ZERO)?;
        done
    }
}

/// Opens a connection, aside.
pub(crate) async fn open(path: &Arc<str>, role: Role) -> Result<Connection, Error> {
    let path = Arc::clone(path);
    let opened = spawn_blocking(move || Connection::open(&path, role)).await;
    opened.map_err(|_| Error::Closed)?.map_err(|error| Error::Open { engine: super::ENGINE, source: error.into() })
}

/// Runs a statement on the connection in `slot`. Where the asker stops waiting while it runs aside, the holder is dropped there
/// when it is done.
pub(crate) async fn statement<H: Holder>(
    slot: &mut Option<H>,
    statement: Statement,
    place: Place,
) -> Result<Done, Error> {
    if place == Place::Here {
        // Statements that never wait would keep everybody else from this thread.
        consume_budget().await;
        let connection = slot.as_mut().and_then(Holder::connection).ok_or(Error::Closed)?;
        match connection.briefly(&statement) {
            Err(error) if needs_patience(&error) => {}
            done => return Ok(done?),
        }
    }
    let mut holder = slot.take().ok_or(Error::Closed)?;
    let aside = spawn_blocking(move || {
        let done = holder.connection().map(|connection| connection.patiently(&statement));
        (holder, done)
    });
    let (holder, done) = aside.await.map_err(|_| Error::Closed)?;
    *slot = Some(holder);
    Ok(done.ok_or(Error::Closed)??)
}

fn needs_patience(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::OperationInterrupted))
}

fn run(prepared: &mut CachedStatement<'_>, statement: &Statement) -> Result<Done, rusqlite::Error> {
    bind(prepared, &statement.params)?;
    if statement.wanted == Wanted::Count {
        return Ok(Done { changed: prepared.raw_execute()? as u64, rows: Vec::new() });
    }
    let columns: Arc<[Box<str>]> = prepared.column_names().map(Box::from).collect();
    let most = if statement.wanted == Wanted::First { 1 } else { usize::MAX };
    let (mut found, mut rows) = (prepared.raw_query(), Vec::new());
    while rows.len() < most
        && let Some(row) = found.next()?
    {
        let values =
            (0..columns.len()).map(|place| row.get(place)).collect::<Result<Vec<rusqlite::types::Value>, _>>()?;
        rows.push(Row::from(Found { columns: Arc::clone(&columns), values }));
    }
    Ok(Done { changed: 0, rows })
}

/// Binds `$1` to the first parameter wherever it stands; a `?` takes them in order.
fn bind(prepared: &mut CachedStatement<'_>, params: &[Value]) -> Result<(), rusqlite::Error> {
    for place in 1..=prepared.parameter_count() {
        let numbered =
            prepared.parameter_name(place).and_then(|name| name.strip_prefix('$')?.parse::<NonZeroUsize>().ok());
        let number = numbered.map_or(place, NonZeroUsize::get);
        let value = params.get(number - 1).ok_or(rusqlite::Error::InvalidParameterCount(params.len(), number))?;
        prepared.raw_bind_parameter(place, value)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Int(Some(value)) => ValueRef::Integer(*value),
            Value::Text(Some(value)) => ValueRef::Text(value.as_bytes()),
            Value::Bytes(Some(value)) => ValueRef::Blob(value),
            Value::Int(None) | Value::Text(None) | Value::Bytes(None) => ValueRef::Null,
        }))
    }
}

const STATEMENTS_MAX: usize = 256;
/// Pages of the journal after which a commit moves them into the file: SQLite's own number.
const JOURNAL_PAGES: u32 = 1_000;
/// What a journal keeps of the disk when nothing is in it any more.
const JOURNAL_BYTES: u32 = 16 << 20;
/// Steps of SQLite's machine after which a read counts as long: a millisecond or so.
const BRIEF_STEPS: i32 = 10_000;
/// How long we wait for another process, such as a backup, that holds the file.
const BUSY_MAX: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn a_statement_is_prepared_once_whatever_it_is_asked_for() {
        let database = testing::sqlite().await.unwrap();
        let path = database.url.strip_prefix("sqlite:").unwrap();
        let mut connection = Connection::open(path, Role::Write).unwrap();
        let table = "CREATE TABLE visit (card BLOB PRIMARY KEY, place TEXT, ended_at INT) STRICT;
             CREATE INDEX open_visit ON visit (place) WHERE ended_at IS NULL;";
        connection.inner.execute_batch(table).unwrap();
        let sql = "SELECT card FROM visit WHERE card = $1 AND place = $2 AND ended_at IS NULL LIMIT $3";
        for card in 0..3_u8 {
            let params = vec![Value::from(vec![card]), Value::from("desk".to_owned()), Value::from(i64::from(card))];
            connection.briefly(&Statement { sql: sql.into(), params, wanted: Wanted::All }).unwrap();
        }
        let prepared = connection.inner.prepare_cached(sql).unwrap();
        assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0);
    }
}
