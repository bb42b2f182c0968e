//! Table `link`: which institutions hold something about a resident.

use db::{Db, Error, Row, Tx, Value, params};
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

/// A link as its holder sees it, whether it is in force or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The link.
    pub link: Link,
    /// Since when.
    pub linked_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Who ended it, if it has ended.
    pub ended_by: EndedBy,
}

/// Who ends a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The resident.
    Resident,
    /// The institution.
    Institution,
}

const SELECT: &str = "SELECT provider, generation, linked_at, ended_at, ended_by FROM link WHERE resident_id = $1 \
     ORDER BY provider, generation DESC";

/// All links that a resident has or had, by institution and the newest first.
///
/// # Errors
/// When the database fails.
pub async fn all_of(db: &Db, resident: ResidentId) -> Result<Vec<Held>, Error> {
    db.fetch_all(SELECT, params![resident.bytes()]).await?.iter().map(held).collect()
}

/// The same, to change one.
///
/// # Errors
/// When the database fails.
pub async fn get_all_of(tx: &mut Tx, resident: ResidentId) -> Result<Vec<Held>, Error> {
    tx.fetch_all(SELECT, params![resident.bytes()]).await?.iter().map(held).collect()
}

fn held(row: &Row) -> Result<Held, Error> {
    let link = Link { provider: row.get("provider")?, generation: row.get("generation")? };
    let there = row.get::<Option<String>>("ended_by")?.as_deref() == Some(INSTITUTION);
    let ended_by = if there { EndedBy::Institution } else { EndedBy::Resident };
    Ok(Held { link, linked_at: row.get("linked_at")?, ended_at: row.get("ended_at")?, ended_by })
}

/// A link comes into force.
///
/// # Errors
/// [`Error::Unique`] when it is here already.
pub async fn insert(tx: &mut Tx, resident: ResidentId, link: &Link, at: Timestamp) -> Result<(), Error> {
    let row = params![resident.bytes(), link.provider.as_str(), link.generation, at];
    insert_all(tx, std::iter::once(row)).await
}

/// A link ends; `true` if it was in force.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut Tx, resident: ResidentId, link: &Link, by: EndedBy, at: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE link SET ended_at = $4, ended_by = $5 WHERE resident_id = $1 AND provider = $2 AND generation = $3 \
         AND ended_at IS NULL";
    let by = match by {
        EndedBy::Resident => None,
        EndedBy::Institution => Some(INSTITUTION.to_owned()),
    };
    let values = params![resident.bytes(), link.provider.as_str(), link.generation, at, by];
    Ok(tx.execute(sql, values).await? == 1)
}

const INSTITUTION: &str = "institution";

/// Many links at once, each row in the order of the columns named here.
///
/// # Errors
/// [`Error::Unique`] when one of them is here already.
pub async fn insert_all(tx: &mut Tx, rows: impl Iterator<Item = Vec<Value>>) -> Result<(), Error> {
    let into = "INSERT INTO link (resident_id, provider, generation, linked_at)";
    tx.insert(into, rows).await.map(drop)
}
