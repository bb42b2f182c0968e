//! An identity provider that answers, and a service that waits for the answer.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use jiff::{SignedDuration, Timestamp};
use saml::{
    Authn, AuthnClass, EntityId, MessageId, NameFormat, SignFailed, Signer, UnwrapFailed,
    send::{self, Attribute, Head, Login, Name, Protection, Session},
    service::Service,
};
use xml::{EncryptionKey, Fragment, VerifyingKey};
use zeroize::Zeroizing;

use crate::world::Key;

/// The two of them.
pub(crate) struct Pair {
    pub(crate) idp: EntityId,
    pub(crate) sp: EntityId,
    pub(crate) encryption: EncryptionKey,
    key: &'static Key,
    keys: Vec<VerifyingKey>,
    decryption: OaepPrivateDecryptingKey,
    asked: MessageId,
}

/// What may differ from login to login.
pub(crate) struct Said<'a> {
    pub(crate) audience: &'a EntityId,
    pub(crate) recipient: &'a str,
    pub(crate) in_response_to: Option<&'a MessageId>,
    pub(crate) session: &'a str,
    pub(crate) protection: Protection<'a>,
}

impl Pair {
    pub(crate) fn new(key: &'static Key) -> Self {
        let decryption = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let spki: PublicKeyX509Der<'_> = decryption.public_key().as_der().unwrap();
        Self {
            idp: EntityId::parse(IDP).unwrap(),
            sp: EntityId::parse(SP).unwrap(),
            encryption: EncryptionKey::from_spki_der(SP, spki.as_ref()).unwrap(),
            key,
            keys: vec![key.published().key],
            decryption: OaepPrivateDecryptingKey::new(decryption).unwrap(),
            asked: message_id(ASKED),
        }
    }

    /// A login, changed by `change`, as it goes out, signed by `key`.
    pub(crate) fn write_by<'a>(&'a self, key: &Key, change: impl FnOnce(&mut Said<'a>)) -> Fragment {
        let mut said = Said {
            audience: &self.sp,
            recipient: CONSUMER,
            in_response_to: Some(&self.asked),
            session: "_session",
            protection: SIGNED_ASSERTION,
        };
        change(&mut said);
        self.signed_by(key, |signer| {
            let login = Login {
                signer,
                audience: said.audience,
                recipient: said.recipient,
                in_response_to: said.in_response_to,
                name: Name { format: NameFormat::Persistent, value: PSEUDONYM, sp_qualifier: SP },
                authn: Authn { instant: now() - SignedDuration::from_mins(3), class: AuthnClass::SmartcardPki },
                session: Session { index: said.session, ends: now() + SignedDuration::from_hours(8) },
                attributes: &[Attribute {
                    name: "urn:x-kagawa:insurer",
                    friendly: "",
                    values: &["06370012"],
                    xml: None,
                }],
                lifetime: SignedDuration::from_mins(5),
                protection: said.protection,
            };
            login.write(&mut counter(), now()).unwrap()
        })
    }

    pub(crate) fn write<'a>(&'a self, change: impl FnOnce(&mut Said<'a>)) -> Fragment {
        self.write_by(self.key, change)
    }

    pub(crate) fn login<'a>(&'a self, change: impl FnOnce(&mut Said<'a>)) -> String {
        self.write(change).into_string()
    }

    /// The answer to an artifact, with `response` in it.
    pub(crate) fn artifact_response(&self, resolve: &MessageId, response: &Fragment) -> Fragment {
        let id = message_id("_answer");
        self.signed_by(self.key, |signer| {
            let head = Head { signer, id: &id, destination: None, sign: true };
            send::artifact_response(&head, resolve, Some(response), now()).unwrap()
        })
    }

    /// Signs a message without a signature, as a whole.
    pub(crate) fn sign_again(&self, message: &str) -> String {
        self.key.envelop(message)
    }

    /// The service as receiver, changed by `change`, opens something.
    pub(crate) fn open<T>(&self, change: impl FnOnce(&mut Service<'_>), open: impl FnOnce(&Service<'_>) -> T) -> T {
        let unwrap = |wrapped: &[u8]| {
            let mut plain = vec![0; self.decryption.min_output_size()];
            let plain = self.decryption.decrypt(&OAEP_SHA1_MGF1SHA1, wrapped, &mut plain, None);
            plain.map(|plain| Zeroizing::new(plain.to_vec())).map_err(|_| UnwrapFailed)
        };
        let mut service = Service {
            entity: &self.sp,
            consumer: CONSUMER,
            issuer: &self.idp,
            keys: &self.keys,
            asked: Some(&self.asked),
            unwrap: &unwrap,
            must_encrypt: false,
            skew: SignedDuration::from_secs(60),
        };
        change(&mut service);
        open(&service)
    }

    fn signed_by<T>(&self, key: &Key, make: impl FnOnce(Signer<'_>) -> T) -> T {
        let sign = |bytes: &[u8]| -> Result<Vec<u8>, SignFailed> { key.sign(bytes) };
        make(Signer { entity: &self.idp, algorithm: key.algorithm(), certificate: b"certificate", sign: &sign })
    }
}

/// Bytes that differ from draw to draw.
pub(crate) fn counter() -> impl FnMut(&mut [u8]) {
    let mut draws = 0;
    move |bytes: &mut [u8]| {
        draws += 1;
        bytes.fill(draws);
    }
}

pub(crate) fn message_id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub(crate) const SIGNED_ASSERTION: Protection<'static> =
    Protection { sign_assertion: true, sign_response: false, encrypt: None };
pub(crate) const SIGNED_RESPONSE: Protection<'static> =
    Protection { sign_assertion: false, sign_response: true, encrypt: None };
pub(crate) const BOTH_SIGNED: Protection<'static> =
    Protection { sign_assertion: true, sign_response: true, encrypt: None };

pub(crate) const IDP: &str = "https://idp.kagawa.example/saml";
pub(crate) const SP: &str = "https://sp.example/metadata";
pub(crate) const CONSUMER: &str = "https://sp.example/acs?tenant=1";
pub(crate) const PSEUDONYM: &str = "5f0c7a1de8b94c3290d1a6f3b8e47c21";
/// The service's request for login.
const ASKED: &str = "_asked";
