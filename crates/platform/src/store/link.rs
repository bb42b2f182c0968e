//! Table `link`: which institutions hold something about a resident.

use db::{Db, Error, Tx, Value, params};

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

/// Many links at once, each row in the order of the columns named here.
///
/// # Errors
/// [`Error::Unique`] when one of them is here already.
pub async fn insert_all(tx: &mut Tx, rows: impl Iterator<Item = Vec<Value>>) -> Result<(), Error> {
    let into = "INSERT INTO link (resident_id, provider, generation, linked_at)";
    tx.insert(into, rows).await.map(drop)
}
