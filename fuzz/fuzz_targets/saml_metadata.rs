//! Any bytes as a service provider's metadata: refused for a stated reason, or a provider whose replies go to plain http(s)
//! addresses; and never taken as signed, since no key is agreed on.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use saml::EntityId;
use saml::metadata::{read, read_signed};

fuzz_target!(|bytes: &[u8]| {
    // When the metadata of a seed corpus was made, so that it gets past its end.
    let now: Timestamp = "2026-11-22T01:00:00Z".parse().expect("is an instant");
    let entity = EntityId::parse("https://phr.example/metadata").expect("is a URI");
    assert!(read_signed(bytes, None, &[], now).is_err_and(|report| report.is_fatal()));
    for wanted in [None, Some(&entity)] {
        let (provider, report) = match read(bytes, wanted, now) {
            Ok(read) => read,
            Err(report) => {
                assert!(report.is_fatal() && report.findings.iter().all(|finding| !finding.text_ja().is_empty()));
                continue;
            }
        };
        assert!(!report.is_fatal() && wanted.is_none_or(|wanted| provider.entity == *wanted));
        assert_eq!(provider.default_consumer().map(|consumer| consumer.is_default), Some(true));
        let consumers = provider.consumers.iter().chain(&provider.artifact_resolution);
        let locations = consumers.map(|consumer| &consumer.location);
        for location in locations.chain(provider.logout.iter().map(|endpoint| &endpoint.location)) {
            assert!(location.starts_with("https://") || location.starts_with("http://"));
            assert!(location.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\#`{|}".contains(&byte)));
        }
    }
});
