//! The whole way: a login, the discovery service, the insurer, and back to nothing once the person is unlinked.

use idwsf::disco::exchange::{self, Call, Question, Reply};
use idwsf::disco::{Kind, MetadataId, Permission, Query, Request, Response, ServiceMetadata};
use idwsf::dst::Code;
use idwsf::epr::{Bootstrap, CarriedToken, Client, EndpointReference, SecurityContext, Target, Transport, Usage};
use idwsf::message::{Answer, Mechanism};
use idwsf::{MECHANISM, MessageId, Pseudonym, Sender};

use crate::disco::stage::{
    DIRECTORY, NHI, answer, ask_by, failed, id, insurance, opened, receive, registry, token, uri,
};
use crate::world::{World, after, now, subject};

const CLIENT: Client<'static> = Client { mechanisms: &[Mechanism::TlsBearer], transport: Transport::Tls };

/// What the discovery service holds: services, and what the one person of these tests has.
struct Held {
    services: Vec<ServiceMetadata>,
    associated: Vec<MetadataId>,
}

impl Held {
    /// Asks the rules, stores what they allow, and answers.
    fn follow(&mut self, world: &World, message: &str) -> Reply {
        let call = receive(world, message).unwrap();
        let Ok(Question::Discovery(request)) = call.question else { panic!("discovery is asked") };
        let (kind, sender) = (request.kind(), call.sender);
        let registry = registry(&self.services);
        let response = match request {
            Request::Register(new) => registry.register(&sender, &new).map(|()| {
                let named = |(number, new)| ServiceMetadata { id: Some(id(&format!("urn:x:{number}"))), ..new };
                self.services = new.into_iter().enumerate().map(named).collect();
                let ids = self.services.iter().filter_map(|service| service.id.clone()).collect();
                Response::Register { status: idwsf::dst::Status::OK, ids, keys: Vec::new() }
            }),
            Request::Associate(ids) => registry.associate(&sender, &ids, &self.associated).map(|()| {
                self.associated.extend(ids);
                Response::only(Kind::Associate, idwsf::dst::Status::OK)
            }),
            Request::Dissociate(ids) => registry.dissociate(&sender, &ids, &self.associated).map(|()| {
                self.associated.retain(|associated| !ids.contains(associated));
                Response::only(Kind::Dissociate, idwsf::dst::Status::OK)
            }),
            Request::Query(query) => {
                assert_eq!(call.person.unwrap().subject, subject());
                let has = |service: &ServiceMetadata| service.id.iter().any(|id| self.associated.contains(id));
                let permit = |service| if has(service) { Permission::Granted } else { Permission::Hidden };
                let found = registry.find(&query, permit);
                let token = world.token();
                let references = found.matches.iter().map(|one| one.reference(&token, after(600))).collect();
                Ok(Response::Query { status: found.status, references })
            }
            other => panic!("{other:?}"),
        };
        Reply::Discovery(response.unwrap_or_else(|status| Response::only(kind, status)))
    }
}

/// What a login brings to the service.
fn login(world: &World) -> Bootstrap {
    let reference = EndpointReference {
        id: None,
        address: uri(DIRECTORY),
        expires: Some(after(3600)),
        name: None,
        frameworks: vec!["2.0".to_owned()],
        provider: world.relay.entity.clone(),
        service_types: vec![uri(idwsf::disco::SERVICE_TYPE)],
        options: Vec::new(),
        contexts: vec![SecurityContext {
            mechanisms: vec![uri(MECHANISM)],
            tokens: vec![CarriedToken::of(&token(world), Usage::Security)],
        }],
        actions: Vec::new(),
    };
    Bootstrap::read([reference.fragment().as_str()], &CLIENT, now()).ok().unwrap()
}

/// What the service finds, by what its login brought.
fn find(world: &World, held: &mut Held) -> Response {
    let login = login(world);
    let discovery = login.discovery();
    let question = Question::Discovery(Request::Query(Query::one(uri(NHI), None)));
    let call = Call {
        sender: Sender {
            entity: &world.stranger.entity,
            algorithm: xml::SignatureAlgorithm::RsaSha256,
            sign: &|bytes| world.stranger.sign(bytes),
        },
        to: discovery.address.as_str(),
        token: Some(&discovery.token),
        message_id: &MessageId::from_random([1; 16]),
        question: &question,
    };
    let message = String::from_utf8(exchange::seal_call(&call, now()).unwrap()).unwrap();
    let reply = held.follow(world, &message);
    match opened(world, &answer(world, &reply), question.topic()) {
        Ok(Answer::Reply(Reply::Discovery(response))) => response,
        other => panic!("{other:?}"),
    }
}

fn tell(world: &World, held: &mut Held, request: Request) -> Reply {
    held.follow(world, &ask_by(world, &world.insurer, &Question::Discovery(request)))
}

fn target(response: &Response) -> Target {
    let Response::Query { references, .. } = response else { panic!("{response:?}") };
    references[0].target(&CLIENT, now()).ok().unwrap()
}

#[test]
fn a_service_finds_a_person_where_the_insurer_has_one_and_until_it_says_otherwise() {
    let world = World::new();
    let mut held = Held { services: Vec::new(), associated: Vec::new() };
    let nothing = Response::Query { status: failed(Code::NO_RESULTS, None), references: Vec::new() };
    assert_eq!(find(&world, &mut held), nothing);

    let registered = tell(&world, &mut held, Request::Register(vec![ServiceMetadata { id: None, ..insurance() }]));
    let Reply::Discovery(Response::Register { ids, .. }) = registered else { panic!("{registered:?}") };
    assert_eq!(find(&world, &mut held), nothing, "a service is there, and has nobody");

    tell(&world, &mut held, Request::Associate(ids.clone()));
    let found = target(&find(&world, &mut held));
    assert_eq!((found.provider, found.expires), (world.insurer.entity.clone(), Some(after(600))));
    let asked = world.receive(&world.request_with(&found.token)).unwrap();
    assert_eq!(asked.subject, Pseudonym::parse("N-c0ffee12").unwrap(), "the token is good at the insurer");

    tell(&world, &mut held, Request::Dissociate(ids));
    assert_eq!(find(&world, &mut held), nothing);
}
