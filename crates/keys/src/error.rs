//! What can go wrong. An error names the key or the file, and never shows content.

use std::path::PathBuf;

/// A failure of the key store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no key store at this path.
    #[error("there is no key store at {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A new store would overwrite this one.
    #[error("there is a key store at {} already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another process has changed the file since it was opened: its keys would be lost.
    #[error("{} was changed by another process: open it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Group or others may read or write the file, so that the keys may be known already.
    #[error("others than its owner can reach {}: set its mode to 0600", path.display())]
    Readable {
        /// The file.
        path: PathBuf,
    },
    /// The seal does not open the file: another passphrase or credential, or a changed file.
    #[error("the seal does not open {}: it is another one, or the file was changed", path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a key store that this version knows.
    #[error("{} is not a key store of this version", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The credential that seals the store cannot be read, or is shorter than 32 bytes.
    #[error("could not read a credential of 32 bytes or more from {}", path.display())]
    Credential {
        /// The credential's file.
        path: PathBuf,
    },
    /// The passphrase's file holds no passphrase: it is not text, or is too short.
    #[error("{} must hold a passphrase of 16 characters or more, in UTF-8", path.display())]
    Passphrase {
        /// The passphrase's file.
        path: PathBuf,
    },
    /// The file could not be read or written.
    #[error("could not reach {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The name of a key has other characters than lower-case letters, digits and hyphens.
    #[error("a key's name is made of lower-case letters, digits and hyphens")]
    Name,
    /// The store has no such key.
    #[error("the key store has no key {name}")]
    NoKey {
        /// The key's name.
        name: String,
    },
    /// The key is for something else.
    #[error("key {name} is of another kind")]
    Kind {
        /// The key's name.
        name: String,
    },
    /// The operation failed: what was to be opened was not made with this key, or was changed.
    #[error("key {name} did not do this")]
    Failed {
        /// The key's name.
        name: String,
    },
}
