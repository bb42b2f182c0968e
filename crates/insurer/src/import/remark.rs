//! What is said about a file, in Japanese and English.

use health::report::{Problem, Report};
use keys::Keys;
use serde::{Deserialize, Serialize};

use super::{Import, ImportId, LinkReport, NotDone};
use crate::Error;
use crate::app::DATA_KEY;

/// One thing that is wrong or worth knowing: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The stable code, explained in the operator's guide.
    pub code: String,
    /// In Japanese, for the insurer's clerk.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl From<&Problem> for Remark {
    fn from(problem: &Problem) -> Remark {
        let said = problem.wording();
        Remark { code: problem.code.as_str().to_owned(), ja: said.ja, en: said.en }
    }
}

/// Why a file was not taken. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Rows are wrong; the report says which.
    #[error(transparent)]
    File(#[from] Report),
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
    /// Somebody brought another file of the kind while this one was read.
    #[error("another file of this kind came meanwhile")]
    Overtaken,
    /// The file is sound and waits: it differs so much from the one before that a second person must approve it.
    #[error("import {} differs so much from the one before that a second person must approve it", .0.id)]
    SecondPerson(Box<Import>),
    /// Something that the comparison rests on has changed.
    #[error(transparent)]
    NotDone(NotDone),
    /// The node failed.
    #[error(transparent)]
    Node(#[from] Error),
}

impl Refused {
    /// Everything that is wrong, and how many in all: a long list is cut.
    pub fn remarks(&self) -> (Vec<Remark>, usize) {
        match self {
            Refused::File(report) => (report.problems().iter().map(Remark::from).collect(), report.total()),
            Refused::Links(report) => (report.remarks(), report.total),
            Refused::OtherInsurer { rows, first_row, found } => {
                let ja = format!(
                    "ほかの保険者の行が{rows}行あります（最初は見出しの下の{first_row}行目、保険者番号 {found}）。\
                     この保険者の行だけにしてください"
                );
                (vec![Remark { code: "CSV-19".to_owned(), ja, en: self.to_string() }], *rows)
            }
            Refused::Overtaken | Refused::SecondPerson(_) | Refused::NotDone(_) | Refused::Node(_) => (Vec::new(), 0),
        }
    }
}

impl From<NotDone> for Refused {
    fn from(error: NotDone) -> Refused {
        match error {
            NotDone::Node(error) => Refused::Node(error),
            other => Refused::NotDone(other),
        }
    }
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

/// Remarks quote cells: they are sealed like the file.
pub(super) fn seal(keys: &Keys, id: ImportId, remarks: &[Remark]) -> Result<Vec<u8>, Error> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(remarks).map_err(|_| Error::Record)?);
    Ok(keys.seal(DATA_KEY, &aad(id), &plain)?)
}

pub(super) fn open(keys: &Keys, id: ImportId, sealed: &[u8]) -> Result<Vec<Remark>, Error> {
    let plain = keys.open_sealed(DATA_KEY, &aad(id), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| Error::Record)
}

fn aad(id: ImportId) -> Vec<u8> {
    [b"import\0remarks\0".as_slice(), &id.0.to_be_bytes()].concat()
}
