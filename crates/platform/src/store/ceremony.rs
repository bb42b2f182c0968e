//! Table `ceremony`: passkey conversations between challenge and answer.

use db::{Error, Tx, params};
use jiff::Timestamp;

use crate::ids::StaffId;

/// A passkey conversation.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// Whose.
    pub staff: StaffId,
    /// `register` or `login`.
    pub kind: String,
    /// The library's state, sealed.
    pub state: Vec<u8>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A new conversation.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, id: [u8; 16], ceremony: &Ceremony) -> Result<(), Error> {
    let sql = "INSERT INTO ceremony (ceremony_id, staff_id, kind, state, expires_at) VALUES ($1, $2, $3, $4, $5)";
    let values =
        params![id, ceremony.staff.bytes(), ceremony.kind.as_str(), ceremony.state.as_slice(), ceremony.expires_at];
    tx.execute(sql, values).await.map(drop)
}

/// Takes a conversation out: it can be answered once.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, id: [u8; 16]) -> Result<Option<Ceremony>, Error> {
    let sql = "SELECT staff_id, kind, state, expires_at FROM ceremony WHERE ceremony_id = $1";
    let Some(row) = tx.fetch_optional(sql, params![id]).await? else { return Ok(None) };
    tx.execute("DELETE FROM ceremony WHERE ceremony_id = $1", params![id]).await?;
    Ok(Some(Ceremony {
        staff: StaffId::from_bytes(row.get("staff_id")?),
        kind: row.get("kind")?,
        state: row.get("state")?,
        expires_at: row.get("expires_at")?,
    }))
}

/// Forgets the conversations that ended before `now`.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM ceremony WHERE expires_at < $1", params![now]).await
}
