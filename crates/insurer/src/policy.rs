//! The insurer's own rules: who may ask for what, and what for. What no rule allows is denied.

use health::contact_xml::Field;
use health::coverage_xml;
use idwsf::dst::ServiceType;
use idwsf::message::{Admitted, Asked, Headers, Mechanism, Purpose};
use idwsf::token::{Authn, AuthnClass, Permit};
use idwsf::{EntityId, Fault, Pseudonym};
use jiff::Timestamp;
use serde::Deserialize;

/// What can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// All periods of a person's coverage.
    Coverage,
    /// Whether and how the person is insured today, or on a date.
    Eligibility,
    /// What was found at check-ups.
    CheckUp,
    /// What treatments cost.
    Expenses,
    /// Pensions: dummy data of a demonstration.
    Pension,
    /// How the person is reached, and how notices are to come: what they have said themselves, for nobody else.
    Contact,
    /// Which services the person lets ask: told by the platform, asked by nobody, and in no rule.
    #[serde(skip_deserializing)]
    Grant,
    /// Whom the region's pseudonym stands for: to be found, to be forgotten, and how that stands.
    Link,
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
            Category::Contact => "contact",
            Category::Grant => "grant",
            Category::Link => "link",
        }
    }

    /// What the platform's tokens call so.
    pub(crate) fn by_word(word: &str) -> Option<Category> {
        PATHS.iter().map(|(_, category)| *category).find(|category| category.as_str() == word)
    }

    /// What a path is about, such as `/nhi:Insured/nhi:Coverage`; nothing where the service has no such path.
    pub(crate) fn of(service: ServiceType, select: &str) -> Option<Category> {
        let (select, date) = coverage_xml::asked_on(select);
        let steps =
            select.strip_prefix('/')?.split('/').map(|step| step.strip_prefix(service.ns().prefix)?.strip_prefix(':'));
        let steps: Vec<&str> = steps.collect::<Option<_>>()?;
        let found = PATHS.iter().find(|(path, _)| *path == steps).map(|(_, category)| *category)?;
        // Eligibility alone is of a date.
        (date.is_none() || found == Category::Eligibility).then_some(found)
    }
}

/// Who sent a verified message, about whom, and what it says about itself.
pub(crate) struct Asker {
    pub(crate) sender: EntityId,
    pub(crate) subject: Pseudonym,
    pub(crate) authn: Authn,
    pub(crate) purpose: Purpose,
    pub(crate) headers: Headers,
    pub(crate) mechanism: Mechanism,
    /// When the token was made.
    pub(crate) issued_at: Timestamp,
    /// What the token lets a service ask.
    pub(crate) permits: Vec<Permit>,
}

impl Asker {
    /// Parts a message from what it asks.
    ///
    /// # Errors
    /// [`Fault::Purpose`] where it does not say what for.
    pub(crate) fn of(admitted: Admitted) -> Result<(Asker, Asked), Fault> {
        let Admitted { sender, subject, authn, headers, mechanism, issued_at, permits, asked, .. } = admitted;
        let purpose = headers.purpose.ok_or(Fault::Purpose)?;
        Ok((Asker { sender, subject, authn, purpose, headers, mechanism, issued_at, permits }, asked))
    }

    /// Whether it is a service that asks for itself, with a token of its own, and not the platform.
    pub(crate) fn is_service(&self) -> bool {
        self.mechanism.is_holder_of_key()
    }
}

/// What a message's sender may ask about the person, before any rule.
pub(crate) enum Reach {
    /// The platform asks: it has the person's consent, and the rules alone decide.
    Everything,
    /// A service asks: this is what the person lets it.
    Only(Vec<Category>),
}

impl Reach {
    pub(crate) fn has(&self, category: Category) -> bool {
        match self {
            Reach::Everything => true,
            Reach::Only(categories) => categories.contains(&category),
        }
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
    let own = !asker.is_service() && asker.purpose == Purpose::CitizenSelfView;
    if category == Category::Contact && !own {
        // Whatever a rule says.
        return Verdict::Denied;
    }
    match rules.iter().filter(fits).map(|rule| rule.least).min() {
        Some(least) if asker.authn.class >= least => Verdict::Allowed,
        Some(_) => Verdict::TooWeak,
        None => Verdict::Denied,
    }
}

/// The steps of every path, each with the service's prefix on the wire.
const PATHS: [(&[&str], Category); 10] = [
    (&["Insured", "Coverage"], Category::Coverage),
    (&["Insured", "Eligibility"], Category::Eligibility),
    (&["Insured", "CheckUp"], Category::CheckUp),
    (&["Insured", "Expense"], Category::Expenses),
    (&["Insured", "Pension"], Category::Pension),
    (Field::Phone.steps(), Category::Contact),
    (Field::Email.steps(), Category::Contact),
    (Field::NoticeWish.steps(), Category::Contact),
    (&["Insured", "Grant"], Category::Grant),
    (&["Insured", "Link"], Category::Link),
];
