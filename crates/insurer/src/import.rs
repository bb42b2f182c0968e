//! The insurer's files. A file is looked at, compared with what is held, and then taken whole or not at all; the newest of its
//! kind can be taken back. Taking the same file again changes nothing.
//!
//! Coverage, links and pensions are full extracts: what the file holds is what the insurer knows, so that rows which are gone
//! from it are gone from the node. Check-ups and expenses come bit by bit: rows that are not in the file stay, and a row that
//! is there again takes the place of the one before. An answer of the online eligibility check brings the periods of one person
//! into the coverage that is held. Either way a row of somebody who is not insured here refuses the file.
//!
//! A new kind of file is one module beside [`coverage`] and `checkups`, an implementation of `Source` or `RecordKind`, and an
//! arm of [`Kind`].

mod apply;
mod checkups;
mod coverage;
mod drift;
mod eligibility;
mod expenses;
mod links;
mod pensions;
mod preview;
mod raw_file;
mod record_file;
mod records;
mod remark;
mod roll;
mod source;

use axum::body::Bytes;
use db::Value;
use health::checkup::Checkup;
use health::expense::Expense;
use health::pension_csv::Pension;
use jiff::Timestamp;
use keys::Keys;

pub use apply::{NotDone, apply, discard, undo};
pub(crate) use coverage::open;
pub use drift::{Drift, Limits, Measure};
pub use links::{LinkProblem, LinkReport};
pub use preview::{Looked, preview, preview_file};
pub(crate) use raw_file::forget_parts;
pub use raw_file::{Arriving, RawFile};
pub(crate) use records::{member_key, padded};
pub use remark::{Refused, Remark};

/// Opens a check-up that was kept.
pub(crate) fn open_checkup(keys: &Keys, found: &Found) -> Result<Checkup, Error> {
    record_file::open::<checkups::CheckupFile>(keys, found)
}

/// Opens an expense that was kept.
pub(crate) fn open_expense(keys: &Keys, found: &Found) -> Result<Expense, Error> {
    record_file::open::<expenses::ExpenseFile>(keys, found)
}

/// Opens a pension record that was kept.
pub(crate) fn open_pension(keys: &Keys, found: &Found) -> Result<Pension, Error> {
    record_file::open::<pensions::PensionFile>(keys, found)
}

use crate::link::index;
use crate::store::ledger::Found;
use crate::{App, Error, store};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Who is insured, from when, on what terms.
    Coverage,
    /// The same of one person, as the online check answers it (オンライン資格確認).
    Eligibility,
    /// By which pseudonym the region asks for whom.
    Links,
    /// What was found at check-ups.
    Checkups,
    /// What treatments cost.
    Expenses,
    /// Pensions: dummy data alone.
    Pension,
}

impl Kind {
    /// Every kind, in the order in which a new node takes them.
    pub const ALL: [Kind; 6] =
        [Kind::Coverage, Kind::Eligibility, Kind::Links, Kind::Checkups, Kind::Expenses, Kind::Pension];

    /// The word in the database, and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Coverage => "coverage",
            Kind::Eligibility => "eligibility",
            Kind::Links => "links",
            Kind::Checkups => "check-ups",
            Kind::Expenses => "expenses",
            Kind::Pension => "pension",
        }
    }

    /// The words of the kinds that change the same rows: what one of them changes, the others are compared with, and only the
    /// newest of them all can be taken back.
    pub(crate) fn chain(self) -> [&'static str; 2] {
        match self {
            Kind::Coverage | Kind::Eligibility => [Kind::Coverage.as_str(), Kind::Eligibility.as_str()],
            other => [other.as_str(); 2],
        }
    }

    /// The kind of a word.
    pub fn from_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == code)
    }
}

/// The number of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportId(pub i64);

impl From<ImportId> for Value {
    fn from(id: ImportId) -> Value {
        Value::from(id.0)
    }
}

impl std::fmt::Display for ImportId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A file that was looked at, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Its number.
    pub id: ImportId,
    /// What it is about.
    pub kind: Kind,
    /// What became of it.
    pub state: State,
    /// The import that it was compared with; none for the first.
    pub base: Option<ImportId>,
    /// SHA-256 of the file: the name under which it is kept, sealed.
    pub sha256: [u8; 32],
    /// What is in it, counted.
    pub figures: Figures,
    /// Rows that are new.
    pub added: u64,
    /// Rows that are known and have changed.
    pub changed: u64,
    /// Rows that were known and are gone from the file.
    pub removed: u64,
    /// What differs so much from the import before that a second person must approve.
    pub drift: Vec<Drift>,
    /// Who brought it, and when.
    pub previewed: Act,
    /// Who let it take effect, and when.
    pub applied: Option<Act>,
    /// Who took it back, and when.
    pub undone: Option<Act>,
    /// Whether it is the newest of its kind, and what it changed is still kept.
    pub can_be_undone: bool,
}

impl Import {
    /// Rows that are held as the file has them.
    pub fn unchanged(&self) -> u64 {
        self.figures.rows.saturating_sub(self.added + self.changed)
    }
}

/// Somebody did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The login name of a clerk, or what the command line was told.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is being read.
    Reading,
    /// It waits for somebody to apply or to discard it.
    Pending,
    /// It took effect.
    Applied,
    /// Nothing came of it.
    Discarded,
    /// It took effect, and was taken back.
    Undone,
}

impl State {
    const ALL: [State; 5] = [State::Reading, State::Pending, State::Applied, State::Discarded, State::Undone];

    fn as_str(self) -> &'static str {
        match self {
            State::Reading => "reading",
            State::Pending => "pending",
            State::Applied => "applied",
            State::Discarded => "discarded",
            State::Undone => "undone",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == code)
    }
}

/// The contents of a file, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// How many rows.
    pub rows: u64,
    /// How many of each sort; nothing where the kind has none.
    pub shares: Option<Shares>,
}

/// How many rows of a coverage file are of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shares {
    /// Periods that are over on the day on which the file is read.
    pub lapsed: u64,
    /// Periods with a copayment of one, two and three tenths.
    pub copayments: [u64; 3],
}

/// What became of a file that was taken in one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The very bytes were the last that were taken: nothing was changed.
    pub same_file: bool,
    /// Rows in the file.
    pub rows: u64,
    /// Rows that are new.
    pub added: u64,
    /// Rows that are known and have changed.
    pub changed: u64,
    /// Rows that were known and are gone from the file.
    pub removed: u64,
    /// SHA-256 of the file, in hexadecimal: the name under which it is kept.
    pub sha256: String,
    /// What the insurer may want to know although the file was taken.
    pub remarks: Vec<Remark>,
}

/// Takes a coverage file (see [`health::coverage_csv`] for its columns) in one step.
///
/// # Errors
/// As [`take`].
pub async fn coverage(app: &App, bytes: &[u8]) -> Result<Imported, Refused> {
    take(app, Kind::Coverage, Bytes::copy_from_slice(bytes), COMMAND_LINE).await
}

/// Takes a link file in one step.
///
/// # Errors
/// As [`take`].
pub async fn links(app: &App, bytes: &[u8]) -> Result<Imported, Refused> {
    take(app, Kind::Links, Bytes::copy_from_slice(bytes), COMMAND_LINE).await
}

/// Looks at a file and lets it take effect, unless a second person must approve it.
///
/// # Errors
/// [`Refused`] says what is wrong with which row: nothing of the file is kept then. With [`Refused::SecondPerson`] the file
/// waits.
pub async fn take(app: &App, kind: Kind, bytes: Bytes, by: &str) -> Result<Imported, Refused> {
    taken(app, preview(app, kind, bytes, by).await?, by).await
}

/// The same with a file that has arrived already.
///
/// # Errors
/// As [`take`].
pub async fn take_file(app: &App, kind: Kind, file: RawFile, by: &str) -> Result<Imported, Refused> {
    taken(app, preview_file(app, kind, file, by).await?, by).await
}

async fn taken(app: &App, looked: Looked, by: &str) -> Result<Imported, Refused> {
    let (import, remarks, same_file) = match looked {
        Looked::Same(import) => (import, Vec::new(), true),
        Looked::Pending { import, .. } if !import.drift.is_empty() => {
            return Err(Refused::SecondPerson(Box::new(import)));
        }
        Looked::Pending { import, remarks } => {
            apply(app, import.id, by).await?;
            // Nobody's browser waits here, and the process may end with this file.
            index::fill(app).await;
            (import, remarks, false)
        }
    };
    let count = |count| if same_file { 0 } else { count };
    Ok(Imported {
        same_file,
        rows: import.figures.rows,
        added: count(import.added),
        changed: count(import.changed),
        removed: count(import.removed),
        sha256: hex::encode(import.sha256),
        remarks,
    })
}

/// The newest imports, newest first.
///
/// # Errors
/// When the database fails.
pub async fn all(app: &App) -> Result<Vec<Import>, Error> {
    store::import::all(&app.db).await
}

/// An import of this number.
///
/// # Errors
/// When the database fails.
pub async fn find(app: &App, id: ImportId) -> Result<Option<Import>, Error> {
    db::transaction!(app.db, |tx| -> Error { store::import::find(tx, id).await? })
}

/// The newest import of a kind that is in force.
///
/// # Errors
/// When the database fails.
pub async fn in_force(app: &App, kind: Kind) -> Result<Option<Import>, Error> {
    store::import::newest(&app.db, kind).await
}

/// What the reader remarked about a file that waits or was taken.
///
/// # Errors
/// When the database fails, or what was sealed does not open.
pub async fn remarks(app: &App, id: ImportId) -> Result<Vec<Remark>, Error> {
    match store::import::remarks(&app.db, id).await? {
        Some(sealed) => remark::open(&app.keys, id, &sealed),
        None => Ok(Vec::new()),
    }
}

/// Who acts where nobody has logged in.
pub const COMMAND_LINE: &str = "command line";
