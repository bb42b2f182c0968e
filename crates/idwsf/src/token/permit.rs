use xml::ns::SAML;
use xml::{Attr, Node, Writer};

use crate::message::Purpose;
use crate::names::POLICY;

/// What the issuer of a token lets its holder ask about the person, and what for: one `saml:AuthzDecisionStatement` whose
/// decision is `Permit` (SAML 2.0 Core §2.7.4). It says what the person has agreed to; whoever holds the data decides all the
/// same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    category: String,
    purpose: Purpose,
}

impl Permit {
    /// A permission to ask about a kind of data: one to 64 lower-case letters and hyphens, such as `coverage`. `None` for any
    /// other word.
    #[must_use]
    pub fn new(category: &str, purpose: Purpose) -> Option<Self> {
        let plain = category.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let fits = plain && (1..=CATEGORY_BYTES_MAX).contains(&category.len());
        fits.then(|| Self { category: category.to_owned(), purpose })
    }

    /// The kind of data.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.category
    }

    /// What it may be asked for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The URI of a kind of data, in tokens and in the options of an endpoint reference.
    #[must_use]
    pub fn uri(category: &str) -> String {
        format!("{}:{category}", POLICY.uri)
    }

    /// The kind of data that a URI of [`Permit::uri`] is of.
    #[must_use]
    pub fn category_of(uri: &str) -> Option<&str> {
        uri.strip_prefix(POLICY.uri)?.strip_prefix(':')
    }

    pub(super) fn write(&self, w: &mut Writer) {
        let resource = Self::uri(&self.category);
        let decision = [Attr::plain("Decision", PERMIT), Attr::plain("Resource", &resource)];
        w.start(SAML, STATEMENT, &decision);
        w.leaf(SAML, "Action", &[Attr::plain("Namespace", POLICY.uri)], self.purpose.as_str()).end();
    }

    /// Every permission in an assertion. A decision about something that is not known here, or another than to permit, is no
    /// permission.
    pub(super) fn read_all(assertion: Node) -> Vec<Self> {
        xml::children(assertion, SAML, STATEMENT).take(PERMITS_MAX).filter_map(Self::read).collect()
    }

    fn read(statement: Node) -> Option<Self> {
        let category = Self::category_of(xml::unqualified(statement, "Resource")?)?;
        let action = xml::child(statement, SAML, "Action").ok()?;
        let ours = xml::unqualified(action, "Namespace") == Some(POLICY.uri);
        if !ours || xml::unqualified(statement, "Decision") != Some(PERMIT) {
            return None;
        }
        Self::new(category, Purpose::parse(xml::text(action).ok()?.trim())?)
    }
}

const STATEMENT: &str = "AuthzDecisionStatement";
const PERMIT: &str = "Permit";
const CATEGORY_BYTES_MAX: usize = 64;
const PERMITS_MAX: usize = 32;
