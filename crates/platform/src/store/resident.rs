//! Table `resident`.

use db::{Error, Tx, params};
use jiff::Timestamp;

use crate::ids::ResidentId;

/// A resident joins.
///
/// # Errors
/// [`Error::Unique`] when they are here already.
pub async fn insert(tx: &mut Tx, resident: ResidentId, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO resident (resident_id, enrolled_at) VALUES ($1, $2)";
    tx.execute(sql, params![resident.bytes(), now]).await.map(drop)
}
