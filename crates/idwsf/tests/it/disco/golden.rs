//! Messages as this crate once wrote them, kept in `tests/golden`: what they mean and how they are written may not change unseen.
//! `SSC_WRITE_GOLDEN=1` writes them anew.

use std::path::PathBuf;

use idwsf::disco::Kind;
use idwsf::disco::exchange::{Question, Reply, Topic};
use idwsf::epr::{Bootstrap, CarriedToken, Client, Content, EndpointReference, Transport, Usage};
use idwsf::mapping::{Output, Request, Response};
use idwsf::message::{Answer, Mechanism};
use idwsf::token::Token;
use idwsf::{MECHANISM, dst::Status};
use xml::ns::{SAML, SOAP};
use xml::{Document, Fragment, Limits};

use crate::disco::stage::{DIRECTORY, answer, ask_by, ask_with, entity, opened, payload, receive, token, uri};
use crate::disco::wire::{requests, responses};
use crate::judges::{Folder, is_valid, schemas, xmlsec1};
use crate::world::{World, after, now};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

pub(crate) fn golden(name: &str, write: impl FnOnce() -> String) -> String {
    let file = folder().join(format!("{name}.xml"));
    if std::env::var_os("SSC_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(&file, write()).unwrap();
    }
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Each question, with its name.
fn questions(world: &World) -> Vec<(String, String)> {
    let discovery = requests().into_iter().map(Question::Discovery);
    let mapping = Question::Mapping(Request::one(entity("https://nhi.takamatsu.example/metadata")));
    let named = |question: Question| {
        let name = name(question.topic());
        let message = golden(&name, || ask_by(world, &world.insurer, &question));
        (name, message)
    };
    discovery.chain([mapping]).map(named).collect()
}

/// Each answer, with its name and topic.
fn answers(world: &World) -> Vec<(String, Topic, String)> {
    let output = Output { request: Some("m1".to_owned()), token: CarriedToken::of(&world.token(), Usage::Target) };
    let mapping = Reply::Mapping(Response { status: Status::OK, outputs: vec![output] });
    let named = |reply: Reply| {
        let name = format!("{}Response", name(reply.topic()));
        let message = golden(&name, || answer(world, &reply));
        (name, reply.topic(), message)
    };
    responses(world).into_iter().map(Reply::Discovery).chain([mapping]).map(named).collect()
}

fn name(topic: Topic) -> String {
    match topic {
        Topic::Discovery(kind) => kind.element().to_owned(),
        Topic::Mapping => "IdentityMapping".to_owned(),
    }
}

#[test]
fn golden_questions_are_read_and_written_again_as_they_are() {
    let world = World::new();
    let questions = questions(&world);
    assert_eq!(questions.len(), Kind::ALL.len() + 1);
    for (name, message) in questions {
        let call = receive(&world, &message).unwrap();
        let question = call.question.unwrap();
        assert_eq!(call.person.is_some(), question.topic().is_personal(), "{name}");
        let again = ask_with(&world.insurer, &question, presented(&message).as_ref());
        assert_eq!(again, message, "{name}");
    }
}

#[test]
fn golden_answers_are_read_and_written_again_as_they_are() {
    let world = World::new();
    let answers = answers(&world);
    assert_eq!(answers.len(), Kind::ALL.len() + 1);
    for (name, topic, message) in answers {
        let Ok(Answer::Reply(reply)) = opened(&world, &message, topic) else { panic!("{name} is refused") };
        let again = answer(&world, &reply);
        assert_eq!(payload(&again), payload(&message), "{name}");
        assert_eq!(again, message, "{name}");
    }
}

#[test]
fn the_golden_login_leads_to_the_discovery_service() {
    let world = World::new();
    let kept = golden("DiscoveryEPR", || bootstrap(&world).fragment().into_string());
    let client = Client { mechanisms: &[Mechanism::TlsBearer], transport: Transport::Tls };
    let found = Bootstrap::read([kept.as_str()], &client, now()).ok().unwrap();
    let target = found.discovery();
    assert_eq!(target.address, uri(DIRECTORY));
    // The token that the login brought is good for a question.
    let question = Question::Discovery(requests().remove(0));
    let call = receive(&world, &ask_with(&world.stranger, &question, Some(&target.token))).unwrap();
    assert!(call.person.is_some());
    let document = Document::parse(xml::scan(kept.as_bytes(), &Limits::default()).unwrap()).unwrap();
    assert_eq!(EndpointReference::read(document.root()).unwrap().fragment().as_str(), kept);
}

#[test]
fn other_tools_take_the_golden_messages() {
    let world = World::new();
    let folder = Folder::new("golden");
    let questions = questions(&world).into_iter().map(|(name, message)| (name, &world.insurer, message));
    let answers = answers(&world).into_iter().map(|(name, _, message)| (name, &world.relay, message));
    let all: Vec<_> = questions.chain(answers).collect();
    for (name, party, message) in &all {
        assert!(xmlsec1(&folder, name, &party.spki, message), "xmlsec1 refuses {name}");
    }
    let Some(schemas) = schemas() else { return };
    for (name, _, message) in &all {
        assert_eq!(is_valid(&folder, &schemas, name, message), Ok(()));
    }
    let reference = golden("DiscoveryEPR", || bootstrap(&world).fragment().into_string());
    assert_eq!(is_valid(&folder, &schemas, "DiscoveryEPR", &reference), Ok(()));
}

fn bootstrap(world: &World) -> EndpointReference {
    EndpointReference {
        id: None,
        address: uri(DIRECTORY),
        expires: Some(after(3600)),
        name: Some("Kagawa discovery service".to_owned()),
        frameworks: vec!["2.0".to_owned()],
        provider: world.relay.entity.clone(),
        service_types: vec![uri(idwsf::disco::SERVICE_TYPE)],
        options: Vec::new(),
        contexts: vec![idwsf::epr::SecurityContext {
            mechanisms: vec![uri(MECHANISM)],
            tokens: vec![CarriedToken::of(&token(world), Usage::Security)],
        }],
        actions: Vec::new(),
    }
}

/// The token in a message, if it has one.
fn presented(message: &str) -> Option<Token> {
    let document = Document::parse(xml::scan(message.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let mut nodes = xml::child(document.root(), SOAP, "Header").unwrap().descendants();
    let id = nodes.clone().find(|node| node.tag_name().name() == "KeyIdentifier")?.text()?.to_owned();
    let token = nodes.find(|node| xml::is(*node, SAML, "EncryptedAssertion"))?;
    CarriedToken { id: Some(id), usage: None, content: Content::Token(Fragment::of(token)) }.token()
}
