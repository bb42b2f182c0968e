//! How sure it is who is there (SAML 2.0 Authentication Context; Core §3.3.2.2.1).

use jiff::Timestamp;

/// How and when a person was authenticated (`saml:AuthnStatement`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authn {
    /// When.
    pub instant: Timestamp,
    /// How.
    pub class: AuthnClass,
}

/// How a person was authenticated. Weaker comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthnClass {
    /// The card alone: somebody holds it.
    Smartcard,
    /// The card and its PIN: two factors.
    SmartcardPki,
    /// The card and PIN of the national public key infrastructure (JPKI).
    Jpki,
}

impl AuthnClass {
    /// Every class, weakest first.
    pub const ALL: [Self; 3] = [Self::Smartcard, Self::SmartcardPki, Self::Jpki];

    /// `saml:AuthnContextClassRef`.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Smartcard => "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard",
            Self::SmartcardPki => "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
            Self::Jpki => "urn:x-kagawa:ac:classes:JPKI",
        }
    }

    /// The class of a URI.
    #[must_use]
    pub fn by_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.uri() == uri)
    }
}

/// How what is given must compare with what is asked for (SAML 2.0 Core §3.3.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// One of the classes.
    Exact,
    /// At least as strong as one of them.
    Minimum,
    /// Stronger than every one of them.
    Better,
    /// As strong as possible, but no stronger than one of them.
    Maximum,
}

/// What a service asks for (`samlp:RequestedAuthnContext`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedContext {
    /// How to compare.
    pub comparison: Comparison,
    /// Class URIs, as they came.
    pub classes: Vec<String>,
}

impl RequestedContext {
    /// Whether `class` answers the request.
    #[must_use]
    pub fn satisfied_by(&self, class: AuthnClass) -> bool {
        let strength = strength(class.uri());
        let mut asked = self.classes.iter().map(|uri| self::strength(uri));
        match self.comparison {
            Comparison::Exact => self.classes.iter().any(|uri| uri == class.uri()),
            Comparison::Minimum => asked.any(|a| a.is_some() && strength >= a),
            Comparison::Better => !self.classes.is_empty() && asked.all(|a| a.is_some() && strength > a),
            Comparison::Maximum => asked.any(|a| a.is_some() && strength <= a),
        }
    }

    /// The weakest class that answers the request: what a person is asked to do, and no more.
    #[must_use]
    pub fn weakest(&self) -> Option<AuthnClass> {
        AuthnClass::ALL.into_iter().find(|class| self.satisfied_by(*class))
    }
}

/// How strong a class is, as far as we know it. Passwords and less are known only to be weaker than any card.
fn strength(uri: &str) -> Option<u8> {
    if let Some(class) = AuthnClass::by_uri(uri) {
        return Some(match class {
            AuthnClass::Smartcard => 1,
            AuthnClass::SmartcardPki => 2,
            AuthnClass::Jpki => 3,
        });
    }
    let local = uri.strip_prefix("urn:oasis:names:tc:SAML:2.0:ac:classes:")?;
    let weaker =
        ["unspecified", "InternetProtocol", "InternetProtocolPassword", "Password", "PasswordProtectedTransport"];
    weaker.contains(&local).then_some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(comparison: Comparison, locals: &[&str]) -> RequestedContext {
        let classes = locals.iter().map(|local| format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{local}")).collect();
        RequestedContext { comparison, classes }
    }

    #[test]
    fn nobody_is_asked_for_more_than_the_service_wants() {
        use AuthnClass::{Jpki, Smartcard, SmartcardPki};
        use Comparison::{Better, Exact, Maximum, Minimum};
        for (comparison, classes, weakest) in [
            (Exact, &["Smartcard"][..], Some(Smartcard)),
            (Exact, &["SmartcardPKI", "Smartcard"], Some(Smartcard)),
            (Exact, &["PasswordProtectedTransport"], None),
            (Minimum, &["PasswordProtectedTransport"], Some(Smartcard)),
            (Minimum, &["SmartcardPKI"], Some(SmartcardPki)),
            (Minimum, &["Kerberos"], None),
            (Better, &["Smartcard"], Some(SmartcardPki)),
            (Better, &["SmartcardPKI"], Some(Jpki)),
            (Better, &["Kerberos"], None),
            (Better, &[], None),
            (Maximum, &["SmartcardPKI"], Some(Smartcard)),
            (Maximum, &["Password"], None),
        ] {
            assert_eq!(asked(comparison, classes).weakest(), weakest, "{comparison:?} {classes:?}");
        }
    }

    #[test]
    fn a_stronger_login_answers_a_minimum_but_not_an_exact_request() {
        assert!(asked(Comparison::Minimum, &["Smartcard"]).satisfied_by(AuthnClass::SmartcardPki));
        assert!(!asked(Comparison::Exact, &["Smartcard"]).satisfied_by(AuthnClass::SmartcardPki));
    }
}
