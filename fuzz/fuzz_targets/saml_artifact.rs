//! Any bytes as what a signed request to resolve an artifact, or a signed attribute query, holds: refused, or within bounds.
#![no_main]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/saml/tests/receive/world.rs"]
mod world;

use libfuzzer_sys::fuzz_target;
use saml::receive::{artifact_resolve, attribute_query, soap};
use saml::wire::Artifact;
use xml::{Limits, scan};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let provider = world::provider();
    for name in ["ArtifactResolve", "AttributeQuery"] {
        let message = world::message(name, "", text);
        if scan(message.as_bytes(), &Limits::default()).and_then(xml::Document::parse).is_err() {
            return;
        }
        let signed = world::envelope(&world::P256.envelop(&message));
        // Canonical form is longer than what came, and may be too long.
        let Ok(received) = soap(&signed) else { continue };
        if let Ok(resolve) = world::open(&provider, &received, artifact_resolve) {
            let _ = Artifact::parse(&resolve.message().artifact);
            assert!(resolve.signed() && resolve.message().artifact.len() <= 512);
        }
        if let Ok(query) = world::open(&provider, &received, attribute_query) {
            assert!(query.signed() && query.message().attributes.len() <= 64);
            assert!(!query.message().name.value.is_empty());
        }
    }
});
