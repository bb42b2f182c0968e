//! The message exchange: discover, mint, sign, post, verify, and hold until there is a receipt.

pub mod breaker;
pub mod call;
pub mod contact;
pub mod fetch;
pub mod grant;
pub mod held;
pub mod insurers;
pub mod link;

pub use fetch::{fetch, fetch_own};

use std::sync::Arc;

use health::Coverage;
use jiff::Timestamp;

use crate::{
    attribute::Attributes,
    audit::{Receipt, Visit},
    purpose::Category,
};
use insurers::Insurer;

/// What the institutions answered, closed until the visit is in the log.
pub struct Undisclosed<T = Coverage> {
    visit: Visit,
    answers: Vec<Answer<T>>,
    failures: Vec<Failed>,
}

impl<T> Undisclosed<T> {
    /// What the log has to say of it.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }

    /// Opens it. A [`Receipt`] is only given for a visit that is in the log.
    pub(crate) fn open(self, _: &Receipt) -> Disclosed<T> {
        Disclosed { answers: self.answers, failures: self.failures }
    }
}

impl Undisclosed {
    /// Looks for what could be handed over. Names alone come out; the values stay closed.
    pub(crate) fn pick(&self, pick: impl FnOnce(&[Answer]) -> Option<Picked>) -> Option<Picked> {
        pick(&self.answers)
    }

    /// Narrows the visit to what is handed over: of the answers, the log then names the one it comes from, and says of the
    /// others that nothing of them was.
    #[must_use]
    pub(crate) fn handing_over(mut self, picked: Option<&Picked>) -> Self {
        if let Some(picked) = picked {
            self.visit.category = Category::Release(picked.attributes);
        }
        let source = picked.map(|picked| picked.source.as_str());
        for asked in self.visit.sources.iter_mut().filter(|asked| asked.outcome == SHOWN) {
            if source != Some(&asked.source) {
                asked.outcome = KEPT;
            }
        }
        self
    }
}

/// What may be handed over of an answer, by name.
pub(crate) struct Picked {
    /// The entity id of the institution that it comes from.
    pub source: String,
    /// Which attributes have a value.
    pub attributes: Attributes,
}

/// The outcome of a question whose answer was shown or handed over.
pub(crate) const SHOWN: &str = "shown";

/// The outcome of a question whose answer was not: nothing of it was needed, or the person did not go on.
pub(crate) const KEPT: &str = "kept";

/// What the institutions answered, free to be shown.
pub struct Disclosed<T = Coverage> {
    /// One for each institution that answered.
    pub answers: Vec<Answer<T>>,
    /// One for each that did not.
    pub failures: Vec<Failed>,
}

impl Disclosed {
    /// The periods of all answers together.
    pub(crate) fn periods(&self) -> Vec<Coverage> {
        self.answers.iter().flat_map(|answer| answer.records.iter().cloned()).collect()
    }
}

/// The verified answer of one institution.
pub struct Answer<T = Coverage> {
    /// Who answered.
    pub source: Arc<Insurer>,
    /// When its data was read, as it says itself.
    pub as_of: Timestamp,
    /// What it holds: coverage periods, where nothing else was asked for.
    pub records: Vec<T>,
}

/// An institution that gave no answer that can be used.
pub struct Failed {
    /// Who, as far as the configuration knows.
    pub source: Option<Arc<Insurer>>,
    /// Its entity id.
    pub entity: String,
    /// Why.
    pub reason: Reason,
}

/// Why an answer cannot be used, by what the person should do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No connection.
    Down,
    /// No answer in time.
    Slow,
    /// The answer does not verify, is too large, or is not about what was asked.
    Untrusted,
    /// The institution refused the question.
    Refused,
    /// It has not been reached lately, and is left alone for a moment: it was not asked.
    Resting,
    /// The resident is linked to it, but the configuration does not know it: it was not asked.
    Unknown,
}

impl Reason {
    /// The stable code in the log, explained in the operator's guide.
    pub fn code(self) -> &'static str {
        match self {
            Self::Down => "EXCHANGE-01",
            Self::Slow => "EXCHANGE-02",
            Self::Untrusted => "EXCHANGE-03",
            Self::Refused => "EXCHANGE-04",
            Self::Unknown => "EXCHANGE-06",
            Self::Resting => "EXCHANGE-07",
        }
    }
}
