//! Pseudonyms that are given up for good.

use db::{Tx, params};
use jiff::Timestamp;

use crate::Error;
use crate::digest::PseudonymDigest;

pub(crate) async fn insert(tx: &mut Tx, pseudonym: PseudonymDigest, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO closed_pseudonym (pseudonym, closed_at) VALUES ($1, $2) ON CONFLICT (pseudonym) DO NOTHING";
    tx.execute(sql, params![pseudonym, now]).await?;
    Ok(())
}

pub(crate) async fn contains(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<bool, Error> {
    let sql = "SELECT closed_at FROM closed_pseudonym WHERE pseudonym = $1";
    Ok(tx.fetch_optional(sql, params![pseudonym]).await?.is_some())
}
