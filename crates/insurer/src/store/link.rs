//! Which pseudonym stands for which member.

use std::collections::HashMap;

use db::{Tx, params};
use jiff::Timestamp;

use crate::Error;
use crate::digest::{MemberId, PseudonymDigest};

/// A pseudonym and a member.
pub(crate) type Pair = (PseudonymDigest, MemberId);

/// Every pair that was ever linked, and whether it still is.
pub(crate) async fn all(tx: &mut Tx) -> Result<HashMap<Pair, bool>, Error> {
    let rows = tx.fetch_all("SELECT pseudonym, member_id, ended_at FROM link", params![]).await?;
    rows.iter()
        .map(|row| {
            let pair = (PseudonymDigest(row.get("pseudonym")?), MemberId(row.get("member_id")?));
            Ok((pair, row.get::<Option<i64>>("ended_at")?.is_none()))
        })
        .collect()
}

/// Inserts links in the order of their names: the order of rows must not tell the order of the file.
pub(crate) async fn insert(tx: &mut Tx, mut new: Vec<Pair>, now: Timestamp) -> Result<(), Error> {
    new.sort_unstable();
    let rows = new.into_iter().map(|(pseudonym, member)| params![pseudonym, member, now]);
    tx.insert("INSERT INTO link (pseudonym, member_id, linked_at)", rows).await?;
    Ok(())
}

pub(crate) async fn end(tx: &mut Tx, pair: Pair, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE link SET ended_at = $3 WHERE pseudonym = $1 AND member_id = $2";
    tx.execute(sql, params![pair.0, pair.1, now]).await?;
    Ok(())
}

pub(crate) async fn begin_again(tx: &mut Tx, pair: Pair, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE link SET linked_at = $3, ended_at = NULL WHERE pseudonym = $1 AND member_id = $2";
    tx.execute(sql, params![pair.0, pair.1, now]).await?;
    Ok(())
}
