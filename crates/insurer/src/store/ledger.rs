//! What all tables of sealed records have in common: they are compared with a waiting file, become what it says, and become
//! again what they were.

use std::collections::HashMap;

use db::{Db, Tx, Value, params};
use jiff::Timestamp;

use crate::Error;
use crate::digest::{ContentDigest, MemberId, PseudonymDigest, RecordId};
use crate::import::ImportId;
use crate::store::{link, member};

/// The statements of one table, made by [`ledger!`].
pub(crate) struct Ledger {
    pub(crate) digests: &'static str,
    pub(crate) count: &'static str,
    pub(crate) of: &'static str,
    pub(crate) keep_changed: &'static str,
    pub(crate) keep_removed: &'static str,
    pub(crate) take_out: &'static str,
    pub(crate) put_in: &'static str,
    pub(crate) put_back: &'static str,
}

/// Rows that are looked up by one statement.
pub(crate) const AT_ONCE: usize = 16;

/// As many places as [`AT_ONCE`], from the first one on.
macro_rules! places {
    () => {
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    };
}
pub(crate) use places;

/// The statements of a table with the columns `$id`, `member_id`, `digest` and `record`. Rows are written in the order of
/// their names: the order of rows must not tell the order of the file.
macro_rules! ledger {
    ($table:literal, $id:literal) => {
        $crate::store::ledger::Ledger {
            digests: concat!(
                "SELECT ",
                $id,
                " AS id, digest FROM ",
                $table,
                " WHERE ",
                $id,
                " IN ",
                $crate::store::ledger::places!()
            ),
            count: concat!("SELECT count(*) AS rows_held FROM ", $table),
            of: concat!(
                "SELECT t.",
                $id,
                " AS id, t.record, member.member_id, member.data_key, link.linked_at, link.origin FROM link ",
                "JOIN member ON member.member_id = link.member_id LEFT JOIN ",
                $table,
                " t ON t.member_id = link.member_id ",
                "WHERE link.pseudonym = $1 AND link.ended_at IS NULL ORDER BY t.",
                $id,
                " LIMIT 5000"
            ),
            keep_changed: concat!(
                "INSERT INTO former_record (import_id, record_id, member_id, digest, record) ",
                "SELECT p.import_id, p.record_id, t.member_id, t.digest, t.record FROM pending_record p LEFT JOIN ",
                $table,
                " t ON t.",
                $id,
                " = p.record_id ",
                "WHERE p.import_id = $1 AND p.record IS NOT NULL ORDER BY p.record_id"
            ),
            keep_removed: concat!(
                "INSERT INTO former_record (import_id, record_id, member_id, digest, record) SELECT $1, t.",
                $id,
                ", t.member_id, t.digest, t.record FROM ",
                $table,
                " t WHERE NOT EXISTS (SELECT 1 FROM pending_record p WHERE p.import_id = $1 AND p.record_id = t.",
                $id,
                ") ORDER BY t.",
                $id
            ),
            take_out: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $id,
                " IN (SELECT record_id FROM former_record WHERE import_id = $1)"
            ),
            put_in: concat!(
                "INSERT INTO ",
                $table,
                " (",
                $id,
                ", member_id, digest, record) ",
                "SELECT record_id, member_id, digest, record FROM pending_record ",
                "WHERE import_id = $1 AND record IS NOT NULL ORDER BY record_id"
            ),
            put_back: concat!(
                "INSERT INTO ",
                $table,
                " (",
                $id,
                ", member_id, digest, record) ",
                "SELECT record_id, member_id, digest, record FROM former_record ",
                "WHERE import_id = $1 AND record IS NOT NULL ORDER BY record_id"
            ),
        }
    };
}
pub(crate) use ledger;

/// A record with the wrapped key that opens it.
pub(crate) struct Found {
    pub(crate) id: RecordId,
    pub(crate) member: member::Wrapped,
    pub(crate) record: Vec<u8>,
}

/// The records of a person.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) found: Vec<Found>,
    /// When the person was linked last.
    pub(crate) linked_at: Option<Timestamp>,
}

/// The records of the members that a pseudonym stands for; nothing when it stands for nobody.
pub(crate) async fn of(tx: &mut Tx, ledger: &Ledger, pseudonym: PseudonymDigest) -> Result<Option<Records>, Error> {
    let rows = tx.fetch_all(ledger.of, params![pseudonym]).await?;
    let mut records = Records::default();
    for row in &rows {
        let linked_at = link::linked_by(row.get("linked_at")?, &row.get::<String>("origin")?);
        records.linked_at = records.linked_at.max(Some(linked_at));
        if row.get::<Option<[u8; 32]>>("id")?.is_some() {
            records.found.push(found(row)?);
        }
    }
    Ok((!rows.is_empty()).then_some(records))
}

pub(crate) fn found(row: &db::Row) -> Result<Found, Error> {
    let member = member::Wrapped { id: MemberId(row.get("member_id")?), data_key: row.get("data_key")? };
    Ok(Found { id: RecordId(row.get("id")?), member, record: row.get("record")? })
}

/// The content of those rows that are held, by its digest.
pub(crate) async fn digests(
    db: &Db,
    ledger: &Ledger,
    ids: &[RecordId],
) -> Result<HashMap<RecordId, ContentDigest>, Error> {
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        for row in db.fetch_all(ledger.digests, filled(some)).await? {
            found.insert(RecordId(row.get("id")?), ContentDigest(row.get("digest")?));
        }
    }
    Ok(found)
}

/// A value for every place: the last one fills up.
pub(crate) fn filled<T: Copy + Into<Value>>(some: &[T]) -> Vec<Value> {
    let last = some.last().copied();
    some.iter().copied().chain(last.into_iter().cycle()).take(AT_ONCE).map(Into::into).collect()
}

/// How many rows there are.
pub(crate) async fn count(tx: &mut Tx, ledger: &Ledger) -> Result<u64, Error> {
    let rows: i64 = tx.fetch_one(ledger.count, params![]).await?.get("rows_held")?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// Makes the table what the waiting file says, and keeps what it was.
pub(crate) async fn apply(tx: &mut Tx, ledger: &Ledger, import: ImportId) -> Result<(), Error> {
    for sql in [ledger.keep_changed, ledger.keep_removed, ledger.take_out, ledger.put_in] {
        tx.execute(sql, params![import]).await?;
    }
    Ok(())
}

/// Takes in what the waiting file has, and keeps what it takes the place of. All else stays.
pub(crate) async fn add(tx: &mut Tx, ledger: &Ledger, import: ImportId) -> Result<(), Error> {
    for sql in [ledger.keep_changed, ledger.take_out, ledger.put_in] {
        tx.execute(sql, params![import]).await?;
    }
    Ok(())
}

/// Makes the table what it was.
pub(crate) async fn undo(tx: &mut Tx, ledger: &Ledger, import: ImportId) -> Result<(), Error> {
    for sql in [ledger.take_out, ledger.put_back] {
        tx.execute(sql, params![import]).await?;
    }
    Ok(())
}
