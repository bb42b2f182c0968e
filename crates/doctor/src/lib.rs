//! What an operator is told is wrong, and what to do about it.
//!
//! A place examines itself and its peers and makes a [`Finding`] of everything that it has looked at. What every place looks
//! at is here: a peer's [`door`], the end of a [`certificate`], the space in a [`folder`]. No finding holds a personal value
//! or a secret.

pub mod certificate;
pub mod door;
pub mod folder;
mod problem;
mod wording;

pub use problem::{Problem, State};
pub use wording::Advice;

use serde::Serialize;
use web::Lang;

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In what respect.
    pub check: Check,
    /// What it is about: an institution, a file, a key.
    pub about: Name,
    /// What is wrong, if anything.
    pub problem: Option<Problem>,
}

/// What a finding is about, by its name in each language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// 日本語.
    pub ja: String,
    /// English.
    pub en: String,
}

/// In what respect something was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The file of settings, and those that it names.
    Configuration,
    /// Name, port and TLS.
    Connection,
    /// When a certificate ends.
    Certificate,
    /// How far two clocks differ.
    Clock,
    /// A signed question and its signed answer.
    Messages,
    /// The key store.
    Keys,
    /// The database.
    Database,
    /// The space for files.
    Space,
    /// The end of the access log.
    AccessLog,
    /// What has come in of late.
    Questions,
}

impl Finding {
    /// What was found, as [`Problem`], or that all is well.
    #[must_use]
    pub fn of(check: Check, about: Name, problem: Option<Problem>) -> Self {
        Self { check, about, problem }
    }

    /// How bad it is.
    #[must_use]
    pub fn state(&self) -> State {
        self.problem.as_ref().map_or(State::Ok, Problem::state)
    }

    /// The finding in the reader's language.
    #[must_use]
    pub fn said(&self, lang: Lang) -> Said {
        let advice = self.problem.as_ref().map(|problem| problem.advice(lang));
        Said {
            state: self.state(),
            check: self.check.said(lang),
            about: self.about.said(lang).to_owned(),
            code: self.problem.as_ref().map(Problem::code),
            advice,
        }
    }
}

impl Name {
    /// A name that is the same in every language, such as that of a file.
    #[must_use]
    pub fn same(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { ja: name.clone(), en: name }
    }

    fn said(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }
}

/// A finding in one language, for a page, a terminal, or as JSON for another program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// How bad it is.
    pub state: State,
    /// In what respect.
    pub check: &'static str,
    /// What it is about.
    pub about: String,
    /// The stable code of the problem, explained in the operator's guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What is wrong and what to do.
    #[serde(flatten)]
    pub advice: Option<Advice>,
}

/// The worst of all findings.
#[must_use]
pub fn worst(findings: &[Finding]) -> State {
    findings.iter().map(Finding::state).max().unwrap_or(State::Ok)
}
