//! Links that a clerk has ended, and of which the platform is still to be told.

use db::{Db, Row, Tx, params};
use jiff::Timestamp;

use crate::Error;

/// One that is to be told.
#[derive(Clone)]
pub(crate) struct Untold {
    pub(crate) id: [u8; 16],
    /// Sealed.
    pub(crate) handle: Vec<u8>,
    /// How often it was tried.
    pub(crate) tries: i64,
    /// When it is tried again.
    pub(crate) next_at: Timestamp,
}

pub(crate) async fn insert(tx: &mut Tx, untold: &Untold) -> Result<(), Error> {
    let sql = "INSERT INTO untold_end (end_id, handle, tries, next_at) VALUES ($1, $2, $3, $4)";
    let Untold { id, handle, tries, next_at } = untold;
    tx.execute(sql, params![*id, handle.as_slice(), *tries, *next_at]).await?;
    Ok(())
}

/// Some that should be told by `now`, the longest waiting first.
pub(crate) async fn due(db: &Db, now: Timestamp) -> Result<Vec<Untold>, Error> {
    let sql = "SELECT end_id, handle, tries, next_at FROM untold_end WHERE next_at <= $1 ORDER BY next_at LIMIT 16";
    db.fetch_all(sql, params![now]).await?.iter().map(read).collect()
}

/// Puts off when it is told, if nobody has meanwhile; `true` if so: whoever succeeds tells it.
pub(crate) async fn put_off(tx: &mut Tx, untold: &Untold, next_at: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE untold_end SET tries = tries + 1, next_at = $3 WHERE end_id = $1 AND tries = $2";
    Ok(tx.execute(sql, params![untold.id, untold.tries, next_at]).await? == 1)
}

/// The platform knows.
pub(crate) async fn forget(tx: &mut Tx, id: [u8; 16]) -> Result<(), Error> {
    tx.execute("DELETE FROM untold_end WHERE end_id = $1", params![id]).await?;
    Ok(())
}

/// How many are to be told that were tried so often at least.
pub(crate) async fn count(db: &Db, tries: i64) -> Result<i64, Error> {
    let sql = "SELECT count(*) AS untold FROM untold_end WHERE tries >= $1";
    Ok(db.fetch_one(sql, params![tries]).await?.get("untold")?)
}

fn read(row: &Row) -> Result<Untold, Error> {
    Ok(Untold {
        id: row.get("end_id")?,
        handle: row.get("handle")?,
        tries: row.get("tries")?,
        next_at: row.get("next_at")?,
    })
}
