//! Table `discovery_ask`: services that have asked for records of residents who are to be asked first.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use crate::ids::ResidentId;

/// What a resident is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveryAsk {
    /// The service's entity ID.
    pub entity: String,
    /// Who is to be asked.
    pub resident: ResidentId,
    /// Over which link.
    pub generation: i64,
    /// The codes of the records asked about.
    pub records: Vec<String>,
    /// When it is forgotten.
    pub until: Timestamp,
}

/// A resident is to be asked; what they were to be asked for this service before is forgotten.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, state: [u8; 32], ask: &DiscoveryAsk) -> Result<(), Error> {
    let sql = "INSERT INTO discovery_ask (entity, resident_id, state, generation, records, until) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (entity, resident_id) DO UPDATE SET state = excluded.state, \
         generation = excluded.generation, records = excluded.records, until = excluded.until";
    let values =
        params![ask.entity.as_str(), ask.resident.bytes(), state, ask.generation, ask.records.join(" "), ask.until];
    tx.execute(sql, values).await.map(drop)
}

const SELECT: &str = "SELECT entity, resident_id, generation, records, until FROM discovery_ask WHERE state = $1";

/// What waits under this digest.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &Db, state: [u8; 32]) -> Result<Option<DiscoveryAsk>, Error> {
    db.fetch_optional(SELECT, params![state]).await?.as_ref().map(read).transpose()
}

/// The same, taken out: it is answered once.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, state: [u8; 32]) -> Result<Option<DiscoveryAsk>, Error> {
    let Some(row) = tx.fetch_optional(SELECT, params![state]).await? else { return Ok(None) };
    tx.execute("DELETE FROM discovery_ask WHERE state = $1", params![state]).await?;
    read(&row).map(Some)
}

/// Forgets what nobody answered in time.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM discovery_ask WHERE until < $1", params![now]).await
}

fn read(row: &Row) -> Result<DiscoveryAsk, Error> {
    Ok(DiscoveryAsk {
        entity: row.get("entity")?,
        resident: ResidentId::from_bytes(row.get("resident_id")?),
        generation: row.get("generation")?,
        records: row.get::<String>("records")?.split_whitespace().map(str::to_owned).collect(),
        until: row.get("until")?,
    })
}
