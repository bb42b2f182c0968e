//! The file: only its owner reads it, it is never half written, and nobody's change is lost.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256_OUTPUT_LEN};

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

/// What a file held when it was read or written last, to tell whether another process has changed it since.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen([u8; SHA256_OUTPUT_LEN]);

impl Seen {
    pub(crate) fn of(content: &[u8]) -> Seen {
        let mut digest = [0; SHA256_OUTPUT_LEN];
        digest.iter_mut().zip(digest::digest(&digest::SHA256, content).as_ref()).for_each(|(byte, made)| *byte = *made);
        Seen(digest)
    }
}

/// Replaces the file if it is as it was `seen`; `None` makes it. What is there then is `seen`, even if it is not sure to outlast a
/// crash, which is an error.
pub(crate) fn write(path: &Path, content: &[u8], seen: &mut Option<Seen>) -> Result<(), Error> {
    let failed = |source| Error::Io { path: path.to_owned(), source };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder),
        _ => File::open("."),
    };
    let folder = folder.map_err(failed)?;
    // Until the folder is closed.
    lock(&folder).map_err(failed)?;
    match (read(path), *seen) {
        (Err(Error::Missing { .. }), None) => {}
        (_, None) => return Err(Error::Exists { path: path.to_owned() }),
        (Ok(there), Some(seen)) if Seen::of(&there) == seen => {}
        (Ok(_) | Err(Error::Missing { .. }), Some(_)) => return Err(Error::Changed { path: path.to_owned() }),
        (Err(error), Some(_)) => return Err(error),
    }
    replace(path, content).map_err(failed)?;
    *seen = Some(Seen::of(content));
    // The name, too, must be on the disk.
    folder.sync_all().map_err(failed)
}

/// Others hold the lock for as long as a small file takes to write. Whoever holds it longer is stuck, and waiting helps nobody.
fn lock(folder: &File) -> Result<(), std::io::Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        match folder.try_lock() {
            Err(TryLockError::WouldBlock) if tries < LOCK_TRIES_MAX => thread::sleep(LOCK_WAIT),
            tried => return Ok(tried?),
        }
    }
}

fn replace(path: &Path, content: &[u8]) -> Result<(), std::io::Error> {
    let new = path.with_extension("new");
    // What a crash left there is of no use, and its mode is not known.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER).open(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

const OWNER: u32 = 0o600;
const OTHERS: u32 = 0o077;
const SIZE_BYTES_MAX: u64 = 1 << 20;
const LOCK_TRIES_MAX: u32 = 50;
const LOCK_WAIT: Duration = Duration::from_millis(20);
