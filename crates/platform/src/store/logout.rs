//! Table `logout`: logouts that go from service to service, behind the browser's back and through it.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

/// A logout under way.
#[derive(Clone, Debug)]
pub struct Logout {
    /// Digest of the cookie of the browser it belongs to; empty until one has continued it.
    pub visitor: Vec<u8>,
    /// Who has confirmed, who is next, whom to answer; sealed.
    pub state: Vec<u8>,
    /// Until when services are asked behind the browser's back; none when nobody asks any more.
    pub asking_until: Option<Timestamp>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// A logout begins.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, handle: [u8; 32], logout: &Logout) -> Result<(), Error> {
    let sql = "INSERT INTO logout (handle, visitor, state, asking_until, expires_at) VALUES ($1, $2, $3, $4, $5)";
    let (visitor, state) = (logout.visitor.as_slice(), logout.state.as_slice());
    tx.execute(sql, params![handle, visitor, state, logout.asking_until, logout.expires_at]).await.map(drop)
}

/// The logout of a handle's digest, to change it.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, handle: [u8; 32]) -> Result<Option<Logout>, Error> {
    let sql = "SELECT visitor, state, asking_until, expires_at FROM logout WHERE handle = $1";
    tx.fetch_optional(sql, params![handle]).await?.as_ref().map(read).transpose()
}

/// The logout has come further.
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &mut Tx, handle: [u8; 32], logout: &Logout) -> Result<(), Error> {
    let sql = "UPDATE logout SET visitor = $2, state = $3, asking_until = $4 WHERE handle = $1";
    let (visitor, state) = (logout.visitor.as_slice(), logout.state.as_slice());
    tx.execute(sql, params![handle, visitor, state, logout.asking_until]).await.map(drop)
}

/// Nobody asks on in the logout of a handle's digest.
///
/// # Errors
/// When the database fails.
pub async fn give_up(tx: &mut Tx, handle: [u8; 32]) -> Result<(), Error> {
    tx.execute("UPDATE logout SET asking_until = NULL WHERE handle = $1", params![handle]).await.map(drop)
}

/// Digests of the handles of some logouts in which somebody should have stopped asking before `now`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn interrupted(db: &Db, now: Timestamp) -> Result<Vec<[u8; 32]>, Error> {
    let sql = "SELECT handle FROM logout WHERE asking_until < $1 AND expires_at > $1 ORDER BY asking_until LIMIT 32";
    db.fetch_all(sql, params![now]).await?.iter().map(|row| row.get("handle")).collect()
}

/// Forgets the logouts that ended before `now`.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM logout WHERE expires_at < $1", params![now]).await
}

fn read(row: &Row) -> Result<Logout, Error> {
    Ok(Logout {
        visitor: row.get("visitor")?,
        state: row.get("state")?,
        asking_until: row.get("asking_until")?,
        expires_at: row.get("expires_at")?,
    })
}
