//! Table `discovery_service`: what institutions have registered with the discovery service.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

const OF: &str = "SELECT metadata_id, metadata FROM discovery_service WHERE entity = $1 ORDER BY metadata_id";

/// What a provider has registered: IDs, and the metadata as XML.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, entity: &str) -> Result<Vec<(String, String)>, Error> {
    read_all(&db.fetch_all(OF, params![entity]).await?)
}

/// The same, to change it.
///
/// # Errors
/// When the database fails.
pub async fn get_of(tx: &mut Tx, entity: &str) -> Result<Vec<(String, String)>, Error> {
    read_all(&tx.fetch_all(OF, params![entity]).await?)
}

/// A service is registered under this ID, or another takes its place.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, entity: &str, (id, metadata): (&str, &str), now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO discovery_service (metadata_id, entity, metadata, changed_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (metadata_id) DO UPDATE SET metadata = excluded.metadata, changed_at = excluded.changed_at";
    tx.execute(sql, params![id, entity, metadata, now]).await.map(drop)
}

/// A service is no longer registered.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, entity: &str, id: &str) -> Result<(), Error> {
    let sql = "DELETE FROM discovery_service WHERE metadata_id = $1 AND entity = $2";
    tx.execute(sql, params![id, entity]).await.map(drop)
}

fn read_all(rows: &[Row]) -> Result<Vec<(String, String)>, Error> {
    rows.iter().map(|row| Ok((row.get("metadata_id")?, row.get("metadata")?))).collect()
}
