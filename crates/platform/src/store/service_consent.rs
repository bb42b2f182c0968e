//! Table `service_consent`: which records residents let services find. Rows are added; each is changed once, when it is
//! withdrawn.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use super::service_session::minute;
use crate::{
    ids::ResidentId,
    purpose::{Category, Purpose},
};

/// That a service may find records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceConsent {
    /// The service's entity ID.
    pub entity: String,
    /// Over which link.
    pub generation: i64,
    /// Which records.
    pub category: Category,
    /// What for.
    pub purpose: Purpose,
    /// The version of the text that was agreed to.
    pub text_version: String,
    /// When, to the minute.
    pub given_at: Timestamp,
    /// It no longer counts from then on.
    pub until: Timestamp,
    /// When it was withdrawn, to the minute, if it was.
    pub withdrawn_at: Option<Timestamp>,
}

const OF_LINK: &str = "SELECT entity, generation, category, purpose, text_version, given_at, until, withdrawn_at \
     FROM service_consent WHERE resident_id = $1 AND entity = $2 AND generation = $3 AND withdrawn_at IS NULL \
     ORDER BY category, number";

/// What was given over a link and not withdrawn; some of it may have ended.
///
/// # Errors
/// When the database fails.
pub async fn of_link(db: &Db, resident: ResidentId, link: (&str, i64)) -> Result<Vec<ServiceConsent>, Error> {
    read_all(&db.fetch_all(OF_LINK, params![resident.bytes(), link.0, link.1]).await?)
}

/// The same, to change it.
///
/// # Errors
/// When the database fails.
pub async fn get_of_link(tx: &mut Tx, resident: ResidentId, link: (&str, i64)) -> Result<Vec<ServiceConsent>, Error> {
    read_all(&tx.fetch_all(OF_LINK, params![resident.bytes(), link.0, link.1]).await?)
}

/// Everything that a resident has ever given, newest first: at most `limit` of it.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, resident: ResidentId, limit: i64) -> Result<Vec<ServiceConsent>, Error> {
    let sql = "SELECT entity, generation, category, purpose, text_version, given_at, until, withdrawn_at \
         FROM service_consent WHERE resident_id = $1 ORDER BY given_at DESC, entity, category, number DESC LIMIT $2";
    read_all(&db.fetch_all(sql, params![resident.bytes(), limit]).await?)
}

/// A consent is given.
///
/// # Errors
/// [`Error::Unique`] when another is given at the same moment.
pub async fn insert(tx: &mut Tx, resident: ResidentId, consent: &ServiceConsent) -> Result<(), Error> {
    let sql = "INSERT INTO service_consent (resident_id, entity, generation, category, number, purpose, text_version, \
         given_at, until) SELECT $1, $2, $3, $4, COALESCE(max(number), 0) + 1, $5, $6, $7, $8 FROM service_consent \
         WHERE resident_id = $1 AND entity = $2 AND generation = $3 AND category = $4";
    let values = params![
        resident.bytes(),
        consent.entity.as_str(),
        consent.generation,
        &*consent.category.code(),
        consent.purpose.code(),
        consent.text_version.as_str(),
        minute(consent.given_at),
        minute(consent.until)
    ];
    tx.execute(sql, values).await.map(drop)
}

/// What was given over a link for a category is withdrawn, unless it has ended.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(
    tx: &mut Tx,
    resident: ResidentId,
    link: (&str, i64),
    category: Category,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE service_consent SET withdrawn_at = $5 WHERE resident_id = $1 AND entity = $2 AND generation = $3 \
         AND category = $4 AND withdrawn_at IS NULL AND until > $5";
    tx.execute(sql, params![resident.bytes(), link.0, link.1, &*category.code(), minute(now)]).await.map(drop)
}

/// What this program has no word for allows nothing.
fn read_all(rows: &[Row]) -> Result<Vec<ServiceConsent>, Error> {
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

fn read(row: &Row) -> Result<Option<ServiceConsent>, Error> {
    let category = Category::from_code(&row.get::<String>("category")?);
    let Some((category, purpose)) = category.zip(Purpose::from_code(&row.get::<String>("purpose")?)) else {
        return Ok(None);
    };
    Ok(Some(ServiceConsent {
        entity: row.get("entity")?,
        generation: row.get("generation")?,
        category,
        purpose,
        text_version: row.get("text_version")?,
        given_at: row.get("given_at")?,
        until: row.get("until")?,
        withdrawn_at: row.get("withdrawn_at")?,
    }))
}
