//! Files whose rows are kept as sealed records of members whom the coverage file has named: check-ups, expenses, pensions.

use std::marker::PhantomData;

use db::Tx;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::records::{self, Row, Table};
use super::source::{Batches, Counts, Extent, Read, Reading, Source};
use super::{ImportId, Kind, Refused};
use crate::digest::{MemberId, RecordId};
use crate::store::ledger::{self, Found};
use crate::{App, Error};

/// What differs between such kinds.
pub(super) trait RecordKind: Send + 'static {
    /// The kind.
    const KIND: Kind;
    /// Where its rows are kept.
    const TABLE: Table;
    /// Whether a file is all there is.
    const EXTENT: Extent;
    /// What is kept of a row.
    type Record: Serialize + DeserializeOwned;

    /// Reads a file to its end.
    fn read(reading: &Reading, rows: &mut Batches<Row>) -> Result<Read, Refused>;
}

/// A file of such a kind.
pub(super) struct RecordFile<K>(PhantomData<K>);

impl<K> Default for RecordFile<K> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<K: RecordKind> Source for RecordFile<K> {
    const KIND: Kind = K::KIND;
    const EXTENT: Extent = K::EXTENT;
    const BY_PERSON: bool = true;
    type Row = Row;

    fn read(reading: &Reading, rows: &mut Batches<Row>) -> Result<Read, Refused> {
        K::read(reading, rows)
    }

    async fn stage(&mut self, app: &App, import: ImportId, rows: Vec<Row>) -> Result<Counts, Error> {
        records::stage(app, &K::TABLE, import, rows).await
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }

    async fn held(tx: &mut Tx) -> Result<u64, Error> {
        ledger::count(tx, K::TABLE.ledger).await
    }

    async fn apply(tx: &mut Tx, import: ImportId, _: Timestamp) -> Result<bool, Error> {
        match K::EXTENT {
            Extent::Whole => records::apply(tx, &K::TABLE, import).await,
            Extent::Increment => records::add(tx, &K::TABLE, import).await,
        }
    }

    async fn undo(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
        ledger::undo(tx, K::TABLE.ledger, import).await
    }

    async fn forget(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
        records::forget(tx, import).await
    }

    async fn forget_former(tx: &mut Tx) -> Result<(), Error> {
        records::forget_former(tx, K::KIND).await
    }
}

/// A row of a member; `name` tells it from other rows of the same member.
pub(super) fn row<K: RecordKind>(
    reading: &Reading,
    member: MemberId,
    name: &[&str],
    record: &K::Record,
) -> Result<Row, Error> {
    let digests = reading.digests();
    let record = Zeroizing::new(serde_json::to_vec(record).map_err(|_| Error::Record)?);
    let id: RecordId = digests.record(K::TABLE.name, member, name)?;
    Ok(Row { id, member, digest: digests.content(&record)?, record })
}

/// Opens a record that was kept.
pub(super) fn open<K: RecordKind>(keys: &keys::Keys, found: &Found) -> Result<K::Record, Error> {
    let record = records::open(keys, &K::TABLE, found.id, (&found.member, &found.record))?;
    serde_json::from_slice(&record).map_err(|_| Error::Record)
}
