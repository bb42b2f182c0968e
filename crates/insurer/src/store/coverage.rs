//! Periods of coverage, sealed.

use std::collections::HashMap;

use db::{Tx, params};

use crate::Error;
use crate::digest::{ContentDigest, CoverageId, MemberId, PseudonymDigest};
use crate::store::member;

/// A period as it lies in the table.
pub(crate) struct Sealed {
    pub(crate) id: CoverageId,
    pub(crate) member: MemberId,
    pub(crate) digest: ContentDigest,
    pub(crate) record: Vec<u8>,
}

/// A period with the wrapped key that opens it.
pub(crate) struct Found {
    pub(crate) id: CoverageId,
    pub(crate) member: member::Wrapped,
    pub(crate) record: Vec<u8>,
}

/// The content of every period, by its digest.
pub(crate) async fn digests(tx: &mut Tx) -> Result<HashMap<CoverageId, ContentDigest>, Error> {
    let rows = tx.fetch_all("SELECT coverage_id, digest FROM coverage", params![]).await?;
    rows.iter().map(|row| Ok((CoverageId(row.get("coverage_id")?), ContentDigest(row.get("digest")?)))).collect()
}

/// Inserts periods in the order of their names: the order of rows must not tell the order of the file.
pub(crate) async fn insert(tx: &mut Tx, mut new: Vec<Sealed>) -> Result<(), Error> {
    new.sort_unstable_by_key(|sealed| sealed.id);
    let rows = new.into_iter().map(|sealed| params![sealed.id, sealed.member, sealed.digest, sealed.record]);
    tx.insert("INSERT INTO coverage (coverage_id, member_id, digest, record)", rows).await?;
    Ok(())
}

pub(crate) async fn replace(tx: &mut Tx, changed: Sealed) -> Result<(), Error> {
    tx.execute(
        "UPDATE coverage SET digest = $2, record = $3 WHERE coverage_id = $1",
        params![changed.id, changed.digest, changed.record],
    )
    .await?;
    Ok(())
}

pub(crate) async fn remove(tx: &mut Tx, id: CoverageId) -> Result<(), Error> {
    tx.execute("DELETE FROM coverage WHERE coverage_id = $1", params![id]).await?;
    Ok(())
}

/// All periods of the members that a pseudonym stands for; nothing when it stands for nobody.
pub(crate) async fn of(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<Option<Vec<Found>>, Error> {
    let rows = tx
        .fetch_all(
            "SELECT coverage.coverage_id, coverage.record, member.member_id, member.data_key
             FROM link
             JOIN member ON member.member_id = link.member_id
             LEFT JOIN coverage ON coverage.member_id = link.member_id
             WHERE link.pseudonym = $1 AND link.ended_at IS NULL
             LIMIT 1000",
            params![pseudonym],
        )
        .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        // A member whose last period is gone from the insurer's file is known, with nothing to show.
        if let Some(id) = row.get::<Option<[u8; 32]>>("coverage_id")? {
            let member = member::Wrapped { id: MemberId(row.get("member_id")?), data_key: row.get("data_key")? };
            found.push(Found { id: CoverageId(id), member, record: row.get("record")? });
        }
    }
    Ok(Some(found))
}
