//! Looking at a file: read it, compare it with what is held, and let it wait.

use std::sync::Arc;

use axum::body::Bytes;
use db::transaction;

use super::checkups::CheckupFile;
use super::coverage::CoverageFile;
use super::eligibility::EligibilityFile;
use super::expenses::ExpenseFile;
use super::links::LinkFile;
use super::pensions::PensionFile;
use super::raw_file::{Arriving, RawFile};
use super::record_file::RecordFile;
use super::roll::Roll;
use super::source::{Batches, Counts, Extent, Read, Reading, Source};
use super::{Figures, Import, ImportId, Kind, Refused, Remark, State, drift, raw_file, remark};
use crate::store::import::{Begun, Found};
use crate::{App, Error, store};

/// What was found.
#[derive(Debug)]
pub enum Looked {
    /// The very bytes are in force: there is nothing to change.
    Same(Import),
    /// The file waits to be applied.
    Pending {
        /// What it would change.
        import: Import,
        /// What the insurer may want to know.
        remarks: Vec<Remark>,
    },
}

/// Looks at a file. A file of the same kind that waits gives way to it.
///
/// # Errors
/// [`Refused`] says what is wrong with which row. Nothing of the file is kept then.
pub async fn preview(app: &App, kind: Kind, bytes: Bytes, by: &str) -> Result<Looked, Refused> {
    let mut arriving = Arriving::begin(app)?;
    let file = beside(move || arriving.write(&bytes).and_then(|()| arriving.end())).await??;
    preview_file(app, kind, file, by).await
}

/// The same with a file that has arrived already.
///
/// # Errors
/// As [`preview`].
pub async fn preview_file(app: &App, kind: Kind, file: RawFile, by: &str) -> Result<Looked, Refused> {
    let file = Arc::new(file);
    match kind {
        Kind::Coverage => looked::<CoverageFile>(app, file, by).await,
        Kind::Eligibility => looked::<EligibilityFile>(app, file, by).await,
        Kind::Links => looked::<LinkFile>(app, file, by).await,
        Kind::Checkups => looked::<RecordFile<CheckupFile>>(app, file, by).await,
        Kind::Expenses => looked::<RecordFile<ExpenseFile>>(app, file, by).await,
        Kind::Pension => looked::<RecordFile<PensionFile>>(app, file, by).await,
    }
}

async fn looked<S: Source>(app: &App, file: Arc<RawFile>, by: &str) -> Result<Looked, Refused> {
    let reading = Reading {
        file: Arc::clone(&file),
        keys: Arc::clone(&app.keys),
        insurer: app.insurer,
        today: web::clock::japan_date(app.clock.now()),
        roll: if S::BY_PERSON { Roll::read(app).await? } else { Roll::default() },
    };
    let sha256 = file.sha256;
    let id = match begin::<S>(app, sha256, by).await? {
        (_, Some(base)) if base.sha256 == sha256 => return Ok(Looked::Same(base)),
        (id, _) => id,
    };
    // Of what another kind of file has changed, the figures say nothing.
    let before = store::import::newest(&app.db, S::KIND).await?;
    match compared::<S>(app, id, before.as_ref(), reading).await {
        Ok(remarks) => {
            let import = super::find(app, id).await?.ok_or(Refused::Overtaken)?;
            tracing::info!(import = id.0, kind = S::KIND.as_str(), rows = import.figures.rows, "a file waits");
            Ok(Looked::Pending { import, remarks })
        }
        Err(refused) => {
            transaction!(app.db.for_long_work(), |tx| -> Error {
                S::forget(tx, id).await?;
                store::import::forget(tx, id).await?;
            })?;
            Err(refused)
        }
    }
}

/// Opens a new import, unless the file is the one in force. Whatever of the kind was read or waits gives way.
async fn begin<S: Source>(app: &App, sha256: [u8; 32], by: &str) -> Result<(ImportId, Option<Import>), Refused> {
    let now = app.clock.now();
    let (id, base, gone) = transaction!(app.db.for_long_work(), |tx| -> Error {
        let base = store::import::in_force(tx, S::KIND).await?;
        if let Some(base) = base.as_ref().filter(|base| base.sha256 == sha256) {
            (base.id, Some(base.clone()), Vec::new())
        } else {
            let gone = store::import::open(tx, S::KIND).await?;
            for import in &gone {
                S::forget(tx, import.id).await?;
                match import.state {
                    State::Reading => store::import::forget(tx, import.id).await?,
                    _ => store::import::discard(tx, import.id).await?,
                }
            }
            let begun =
                Begun { kind: S::KIND, base: base.as_ref().map(|base| base.id), sha256, by: by.to_owned(), at: now };
            (store::import::begin(tx, &begun).await?, base, gone)
        }
    })?;
    for import in gone {
        raw_file::forget_unless_kept(app, &import.sha256).await?;
    }
    Ok((id, base))
}

/// Reads, compares, and lets the import wait.
async fn compared<S: Source>(
    app: &App,
    id: ImportId,
    base: Option<&Import>,
    reading: Reading,
) -> Result<Vec<Remark>, Refused> {
    let file = Arc::clone(&reading.file);
    let (mut batches, mut arriving) = Batches::new();
    let reader = tokio::task::spawn_blocking(move || {
        let read = S::read(&reading, &mut batches);
        if read.is_ok() {
            batches.finish();
        }
        read
    });
    let (mut source, mut counts) = (S::default(), Counts::default());
    while let Some(rows) = arriving.recv().await {
        counts.add(source.stage(app, id, rows).await?);
    }
    let Read { shares, remarks } = reader.await.map_err(|_| Error::Record)??;
    source.end()?;
    let figures = Figures { rows: counts.rows, shares };
    let drift = match (S::EXTENT, base) {
        (Extent::Whole, Some(base)) => drift::judge(&app.drift, &base.figures, &figures),
        (Extent::Whole, None) => Vec::new(),
        (Extent::Increment, base) => {
            drift::judge_increment(&app.drift, base.map(|base| &base.figures), &figures, counts.changed)
        }
    };
    beside(move || file.keep()).await??;
    let sealed = remark::seal(&app.keys, id, &remarks)?;
    let waits = transaction!(app.db, |tx| -> Error {
        let removed = match S::EXTENT {
            Extent::Whole => S::held(tx).await?.saturating_sub(counts.held),
            Extent::Increment => 0,
        };
        let found =
            Found { figures, added: counts.added, changed: counts.changed, removed, drift: &drift, remarks: &sealed };
        store::import::wait(tx, id, &found).await?
    })?;
    if waits { Ok(remarks) } else { Err(Refused::Overtaken) }
}

/// Runs work for the processor beside the tasks that wait for the network.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Record)
}
