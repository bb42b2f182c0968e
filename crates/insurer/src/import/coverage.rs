//! The coverage file: who is insured, from when, on what terms.

use std::collections::HashMap;

use db::{Tx, transaction};
use health::Coverage;
use health::coverage_csv::{self, File, Limits};
use keys::{DataKey, Keys};
use sha2::{Digest, Sha256};

use super::{Imported, Refused, raw_file};
use crate::app::DATA_KEY;
use crate::digest::{ContentDigest, CoverageId, MemberId};
use crate::store::coverage::Sealed;
use crate::store::import_file::Taken;
use crate::store::{self, member};
use crate::{App, Error};

/// Takes a coverage file (see [`health::coverage_csv`] for its columns).
///
/// # Errors
/// [`Refused`] says what is wrong with which row. Nothing of the file is kept then.
pub async fn coverage(app: &App, bytes: &[u8]) -> Result<Imported, Refused> {
    let now = app.clock.now();
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    let file = coverage_csv::parse(bytes, &Limits::default())?;
    refuse_others(app, &file)?;
    let rows = prepared(app, &file)?;
    let name = hex::encode(sha256);
    raw_file::keep(&app.raw_files, &app.keys, &name, bytes)?;
    let mut imported = Imported {
        same_file: false,
        rows: rows.len(),
        added: 0,
        changed: 0,
        removed: 0,
        sha256: name,
        warnings: file.warnings,
    };
    let changes = transaction!(app.db, |tx| -> Refused {
        if store::import_file::last(tx, KIND).await? == Some(sha256) {
            None
        } else {
            let taken = Taken { kind: KIND, sha256: &sha256, rows: rows.len() };
            store::import_file::record(tx, &taken, now).await?;
            Some(apply(tx, &app.keys, &rows).await?)
        }
    })?;
    match changes {
        None => imported.same_file = true,
        Some(changes) => {
            (imported.added, imported.changed, imported.removed) = (changes.added, changes.changed, changes.removed);
        }
    }
    tracing::info!(
        sha256 = imported.sha256,
        rows = imported.rows,
        added = imported.added,
        changed = imported.changed,
        removed = imported.removed,
        same = imported.same_file,
        "coverage file taken"
    );
    Ok(imported)
}

/// A row of the file with the names it gets.
struct Prepared {
    id: CoverageId,
    member: MemberId,
    digest: ContentDigest,
    record: zeroize::Zeroizing<Vec<u8>>,
}

fn refuse_others(app: &App, file: &File) -> Result<(), Refused> {
    let mut others = file.rows.iter().enumerate().filter(|(_, row)| row.insurer != app.insurer);
    match others.next() {
        None => Ok(()),
        Some((index, first)) => {
            Err(Refused::OtherInsurer { rows: 1 + others.count(), first_row: index + 1, found: first.insurer })
        }
    }
}

fn prepared(app: &App, file: &File) -> Result<Vec<Prepared>, Refused> {
    let digests = app.digests();
    let prepare = |row: &Coverage| {
        let member = digests.member_of(row)?;
        let record = zeroize::Zeroizing::new(serde_json::to_vec(row).map_err(|_| Error::Record)?);
        Ok(Prepared { id: digests.coverage(member, row)?, member, digest: digests.content(&record)?, record })
    };
    file.rows.iter().map(prepare).collect()
}

struct Changes {
    added: usize,
    changed: usize,
    removed: usize,
}

/// Makes the table what the file says.
async fn apply(tx: &mut Tx, keys: &Keys, rows: &[Prepared]) -> Result<Changes, Error> {
    let mut gone = store::coverage::digests(tx).await?;
    let mut members = Members { keys, known: member::all(tx).await?, new: Vec::new() };
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    for row in rows {
        match gone.remove(&row.id) {
            Some(digest) if digest == row.digest => {}
            Some(_) => changed.push(members.seal(row)?),
            None => added.push(members.seal(row)?),
        }
    }
    let changes = Changes { added: added.len(), changed: changed.len(), removed: gone.len() };
    member::insert(tx, members.new).await?;
    store::coverage::insert(tx, added).await?;
    // As with the new ones: where an engine writes a changed row anew, its place must tell nothing.
    changed.sort_unstable_by_key(|sealed| sealed.id);
    for sealed in changed {
        store::coverage::replace(tx, sealed).await?;
    }
    for id in gone.into_keys() {
        store::coverage::remove(tx, id).await?;
    }
    Ok(changes)
}

/// The members' keys: those in the table, and those made for this file.
struct Members<'k> {
    keys: &'k Keys,
    known: HashMap<MemberId, Vec<u8>>,
    new: Vec<member::Wrapped>,
}

impl Members<'_> {
    fn seal(&mut self, row: &Prepared) -> Result<Sealed, Error> {
        let key = self.key(row.member)?;
        let record = key.seal(&record_aad(row.id), &row.record).ok_or(Error::Record)?;
        Ok(Sealed { id: row.id, member: row.member, digest: row.digest, record })
    }

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

/// Opens a period that [`coverage`] sealed.
pub(crate) fn open(keys: &Keys, found: &store::coverage::Found) -> Result<Coverage, Error> {
    let key = data_key(keys, found.member.id, &found.member.data_key)?;
    let record = key.open(&record_aad(found.id), &found.record).ok_or(Error::Record)?;
    serde_json::from_slice(&record).map_err(|_| Error::Record)
}

fn data_key(keys: &Keys, member: MemberId, wrapped: &[u8]) -> Result<DataKey, Error> {
    Ok(keys.data_key(DATA_KEY, &member_aad(member), wrapped)?)
}

/// Table, row and column: what is sealed there opens nowhere else.
fn record_aad(id: CoverageId) -> Vec<u8> {
    [b"coverage\0record\0".as_slice(), &id.0].concat()
}

fn member_aad(id: MemberId) -> Vec<u8> {
    [b"member\0data_key\0".as_slice(), &id.0].concat()
}

const KIND: &str = "coverage";
