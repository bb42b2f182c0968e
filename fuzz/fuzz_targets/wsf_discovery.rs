//! Any element as what discovery or identity mapping is asked, as what they answer, and as the reference that a login brings, in a
//! message that its sender signed: refused, or read into something that can be written and is read the same again.
#![no_main]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/idwsf/tests/it/disco/stage.rs"]
mod stage;
#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/idwsf/tests/it/world.rs"]
mod world;

use std::sync::LazyLock;

use idwsf::disco::exchange::{Question, Reply, Topic};
use idwsf::disco::{Kind, Permission, Query, Registry, Request, Response};
use idwsf::dst::{Code, Status};
use idwsf::epr::{Bootstrap, Client, EndpointReference, Transport};
use idwsf::message::{Answer, Mechanism};
use idwsf::token::Token;
use libfuzzer_sys::fuzz_target;
use world::{World, now};
use xml::{Document, Limits, Node};

struct Stage {
    world: World,
    token: Token,
    question: String,
    answer: String,
}

/// Messages without signature and body, and a token: the same for all inputs.
static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let world = World::new();
    let token = stage::token(&world);
    let query = Question::Discovery(Request::Query(Query::default()));
    let question = stage::ask_with(&world.insurer, &query, Some(&token));
    let answer = stage::answer(&world, &Reply::Discovery(Response::only(Kind::Query, Status::OK)));
    let bare = |message: &str| {
        let unsigned = world::without(message, "<ds:Signature", "</ds:Signature>");
        let body = world::between(&unsigned, "<S:Body wsu:Id=\"body\">", "</S:Body>");
        unsigned.replace(&body, "<S:Body wsu:Id=\"body\">@</S:Body>")
    };
    Stage { token, question: bare(&question), answer: bare(&answer), world }
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = std::str::from_utf8(bytes) else { return };
    let Ok(document) = xml::scan(bytes, &Limits::default()).and_then(Document::parse) else { return };
    let name = document.root().tag_name();
    let action = format!("{}:{}", name.namespace().unwrap_or_default(), name.name());
    let topics = || Kind::ALL.into_iter().map(Topic::Discovery).chain([Topic::Mapping]);
    if topics().any(|topic| topic.action() == action) {
        question(body, &action);
    } else if let Some(topic) = topics().find(|topic| topic.response_action() == action) {
        answer(body, topic);
    } else {
        reference(body, document.root());
    }
});

fn question(body: &str, action: &str) {
    let Stage { world, token, question, .. } = &*STAGE;
    let message = question.replace("urn:liberty:disco:2006-08:Query<", &format!("{action}<")).replace('@', body);
    let Some(signed) = world::sign_message(&message, |_| true, &world.insurer) else { return };
    let Ok(call) = stage::receive(world, &signed) else { return };
    let Ok(question) = call.question else { return };
    let again = stage::receive(world, &stage::ask_with(&world.insurer, &question, Some(token)));
    assert!(again.is_ok_and(|again| again.question.as_ref() == Ok(&question)), "reads what it has written");

    let held = [stage::insurance(), stage::employees()];
    let registry = Registry { held: &held, mechanisms: &[Mechanism::TlsBearer], transport: Transport::Tls };
    match &question {
        Question::Discovery(Request::Query(query)) => {
            let found = registry.find(query, |_| Permission::Granted);
            assert!(found.matches.len() <= 32 && found.matches.is_empty() == (found.status != Status::OK));
        }
        Question::Discovery(Request::Register(new)) if registry.register(&call.sender, new) == Ok(()) => {
            assert!(new.iter().all(|new| new.provider == call.sender));
        }
        Question::Discovery(Request::Replace(by)) if registry.replace(&call.sender, by) == Ok(()) => {
            assert!(by.iter().all(|by| held.iter().any(|held| held.id == by.id && held.provider == call.sender)));
        }
        Question::Mapping(request) => {
            let response = request.answer(|_| true, |_| Err(Code::NOT_FOUND));
            assert_eq!(response.status.reasons.len(), request.inputs.len());
        }
        Question::Discovery(_) => {}
    }
}

fn answer(body: &str, topic: Topic) {
    let Stage { world, answer, .. } = &*STAGE;
    let message = answer.replace("urn:liberty:disco:2006-08:QueryResponse<", &format!("{}<", topic.response_action()));
    let Some(signed) = world::sign_message(&message.replace('@', body), |_| true, &world.relay) else { return };
    let Ok(Answer::Reply(reply)) = stage::opened(world, &signed, topic) else { return };
    let again = stage::opened(world, &stage::answer(world, &reply), topic);
    assert!(again.is_ok_and(|again| again == Answer::Reply(reply)), "reads what it has written");
}

fn reference(body: &str, root: Node) {
    let client = Client { mechanisms: &[Mechanism::TlsBearer], transport: Transport::Tls };
    let bootstrap = Bootstrap::read([body], &client, now());
    let Ok(reference) = EndpointReference::read(root) else {
        assert!(bootstrap.is_err());
        return;
    };
    if let Ok(bootstrap) = bootstrap {
        let target = bootstrap.discovery();
        assert!(target.address.as_str().starts_with("https://") && target.provider == reference.provider);
    }
    let written = reference.fragment();
    // Canonical form is longer than what came.
    let Ok(document) = xml::scan(written.as_str().as_bytes(), &Limits::default()).and_then(Document::parse) else {
        return;
    };
    assert!(EndpointReference::read(document.root()) == Ok(reference), "reads what it has written");
}
