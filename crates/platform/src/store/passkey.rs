//! Table `passkey`.

use db::{Db, Error, Tx, params};
use jiff::Timestamp;

use crate::ids::StaffId;

/// The passkeys of a member of staff, as the library writes them (JSON, public keys only).
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, staff: StaffId) -> Result<Vec<String>, Error> {
    let sql = "SELECT credential FROM passkey WHERE staff_id = $1 ORDER BY registered_at";
    db.fetch_all(sql, params![staff.bytes()]).await?.iter().map(|row| row.get("credential")).collect()
}

/// A new passkey.
///
/// # Errors
/// [`Error::Unique`] when it is registered already.
pub async fn insert(
    tx: &mut Tx,
    staff: StaffId,
    passkey_id: &[u8],
    credential: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO passkey (staff_id, passkey_id, credential, registered_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, params![staff.bytes(), passkey_id, credential, now]).await.map(drop)
}

/// Stores what a login has changed in a passkey: its counter.
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &mut Tx, staff: StaffId, passkey_id: &[u8], credential: &str) -> Result<(), Error> {
    let sql = "UPDATE passkey SET credential = $3 WHERE staff_id = $1 AND passkey_id = $2";
    tx.execute(sql, params![staff.bytes(), passkey_id, credential]).await.map(drop)
}
