//! Table `institution`: the hospitals and clinics that take part.

use db::{Db, Error, Tx, params};
use jiff::Timestamp;

/// A hospital or clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Institution {
    /// Its ten-digit code (医療機関コード).
    pub code: String,
    /// Its name as residents know it.
    pub name: String,
}

/// All institutions, for the pages that name them.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &Db) -> Result<Vec<Institution>, Error> {
    let rows = db.fetch_all("SELECT code, name FROM institution ORDER BY code", params![]).await?;
    rows.iter().map(|row| Ok(Institution { code: row.get("code")?, name: row.get("name")? })).collect()
}

/// An institution joins.
///
/// # Errors
/// [`Error::Unique`] when it is here already.
pub async fn insert(tx: &mut Tx, institution: &Institution, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO institution (code, name, joined_at) VALUES ($1, $2, $3)";
    tx.execute(sql, params![institution.code.as_str(), institution.name.as_str(), now]).await.map(drop)
}

/// As [`insert`], for one that may be here already, which it then stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn insert_unless_there(tx: &mut Tx, institution: &Institution, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO institution (code, name, joined_at) VALUES ($1, $2, $3) ON CONFLICT (code) DO NOTHING";
    tx.execute(sql, params![institution.code.as_str(), institution.name.as_str(), now]).await.map(drop)
}
