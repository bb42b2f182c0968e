//! The file: only its owner reads it, and it is never half written.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::Error;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
        _ => Error::Io { path: path.to_owned(), source },
    };
    let file = File::open(path).map_err(failed)?;
    // Of the open file, so that it cannot be exchanged in between.
    let metadata = file.metadata().map_err(failed)?;
    if metadata.permissions().mode() & OTHERS != 0 {
        return Err(Error::Readable { path: path.to_owned() });
    }
    // Of the whole size at once, so that growing leaves no copy of a secret behind.
    let size = usize::try_from(metadata.len().min(SIZE_BYTES_MAX)).unwrap_or_default();
    let mut content = Vec::with_capacity(size + 1);
    file.take(SIZE_BYTES_MAX + 1).read_to_end(&mut content).map_err(failed)?;
    if u64::try_from(content.len()).is_ok_and(|length| length <= SIZE_BYTES_MAX) {
        Ok(content)
    } else {
        Err(Error::Malformed { path: path.to_owned() })
    }
}

pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    let new = path.with_extension("new");
    replace(path, &new, content).map_err(|source| Error::Io { path: path.to_owned(), source })
}

fn replace(path: &Path, new: &Path, content: &[u8]) -> Result<(), std::io::Error> {
    // What a crash left there is of no use, and its mode is not known.
    match fs::remove_file(new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER).open(new)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(new, path)?;
    match path.parent() {
        // The name, too, must be on the disk.
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

const OWNER: u32 = 0o600;
const OTHERS: u32 = 0o077;
const SIZE_BYTES_MAX: u64 = 1 << 20;
