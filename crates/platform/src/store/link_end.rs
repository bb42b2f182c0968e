//! Table `link_end`: links that have ended here, and of which the institution is still to be told.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use super::{link::Link, service_session::minute};
use crate::ids::ResidentId;

/// An institution that is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkEnd {
    /// Whose link.
    pub resident: ResidentId,
    /// Which.
    pub link: Link,
    /// The login at which the resident ended it, to the minute.
    pub login_at: Timestamp,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried again.
    pub next_at: Timestamp,
}

/// An institution is to be told.
///
/// # Errors
/// [`Error::Unique`] when that stands there already.
pub async fn insert(tx: &mut Tx, end: &LinkEnd) -> Result<(), Error> {
    let sql = "INSERT INTO link_end (resident_id, provider, generation, login_at, tries, next_at) \
         VALUES ($1, $2, $3, $4, $5, $6)";
    let Link { provider, generation } = &end.link;
    let values =
        params![end.resident.bytes(), provider.as_str(), *generation, minute(end.login_at), end.tries, end.next_at];
    tx.execute(sql, values).await.map(drop)
}

/// Some that should be told by `now`, the longest waiting first.
///
/// # Errors
/// When the database fails.
pub async fn due(db: &Db, now: Timestamp) -> Result<Vec<LinkEnd>, Error> {
    let sql = "SELECT resident_id, provider, generation, login_at, tries, next_at FROM link_end WHERE next_at <= $1 \
         AND gone_at IS NULL ORDER BY next_at LIMIT 32";
    db.fetch_all(sql, params![now]).await?.iter().map(read).collect()
}

/// Puts off when it is told, if nobody has meanwhile; `true` if so: whoever succeeds tells it.
///
/// # Errors
/// When the database fails.
pub async fn put_off(tx: &mut Tx, end: &LinkEnd, next_at: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE link_end SET tries = tries + 1, next_at = $5 WHERE resident_id = $1 AND provider = $2 \
         AND generation = $3 AND tries = $4";
    let Link { provider, generation } = &end.link;
    let values = params![end.resident.bytes(), provider.as_str(), *generation, end.tries, next_at];
    Ok(tx.execute(sql, values).await? == 1)
}

/// An institution that is to be told and is in no configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranded {
    /// Its entity id.
    pub provider: String,
    /// Of how many ends.
    pub ends: i64,
}

/// The institutions of which [`set_gone`] was said.
///
/// # Errors
/// When the database fails.
pub async fn stranded(db: &Db) -> Result<Vec<Stranded>, Error> {
    let sql =
        "SELECT provider, count(*) AS ends FROM link_end WHERE gone_at IS NOT NULL GROUP BY provider ORDER BY provider";
    let read = |row: &Row| Ok(Stranded { provider: row.get("provider")?, ends: row.get("ends")? });
    db.fetch_all(sql, params![]).await?.iter().map(read).collect()
}

/// The institution is in no configuration, since that day.
///
/// # Errors
/// When the database fails.
pub async fn set_gone(tx: &mut Tx, end: &LinkEnd, day: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE link_end SET gone_at = $4 WHERE resident_id = $1 AND provider = $2 AND generation = $3";
    let Link { provider, generation } = &end.link;
    tx.execute(sql, params![end.resident.bytes(), provider.as_str(), *generation, day]).await.map(drop)
}

/// The institution is in the configuration again, and is told now.
///
/// # Errors
/// When the database fails.
pub async fn come_back(tx: &mut Tx, provider: &str, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE link_end SET gone_at = NULL, next_at = $2 WHERE provider = $1 AND gone_at IS NOT NULL";
    tx.execute(sql, params![provider, minute(now)]).await.map(drop)
}

/// Forgets ends whose institution was gone before `horizon`; gives how many.
///
/// # Errors
/// When the database fails.
pub async fn delete_gone(tx: &mut Tx, horizon: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM link_end WHERE gone_at < $1", params![horizon]).await
}

/// The institution has been told.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, resident: ResidentId, link: &Link) -> Result<(), Error> {
    let sql = "DELETE FROM link_end WHERE resident_id = $1 AND provider = $2 AND generation = $3";
    tx.execute(sql, params![resident.bytes(), link.provider.as_str(), link.generation]).await.map(drop)
}

fn read(row: &Row) -> Result<LinkEnd, Error> {
    Ok(LinkEnd {
        resident: ResidentId::from_bytes(row.get("resident_id")?),
        link: Link { provider: row.get("provider")?, generation: row.get("generation")? },
        login_at: row.get("login_at")?,
        tries: row.get("tries")?,
        next_at: row.get("next_at")?,
    })
}
