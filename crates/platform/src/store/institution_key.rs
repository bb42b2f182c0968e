//! Table `institution_key`: with what an institution's own software shows who it is.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

/// A key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstitutionKey {
    /// Names it at the office.
    pub id: [u8; 16],
    /// The code of the institution that has it.
    pub institution: String,
    /// What the office calls it: which software, at which place.
    pub label: String,
    /// Login name of whoever issued it.
    pub issued_by: String,
    /// When.
    pub issued_at: Timestamp,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<Timestamp>,
}

/// The institution that has the key of this digest, as long as it is not withdrawn.
///
/// # Errors
/// When the database fails.
pub async fn holder(db: &Db, digest: [u8; 32]) -> Result<Option<String>, Error> {
    let sql = "SELECT institution FROM institution_key WHERE key_digest = $1 AND withdrawn_at IS NULL";
    db.fetch_optional(sql, params![digest]).await?.map(|row| row.get("institution")).transpose()
}

/// Every key, by institution and the newest first.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &Db) -> Result<Vec<InstitutionKey>, Error> {
    let sql = "SELECT key_id, institution, label, issued_by, issued_at, withdrawn_at FROM institution_key \
         ORDER BY institution, issued_at DESC, key_id";
    db.fetch_all(sql, params![]).await?.iter().map(read).collect()
}

/// A new key, by the digest of it.
///
/// # Errors
/// When the database fails, or there is no such institution.
pub async fn insert(tx: &mut Tx, digest: [u8; 32], key: &InstitutionKey) -> Result<(), Error> {
    let sql = "INSERT INTO institution_key (key_digest, key_id, institution, label, issued_by, issued_at) \
         VALUES ($1, $2, $3, $4, $5, $6)";
    let values =
        params![digest, key.id, key.institution.as_str(), key.label.as_str(), key.issued_by.as_str(), key.issued_at];
    tx.execute(sql, values).await.map(drop)
}

/// A key opens nothing any more; `false` where there is none that did.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(tx: &mut Tx, id: [u8; 16], by: &str, now: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE institution_key SET withdrawn_by = $2, withdrawn_at = $3 \
         WHERE key_id = $1 AND withdrawn_at IS NULL";
    Ok(tx.execute(sql, params![id, by, now]).await? > 0)
}

fn read(row: &Row) -> Result<InstitutionKey, Error> {
    Ok(InstitutionKey {
        id: row.get("key_id")?,
        institution: row.get("institution")?,
        label: row.get("label")?,
        issued_by: row.get("issued_by")?,
        issued_at: row.get("issued_at")?,
        withdrawn_at: row.get("withdrawn_at")?,
    })
}
