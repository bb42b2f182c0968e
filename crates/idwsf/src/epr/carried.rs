use std::fmt;

use xml::ns::SAML;
use xml::{Attr, Fragment, Node, Writer};

use super::{InvalidReference, is_identifier};
use crate::names::SEC;
use crate::token::Token;

/// `sec:Token`: a token on its way through other hands (Liberty Security Mechanisms 2.0). Whoever carries it may use it, so it is
/// never shown and never logged: `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct CarriedToken {
    /// Its ID. In what we write it is the ID of the assertion inside, which a carrier that cannot decrypt it must name when it
    /// presents the token (SAML Token Profile 1.1 §3.4).
    pub id: Option<String>,
    /// What it is for.
    pub usage: Option<Usage>,
    /// The token, or where it is.
    pub content: Content,
}

/// What stands in a `sec:Token`.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// The token, in the form its issuer signed or encrypted it.
    Token(Fragment),
    /// It is given once elsewhere, at this URI: `#` and an ID for another place in the same message.
    Elsewhere(String),
}

/// What a token is for: `sec:Token/@usage`, `sec:TokenPolicy/@type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// To speak to a service, about the person who lets one.
    Security,
    /// To say whose data a message is about, where that is another person than the one who lets one.
    Target,
    /// To say in whose name a message is sent.
    Invocation,
}

impl Usage {
    /// The URI on the wire.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Security => "urn:liberty:security:tokenusage:2006-08:SecurityToken",
            Self::Target => "urn:liberty:security:tokenusage:2006-08:TargetIdentity",
            Self::Invocation => "urn:liberty:security:tokenusage:2006-08:InvocationIdentity",
        }
    }

    /// The usage of a URI.
    #[must_use]
    pub fn by_uri(uri: &str) -> Option<Self> {
        [Self::Security, Self::Target, Self::Invocation].into_iter().find(|usage| usage.uri() == uri)
    }
}

impl CarriedToken {
    /// A token of ours, to be carried.
    #[must_use]
    pub fn of(token: &Token, usage: Usage) -> Self {
        Self {
            id: Some(token.assertion_id().to_owned()),
            usage: Some(usage),
            content: Content::Token(token.encrypted().clone()),
        }
    }

    /// The token to present, if this is an encrypted assertion and says which.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        let Content::Token(encrypted) = &self.content else { return None };
        let assertion_id = self.id.clone()?;
        is_encrypted_assertion(encrypted).then(|| Token::new(assertion_id, encrypted.clone()))
    }

    /// Reads a `sec:Token`: one element, or a reference.
    pub(crate) fn read(token: Node) -> Result<Self, InvalidReference> {
        let id = xml::unqualified(token, "id").map(str::to_owned);
        if id.as_deref().is_some_and(|id| !is_identifier(id)) {
            return Err(InvalidReference::Token);
        }
        let usage = match xml::unqualified(token, "usage") {
            Some(uri) => Some(Usage::by_uri(uri).ok_or(InvalidReference::Token)?),
            None => None,
        };
        let mut elements = token.children().filter(Node::is_element);
        let content = match (elements.next(), elements.next(), xml::unqualified(token, "ref")) {
            (Some(one), None, None) => Content::Token(Fragment::of(one)),
            (None, None, Some(place)) if place.len() <= PLACE_BYTES_MAX => Content::Elsewhere(place.to_owned()),
            _ => return Err(InvalidReference::Token),
        };
        Ok(Self { id, usage, content })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        let mut attrs = Vec::with_capacity(3);
        attrs.extend(self.id.as_deref().map(|id| Attr::plain("id", id)));
        attrs.extend(self.usage.map(|usage| Attr::plain("usage", usage.uri())));
        match &self.content {
            Content::Token(token) => w.start(SEC, "Token", &attrs).raw(token).end(),
            Content::Elsewhere(place) => {
                attrs.push(Attr::plain("ref", place));
                w.empty(SEC, "Token", &attrs)
            }
        };
    }
}

impl fmt::Debug for CarriedToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CarriedToken(..)")
    }
}

/// Whatever prefix its writer gave it.
fn is_encrypted_assertion(token: &Fragment) -> bool {
    let bytes = token.as_str().as_bytes();
    let document = xml::scan(bytes, &crate::message::LIMITS).and_then(xml::Document::parse);
    document.is_ok_and(|document| xml::is(document.root(), SAML, "EncryptedAssertion"))
}

const PLACE_BYTES_MAX: usize = 256;
