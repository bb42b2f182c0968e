//! Who asked to be found today.

use db::{Tx, params};
use jiff::Timestamp;

use crate::Error;
use crate::digest::PseudonymDigest;

/// Forgets what was asked before today, and counts what a pseudonym has asked for since.
pub(crate) async fn today(tx: &mut Tx, pseudonym: PseudonymDigest, day: Timestamp) -> Result<i64, Error> {
    tx.execute("DELETE FROM link_request WHERE day < $1", params![day]).await?;
    let sql = "SELECT count(*) AS asked FROM link_request WHERE pseudonym = $1";
    Ok(tx.fetch_one(sql, params![pseudonym]).await?.get("asked")?)
}

pub(crate) async fn insert(
    tx: &mut Tx,
    request: [u8; 16],
    pseudonym: PseudonymDigest,
    day: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO link_request (request_id, pseudonym, day) VALUES ($1, $2, $3)";
    tx.execute(sql, params![request, pseudonym, day]).await?;
    Ok(())
}
