//! Table `service_release`: what residents have agreed to hand over, each time. Rows are added, never changed.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use super::{service_link::ServiceLink, service_session::minute};
use crate::ids::ResidentId;

/// What a resident has agreed to at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// For which service: its entity ID.
    pub entity: String,
    /// Over which link.
    pub generation: i64,
    /// When, to the minute.
    pub at: Timestamp,
    /// Short names of the attributes that they were asked about.
    pub offered: Vec<String>,
    /// Those that they agreed to.
    pub released: Vec<String>,
    /// The version of the text that they read.
    pub text_version: String,
    /// When the link ended, to the minute, if it has.
    pub ended_at: Option<Timestamp>,
}

/// The resident has agreed to what `link` says now.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, resident: ResidentId, link: &ServiceLink) -> Result<(), Error> {
    let sql = "INSERT INTO service_release (resident_id, entity, generation, number, agreed_at, offered, released, \
         text_version) SELECT $1, $2, $3, COALESCE(max(number), 0) + 1, $4, $5, $6, $7 FROM service_release \
         WHERE resident_id = $1 AND entity = $2 AND generation = $3";
    let values = params![
        resident.bytes(),
        link.entity.as_str(),
        link.generation,
        minute(link.agreed_at),
        link.offered.join(" "),
        link.released.join(" "),
        link.text_version.as_str()
    ];
    tx.execute(sql, values).await.map(drop)
}

/// What a resident has agreed to, service by service, newest first: at most `limit` of it.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, resident: ResidentId, limit: i64) -> Result<Vec<Agreed>, Error> {
    let sql = "SELECT r.entity, r.generation, r.agreed_at, r.offered, r.released, r.text_version, l.ended_at \
         FROM service_release r JOIN service_link l ON l.resident_id = r.resident_id AND l.entity = r.entity \
         AND l.generation = r.generation WHERE r.resident_id = $1 \
         ORDER BY r.agreed_at DESC, r.entity, r.generation DESC, r.number DESC LIMIT $2";
    db.fetch_all(sql, params![resident.bytes(), limit]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Agreed, Error> {
    let names = |column| -> Result<Vec<String>, Error> {
        Ok(row.get::<String>(column)?.split_whitespace().map(str::to_owned).collect())
    };
    Ok(Agreed {
        entity: row.get("entity")?,
        generation: row.get("generation")?,
        at: row.get("agreed_at")?,
        offered: names("offered")?,
        released: names("released")?,
        text_version: row.get("text_version")?,
        ended_at: row.get("ended_at")?,
    })
}
