//! The file as it came, sealed, so that the insurer can show what the node was given.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use db::transaction;
use keys::Keys;

use crate::app::DATA_KEY;
use crate::{App, Error, store};

/// Keeps the bytes under their digest. Keeping them twice is no harm.
pub(super) fn keep(folder: &Path, keys: &Keys, sha256: &str, bytes: &[u8]) -> Result<(), Error> {
    let sealed = keys.seal(DATA_KEY, format!("raw file {sha256}").as_bytes(), bytes)?;
    let path = at(folder, sha256);
    write(folder, &path, &sealed).map_err(|source| Error::File { path, source })
}

/// Removes the file of which nothing came, unless the same bytes were taken another time.
pub(super) async fn forget_unless_kept(app: &App, sha256: &[u8; 32]) -> Result<(), Error> {
    if transaction!(app.db, |tx| -> Error { store::import::keeps(tx, sha256).await? })? {
        return Ok(());
    }
    let path = at(&app.raw_files, &hex::encode(sha256));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::File { path, source: error }),
        _ => Ok(()),
    }
}

fn at(folder: &Path, sha256: &str) -> PathBuf {
    folder.join(format!("{sha256}.sealed"))
}

fn write(folder: &Path, path: &Path, sealed: &[u8]) -> Result<(), io::Error> {
    fs::create_dir_all(folder)?;
    let new = path.with_extension("new");
    let mut file = fs::File::create(&new)?;
    file.write_all(sealed)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    fs::File::open(folder)?.sync_all()
}
