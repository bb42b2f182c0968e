//! Table `link`: which institutions hold something about a resident.

use db::{Db, Error, Tx, params};
use jiff::Timestamp;

use crate::ids::ResidentId;

/// A link that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The institution's entity id.
    pub provider: String,
    /// Goes up when the resident's pseudonym there is renewed.
    pub generation: i64,
}

/// The links of a resident that are in force.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, resident: ResidentId) -> Result<Vec<Link>, Error> {
    let sql = "SELECT provider, generation FROM link WHERE resident_id = $1 AND ended_at IS NULL ORDER BY provider";
    let rows = db.fetch_all(sql, params![resident.bytes()]).await?;
    rows.iter().map(|row| Ok(Link { provider: row.get("provider")?, generation: row.get("generation")? })).collect()
}

/// A new link.
///
/// # Errors
/// [`Error::Unique`] when it is there already.
pub async fn insert(tx: &mut Tx, resident: ResidentId, link: &Link, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO link (resident_id, provider, generation, linked_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, params![resident.bytes(), link.provider.as_str(), link.generation, now]).await.map(drop)
}
