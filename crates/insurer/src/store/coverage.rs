//! Periods of coverage, sealed.

use db::{Db, Tx, params};

use crate::Error;
use crate::digest::{MemberId, PseudonymDigest, RecordId};
use crate::store::ledger::{self, Ledger, ledger};
use crate::store::member;

/// As a file changes it.
pub(crate) const LEDGER: Ledger = ledger!("coverage", "coverage_id");

/// A period with the wrapped key that opens it.
pub(crate) struct Found {
    pub(crate) id: RecordId,
    pub(crate) member: member::Wrapped,
    pub(crate) record: Vec<u8>,
}

/// Some periods of everybody, in the order of their names, after the one named.
pub(crate) async fn after(db: &Db, last: RecordId) -> Result<Vec<ledger::Found>, Error> {
    let sql = "SELECT coverage.coverage_id AS id, coverage.record, member.member_id, member.data_key
         FROM coverage JOIN member ON member.member_id = coverage.member_id
         WHERE coverage.coverage_id > $1 ORDER BY coverage.coverage_id LIMIT 4096";
    db.fetch_all(sql, params![last]).await?.iter().map(ledger::found).collect()
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
            found.push(Found { id: RecordId(id), member, record: row.get("record")? });
        }
    }
    Ok(Some(found))
}
