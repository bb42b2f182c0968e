//! Letting a waiting file take effect, and taking the newest one back.

use db::transaction;

use super::checkups::CheckupFile;
use super::coverage::CoverageFile;
use super::eligibility::EligibilityFile;
use super::expenses::ExpenseFile;
use super::links::LinkFile;
use super::pensions::PensionFile;
use super::record_file::RecordFile;
use super::source::Source;
use super::{Import, ImportId, Kind, State, raw_file};
use crate::{App, Error, store};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// No file of this number waits, or it cannot be taken back any more.
    #[error("import {0} is not in a state for that")]
    NotThere(ImportId),
    /// What is held is not any more what the file was compared with: it has to be looked at again.
    #[error("what is held has changed since import {0} was looked at; bring the file again")]
    Stale(ImportId),
    /// It differs so much from the one before that somebody else than who brought it must approve.
    #[error("import {0} differs so much from the one before that a second person must approve it")]
    SecondPerson(ImportId),
    /// The node failed.
    #[error(transparent)]
    Node(#[from] Error),
}

impl From<db::Error> for NotDone {
    fn from(error: db::Error) -> NotDone {
        NotDone::Node(error.into())
    }
}

/// Lets a waiting file take effect, if what is held is still what it was compared with.
///
/// # Errors
/// [`NotDone`] says why not. Nothing was changed then.
pub async fn apply(app: &App, id: ImportId, by: &str) -> Result<Import, NotDone> {
    match kind(app, id).await? {
        Kind::Coverage => applied::<CoverageFile>(app, id, by).await,
        Kind::Eligibility => applied::<EligibilityFile>(app, id, by).await,
        Kind::Links => applied::<LinkFile>(app, id, by).await,
        Kind::Checkups => applied::<RecordFile<CheckupFile>>(app, id, by).await,
        Kind::Expenses => applied::<RecordFile<ExpenseFile>>(app, id, by).await,
        Kind::Pension => applied::<RecordFile<PensionFile>>(app, id, by).await,
    }
}

/// Takes back the newest import of its kind: what it changed is what it was.
///
/// # Errors
/// As [`apply`].
pub async fn undo(app: &App, id: ImportId, by: &str) -> Result<Import, NotDone> {
    match kind(app, id).await? {
        Kind::Coverage => undone::<CoverageFile>(app, id, by).await,
        Kind::Eligibility => undone::<EligibilityFile>(app, id, by).await,
        Kind::Links => undone::<LinkFile>(app, id, by).await,
        Kind::Checkups => undone::<RecordFile<CheckupFile>>(app, id, by).await,
        Kind::Expenses => undone::<RecordFile<ExpenseFile>>(app, id, by).await,
        Kind::Pension => undone::<RecordFile<PensionFile>>(app, id, by).await,
    }
}

/// Lets nothing come of a waiting file.
///
/// # Errors
/// As [`apply`].
pub async fn discard(app: &App, id: ImportId) -> Result<(), NotDone> {
    match kind(app, id).await? {
        Kind::Coverage => discarded::<CoverageFile>(app, id).await,
        Kind::Eligibility => discarded::<EligibilityFile>(app, id).await,
        Kind::Links => discarded::<LinkFile>(app, id).await,
        Kind::Checkups => discarded::<RecordFile<CheckupFile>>(app, id).await,
        Kind::Expenses => discarded::<RecordFile<ExpenseFile>>(app, id).await,
        Kind::Pension => discarded::<RecordFile<PensionFile>>(app, id).await,
    }
}

async fn kind(app: &App, id: ImportId) -> Result<Kind, NotDone> {
    Ok(super::find(app, id).await?.ok_or(NotDone::NotThere(id))?.kind)
}

async fn applied<S: Source>(app: &App, id: ImportId, by: &str) -> Result<Import, NotDone> {
    let now = app.clock.now();
    let _findable = app.index.more_after();
    let import = transaction!(app.db.for_long_work(), |tx| -> NotDone {
        let import = pending(store::import::find(tx, id).await?, id)?;
        if !import.drift.is_empty() && import.previewed.by == by {
            return Err(NotDone::SecondPerson(id));
        }
        if store::import::in_force(tx, S::KIND).await?.map(|base| base.id) != import.base {
            return Err(NotDone::Stale(id));
        }
        S::forget_former(tx).await?;
        if !S::apply(tx, id, now).await? {
            return Err(NotDone::Stale(id));
        }
        S::forget(tx, id).await?;
        store::import::apply(tx, &import, by, now).await?;
        import
    })?;
    tracing::info!(
        import = id.0,
        kind = S::KIND.as_str(),
        rows = import.figures.rows,
        added = import.added,
        changed = import.changed,
        removed = import.removed,
        "a file was taken"
    );
    Ok(import)
}

async fn undone<S: Source>(app: &App, id: ImportId, by: &str) -> Result<Import, NotDone> {
    let now = app.clock.now();
    let _findable = app.index.more_after();
    let import = transaction!(app.db.for_long_work(), |tx| -> NotDone {
        let import = store::import::find(tx, id).await?;
        let newest = |import: &Import| import.state == State::Applied && import.can_be_undone;
        let import = import.filter(newest).ok_or(NotDone::NotThere(id))?;
        S::undo(tx, id).await?;
        S::forget_former(tx).await?;
        store::import::undo(tx, id, by, now).await?;
        import
    })?;
    tracing::warn!(import = id.0, kind = S::KIND.as_str(), "a file was taken back");
    Ok(import)
}

async fn discarded<S: Source>(app: &App, id: ImportId) -> Result<(), NotDone> {
    let import = transaction!(app.db.for_long_work(), |tx| -> NotDone {
        let import = pending(store::import::find(tx, id).await?, id)?;
        S::forget(tx, id).await?;
        store::import::discard(tx, id).await?;
        import
    })?;
    Ok(raw_file::forget_unless_kept(app, &import.sha256).await?)
}

fn pending(import: Option<Import>, id: ImportId) -> Result<Import, NotDone> {
    import.filter(|import| import.state == State::Pending).ok_or(NotDone::NotThere(id))
}
