//! What is answered to a verified request: a rule of its own, without a database.

use idwsf::Fault;
use idwsf::dst::{Code, ServiceType};
use idwsf::message::VerifiedRequest;

use crate::access_log::{ANSWERED, NOTHING};
use crate::policy::{Category, Rule, Verdict};

/// What comes of each item, in the order of the question; or, where the question is none, the code that says so.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Items(Vec<Item>),
    Unanswerable(Code),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    category: Option<Category>,
    verdict: Result<Category, Code>,
}

/// Decides on every item by itself: a refused one does not spoil the others.
///
/// The policy comes before the person: who may not ask does not learn whether we know the person.
pub(super) fn decide(
    service: ServiceType,
    rules: &[Rule],
    request: &VerifiedRequest,
    known: bool,
) -> Result<Decision, Fault> {
    let query = match &request.query {
        Ok(query) => query,
        Err(status) => {
            let code = status.reasons.first().map_or(Code::UNEXPECTED_ERROR, |reason| reason.code.clone());
            return Ok(Decision::Unanswerable(code));
        }
    };
    let mut items = Vec::with_capacity(query.items.len());
    for item in &query.items {
        let verdict = match Category::of(service, item) {
            Err(code) => Err(code),
            Ok(category) => match crate::policy::decide(rules, request, category) {
                Verdict::TooWeak => return Err(Fault::Credentials),
                Verdict::Denied => Err(Code::ACTION_NOT_AUTHORIZED),
                Verdict::Allowed if item.changed_since.is_some() => Err(Code::CHANGE_HISTORY_NOT_SUPPORTED),
                Verdict::Allowed if !known => Err(Code::DOES_NOT_EXIST),
                Verdict::Allowed => Ok(category),
            },
        };
        items.push(Item { category: Category::of(service, item).ok(), verdict });
    }
    Ok(Decision::Items(items))
}

impl Decision {
    /// Whether anything is disclosed at all.
    pub(super) fn discloses(&self) -> bool {
        self.verdicts().iter().any(Result::is_ok)
    }

    /// What comes of each item.
    pub(super) fn verdicts(&self) -> Vec<Result<Category, Code>> {
        match self {
            Decision::Items(items) => items.iter().map(|item| item.verdict.clone()).collect(),
            Decision::Unanswerable(_) => Vec::new(),
        }
    }

    /// Category and outcome of each item, for the log.
    pub(super) fn lines(&self) -> Vec<(&str, &str)> {
        match self {
            Decision::Items(items) => items.iter().map(Item::line).collect(),
            Decision::Unanswerable(code) => vec![("", code.as_str())],
        }
    }
}

impl Item {
    fn line(&self) -> (&str, &str) {
        let outcome = match &self.verdict {
            Ok(_) => ANSWERED,
            Err(code) if *code == Code::DOES_NOT_EXIST => NOTHING,
            Err(code) => code.as_str(),
        };
        (self.category.map_or("", Category::as_str), outcome)
    }
}
