//! What is answered to a verified question: a rule of its own, without a database.

use health::{coverage_xml, eligibility};
use idwsf::Fault;
use idwsf::dst::{Code, Query, QueryItem, ServiceType, Status};
use jiff::civil::Date;

use crate::access_log::{ANSWERED, DENIED, NOT_GRANTED, NOTHING};
use crate::policy::{Asker, Category, Reach, Rule, Verdict};

/// What comes of each item, in the order of the question; or, where the question is none, the code that says so.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Items(Vec<Item>),
    Unanswerable(Code),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    category: Option<Category>,
    /// The date that it is about, where it names one.
    on: Option<Date>,
    verdict: Result<Category, Code>,
    /// What the log says, where that is more than the answer does.
    logged: Option<&'static str>,
}

/// Decides on every item by itself: a refused one does not spoil the others.
///
/// The policy comes before the person: who may not ask does not learn whether we know the person.
pub(super) fn decide(
    service: ServiceType,
    rules: &[Rule],
    (asker, reach): (&Asker, &Reach),
    query: &Result<Query, Status>,
    today: Date,
) -> Result<Decision, Fault> {
    let query = match query {
        Ok(query) => query,
        Err(status) => {
            let code = status.reasons.first().map_or(Code::UNEXPECTED_ERROR, |reason| reason.code.clone());
            return Ok(Decision::Unanswerable(code));
        }
    };
    let item = |item: &QueryItem| {
        let (category, on) = (Category::of(service, &item.select), coverage_xml::asked_on(&item.select).1);
        // A service does not learn what is not for it, be that by the person's word, a rule of ours, or for want of any record.
        let hidden = |logged| Item { category, on, verdict: Err(Code::DOES_NOT_EXIST), logged: Some(logged) };
        let verdict = match category.map(|category| (category, crate::policy::decide(rules, asker, category))) {
            None => Err(Code::INVALID_SELECT),
            Some((category, _)) if !reach.has(category) => return Ok(hidden(NOT_GRANTED)),
            Some((_, Verdict::TooWeak)) => return Err(Fault::Credentials),
            Some((_, Verdict::Denied)) if asker.is_service() => return Ok(hidden(DENIED)),
            Some((_, Verdict::Denied)) => Err(Code::ACTION_NOT_AUTHORIZED),
            Some((Category::Coverage | Category::Eligibility | Category::Contact, Verdict::Allowed))
                if item.changed_since.is_some() =>
            {
                Err(Code::CHANGE_HISTORY_NOT_SUPPORTED)
            }
            Some((_, Verdict::Allowed)) if on.is_some_and(|on| !eligibility::dates(today).contains(&on)) => {
                Err(Code::INVALID_DATA)
            }
            Some((category, Verdict::Allowed)) => Ok(category),
        };
        Ok(Item { category, on, verdict, logged: None })
    };
    Ok(Decision::Items(query.items.iter().map(item).collect::<Result<_, Fault>>()?))
}

impl Decision {
    /// What has to be read.
    pub(super) fn wanted(&self) -> Vec<Category> {
        self.verdicts().into_iter().flatten().collect()
    }

    /// Answers that there is nothing where nothing is known.
    pub(super) fn settle(&mut self, known: impl Fn(Category) -> bool) {
        if let Decision::Items(items) = self {
            for item in items {
                if item.verdict.as_ref().is_ok_and(|category| !known(*category)) {
                    item.verdict = Err(Code::DOES_NOT_EXIST);
                }
            }
        }
    }

    /// What comes of each item.
    pub(super) fn verdicts(&self) -> Vec<Result<Category, Code>> {
        match self {
            Decision::Items(items) => items.iter().map(|item| item.verdict.clone()).collect(),
            Decision::Unanswerable(_) => Vec::new(),
        }
    }

    /// Category and outcome of each item, for the log.
    pub(super) fn lines(&self) -> Vec<(String, String)> {
        match self {
            Decision::Items(items) => items.iter().map(Item::line).collect(),
            Decision::Unanswerable(code) => vec![(String::new(), code.as_str().to_owned())],
        }
    }
}

impl Item {
    fn line(&self) -> (String, String) {
        let outcome = match &self.verdict {
            Err(_) if self.logged.is_some() => self.logged.unwrap_or_default(),
            Ok(_) => ANSWERED,
            Err(code) if *code == Code::DOES_NOT_EXIST => NOTHING,
            Err(code) => code.as_str(),
        };
        let category = self.category.map_or("", Category::as_str);
        let category = self.on.map_or_else(|| category.to_owned(), |on| format!("{category}:{on}"));
        (category, outcome.to_owned())
    }
}
