//! Any text as the query of a redirect, any bytes as a form or an envelope: refused, or a request for login that nobody signed
//! and that is answered at the service's own address.
#![no_main]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/saml/tests/receive/world.rs"]
mod world;

use libfuzzer_sys::fuzz_target;
use saml::receive::{
    Received, artifact_resolve, attribute_query, authn_request, logout_request, logout_response, post, redirect, soap,
};
use saml::wire::{Artifact, RELAY_STATE_BYTES_MAX};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(received) = redirect(text) {
            nothing_is_signed(&received);
        }
        if let Ok(artifact) = Artifact::parse(text) {
            assert_eq!(artifact.encode(), text, "there is one way to write an artifact");
        }
    }
    for received in [post(bytes), soap(bytes)].into_iter().flatten() {
        nothing_is_signed(&received);
    }
});

fn nothing_is_signed(received: &Received) {
    let provider = world::provider();
    assert!(received.relay_state().is_none_or(|state| state.as_str().len() <= RELAY_STATE_BYTES_MAX));
    match world::open(&provider, received, authn_request) {
        Ok(request) => {
            assert!(!request.signed(), "nobody signed this");
            assert!(provider.consumers.contains(&request.message().consumer));
        }
        Err(rejected) => {
            assert!(rejected.answer_at.is_none_or(|consumer| provider.consumers.contains(&consumer)));
            assert!(rejected.reason.code().starts_with("SAML-"));
        }
    }
    assert!(world::open(&provider, received, logout_request).is_err(), "nobody signed this");
    assert!(world::open(&provider, received, logout_response).is_err(), "nobody signed this");
    assert!(world::open(&provider, received, artifact_resolve).is_err(), "nobody signed this");
    assert!(world::open(&provider, received, attribute_query).is_err(), "nobody signed this");
}
