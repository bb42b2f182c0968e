//! Each rule of the receiver, broken alone.

use jiff::SignedDuration;
use saml::send::{Head, Login, Protection};
use saml::service::{self, NoLogin, Service};
use saml::{EntityId, Refused, Second, Status, Top, send};
use xml::SignatureAlgorithm::{EcdsaP256Sha256, RsaSha256};

use crate::world::{
    BOTH_SIGNED, CONSUMER, IDP, Party, SIGNED_ASSERTION, SIGNED_RESPONSE, World, cut, head, id, now, written,
};

/// What a response says, replaced; then the whole is signed again by the identity provider itself.
const REPLACED: [(&str, &str, NoLogin); 28] = [
    (" Version=\"2.0\"><saml:Issuer ", " Version=\"1.1\"><saml:Issuer ", NoLogin::Version),
    (" Version=\"2.0\"><saml:Issuer>", " Version=\"2.1\"><saml:Issuer>", NoLogin::Version),
    ("/saml</saml:Issuer><samlp:", "/SAML</saml:Issuer><samlp:", NoLogin::Issuer),
    ("/saml</saml:Issuer><saml:", "/saml </saml:Issuer><saml:", NoLogin::Issuer),
    ("<saml:Issuer>", "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:transient\">", NoLogin::Issuer),
    ("Destination=\"https://sp.example/acs", "Destination=\"https://sp.example/ACS", NoLogin::Destination),
    (" Destination=\"https://sp.example/acs?tenant=1&amp;x=%22\"", "", NoLogin::Destination),
    ("InResponseTo=\"_asked\" Issue", "InResponseTo=\"_other\" Issue", NoLogin::InResponseTo),
    (" InResponseTo=\"_asked\" Issue", " Issue", NoLogin::InResponseTo),
    ("InResponseTo=\"_asked\" NotOn", "InResponseTo=\"_other\" NotOn", NoLogin::InResponseTo),
    (" InResponseTo=\"_asked\" NotOn", " NotOn", NoLogin::InResponseTo),
    ("_asked\" IssueInstant=\"2026-11-22T10:00:00Z\"", "_asked\" IssueInstant=\"2026-11-22\"", NoLogin::Issued),
    (
        "_asked\" IssueInstant=\"2026-11-22T10:00:00Z\"",
        "_asked\" IssueInstant=\"2026-11-22T10:01:01Z\"",
        NoLogin::Issued,
    ),
    ("0202\" IssueInstant=\"2026-11-22T10:00:00Z\"", "0202\" IssueInstant=\"2026-11-22T10:01:01Z\"", NoLogin::Issued),
    ("5f0c7a1de8b94c3290d1a6f3b8e47c21", "", NoLogin::Nobody),
    (":cm:bearer\"", ":cm:holder-of-key\"", NoLogin::Confirmation),
    ("Recipient=", "NotBefore=\"2026-11-22T09:00:00Z\" Recipient=", NoLogin::Confirmation),
    (" NotOnOrAfter=\"2026-11-22T10:05:00Z\" Recip", " Recip", NoLogin::Confirmation),
    ("=\"2026-11-22T10:05:00Z\" Recip", "=\"2026-11-22T09:59:00Z\" Recip", NoLogin::Expired),
    ("Recipient=\"https://sp.example/acs", "Recipient=\"https://sp.example/other", NoLogin::Recipient),
    ("=\"2026-11-22T10:05:00Z\"><saml:Aud", "=\"2026-11-22T09:59:00Z\"><saml:Aud", NoLogin::Expired),
    ("=\"2026-11-22T10:05:00Z\"><saml:Aud", "=\"tomorrow\"><saml:Aud", NoLogin::Conditions),
    ("NotBefore=\"2026-11-22T09:59:00Z\"", "NotBefore=\"2026-11-22T10:01:01Z\"", NoLogin::Early),
    ("<saml:Audience>https://sp.example/metadata<", "<saml:Audience>https://sp.example/<", NoLogin::Audience),
    ("</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:Condition/>", NoLogin::Conditions),
    (
        "</saml:Conditions>",
        "<saml:AudienceRestriction><saml:Audience>urn:x:other</saml:Audience></saml:AudienceRestriction></saml:Conditions>",
        NoLogin::Audience,
    ),
    ("AuthnInstant=\"2026-11-22T09:57:00Z\"", "AuthnInstant=\"2026-11-22T10:01:01Z\"", NoLogin::Statement),
    ("SessionNotOnOrAfter=\"2026-11-22T18:00:00Z\"", "SessionNotOnOrAfter=\"2026-11-22T09:59:00Z\"", NoLogin::Expired),
];

#[test]
fn a_response_that_breaks_one_rule_is_refused_though_it_is_signed() {
    let world = World::new(RsaSha256);
    let bare = world.bare();
    assert!(world.open(&world.sign(&bare)).is_ok());
    for (from, to, why) in REPLACED {
        assert!(bare.contains(from), "{from} is not there: {bare}");
        let broken = world.sign(&bare.replacen(from, to, 1));
        assert_eq!(world.open(&broken).unwrap_err(), Refused::NoLogin(why), "{from} -> {to}");
    }
}

/// A part, taken out or doubled; then the whole is signed again by the identity provider itself.
#[test]
fn every_part_must_be_there_once() {
    let world = World::new(RsaSha256);
    let bare = world.bare();
    for name in [
        "samlp:Status",
        "samlp:StatusCode",
        "saml:Assertion",
        "saml:Subject",
        "saml:NameID",
        "saml:SubjectConfirmation",
        "saml:SubjectConfirmationData",
        "saml:Conditions",
        "saml:AuthnStatement",
        "saml:AuthnContext",
        "saml:AuthnContextClassRef",
    ] {
        let part = cut(&bare, name);
        assert!(world.open(&world.sign(&bare.replacen(part, "", 1))).is_err(), "without {name}");
        // Two assertions under one ID would not even parse.
        let twin = part.replace("ID=\"_", "ID=\"_twin");
        let twice = world.sign(&bare.replacen(part, &format!("{part}{twin}"), 1));
        assert!(world.open(&twice).is_err(), "{name} twice");
    }
    let unrestricted = world.sign(&bare.replacen(cut(&bare, "saml:AudienceRestriction"), "", 1));
    assert_eq!(world.open(&unrestricted).unwrap_err(), NoLogin::Audience.into());
}

#[test]
fn a_byte_changed_after_signing_is_refused_wherever_it_is() {
    let world = World::new(EcdsaP256Sha256);
    for protection in [SIGNED_ASSERTION, SIGNED_RESPONSE, BOTH_SIGNED] {
        let message = world.response(protection).into_bytes();
        let text = str::from_utf8(&message).unwrap();
        let (from, to) = (text.find("<saml:Subject>").unwrap(), text.find("</saml:Assertion>").unwrap());
        for at in (from..to).filter(|at| message[*at].is_ascii_alphanumeric()) {
            let mut changed = message.clone();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert!(service::response(&changed, &world.service(), now()).is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_response_meant_for_another_is_refused() {
    let world = World::new(EcdsaP256Sha256);
    let entity = |text| EntityId::parse(text).unwrap();
    let (request, service, issuer) = (id("_other"), entity("https://other.example"), entity("https://other.example"));
    let expect = |changed: Service<'_>, why: NoLogin| {
        let message = world.response(SIGNED_ASSERTION);
        assert_eq!(service::response(message.as_bytes(), &changed, now()).unwrap_err(), why.into());
    };
    expect(Service { asked: None, ..world.service() }, NoLogin::InResponseTo);
    expect(Service { asked: Some(&request), ..world.service() }, NoLogin::InResponseTo);
    expect(Service { entity: &service, ..world.service() }, NoLogin::Audience);
    expect(Service { issuer: &issuer, ..world.service() }, NoLogin::Issuer);
    expect(Service { consumer: "https://other.example", ..world.service() }, NoLogin::Destination);
    expect(Service { must_encrypt: true, ..world.service() }, NoLogin::Clear);
}

#[test]
fn a_response_holds_as_long_as_its_times_and_the_clocks_allow() {
    let world = World::new(EcdsaP256Sha256);
    let message = world.response(SIGNED_ASSERTION);
    for (seconds, why) in
        [(-61, Some(NoLogin::Issued)), (-60, None), (0, None), (359, None), (360, Some(NoLogin::Expired))]
    {
        let at = now() + SignedDuration::from_secs(seconds);
        let opened = service::response(message.as_bytes(), &world.service(), at);
        assert_eq!(opened.map(|_| ()).err(), why.map(Refused::NoLogin), "{seconds} s");
    }
}

#[test]
fn a_key_of_somebody_else_signs_for_nobody() {
    let world = World::new(EcdsaP256Sha256);
    let impostor = Party::new(IDP, EcdsaP256Sha256);
    for protection in [SIGNED_ASSERTION, SIGNED_RESPONSE, BOTH_SIGNED] {
        let forged = written(&Login { signer: impostor.signer(), protection, ..world.login() });
        assert_eq!(world.open(&forged).unwrap_err(), xml::Refused::Signature.into());
    }
}

#[test]
fn a_signature_that_fails_is_not_made_good_by_another() {
    let world = World::new(RsaSha256);
    let impostor = Party::new(IDP, RsaSha256);
    let forged = written(&Login { signer: impostor.signer(), ..world.login() });
    assert_eq!(world.open(&world.sign(&forged)).unwrap_err(), xml::Refused::Signature.into());
}

#[test]
fn what_no_signature_covers_says_nothing() {
    let world = World::new(EcdsaP256Sha256);
    for protection in [SIGNED_ASSERTION, SIGNED_RESPONSE] {
        let signed = world.response(protection);
        let stripped = signed.replace(cut(&signed, "ds:Signature"), "");
        assert_eq!(world.open(&stripped).unwrap_err(), NoLogin::Unsigned.into());
    }
}

#[test]
fn an_encrypted_assertion_is_opened_by_its_recipient_alone() {
    let world = World::new(EcdsaP256Sha256);
    let other = Party::new("https://other.example", RsaSha256).encryption_key();
    let message = world.response(Protection { encrypt: Some(&other), ..SIGNED_ASSERTION });
    assert_eq!(world.open(&message).unwrap_err(), Refused::Undecryptable);
    // A changed cipher text is refused by its tag, when no signature covers it.
    let message = world.response(Protection { encrypt: Some(&world.encryption), ..SIGNED_ASSERTION });
    let at = message.rfind("</xenc:CipherValue>").unwrap() - 9;
    let mut changed = message.clone();
    changed.replace_range(at..=at, if &message[at..=at] == "A" { "B" } else { "A" });
    assert_eq!(world.open(&changed).unwrap_err(), Refused::Undecryptable);
}

#[test]
fn a_failure_is_told_with_its_reason() {
    let world = World::new(EcdsaP256Sha256);
    let status = Status::failed(Top::Responder, Second::NoPassive, "the person would have to be asked");
    let own = id("_failure");
    let head = Head { destination: Some(CONSUMER), ..head(world.idp.signer(), &own) };
    let message = send::failure(&head, Some(&id("_asked")), &status, now()).unwrap();
    assert_eq!(world.open(message.as_str()).unwrap_err(), NoLogin::Failed(status).into());
}

#[test]
fn any_bytes_are_refused_and_none_panic() {
    let world = World::new(EcdsaP256Sha256);
    let message = world.response(BOTH_SIGNED);
    for end in (0..message.len()).step_by(7) {
        if let Some(cut) = message.get(..end) {
            assert!(world.open(cut).is_err());
            assert!(service::artifact_response(cut.as_bytes(), &id("_a"), &world.service(), now()).is_err());
        }
    }
}

#[test]
fn another_assertion_stands_nowhere_but_inside_the_one() {
    let world = World::new(RsaSha256);
    let bare = world.bare();
    let other = cut(&bare, "saml:Assertion").replace("ID=\"_", "ID=\"_other");
    for (before, inside) in [
        ("<samlp:Status>", format!("<samlp:Extensions>{other}</samlp:Extensions><samlp:Status>")),
        ("</samlp:Status>", format!("<samlp:StatusDetail>{other}</samlp:StatusDetail></samlp:Status>")),
    ] {
        let hidden = world.sign(&bare.replacen(before, &inside, 1));
        assert_eq!(world.open(&hidden).unwrap_err(), NoLogin::Assertions.into(), "{before}");
    }
}
