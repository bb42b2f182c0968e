//! The token: a SAML 2.0 assertion about one person for one provider, signed by its issuer and encrypted to that provider,
//! so that whoever carries it learns neither the pseudonym nor anything else.

mod mint;
mod open;

pub use mint::{Mint, MintFailed, mint};
pub(crate) use open::{Presented, open};

use jiff::{SignedDuration, Timestamp};
use xml::Fragment;

/// An encrypted token. A client passes it on as it is and cannot look inside.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub(crate) assertion_id: String,
    pub(crate) encrypted: Fragment,
}

impl Token {
    /// The ID of the assertion inside, which the signed message names.
    #[must_use]
    pub fn assertion_id(&self) -> &str {
        &self.assertion_id
    }

    /// The `saml:EncryptedAssertion`.
    #[must_use]
    pub fn encrypted(&self) -> &Fragment {
        &self.encrypted
    }
}

/// How and when the person was authenticated (`saml:AuthnStatement`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authn {
    /// When.
    pub instant: Timestamp,
    /// How.
    pub class: AuthnClass,
}

/// How the person was authenticated (SAML 2.0 Authentication Context §3.4). Weaker comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthnClass {
    /// The card alone, as at a clinic's desk.
    Smartcard,
    /// The card and its PIN.
    SmartcardPki,
}

impl AuthnClass {
    /// `saml:AuthnContextClassRef`.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Smartcard => "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard",
            Self::SmartcardPki => "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        }
    }

    fn by_uri(uri: &str) -> Option<Self> {
        [Self::Smartcard, Self::SmartcardPki].into_iter().find(|class| class.uri() == uri)
    }
}

/// A token is valid for at most this long: unlinking a person must not wait for old tokens.
pub const LIFETIME_MAX: SignedDuration = SignedDuration::from_hours(1);

/// How far the clocks of issuer and receiver may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
