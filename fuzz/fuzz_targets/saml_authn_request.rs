//! Any bytes as a request for login that its sender signed: refused, or one that is answered at the sender's own address, in
//! time, and keeps to its bounds.
#![no_main]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/saml/tests/receive/world.rs"]
mod world;

use libfuzzer_sys::fuzz_target;
use saml::receive::{authn_request, post, redirect};
use saml::wire::Direction;
use xml::{Document, Fragment, Limits, scan};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = scan(bytes, &Limits::default()).and_then(Document::parse) else { return };
    let message = Fragment::of(document.root());
    if scan(message.as_str().as_bytes(), &Limits::default()).is_err() {
        return; // canonical form is longer than what came
    }
    let provider = world::provider();
    let query = world::P256.query(Direction::Request, message.as_str(), Some("state"));
    let form = world::form(Direction::Request, message.as_str());
    for (received, signed) in [(redirect(&query), true), (post(&form), false)] {
        let Ok(received) = received else { continue };
        match world::open(&provider, &received, authn_request) {
            Ok(request) => {
                assert_eq!(request.signed(), signed);
                assert!(provider.consumers.contains(&request.message().consumer));
                assert_eq!(request.sender(), &provider.entity);
                assert!(request.forget_at() > world::now());
                let context = request.message().context.as_ref();
                assert!(context.is_none_or(|asked| (1..=16).contains(&asked.classes.len())));
            }
            Err(rejected) => assert!(rejected.answer_at.is_none_or(|consumer| provider.consumers.contains(&consumer))),
        }
    }
});
