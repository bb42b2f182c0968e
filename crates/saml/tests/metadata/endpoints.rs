//! Where replies may go.

use saml::Binding;

use crate::world::{codes, good, provider, read, replaced};

const ACS: &str = "https://phr.example/acs?tenant=1";

#[test]
fn an_address_that_is_not_plain_is_not_used() {
    for (location, code) in [
        ("", "MD-12"),
        ("/acs", "MD-12"),
        ("javascript:alert(1)//https://phr.example", "MD-12"),
        ("data:text/html,x", "MD-12"),
        ("https://phr.example/acs#x", "MD-12"),
        ("https://phr.example@evil.example/acs", "MD-12"),
        ("https://phr.example\\@evil.example/acs", "MD-12"),
        ("https://phr.example/a&#10;cs", "MD-12"),
        ("https://phr.example/&quot;&gt;&lt;script>", "MD-12"),
        ("https://健康.example/", "MD-12"),
        ("https://phr.example:99999/", "MD-12"),
        ("https:///acs", "MD-12"),
    ] {
        let text = replaced(&good(), ACS, location);
        assert_eq!(codes(read(&text)), [code], "{location}");
        assert_eq!(provider(&text).consumers.len(), 2, "{location}");
    }
}

#[test]
fn a_clear_address_is_told_of_unless_it_is_on_this_machine() {
    for (location, expected) in [
        ("http://phr.example/acs", &["MD-13"][..]),
        ("http://127.0.0.1.example/acs", &["MD-13"]),
        ("http://10.0.0.1/acs", &["MD-13"]),
        ("http://127.0.0.1:8405/acs", &[]),
        ("http://[::1]/acs", &[]),
        ("http://localhost/acs", &[]),
        ("http://phr.localhost:8406/acs", &[]),
    ] {
        let text = replaced(&good(), ACS, location);
        assert_eq!(codes(read(&text)), expected, "{location}");
        assert_eq!(provider(&text).consumers[1].location, location);
    }
}

#[test]
fn an_address_is_kept_letter_by_letter() {
    let location = "https://PHR.example:443/a/../acs?x=%7e&amp;y";
    let text = replaced(&good(), ACS, &format!(" {location} "));
    assert_eq!(provider(&text).consumers[1].location, location.replace("&amp;", "&"));
}

#[test]
fn bindings_that_we_do_not_send_by_are_told_of_and_left_out() {
    let (post, artifact) = ("bindings:HTTP-POST", "bindings:HTTP-Artifact");
    for other in ["bindings:HTTP-Redirect", "bindings:SOAP", "profiles:browser-post", "bindings:URI"] {
        let text = replaced(&good(), post, other);
        assert_eq!(codes(read(&text)), ["MD-14"], "{other}");
        assert_eq!(provider(&text).consumers.len(), 2);
    }
    let none = replaced(&replaced(&good(), post, "x"), artifact, "x");
    assert_eq!(codes(read(&none)), ["MD-14", "MD-14", "MD-11!"], "PAOS alone does not serve a browser");
    let slo = replaced(&good(), "bindings:HTTP-Redirect", "bindings:PAOS");
    assert_eq!(codes(read(&slo)), ["MD-14"]);
    let slo = replaced(&slo, "https://phr.example/slo/soap", "ftp://phr.example/");
    assert_eq!(codes(read(&slo)), ["MD-14", "MD-12", "MD-26"]);
}

#[test]
fn a_logout_endpoint_with_a_bad_address_for_answers_is_not_half_used() {
    let text = replaced(&good(), "https://phr.example/slo/done", "//evil.example/");
    assert_eq!(codes(read(&text)), ["MD-12"]);
    assert!(provider(&text).logout_by(Binding::Redirect).is_none());
}

#[test]
fn the_default_is_what_the_standard_says() {
    let default = |text: &str| provider(text).default_consumer().unwrap().index;
    let plain = replaced(&good(), "index=\"7\" isDefault=\"true\"", "index=\"7\"");
    let not_first = replaced(&plain, "index=\"1\"", "index=\"1\" isDefault=\"false\"");
    let none = replaced(&not_first, "index=\"7\"", "index=\"7\" isDefault=\"0\"");
    assert_eq!(default(&good()), 7);
    assert_eq!(default(&plain), 1, "the first that is not said to be none");
    assert_eq!(default(&not_first), 7);
    assert_eq!(default(&none), 1, "the first");
    let paos = replaced(&plain, "index=\"0\"/>", "index=\"0\" isDefault=\"true\"/>");
    assert_eq!(default(&paos), 1, "a browser is not answered by PAOS");
    let both = replaced(&good(), "index=\"1\"", "index=\"1\" isDefault=\"1\"");
    assert_eq!(default(&both), 1);
    let by_browser = |text: &str| {
        let consumers = provider(text).consumers;
        consumers.iter().filter(|consumer| consumer.is_default && consumer.binding != Binding::Paos).count()
    };
    assert_eq!((by_browser(&both), by_browser(&paos)), (1, 1));
}

#[test]
fn enhanced_clients_have_a_default_of_their_own() {
    let second = "<md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:PAOS\" \
                  Location=\"https://phr.example/ecp2\" index=\"9\" isDefault=\"true\"/>";
    let text = replaced(&good(), "<md:AttributeConsumingService", &format!("{second}<md:AttributeConsumingService"));
    let defaults = |text: &str| -> Vec<u16> {
        provider(text).consumers.iter().filter(|consumer| consumer.is_default).map(|consumer| consumer.index).collect()
    };
    assert_eq!(defaults(&text), [7, 9]);
    assert_eq!(defaults(&good()), [0, 7]);
}

#[test]
fn attributes_of_another_namespace_are_not_those_of_metadata() {
    let other = "xmlns:x=\"urn:x\"";
    let text = replaced(&good(), "entityID=", &format!("{other} x:entityID=\"https://evil.example/\" entityID="));
    let text = text.replace(" Location=\"", " x:Location=\"https://evil.example/\" Location=\"");
    let text = text.replace(" index=\"", " x:index=\"77\" x:isDefault=\"true\" index=\"");
    let text = replaced(&text, "validUntil=", "x:validUntil=\"2020-01-01T00:00:00Z\" validUntil=");
    let text = text.replace(" use=\"", " x:use=\"none\" use=\"");
    assert_eq!(codes(read(&text)), [""; 0]);
    let (polluted, good) = (provider(&text), provider(&good()));
    assert_eq!((polluted.entity, polluted.valid_until), (good.entity, good.valid_until));
    assert_eq!((polluted.consumers, polluted.logout), (good.consumers, good.logout));
    assert_eq!((polluted.signing.len(), polluted.encryption.len()), (1, 1));
    let alone = replaced(&crate::world::good(), "entityID=", &format!("{other} x:entityID="));
    assert_eq!(codes(read(&alone)), ["MD-04!"]);
}

#[test]
fn indexes_that_are_missing_or_repeated_are_told_of() {
    for (from, to, index) in [
        ("index=\"1\"", "", 2),
        ("index=\"1\"", "index=\"65536\"", 1),
        ("index=\"1\"", "index=\"-1\"", 1),
        ("index=\"1\"", "index=\"0\"", 0),
    ] {
        let text = replaced(&good(), from, to);
        assert_eq!(codes(read(&text)), ["MD-15"], "{to}");
        let expected = if to.is_empty() { 1 } else { index };
        assert_eq!(provider(&text).consumers[1].index, expected, "{to}");
    }
}

#[test]
fn a_flood_of_endpoints_ends() {
    let one =
        "<md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"/\"/>";
    let text = replaced(
        &good(),
        "<md:AttributeConsumingService",
        &format!("{}<md:AttributeConsumingService", one.repeat(30_000)),
    );
    let found = codes(read(&text));
    assert_eq!(found.len(), 98, "{found:?}");
    assert_eq!(provider(&text).consumers.len(), 3);
}
