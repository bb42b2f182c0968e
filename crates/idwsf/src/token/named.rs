use jiff::{SignedDuration, Timestamp};
use xml::ns::SAML;
use xml::{Attr, Writer};

use super::Token;
use crate::names::{BEARER, PERSISTENT};
use crate::{EntityId, Pseudonym, Sender, SignFailed};
use saml::instant;

/// Makes a token by which a sender names a person itself: by a name that it was given by the audience and that says nothing to anybody
/// else, so that it stands in the clear. It vouches for no login, and is good in the sender's own messages alone, for five minutes.
///
/// `random` fills the assertion's ID.
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn name(
    sender: &Sender<'_>,
    audience: &EntityId,
    person: &Pseudonym,
    random: &mut dyn FnMut(&mut [u8]),
    now: Timestamp,
) -> Result<Token, SignFailed> {
    let mut bits = [0; 16];
    random(&mut bits);
    let id = format!("_{:032x}", u128::from_be_bytes(bits));
    let [begins, ends] = [now, now.saturating_add(LIFETIME).unwrap_or(now)].map(instant::write);
    let (issuer, audience) = (sender.entity.as_str(), audience.as_str());
    let mut w = Writer::new();
    let attrs = [Attr::plain("ID", &id), Attr::plain("IssueInstant", &begins), Attr::plain("Version", "2.0")];
    w.start(SAML, "Assertion", &attrs).leaf(SAML, "Issuer", &[], issuer).signature_here();
    let name = [
        Attr::plain("Format", PERSISTENT),
        Attr::plain("NameQualifier", issuer),
        Attr::plain("SPNameQualifier", audience),
    ];
    w.start(SAML, "Subject", &[]).leaf(SAML, "NameID", &name, person.as_str());
    w.empty(SAML, "SubjectConfirmation", &[Attr::plain("Method", BEARER)]).end();
    w.start(SAML, "Conditions", &[Attr::plain("NotBefore", &begins), Attr::plain("NotOnOrAfter", &ends)]);
    w.start(SAML, "AudienceRestriction", &[]).leaf(SAML, "Audience", &[], audience).end().end().end();
    let signed = w.finish_unsigned().sign_as(&id, &sender.signing(), sender.sign)?;
    Ok(Token::new(id, signed))
}

const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
