//! Services that persons no longer let ask about them.

use db::{Db, Tx, params};
use jiff::Timestamp;

use crate::Error;
use crate::digest::HolderDigest;

/// Tokens of a service for a person are over that count from `ended_at` or earlier. What ended later stays so.
pub(crate) async fn record(tx: &mut Tx, holder: HolderDigest, ended_at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO grant_end (holder, ended_at) VALUES ($1, $2) ON CONFLICT (holder) \
         DO UPDATE SET ended_at = excluded.ended_at WHERE grant_end.ended_at < excluded.ended_at";
    tx.execute(sql, params![holder, ended_at]).await?;
    Ok(())
}

/// Up to which instant a service's tokens for a person are over, if any are.
pub(crate) async fn of(tx: &mut Tx, holder: HolderDigest) -> Result<Option<Timestamp>, Error> {
    let row = tx.fetch_optional("SELECT ended_at FROM grant_end WHERE holder = $1", params![holder]).await?;
    Ok(row.map(|row| row.get("ended_at")).transpose()?)
}

/// Forgets what ended before `horizon`.
pub(crate) async fn forget(db: &Db, horizon: Timestamp) -> Result<u64, Error> {
    db::transaction!(db, |tx| -> Error {
        tx.execute("DELETE FROM grant_end WHERE ended_at < $1", params![horizon]).await?
    })
}
