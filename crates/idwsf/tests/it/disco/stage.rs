//! A discovery service at the relay, an insurer that registers there, and a service that looks for a person's data.

use idwsf::disco::exchange::{
    self, Authenticated, Call, Directory, Expect, Person, Question, Reply, Topic, VerifiedCall,
};
use idwsf::disco::{EndpointContext, MetadataId, Registry, ServiceContext, ServiceMetadata};
use idwsf::dst::{Code, Status};
use idwsf::epr::{Options, Transport, Uri};
use idwsf::message::{self, Answer, Mechanism, Rejected, Replay, ResponseRefused};
use idwsf::token::Token;
use idwsf::{EntityId, Fault, MECHANISM, MessageId, Sender};
use xml::{Document, Fragment, Limits};

use crate::world::{Party, World, now, question};

pub(crate) const DIRECTORY: &str = "https://relay.kagawa.example/wsf/discovery";
pub(crate) const NHI: &str = "urn:x-kagawa:nhi:2009-03:dst-2.1";
pub(crate) const KHI: &str = "urn:x-kagawa:khi:2009-03:dst-2.1";
pub(crate) const HOLDER_OF_KEY: &str = "urn:liberty:security:2006-08:TLS:SAMLV2";

pub(crate) fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

pub(crate) fn entity(text: &str) -> EntityId {
    EntityId::parse(text).unwrap()
}

pub(crate) fn id(text: &str) -> MetadataId {
    MetadataId::parse(text).unwrap()
}

pub(crate) fn failed(code: Code, about: Option<&str>) -> Status {
    Status::failed(code, about.map(str::to_owned))
}

/// What cannot be followed and has no code of its own.
pub(crate) fn refused() -> Status {
    Status { outcome: idwsf::dst::Outcome::Failed, reasons: Vec::new() }
}

/// The insurer's service, registered as number one.
pub(crate) fn insurance() -> ServiceMetadata {
    let endpoint = EndpointContext {
        addresses: vec![uri("https://nhi.takamatsu.example/idwsf/dst")],
        frameworks: vec!["2.0".to_owned()],
        mechanisms: vec![uri(MECHANISM), uri(HOLDER_OF_KEY)],
        actions: vec![uri(&format!("{NHI}:Query")), uri(&format!("{NHI}:Modify"))],
    };
    let service = ServiceContext {
        service_types: vec![uri(NHI)],
        options: vec![Options(vec![uri("urn:x:eligibility"), uri("urn:x:checkups")])],
        endpoints: vec![endpoint],
    };
    ServiceMetadata {
        id: Some(id("urn:x-kagawa:svcmd:1")),
        name: "高松市国民健康保険".to_owned(),
        provider: entity("https://nhi.takamatsu.example/metadata"),
        services: vec![service],
    }
}

/// Another insurer's service of another type, registered as number two.
pub(crate) fn employees() -> ServiceMetadata {
    let mut other = insurance();
    other.id = Some(id("urn:x-kagawa:svcmd:2"));
    other.name = "Employees' insurance <&>".to_owned();
    other.provider = entity("https://khi.example/metadata");
    other.services[0].service_types = vec![uri(KHI)];
    other.services[0].options.clear();
    other.services[0].endpoints[0].addresses = vec![uri("https://khi.example/dst")];
    other.services[0].endpoints[0].actions = vec![uri(&format!("{KHI}:Query"))];
    other
}

pub(crate) fn registry(held: &[ServiceMetadata]) -> Registry<'_> {
    Registry { held, mechanisms: &[Mechanism::TlsBearer, Mechanism::TlsSamlV2], transport: Transport::Tls }
}

/// A token about the person for the discovery service.
pub(crate) fn token(world: &World) -> Token {
    world.token_with(&world.relay, &world.relay.entity, &world.relay.encryption)
}

/// A valid question by the service that looks for data; about a person if the question is.
pub(crate) fn ask(world: &World, question: &Question) -> String {
    ask_by(world, &world.stranger, question)
}

pub(crate) fn ask_by(world: &World, sender: &Party, question: &Question) -> String {
    let token = question.topic().is_personal().then(|| token(world));
    ask_with(sender, question, token.as_ref())
}

pub(crate) fn ask_with(sender: &Party, asked: &Question, token: Option<&Token>) -> String {
    let call = Call {
        sender: Sender {
            entity: &sender.entity,
            algorithm: xml::SignatureAlgorithm::RsaSha256,
            sign: &|bytes| sender.sign(bytes),
        },
        to: DIRECTORY,
        token,
        message_id: &question(),
        question: asked,
    };
    String::from_utf8(exchange::seal_call(&call, now()).unwrap()).unwrap()
}

/// What `then` makes of the discovery service as a receiver, which knows the insurer and the service that looks for data.
pub(crate) fn at<T>(world: &World, then: impl FnOnce(&Directory<'_>) -> T) -> T {
    let known: &message::Keys<'_> = &|id| {
        let mut parties = [&world.insurer, &world.stranger].into_iter();
        parties.find(|party| party.entity == *id).map(|party| party.keys.as_slice())
    };
    let trusted: &message::Keys<'_> = &|id| (*id == world.relay.entity).then_some(world.relay.keys.as_slice());
    then(&Directory {
        entity: &world.relay.entity,
        known_as: &world.relay.entity,
        address: DIRECTORY,
        providers: known,
        issuers: trusted,
        decrypt: &|key| world.relay.open(key),
    })
}

pub(crate) fn authenticate(world: &World, message: &str) -> Result<Authenticated, Rejected> {
    at(world, |directory| exchange::authenticate(message.as_bytes(), directory, now()))
}

pub(crate) fn receive(world: &World, message: &str) -> Result<VerifiedCall, Fault> {
    authenticate(world, message).and_then(|call| call.admit(Replay::Fresh)).map_err(|rejected| rejected.fault)
}

pub(crate) fn open(world: &World, token: &Fragment) -> Result<Person, Fault> {
    at(world, |directory| directory.open_token(token, now()))
}

/// The discovery service's answer.
pub(crate) fn answer(world: &World, reply: &Reply) -> String {
    let relay = &world.relay;
    let sender = Sender {
        entity: &relay.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| relay.sign(bytes),
    };
    let id = MessageId::from_random([2; 16]);
    String::from_utf8(exchange::seal_reply(&sender, &question(), &id, reply, now()).unwrap()).unwrap()
}

/// What the service that looks for data makes of it.
pub(crate) fn opened(world: &World, message: &str, topic: Topic) -> Result<Answer<Reply>, ResponseRefused> {
    let relay = &world.relay;
    let expect = Expect { in_reply_to: &question(), from: &relay.entity, keys: &relay.keys, topic };
    exchange::open_reply(message.as_bytes(), &expect, now())
}

/// The element in the body of a message, in canonical form.
pub(crate) fn payload(message: &str) -> String {
    let document = Document::parse(xml::scan(message.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let body = xml::child(document.root(), xml::ns::SOAP, "Body").unwrap();
    Fragment::of(body.first_element_child().unwrap()).into_string()
}
