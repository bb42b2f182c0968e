//! Why data is asked for, and what kind: the typed second link of the chain.

use idwsf::dst::ServiceType;

/// Why somebody looks. Every consent, message and log entry carries one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A resident looks at what the institutions hold about them.
    SelfView,
    /// An institution's reception asks whether the person in front of it is covered today.
    EligibilityCheck,
}

impl Purpose {
    /// Every purpose there is.
    pub const ALL: [Self; 2] = [Self::SelfView, Self::EligibilityCheck];

    /// The purpose as messages state it.
    pub fn stated(self) -> idwsf::message::Purpose {
        match self {
            Self::SelfView => idwsf::message::Purpose::CitizenSelfView,
            Self::EligibilityCheck => idwsf::message::Purpose::EligibilityCheck,
        }
    }

    /// The code in the database and the log, the word that messages use.
    pub fn code(self) -> &'static str {
        self.stated().as_str()
    }

    /// The purpose of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// The kind of data that a disclosure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// All periods of health insurance coverage.
    Coverage,
    /// The coverage of one day, for a reception.
    Eligibility,
}

impl Category {
    /// The code in the database and the log.
    pub fn code(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Eligibility => "eligibility",
        }
    }

    /// The path that a data service knows it by, in the service's own prefix.
    pub fn select(self, service: ServiceType) -> String {
        let prefix = service.ns().prefix;
        let name = match self {
            Self::Coverage => "Coverage",
            Self::Eligibility => "Eligibility",
        };
        format!("/{prefix}:Insured/{prefix}:{name}")
    }

    /// The category of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Coverage, Self::Eligibility].into_iter().find(|category| category.code() == code)
    }
}
