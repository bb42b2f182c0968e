//! Table `service_session`: sessions at services that began with one of ours.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use crate::ids::ResidentId;

/// A session at a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSession {
    /// Digest of the cookie of the session that it began with.
    pub session_digest: [u8; 32],
    /// What the service knows it by.
    pub session_index: String,
    /// Whose.
    pub resident: ResidentId,
    /// At which service: its entity ID.
    pub entity: String,
    /// The generation of the link.
    pub generation: i64,
    /// The transient name, sealed for [`ServiceSession::aad`]; empty for the pairwise one.
    pub name: Vec<u8>,
    /// Keyed digest of the name.
    pub name_digest: [u8; 32],
    /// Since when.
    pub began_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl ServiceSession {
    /// What binds the sealed name to its row.
    pub fn aad(session_index: &str) -> Vec<u8> {
        [b"service_session.name\0".as_slice(), session_index.as_bytes()].concat()
    }
}

/// A session begins, if ours still stands that it begins with, and the link too; else `false`. One statement, because every
/// login to a service waits for it.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, session: &ServiceSession) -> Result<bool, Error> {
    let sql = "INSERT INTO service_session (session_digest, session_index, resident_id, entity, generation, name, \
         name_digest, began_at, expires_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 \
         WHERE EXISTS (SELECT kind FROM session WHERE session_digest = $1) AND EXISTS (SELECT linked_at FROM service_link \
         WHERE resident_id = $3 AND entity = $4 AND generation = $5 AND ended_at IS NULL)";
    let values = params![
        session.session_digest,
        session.session_index.as_str(),
        session.resident.bytes(),
        session.entity.as_str(),
        session.generation,
        session.name.as_slice(),
        session.name_digest,
        session.began_at,
        session.expires_at
    ];
    Ok(tx.execute(sql, values).await? > 0)
}

/// The sessions at services that began with this session of ours, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_session(db: &Db, digest: [u8; 32]) -> Result<Vec<ServiceSession>, Error> {
    db.fetch_all(OF_SESSION, params![digest]).await?.iter().map(read).collect()
}

/// The same, to change them.
///
/// # Errors
/// When the database fails.
pub async fn of_session_in(tx: &mut Tx, digest: [u8; 32]) -> Result<Vec<ServiceSession>, Error> {
    tx.fetch_all(OF_SESSION, params![digest]).await?.iter().map(read).collect()
}

const OF_SESSION: &str = "SELECT session_digest, session_index, resident_id, entity, generation, name, name_digest, began_at, \
     expires_at FROM service_session WHERE session_digest = $1 ORDER BY began_at, session_index";

/// The session of an index.
///
/// # Errors
/// When the database fails.
pub async fn by_index(db: &Db, index: &str) -> Result<Option<ServiceSession>, Error> {
    let sql = "SELECT session_digest, session_index, resident_id, entity, generation, name, name_digest, began_at, expires_at \
         FROM service_session WHERE session_index = $1";
    db.fetch_optional(sql, params![index]).await?.as_ref().map(read).transpose()
}

/// The sessions of a name at a service, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn by_name(db: &Db, entity: &str, name_digest: [u8; 32]) -> Result<Vec<ServiceSession>, Error> {
    let sql = "SELECT session_digest, session_index, resident_id, entity, generation, name, name_digest, began_at, expires_at \
         FROM service_session WHERE entity = $1 AND name_digest = $2 ORDER BY began_at, session_index";
    db.fetch_all(sql, params![entity, name_digest]).await?.iter().map(read).collect()
}

/// What `subject` began at services with one session of ours goes on under another.
///
/// # Errors
/// When the database fails.
pub async fn move_to(tx: &mut Tx, from: [u8; 32], to: [u8; 32], subject: [u8; 16]) -> Result<(), Error> {
    let sql = "UPDATE service_session SET session_digest = $2 WHERE session_digest = $1 AND resident_id = $3";
    tx.execute(sql, params![from, to, subject]).await.map(drop)
}

/// What began with this session of ours is over.
///
/// # Errors
/// When the database fails.
pub async fn delete_session(tx: &mut Tx, digest: [u8; 32]) -> Result<(), Error> {
    tx.execute("DELETE FROM service_session WHERE session_digest = $1", params![digest]).await.map(drop)
}

/// One session is over.
///
/// # Errors
/// When the database fails.
pub async fn delete_index(tx: &mut Tx, index: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM service_session WHERE session_index = $1", params![index]).await.map(drop)
}

/// Forgets the sessions that ended before `now`.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM service_session WHERE expires_at < $1", params![now]).await
}

fn read(row: &Row) -> Result<ServiceSession, Error> {
    Ok(ServiceSession {
        session_digest: row.get("session_digest")?,
        session_index: row.get("session_index")?,
        resident: ResidentId::from_bytes(row.get("resident_id")?),
        entity: row.get("entity")?,
        generation: row.get("generation")?,
        name: row.get("name")?,
        name_digest: row.get("name_digest")?,
        began_at: row.get("began_at")?,
        expires_at: row.get("expires_at")?,
    })
}
