//! Which pseudonym stands for which member, and what a waiting link file would make of it.

use std::collections::{HashMap, HashSet};

use db::{Db, Tx, params};
use jiff::Timestamp;

use crate::Error;
use crate::digest::{MemberId, PseudonymDigest};
use crate::import::ImportId;
use crate::store::ledger::{AT_ONCE, filled, places};

/// A pseudonym and a member.
pub(crate) type Pair = (PseudonymDigest, MemberId);

/// Those of these pairs that were ever linked, and whether they still are.
pub(crate) async fn of(db: &Db, pairs: &[Pair]) -> Result<HashMap<Pair, bool>, Error> {
    let mut found = HashMap::new();
    let pseudonyms: Vec<PseudonymDigest> = pairs.iter().map(|(pseudonym, _)| *pseudonym).collect();
    for some in pseudonyms.chunks(AT_ONCE) {
        let sql = concat!("SELECT pseudonym, member_id, ended_at FROM link WHERE pseudonym IN ", places!());
        for row in db.fetch_all(sql, filled(some)).await? {
            let pair = (PseudonymDigest(row.get("pseudonym")?), MemberId(row.get("member_id")?));
            found.insert(pair, row.get::<Option<i64>>("ended_at")?.is_none());
        }
    }
    // Members of a pseudonym whom the file does not name are others.
    let named: HashSet<&Pair> = pairs.iter().collect();
    found.retain(|pair, _| named.contains(pair));
    Ok(found)
}

/// How many links are in force.
pub(crate) async fn count(tx: &mut Tx) -> Result<u64, Error> {
    let row = tx.fetch_one("SELECT count(*) AS linked FROM link WHERE ended_at IS NULL", params![]).await?;
    Ok(u64::try_from(row.get::<i64>("linked")?).unwrap_or(0))
}

/// Keeps the pairs of a waiting file.
pub(crate) async fn stage(tx: &mut Tx, import: ImportId, pairs: &[Pair]) -> Result<(), Error> {
    let rows: Vec<_> = pairs.iter().map(|(pseudonym, member)| params![import, *pseudonym, *member]).collect();
    tx.insert("INSERT INTO pending_link (import_id, pseudonym, member_id)", rows).await?;
    Ok(())
}

/// Whether a member of a waiting file is known no longer.
pub(crate) async fn has_stranger(tx: &mut Tx, import: ImportId) -> Result<bool, Error> {
    let sql = "SELECT p.member_id FROM pending_link p LEFT JOIN member m ON m.member_id = p.member_id
         WHERE p.import_id = $1 AND m.member_id IS NULL LIMIT 1";
    Ok(tx.fetch_optional(sql, params![import]).await?.is_some())
}

/// Makes the links what the waiting file says, and keeps what they were. New rows are written in the order of their names:
/// the order of rows must not tell the order of the file.
pub(crate) async fn apply(tx: &mut Tx, import: ImportId, now: Timestamp) -> Result<(), Error> {
    for sql in [KEEP_GONE, KEEP_NEW] {
        tx.execute(sql, params![import]).await?;
    }
    for sql in [END, BEGIN_AGAIN, BEGIN] {
        tx.execute(sql, params![import, now]).await?;
    }
    Ok(())
}

/// Makes the links what they were.
pub(crate) async fn undo(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
    for sql in [TAKE_OUT, PUT_BACK] {
        tx.execute(sql, params![import]).await?;
    }
    Ok(())
}

/// The file waits no longer.
pub(crate) async fn forget(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
    tx.execute("DELETE FROM pending_link WHERE import_id = $1", params![import]).await?;
    Ok(())
}

/// What earlier imports changed cannot be taken back any more.
pub(crate) async fn forget_former(tx: &mut Tx) -> Result<(), Error> {
    tx.execute("DELETE FROM former_link", params![]).await?;
    Ok(())
}

/// Links in force that are gone from the file.
const KEEP_GONE: &str = "INSERT INTO former_link (import_id, pseudonym, member_id, linked_at, ended_at)
     SELECT $1, l.pseudonym, l.member_id, l.linked_at, l.ended_at FROM link l
     WHERE l.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM pending_link p
         WHERE p.import_id = $1 AND p.pseudonym = l.pseudonym AND p.member_id = l.member_id)
     ORDER BY l.pseudonym, l.member_id";
/// Links of the file that are not in force: ended, or never there.
const KEEP_NEW: &str = "INSERT INTO former_link (import_id, pseudonym, member_id, linked_at, ended_at)
     SELECT p.import_id, p.pseudonym, p.member_id, l.linked_at, l.ended_at
     FROM pending_link p LEFT JOIN link l ON l.pseudonym = p.pseudonym AND l.member_id = p.member_id
     WHERE p.import_id = $1 AND (l.linked_at IS NULL OR l.ended_at IS NOT NULL)
     ORDER BY p.pseudonym, p.member_id";
const END: &str = "UPDATE link SET ended_at = $2 WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM former_link f
     WHERE f.import_id = $1 AND f.pseudonym = link.pseudonym AND f.member_id = link.member_id)";
const BEGIN_AGAIN: &str = "UPDATE link SET linked_at = $2, ended_at = NULL WHERE EXISTS (SELECT 1 FROM former_link f
     WHERE f.import_id = $1 AND f.pseudonym = link.pseudonym AND f.member_id = link.member_id
         AND f.ended_at IS NOT NULL)";
const BEGIN: &str = "INSERT INTO link (pseudonym, member_id, linked_at)
     SELECT pseudonym, member_id, $2 FROM former_link WHERE import_id = $1 AND linked_at IS NULL
     ORDER BY pseudonym, member_id";
const TAKE_OUT: &str = "DELETE FROM link WHERE EXISTS (SELECT 1 FROM former_link f
     WHERE f.import_id = $1 AND f.pseudonym = link.pseudonym AND f.member_id = link.member_id)";
const PUT_BACK: &str = "INSERT INTO link (pseudonym, member_id, linked_at, ended_at)
     SELECT pseudonym, member_id, linked_at, ended_at FROM former_link
     WHERE import_id = $1 AND linked_at IS NOT NULL ORDER BY pseudonym, member_id";
