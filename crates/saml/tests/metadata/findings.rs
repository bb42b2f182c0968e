//! What is read from good metadata, and what is said about each fault.

use jiff::SignedDuration;
use saml::Binding;
use saml::metadata::{Consumer, Endpoint, Requested};

use crate::world::{codes, findings, good, provider, read, replaced};

#[test]
fn good_metadata_is_read_without_a_finding() {
    let (provider, report) = read(&good()).map_err(|report| report.to_string()).unwrap();

    assert_eq!(report.to_string(), "");
    assert_eq!(provider.entity.as_str(), "https://phr.example/metadata");
    assert_eq!(provider.valid_until, Some("2027-06-01T00:00:00Z".parse().unwrap()));
    assert_eq!(provider.cache_duration, Some(SignedDuration::from_hours(26)));
    assert!(provider.signs_requests && provider.wants_signed_assertions && !provider.verifies_ecdsa);
    assert_eq!((provider.signing.len(), provider.encryption.len(), provider.encryption_cbc.len()), (1, 1, 0));
    assert_eq!(provider.signing[0].expires, Some("2036-01-01T00:00:00Z".parse().unwrap()));
    let consumer = |index, binding, location: &str, is_default| Consumer {
        index,
        binding,
        location: location.to_owned(),
        is_default,
    };
    assert_eq!(
        provider.consumers,
        [
            consumer(0, Binding::Paos, "https://phr.example/ecp", true),
            consumer(1, Binding::Post, "https://phr.example/acs?tenant=1", false),
            consumer(7, Binding::Artifact, "https://phr.example/artifact", true),
        ]
    );
    assert_eq!(provider.default_consumer(), provider.consumers.last());
    assert_eq!(provider.artifact_resolution, [consumer(0, Binding::Soap, "https://phr.example/ars", true)]);
    assert_eq!(
        provider.logout_by(Binding::Redirect),
        Some(&Endpoint {
            binding: Binding::Redirect,
            location: "https://phr.example/slo".to_owned(),
            response_location: Some("https://phr.example/slo/done".to_owned()),
        })
    );
    assert_eq!(provider.logout_by(Binding::Post), None);
    assert_eq!(provider.name_formats.len(), 2);
    assert_eq!(
        provider.requested,
        [
            Requested { name: "urn:oid:2.16.840.1.113730.3.1.241".to_owned(), required: true },
            Requested { name: "urn:oid:0.9.2342.19200300.100.1.3".to_owned(), required: false },
        ]
    );
}

#[test]
fn a_name_is_taken_from_where_people_are_meant_to_see_it_by_language() {
    let provider = provider(&good());
    assert_eq!(provider.name("ja"), "健康手帳");
    assert_eq!(provider.name("EN"), "Personal Health Record");
    assert_eq!(provider.name("zh-hant"), "個人健康紀錄");
    assert_eq!(provider.name("fr"), "健康手帳");
    let spoofed = replaced(&good(), "健康手帳", "健康\u{202e}手\u{200b}帳");
    assert_eq!(crate::world::provider(&spoofed).name("ja"), "健康手帳");
}

#[test]
fn each_fault_has_its_finding() {
    let sp = "urn:oasis:names:tc:SAML:2.0:protocol";
    for (from, to, expected) in [
        ("</md:EntityDescriptor>", "", "MD-01!"),
        ("<?xml", "<!DOCTYPE x><?xml", "MD-01!"),
        ("ID=\"_1\"", "ID=\"_1\" entityID=\"again\"", "MD-01!"),
        ("entityID=\"https://phr.example/metadata\"", "entityID=\"not a URI\"", "MD-04!"),
        ("entityID=\"https://phr.example/metadata\"", "", "MD-04!"),
        ("2027-06-01T00:00:00Z", "2026-11-22T03:00:00Z", "MD-05!"),
        ("2027-06-01T00:00:00Z", "2026-11-22T02:59:59", "MD-05!"),
        ("2027-06-01T00:00:00Z", "soon", "MD-06!"),
        ("2027-06-01T00:00:00Z", "2026-12-22T00:00:00+09:00", "MD-06!"),
        ("2027-06-01T00:00:00Z", "2036-06-01T00:00:00Z", "MD-06"),
        ("2027-06-01T00:00:00Z", "2026-12-01T00:00:00+00:00", "MD-07"),
        ("AuthnRequestsSigned", "validUntil=\"2026-01-01T00:00:00Z\" AuthnRequestsSigned", "MD-05!"),
        ("1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol", "1.1:protocol", "MD-09!"),
        ("cacheDuration=\"P1DT2H\"", "cacheDuration=\"a day\"", "MD-10"),
        ("cacheDuration=\"P1DT2H\"", "cacheDuration=\"-P1D\"", "MD-10"),
        ("nameid-format:transient", "nameid-format:kerberos", ""),
        (
            "<md:AttributeConsumingService",
            "<md:AttributeConsumingService index=\"9\"/><md:AttributeConsumingService",
            "MD-10",
        ),
        ("xml:lang=\"ja\">健康手帳", "xml:lang=\"fr\">健康手帳", ""),
        ("#rsa-sha256", "#rsa-sha1", ""),
    ] {
        let found = codes(read(&replaced(&good(), from, to))).join(" ");
        // Those that also follow are named in tests of their own.
        if !expected.is_empty() {
            assert_eq!(found, expected, "{from} -> {to}");
        }
    }
    let other = good().replace(sp, "urn:oasis:names:tc:SAML:1.1:protocol");
    assert_eq!(codes(read(&other)), ["MD-09!"]);
    assert_eq!(codes(read("<a/>")), ["MD-02!"]);
    assert_eq!(codes(read("")), ["MD-01!"]);
    assert_eq!(codes(read(&" ".repeat(4 * 1024 * 1024 + 1))), ["MD-01!"]);
}

#[test]
fn the_signing_methods_of_a_service_choose_ecdsa_and_tell_of_sha_1_alone() {
    let method = "<alg:SigningMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>";
    let ecdsa = "<alg:SigningMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>";
    let sha1 = "<alg:SigningMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#rsa-sha1\"/>";
    let entity = |methods: &str| replaced(&good(), method, methods);
    let role = |text: &str, methods: &str| replaced(text, "<mdui:UIInfo>", &format!("{methods}<mdui:UIInfo>"));

    assert!(provider(&entity(ecdsa)).verifies_ecdsa);
    assert!(provider(&entity(&format!("{sha1}{method}{ecdsa}"))).verifies_ecdsa);
    assert!(!provider(&role(&entity(ecdsa), method)).verifies_ecdsa, "the role says it closer");
    assert!(provider(&role(&entity(sha1), ecdsa)).verifies_ecdsa);
    assert!(!provider(&entity("")).verifies_ecdsa);
    assert_eq!(codes(read(&entity(sha1))), ["MD-22"]);
    assert_eq!(codes(read(&entity(""))), [""; 0]);
}

#[test]
fn what_residents_will_miss_is_said() {
    let nameless = replaced(&good(), "<mdui:DisplayName xml:lang=\"ja\">健康手帳</mdui:DisplayName>", "");
    let nameless = replaced(&nameless, "<md:ServiceName xml:lang=\"ja\">別の名前</md:ServiceName>", "");
    assert_eq!(codes(read(&nameless)), ["MD-23"]);
    assert_eq!(provider(&nameless).name("ja"), "Personal Health Record");

    let formats = good().replace("nameid-format:persistent", "nameid-format:kerberos");
    let formats = formats.replace("2.0:nameid-format:transient", "1.1:nameid-format:emailAddress");
    assert_eq!(codes(read(&formats)), ["MD-25"]);
    let unspecified = formats.replace("emailAddress", "unspecified");
    assert_eq!(codes(read(&unspecified)), [""; 0]);

    let asked = provider(&good()).not_offered(&["urn:oid:0.9.2342.19200300.100.1.3"]);
    assert_eq!(asked.iter().map(|finding| (finding.code, finding.fatal)).collect::<Vec<_>>(), [("MD-24", false)]);
    assert!(asked[0].text.contains("urn:oid:2.16.840.1.113730.3.1.241, which the service says it cannot do without,"));
}

#[test]
fn a_finding_says_where_and_what_in_two_languages_and_never_more_than_a_line() {
    let long = "x".repeat(5000) + "\u{1b}[31m";
    let text = replaced(
        &good(),
        "cacheDuration=\"P1DT2H\"",
        &format!("cacheDuration=\"{}\"", long.replace('\u{1b}', "&#x9;")),
    );
    let text = replaced(&text, "https://phr.example/ecp", "");

    let found = findings(read(&text));

    assert_eq!(
        found.iter().map(|f| (f.code, f.place.as_str())).collect::<Vec<_>>(),
        [("MD-10", "@cacheDuration"), ("MD-12", "SPSSODescriptor/AssertionConsumerService[1]/@Location"),]
    );
    for finding in found {
        assert!(finding.text.len() < 250 && !finding.text.contains('\n'), "{}", finding.text);
        assert!(finding.text_ja().chars().any(|c| ('ぁ'..='ん').contains(&c)), "{}", finding.text_ja());
    }
}

#[test]
fn comments_and_a_byte_order_mark_do_not_disturb() {
    let text = format!("\u{feff}{}", good());
    let text = replaced(&text, "<md:Organization>", "<!-- who > < we are --><md:Organization>");
    let text = replaced(&text, "健康手帳", "健康<!-- no -->手帳");
    assert_eq!(codes(read(&text)), [""; 0]);
    assert_eq!(provider(&text).name("ja"), "健康手帳");

    for bad in [
        "<!-- -- --><md:Organization>",
        "<!-- <md:Organization>",
        "<<!-- -->md:Organization>",
        "<md:Organization <!-- -->>",
    ] {
        assert_eq!(codes(read(&replaced(&good(), "<md:Organization>", bad))), ["MD-01!"], "{bad}");
    }
}
