//! Passkeys of clerks, as the library writes them: JSON, with public keys only.

use db::{Db, Error, Tx, params};
use jiff::Timestamp;

use crate::store::clerk::ClerkId;

pub(crate) async fn of(db: &Db, clerk: ClerkId) -> Result<Vec<String>, Error> {
    let sql = "SELECT credential FROM passkey WHERE clerk_id = $1 ORDER BY registered_at";
    db.fetch_all(sql, params![clerk]).await?.iter().map(|row| row.get("credential")).collect()
}

pub(crate) async fn insert(
    tx: &mut Tx,
    clerk: ClerkId,
    (passkey_id, credential): (&[u8], &str),
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO passkey (clerk_id, passkey_id, credential, registered_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, params![clerk, passkey_id, credential, now]).await.map(drop)
}

/// Stores what a login has changed: the counter.
pub(crate) async fn update(tx: &mut Tx, clerk: ClerkId, passkey_id: &[u8], credential: &str) -> Result<(), Error> {
    let sql = "UPDATE passkey SET credential = $3 WHERE clerk_id = $1 AND passkey_id = $2";
    tx.execute(sql, params![clerk, passkey_id, credential]).await.map(drop)
}
