//! Example messages of the whole framework, by another writer: each is read by what reads such messages here, its signature is
//! right, and what it says is written again as it was. They are not part of this repository: `SSC_SAMPLES` names the folder that
//! has them, or has them in `idwsf`, with the keys of their parties in `keys`.

use std::path::{Path, PathBuf};

use idwsf::disco::exchange::{self, Call, Directory, Expect, Question, Reply, Topic};
use idwsf::disco::{Kind, Request};
use idwsf::epr::{ATTRIBUTE, Bootstrap, Client, EndpointReference, NoBootstrap, Transport, Unusable};
use idwsf::message::{self, Answer, Mechanism, Replay, ResponseRefused};
use idwsf::{Fault, MessageId, Sender};
use jiff::{SignedDuration, Timestamp};
use saml::service::{self, Service};
use xml::ns::{DS, SAML, SOAP};
use xml::{Document, Limits};

use crate::disco::stage::payload;
use crate::world::Party;

/// What reads an example.
enum Reader {
    /// A login, with the reference that it brings.
    Login,
    /// A question to discovery or identity mapping, at the address that ends so.
    Question(&'static str),
    /// An answer by them.
    Reply(Topic),
    /// A question that is not answered here, at the address that ends so: authentication, single sign-on, people.
    NotOffered(&'static str),
    /// An answer to such a question, which is never asked.
    NeverAsked,
    /// A message of data services, with their headers and faults: `data_examples` reads them.
    Data,
}

const EXAMPLES: [(&str, Reader); 37] = [
    ("01-login-response", Reader::Login),
    ("02-ds-query", Reader::Question("disco")),
    ("03-ds-queryresponse", Reader::Reply(Topic::Discovery(Kind::Query))),
    ("03b-ds-queryresponse-noresults", Reader::Reply(Topic::Discovery(Kind::Query))),
    ("04-dst-query", Reader::Data),
    ("05-dst-queryresponse", Reader::Data),
    ("05b-dst-queryresponse-partial", Reader::Data),
    ("06a-fault-stale", Reader::Data),
    ("06b-fault-framework", Reader::Data),
    ("06c-fault-redirectrequest", Reader::Data),
    ("06d-fault-credentials", Reader::Data),
    ("06e-fault-endpointupdated", Reader::Data),
    ("06f-fault-interactionrequired", Reader::Data),
    ("06g-fault-wsse", Reader::Data),
    ("07a-svcmdregister", Reader::Question("disco")),
    ("07b-svcmdregisterresponse", Reader::Reply(Topic::Discovery(Kind::Register))),
    ("07c-svcmdassociationadd", Reader::Question("disco")),
    ("07d-svcmdassociationaddresponse", Reader::Reply(Topic::Discovery(Kind::Associate))),
    ("08a-ims-request", Reader::Question("ims")),
    ("08b-ims-response", Reader::Reply(Topic::Mapping)),
    ("09a-as-saslrequest", Reader::NotOffered("as")),
    ("09b-as-saslresponse", Reader::NeverAsked),
    ("09c-ssos-authnrequest", Reader::NotOffered("ssos")),
    ("10a-dst-modify", Reader::Data),
    ("10b-dst-modifyresponse-conflict", Reader::Data),
    ("10c-dst-create", Reader::Data),
    ("10d-dst-delete", Reader::Data),
    ("10e-dst-subscribe", Reader::Data),
    ("10f-dst-notify", Reader::Data),
    ("10g-dst-notifyresponse", Reader::Data),
    ("11a-ps-listmembers", Reader::NotOffered("ps")),
    ("11b-ps-listmembersresponse", Reader::NeverAsked),
    ("11c-ps-resolveidentifier", Reader::NotOffered("ps")),
    ("12a-is-interactionrequest", Reader::Data),
    ("12b-is-interactionresponse", Reader::Data),
    ("13a-dst-query-targetidentity", Reader::Data),
    ("13b-dst-query-holder-of-key", Reader::Data),
];

#[test]
fn every_example_is_read_verified_and_written_again() {
    let Some(folder) = folder() else { return };
    let cast = Cast::read(&folder.join("keys"));
    let there = std::fs::read_dir(&folder).unwrap().filter_map(Result::ok);
    assert_eq!(there.filter(|entry| entry.path().extension().is_some_and(|e| e == "xml")).count(), EXAMPLES.len());
    for (name, reader) in &EXAMPLES {
        let example = std::fs::read_to_string(folder.join(format!("{name}.xml"))).unwrap();
        match reader {
            Reader::Login => login(&cast, &example),
            Reader::Question(service) => question(&cast, name, &example, service),
            Reader::Reply(topic) => reply(&cast, name, &example, *topic),
            Reader::NotOffered(service) => {
                let outcome = cast.receive(&example, service);
                assert_eq!(outcome.err(), Some(Fault::ActionUnknown), "{name}");
            }
            Reader::NeverAsked => {
                let outcome = cast.open(&example, Topic::Mapping);
                assert_eq!(outcome.err(), Some(ResponseRefused::Action), "{name}");
            }
            Reader::Data => {}
        }
        if !matches!(reader, Reader::Login) {
            verified(&cast, name, &example);
        }
    }
}

/// The signature in the security header covers the body, by whoever says to be the sender.
fn verified(cast: &Cast, name: &str, example: &str) {
    let document = Document::parse(xml::scan(example.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let mut nodes = document.root().descendants();
    let sender = nodes.find_map(|node| xml::unqualified(node, "providerID")).unwrap();
    let signature = nodes.find(|node| xml::is(*node, DS, "Signature")).unwrap();
    match xml::verify_detached(&document, signature, &cast.party(sender).keys) {
        Ok(parts) => assert!(parts.covers(xml::child(document.root(), SOAP, "Body").unwrap()).is_some(), "{name}"),
        // That one dereferences its token reference while it is signed, which only the receiver of data services does.
        Err(refused) => assert!(name.starts_with("13b"), "{name}: {refused}"),
    }
}

fn login(cast: &Cast, example: &str) {
    let service = Service {
        entity: &cast.relay.entity,
        consumer: "https://relay.kagawa.example/saml/acs",
        issuer: &cast.idp.entity,
        keys: &cast.idp.keys,
        asked: Some(&saml::MessageId::parse("_req1").unwrap()),
        unwrap: &|wrapped| cast.relay.decrypt(wrapped),
        must_encrypt: false,
        skew: SignedDuration::from_secs(60),
    };
    // It answers a request and does not say so where it says who may present it, as it must (SAML 2.0 Profiles §4.1.4.2).
    let refused = service::response(example.as_bytes(), &service, now()).err();
    assert_eq!(refused, Some(saml::Refused::NoLogin(service::NoLogin::InResponseTo)));

    let document = Document::parse(xml::scan(example.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let assertion = xml::child(document.root(), SAML, "Assertion").unwrap();
    let verified = xml::verify_enveloped(&document, assertion, &cast.idp.keys).unwrap().node();
    let attribute = verified.descendants().find(|node| xml::unqualified(*node, "Name") == Some(ATTRIBUTE)).unwrap();
    let value = xml::child(attribute, SAML, "AttributeValue").unwrap().first_element_child().unwrap();
    let value = xml::Fragment::of(value).into_string();

    let document = Document::parse(xml::scan(value.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let reference = EndpointReference::read(document.root()).unwrap();
    assert_eq!(reference.fragment().as_str(), value);
    assert_eq!(reference.provider, cast.idp.entity);
    // Its token does not say which assertion is in it, so it cannot be named in a message to our own receivers.
    let client = Client { mechanisms: &[Mechanism::TlsBearer], transport: Transport::Tls };
    let refused = Bootstrap::read([value.as_str()], &client, now()).err();
    assert_eq!(refused, Some(NoBootstrap::Target(Unusable::Token)));
}

fn question(cast: &Cast, name: &str, example: &str, service: &str) {
    let call = cast.receive(example, service).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let question = call.question.unwrap();
    assert_eq!(call.person.is_some(), question.topic().is_personal(), "{name}");
    if let Question::Discovery(Request::Register(services)) = &question {
        assert_eq!(services[0].provider, call.sender);
    }
    let sender = cast.party(call.sender.as_str());
    let again = exchange::seal_call(
        &Call {
            sender: Sender {
                entity: &sender.entity,
                algorithm: xml::SignatureAlgorithm::RsaSha256,
                sign: &|bytes| sender.sign(bytes),
            },
            to: "urn:x:y",
            token: None,
            message_id: &call.message_id,
            question: &question,
        },
        now(),
    );
    assert_eq!(payload(&String::from_utf8(again.unwrap()).unwrap()), payload(example), "{name}");
}

fn reply(cast: &Cast, name: &str, example: &str, topic: Topic) {
    let opened = cast.open(example, topic).unwrap_or_else(|refused| panic!("{name}: {refused}"));
    let Answer::Reply(reply) = opened else { panic!("{name} is a fault") };
    let sender = Sender {
        entity: &cast.idp.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| cast.idp.sign(bytes),
    };
    let id = MessageId::from_random([1; 16]);
    let again = exchange::seal_reply(&sender, &id, &id, &reply, now()).unwrap();
    assert_eq!(payload(&String::from_utf8(again).unwrap()), payload(example), "{name}");
}

/// The parties of the examples.
pub(crate) struct Cast {
    pub(crate) idp: Party,
    pub(crate) relay: Party,
    pub(crate) nhi: Party,
}

impl Cast {
    pub(crate) fn read(keys: &Path) -> Self {
        let party = |name: &str, entity: &str| {
            let pem = std::fs::read_to_string(keys.join(format!("{name}.key"))).unwrap();
            Party::new(entity, &pem.lines().filter(|line| !line.starts_with('-')).collect::<String>())
        };
        Self {
            idp: party("idp", "https://idp.kagawa.example/metadata"),
            relay: party("relay", "https://relay.kagawa.example/metadata"),
            nhi: party("nhi", "https://nhi.takamatsu.example/metadata"),
        }
    }

    pub(crate) fn party(&self, entity: &str) -> &Party {
        [&self.idp, &self.relay, &self.nhi].into_iter().find(|party| party.entity.as_str() == entity).unwrap()
    }

    fn receive(&self, example: &str, service: &str) -> Result<exchange::VerifiedCall, Fault> {
        let known: &message::Keys<'_> = &|id| Some(self.party(id.as_str()).keys.as_slice());
        let trusted: &message::Keys<'_> = &|id| (*id == self.idp.entity).then_some(self.idp.keys.as_slice());
        let directory = Directory {
            entity: &self.idp.entity,
            known_as: &self.idp.entity,
            address: &format!("https://idp.kagawa.example/idwsf/{service}"),
            providers: known,
            issuers: trusted,
            decrypt: &|key| self.idp.open(key),
        };
        let received = exchange::authenticate(example.as_bytes(), &directory, now());
        received.and_then(|call| call.admit(Replay::Fresh)).map_err(|rejected| rejected.fault)
    }

    fn open(&self, example: &str, topic: Topic) -> Result<Answer<Reply>, ResponseRefused> {
        let document = Document::parse(xml::scan(example.as_bytes(), &Limits::default()).unwrap()).unwrap();
        let relation = document.root().descendants().find(|node| node.tag_name().name() == "RelatesTo");
        let asked = MessageId::parse(relation.and_then(|node| node.text()).unwrap()).unwrap();
        let expect = Expect { in_reply_to: &asked, from: &self.idp.entity, keys: &self.idp.keys, topic };
        exchange::open_reply(example.as_bytes(), &expect, now())
    }
}

/// When the examples were made.
pub(crate) fn now() -> Timestamp {
    "2009-03-02T01:00:00Z".parse().unwrap()
}

/// The folder of the examples, if the environment names it.
pub(crate) fn folder() -> Option<PathBuf> {
    let samples = std::env::var_os("SSC_SAMPLES").map(PathBuf::from);
    if samples.is_none() {
        println!("not read: SSC_SAMPLES does not name the folder of the examples");
    }
    samples.map(|samples| if samples.join("idwsf").is_dir() { samples.join("idwsf") } else { samples })
}
