//! Metadata of other people's software, as it is.

use saml::Binding;
use saml::metadata;

use crate::world::now;

#[test]
fn the_metadata_of_foreign_software_is_read() {
    for (name, bytes, expected) in [
        ("mod_auth_mellon", &include_bytes!("../peers/mod_auth_mellon/metadata.xml")[..], &[][..]),
        ("simplesamlphp", include_bytes!("../peers/simplesamlphp/metadata.xml"), &[]),
        ("pysaml2", include_bytes!("../peers/pysaml2/metadata.xml"), &["MD-23", "MD-23"]),
        ("node-saml", include_bytes!("../peers/node-saml/metadata.xml"), &["MD-23", "MD-23"]),
    ] {
        let (provider, report) = metadata::read(bytes, None, now()).unwrap_or_else(|report| panic!("{name}: {report}"));
        let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, expected, "{name}: {report}");
        assert!(provider.signs_requests && provider.wants_signed_assertions, "{name}");
        assert_eq!((provider.signing.len(), provider.encryption.len()), (1, 1), "{name}");
        assert!(provider.consumers.iter().any(|consumer| consumer.binding == Binding::Post), "{name}");
        assert!(provider.default_consumer().is_some(), "{name}");
    }
}
