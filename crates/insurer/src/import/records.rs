//! Rows that are kept as sealed records, each with the key of its member: what such kinds of file have in common.

use std::collections::HashMap;

use db::{Tx, transaction};
use keys::{DataKey, Keys};
use zeroize::Zeroizing;

use super::source::Counts;
use super::{ImportId, Kind};
use crate::app::DATA_KEY;
use crate::digest::{ContentDigest, MemberId, RecordId};
use crate::store::ledger::{self, Ledger};
use crate::store::pending_record::{Content, Staged};
use crate::store::{member, pending_member, pending_record};
use crate::{App, Error};

/// A row of a file with the names it gets.
pub(super) struct Row {
    pub(super) id: RecordId,
    pub(super) member: MemberId,
    pub(super) digest: ContentDigest,
    pub(super) record: Zeroizing<Vec<u8>>,
}

/// A table of records: where they are kept, and the word that seals them to it.
pub(super) struct Table {
    pub(super) ledger: &'static Ledger,
    pub(super) name: &'static str,
}

/// Compares rows with what is held, seals what is new or has changed, and keeps them.
pub(super) async fn stage(app: &App, table: &Table, import: ImportId, mut rows: Vec<Row>) -> Result<Counts, Error> {
    // The order of rows must not tell the order of the file.
    rows.sort_unstable_by_key(|row| row.id);
    let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
    let held = ledger::digests(&app.db, table.ledger, &ids).await?;
    let changed = rows.iter().filter(|row| held.get(&row.id) != Some(&row.digest));
    let mut named: Vec<MemberId> = changed.map(|row| row.member).collect();
    named.sort_unstable();
    named.dedup();
    let mut members = Members { keys: &app.keys, known: member::keys(&app.db, &named).await?, new: Vec::new() };
    named.retain(|member| !members.known.contains_key(member));
    members.known.extend(pending_member::keys(&app.db, import, &named).await?);
    let mut counts = Counts { rows: rows.len() as u64, held: held.len() as u64, ..Counts::default() };
    let mut staged = Vec::with_capacity(rows.len());
    for row in rows {
        let content = if held.get(&row.id) == Some(&row.digest) {
            None
        } else {
            *if held.contains_key(&row.id) { &mut counts.changed } else { &mut counts.added } += 1;
            let record =
                members.key(row.member)?.seal(&record_aad(table, row.id), &padded(row.record)).ok_or(Error::Record)?;
            Some(Content { member: row.member, digest: row.digest, record })
        };
        staged.push(Staged { id: row.id, content });
    }
    members.new.sort_unstable_by_key(|member| member.id);
    transaction!(app.db.for_long_work(), |tx| -> Error {
        pending_member::insert(tx, import, &members.new).await?;
        pending_record::insert(tx, import, &staged).await?;
    })?;
    Ok(counts)
}

/// Makes the table what the file says. `false` when a new member has come by another way meanwhile.
pub(super) async fn apply(tx: &mut Tx, table: &Table, import: ImportId) -> Result<bool, Error> {
    let joined = pending_member::join(tx, import).await?;
    if joined {
        ledger::apply(tx, table.ledger, import).await?;
    }
    Ok(joined)
}

/// Takes in what the file has; all else stays. `false` as in [`apply`].
pub(super) async fn add(tx: &mut Tx, table: &Table, import: ImportId) -> Result<bool, Error> {
    let joined = pending_member::join(tx, import).await?;
    if joined {
        ledger::add(tx, table.ledger, import).await?;
    }
    Ok(joined)
}

/// Forgets what was staged.
pub(super) async fn forget(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
    pending_record::forget(tx, import).await?;
    pending_member::forget(tx, import).await
}

/// Forgets what imports of a kind have changed.
pub(super) async fn forget_former(tx: &mut Tx, kind: Kind) -> Result<(), Error> {
    pending_record::forget_former(tx, kind).await
}

/// Opens a record.
pub(super) fn open(
    keys: &Keys,
    table: &Table,
    id: RecordId,
    (member, record): (&member::Wrapped, &[u8]),
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let key = member_key(keys, member)?;
    let mut record = key.open(&record_aad(table, id), record).ok_or(Error::Record)?;
    let length = record.trim_ascii_end().len();
    record.truncate(length);
    Ok(record)
}

/// The record with spaces behind it, as many as make its size say nothing: a name and an address are as long at one insurer as
/// at another. A record is text that does not end in white space.
pub(crate) fn padded(mut record: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let whole = record.len().next_multiple_of(RECORD_STEP);
    if whole > record.capacity() {
        // Growing in place would leave a copy behind that nobody wipes.
        let mut grown = Zeroizing::new(Vec::with_capacity(whole));
        grown.extend_from_slice(&record);
        record = grown;
    }
    record.resize(whole, b' ');
    record
}

/// Sizes of records are multiples of this many bytes. A period of coverage takes one.
const RECORD_STEP: usize = 640;

/// The members' keys: those that are known, and those made for this file.
struct Members<'k> {
    keys: &'k Keys,
    known: HashMap<MemberId, Vec<u8>>,
    new: Vec<member::Wrapped>,
}

impl Members<'_> {
    fn key(&mut self, member: MemberId) -> Result<DataKey, Error> {
        if let Some(wrapped) = self.known.get(&member) {
            return data_key(self.keys, member, wrapped);
        }
        let (key, wrapped) = self.keys.new_data_key(DATA_KEY, &member_aad(member))?;
        self.known.insert(member, wrapped.clone());
        self.new.push(member::Wrapped { id: member, data_key: wrapped });
        Ok(key)
    }
}

/// A member's key.
pub(crate) fn member_key(keys: &Keys, member: &member::Wrapped) -> Result<DataKey, Error> {
    data_key(keys, member.id, &member.data_key)
}

fn data_key(keys: &Keys, member: MemberId, wrapped: &[u8]) -> Result<DataKey, Error> {
    Ok(keys.data_key(DATA_KEY, &member_aad(member), wrapped)?)
}

/// Table, row and column: what is sealed there opens nowhere else.
fn record_aad(table: &Table, id: RecordId) -> Vec<u8> {
    [table.name.as_bytes(), b"\0record\0", &id.0].concat()
}

fn member_aad(id: MemberId) -> Vec<u8> {
    [b"member\0data_key\0".as_slice(), &id.0].concat()
}
