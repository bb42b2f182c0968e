//! Any bytes as a logout request or response that its sender signed: refused, or within bounds.
#![no_main]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/saml/tests/receive/world.rs"]
mod world;

use libfuzzer_sys::fuzz_target;
use saml::receive::{logout_request, logout_response, post, redirect};
use saml::wire::Direction;
use xml::{Document, Fragment, Limits, scan};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = scan(bytes, &Limits::default()).and_then(Document::parse) else { return };
    let message = Fragment::of(document.root());
    if scan(message.as_str().as_bytes(), &Limits::default()).is_err() {
        return; // canonical form is longer than what came
    }
    let provider = world::provider();
    for direction in [Direction::Request, Direction::Response] {
        let unsigned = post(&world::form(direction, message.as_str()));
        let signed = redirect(&world::P256.query(direction, message.as_str(), None));
        if let Ok(received) = unsigned {
            assert!(world::open(&provider, &received, logout_request).is_err(), "nobody signed this");
            assert!(world::open(&provider, &received, logout_response).is_err(), "nobody signed this");
        }
        let Ok(received) = signed else { continue };
        if let Ok(request) = world::open(&provider, &received, logout_request) {
            assert!(direction == Direction::Request && request.signed());
            assert!(request.message().sessions.len() <= 32 && !request.message().name.value.is_empty());
        }
        if let Ok(response) = world::open(&provider, &received, logout_response) {
            assert!(direction == Direction::Response && response.signed());
            let said = response.message().status.message.as_ref();
            assert!(said.is_none_or(|said| !said.chars().any(char::is_control)));
        }
    }
});
