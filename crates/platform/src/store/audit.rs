//! Tables `audit_entry` and `audit_head`. Entries are added, never changed.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use crate::audit::chain::{Entry, Hash, Tip, Written};

/// The end of the log under its seal.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// The last entry.
    pub tip: Tip,
    /// The key store's authentication code over it.
    pub seal: Hash,
}

/// The end of the log, to be continued in this transaction.
///
/// # Errors
/// When the database fails.
pub async fn head(tx: &mut Tx) -> Result<Option<Head>, Error> {
    tx.fetch_optional(HEAD, params![]).await?.as_ref().map(read_head).transpose()
}

const HEAD: &str = "SELECT number, hash, seal FROM audit_head WHERE id = 1";

/// Whether the log has no entry at all.
///
/// # Errors
/// When the database fails.
pub async fn empty(tx: &mut Tx) -> Result<bool, Error> {
    Ok(tx.fetch_optional("SELECT number FROM audit_entry ORDER BY number LIMIT 1", params![]).await?.is_none())
}

/// Moves the end of the log.
///
/// # Errors
/// When the database fails.
pub async fn set_head(tx: &mut Tx, head: &Head) -> Result<(), Error> {
    let sql = "INSERT INTO audit_head (id, number, hash, seal) VALUES (1, $1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET number = excluded.number, hash = excluded.hash, seal = excluded.seal";
    tx.execute(sql, params![head.tip.number, head.tip.hash, head.seal]).await.map(drop)
}

/// Adds an entry.
///
/// # Errors
/// [`Error::Unique`] when another one has its number.
pub async fn insert(tx: &mut Tx, written: &Written) -> Result<(), Error> {
    let sql = "INSERT INTO audit_entry (number, at, subject, actor_kind, actor, staff, category, purpose, source, \
         outcome, message, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let entry = &written.entry;
    let values = params![
        entry.number,
        entry.at,
        entry.subject,
        entry.actor_kind.as_str(),
        entry.actor.as_str(),
        entry.staff,
        entry.category.as_str(),
        entry.purpose.as_str(),
        entry.source.as_str(),
        entry.outcome.as_str(),
        entry.message,
        entry.previous,
        written.hash
    ];
    tx.execute(sql, values).await.map(drop)
}

const COLUMNS_AFTER: &str = "SELECT number, at, subject, actor_kind, actor, staff, category, purpose, source, outcome, \
     message, previous, hash FROM audit_entry WHERE number > $1 ORDER BY number LIMIT $2";

/// The entries after `number`, oldest first, at most `limit`; of one that cannot be read, its number.
///
/// # Errors
/// When the database fails.
pub async fn after(db: &Db, number: i64, limit: i64) -> Result<Vec<Result<Written, i64>>, Error> {
    let rows = db.fetch_all(COLUMNS_AFTER, params![number, limit]).await?;
    rows.iter().map(|row| read(row).map_or_else(|_| row.get("number").map(Err), |written| Ok(Ok(written)))).collect()
}

/// The entries after `number`, oldest first, at most `limit`, and the end of the log at the same moment.
///
/// # Errors
/// When the database fails.
pub async fn rest(tx: &mut Tx, number: i64, limit: i64) -> Result<(Vec<Written>, Option<Head>), Error> {
    let entries = tx.fetch_all(COLUMNS_AFTER, params![number, limit]).await?;
    Ok((entries.iter().map(read).collect::<Result<_, _>>()?, head(tx).await?))
}

/// The entries about a subject, newest first, at most `limit`, all before entry `before`.
///
/// # Errors
/// When the database fails.
pub async fn about(db: &Db, subject: Hash, before: i64, limit: i64) -> Result<Vec<Written>, Error> {
    let sql = "SELECT number, at, subject, actor_kind, actor, staff, category, purpose, source, outcome, message, \
         previous, hash FROM audit_entry WHERE subject = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
    db.fetch_all(sql, params![subject, before, limit]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Written, Error> {
    let at: Timestamp = row.get("at")?;
    let entry = Entry {
        number: row.get("number")?,
        at,
        subject: row.get("subject")?,
        actor_kind: row.get("actor_kind")?,
        actor: row.get("actor")?,
        staff: row.get("staff")?,
        category: row.get("category")?,
        purpose: row.get("purpose")?,
        source: row.get("source")?,
        outcome: row.get("outcome")?,
        message: row.get("message")?,
        previous: row.get("previous")?,
    };
    Ok(Written { entry, hash: row.get("hash")? })
}

fn read_head(row: &Row) -> Result<Head, Error> {
    let tip = Tip { number: row.get("number")?, hash: row.get("hash")? };
    Ok(Head { tip, seal: row.get("seal")? })
}
