//! Why data is asked for, and what kind: the typed second link of the chain.

use std::borrow::Cow;

use health::{checkup_xml, coverage_xml, expense_xml, link_xml, pension_xml};
use idwsf::dst::ServiceType;
use jiff::civil::Date;

use crate::attribute::Attributes;

/// Why somebody looks. Every consent, message and log entry carries one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A resident looks at what the institutions hold about them.
    SelfView,
    /// An institution's reception asks whether the person in front of it is covered today.
    EligibilityCheck,
    /// An institution looks once more before a claim, by the reference of such a check: the card is not there. To the institutions that
    /// are asked it is the same check, and its consent names it.
    ClaimCheck,
    /// A resident logs in to a service and hands over what the release page named. To the institutions this is a resident's
    /// look at their own data: it is the resident who passes it on, and the institution need not know to whom.
    ServiceLogin,
    /// A service asks by itself for what was agreed to, while a session lasts that the resident began there. Nobody is at the
    /// screen, and the institutions are told so: each decides whether it answers that.
    ServiceQuery,
    /// A service that treats the resident looks for their records, as they have let it.
    Treatment,
    /// A resident wants an institution to find their record and to know them from then on, or no longer.
    Linking,
}

impl Purpose {
    /// Every purpose that residents consent to once and for all. What a service gets they agree to service by service.
    pub const ALL: [Self; 2] = [Self::SelfView, Self::EligibilityCheck];

    /// The purpose as messages state it.
    pub fn stated(self) -> idwsf::message::Purpose {
        match self {
            Self::SelfView | Self::ServiceLogin => idwsf::message::Purpose::CitizenSelfView,
            Self::EligibilityCheck | Self::ClaimCheck => idwsf::message::Purpose::EligibilityCheck,
            Self::ServiceQuery => idwsf::message::Purpose::ServiceQuery,
            Self::Treatment => idwsf::message::Purpose::Treatment,
            Self::Linking => idwsf::message::Purpose::Linking,
        }
    }

    /// The code in the database and the log: the word that messages use, but for a login to a service and for a check before
    /// a claim.
    pub fn code(self) -> &'static str {
        match self {
            Self::ServiceLogin => "service-login",
            Self::ClaimCheck => "claim-check",
            Self::SelfView | Self::EligibilityCheck | Self::ServiceQuery | Self::Treatment | Self::Linking => {
                self.stated().as_str()
            }
        }
    }

    /// The purpose of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        let others = [Self::ClaimCheck, Self::ServiceLogin, Self::ServiceQuery, Self::Treatment, Self::Linking];
        let mut all = Self::ALL.into_iter().chain(others);
        all.find(|purpose| purpose.code() == code)
    }
}

/// The kind of data that a disclosure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// All periods of health insurance coverage.
    Coverage,
    /// The coverage of today, for a reception.
    Eligibility,
    /// The coverage of another day, for a reception.
    EligibilityOn(Date),
    /// What came of health check-ups.
    CheckUp,
    /// What treatments cost.
    Expenses,
    /// Pensions: dummy data of a demonstration.
    Pension,
    /// Attributes that a resident hands over to a service, out of the coverage.
    Release(Attributes),
    /// The way to our discovery service, where a service can ask for the resident's records. It comes from us, and no
    /// institution is asked for it.
    Discovery,
    /// The link between a resident and an institution itself.
    Link,
    /// How an institution reaches the resident, and how notices are to come: what the resident has said there.
    Contact,
}

impl Category {
    /// What a resident can let a service find at the institutions.
    pub const RECORDS: [Self; 2] = [Self::Coverage, Self::CheckUp];

    /// Those of [`Category::RECORDS`] that have these codes; others are passed over.
    pub fn records(codes: &[String]) -> Vec<Self> {
        Self::RECORDS.into_iter().filter(|category| codes.iter().any(|code| *code == category.code())).collect()
    }

    /// The code in the database and the log: `coverage`, `check-up`, `expenses`, `pension`, `eligibility`, with the date where
    /// that is not today's, `discovery`, `link`, `contact`, or `release` with the attributes' short names.
    pub fn code(self) -> Cow<'static, str> {
        match self {
            Self::Coverage => "coverage".into(),
            Self::CheckUp => "check-up".into(),
            Self::Expenses => "expenses".into(),
            Self::Pension => "pension".into(),
            Self::Eligibility => ELIGIBILITY.into(),
            Self::EligibilityOn(date) => format!("{ELIGIBILITY}:{date}").into(),
            Self::Discovery => "discovery".into(),
            Self::Link => "link".into(),
            Self::Contact => "contact".into(),
            Self::Release(attributes) => format!("{RELEASE}{}", attributes.names().join(" ")).into(),
        }
    }

    /// The path that a data service knows it by, in the service's own prefix, with the date that is asked about.
    pub fn select(self, service: ServiceType) -> String {
        let prefix = service.ns().prefix;
        let name = match self {
            Self::Coverage | Self::Release(_) | Self::Discovery => "Coverage",
            Self::CheckUp => checkup_xml::CHECKUP,
            Self::Expenses => expense_xml::EXPENSE,
            Self::Pension => pension_xml::PENSION,
            Self::Eligibility | Self::EligibilityOn(_) => "Eligibility",
            Self::Link => link_xml::LINK,
            // Three things, each with a path of its own below.
            Self::Contact => "Contact",
        };
        let path = format!("/{prefix}:Insured/{prefix}:{name}");
        if let Self::EligibilityOn(date) = self { coverage_xml::dated(&path, date) } else { path }
    }

    /// The category of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        if let Some(names) = code.strip_prefix(RELEASE) {
            return Some(Self::Release(Attributes::named(names.split(' '))));
        }
        if let Some((ELIGIBILITY, date)) = code.split_once(':') {
            return date.parse().ok().map(Self::EligibilityOn);
        }
        let plain = [
            Self::Coverage,
            Self::CheckUp,
            Self::Expenses,
            Self::Pension,
            Self::Eligibility,
            Self::Discovery,
            Self::Link,
            Self::Contact,
        ];
        plain.into_iter().find(|category| category.code() == code)
    }
}

/// What the code of an eligibility check begins with.
const ELIGIBILITY: &str = "eligibility";

/// What the code of a release begins with.
const RELEASE: &str = "release:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back() {
        let others =
            [Purpose::ClaimCheck, Purpose::ServiceLogin, Purpose::ServiceQuery, Purpose::Treatment, Purpose::Linking];
        for purpose in Purpose::ALL.into_iter().chain(others) {
            assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
        }
        let released = Category::Release(Attributes::named(["name", "birthDate"]));
        for category in [
            Category::Coverage,
            Category::CheckUp,
            Category::Expenses,
            Category::Pension,
            Category::Eligibility,
            Category::EligibilityOn("2026-03-31".parse().unwrap()),
            Category::Discovery,
            Category::Link,
            Category::Contact,
            released,
        ] {
            assert_eq!(Category::from_code(&category.code()), Some(category));
        }
        assert_eq!(released.code(), "release:name birthDate");
        assert_eq!(Category::from_code("eligibility:yesterday"), None);
    }
}
