//! The insurer's own rules: who may ask for what, and what for. What no rule allows is denied.

use idwsf::dst::ServiceType;
use idwsf::message::{Admitted, Asked, Headers, Purpose};
use idwsf::token::{Authn, AuthnClass};
use idwsf::{EntityId, Fault, Pseudonym};
use serde::Deserialize;

/// What can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// All periods of a person's coverage.
    Coverage,
    /// Whether and how the person is insured today.
    Eligibility,
    /// What was found at check-ups.
    CheckUp,
    /// What treatments cost.
    Expenses,
    /// Pensions: dummy data of a demonstration.
    Pension,
}

impl Category {
    /// The word in configuration and log.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Coverage => "coverage",
            Category::Eligibility => "eligibility",
            Category::CheckUp => "check-up",
            Category::Expenses => "expenses",
            Category::Pension => "pension",
        }
    }

    /// What a path is about, such as `/nhi:Insured/nhi:Coverage`; nothing where the service has no such path.
    pub(crate) fn of(service: ServiceType, select: &str) -> Option<Category> {
        let steps =
            select.strip_prefix('/')?.split('/').map(|step| step.strip_prefix(service.ns().prefix)?.strip_prefix(':'));
        let steps: Vec<&str> = steps.collect::<Option<_>>()?;
        PATHS.iter().find(|(path, _)| *path == steps).map(|(_, category)| *category)
    }
}

/// Who sent a verified message, about whom, and what it says about itself.
pub(crate) struct Asker {
    pub(crate) sender: EntityId,
    pub(crate) subject: Pseudonym,
    pub(crate) authn: Authn,
    pub(crate) purpose: Purpose,
    pub(crate) headers: Headers,
}

impl Asker {
    /// Parts a message from what it asks.
    ///
    /// # Errors
    /// [`Fault::Purpose`] where it does not say what for.
    pub(crate) fn of(admitted: Admitted) -> Result<(Asker, Asked), Fault> {
        let Admitted { sender, subject, authn, headers, asked, .. } = admitted;
        let purpose = headers.purpose.ok_or(Fault::Purpose)?;
        Ok((Asker { sender, subject, authn, purpose, headers }, asked))
    }
}

/// One thing that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) requester: EntityId,
    pub(crate) purpose: Purpose,
    pub(crate) category: Category,
    /// How well the person must have been authenticated at least.
    pub(crate) least: AuthnClass,
}

/// What comes of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// A rule would allow it after a better authentication.
    TooWeak,
    Denied,
}

/// Decides on one category for a verified message.
pub(crate) fn decide(rules: &[Rule], asker: &Asker, category: Category) -> Verdict {
    let fits =
        |rule: &&Rule| rule.requester == asker.sender && rule.purpose == asker.purpose && rule.category == category;
    match rules.iter().filter(fits).map(|rule| rule.least).min() {
        Some(least) if asker.authn.class >= least => Verdict::Allowed,
        Some(_) => Verdict::TooWeak,
        None => Verdict::Denied,
    }
}

/// The steps of every path, each with the service's prefix on the wire.
const PATHS: [(&[&str], Category); 5] = [
    (&["Insured", "Coverage"], Category::Coverage),
    (&["Insured", "Eligibility"], Category::Eligibility),
    (&["Insured", "CheckUp"], Category::CheckUp),
    (&["Insured", "Expense"], Category::Expenses),
    (&["Insured", "Pension"], Category::Pension),
];
