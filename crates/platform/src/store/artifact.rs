//! Table `artifact`: messages that wait for their service to fetch them.

use db::{Error, Tx, params};
use jiff::Timestamp;

/// A message that waits.
#[derive(Clone, Debug)]
pub struct Held {
    /// The service that may fetch it.
    pub entity: String,
    /// The message, sealed.
    pub message: Vec<u8>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A message begins to wait.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, artifact: [u8; 32], held: &Held) -> Result<(), Error> {
    let sql = "INSERT INTO artifact (artifact, entity, message, expires_at) VALUES ($1, $2, $3, $4)";
    let values = params![artifact, held.entity.as_str(), held.message.as_slice(), held.expires_at];
    tx.execute(sql, values).await.map(drop)
}

/// Takes a message out, if it waits for `entity`: it is fetched once, and nobody else can spend it.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, artifact: [u8; 32], entity: &str) -> Result<Option<Held>, Error> {
    let sql = "SELECT entity, message, expires_at FROM artifact WHERE artifact = $1 AND entity = $2";
    let Some(row) = tx.fetch_optional(sql, params![artifact, entity]).await? else { return Ok(None) };
    tx.execute("DELETE FROM artifact WHERE artifact = $1", params![artifact]).await?;
    Ok(Some(Held { entity: row.get("entity")?, message: row.get("message")?, expires_at: row.get("expires_at")? }))
}

/// Forgets the messages that nobody fetched in time.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM artifact WHERE expires_at < $1", params![now]).await
}
