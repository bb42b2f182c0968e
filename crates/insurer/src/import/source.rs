//! What a kind of file has to say for itself.

use std::sync::Arc;

use db::Tx;
use health::InsurerNumber;
use jiff::Timestamp;
use jiff::civil::Date;
use keys::Keys;
use tokio::sync::mpsc;

use super::raw_file::RawFile;
use super::roll::Roll;
use super::{ImportId, Kind, Refused, Remark, Shares};
use crate::digest::Digests;
use crate::{App, Error};

/// A kind of file. It is read on a thread of its own, row after row; what was read is staged in batches meanwhile, so that no
/// file is in memory as rows.
pub(super) trait Source: Default + Send {
    /// The kind.
    const KIND: Kind;
    /// Whether a file is all there is.
    const EXTENT: Extent;
    /// Whether its reader has to know who is insured.
    const BY_PERSON: bool = false;
    /// A row, with the names that only this node can compute.
    type Row: Send + 'static;

    /// Reads a file to its end.
    fn read(reading: &Reading, rows: &mut Batches<Self::Row>) -> Result<Read, Refused>;

    /// Compares some rows with what is held, and keeps them.
    fn stage(
        &mut self,
        app: &App,
        import: ImportId,
        rows: Vec<Self::Row>,
    ) -> impl Future<Output = Result<Counts, Error>> + Send;

    /// Says what only the comparison has shown to be wrong.
    fn end(self) -> Result<(), Refused>;

    /// How many rows are held.
    fn held(tx: &mut Tx) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Makes what is held what the file says, and keeps what it was. `false` when something that the comparison rests on has
    /// changed meanwhile.
    fn apply(tx: &mut Tx, import: ImportId, now: Timestamp) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Makes what is held what it was.
    fn undo(tx: &mut Tx, import: ImportId) -> impl Future<Output = Result<(), Error>> + Send;

    /// Forgets what was staged.
    fn forget(tx: &mut Tx, import: ImportId) -> impl Future<Output = Result<(), Error>> + Send;

    /// Forgets what imports of the kind have changed.
    fn forget_former(tx: &mut Tx) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What the rows that are not in a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Gone: the file is all there is.
    Whole,
    /// As they were: the file brings some more.
    Increment,
}

/// A file, and what its reader may know.
pub(super) struct Reading {
    pub(super) file: Arc<RawFile>,
    pub(super) keys: Arc<Keys>,
    pub(super) insurer: InsurerNumber,
    pub(super) today: Date,
    pub(super) roll: Roll,
}

impl Reading {
    pub(super) fn digests(&self) -> Digests<'_> {
        Digests(&self.keys)
    }
}

/// What a reader found beside the rows.
pub(super) struct Read {
    pub(super) shares: Option<Shares>,
    pub(super) remarks: Vec<Remark>,
}

/// How many rows were compared, how many are new, and how many have changed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) added: u64,
    pub(super) changed: u64,
    /// How many of the rows are held, in whatever form.
    pub(super) held: u64,
}

impl Counts {
    pub(super) fn add(&mut self, more: Counts) {
        self.rows += more.rows;
        self.added += more.added;
        self.changed += more.changed;
        self.held += more.held;
    }
}

/// Rows on their way from the reader to the stage.
pub(super) struct Batches<R> {
    to: mpsc::Sender<Vec<R>>,
    batch: Vec<R>,
}

impl<R> Batches<R> {
    pub(super) fn new() -> (Batches<R>, mpsc::Receiver<Vec<R>>) {
        let (to, from) = mpsc::channel(BATCHES_MAX);
        (Batches { to, batch: Vec::with_capacity(BATCH_ROWS) }, from)
    }

    pub(super) fn push(&mut self, row: R) {
        self.batch.push(row);
        if self.batch.len() == BATCH_ROWS {
            self.send();
        }
    }

    /// Sends what is left.
    pub(super) fn finish(mut self) {
        self.send();
    }

    fn send(&mut self) {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH_ROWS));
        // Whoever staged them has failed, and says so; the rest of the file is read for nothing.
        let _taken = self.to.blocking_send(batch);
    }
}

/// Rows that are staged in one transaction: few enough that answers do not wait for it, many enough that the disk does not
/// decide.
const BATCH_ROWS: usize = 4096;
/// Batches that wait.
const BATCHES_MAX: usize = 2;
