//! Sessions at the console: the cookie itself is nowhere.

use db::{Db, Error, Tx, params};
use jiff::Timestamp;

use super::clerk::{self, Clerk, ClerkId};

/// A session as it is kept.
pub(crate) struct Session {
    pub(crate) clerk: Clerk,
    /// Digest of what the browser says of itself.
    pub(crate) browser: [u8; 32],
    pub(crate) seen_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

pub(crate) async fn find(db: &Db, digest: [u8; 32]) -> Result<Option<Session>, crate::Error> {
    let sql = "SELECT * FROM session JOIN clerk ON clerk.clerk_id = session.clerk_id WHERE session_digest = $1";
    let Some(row) = db.fetch_optional(sql, params![digest]).await? else { return Ok(None) };
    Ok(Some(Session {
        clerk: clerk::read(&row)?,
        browser: row.get("browser")?,
        seen_at: row.get("seen_at")?,
        expires_at: row.get("expires_at")?,
    }))
}

pub(crate) async fn insert(
    tx: &mut Tx,
    digest: [u8; 32],
    (clerk, browser): (ClerkId, [u8; 32]),
    (now, ends): (Timestamp, Timestamp),
) -> Result<(), Error> {
    tx.execute("DELETE FROM session WHERE expires_at < $1", params![now]).await?;
    let sql = "INSERT INTO session (session_digest, clerk_id, browser, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)";
    tx.execute(sql, params![digest, clerk, browser, now, ends]).await.map(drop)
}

/// It was used at `now`.
pub(crate) async fn touch(tx: &mut Tx, digest: [u8; 32], now: Timestamp) -> Result<(), Error> {
    tx.execute("UPDATE session SET seen_at = $2 WHERE session_digest = $1", params![digest, now]).await.map(drop)
}

pub(crate) async fn delete(tx: &mut Tx, digest: [u8; 32]) -> Result<(), Error> {
    tx.execute("DELETE FROM session WHERE session_digest = $1", params![digest]).await.map(drop)
}
