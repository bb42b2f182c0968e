//! Table `message_seen`: messages of services that were acted on, and how often a session has answered questions.

use db::{Db, Error, Tx, params};
use jiff::Timestamp;

/// A message was acted on.
///
/// # Errors
/// [`Error::Unique`] when it was before.
pub async fn insert(tx: &mut Tx, entity: &str, message: [u8; 32], expires_at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO message_seen (entity, message, expires_at) VALUES ($1, $2, $3)";
    tx.execute(sql, params![entity, message, expires_at]).await.map(drop)
}

/// Takes `what` from `now` until later, if nobody else has it now; whether it was free.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &mut Tx,
    entity: &str,
    what: [u8; 32],
    (now, until): (Timestamp, Timestamp),
) -> Result<bool, Error> {
    let sql = "INSERT INTO message_seen (entity, message, expires_at) VALUES ($1, $2, $3) ON CONFLICT (entity, message) \
         DO UPDATE SET expires_at = excluded.expires_at WHERE message_seen.expires_at <= $4";
    Ok(tx.execute(sql, params![entity, what, until, now]).await? > 0)
}

/// Whether a message was acted on.
///
/// # Errors
/// When the database fails.
pub async fn known(db: &Db, entity: &str, message: [u8; 32]) -> Result<bool, Error> {
    let sql = "SELECT expires_at FROM message_seen WHERE entity = $1 AND message = $2";
    Ok(db.fetch_optional(sql, params![entity, message]).await?.is_some())
}

/// Forgets the messages that would be refused for their age at `now`.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM message_seen WHERE expires_at < $1", params![now]).await
}
