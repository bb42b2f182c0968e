//! The file as it came, sealed, so that the insurer can show what the node was given.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use keys::Keys;

use crate::Error;
use crate::app::DATA_KEY;

/// Keeps the bytes under their digest. Keeping them twice is no harm.
pub(super) fn keep(folder: &Path, keys: &Keys, sha256: &str, bytes: &[u8]) -> Result<(), Error> {
    let sealed = keys.seal(DATA_KEY, format!("raw file {sha256}").as_bytes(), bytes)?;
    let path = folder.join(format!("{sha256}.sealed"));
    write(folder, &path, &sealed).map_err(|source| Error::File { path, source })
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
