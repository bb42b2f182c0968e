//! Table `service_session`: sessions at services that began with one of ours.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use crate::ids::ResidentId;

/// A session at a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSession {
    /// Digest of the cookie of the session that it began with.
    pub session_digest: [u8; 32],
    /// Keyed digest of what the service knows it by.
    pub index_digest: [u8; 32],
    /// What the service knows it by, sealed for [`ServiceSession::aad`].
    pub session_index: Vec<u8>,
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
    /// Since when, to the minute.
    pub began_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl ServiceSession {
    /// What binds a sealed column to its row.
    pub fn aad(column: &str, index_digest: &[u8; 32]) -> Vec<u8> {
        [b"service_session.".as_slice(), column.as_bytes(), b"\0", index_digest].concat()
    }
}

/// A session begins, if ours still stands that it begins with, and the link too; else `false`. One statement, because every
/// login to a service waits for it.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, session: &ServiceSession) -> Result<bool, Error> {
    let sql = "INSERT INTO service_session (session_digest, index_digest, session_index, resident_id, entity, generation, \
         name, name_digest, began_at, expires_at) SELECT $1, $10, $2, $3, $4, $5, $6, $7, $8, $9 \
         WHERE EXISTS (SELECT kind FROM session WHERE session_digest = $1) AND EXISTS (SELECT linked_at FROM service_link \
         WHERE resident_id = $3 AND entity = $4 AND generation = $5 AND ended_at IS NULL)";
    let values = params![
        session.session_digest,
        session.session_index.as_slice(),
        session.resident.bytes(),
        session.entity.as_str(),
        session.generation,
        session.name.as_slice(),
        session.name_digest,
        minute(session.began_at),
        session.expires_at,
        session.index_digest
    ];
    Ok(tx.execute(sql, values).await? > 0)
}

/// The session of an index.
///
/// # Errors
/// When the database fails.
pub async fn by_index(db: &Db, index_digest: [u8; 32]) -> Result<Option<ServiceSession>, Error> {
    let sql = "SELECT session_digest, index_digest, session_index, resident_id, entity, generation, name, name_digest, \
         began_at, expires_at FROM service_session WHERE index_digest = $1";
    db.fetch_optional(sql, params![index_digest]).await?.as_ref().map(read).transpose()
}

/// The sessions of a name at a service, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn by_name(db: &Db, entity: &str, name_digest: [u8; 32]) -> Result<Vec<ServiceSession>, Error> {
    let sql = "SELECT session_digest, index_digest, session_index, resident_id, entity, generation, name, name_digest, \
         began_at, expires_at FROM service_session WHERE entity = $1 AND name_digest = $2 ORDER BY began_at, index_digest";
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

/// What began with this session of ours is over: gives it, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn take_of_session(tx: &mut Tx, digest: [u8; 32]) -> Result<Vec<ServiceSession>, Error> {
    let sql = "SELECT session_digest, index_digest, session_index, resident_id, entity, generation, name, name_digest, \
         began_at, expires_at FROM service_session WHERE session_digest = $1 ORDER BY began_at, index_digest";
    let found = tx.fetch_all(sql, params![digest]).await?;
    tx.execute("DELETE FROM service_session WHERE session_digest = $1", params![digest]).await?;
    found.iter().map(read).collect()
}

/// What this resident began at all services is over: gives it, oldest first. Looks through all rows, as no index is worth its
/// keep for what happens when a card was copied.
///
/// # Errors
/// When the database fails.
pub async fn take_of_resident(tx: &mut Tx, resident: ResidentId) -> Result<Vec<ServiceSession>, Error> {
    let sql = "SELECT session_digest, index_digest, session_index, resident_id, entity, generation, name, name_digest, \
         began_at, expires_at FROM service_session WHERE resident_id = $1 ORDER BY began_at, index_digest";
    let found = tx.fetch_all(sql, params![resident.bytes()]).await?;
    tx.execute("DELETE FROM service_session WHERE resident_id = $1", params![resident.bytes()]).await?;
    found.iter().map(read).collect()
}

/// What began over this resident's links to a service is over: gives it, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn take_of_link(tx: &mut Tx, resident: ResidentId, entity: &str) -> Result<Vec<ServiceSession>, Error> {
    let sql = "SELECT session_digest, index_digest, session_index, resident_id, entity, generation, name, name_digest, \
         began_at, expires_at FROM service_session WHERE resident_id = $1 AND entity = $2 \
         ORDER BY began_at, index_digest";
    let found = tx.fetch_all(sql, params![resident.bytes(), entity]).await?;
    let sql = "DELETE FROM service_session WHERE resident_id = $1 AND entity = $2";
    tx.execute(sql, params![resident.bytes(), entity]).await?;
    found.iter().map(read).collect()
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
        index_digest: row.get("index_digest")?,
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

/// A time as it is kept beside what residents do at services: to the second, it would be found again in the service's log.
pub(crate) fn minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second() - at.as_second().rem_euclid(60)).unwrap_or(at)
}
