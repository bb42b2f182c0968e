//! Services that persons no longer let ask about them.

use db::{Db, Tx, params};
use jiff::Timestamp;

use crate::Error;
use crate::digest::{HolderDigest, PseudonymDigest};

/// Tokens of a service for a person are over that count from `ended_at` or earlier. What ended later stays so.
pub(crate) async fn record(
    tx: &mut Tx,
    pseudonym: PseudonymDigest,
    holder: HolderDigest,
    ended_at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO grant_end (pseudonym, holder, ended_at) VALUES ($1, $2, $3) \
         ON CONFLICT (pseudonym, holder) DO UPDATE SET ended_at = excluded.ended_at \
         WHERE grant_end.ended_at < excluded.ended_at";
    tx.execute(sql, params![pseudonym, holder, ended_at]).await?;
    Ok(())
}

/// Up to which instant a service's tokens for a person are over, if any are.
pub(crate) async fn of(
    tx: &mut Tx,
    pseudonym: PseudonymDigest,
    holder: HolderDigest,
) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT ended_at FROM grant_end WHERE pseudonym = $1 AND holder = $2";
    let row = tx.fetch_optional(sql, params![pseudonym, holder]).await?;
    Ok(row.map(|row| row.get("ended_at")).transpose()?)
}

/// Forgets what ended before `horizon`.
pub(crate) async fn forget(db: &Db, horizon: Timestamp) -> Result<u64, Error> {
    db::transaction!(db, |tx| -> Error {
        tx.execute("DELETE FROM grant_end WHERE ended_at < $1", params![horizon]).await?
    })
}
