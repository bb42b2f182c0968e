//! An identity provider, a service, and a person who logs in.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};
use saml::send::{Attribute, Head, Login, Name, Protection, Session};
use saml::service::{self, LoggedIn, Service};
use saml::{
    Authn, AuthnClass, EntityId, MessageId, NameFormat, Refused, Sign, SignFailed, Signer, Unwrap, UnwrapFailed,
};
use xml::{Document, EncryptionKey, Limits, SignatureAlgorithm, VerifyingKey, exclusive_c14n};
use zeroize::Zeroizing;

/// A party with one key, which signs, and opens what is encrypted to it if it is an RSA key.
pub(crate) struct Party {
    pub(crate) entity: EntityId,
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key_pem: String,
    algorithm: SignatureAlgorithm,
    sign: Box<Sign<'static>>,
    unwrap: Box<Unwrap<'static>>,
}

impl Party {
    pub(crate) fn new(entity: &str, algorithm: SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(match algorithm {
            SignatureAlgorithm::RsaSha256 => &rcgen::PKCS_RSA_SHA256,
            SignatureAlgorithm::EcdsaP256Sha256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        })
        .unwrap();
        let certificate = CertificateParams::new(vec!["party.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        let pkcs8 = key.serialize_der();
        let sign: Box<Sign<'static>> = match algorithm {
            SignatureAlgorithm::RsaSha256 => {
                let key = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
                Box::new(move |message| {
                    let mut signature = vec![0; key.public_modulus_len()];
                    let signed = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
                    signed.map(|()| signature).map_err(|_| SignFailed)
                })
            }
            SignatureAlgorithm::EcdsaP256Sha256 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap();
                Box::new(move |message| {
                    let signature = key.sign(&SystemRandom::new(), message).map_err(|_| SignFailed)?;
                    Ok(signature.as_ref().to_vec())
                })
            }
        };
        let unwrap: Box<Unwrap<'static>> = Box::new(move |wrapped| {
            let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| UnwrapFailed)?;
            let key = OaepPrivateDecryptingKey::new(key).map_err(|_| UnwrapFailed)?;
            let mut plain = vec![0; key.min_output_size()];
            let plain = key.decrypt(&OAEP_SHA1_MGF1SHA1, wrapped, &mut plain, None).map_err(|_| UnwrapFailed)?;
            Ok(Zeroizing::new(plain.to_vec()))
        });
        let entity = EntityId::parse(entity).unwrap();
        Self { entity, certificate, key_pem: key.serialize_pem(), algorithm, sign, unwrap }
    }

    pub(crate) fn signer(&self) -> Signer<'_> {
        let certificate = self.certificate.der();
        Signer { entity: &self.entity, algorithm: self.algorithm, certificate, sign: &*self.sign }
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_certificate_der(self.certificate.der()).unwrap()
    }

    pub(crate) fn encryption_key(&self) -> EncryptionKey {
        EncryptionKey::from_certificate_der(self.entity.as_str(), self.certificate.der()).unwrap()
    }
}

pub(crate) struct World {
    pub(crate) idp: Party,
    pub(crate) sp: Party,
    pub(crate) encryption: EncryptionKey,
    keys: [VerifyingKey; 1],
    asked: MessageId,
}

impl World {
    pub(crate) fn new(algorithm: SignatureAlgorithm) -> Self {
        let idp = Party::new(IDP, algorithm);
        let sp = Party::new(SP, SignatureAlgorithm::RsaSha256);
        let (keys, encryption) = ([idp.verifying_key()], sp.encryption_key());
        Self { idp, sp, encryption, keys, asked: MessageId::parse("_asked").unwrap() }
    }

    /// A login that answers the service's request.
    pub(crate) fn login(&self) -> Login<'_> {
        Login {
            signer: self.idp.signer(),
            audience: &self.sp.entity,
            recipient: CONSUMER,
            in_response_to: Some(&self.asked),
            name: NAME,
            authn: Authn { instant: now() - SignedDuration::from_mins(3), class: AuthnClass::SmartcardPki },
            session: Session { index: "_session", ends: now() + SignedDuration::from_hours(8) },
            attributes: &ATTRIBUTES,
            lifetime: SignedDuration::from_mins(5),
            protection: SIGNED_ASSERTION,
        }
    }

    /// The response to that login.
    pub(crate) fn response(&self, protection: Protection<'_>) -> String {
        written(&Login { protection, ..self.login() })
    }

    /// A response that is signed as a whole, without its signature, for tests to change and sign again.
    pub(crate) fn bare(&self) -> String {
        let signed = self.response(SIGNED_RESPONSE);
        signed.replace(cut(&signed, "ds:Signature"), "")
    }

    /// Signs `bare`, which lacks a signature, as a whole.
    pub(crate) fn sign(&self, bare: &str) -> String {
        let parsed = parse(bare);
        let id = xml::unqualified(parsed.root(), "ID").unwrap();
        let canonical = exclusive_c14n(parsed.root(), &[], None);
        let part = xml::Part { id, canonical: &canonical, enveloped: true };
        let signature = xml::signature(&[part], &xml::Signing::RSA, &*self.idp.sign).unwrap();
        canonical.replacen("</saml:Issuer>", &format!("</saml:Issuer>{}", signature.as_str()), 1)
    }

    /// The service as it waits for the answer to its request.
    pub(crate) fn service(&self) -> Service<'_> {
        Service {
            entity: &self.sp.entity,
            consumer: CONSUMER,
            issuer: &self.idp.entity,
            keys: &self.keys,
            asked: Some(&self.asked),
            unwrap: &*self.sp.unwrap,
            must_encrypt: false,
            skew: SignedDuration::from_secs(60),
        }
    }

    /// The service opens a response.
    pub(crate) fn open(&self, response: &str) -> Result<LoggedIn, Refused> {
        service::response(response.as_bytes(), &self.service(), now())
    }
}

pub(crate) fn written(login: &Login<'_>) -> String {
    login.write(&mut counter(), now()).unwrap().into_string()
}

pub(crate) fn head<'a>(signer: Signer<'a>, id: &'a MessageId) -> Head<'a> {
    Head { signer, id, destination: Some("https://sp.example/slo"), sign: true }
}

pub(crate) fn id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

pub(crate) fn parse(text: &str) -> Document<'_> {
    Document::parse(xml::scan(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
}

/// Bytes that differ from draw to draw.
pub(crate) fn counter() -> impl FnMut(&mut [u8]) {
    let mut draws = 0;
    move |bytes: &mut [u8]| {
        draws += 1;
        bytes.fill(draws);
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// From the first `<name` to the end of its element.
pub(crate) fn cut<'t>(text: &'t str, name: &str) -> &'t str {
    let starts = |(at, _): &(usize, &str)| text[at + 1 + name.len()..].starts_with([' ', '>']);
    let (from, _) = text.match_indices(&format!("<{name}")).find(starts).unwrap();
    let end = format!("</{name}>");
    let to = from + text[from..].find(&end).unwrap() + end.len();
    &text[from..to]
}

pub(crate) const SIGNED_ASSERTION: Protection<'static> =
    Protection { sign_assertion: true, sign_response: false, encrypt: None };
pub(crate) const SIGNED_RESPONSE: Protection<'static> =
    Protection { sign_assertion: false, sign_response: true, encrypt: None };
pub(crate) const BOTH_SIGNED: Protection<'static> =
    Protection { sign_assertion: true, sign_response: true, encrypt: None };

pub(crate) const NAME: Name<'static> = Name { format: NameFormat::Persistent, value: PSEUDONYM, sp_qualifier: SP };

pub(crate) const ATTRIBUTES: [Attribute<'static>; 2] = [
    Attribute { name: "urn:oid:2.5.4.42", friendly: "givenName", values: &["花子 <&>\"\r\n"], xml: None },
    Attribute { name: "urn:x-kagawa:insurer", friendly: "", values: &["06370012", ""], xml: None },
];

pub(crate) const IDP: &str = "https://idp.kagawa.example/saml";
pub(crate) const SP: &str = "https://sp.example/metadata";
pub(crate) const CONSUMER: &str = "https://sp.example/acs?tenant=1&x=%22";
pub(crate) const PSEUDONYM: &str = "5f0c7a1de8b94c3290d1a6f3b8e47c21";
