//! Login responses of the identity provider: made, and verified, on one core, beside the bare signatures in them and beside what
//! other people's software makes.
//!
//! Everything counts the processor's time of the thread or process alone, so that a neighbour disturbs little; what is compared
//! takes turns.

mod party;
mod peers;

use std::path::Path;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use saml::send::{Attribute, Login, Name, Protection, Session};
use saml::service::{self, Service};
use saml::{Authn, AuthnClass, MessageId, NameFormat};
use web::{Clock, Random};
use xml::SignatureAlgorithm::{EcdsaP256Sha256, RsaSha256};
use xml::{EncryptionKey, Limits, VerifyingKey};

use crate::figure::{Figure, Goal};
use crate::reference::in_turns;
use party::{CONSUMER, Party};

/// What can be measured.
pub(crate) const NAMES: [&str; 8] =
    [ASSERTION, ASSERTION_P256, BOTH, ENCRYPTED, AGAINST_PYSAML2, VERIFY, VERIFY_P256, FLOOD];

/// Measures what is wanted.
pub(crate) fn measure(scratch: &Path, wanted: &impl Fn(&str) -> bool) -> anyhow::Result<Vec<Figure>> {
    let (rsa, p256) = (Ends::new(RsaSha256)?, Ends::new(EcdsaP256Sha256)?);
    let mut figures = Vec::new();
    for (ends, made, verified) in [(&rsa, ASSERTION, VERIFY), (&p256, ASSERTION_P256, VERIFY_P256)] {
        if wanted(made) {
            figures.push(ends.made(made)?);
        }
        if wanted(verified) {
            figures.push(ends.verified(verified)?);
        }
    }
    if wanted(BOTH) || wanted(ENCRYPTED) {
        let lasso = peers::lasso(scratch, &rsa.idp, &rsa.sp)?;
        let encrypt = Some(&rsa.encryption);
        let both = Protection { sign_assertion: true, sign_response: true, encrypt: None };
        for (name, form, protection, goal) in
            [(BOTH, "both", both, 6.0), (ENCRYPTED, "encrypted", Protection { encrypt, ..SIGNED_ASSERTION }, 50.0)]
        {
            figures
                .extend(wanted(name).then(|| rsa.against(name, protection, lasso.rate(form), Some(goal))).transpose()?);
        }
    }
    if wanted(AGAINST_PYSAML2) {
        let pysaml2 = peers::pysaml2(scratch, &rsa.idp, &rsa.sp)?;
        figures.push(rsa.against(AGAINST_PYSAML2, SIGNED_ASSERTION, pysaml2.rate("assertion"), None)?);
    }
    if wanted(FLOOD) {
        figures.push(flood()?);
    }
    Ok(figures)
}

/// How long it takes to refuse a mebibyte of attributes on one element, where metadata of that size would be read.
fn flood() -> anyhow::Result<Figure> {
    let attributes: String = (0..).map(|number| format!(" a{number}=\"\"")).take(FLOOD_ATTRIBUTES).collect();
    let flood = format!("<a{attributes}/>");
    anyhow::ensure!(flood.len() >= 1024 * 1024, "the flood is too small");
    let limits = Limits { bytes: 4 * 1024 * 1024, ..Limits::default() };
    let refuse = || {
        anyhow::ensure!(xml::scan(flood.as_bytes(), &limits).is_err(), "the flood is let in");
        Ok(())
    };
    let (rate, _) = in_turns(&refuse, &|| Ok(()))?;
    Ok(Figure::new(FLOOD, 1000.0 / rate, "ms").goal(Goal::AtMost(1.0)))
}

/// An identity provider and a service.
struct Ends {
    idp: Party,
    sp: Party,
    keys: [VerifyingKey; 1],
    encryption: EncryptionKey,
    asked: MessageId,
    random: Random,
}

impl Ends {
    fn new(algorithm: xml::SignatureAlgorithm) -> anyhow::Result<Self> {
        let idp = Party::new("https://idp.example/saml", algorithm)?;
        let sp = Party::new("https://sp.example/metadata", RsaSha256)?;
        Ok(Self {
            keys: [VerifyingKey::from_certificate_der(&idp.certificate)?],
            encryption: EncryptionKey::from_certificate_der(sp.entity.as_str(), &sp.certificate)?,
            asked: MessageId::parse("_request")?,
            random: Random::new(),
            idp,
            sp,
        })
    }

    /// Responses with a signed assertion, beside bare signatures.
    fn made(&self, name: &'static str) -> anyhow::Result<Figure> {
        let (ours, bare) = in_turns(&|| self.response(SIGNED_ASSERTION).map(drop), &|| self.idp.sign_bare())?;
        let (unit, goal) = match self.idp.algorithm {
            RsaSha256 => ("raw RSA-2048 signatures/s a core", 0.95),
            EcdsaP256Sha256 => ("raw P-256 signatures/s a core", 0.6),
        };
        Ok(Figure::new(name, ours, "responses/s a core").beside(unit, bare).goal(Goal::RatioAtLeast(goal)))
    }

    /// The same, opened by a service, beside bare verifications.
    fn verified(&self, name: &'static str) -> anyhow::Result<Figure> {
        let message = self.response(SIGNED_ASSERTION)?;
        let now = Clock::System.now();
        let (ours, bare) = in_turns(&|| self.open(message.as_bytes(), now), &|| self.idp.verify_bare())?;
        let figure = Figure::new(name, ours, "responses/s a core");
        Ok(match self.idp.algorithm {
            RsaSha256 => figure.beside("raw RSA-2048 verifications/s a core", bare).goal(Goal::RatioAtLeast(0.35)),
            EcdsaP256Sha256 => figure.beside("raw P-256 verifications/s a core", bare),
        })
    }

    /// Responses in one form, beside what a peer makes of them.
    fn against(
        &self,
        name: &'static str,
        protection: Protection<'_>,
        peer: (&'static str, Option<f64>),
        goal: Option<f64>,
    ) -> anyhow::Result<Figure> {
        let (ours, _) = in_turns(&|| self.response(protection).map(drop), &|| Ok(()))?;
        let figure = Figure::new(name, ours, "responses/s a core");
        let figure = match peer {
            (name, Some(rate)) => figure.beside(name, rate),
            (why, None) => return Ok(figure.alone(why)),
        };
        Ok(match goal {
            Some(least) => figure.goal(Goal::RatioAtLeast(least)),
            None => figure,
        })
    }

    fn response(&self, protection: Protection<'_>) -> anyhow::Result<String> {
        let now = Clock::System.now();
        let login = Login {
            signer: self.idp.signer(),
            audience: &self.sp.entity,
            recipient: CONSUMER,
            in_response_to: Some(&self.asked),
            name: Name { format: NameFormat::Persistent, value: PSEUDONYM, sp_qualifier: self.sp.entity.as_str() },
            authn: Authn { instant: now, class: AuthnClass::SmartcardPki },
            session: Session { index: "_5f0c7a1de8b94c32", ends: now + SignedDuration::from_hours(8) },
            attributes: &ATTRIBUTES,
            lifetime: SignedDuration::from_mins(5),
            protection,
        };
        Ok(login.write(&mut |bytes| self.random.fill(bytes), now)?.into_string())
    }

    fn open(&self, message: &[u8], now: Timestamp) -> anyhow::Result<()> {
        let service = Service {
            entity: &self.sp.entity,
            consumer: CONSUMER,
            issuer: &self.idp.entity,
            keys: &self.keys,
            asked: Some(&self.asked),
            unwrap: &|_| Err(saml::UnwrapFailed),
            must_encrypt: false,
            skew: SignedDuration::from_secs(60),
        };
        let login = service::response(message, &service, now).context("our own response is refused")?;
        anyhow::ensure!(login.attributes.len() == ATTRIBUTES.len(), "attributes were lost");
        Ok(())
    }
}

const SIGNED_ASSERTION: Protection<'static> = Protection { sign_assertion: true, sign_response: false, encrypt: None };
const PSEUDONYM: &str = "5f0c7a1de8b94c3290d1a6f3b8e47c21";

/// As the peers' programs have them.
const ATTRIBUTES: [Attribute<'static>; 10] = [
    attribute("urn:oid:1.2.392.200119.0", "attribute0", &["value number 0"]),
    attribute("urn:oid:1.2.392.200119.1", "attribute1", &["value number 1"]),
    attribute("urn:oid:1.2.392.200119.2", "attribute2", &["value number 2"]),
    attribute("urn:oid:1.2.392.200119.3", "attribute3", &["value number 3"]),
    attribute("urn:oid:1.2.392.200119.4", "attribute4", &["value number 4"]),
    attribute("urn:oid:1.2.392.200119.5", "attribute5", &["value number 5"]),
    attribute("urn:oid:1.2.392.200119.6", "attribute6", &["value number 6"]),
    attribute("urn:oid:1.2.392.200119.7", "attribute7", &["value number 7"]),
    attribute("urn:oid:1.2.392.200119.8", "attribute8", &["value number 8"]),
    attribute("urn:oid:1.2.392.200119.9", "attribute9", &["value number 9"]),
];

const fn attribute(name: &'static str, friendly: &'static str, values: &'static [&'static str]) -> Attribute<'static> {
    Attribute { name, friendly, values, xml: None }
}

const ASSERTION: &str = "saml-assertion";
const ASSERTION_P256: &str = "saml-assertion-p256";
const BOTH: &str = "saml-both";
const ENCRYPTED: &str = "saml-encrypted";
const AGAINST_PYSAML2: &str = "saml-pysaml2";
const VERIFY: &str = "saml-verify";
const VERIFY_P256: &str = "saml-verify-p256";
const FLOOD: &str = "xml-flood";
const FLOOD_ATTRIBUTES: usize = 110_000;
