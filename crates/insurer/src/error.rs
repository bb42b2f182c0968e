//! What can go wrong before the node answers.

use std::path::PathBuf;

/// A failure to start, to import, or to reach what the node needs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is not TOML of this shape.
    #[error("configuration {}: {what}", path.display())]
    Config {
        /// The configuration's file.
        path: PathBuf,
        /// Where, and why.
        what: String,
    },
    /// A value of the configuration is not what it should name.
    #[error("{name} cannot be {value}")]
    Value {
        /// Which value.
        name: &'static str,
        /// What it is.
        value: String,
    },
    /// A file could not be read or written.
    #[error("could not reach {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A certificate or key in a file cannot be used.
    #[error("{} holds no usable certificate or key", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
    },
    /// The TLS library refuses the certificates together.
    #[error("could not set up TLS")]
    Tls(#[source] rustls::Error),
    /// The address is taken or not ours.
    #[error("could not listen on {address}")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] db::Error),
    /// The key store failed.
    #[error("the key store failed")]
    Keys(#[from] keys::Error),
    /// The seal on the access log's end is not ours: the log was changed. Nothing is answered until somebody has looked.
    #[error("the end of the access log is not as it was sealed")]
    LogEnd,
    /// A sealed record does not open: the database was changed, or belongs to another key store.
    #[error("a sealed record does not open with this key store")]
    Record,
}
