//! The assertion (SAML 2.0 Core §2.3.3), its elements in the order of the schema.

use jiff::{SignedDuration, Timestamp};
use xml::ns::SAML;
use xml::{Attr, EncryptionKey, Fragment, Writer};

use super::message::{later, sign};
use super::{Attribute, BEARER, Name, Session, Unsendable};
use crate::{Authn, EntityId, MessageId, Signer, instant};

/// What an assertion says.
pub(super) struct Assertion<'a> {
    pub(super) signer: &'a Signer<'a>,
    pub(super) audience: &'a EntityId,
    pub(super) name: Name<'a>,
    pub(super) statement: Statement<'a>,
    pub(super) attributes: &'a [Attribute<'a>],
    pub(super) lifetime: SignedDuration,
}

/// Whether an assertion says that somebody logged in.
pub(super) enum Statement<'a> {
    /// Whoever brings it to `recipient` logged in (Profiles §4.1.4.2).
    Login { recipient: &'a str, in_response_to: Option<&'a MessageId>, authn: Authn, session: Session<'a> },
    /// It has attributes alone (Profiles §6.4).
    None,
}

impl Assertion<'_> {
    /// Writes it, signed if asked for, then encrypted if asked for: what is inside can be shown to others as it was signed.
    pub(super) fn seal(
        &self,
        id: &MessageId,
        (signed, encrypt): (bool, Option<&EncryptionKey>),
        random: &mut dyn FnMut(&mut [u8]),
        now: Timestamp,
    ) -> Result<Fragment, Unsendable> {
        let w = self.write(id, now);
        let plain = if signed { sign(w.finish_unsigned(), id, self.signer)? } else { w.finish() };
        match encrypt {
            None => Ok(plain),
            Some(key) => Ok(xml::encrypt(&plain, (SAML, "EncryptedAssertion"), key, random)?),
        }
    }

    fn write(&self, id: &MessageId, now: Timestamp) -> Writer {
        let (issued, expires) = (instant::write(now), instant::write(later(now, self.lifetime)));
        let mut w = Writer::new();
        let attributes =
            [Attr::plain("ID", id.as_str()), Attr::plain("IssueInstant", &issued), Attr::plain("Version", "2.0")];
        w.start(SAML, "Assertion", &attributes);
        w.leaf(SAML, "Issuer", &[], self.signer.entity.as_str()).signature_here();
        self.subject(&mut w, &expires);
        let valid_from = instant::write(later(now, -BACKDATED));
        w.start(SAML, "Conditions", &[Attr::plain("NotBefore", &valid_from), Attr::plain("NotOnOrAfter", &expires)]);
        w.start(SAML, "AudienceRestriction", &[]).leaf(SAML, "Audience", &[], self.audience.as_str()).end().end();
        if let Statement::Login { authn, session, .. } = &self.statement {
            authn_statement(&mut w, *authn, *session);
        }
        if !self.attributes.is_empty() {
            w.start(SAML, "AttributeStatement", &[]);
            self.attributes.iter().for_each(|one| attribute(&mut w, one));
            w.end();
        }
        w.end();
        w
    }

    fn subject(&self, w: &mut Writer, expires: &str) {
        w.start(SAML, "Subject", &[]);
        name_id(w, self.signer.entity, &self.name);
        if let Statement::Login { recipient, in_response_to, .. } = &self.statement {
            let data = [Attr::plain("NotOnOrAfter", expires), Attr::plain("Recipient", recipient)];
            let answers = in_response_to.map(|id| Attr::plain("InResponseTo", id.as_str()));
            w.start(SAML, "SubjectConfirmation", &[Attr::plain("Method", BEARER)]);
            w.empty(SAML, "SubjectConfirmationData", &[&data[..], answers.as_slice()].concat()).end();
        }
        w.end();
    }
}

/// `saml:NameID`, qualified by both parties, so that it cannot be taken for the name at another (Core §8.3.7).
pub(super) fn name_id(w: &mut Writer, issuer: &EntityId, name: &Name<'_>) {
    let attributes = [
        Attr::plain("Format", name.format.uri()),
        Attr::plain("NameQualifier", issuer.as_str()),
        Attr::plain("SPNameQualifier", name.sp_qualifier),
    ];
    w.leaf(SAML, "NameID", &attributes, name.value);
}

fn authn_statement(w: &mut Writer, authn: Authn, session: Session<'_>) {
    let (instant, ends) = (instant::write(authn.instant), instant::write(session.ends));
    let attributes = [
        Attr::plain("AuthnInstant", &instant),
        Attr::plain("SessionIndex", session.index),
        Attr::plain("SessionNotOnOrAfter", &ends),
    ];
    w.start(SAML, "AuthnStatement", &attributes).start(SAML, "AuthnContext", &[]);
    w.leaf(SAML, "AuthnContextClassRef", &[], authn.class.uri()).end().end();
}

fn attribute(w: &mut Writer, attribute: &Attribute<'_>) {
    let named = [Attr::plain("Name", attribute.name), Attr::plain("NameFormat", ATTRIBUTE_URI)];
    let friendly = (!attribute.friendly.is_empty()).then(|| Attr::plain("FriendlyName", attribute.friendly));
    w.start(SAML, "Attribute", &[&named[..], friendly.as_slice()].concat());
    match attribute.xml {
        Some(value) => {
            w.start(SAML, "AttributeValue", &[]).raw(value).end();
        }
        None => attribute.values.iter().for_each(|value| {
            w.leaf(SAML, "AttributeValue", &[], value);
        }),
    }
    w.end();
}

/// A service whose clock is slow must not think that the login lies ahead.
const BACKDATED: SignedDuration = SignedDuration::from_secs(60);

/// Attribute names are URIs (SAML 2.0 Core §8.2.2).
const ATTRIBUTE_URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
