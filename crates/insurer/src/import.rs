//! The insurer's files. A file is taken whole or not at all, and taking the same file again changes nothing.
//!
//! Each file is a full extract: what it holds is what the insurer knows, so that rows which are gone from it are
//! gone from the node.

mod coverage;
mod links;
mod raw_file;

use health::coverage_csv::{Problem, Report};

pub use coverage::coverage;
pub(crate) use coverage::open;
pub use links::{LinkProblem, LinkReport, links};

/// What became of a file that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The very bytes were the last that were taken: nothing was changed.
    pub same_file: bool,
    /// Rows in the file.
    pub rows: usize,
    /// Rows that are new.
    pub added: usize,
    /// Rows that are known and have changed.
    pub changed: usize,
    /// Rows that were known and are gone from the file.
    pub removed: usize,
    /// SHA-256 of the file, in hexadecimal: the name under which it is kept.
    pub sha256: String,
    /// What the insurer may want to know although the file was taken.
    pub warnings: Vec<Problem>,
}

/// Why a file was not taken. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Rows are wrong; the report says which.
    #[error(transparent)]
    Coverage(#[from] Report),
    /// Rows of the link file are wrong; the report says which.
    #[error(transparent)]
    Links(#[from] LinkReport),
    /// The file has rows of another insurer.
    #[error("{rows} rows are of another insurer, the first is row {first_row} below the header: {found}")]
    OtherInsurer {
        /// How many.
        rows: usize,
        /// Which is the first, from 1, not counting the header and empty lines.
        first_row: usize,
        /// The insurer it names.
        found: health::InsurerNumber,
    },
    /// The node failed.
    #[error(transparent)]
    Node(#[from] crate::Error),
}

impl From<db::Error> for Refused {
    fn from(error: db::Error) -> Refused {
        Refused::Node(error.into())
    }
}

impl From<keys::Error> for Refused {
    fn from(error: keys::Error) -> Refused {
        Refused::Node(error.into())
    }
}
