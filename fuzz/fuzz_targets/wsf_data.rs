//! Any bytes as what a data service is asked, and as what one answers, in a message that its sender signed: refused, or read
//! into something that can be written and is read the same again.
#![no_main]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/idwsf/tests/it/world.rs"]
mod world;

use std::sync::LazyLock;

use idwsf::dst::{QueryResponse, ServiceType, Status};
use idwsf::message::{Asked, Body, Expect, Headers, Mechanism, Offer, Purpose, Terms, open_response, seal_response};
use idwsf::token::Token;
use idwsf::{MessageId, Sender, Withdrawal};
use libfuzzer_sys::fuzz_target;
use world::{World, now, question};

struct Stage {
    world: World,
    token: Token,
    request: String,
    response: String,
}

/// Messages without signature and body, and a token: the same for all inputs.
static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let world = World::new();
    let token = world.token();
    let headers = Headers { purpose: Some(Purpose::CitizenSelfView), ..Headers::default() };
    let request = world.call(&headers, Body::Query(&world::query()), &token);
    let insurer = &world.insurer;
    let sender = Sender {
        entity: &insurer.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| insurer.sign(bytes),
    };
    let nothing = QueryResponse { service: ServiceType::NHI, status: Status::OK, data: Vec::new(), time_stamp: None };
    let response = seal_response(&sender, &question(), &MessageId::from_random([2; 16]), &nothing, now());
    let response = String::from_utf8(response.expect("signs")).expect("is text");
    let bare = |message: &str| {
        let unsigned = world::without(message, "<ds:Signature", "</ds:Signature>");
        let body = world::between(&unsigned, "<S:Body wsu:Id=\"body\">", "</S:Body>");
        unsigned.replace(&body, "<S:Body wsu:Id=\"body\">@</S:Body>")
    };
    Stage { token, request: bare(&request), response: bare(&response), world }
});

const TERMS: Terms<'static> = Terms {
    mechanisms: &[Mechanism::TlsBearer],
    tls_client: None,
    changes: Offer::Yes,
    simulation: Offer::Yes,
    introduced: Offer::No,
    compat: None,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = std::str::from_utf8(bytes) else { return };
    let Stage { world, token, request, response } = &*STAGE;
    if body.contains("QueryResponse") {
        let Some(signed) = world::sign_message(&response.replace('@', body), |_| true, &world.insurer) else { return };
        let insurer = &world.insurer;
        let service = ServiceType::NHI;
        let expect = Expect { in_reply_to: &question(), from: &insurer.entity, keys: &insurer.keys, service };
        let _ = open_response(signed.as_bytes(), &expect, now(), |reply| {
            let mut names: Vec<_> = reply.data().iter().map(|data| data.item_ref).collect();
            names.sort_unstable();
            assert!(names.is_sorted_by(|a, b| a < b), "one answer to each item");
        });
        return;
    }
    let action = if body.contains("Modify") { "dst-2.1:Modify<" } else { "dst-2.1:Query<" };
    let message = request.replace("dst-2.1:Query<", action).replace('@', body);
    let Some(signed) = world::sign_message(&message, |_| true, &world.relay) else { return };
    let Ok(admitted) = world.admit(&signed, &TERMS) else { return };
    let again = match &admitted.asked {
        Asked::Query(Ok(query)) => {
            assert!((1..=16).contains(&query.items.len()));
            let answer = query.answer(now(), |_| Ok(Vec::new()));
            assert!(answer.data.len() + answer.status.reasons.len() >= query.items.len());
            Body::Query(query)
        }
        Asked::Modify(Ok(modify)) => {
            assert!((1..=16).contains(&modify.items.len()));
            for item in &modify.items {
                if let Some(told) = Withdrawal::read(modify.service, item) {
                    assert!(
                        Withdrawal::read(modify.service, &told.item(modify.service))
                            .is_some_and(|again| again.holder == told.holder)
                    );
                }
            }
            Body::Modify(modify)
        }
        Asked::Query(Err(_)) | Asked::Modify(Err(_)) => return,
    };
    let written = world.call(&admitted.headers, again, token);
    assert!(world.admit(&written, &TERMS).is_ok_and(|read| read == admitted), "reads what it has written");
});
