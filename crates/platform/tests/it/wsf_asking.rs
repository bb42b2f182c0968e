//! A service that asks our discovery service, as an ID-WSF client does: with the reference that came with a login.

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use idwsf::{
    MessageId, Sender,
    disco::{
        Query, Request as Asked, Response,
        exchange::{Call, Expect, Question, Reply, open_reply, seal_call_with},
    },
    dst::{Code, Status},
    epr::{ATTRIBUTE, Bootstrap, Client, EndpointReference, Target, Transport},
    message::{Answer, Headers, Mechanism, PeerFault},
};
use platform::idp::policy::Policy;
use tower::ServiceExt as _;
use xml::VerifyingKey;

use crate::{
    browser::{Browser, Page},
    crossing::{hidden, onward, path_of},
    harness::World,
    node::Insurer,
    service::{Asking, Publishing, Sp, register},
    wicked::node_keys,
};

/// A service that may ask for coverage.
pub(crate) fn policy() -> Policy {
    Policy { bootstrap: true, records: vec!["coverage".to_owned()], ..Policy::default() }
}

/// The same, registered alone.
pub(crate) fn joined(world: &World, name: &'static str) -> Sp {
    let sp = Sp::new(name);
    register(world, [sp.registered(world, policy(), &Publishing::default())]);
    sp
}

/// What a client can do that is on this machine.
const CLIENT: Client<'static> = Client { mechanisms: &[Mechanism::TlsBearer], transport: Transport::Loopback };

/// A sheet sent back: with coverage let be seen, or not.
pub(crate) async fn choose(browser: &mut Browser, page: &Page, (path, entity): (&str, &str), give: bool) -> Page {
    let (version, offered, until) = (hidden(page, "version"), hidden(page, "offered"), hidden(page, "until"));
    let mut fields = vec![("version", &*version), ("offered", &*offered), ("until", &*until)];
    fields.extend((!entity.is_empty()).then_some(("entity", entity)));
    fields.extend(give.then_some(("records", "coverage")));
    browser.form(path, &fields).await
}

/// The page on which it is changed.
pub(crate) fn change_page(sp: &Sp) -> String {
    let entity: String = url::form_urlencoded::byte_serialize(sp.entity.as_str().as_bytes()).collect();
    format!("/services/release?entity={entity}")
}

/// Gives or withdraws it from the launch page.
pub(crate) async fn change(browser: &mut Browser, sp: &Sp, give: bool) -> Page {
    let page = browser.get(&change_page(sp)).await;
    choose(browser, &page, ("/services/release", sp.entity.as_str()), give).await
}

/// Logs in at the service; where the resident is asked, they let coverage be seen or not.
pub(crate) async fn log_in(world: &World, sp: &Sp, browser: &mut Browser, give: bool) -> Target {
    let (mut page, id) = sp.ask(world, browser, &Asking::default()).await;
    if page.shows("/saml/release/") {
        let agreed = choose(browser, &page, (&path_of(&page, "/saml/release/"), ""), give).await;
        page = onward(browser, agreed).await;
    }
    let login = sp.opens(world, &page, Some(&id)).unwrap();
    let (_, values) = login.attributes.iter().find(|(name, _)| name == ATTRIBUTE).unwrap();
    let bootstrap = Bootstrap::read(values.iter().map(String::as_str), &CLIENT, world.now()).unwrap();
    bootstrap.discovery().clone()
}

pub(crate) fn everything() -> Question {
    Question::Discovery(Asked::Query(Query::default()))
}

/// A question, signed by the service.
pub(crate) fn sealed(world: &World, sp: &Sp, target: &Target, question: &Question) -> (MessageId, Vec<u8>) {
    sealed_with(world, sp, (target, question), &Headers::default())
}

/// A question for everything that says this of itself.
pub(crate) fn asked_with(world: &World, sp: &Sp, target: &Target, headers: &Headers) -> (MessageId, Vec<u8>) {
    sealed_with(world, sp, (target, &everything()), headers)
}

/// Any question that says this of itself.
pub(crate) fn sealed_with(
    world: &World,
    sp: &Sp,
    (target, question): (&Target, &Question),
    headers: &Headers,
) -> (MessageId, Vec<u8>) {
    let id = MessageId::from_random(world.app.random.bytes());
    let message = sp.signing(|signer| {
        let call = Call {
            sender: Sender { entity: &sp.entity, algorithm: signer.algorithm, sign: signer.sign },
            to: target.address.as_str(),
            token: Some(&target.token),
            message_id: &id,
            question,
        };
        seal_call_with(&call, headers, world.now()).unwrap()
    });
    (id, message)
}

/// Posts a message as a service's server does.
pub(crate) async fn post(world: &World, message: Vec<u8>) -> (StatusCode, Vec<u8>) {
    post_to(world, "/wsf/discovery", message).await
}

/// The same to another door.
pub(crate) async fn post_to(world: &World, path: &str, message: Vec<u8>) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method(Method::POST).uri(path);
    let request = request.header(header::HOST, "portal.localhost:8080").header(header::CONTENT_TYPE, "text/xml");
    let response = world.router().oneshot(request.body(Body::from(message)).unwrap()).await.unwrap();
    let status = response.status();
    (status, to_bytes(response.into_body(), 1024 * 1024).await.unwrap().to_vec())
}

/// What we answer to a question, signed by us.
pub(crate) fn opened(world: &World, id: &MessageId, question: &Question, answer: &[u8]) -> Answer<Reply> {
    let certificate = platform::idp::signing::ours(&world.app, world.now()).certificate;
    let keys = [VerifyingKey::from_certificate_der(&certificate).unwrap()];
    let expect = Expect { in_reply_to: id, from: &world.app.idp_entity, keys: &keys, topic: question.topic() };
    let shown = || String::from_utf8_lossy(answer).into_owned();
    open_reply(answer, &expect, world.now()).unwrap_or_else(|refused| panic!("{refused}: {}", shown()))
}

/// The token in this XML, as the institution reads it.
pub(crate) fn decrypted(text: &str, insurer: Insurer) -> String {
    let document = xml::Document::parse(xml::scan(text.as_bytes(), &xml::Limits::default()).unwrap()).unwrap();
    let sealed = document.root().descendants().find(|node| node.tag_name().name() == "EncryptedAssertion").unwrap();
    let keys = node_keys(insurer);
    let token = xml::decrypt_as(insurer.entity(), sealed, |key| keys.content_key("decrypt", key)).unwrap();
    String::from_utf8(token.to_vec()).unwrap()
}

/// Asks for everything.
pub(crate) async fn found(world: &World, sp: &Sp, target: &Target) -> Vec<EndpointReference> {
    let question = everything();
    let (id, message) = sealed(world, sp, target, &question);
    let (status, answer) = post(world, message).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer));
    match opened(world, &id, &question, &answer) {
        Answer::Reply(Reply::Discovery(Response::Query { status, references })) => {
            let expected = if references.is_empty() { Status::failed(Code::NO_RESULTS, None) } else { Status::OK };
            assert_eq!(status, expected);
            references
        }
        other => panic!("{other:?}"),
    }
}

/// The fault that a message meets, which is signed by us and about that message.
pub(crate) async fn fault(world: &World, id: &MessageId, question: &Question, message: Vec<u8>) -> PeerFault {
    fault_at(world, "/wsf/discovery", (id, question), message).await
}

/// The same at another door.
pub(crate) async fn fault_at(
    world: &World,
    path: &str,
    (id, question): (&MessageId, &Question),
    message: Vec<u8>,
) -> PeerFault {
    let (status, answer) = post_to(world, path, message).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    match opened(world, id, question, &answer) {
        Answer::Fault(fault) => fault,
        other => panic!("{other:?}"),
    }
}
