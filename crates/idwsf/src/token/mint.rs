use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use xml::ns::{DS, SAML};
use xml::{Attr, CannotEncrypt, EncryptionKey, Writer};

use super::{Authn, LIFETIME_MAX, Permit, Token};
use crate::names::{BEARER, ENTITY, HOLDER_OF_KEY, PERSISTENT};
use crate::{EntityId, Pseudonym, Sender, SignFailed};
use saml::instant;

/// What a token says, and to whom.
pub struct Mint<'a> {
    /// Who vouches.
    pub issuer: Sender<'a>,
    /// The one provider it is for.
    pub audience: &'a EntityId,
    /// That provider's encryption key.
    pub recipient: &'a EncryptionKey,
    /// What that provider knows the person by.
    pub pseudonym: &'a Pseudonym,
    /// How the person was authenticated.
    pub authn: Authn,
    /// How long it is valid: a second to [`LIFETIME_MAX`].
    pub lifetime: SignedDuration,
}

/// Makes a token (Liberty Security Mechanisms 2.0, SAML 2.0 profile): issuer, signature, pairwise persistent NameID, bearer
/// confirmation, conditions with one audience, and the authentication. Never an attribute of the person.
///
/// `random` fills the assertion's ID, the content key and its nonce.
///
/// # Errors
/// [`MintFailed`]: the lifetime is out of bounds, or the key store or the cipher failed.
pub fn mint(mint: &Mint<'_>, random: &mut dyn FnMut(&mut [u8]), now: Timestamp) -> Result<Token, MintFailed> {
    minted(mint, None, random, now)
}

/// Whom a token is bound to, and what for.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    /// The client.
    pub holder: &'a EntityId,
    /// A certificate of the key that it signs with, in DER.
    pub certificate: &'a [u8],
    /// What it may ask about the person.
    pub permits: &'a [Permit],
}

/// As [`mint()`], for the holder of a key alone: for [`crate::message::Mechanism::TlsSamlV2`]. Whoever else has the token has
/// nothing.
///
/// # Errors
/// [`MintFailed`].
pub fn mint_for(
    mint: &Mint<'_>,
    bound: &Bound<'_>,
    random: &mut dyn FnMut(&mut [u8]),
    now: Timestamp,
) -> Result<Token, MintFailed> {
    minted(mint, Some(bound), random, now)
}

fn minted(
    mint: &Mint<'_>,
    bound: Option<&Bound<'_>>,
    random: &mut dyn FnMut(&mut [u8]),
    now: Timestamp,
) -> Result<Token, MintFailed> {
    if mint.lifetime < SignedDuration::from_secs(1) || mint.lifetime > LIFETIME_MAX {
        return Err(MintFailed::Lifetime);
    }
    let expires = now.checked_add(mint.lifetime).map_err(|_| MintFailed::Lifetime)?;
    let mut bits = [0; 16];
    random(&mut bits);
    let assertion_id = format!("_{:032x}", u128::from_be_bytes(bits));
    let validity = [instant::write(now), instant::write(expires)];
    let unsigned = assertion(mint, bound, &assertion_id, &validity).finish_unsigned();
    let signed = unsigned.sign_as(&assertion_id, &mint.issuer.signing(), mint.issuer.sign)?;
    let encrypted = xml::encrypt(&signed, (SAML, "EncryptedAssertion"), mint.recipient, random)?;
    Ok(Token::new(assertion_id, encrypted))
}

/// Why no token was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintFailed {
    /// Shorter than a second or longer than [`LIFETIME_MAX`].
    #[error("the lifetime of the token is out of bounds")]
    Lifetime,
    /// The issuer's key could not sign.
    #[error("the token could not be signed")]
    Sign(#[from] SignFailed),
    /// It could not be encrypted to the recipient.
    #[error("the token could not be encrypted")]
    Encrypt(#[from] CannotEncrypt),
}

fn assertion(mint: &Mint<'_>, bound: Option<&Bound<'_>>, id: &str, [now, expires]: &[String; 2]) -> Writer {
    let issuer = mint.issuer.entity.as_str();
    let audience = mint.audience.as_str();
    let mut w = Writer::new();
    w.start(
        SAML,
        "Assertion",
        &[Attr::plain("ID", id), Attr::plain("IssueInstant", now), Attr::plain("Version", "2.0")],
    );
    w.leaf(SAML, "Issuer", &[], issuer).signature_here();
    w.start(SAML, "Subject", &[]);
    let name = [
        Attr::plain("Format", PERSISTENT),
        Attr::plain("NameQualifier", issuer),
        Attr::plain("SPNameQualifier", audience),
    ];
    w.leaf(SAML, "NameID", &name, mint.pseudonym.as_str());
    let method = if bound.is_some() { HOLDER_OF_KEY } else { BEARER };
    w.start(SAML, "SubjectConfirmation", &[Attr::plain("Method", method)]);
    if let Some(bound) = bound {
        w.leaf(SAML, "NameID", &[Attr::plain("Format", ENTITY)], bound.holder.as_str());
    }
    w.start(SAML, "SubjectConfirmationData", &[Attr::plain("NotOnOrAfter", expires)]);
    if let Some(bound) = bound {
        w.start(DS, "KeyInfo", &[]).start(DS, "X509Data", &[]);
        w.leaf(DS, "X509Certificate", &[], &STANDARD.encode(bound.certificate)).end().end();
    }
    w.end().end().end();
    w.start(SAML, "Conditions", &[Attr::plain("NotBefore", now), Attr::plain("NotOnOrAfter", expires)]);
    w.start(SAML, "AudienceRestriction", &[]).leaf(SAML, "Audience", &[], audience).end();
    w.end();
    w.start(SAML, "AuthnStatement", &[Attr::plain("AuthnInstant", &instant::write(mint.authn.instant))]);
    w.start(SAML, "AuthnContext", &[]).leaf(SAML, "AuthnContextClassRef", &[], mint.authn.class.uri()).end();
    w.end();
    bound.into_iter().flat_map(|bound| bound.permits).for_each(|permit| permit.write(&mut w));
    w.end();
    w
}
