//! The sites that may read cards without a PIN on this machine, remembered in a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use web::Random;

use crate::wire::Paired;

/// Largest state file that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Most pairings that are kept; the oldest gives way.
const PAIRINGS_MAX: usize = 64;

/// The pairings, and the file that keeps them.
pub(crate) struct Pairings {
    file: PathBuf,
    list: Mutex<Vec<Pairing>>,
}

/// One site that the person allowed. The token itself is not kept: a copy of the file opens nothing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pairing {
    origin: String,
    token_sha256: String,
    paired_at: Timestamp,
}

impl Pairings {
    /// Reads `file`; one that is not there holds no pairings.
    ///
    /// # Errors
    /// The file cannot be read, is larger than 1 MiB, or is not ours.
    pub(crate) fn load(file: &Path) -> io::Result<Self> {
        let list = match fs::metadata(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
            Ok(meta) if meta.len() > FILE_BYTES_MAX => {
                return Err(io::Error::other("the file of pairings is too large"));
            }
            Ok(_) => serde_json::from_slice(&fs::read(file)?)?,
        };
        Ok(Self { file: file.to_owned(), list: Mutex::new(list) })
    }

    /// Pairs `origin` and gives it its token.
    ///
    /// # Errors
    /// The file cannot be written; nothing is paired then.
    pub(crate) fn add(&self, origin: &str, random: &Random, now: Timestamp) -> io::Result<Paired> {
        let token = hex::encode(random.bytes::<32>());
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = list.len().saturating_sub(PAIRINGS_MAX - 1);
        let mut longer: Vec<_> = list.iter().skip(kept).cloned().collect();
        longer.push(Pairing { origin: origin.to_owned(), token_sha256: fingerprint(&token), paired_at: now });
        write_private(&self.file, &serde_json::to_vec_pretty(&longer)?)?;
        *list = longer;
        Ok(Paired { token })
    }

    /// Whether `token` was given to `origin`.
    pub(crate) fn hold(&self, origin: &str, token: &str) -> bool {
        let asked = fingerprint(token);
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().any(|pairing| {
            pairing.origin == origin && bool::from(pairing.token_sha256.as_bytes().ct_eq(asked.as_bytes()))
        })
    }
}

fn fingerprint(token: &str) -> String {
    hex::encode(digest(&SHA256, token.as_bytes()))
}

/// Replaces `file` at once, so that a crash leaves either the old or the new content.
fn write_private(file: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(&fresh)?;
    io::Write::write_all(&mut opened, content)?;
    opened.sync_all()?;
    fs::rename(&fresh, file)
}
