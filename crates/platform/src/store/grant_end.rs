//! Table `grant_end`: institutions that are still to be told that a service may no longer see a resident's records.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use super::link::Link;
use crate::ids::ResidentId;

/// What an institution is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantEnd {
    /// Whose records.
    pub resident: ResidentId,
    /// The institution, and under which link it knows the resident.
    pub link: Link,
    /// The service's entity ID.
    pub entity: String,
    /// Tokens made up to then are over.
    pub ended_at: Timestamp,
}

/// Every institution that the resident is linked to is to be told, by whoever does this, until `told_by`. What it was to be told
/// before about the same service is part of it.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    (resident, entity): (ResidentId, &str),
    ended_at: Timestamp,
    told_by: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO grant_end (resident_id, provider, generation, entity, ended_at, told_by) \
         SELECT resident_id, provider, generation, $2, $3, $4 FROM link WHERE resident_id = $1 AND ended_at IS NULL \
         ON CONFLICT (resident_id, provider, generation, entity) DO UPDATE SET ended_at = excluded.ended_at, \
         told_by = excluded.told_by";
    tx.execute(sql, params![resident.bytes(), entity, ended_at, told_by]).await.map(drop)
}

/// What is to be told about a resident and a service.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, resident: ResidentId, entity: &str) -> Result<Vec<GrantEnd>, Error> {
    let sql = "SELECT resident_id, provider, generation, entity, ended_at FROM grant_end \
         WHERE resident_id = $1 AND entity = $2 ORDER BY provider, generation";
    db.fetch_all(sql, params![resident.bytes(), entity]).await?.iter().map(read).collect()
}

/// Some of what nobody tells at `now`, longest waiting first. Whoever takes it tells it until `told_by`, and nobody else does
/// meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, now: Timestamp, told_by: Timestamp) -> Result<Vec<GrantEnd>, Error> {
    let sql = "SELECT resident_id, provider, generation, entity, ended_at FROM grant_end WHERE told_by < $1 \
         ORDER BY told_by LIMIT 32";
    let taken: Vec<GrantEnd> = tx.fetch_all(sql, params![now]).await?.iter().map(read).collect::<Result<_, _>>()?;
    let mark = "UPDATE grant_end SET told_by = $5 WHERE resident_id = $1 AND provider = $2 AND generation = $3 AND entity = $4";
    for one in &taken {
        let Link { provider, generation } = &one.link;
        tx.execute(mark, params![one.resident.bytes(), provider.as_str(), *generation, one.entity.as_str(), told_by])
            .await?;
    }
    Ok(taken)
}

/// The institution has been told this; what it is to be told since then stays.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &mut Tx, one: &GrantEnd) -> Result<(), Error> {
    let sql = "DELETE FROM grant_end WHERE resident_id = $1 AND provider = $2 AND generation = $3 AND entity = $4 \
         AND ended_at = $5";
    let Link { provider, generation } = &one.link;
    let values = params![one.resident.bytes(), provider.as_str(), *generation, one.entity.as_str(), one.ended_at];
    tx.execute(sql, values).await.map(drop)
}

/// Forgets what ended before `horizon`, and says how many institutions were never told.
///
/// # Errors
/// When the database fails.
pub async fn delete_before(tx: &mut Tx, horizon: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM grant_end WHERE ended_at < $1", params![horizon]).await
}

fn read(row: &Row) -> Result<GrantEnd, Error> {
    Ok(GrantEnd {
        resident: ResidentId::from_bytes(row.get("resident_id")?),
        link: Link { provider: row.get("provider")?, generation: row.get("generation")? },
        entity: row.get("entity")?,
        ended_at: row.get("ended_at")?,
    })
}
