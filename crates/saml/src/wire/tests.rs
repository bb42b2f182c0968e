use xml::{Document, Limits, SignatureAlgorithm, Writer, ns::SAMLP, scan};

use super::*;
use crate::{EntityId, SignFailed, Signer};

fn message() -> Fragment {
    let mut w = Writer::new();
    w.start(SAMLP, "LogoutRequest", &[]).text("名前 & <more>");
    w.finish()
}

#[test]
fn a_redirect_url_keeps_the_locations_own_query_and_encodes_every_reserved_character() {
    let state = RelayState::parse("a b&c=d+é").unwrap();
    let url = |location| redirect_url(location, Direction::Request, &message(), Some(&state), None).unwrap();
    for (location, start) in [
        ("https://sp.example/slo", "https://sp.example/slo?SAMLRequest="),
        ("https://sp.example/slo?", "https://sp.example/slo?SAMLRequest="),
        ("https://sp.example/slo?x=1", "https://sp.example/slo?x=1&SAMLRequest="),
        ("https://sp.example/slo?x=1&", "https://sp.example/slo?x=1&SAMLRequest="),
    ] {
        assert!(url(location).starts_with(start), "{}", url(location));
        assert!(url(location).ends_with("&RelayState=a%20b%26c%3Dd%2B%C3%A9"), "{}", url(location));
    }
}

#[test]
fn the_detached_signature_is_over_exactly_what_stands_before_it() {
    let entity = EntityId::parse("https://idp.example/metadata").unwrap();
    let sign = |bytes: &[u8]| Ok(bytes.to_vec());
    let algorithm = SignatureAlgorithm::RsaSha256;
    let signer = Signer { entity: &entity, algorithm, certificate: &[], sign: &sign };
    let url = redirect_url("https://sp.example/", Direction::Response, &message(), None, Some(&signer)).unwrap();
    let (_, query) = url.split_once('?').unwrap();
    let (signed, signature) = query.split_once("&Signature=").unwrap();
    assert!(signed.ends_with("&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256"), "{signed}");
    let signature = signature.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
    assert_eq!(STANDARD.decode(signature).unwrap(), signed.as_bytes());

    let broken = |_: &[u8]| Err(SignFailed);
    let signer = Signer { sign: &broken, ..signer };
    assert!(redirect_url("https://sp.example/", Direction::Response, &message(), None, Some(&signer)).is_err());
}

#[test]
fn a_relay_state_is_short_and_printable() {
    assert_eq!(RelayState::parse("").unwrap().as_str(), "");
    assert!(RelayState::parse(&"a".repeat(RELAY_STATE_BYTES_MAX)).is_ok());
    for bad in ["a\nb", "\u{0}", "\u{85}", &"a".repeat(RELAY_STATE_BYTES_MAX + 1)] {
        assert!(RelayState::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn an_artifact_names_its_holder_and_is_read_back() {
    let holder = EntityId::parse("https://idp.example/metadata").unwrap();
    let artifact = Artifact::new(258, &holder, [7; 20]);
    let text = artifact.encode();
    assert!(text.starts_with("AAQBA"), "{text}");
    assert!(Artifact::parse(&text).unwrap() == artifact);
    assert!(artifact.is_of(&holder));
    assert!(!artifact.is_of(&EntityId::parse("https://idp.example/other").unwrap()));
    let other_type = STANDARD.encode([0; 44]);
    for bad in [
        "",
        "AAQ=",
        text.trim_start_matches('A'),
        &format!("{text} "),
        &format!("{text}AAAA"),
        &text.replace('A', "*"),
        &other_type,
    ] {
        assert!(Artifact::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn envelopes_are_soap_and_carry_the_message_unchanged() {
    let ecp = ecp_envelope(&message(), "https://sp.example/ecp");
    for envelope in [soap_envelope(&message()), ecp.clone()] {
        let doc = Document::parse(scan(envelope.as_bytes(), &Limits::default()).unwrap()).unwrap();
        let body = xml::child(doc.root(), xml::ns::SOAP, "Body").unwrap();
        assert!(Fragment::of(body.first_element_child().unwrap()) == message());
    }
    assert!(ecp.contains("AssertionConsumerServiceURL=\"https://sp.example/ecp\""), "{ecp}");
    assert!(
        soap_fault(true, "no <such> thing").contains("<faultcode>S:Client</faultcode><faultstring>no &lt;such&gt;")
    );
    assert!(soap_fault(false, "").contains("S:Server"));
}
