//! Which pseudonym stands for which member, and what a waiting link file would make of it.

use std::collections::{HashMap, HashSet};

use db::{Db, Tx, params};
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::digest::{MemberId, PseudonymDigest};
use crate::import::ImportId;
use crate::store::contact;
use crate::store::ledger::{AT_ONCE, filled, places};

/// A pseudonym and a member.
pub(crate) type Pair = (PseudonymDigest, MemberId);

/// What a link file can do about a pair that was ever linked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ever {
    /// It is in force by a file.
    InForce,
    /// A file has ended it.
    Ended,
    /// It is the resident's business: in force without a file, or given up.
    NotAFiles,
}

/// Those of these pairs that were ever linked.
pub(crate) async fn of(db: &Db, pairs: &[Pair]) -> Result<HashMap<Pair, Ever>, Error> {
    let mut found = HashMap::new();
    let pseudonyms: Vec<PseudonymDigest> = pairs.iter().map(|(pseudonym, _)| *pseudonym).collect();
    for some in pseudonyms.chunks(AT_ONCE) {
        let sql = concat!("SELECT pseudonym, member_id, ended_at, origin FROM link WHERE pseudonym IN ", places!());
        for row in db.fetch_all(sql, filled(some)).await? {
            let pair = (PseudonymDigest(row.get("pseudonym")?), MemberId(row.get("member_id")?));
            let ever = match (row.get::<String>("origin")?.as_str(), row.get::<Option<i64>>("ended_at")?) {
                ("file", None) => Ever::InForce,
                ("file", Some(_)) => Ever::Ended,
                _ => Ever::NotAFiles,
            };
            found.insert(pair, ever);
        }
    }
    // Members of a pseudonym whom the file does not name are others.
    let named: HashSet<&Pair> = pairs.iter().collect();
    found.retain(|pair, _| named.contains(pair));
    Ok(found)
}

/// How many links are in force by a file.
pub(crate) async fn count(tx: &mut Tx) -> Result<u64, Error> {
    let row = tx
        .fetch_one("SELECT count(*) AS linked FROM link WHERE ended_at IS NULL AND origin = 'file'", params![])
        .await?;
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

/// When a link surely was there. Of one that a resident asked for, only the day is written down.
pub(crate) fn linked_by(linked_at: Timestamp, origin: &str) -> Timestamp {
    if origin == "file" { linked_at } else { linked_at.saturating_add(DAY).unwrap_or(linked_at) }
}

/// Links a pseudonym with a member, as the resident or a clerk wants it.
pub(crate) async fn begin(
    tx: &mut Tx,
    pseudonym: PseudonymDigest,
    member: MemberId,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO link (pseudonym, member_id, linked_at, origin) VALUES ($1, $2, $3, 'request')
         ON CONFLICT (pseudonym, member_id) DO UPDATE SET linked_at = $3, ended_at = NULL, origin = 'request'";
    tx.execute(sql, params![pseudonym, member, now]).await?;
    Ok(())
}

/// Ends all that a pseudonym stands for, and what was said by it. From now on the link is the resident's business, and no file's.
pub(crate) async fn end(tx: &mut Tx, pseudonym: PseudonymDigest, now: Timestamp) -> Result<(), Error> {
    contact::forget(tx, pseudonym).await?;
    let sql = "UPDATE link SET ended_at = $2, origin = 'request' WHERE pseudonym = $1 AND ended_at IS NULL";
    tx.execute(sql, params![pseudonym, now]).await?;
    Ok(())
}

/// Whether a pseudonym stands for anybody.
pub(crate) async fn is_in_force(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<bool, Error> {
    let sql = "SELECT linked_at FROM link WHERE pseudonym = $1 AND ended_at IS NULL LIMIT 1";
    Ok(tx.fetch_optional(sql, params![pseudonym]).await?.is_some())
}

/// The pseudonyms that stand for a member.
pub(crate) async fn of_member(tx: &mut Tx, member: MemberId) -> Result<Vec<PseudonymDigest>, Error> {
    let sql = "SELECT pseudonym FROM link WHERE member_id = $1 AND ended_at IS NULL ORDER BY pseudonym";
    let rows = tx.fetch_all(sql, params![member]).await?;
    rows.iter().map(|row| Ok(PseudonymDigest(row.get("pseudonym")?))).collect()
}

/// Whether another pseudonym stands for a member.
pub(crate) async fn is_another_s(tx: &mut Tx, member: MemberId, pseudonym: PseudonymDigest) -> Result<bool, Error> {
    let sql = "SELECT linked_at FROM link WHERE member_id = $1 AND ended_at IS NULL AND pseudonym <> $2 LIMIT 1";
    Ok(tx.fetch_optional(sql, params![member, pseudonym]).await?.is_some())
}

/// Makes the links what the waiting file says, and keeps what they were. New rows are written in the order of their names:
/// the order of rows must not tell the order of the file.
pub(crate) async fn apply(tx: &mut Tx, import: ImportId, now: Timestamp) -> Result<(), Error> {
    for sql in [KEEP_GONE, KEEP_NEW] {
        tx.execute(sql, params![import]).await?;
    }
    contact::forget_ended(tx, import).await?;
    for sql in [END, BEGIN_AGAIN, BEGIN] {
        tx.execute(sql, params![import, now]).await?;
    }
    Ok(())
}

/// Makes the links what they were.
pub(crate) async fn undo(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
    contact::forget_taken_back(tx, import).await?;
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

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Links in force by a file that are gone from this one.
const KEEP_GONE: &str = "INSERT INTO former_link (import_id, pseudonym, member_id, linked_at, ended_at)
     SELECT $1, l.pseudonym, l.member_id, l.linked_at, l.ended_at FROM link l
     WHERE l.ended_at IS NULL AND l.origin = 'file' AND NOT EXISTS (SELECT 1 FROM pending_link p
         WHERE p.import_id = $1 AND p.pseudonym = l.pseudonym AND p.member_id = l.member_id)
     ORDER BY l.pseudonym, l.member_id";
/// Links of the file that are not in force: ended, or never there. What a resident has given up is not begun again.
const KEEP_NEW: &str = "INSERT INTO former_link (import_id, pseudonym, member_id, linked_at, ended_at)
     SELECT p.import_id, p.pseudonym, p.member_id, l.linked_at, l.ended_at
     FROM pending_link p LEFT JOIN link l ON l.pseudonym = p.pseudonym AND l.member_id = p.member_id
     WHERE p.import_id = $1 AND (l.linked_at IS NULL OR l.ended_at IS NOT NULL)
         AND NOT EXISTS (SELECT 1 FROM closed_pseudonym c WHERE c.pseudonym = p.pseudonym)
     ORDER BY p.pseudonym, p.member_id";
const END: &str = "UPDATE link SET ended_at = $2 WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM former_link f
     WHERE f.import_id = $1 AND f.pseudonym = link.pseudonym AND f.member_id = link.member_id)";
const BEGIN_AGAIN: &str = "UPDATE link SET linked_at = $2, ended_at = NULL WHERE EXISTS (SELECT 1 FROM former_link f
     WHERE f.import_id = $1 AND f.pseudonym = link.pseudonym AND f.member_id = link.member_id
         AND f.ended_at IS NOT NULL)";
const BEGIN: &str = "INSERT INTO link (pseudonym, member_id, linked_at)
     SELECT pseudonym, member_id, $2 FROM former_link WHERE import_id = $1 AND linked_at IS NULL
     ORDER BY pseudonym, member_id";
/// What has become the resident's business meanwhile stays.
const TAKE_OUT: &str = "DELETE FROM link WHERE origin = 'file' AND EXISTS (SELECT 1 FROM former_link f
     WHERE f.import_id = $1 AND f.pseudonym = link.pseudonym AND f.member_id = link.member_id)";
const PUT_BACK: &str = "INSERT INTO link (pseudonym, member_id, linked_at, ended_at)
     SELECT f.pseudonym, f.member_id, f.linked_at, f.ended_at FROM former_link f
     WHERE f.import_id = $1 AND f.linked_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM link l WHERE l.pseudonym = f.pseudonym AND l.member_id = f.member_id)
         AND NOT EXISTS (SELECT 1 FROM closed_pseudonym c WHERE c.pseudonym = f.pseudonym)
     ORDER BY f.pseudonym, f.member_id";
