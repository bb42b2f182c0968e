//! Table `consent`.

use db::{Db, Error, Tx, Value, params};
use jiff::Timestamp;

use crate::{
    ids::{ConsentId, ResidentId},
    purpose::Purpose,
};

/// A consent that is in force.
#[derive(Clone, Debug)]
pub struct Consent {
    /// What it allows.
    pub purpose: Purpose,
    /// The version of the text that was agreed to.
    pub text_version: String,
    /// When.
    pub given_at: Timestamp,
}

/// The consents of a resident that are in force.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, resident: ResidentId) -> Result<Vec<Consent>, Error> {
    let sql = "SELECT purpose, text_version, given_at FROM consent WHERE resident_id = $1 AND withdrawn_at IS NULL \
         ORDER BY given_at";
    let rows = db.fetch_all(sql, params![resident.bytes()]).await?;
    let read = |row: &db::Row| -> Result<Option<Consent>, Error> {
        let purpose = Purpose::from_code(&row.get::<String>("purpose")?);
        let (text_version, given_at) = (row.get("text_version")?, row.get("given_at")?);
        Ok(purpose.map(|purpose| Consent { purpose, text_version, given_at }))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// A consent is given.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, resident: ResidentId, id: ConsentId, consent: &Consent) -> Result<(), Error> {
    let sql =
        "INSERT INTO consent (resident_id, consent_id, purpose, text_version, given_at) VALUES ($1, $2, $3, $4, $5)";
    let values =
        params![resident.bytes(), id.bytes(), consent.purpose.code(), consent.text_version.as_str(), consent.given_at];
    tx.execute(sql, values).await.map(drop)
}

/// Many consents at once, each row in the order of the columns named here.
///
/// # Errors
/// [`Error::Unique`] when one of them is here already.
pub async fn insert_all(tx: &mut Tx, rows: impl Iterator<Item = Vec<Value>>) -> Result<(), Error> {
    let into = "INSERT INTO consent (resident_id, consent_id, purpose, text_version, given_at)";
    tx.insert(into, rows).await.map(drop)
}

/// Every consent to `purpose` that is in force ends.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(tx: &mut Tx, resident: ResidentId, purpose: Purpose, now: Timestamp) -> Result<u64, Error> {
    let sql = "UPDATE consent SET withdrawn_at = $3 WHERE resident_id = $1 AND purpose = $2 AND withdrawn_at IS NULL";
    tx.execute(sql, params![resident.bytes(), purpose.code(), now]).await
}
