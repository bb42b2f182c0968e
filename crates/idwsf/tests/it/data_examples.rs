//! The worked examples of data services, faults and inquiries: opened with the keys that belong to them, and written again.
//! What is written is canonically equal to what was read, but for the signature, the words of a fault, and the names of IDs.
//!
//! The examples are not part of this repository: `SSC_SAMPLES` names their folder.

use std::path::{Path, PathBuf};

use aws_lc_rs::rsa::{KeyPair, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::{Engine, engine::general_purpose::STANDARD};
use idwsf::dst::{Code, Data, ModifyResponse, QueryResponse, ServiceType};
use idwsf::epr::{CarriedToken, Content};
use idwsf::interaction::{
    InquiryReceiver, RedirectUrl, answer_inquiry, open_inquiry, open_inquiry_answer, seal_inquiry,
};
use idwsf::message::{
    self, Admitted, Answer, Asked, Body, Call, Compat, Demand, Expect, Keys, Mechanism, Offer, PeerDemand, PeerFault,
    Receiver, Replay, ResponseRefused, Terms,
};
use idwsf::token::{AuthnClass, Token};
use idwsf::{EntityId, Fault, MessageId, Sender, SignFailed, UnwrapFailed};
use jiff::Timestamp;
use xml::{Document, EncryptedKey, Fragment, Limits, Node, VerifyingKey};
use zeroize::Zeroizing;

use crate::world::between;

const NHI: &str = "https://nhi.takamatsu.example/metadata";
const RELAY: &str = "https://relay.kagawa.example/metadata";
const IDP: &str = "https://idp.kagawa.example/metadata";
const DATA: &str = "https://nhi.takamatsu.example/idwsf/dst";
const ASKING: &str = "https://relay.kagawa.example/idwsf/is";
/// A token of the third kind stands in the clear, so nothing of it is re-encrypted.
const EVERYTHING: &[Mechanism] = &[Mechanism::TlsBearer, Mechanism::TlsSamlV2];

fn then() -> Timestamp {
    "2009-03-02T01:00:00Z".parse().unwrap()
}

struct Examples(PathBuf);

/// The folder, if the environment names it.
fn examples() -> Option<Examples> {
    let folder = std::env::var_os("SSC_SAMPLES").map(PathBuf::from);
    let folder = folder.map(|folder| if folder.join("idwsf").is_dir() { folder.join("idwsf") } else { folder });
    if folder.is_none() {
        println!("not read: SSC_SAMPLES does not name the folder of the ID-WSF examples");
    }
    folder.map(Examples)
}

fn pem(path: &Path) -> Vec<u8> {
    let text = std::fs::read_to_string(path).unwrap();
    STANDARD.decode(text.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

impl Examples {
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn keys(&self, party: &str) -> Vec<VerifyingKey> {
        vec![VerifyingKey::from_certificate_der(&pem(&self.0.join(format!("keys/{party}.crt")))).unwrap()]
    }

    fn sign(&self, party: &str, bytes: &[u8]) -> Result<Vec<u8>, SignFailed> {
        let key = KeyPair::from_pkcs8(&pem(&self.0.join(format!("keys/{party}.key")))).unwrap();
        let mut signature = vec![0; key.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).map_err(|_| SignFailed)?;
        Ok(signature)
    }

    fn open(&self, key: &EncryptedKey) -> Result<Zeroizing<Vec<u8>>, UnwrapFailed> {
        let EncryptedKey::Transported(wrapped) = key else { return Err(UnwrapFailed) };
        let key = PrivateDecryptingKey::from_pkcs8(&pem(&self.0.join("keys/nhi.key"))).unwrap();
        let key = OaepPrivateDecryptingKey::new(key).unwrap();
        let mut plain = vec![0; key.min_output_size()];
        let key = key.decrypt(&OAEP_SHA1_MGF1SHA1, wrapped, &mut plain, None).map_err(|_| UnwrapFailed)?;
        Ok(Zeroizing::new(key.to_vec()))
    }

    /// What the insurer of the examples makes of a message.
    fn admit(&self, message: &str, terms: &Terms<'_>) -> Result<Admitted, Fault> {
        let (relay, idp) = (self.keys("relay"), self.keys("idp"));
        let known: &Keys<'_> = &|id| (id.as_str() == RELAY).then_some(relay.as_slice());
        let trusted: &Keys<'_> = &|id| (id.as_str() == IDP).then_some(idp.as_slice());
        let receiver = Receiver {
            entity: &EntityId::parse(NHI).unwrap(),
            address: DATA,
            service: ServiceType::NHI,
            providers: known,
            issuers: trusted,
            decrypt: &|key| self.open(key),
        };
        let opened = message::authenticate_under(message.as_bytes(), &receiver, terms, then());
        opened.and_then(|opened| opened.admit(Replay::Fresh)).map_err(|rejected| rejected.fault)
    }

    /// What the relay makes of an answer; `about` ends the ID of the question.
    fn answer<T>(&self, message: &str, about: &str, use_it: impl FnOnce(&Expect<'_>, &[u8]) -> T) -> T {
        let (entity, keys) = (EntityId::parse(NHI).unwrap(), self.keys("nhi"));
        let expect = Expect { in_reply_to: &message_id(about), from: &entity, keys: &keys, service: ServiceType::NHI };
        use_it(&expect, message.as_bytes())
    }

    fn fault(&self, message: &str) -> PeerFault {
        let opened = self.answer(message, "04", |expect, bytes| message::open_response(bytes, expect, then(), |_| ()));
        let Ok(Answer::Fault(fault)) = opened else { panic!("{opened:?}") };
        fault
    }

    fn demand(&self, message: &str) -> Option<PeerDemand> {
        self.fault(message).demand.map(|demand| *demand)
    }

    fn by<T>(&self, party: &str, entity: &str, seal: impl FnOnce(&Sender<'_>) -> T) -> T {
        seal(&Sender {
            entity: &EntityId::parse(entity).unwrap(),
            algorithm: xml::SignatureAlgorithm::RsaSha256,
            sign: &|bytes| self.sign(party, bytes),
        })
    }

    /// A question or change as the relay writes it.
    fn call(&self, message: &str, admitted: &Admitted, body: Body<'_>) -> Vec<u8> {
        self.by("relay", RELAY, |sender| {
            let call = Call {
                sender: *sender,
                to: DATA,
                token: &token(message),
                headers: &admitted.headers,
                body,
                message_id: &admitted.message_id,
            };
            message::seal_call(&call, then()).unwrap()
        })
    }
}

fn message_id(end: &str) -> MessageId {
    MessageId::parse(&format!("urn:uuid:00000000-0000-4000-8000-0000000000{end}")).unwrap()
}

/// The token of a message, as its carrier holds it; a stand-in where it is in the clear.
pub(crate) fn token(message: &str) -> Token {
    let document = parsed(message);
    let is_token = |node: &Node<'_, '_>| xml::is(*node, xml::ns::SAML, "EncryptedAssertion");
    let security = document.root().descendants().find(|node| xml::is(*node, SECURITY, "Security")).unwrap();
    let named = security.descendants().find(|node| xml::is(*node, SECURITY, "KeyIdentifier")).unwrap();
    let token = match security.children().find(is_token) {
        Some(token) => Fragment::of(token),
        None => {
            let mut writer = xml::Writer::new();
            writer.empty(xml::ns::SAML, "EncryptedAssertion", &[]);
            writer.finish()
        }
    };
    let id = Some(xml::text(named).unwrap());
    CarriedToken { id, usage: None, content: Content::Token(token) }.token().unwrap()
}

const SECURITY: xml::Ns =
    xml::Ns::new("wsse", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd");

fn parsed(message: &str) -> Document<'_> {
    Document::parse(xml::scan(message.as_bytes(), &Limits::default()).unwrap()).unwrap()
}

/// Exclusive canonical form without the message signature, and without what is ours to choose.
fn canonical(message: &str) -> String {
    let mut text = xml::exclusive_c14n(parsed(message).root(), &[], None);
    if text.contains("<saml:Assertion ") {
        let clear = between(&text, "<saml:Assertion ", "</saml:Assertion>");
        text = text.replace(&clear, "<saml:EncryptedAssertion></saml:EncryptedAssertion>");
        // Where the namespace is declared is a matter of where it is used first.
        text = text.replace(" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "");
    }
    let signature = between(&text, "<ds:Signature", "</wsse:Security>");
    text = text.replace(&signature, "</wsse:Security>");
    for (theirs, ours) in [("\"nhiq\"", "\"query\""), ("\"ir1\"", "\"inquiry\"")] {
        text = text.replace(theirs, ours);
    }
    if text.contains("<S:Fault>") {
        let words = between(&text, "<faultstring>", "</faultstring>");
        text = text.replace(&words, "<faultstring/>").replace(" ref=\"ts\"", "").replace(" ref=\"fwk\"", "");
    }
    text.replace(" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "")
}

fn assert_same(name: &str, example: &str, written: &[u8]) {
    assert_eq!(canonical(std::str::from_utf8(written).unwrap()), canonical(example), "{name}");
}

/// Everything that is read at all, on the loopback: most examples state no purpose.
fn leave() -> Terms<'static> {
    let compat = Compat::on_loopback("127.0.0.1".parse().unwrap());
    Terms { mechanisms: EVERYTHING, changes: Offer::Yes, simulation: Offer::Yes, compat, ..Terms::STRICT }
}

#[test]
fn questions_and_changes_are_read_and_written_again() {
    let Some(examples) = examples() else { return };
    for (name, terms) in [
        ("04-dst-query.xml", Terms::STRICT),
        ("10a-dst-modify.xml", leave()),
        ("13b-dst-query-holder-of-key.xml", leave()),
    ] {
        let example = examples.read(name);
        let admitted = examples.admit(&example, &terms).map_err(|fault| format!("{name}: {fault}")).ok().unwrap();
        assert_eq!(admitted.subject.as_str(), "N-c0ffee12");
        assert_eq!(admitted.mechanism.is_holder_of_key(), name.starts_with("13b"));
        let written = match &admitted.asked {
            Asked::Query(query) => examples.call(&example, &admitted, Body::Query(query.as_ref().unwrap())),
            Asked::Modify(modify) => examples.call(&example, &admitted, Body::Modify(modify.as_ref().ok().unwrap())),
        };
        assert_same(name, &example, &written);
    }
}

#[test]
fn a_token_in_the_clear_and_a_missing_purpose_are_for_the_loopback_only() {
    let Some(examples) = examples() else { return };
    let strict = Terms { compat: None, ..leave() };
    for (name, refused) in [
        ("10a-dst-modify.xml", Fault::Purpose),
        ("13b-dst-query-holder-of-key.xml", idwsf::TokenRefused::InTheClear.into()),
    ] {
        assert_eq!(examples.admit(&examples.read(name), &strict).err(), Some(refused), "{name}");
    }
}

#[test]
fn what_is_not_offered_is_refused_with_its_code() {
    let Some(examples) = examples() else { return };
    for (name, refused) in [
        ("10c-dst-create.xml", Fault::ActionUnknown),
        ("10d-dst-delete.xml", Fault::ActionUnknown),
        ("13a-dst-query-targetidentity.xml", Fault::TargetIdentity),
    ] {
        assert_eq!(examples.admit(&examples.read(name), &leave()).err(), Some(refused), "{name}");
    }
    let subscription = examples.admit(&examples.read("10e-dst-subscribe.xml"), &leave()).ok().unwrap();
    let Asked::Query(Err(status)) = subscription.asked else { panic!() };
    assert_eq!(status.reasons[0].code, Code::TRIGGER_NOT_SUPPORTED);
    // A notification comes to a client, which has no data service to take it.
    assert_eq!(examples.admit(&examples.read("10f-dst-notify.xml"), &leave()).err(), Some(Fault::Sender));
    let response = examples.read("10g-dst-notifyresponse.xml");
    let keys = examples.keys("relay");
    let (relay, asked) = (EntityId::parse(RELAY).unwrap(), message_id("28"));
    let expect = Expect { in_reply_to: &asked, from: &relay, keys: &keys, service: ServiceType::NHI };
    let opened = message::open_response(response.as_bytes(), &expect, then(), |_| ());
    assert_eq!(opened, Err(ResponseRefused::Action));
}

#[test]
fn answers_are_read_and_written_again() {
    let Some(examples) = examples() else { return };
    for (name, id) in [("05-dst-queryresponse.xml", "05"), ("05b-dst-queryresponse-partial.xml", "06")] {
        let example = examples.read(name);
        let response = examples.answer(&example, "04", |expect, bytes| {
            message::open_response(bytes, expect, then(), |reply| QueryResponse {
                service: ServiceType::NHI,
                status: reply.status.clone(),
                data: reply
                    .data()
                    .iter()
                    .map(|data| Data {
                        item_ref: data.item_ref.map(str::to_owned),
                        content: data.node.children().filter(Node::is_element).map(Fragment::of).collect(),
                        rest: None,
                    })
                    .collect(),
                time_stamp: reply.time_stamp,
            })
        });
        let Ok(Answer::Reply(response)) = response else { panic!("{name}") };
        let written = examples.by("nhi", NHI, |sender| {
            message::seal_response(sender, &message_id("04"), &message_id(id), &response, then()).unwrap()
        });
        assert_same(name, &example, &written);
    }
    let name = "10b-dst-modifyresponse-conflict.xml";
    let example = examples.read(name);
    let opened = examples.answer(&example, "23", |expect, bytes| message::open_modify_response(bytes, expect, then()));
    let Ok(Answer::Reply(reply)) = opened else { panic!("{name}") };
    let response = ModifyResponse { service: ServiceType::NHI, status: reply.status, time_stamp: reply.time_stamp };
    let written = examples.by("nhi", NHI, |sender| {
        message::seal_modify_response(sender, &message_id("23"), &message_id("24"), &response, then()).unwrap()
    });
    assert_same(name, &example, &written);
}

#[test]
fn faults_are_read_and_written_again() {
    let Some(examples) = examples() else { return };
    for (name, id, fault) in [
        ("06a-fault-stale.xml", "07", Fault::Stale),
        ("06b-fault-framework.xml", "08", Fault::Framework),
        ("06f-fault-interactionrequired.xml", "12", Fault::InteractionRequired),
    ] {
        let example = examples.read(name);
        let read = examples.fault(&example);
        assert_eq!(read.status.as_deref(), fault.status());
        let written = examples.by("nhi", NHI, |sender| {
            message::seal_fault(sender, Some(&message_id("04")), &message_id(id), &fault, then()).unwrap()
        });
        assert_same(name, &example, &written);
    }
    let read = examples.fault(&examples.read("06g-fault-wsse.xml"));
    assert_eq!((read.code.as_str(), read.demand), ("FailedCheck", None));
}

#[test]
fn demands_are_read_and_written_again() {
    let Some(examples) = examples() else { return };
    let seal = |id: &str, demand: Demand<'_>| {
        examples.by("nhi", NHI, |sender| {
            message::seal_demand(sender, &message_id("04"), &message_id(id), demand, then()).unwrap()
        })
    };
    let example = examples.read("06c-fault-redirectrequest.xml");
    let Some(PeerDemand::Redirect { url, fault }) = examples.demand(&example) else { panic!() };
    assert_eq!(fault, message_id("09"));
    let url = RedirectUrl::accept(&url, DATA).unwrap();
    assert_same("06c", &example, &seal("09", Demand::Redirect(&url)));

    let example = examples.read("06d-fault-credentials.xml");
    let Some(PeerDemand::Credentials { classes, mechanisms }) = examples.demand(&example) else { panic!() };
    let (class, mechanism) = (AuthnClass::by_uri(&classes[0]).unwrap(), Mechanism::by_uri(&mechanisms[0]).unwrap());
    assert_same("06d", &example, &seal("10", Demand::Credentials(class, mechanism)));

    let example = examples.read("06e-fault-endpointupdated.xml");
    let Some(PeerDemand::Moved(moved)) = examples.demand(&example) else { panic!() };
    assert_eq!(moved.within("takamatsu.example", DATA), Some("https://nhi2.takamatsu.example/idwsf/dst"));
    assert_same("06e", &example, &seal("11", Demand::Moved(&moved)));
}

#[test]
fn inquiries_and_their_answers_are_read_and_written_again() {
    let Some(examples) = examples() else { return };
    let example = examples.read("12a-is-interactionrequest.xml");
    let keys = examples.keys("nhi");
    let providers: &Keys<'_> = &|id| (id.as_str() == NHI).then_some(keys.as_slice());
    let receiver = InquiryReceiver { address: ASKING, providers };
    let opened = open_inquiry(example.as_bytes(), &receiver, then()).ok().unwrap();
    let inquiry = opened.admit(Replay::Fresh).unwrap();
    let written =
        examples.by("nhi", NHI, |sender| seal_inquiry(sender, ASKING, &message_id("33"), &inquiry, then()).unwrap());
    assert_same("12a", &example, &written);

    let example = examples.read("12b-is-interactionresponse.xml");
    let (relay, keys) = (EntityId::parse(RELAY).unwrap(), examples.keys("relay"));
    let opened = open_inquiry_answer(example.as_bytes(), &message_id("33"), &relay, &keys, then());
    let Ok(Answer::Reply(answer)) = opened else { panic!("{opened:?}") };
    let written = examples.by("relay", RELAY, |sender| {
        answer_inquiry(sender, &message_id("33"), &message_id("34"), &answer, then()).unwrap()
    });
    assert_same("12b", &example, &written);
}
