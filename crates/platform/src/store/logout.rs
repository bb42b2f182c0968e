//! Table `logout`: logouts that go from service to service through the browser.

use db::{Error, Row, Tx, params};
use jiff::Timestamp;

/// A logout under way.
#[derive(Clone, Debug)]
pub struct Logout {
    /// Digest of the cookie of the browser it belongs to; empty until one has continued it.
    pub visitor: Vec<u8>,
    /// Who has confirmed, who is next, whom to answer; sealed.
    pub state: Vec<u8>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// A logout begins.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, handle: [u8; 32], logout: &Logout) -> Result<(), Error> {
    let sql = "INSERT INTO logout (handle, visitor, state, expires_at) VALUES ($1, $2, $3, $4)";
    let values = params![handle, logout.visitor.as_slice(), logout.state.as_slice(), logout.expires_at];
    tx.execute(sql, values).await.map(drop)
}

/// The logout of a handle's digest, to change it.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, handle: [u8; 32]) -> Result<Option<Logout>, Error> {
    tx.fetch_optional(SELECT, params![handle]).await?.as_ref().map(read).transpose()
}

/// The logout has come further, in this browser.
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &mut Tx, handle: [u8; 32], visitor: &[u8], state: &[u8]) -> Result<(), Error> {
    let sql = "UPDATE logout SET visitor = $2, state = $3 WHERE handle = $1";
    tx.execute(sql, params![handle, visitor, state]).await.map(drop)
}

/// Forgets the logouts that ended before `now`.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM logout WHERE expires_at < $1", params![now]).await
}

const SELECT: &str = "SELECT visitor, state, expires_at FROM logout WHERE handle = $1";

fn read(row: &Row) -> Result<Logout, Error> {
    Ok(Logout { visitor: row.get("visitor")?, state: row.get("state")?, expires_at: row.get("expires_at")? })
}
