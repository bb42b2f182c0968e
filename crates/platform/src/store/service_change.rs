//! Table `service_change`: what was done to services and to our own keys, and by whom.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// To which service; our own entity ID for what was done to our keys.
    pub entity: String,
    /// When.
    pub at: Timestamp,
    /// By whom: a login name, or what did it by itself.
    pub staff: String,
    /// What, one word and perhaps a name.
    pub what: String,
    /// The metadata from then on.
    pub metadata: Vec<u8>,
    /// The policy from then on, JSON.
    pub policy: String,
}

/// Number of the last change; 0 before the first.
const LAST: &str = "SELECT revision FROM service_change ORDER BY revision DESC LIMIT 1";

/// Number of the last change; 0 before the first. Whoever knows it knows whether to look further.
///
/// # Errors
/// When the database fails.
pub async fn last(db: &Db) -> Result<i64, Error> {
    db.fetch_optional(LAST, params![]).await?.map_or(Ok(0), |row| row.get("revision"))
}

/// Writes a change down, and gives its number.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, change: &Change) -> Result<i64, Error> {
    let last: i64 = tx.fetch_optional(LAST, params![]).await?.map_or(Ok(0), |row| row.get("revision"))?;
    let revision = last.saturating_add(1);
    let sql = "INSERT INTO service_change (entity, revision, at, staff, what, metadata, policy) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = params![
        change.entity.as_str(),
        revision,
        change.at,
        change.staff.as_str(),
        change.what.as_str(),
        change.metadata.as_slice(),
        change.policy.as_str(),
    ];
    tx.execute(sql, values).await?;
    Ok(revision)
}

/// The last fifty changes of a service, newest first, without metadata and policy.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, entity: &str) -> Result<Vec<Change>, Error> {
    let sql = "SELECT entity, at, staff, what FROM service_change WHERE entity = $1 ORDER BY revision DESC LIMIT 50";
    let read = |row: &Row| {
        Ok(Change {
            entity: row.get("entity")?,
            at: row.get("at")?,
            staff: row.get("staff")?,
            what: row.get("what")?,
            metadata: Vec::new(),
            policy: String::new(),
        })
    };
    db.fetch_all(sql, params![entity]).await?.iter().map(read).collect()
}
