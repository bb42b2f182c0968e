//! Two providers, a stranger, and a question: valid as it stands, to be broken by the tests.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::{Engine, engine::general_purpose::STANDARD};
use idwsf::dst::{Query, QueryItem, ServiceType};
use idwsf::message::{
    self, Admitted, Authenticated, Body, Call, Consent, ConsentUri, Headers, Purpose, Receiver, Rejected, Replay,
    Request, Terms, VerifiedRequest,
};
use idwsf::token::{self, Authn, AuthnClass, Bound, Mint, Permit, Token};
use idwsf::{EntityId, Fault, MessageId, Pseudonym, SignFailed, UnwrapFailed};
use jiff::{SignedDuration, Timestamp};
use xml::ns::SAML;
use xml::{Document, EncryptedKey, EncryptionKey, Fragment, Limits, Part, VerifyingKey};
use zeroize::Zeroizing;

pub(crate) const ADDRESS: &str = "https://nhi.takamatsu.example/idwsf/dst";
pub(crate) const SELECT: &str = "/nhi:Insured/nhi:Eligibility";

pub(crate) fn now() -> Timestamp {
    "2026-11-22T01:00:00Z".parse().unwrap()
}

pub(crate) fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// A provider with one RSA key for everything. The keys are made for these tests and protect nothing.
pub(crate) struct Party {
    pub(crate) entity: EntityId,
    pub(crate) keys: Vec<VerifyingKey>,
    pub(crate) encryption: EncryptionKey,
    pub(crate) spki: Vec<u8>,
    /// The private key.
    pub(crate) pkcs8: Vec<u8>,
    signing: KeyPair,
    opening: Opening,
}

/// What opens tokens.
enum Opening {
    Rsa(OaepPrivateDecryptingKey),
    P256(PrivateKey),
}

impl Party {
    pub(crate) fn new(entity: &str, pkcs8: &str) -> Self {
        let der = STANDARD.decode(pkcs8.split_whitespace().collect::<String>()).unwrap();
        let signing = KeyPair::from_pkcs8(&der).unwrap();
        let spki: PublicKeyX509Der<'_> = signing.public_key().as_der().unwrap();
        let spki = spki.as_ref().to_vec();
        Self {
            entity: EntityId::parse(entity).unwrap(),
            keys: vec![VerifyingKey::from_spki_der(&spki).unwrap()],
            encryption: EncryptionKey::from_spki_der(entity, &spki).unwrap(),
            spki,
            signing,
            opening: Opening::Rsa(
                OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&der).unwrap()).unwrap(),
            ),
            pkcs8: der,
        }
    }

    /// With a key on P-256 that tokens are encrypted to.
    fn agreeing(self, pkcs8: &str, certificate: &str) -> Self {
        let [key, certificate] =
            [pkcs8, certificate].map(|text| STANDARD.decode(text.split_whitespace().collect::<String>()).unwrap());
        Self {
            encryption: EncryptionKey::from_certificate_der(self.entity.as_str(), &certificate).unwrap(),
            opening: Opening::P256(PrivateKey::from_private_key_der(&ECDH_P256, &key).unwrap()),
            ..self
        }
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignFailed> {
        let mut signature = vec![0; self.signing.public_modulus_len()];
        let random = SystemRandom::new();
        self.signing.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).map_err(|_| SignFailed)?;
        Ok(signature)
    }

    pub(crate) fn open(&self, key: &EncryptedKey) -> Result<Zeroizing<Vec<u8>>, UnwrapFailed> {
        match (&self.opening, key) {
            (_, EncryptedKey::Transported(wrapped)) => self.decrypt(wrapped),
            (Opening::P256(own), EncryptedKey::Agreed(agreed)) => {
                let originator = UnparsedPublicKey::new(&ECDH_P256, agreed.originator());
                agree(own, originator, UnwrapFailed, |shared| agreed.open(shared).ok_or(UnwrapFailed))
            }
            (Opening::Rsa(_), EncryptedKey::Agreed(_)) => Err(UnwrapFailed),
        }
    }

    pub(crate) fn decrypt(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapFailed> {
        let Opening::Rsa(own) = &self.opening else { return Err(UnwrapFailed) };
        let mut plain = vec![0; own.min_output_size()];
        let key = own.decrypt(&OAEP_SHA1_MGF1SHA1, wrapped, &mut plain, None).map_err(|_| UnwrapFailed)?;
        Ok(Zeroizing::new(key.to_vec()))
    }

    /// The assertion in one that is encrypted to it.
    pub(crate) fn plain(&self, encrypted: &str) -> String {
        let document = Document::parse(xml::scan(encrypted.as_bytes(), &Limits::default()).unwrap()).unwrap();
        let plain = xml::decrypt_as(self.entity.as_str(), document.root(), |key| self.open(key)).unwrap();
        String::from_utf8(plain.to_vec()).unwrap()
    }
}

pub(crate) struct World {
    /// Asks, and issues the tokens.
    pub(crate) relay: Party,
    /// Answers.
    pub(crate) insurer: Party,
    /// Known to the insurer as a sender, and not as an issuer.
    pub(crate) stranger: Party,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            relay: Party::new("https://relay.kagawa.example/metadata", include_str!("../keys/relay.pkcs8")),
            insurer: Party::new("https://nhi.takamatsu.example/metadata", include_str!("../keys/insurer.pkcs8")),
            stranger: Party::new("https://other.example/metadata", include_str!("../keys/stranger.pkcs8")),
        }
    }

    /// The insurer's tokens are encrypted to a key on P-256.
    pub(crate) fn agreeing() -> Self {
        let Self { relay, insurer, stranger } = Self::new();
        let (key, certificate) = (include_str!("../keys/insurer-p256.pkcs8"), include_str!("../keys/insurer-p256.crt"));
        Self { insurer: insurer.agreeing(key, certificate), relay, stranger }
    }

    pub(crate) fn token(&self) -> Token {
        self.token_with(&self.relay, &self.insurer.entity, &self.insurer.encryption)
    }

    pub(crate) fn token_with(&self, issuer: &Party, audience: &EntityId, recipient: &EncryptionKey) -> Token {
        self.minted(issuer, audience, recipient, None)
    }

    /// A token for the insurer that only `holder` can use, with the key of this certificate.
    pub(crate) fn token_for(&self, holder: &Party, certificate: &[u8]) -> Token {
        let permits = permits();
        let bound = Bound { holder: &holder.entity, certificate, permits: &permits };
        self.minted(&self.relay, &self.insurer.entity, &self.insurer.encryption, Some(&bound))
    }

    fn minted(
        &self,
        issuer: &Party,
        audience: &EntityId,
        recipient: &EncryptionKey,
        bound: Option<&Bound<'_>>,
    ) -> Token {
        let mint = Mint {
            issuer: idwsf::Sender {
                entity: &issuer.entity,
                algorithm: xml::SignatureAlgorithm::RsaSha256,
                sign: &|bytes| issuer.sign(bytes),
            },
            audience,
            recipient,
            pseudonym: &subject(),
            authn: Authn { instant: after(-30), class: AuthnClass::SmartcardPki },
            lifetime: SignedDuration::from_mins(10),
        };
        match bound {
            Some(bound) => token::mint_for(&mint, bound, &mut random, now()).unwrap(),
            None => token::mint(&mint, &mut random, now()).unwrap(),
        }
    }

    /// The valid question, with every header this profile writes.
    pub(crate) fn request(&self) -> String {
        self.request_with(&self.token())
    }

    pub(crate) fn request_with(&self, token: &Token) -> String {
        String::from_utf8(self.seal_with(&query(), token)).unwrap()
    }

    /// A question of the relay's.
    pub(crate) fn seal(&self, query: &Query) -> Vec<u8> {
        self.seal_with(query, &self.token())
    }

    fn seal_with(&self, query: &Query, token: &Token) -> Vec<u8> {
        let request = Request {
            sender: idwsf::Sender {
                entity: &self.relay.entity,
                algorithm: xml::SignatureAlgorithm::RsaSha256,
                sign: &|bytes| self.relay.sign(bytes),
            },
            to: ADDRESS,
            token,
            consent: Some(Consent { uri: ConsentUri::CurrentExplicit, given_at: Some(after(-60)) }),
            purpose: Purpose::CitizenSelfView,
            query,
            message_id: &question(),
        };
        message::seal_request(&request, now()).unwrap()
    }

    /// A question or a change of the relay's.
    pub(crate) fn call(&self, headers: &Headers, body: Body<'_>, token: &Token) -> String {
        let call = Call {
            sender: idwsf::Sender {
                entity: &self.relay.entity,
                algorithm: xml::SignatureAlgorithm::RsaSha256,
                sign: &|bytes| self.relay.sign(bytes),
            },
            to: ADDRESS,
            token,
            headers,
            body,
            message_id: &question(),
        };
        String::from_utf8(message::seal_call(&call, now()).unwrap()).unwrap()
    }

    /// What the insurer makes of a message that it has not had before, under its terms.
    pub(crate) fn admit(&self, request: &str, terms: &Terms<'_>) -> Result<Admitted, Fault> {
        let accepted =
            self.as_receiver(|receiver| message::authenticate_under(request.as_bytes(), receiver, terms, now()));
        accepted.and_then(|message| message.admit(Replay::Fresh)).map_err(|rejected| rejected.fault)
    }

    /// What the insurer makes of a question, up to step 9.
    pub(crate) fn authenticate_at(&self, request: &str, at: Timestamp) -> Result<Authenticated, Rejected> {
        self.as_receiver(|receiver| message::authenticate(request.as_bytes(), receiver, at))
    }

    fn as_receiver<T>(&self, receive: impl FnOnce(&Receiver<'_>) -> T) -> T {
        let known: &message::Keys<'_> = &|id| {
            [&self.relay, &self.stranger]
                .into_iter()
                .find(|party| party.entity == *id)
                .map(|party| party.keys.as_slice())
        };
        let trusted: &message::Keys<'_> = &|id| (*id == self.relay.entity).then_some(self.relay.keys.as_slice());
        receive(&Receiver {
            entity: &self.insurer.entity,
            address: ADDRESS,
            service: ServiceType::NHI,
            providers: known,
            issuers: trusted,
            decrypt: &|key| self.insurer.open(key),
        })
    }

    pub(crate) fn authenticate(&self, request: &str) -> Result<Authenticated, Rejected> {
        self.authenticate_at(request, now())
    }

    /// What the insurer makes of a question that it has not had before.
    pub(crate) fn receive(&self, request: &str) -> Result<VerifiedRequest, Fault> {
        self.authenticate(request).and_then(|message| message.admit(Replay::Fresh)).map_err(|rejected| rejected.fault)
    }

    /// Signs a message again after it was changed, all parts that have an ID or only those wanted.
    pub(crate) fn resign(&self, message: &str, wanted: impl Fn(&str) -> bool, by: &Party) -> String {
        sign_message(&without(message, "<ds:Signature", "</ds:Signature>"), wanted, by).unwrap()
    }

    /// The valid question with one change, signed again by the relay.
    pub(crate) fn changed(&self, from: &str, to: &str) -> String {
        self.resign(&replaced(&self.request(), from, to), |_| true, &self.relay)
    }

    /// A token whose assertion was changed before it was signed by `issuer`, in the place of the one in the question.
    pub(crate) fn with_token(&self, change: impl Fn(String) -> String, issuer: &Party) -> String {
        self.with_changed_token(&self.request(), change, issuer)
    }

    /// The same in another message; the relay issues.
    pub(crate) fn with_bound_token(&self, request: &str, change: impl Fn(String) -> String) -> String {
        self.with_changed_token(request, change, &self.relay)
    }

    pub(crate) fn with_changed_token(
        &self,
        request: &str,
        change: impl Fn(String) -> String,
        issuer: &Party,
    ) -> String {
        let (before, rest) = request.split_once("<saml:EncryptedAssertion").unwrap();
        let (token, after) = rest.split_once("</saml:EncryptedAssertion>").unwrap();
        let token = format!("<saml:EncryptedAssertion{token}</saml:EncryptedAssertion>");
        let changed = change(without(&self.plain(&token), "<ds:Signature", "</ds:Signature>"));
        let signed = sign_assertion(&changed, issuer).unwrap();
        let encrypted = self.encrypt(&signed);
        format!("{before}{}{after}", encrypted.as_str())
    }

    pub(crate) fn encrypt(&self, assertion: &str) -> Fragment {
        let document = Document::parse(xml::scan(assertion.as_bytes(), &Limits::default()).unwrap()).unwrap();
        let fragment = Fragment::of(document.root());
        xml::encrypt(&fragment, (SAML, "EncryptedAssertion"), &self.insurer.encryption, &mut random).unwrap()
    }

    /// The valid assertion.
    pub(crate) fn assertion(&self) -> String {
        self.plain(self.token().encrypted().as_str())
    }

    /// The assertion in an encrypted one.
    pub(crate) fn plain(&self, encrypted: &str) -> String {
        self.insurer.plain(encrypted)
    }
}

/// Signs a message that has no signature yet, if it can be parsed.
pub(crate) fn sign_message(unsigned: &str, wanted: impl Fn(&str) -> bool, by: &Party) -> Option<String> {
    let canonical: Vec<(&str, String)> = {
        let document = Document::parse(xml::scan(unsigned.as_bytes(), &Limits::default()).ok()?).ok()?;
        let ids = IDS.iter().filter(|id| wanted(id)).filter_map(|id| Some((*id, document.by_id(id)?)));
        ids.map(|(id, node)| (id, xml::exclusive_c14n(node, &[], None))).collect()
    };
    let parts: Vec<Part<'_>> =
        canonical.iter().map(|(id, canonical)| Part { id, canonical, enveloped: false }).collect();
    let signature = xml::signature(&parts, &xml::Signing::RSA, |bytes| by.sign(bytes)).unwrap();
    Some(unsigned.replace("</wsse:Security>", &format!("{}</wsse:Security>", signature.as_str())))
}

/// Puts the issuer's signature after the Issuer of an assertion that has no signature yet, if it can be parsed and has an ID.
pub(crate) fn sign_assertion(assertion: &str, issuer: &Party) -> Option<String> {
    let document = Document::parse(xml::scan(assertion.as_bytes(), &Limits::default()).ok()?).ok()?;
    let id = xml::unqualified(document.root(), "ID")?;
    let canonical = xml::exclusive_c14n(document.root(), &[], None);
    let part = Part { id, canonical: &canonical, enveloped: true };
    let signature = xml::signature(&[part], &xml::Signing::RSA, |bytes| issuer.sign(bytes)).unwrap();
    Some(canonical.replacen("</saml:Issuer>", &format!("</saml:Issuer>{}", signature.as_str()), 1))
}

pub(crate) fn query() -> Query {
    let item = |id: &str, select: &str| QueryItem {
        item_id: Some(id.to_owned()),
        select: select.to_owned(),
        changed_since: Some(after(-3600)).filter(|_| id == "q2"),
        page: None,
    };
    Query { service: ServiceType::NHI, items: vec![item("q1", SELECT), item("q2", "/nhi:Insured/nhi:Coverage")] }
}

/// What the relay lets the holder of a token ask.
pub(crate) fn permits() -> Vec<Permit> {
    ["coverage", "check-up"].map(|category| Permit::new(category, Purpose::Treatment).unwrap()).to_vec()
}

pub(crate) fn subject() -> Pseudonym {
    Pseudonym::parse("N-c0ffee12").unwrap()
}

pub(crate) fn question() -> MessageId {
    MessageId::from_random([1; 16])
}

/// Chance, the same in every run.
pub(crate) fn random(bytes: &mut [u8]) {
    for (position, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::try_from(position * 7 % 251).unwrap();
    }
}

/// Replaces exactly one place.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from} is not there once");
    text.replace(from, to)
}

/// The text without the first stretch from `start` to `end`.
pub(crate) fn without(text: &str, start: &str, end: &str) -> String {
    let (before, rest) = text.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{after}")
}

/// The first stretch from `start` to `end`.
pub(crate) fn between(text: &str, start: &str, end: &str) -> String {
    let (_, rest) = text.split_once(start).unwrap();
    let (inner, _) = rest.split_once(end).unwrap();
    format!("{start}{inner}{end}")
}

/// The IDs of the parts, in the order of our own messages, and some that tests add.
const IDS: [&str; 17] =
    ["fwk", "snd", "mid", "rel", "to", "act", "con", "pc", "tmo", "ui", "ud", "cc", "eu", "extra", "ts", "str", "body"];
