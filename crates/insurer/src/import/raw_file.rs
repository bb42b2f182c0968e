//! The file as it came, sealed, so that the insurer can show what the node was given.
//!
//! It goes to the disk piece by piece while it arrives, and is read from there: no file has to fit into memory. Its key is in
//! memory alone until the file is kept, so that nothing can be read of one that is refused, not even after a crash.
//!
//! On the disk: a mark, pieces of 64 KiB each sealed with its place, a sealed end with length and SHA-256, and the key, wrapped.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use db::transaction;
use jiff::{SignedDuration, Timestamp};
use keys::DataKey;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::app::DATA_KEY;
use crate::{App, Error, store};

/// A file that is arriving.
pub struct Arriving {
    folder: PathBuf,
    part: Part,
    file: File,
    key: DataKey,
    wrapped: Vec<u8>,
    piece: Zeroizing<Vec<u8>>,
    pieces: u64,
    length: u64,
    sha256: Sha256,
}

impl Arriving {
    /// Begins a file in the folder for raw files.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be made, [`Error::Keys`] when the key store fails.
    pub fn begin(app: &App) -> Result<Arriving, Error> {
        let folder = app.raw_files.clone();
        let path = folder.join(format!("{}{PART}", hex::encode(app.random.bytes::<16>())));
        let (key, wrapped) = app.keys.new_data_key(DATA_KEY, KEY_AAD)?;
        let made = fs::create_dir_all(&folder).and_then(|()| File::create_new(&path));
        let mut file = made.map_err(|source| Error::File { path: path.clone(), source })?;
        let part = Part(path);
        file.write_all(MARK).map_err(|source| part.failed(source))?;
        let piece = Zeroizing::new(Vec::with_capacity(PIECE));
        Ok(Arriving { folder, part, file, key, wrapped, piece, pieces: 0, length: 0, sha256: Sha256::new() })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Error::File`] when the disk is full or fails.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        self.sha256.update(bytes);
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE {
                self.seal_piece()?;
            }
        }
        Ok(())
    }

    /// The file has come to its end.
    ///
    /// # Errors
    /// As [`Arriving::write`].
    pub fn end(mut self) -> Result<RawFile, Error> {
        if !self.piece.is_empty() {
            self.seal_piece()?;
        }
        let sha256: [u8; 32] = self.sha256.finalize().into();
        let (folder, part, key, length) = (self.folder, self.part, Arc::new(self.key), self.length);
        Ok(RawFile { folder, part, key, wrapped: self.wrapped, length, sha256 })
    }

    fn seal_piece(&mut self) -> Result<(), Error> {
        let sealed = self.key.seal(&piece_aad(self.pieces), &self.piece).ok_or(Error::Record)?;
        self.file.write_all(&sealed).map_err(|source| self.part.failed(source))?;
        self.pieces += 1;
        self.piece.clear();
        Ok(())
    }
}

/// A file that has arrived. It is gone with this value unless it is kept.
pub struct RawFile {
    folder: PathBuf,
    part: Part,
    key: Arc<DataKey>,
    wrapped: Vec<u8>,
    length: u64,
    pub(super) sha256: [u8; 32],
}

impl RawFile {
    /// Begins to read it.
    pub(super) fn open(&self) -> Result<Pieces, Error> {
        let file = File::open(&self.part.0).map_err(|source| self.part.failed(source))?;
        let held = Zeroizing::new(Vec::new());
        Ok(Pieces { file, key: Arc::clone(&self.key), length: self.length, position: 0, held, held_piece: None })
    }

    /// Reads all of it, or as much as tells that it is more than this.
    pub(super) fn whole(&self, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = self.open()?.take(bytes_max as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|source| self.part.failed(source))?;
        Ok(bytes)
    }

    /// Keeps it under its digest, with its key wrapped. Keeping the same bytes twice is no harm.
    pub(super) fn keep(&self) -> Result<(), Error> {
        let end = [self.length.to_be_bytes().as_slice(), &self.sha256].concat();
        let end = self.key.seal(END_AAD, &end).ok_or(Error::Record)?;
        let kept = || -> io::Result<()> {
            let mut file = File::options().append(true).open(&self.part.0)?;
            file.write_all(&end)?;
            file.write_all(&self.wrapped)?;
            file.sync_all()?;
            fs::rename(&self.part.0, at(&self.folder, &hex::encode(self.sha256)))?;
            File::open(&self.folder)?.sync_all()
        };
        kept().map_err(|source| self.part.failed(source))
    }
}

/// A file on the disk that is not kept yet.
struct Part(PathBuf);

impl Part {
    fn failed(&self, source: io::Error) -> Error {
        Error::File { path: self.0.clone(), source }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Once it is kept there is nothing of this name; what stays behind after a failure nobody can read.
        let _gone = fs::remove_file(&self.0);
    }
}

/// Reads a file that has arrived, from any place on, one piece in memory.
pub(super) struct Pieces {
    file: File,
    key: Arc<DataKey>,
    length: u64,
    position: u64,
    held: Zeroizing<Vec<u8>>,
    held_piece: Option<u64>,
}

impl Pieces {
    fn hold(&mut self, piece: u64) -> io::Result<()> {
        if self.held_piece == Some(piece) {
            return Ok(());
        }
        let whole = PIECE as u64;
        let plain = whole.min(self.length.saturating_sub(piece * whole));
        self.file.seek(SeekFrom::Start(MARK.len() as u64 + piece * (whole + SEALED_BY)))?;
        let mut sealed = Vec::new();
        Read::by_ref(&mut self.file).take(plain + SEALED_BY).read_to_end(&mut sealed)?;
        let opened = self.key.open(&piece_aad(piece), &sealed);
        self.held = opened.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        self.held_piece = Some(piece);
        Ok(())
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let whole = PIECE as u64;
        self.hold(self.position / whole)?;
        let from = usize::try_from(self.position % whole).unwrap_or(usize::MAX);
        let read = self.held.get(from..).unwrap_or_default().read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Pieces {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
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

/// Removes what a crash left of files that were arriving. Nobody can read it, but it takes its room.
pub(crate) fn forget_parts(folder: &Path, now: Timestamp) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_part = entry.file_name().to_string_lossy().ends_with(PART);
        let made = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        let made = made.and_then(|made| Timestamp::try_from(made).ok());
        if is_part && made.is_some_and(|made| now.duration_since(made) > ARRIVES_WITHIN) {
            let _gone = fs::remove_file(entry.path());
        }
    }
}

fn at(folder: &Path, sha256: &str) -> PathBuf {
    folder.join(format!("{sha256}.sealed"))
}

/// A piece opens at its own place alone.
fn piece_aad(piece: u64) -> Vec<u8> {
    [b"raw file piece\0".as_slice(), &piece.to_be_bytes()].concat()
}

const MARK: &[u8] = b"SSC raw file 2\n";
const KEY_AAD: &[u8] = b"raw file key";
const END_AAD: &[u8] = b"raw file end";
const PART: &str = ".part";
/// Plain bytes of a piece.
const PIECE: usize = 64 << 10;
/// What sealing adds to a piece: version, nonce and tag.
const SEALED_BY: u64 = 1 + 12 + 16;
/// Longer than any file takes.
const ARRIVES_WITHIN: SignedDuration = SignedDuration::from_hours(24);
