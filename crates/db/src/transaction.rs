//! A unit of work: all of it happens, seen by nobody half done, or none of it.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use crate::batch::{Flush, Lease};
use crate::postgres::{Convoy, Turn};
use crate::sqlite::connection::{self, Place, Statement, Wanted};
use crate::{Db, Engine, Error, Manner, Row, Value};

/// Runs the block as one transaction: `db::transaction!(app.db, |tx| { store::a(tx).await?; value })?`.
///
/// The block may run again when another transaction got in its way, so it has no side effects and awaits only
/// the database. `?` and `return Err(..)` in the block roll everything back. The result is
/// `Result<value, db::Error>`; write `|tx| -> MyError { .. }` for another error, which must be
/// `From<db::Error>`. What it has written is on the disk when the macro returns, unless the database is one
/// [without flush](crate::Db::without_flush).
#[macro_export]
macro_rules! transaction {
    ($db:expr, |$tx:ident| $body:block) => {
        $crate::transaction!($db, |$tx| -> $crate::Error $body)
    };
    ($db:expr, |$tx:ident| -> $error:ty $body:block) => {{
        let mut attempts = $crate::Attempts::of(&$db);
        loop {
            let mut transaction = match attempts.begin::<$error>().await {
                ::std::result::Result::Ok(transaction) => transaction,
                ::std::result::Result::Err(error) => break ::std::result::Result::Err(error),
            };
            let outcome = {
                let $tx = &mut transaction;
                async { ::std::result::Result::<_, $error>::Ok($body) }.await
            };
            match attempts.end(transaction, outcome).await {
                $crate::Ended::With(result) => break result,
                $crate::Ended::Again => {}
            }
        }
    }};
}

/// An open transaction.
pub struct Tx {
    connection: Connection,
    /// Where its statements run on SQLite.
    place: Place,
    state: State,
}

enum Connection {
    Sqlite(Lease<connection::Connection>),
    /// Beside others.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
    /// With others in one.
    Convoy(Lease<Convoy>),
}

/// After a failed statement PostgreSQL refuses the rest and SQLite may have ended the transaction on its own, so
/// that we refuse the rest on both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Sound,
    Failed,
    Conflict,
}

impl Tx {
    /// Runs a statement and says how many rows it changed.
    ///
    /// # Errors
    /// [`Error::Unique`] when a key exists, [`Error::Query`] when the statement fails otherwise. The
    /// transaction cannot commit afterwards.
    pub async fn execute(&mut self, sql: &'static str, params: Vec<Value>) -> Result<u64, Error> {
        self.execute_text(sql.into(), params).await
    }

    /// Inserts many rows with few statements: `tx.insert("INSERT INTO member (id, data_key)", rows)`.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub async fn insert(
        &mut self,
        into: &'static str,
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<u64, Error> {
        let mut inserted = 0;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let (mut sql, mut params) = (format!("{into} VALUES "), Vec::new());
            for row in rows.by_ref().take(INSERT_ROWS_MAX) {
                let first = params.len() + 1;
                let place = |place: usize| match self.connection {
                    // SQLite looks a numbered place up by its name, through all names before it.
                    Connection::Sqlite(_) => "?".to_owned(),
                    Connection::Postgres(_) | Connection::Convoy(_) => format!("${place}"),
                };
                let places = (first..first + row.len()).map(place).collect::<Vec<_>>().join(", ");
                sql.push_str(if first == 1 { "(" } else { ", (" });
                sql.push_str(&places);
                sql.push(')');
                params.extend(row);
            }
            inserted += self.execute_text(sql.into(), params).await?;
        }
        Ok(inserted)
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub async fn fetch_all(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Error> {
        self.fetch(sql, params, Wanted::All).await
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub async fn fetch_optional(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Option<Row>, Error> {
        Ok(self.fetch(sql, params, Wanted::First).await?.into_iter().next())
    }

    /// The row of a query.
    ///
    /// # Errors
    /// [`Error::NoRow`] when there is none; else as [`Tx::execute`].
    pub async fn fetch_one(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Row, Error> {
        self.fetch_optional(sql, params).await?.ok_or(Error::NoRow)
    }

    /// Runs a statement of a migration, whose text is translated at run time.
    pub(crate) async fn execute_migration(&mut self, sql: String) -> Result<u64, Error> {
        self.execute_text(sql.into(), Vec::new()).await
    }

    async fn fetch(&mut self, sql: &'static str, params: Vec<Value>, wanted: Wanted) -> Result<Vec<Row>, Error> {
        self.check()?;
        let result = match &mut self.connection {
            Connection::Sqlite(lease) => {
                let statement = Statement { sql: sql.into(), params, wanted };
                connection::statement(lease.loan(), statement, self.place).await.map(|done| done.rows)
            }
            Connection::Postgres(connection) => {
                crate::postgres::fetch_all(connection, sql.into_sql_str(), params).await
            }
            Connection::Convoy(lease) => match Convoy::lent(lease) {
                Some(connection) => crate::postgres::fetch_all(connection, sql.into_sql_str(), params).await,
                None => Err(Error::Closed),
            },
        };
        self.noted(result)
    }

    async fn execute_text(&mut self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<u64, Error> {
        self.check()?;
        let result = match &mut self.connection {
            Connection::Sqlite(lease) => {
                let statement = Statement { sql, params, wanted: Wanted::Count };
                connection::statement(lease.loan(), statement, self.place).await.map(|done| done.changed)
            }
            Connection::Postgres(connection) => crate::postgres::execute(connection, sql_str(sql), params).await,
            Connection::Convoy(lease) => match Convoy::lent(lease) {
                Some(connection) => crate::postgres::execute(connection, sql_str(sql), params).await,
                None => Err(Error::Closed),
            },
        };
        self.noted(result)
    }

    fn check(&self) -> Result<(), Error> {
        if self.state == State::Sound { Ok(()) } else { Err(Error::Aborted) }
    }

    fn noted<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.state = if matches!(error, Error::Conflict) { State::Conflict } else { State::Failed };
        }
        result
    }

    async fn commit(self) -> Result<(), Error> {
        self.check()?;
        match self.connection {
            Connection::Sqlite(lease) => lease.keep().await,
            Connection::Postgres(connection) => connection.commit().await.map_err(|error| match error.into() {
                Error::Query(cause) => Error::Commit(cause.into()),
                error => error,
            }),
            Connection::Convoy(lease) => lease.keep().await,
        }
    }

    async fn roll_back(self) -> Result<(), Error> {
        match self.connection {
            Connection::Sqlite(lease) => lease.undo().await,
            Connection::Postgres(connection) => Ok(connection.rollback().await?),
            Connection::Convoy(lease) if self.state == State::Conflict => lease.met_conflict().await,
            Connection::Convoy(lease) => lease.undo().await,
        }
    }
}

/// The tries of one [`transaction!`]. Only the macro uses it.
#[doc(hidden)]
pub struct Attempts {
    db: Db,
    /// Tries that met another transaction.
    met: u32,
    /// Tries that were lost with a batch in which somebody else met another one.
    lost: u32,
    turn: Option<Turn>,
}

/// How a try ended.
#[doc(hidden)]
pub enum Ended<T, E> {
    With(Result<T, E>),
    Again,
}

impl Attempts {
    pub fn of(db: &Db) -> Attempts {
        Attempts { db: db.clone(), met: 0, lost: 0, turn: None }
    }

    pub async fn begin<E: From<Error>>(&mut self) -> Result<Tx, E> {
        let (flush, place) = match self.db.manner {
            Manner::Usual => (Flush::Now, Place::Here),
            Manner::WithoutFlush => (Flush::Later, Place::Here),
            Manner::ForLongWork => (Flush::Now, Place::Aside),
        };
        let connection = match &self.db.engine {
            Engine::Sqlite(sqlite) => Connection::Sqlite(sqlite.turn(flush).await?),
            Engine::Postgres(postgres) => {
                let long = self.db.manner == Manner::ForLongWork;
                match self.met {
                    _ if self.met >= ALONE_AFTER => self.turn = Some(postgres.alone().await?),
                    // Nobody waits for what takes long, or for a row that somebody keeps.
                    _ if long || self.met >= APART_AFTER => self.turn = None,
                    _ if postgres.is_crowded() => {
                        let connection = Connection::Convoy(postgres.join(flush).await?);
                        return Ok(Tx { connection, place, state: State::Sound });
                    }
                    _ => self.turn = Some(postgres.beside_others().await?),
                }
                Connection::Postgres(postgres.begin(flush).await?)
            }
        };
        Ok(Tx { connection, place, state: State::Sound })
    }

    pub async fn end<T, E: From<Error>>(&mut self, transaction: Tx, outcome: Result<T, E>) -> Ended<T, E> {
        let met_conflict = transaction.state == State::Conflict;
        let shared = matches!(transaction.connection, Connection::Convoy(_));
        let (conflict, ended) = match outcome {
            Ok(value) => match transaction.commit().await {
                Ok(()) => (false, Ok(value)),
                Err(error) => (met_conflict || matches!(error, Error::Conflict), Err(error.into())),
            },
            // The block's own error matters more than how the roll-back went, unless the block rests on what
            // others wrote in a batch that was lost.
            Err(error) => match transaction.roll_back().await {
                Err(Error::Commit(lost)) => (false, Err(Error::Commit(lost).into())),
                Err(Error::Conflict) => (true, Err(error)),
                _ => (met_conflict, Err(error)),
            },
        };
        self.turn = None;
        if let (true, Engine::Postgres(postgres)) = (conflict, &self.db.engine) {
            postgres.met_conflict();
        }
        if !conflict || self.met == RETRIES_MAX || self.lost == LOST_MAX {
            return Ended::With(ended);
        }
        if shared && !met_conflict {
            self.lost += 1
        } else {
            self.met += 1
        }
        tokio::time::sleep(PAUSE * (self.met + self.lost).min(RETRIES_MAX)).await;
        Ended::Again
    }
}

/// Only texts of ours come here: statements, and what is put together of them and of places for parameters.
fn sql_str(sql: Cow<'static, str>) -> SqlStr {
    match sql {
        Cow::Borrowed(sql) => sql.into_sql_str(),
        Cow::Owned(sql) => AssertSqlSafe(sql).into_sql_str(),
    }
}

/// With a dozen columns still below the 999 parameters of an old SQLite.
const INSERT_ROWS_MAX: usize = 64;
/// How often a transaction may meet another one, and the number of times after which it runs apart from those that share one,
/// and after which alone in its process, so that only other processes can make it fail again.
const RETRIES_MAX: u32 = 20;
const APART_AFTER: u32 = 2;
const ALONE_AFTER: u32 = 10;
/// How often it may be lost with others.
const LOST_MAX: u32 = 200;
const PAUSE: Duration = Duration::from_millis(2);
