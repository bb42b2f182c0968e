//! Table `service_link`: which services a resident uses.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use super::service_session::minute;
use crate::ids::ResidentId;

/// That a resident uses a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLink {
    /// The service's entity ID.
    pub entity: String,
    /// Goes up when the resident links the service again: the name there is another one then.
    pub generation: i64,
    /// Since when, to the minute.
    pub linked_at: Timestamp,
    /// When the resident last agreed to what is released, to the minute.
    pub agreed_at: Timestamp,
    /// The last login there, to the minute.
    pub used_at: Timestamp,
    /// Short names of the attributes that the resident was asked about.
    pub offered: Vec<String>,
    /// Those that they agreed to.
    pub released: Vec<String>,
    /// The version of the text that they agreed to.
    pub text_version: String,
    /// Keyed digest of the name at the service.
    pub name_digest: [u8; 32],
}

impl ServiceLink {
    /// Whether the same was agreed to over the other.
    pub fn is_agreed_like(&self, other: &Self) -> bool {
        self.offered == other.offered && self.released == other.released && self.text_version == other.text_version
    }
}

const SELECT: &str = "SELECT entity, generation, linked_at, agreed_at, used_at, offered, released, text_version, name_digest \
     FROM service_link WHERE resident_id = $1 AND entity = $2 AND ended_at IS NULL";

/// The link of a resident to a service, if one is in force.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &Db, resident: ResidentId, entity: &str) -> Result<Option<ServiceLink>, Error> {
    db.fetch_optional(SELECT, params![resident.bytes(), entity]).await?.as_ref().map(read).transpose()
}

/// The same, to change it.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, resident: ResidentId, entity: &str) -> Result<Option<ServiceLink>, Error> {
    tx.fetch_optional(SELECT, params![resident.bytes(), entity]).await?.as_ref().map(read).transpose()
}

/// The links of a resident that are in force, the one used last first.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, resident: ResidentId) -> Result<Vec<ServiceLink>, Error> {
    let sql = "SELECT entity, generation, linked_at, agreed_at, used_at, offered, released, text_version, name_digest \
         FROM service_link WHERE resident_id = $1 AND ended_at IS NULL ORDER BY used_at DESC, entity";
    db.fetch_all(sql, params![resident.bytes()]).await?.iter().map(read).collect()
}

/// The resident and the link behind the name that a service knows, if the link is in force.
///
/// # Errors
/// When the database fails.
pub async fn by_name(db: &Db, entity: &str, name_digest: [u8; 32]) -> Result<Option<(ResidentId, ServiceLink)>, Error> {
    let sql = "SELECT resident_id, entity, generation, linked_at, agreed_at, used_at, offered, released, text_version, \
         name_digest FROM service_link WHERE entity = $1 AND name_digest = $2 AND ended_at IS NULL";
    let row = db.fetch_optional(sql, params![entity, name_digest]).await?;
    row.map(|row| Ok((ResidentId::from_bytes(row.get("resident_id")?), read(&row)?))).transpose()
}

/// The generation that a new link of the resident to the service has: one more than any before.
///
/// # Errors
/// When the database fails.
pub async fn next_generation(db: &Db, resident: ResidentId, entity: &str) -> Result<i64, Error> {
    let sql = "SELECT CAST(COALESCE(max(generation), 0) AS BIGINT) AS last FROM service_link \
         WHERE resident_id = $1 AND entity = $2";
    Ok(db.fetch_one(sql, params![resident.bytes(), entity]).await?.get::<i64>("last")? + 1)
}

/// A new link.
///
/// # Errors
/// [`Error::Unique`] when the generation is there already.
pub async fn insert(tx: &mut Tx, resident: ResidentId, link: &ServiceLink) -> Result<(), Error> {
    let sql = "INSERT INTO service_link (resident_id, entity, generation, linked_at, agreed_at, used_at, offered, released, \
         text_version, name_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = params![
        resident.bytes(),
        link.entity.as_str(),
        link.generation,
        minute(link.linked_at),
        minute(link.agreed_at),
        minute(link.used_at),
        link.offered.join(" "),
        link.released.join(" "),
        link.text_version.as_str(),
        link.name_digest
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The resident has agreed to another release over a link that is in force.
///
/// # Errors
/// When the database fails.
pub async fn set_release(tx: &mut Tx, resident: ResidentId, link: &ServiceLink) -> Result<(), Error> {
    let sql = "UPDATE service_link SET agreed_at = $4, offered = $5, released = $6, text_version = $7 \
         WHERE resident_id = $1 AND entity = $2 AND generation = $3 AND ended_at IS NULL";
    let values = params![
        resident.bytes(),
        link.entity.as_str(),
        link.generation,
        minute(link.agreed_at),
        link.offered.join(" "),
        link.released.join(" "),
        link.text_version.as_str()
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The resident has logged in at the service.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, resident: ResidentId, link: &ServiceLink, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE service_link SET used_at = $4 WHERE resident_id = $1 AND entity = $2 AND generation = $3";
    tx.execute(sql, params![resident.bytes(), link.entity.as_str(), link.generation, minute(now)]).await.map(drop)
}

/// The link of the resident to the service ends.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut Tx, resident: ResidentId, entity: &str, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE service_link SET ended_at = $3 WHERE resident_id = $1 AND entity = $2 AND ended_at IS NULL";
    tx.execute(sql, params![resident.bytes(), entity, minute(now)]).await.map(drop)
}

pub(super) fn read(row: &Row) -> Result<ServiceLink, Error> {
    let names = |column| -> Result<Vec<String>, Error> {
        Ok(row.get::<String>(column)?.split_whitespace().map(str::to_owned).collect())
    };
    Ok(ServiceLink {
        entity: row.get("entity")?,
        generation: row.get("generation")?,
        linked_at: row.get("linked_at")?,
        agreed_at: row.get("agreed_at")?,
        used_at: row.get("used_at")?,
        offered: names("offered")?,
        released: names("released")?,
        text_version: row.get("text_version")?,
        name_digest: row.get("name_digest")?,
    })
}
