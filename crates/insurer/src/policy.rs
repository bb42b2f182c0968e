//! The insurer's own rules: who may ask for what, and what for. What no rule allows is denied.

use idwsf::EntityId;
use idwsf::dst::{Code, QueryItem, ServiceType, lookup};
use idwsf::message::{Purpose, VerifiedRequest};
use idwsf::token::AuthnClass;
use serde::Deserialize;

/// What can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// All periods of a person's coverage.
    Coverage,
    /// Whether and how the person is insured today.
    Eligibility,
}

impl Category {
    /// The word in configuration and log.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Coverage => "coverage",
            Category::Eligibility => "eligibility",
        }
    }

    /// What an item asks for, by the table of the service.
    ///
    /// # Errors
    /// [`Code::INVALID_SELECT`] when the table has no such path.
    pub(crate) fn of(service: ServiceType, item: &QueryItem) -> Result<Category, Code> {
        lookup(if service == ServiceType::NHI { &NHI_PATHS } else { &KHI_PATHS }, item)
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

/// Decides on one category for a verified request.
pub(crate) fn decide(rules: &[Rule], request: &VerifiedRequest, category: Category) -> Verdict {
    let fits =
        |rule: &&Rule| rule.requester == request.sender && rule.purpose == request.purpose && rule.category == category;
    match rules.iter().filter(fits).map(|rule| rule.least).min() {
        Some(least) if request.authn.class >= least => Verdict::Allowed,
        Some(_) => Verdict::TooWeak,
        None => Verdict::Denied,
    }
}

const NHI_PATHS: [(&str, Category); 2] =
    [("/nhi:Insured/nhi:Coverage", Category::Coverage), ("/nhi:Insured/nhi:Eligibility", Category::Eligibility)];
const KHI_PATHS: [(&str, Category); 2] =
    [("/khi:Insured/khi:Coverage", Category::Coverage), ("/khi:Insured/khi:Eligibility", Category::Eligibility)];
