//! Any bytes as further headers of a question that its sender signed, and of a fault: refused, or read into something that can
//! be written and is read the same again. No fault sends a client anywhere that it would not go.
#![no_main]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/idwsf/tests/it/world.rs"]
mod world;

use std::sync::LazyLock;

use idwsf::dst::ServiceType;
use idwsf::interaction::{RedirectUrl, Resend, ReturnList};
use idwsf::message::{Answer, Body, Expect, Headers, Offer, PeerDemand, Terms, open_response, seal_fault};
use idwsf::token::Token;
use idwsf::{Fault, MessageId, Sender};
use libfuzzer_sys::fuzz_target;
use world::{ADDRESS, World, now, question};

struct Stage {
    world: World,
    token: Token,
    request: String,
    fault: String,
}

/// Messages without signature, and a token: the same for all inputs.
static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let world = World::new();
    let token = world.token();
    let request = world.call(&Headers::default(), Body::Query(&world::query()), &token);
    let insurer = &world.insurer;
    let sender = Sender {
        entity: &insurer.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| insurer.sign(bytes),
    };
    let id = MessageId::from_random([2; 16]);
    let fault = seal_fault(&sender, Some(&question()), &id, &Fault::Credentials, now()).expect("signs");
    let fault = String::from_utf8(fault).expect("is text");
    let unsigned = |message: &str| world::without(message, "<ds:Signature", "</ds:Signature>");
    let request = unsigned(&request).replace("<nhi:Query", "<nhi:Query id=\"query\"");
    Stage { token, request, fault: unsigned(&fault), world }
});

const TERMS: Terms<'static> = Terms { simulation: Offer::Yes, introduced: Offer::Yes, ..Terms::STRICT };

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Stage { world, token, request, fault } = &*STAGE;
    // The same bytes as what a browser brings.
    let mut list = ReturnList::new();
    list.add(&world.relay.entity, "https://relay.kagawa.example/back").expect("is a page");
    if let Ok(back) = list.check(&world.relay.entity, text) {
        assert!(back.as_str().starts_with("https://relay.kagawa.example/back"));
    }
    if let Ok(url) = RedirectUrl::accept(text, ADDRESS) {
        assert!(url.as_str().starts_with("https://nhi.takamatsu.example"));
    }
    let _ = Resend::read(text);
    if !text.contains('<') {
        return;
    }
    if text.contains("CredentialsContext") || text.contains("EndpointUpdate") || text.contains("RedirectRequest") {
        let with = fault.replace("</S:Header>", &format!("{text}</S:Header>"));
        let Some(signed) = world::sign_message(&with, |_| true, &world.insurer) else { return };
        let insurer = &world.insurer;
        let service = ServiceType::NHI;
        let expect = Expect { in_reply_to: &question(), from: &insurer.entity, keys: &insurer.keys, service };
        if let Ok(Answer::Fault(fault)) = open_response(signed.as_bytes(), &expect, now(), |_| ())
            && let Some(PeerDemand::Moved(moved)) = fault.demand.as_deref()
            && let Some(to) = moved.within("takamatsu.example", ADDRESS)
        {
            assert!(to.starts_with("https://"));
        }
        return;
    }
    let with = request.replace("</S:Header>", &format!("{text}</S:Header>"));
    let Some(signed) = world::sign_message(&with, |_| true, &world.relay) else { return };
    let Ok(admitted) = world.admit(&signed, &TERMS) else { return };
    let idwsf::message::Asked::Query(Ok(query)) = &admitted.asked else { return };
    let written = world.call(&admitted.headers, Body::Query(query), token);
    assert!(world.admit(&written, &TERMS).is_ok_and(|read| read == admitted), "reads what it has written");
});
