//! Table `session`.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use super::service_link::{self, ServiceLink};

/// A session as it is kept: the cookie itself is nowhere.
#[derive(Clone, Debug)]
pub struct Session {
    /// `resident` or `staff`.
    pub kind: String,
    /// How they logged in: `Smartcard`, `SmartcardPKI` or `Passkey`.
    pub class: String,
    /// The resident or member of staff.
    pub subject: [u8; 16],
    /// Digest of what the browser says of itself.
    pub browser: [u8; 32],
    /// When it began, with a login.
    pub started_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// The session of a cookie's digest.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &Db, digest: [u8; 32]) -> Result<Option<Session>, Error> {
    let sql = "SELECT kind, class, subject, browser, started_at, seen_at, expires_at FROM session \
         WHERE session_digest = $1";
    db.fetch_optional(sql, params![digest]).await?.as_ref().map(read).transpose()
}

/// The session of a cookie's digest, and the link of its resident to a service, if one is in force.
///
/// # Errors
/// When the database fails.
pub async fn find_with_link(
    db: &Db,
    digest: [u8; 32],
    entity: &str,
) -> Result<Option<(Session, Option<ServiceLink>)>, Error> {
    let sql = "SELECT kind, class, subject, browser, started_at, seen_at, expires_at, entity, generation, linked_at, \
         agreed_at, used_at, offered, released, text_version, name_digest FROM session LEFT JOIN service_link \
         ON resident_id = subject AND entity = $2 AND ended_at IS NULL WHERE session_digest = $1";
    let Some(row) = db.fetch_optional(sql, params![digest, entity]).await? else { return Ok(None) };
    let linked = row.get::<Option<i64>>("generation")?.is_some();
    Ok(Some((read(&row)?, linked.then(|| service_link::read(&row)).transpose()?)))
}

/// A new session.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, digest: [u8; 32], session: &Session) -> Result<(), Error> {
    let sql = "INSERT INTO session (session_digest, kind, class, subject, browser, started_at, seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = params![
        digest,
        session.kind.as_str(),
        session.class.as_str(),
        session.subject,
        session.browser,
        session.started_at,
        session.seen_at,
        session.expires_at
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The session was used at `now`.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, digest: [u8; 32], now: Timestamp) -> Result<(), Error> {
    tx.execute("UPDATE session SET seen_at = $2 WHERE session_digest = $1", params![digest, now]).await.map(drop)
}

/// The session is over.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, digest: [u8; 32]) -> Result<(), Error> {
    tx.execute("DELETE FROM session WHERE session_digest = $1", params![digest]).await.map(drop)
}

/// Every session of a resident, or of a member of staff, is over.
///
/// # Errors
/// When the database fails.
pub async fn delete_of(tx: &mut Tx, subject: [u8; 16]) -> Result<(), Error> {
    tx.execute("DELETE FROM session WHERE subject = $1", params![subject]).await.map(drop)
}

/// Forgets the sessions that ended before `now`.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM session WHERE expires_at < $1", params![now]).await
}

fn read(row: &Row) -> Result<Session, Error> {
    Ok(Session {
        kind: row.get("kind")?,
        class: row.get("class")?,
        subject: row.get("subject")?,
        browser: row.get("browser")?,
        started_at: row.get("started_at")?,
        seen_at: row.get("seen_at")?,
        expires_at: row.get("expires_at")?,
    })
}
