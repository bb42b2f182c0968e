use jiff::Timestamp;
use xml::{Attr, Node};

use super::seal::Sealed;
use crate::fault::Fault;
use crate::names::{POLICY, SB};
use saml::instant;

/// `sb:Consent`: the sender's word that the person agreed. It informs the receiver's own decision and its log, and is never
/// sufficient alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// In what way consent was had.
    pub uri: ConsentUri,
    /// When.
    pub given_at: Option<Timestamp>,
}

/// In what way consent was had (Liberty SOAP Binding 2.0, consent header).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentUri {
    /// It was.
    Obtained,
    /// Before this transaction.
    Prior,
    /// Now, by what the person did.
    CurrentImplicit,
    /// Now, and in words.
    CurrentExplicit,
    /// It was not, or nobody knows.
    Unavailable,
    /// None is needed.
    Inapplicable,
}

impl ConsentUri {
    /// The URI on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Obtained => "urn:liberty:consent:obtained",
            Self::Prior => "urn:liberty:consent:obtained:prior",
            Self::CurrentImplicit => "urn:liberty:consent:obtained:current:implicit",
            Self::CurrentExplicit => "urn:liberty:consent:obtained:current:explicit",
            Self::Unavailable => "urn:liberty:consent:unavailable",
            Self::Inapplicable => "urn:liberty:consent:inapplicable",
        }
    }

    fn read(uri: &str) -> Option<Self> {
        let all = [
            Self::Obtained,
            Self::Prior,
            Self::CurrentImplicit,
            Self::CurrentExplicit,
            Self::Unavailable,
            Self::Inapplicable,
        ];
        all.into_iter().find(|known| known.as_str() == uri)
    }
}

impl Consent {
    pub(super) fn write(self, sealed: &mut Sealed) {
        let at = self.given_at.map(instant::write);
        let mut attrs = vec![Attr::plain("uri", self.uri.as_str())];
        attrs.extend(at.as_deref().map(|at| Attr::plain("timestamp", at)));
        sealed.part("con", (SB, "Consent"), &attrs, |_| ());
    }

    pub(super) fn read(header: Node) -> Result<Self, Fault> {
        let broken = Fault::Header("Consent");
        let uri = xml::unqualified(header, "uri").and_then(ConsentUri::read).ok_or(broken)?;
        let given_at = match xml::unqualified(header, "timestamp") {
            Some(text) => Some(instant::read(text).ok_or(broken)?),
            None => None,
        };
        Ok(Self { uri, given_at })
    }
}

/// What the answer will be used for: the sender's promise, in `sb:UsageDirective`. The receiver holds it to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Persons look at their own data.
    CitizenSelfView,
    /// A medical institution checks on what terms a person is insured, at its desk.
    EligibilityCheck,
    /// A medical institution treats the person.
    Treatment,
    /// Counting, without names in what comes of it.
    Statistics,
    /// A service that a person has logged in to asks again by itself for what they agreed to hand over.
    ServiceQuery,
    /// A person wants a provider to find them in its ledger, to learn what came of that, to be forgotten there, or to have a service
    /// no longer see them there.
    Linking,
}

impl Purpose {
    /// The whole vocabulary. A purpose outside it is not understood, and no promise.
    pub const ALL: [Self; 6] = [
        Self::CitizenSelfView,
        Self::EligibilityCheck,
        Self::Treatment,
        Self::Statistics,
        Self::ServiceQuery,
        Self::Linking,
    ];

    /// The name of the purpose for documents and registers; on the wire the namespace is that of the element.
    #[must_use]
    pub fn urn(self) -> String {
        format!("{}:{}", POLICY.uri, self.as_str())
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CitizenSelfView => "citizen-self-view",
            Self::EligibilityCheck => "eligibility-check",
            Self::Treatment => "treatment",
            Self::Statistics => "statistics",
            Self::ServiceQuery => "service-query",
            Self::Linking => "linking",
        }
    }

    /// The purpose of this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// Reads the one `Purpose` inside a usage directive; anything else in there is a restriction not known here.
    pub(super) fn read(directive: Node) -> Option<Self> {
        let purpose = xml::child(directive, POLICY, "Purpose").ok()?;
        if directive.children().filter(Node::is_element).count() != 1 {
            return None;
        }
        Self::parse(xml::text(purpose).ok()?.trim())
    }
}
