//! The token: a SAML 2.0 assertion about one person for one provider, signed by its issuer and encrypted to that provider,
//! so that whoever carries it learns neither the pseudonym nor anything else.

mod holder;
mod mint;
mod named;
mod open;
mod permit;

pub(crate) use holder::Confirmation;
pub use mint::{Bound, Mint, MintFailed, mint, mint_for};
pub use named::name;
pub(crate) use open::{Presented, Subject, Trust, open, open_for, open_named, open_one};
pub use permit::Permit;
pub use saml::{Authn, AuthnClass};

use jiff::SignedDuration;
use xml::{Fragment, TokenDigest};

/// An encrypted token, which a client passes on as it is and cannot look inside; or one by which its sender [names](name()) a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub(crate) assertion_id: String,
    pub(crate) encrypted: Fragment,
    pub(crate) covered: Covered,
}

/// How the signature of a message covers its token: by the receiver's habit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Covered {
    /// It covers the reference, which names the assertion by its ID.
    #[default]
    ByName,
    /// It covers the token through its reference, by the STR dereference transform (WS-Security 1.1 §8.3): as peers want it
    /// that know WS-Security from elsewhere.
    ByTransform,
}

impl Token {
    pub(crate) fn new(assertion_id: String, encrypted: Fragment) -> Self {
        Self { assertion_id, encrypted, covered: Covered::default() }
    }

    /// The same token, for a message whose signature covers it so.
    #[must_use]
    pub fn covered(self, covered: Covered) -> Self {
        Self { covered, ..self }
    }

    /// What the signature of a message covers instead of the reference: the token as it stands in the message, since a client
    /// cannot look inside.
    pub(crate) fn digest(&self) -> Option<TokenDigest> {
        (self.covered == Covered::ByTransform).then(|| TokenDigest::of(&self.encrypted))
    }

    /// The ID of the assertion inside, which the signed message names.
    #[must_use]
    pub fn assertion_id(&self) -> &str {
        &self.assertion_id
    }

    /// The `saml:EncryptedAssertion`; the `saml:Assertion` of one by [`name()`].
    #[must_use]
    pub fn encrypted(&self) -> &Fragment {
        &self.encrypted
    }
}

/// A token is valid for at most this long: unlinking a person must not wait for old tokens.
pub const LIFETIME_MAX: SignedDuration = SignedDuration::from_hours(1);

/// How far the clocks of issuer and receiver may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
