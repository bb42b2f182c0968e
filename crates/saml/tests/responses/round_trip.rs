//! What we send, a service takes.

use jiff::SignedDuration;
use proptest::prelude::*;
use saml::send::{self, Attribute, Head, Login, Protection, Unsendable};
use saml::service::{self, NoLogin, Service};
use saml::{AuthnClass, NameFormat, Refused};
use xml::SignatureAlgorithm::{EcdsaP256Sha256, RsaSha256};
use xml::ns::{SAML, SAMLP, SOAP};
use xml::{Fragment, Writer};

use crate::world::{
    ATTRIBUTES, BOTH_SIGNED, NAME, PSEUDONYM, SIGNED_ASSERTION, SIGNED_RESPONSE, SP, World, counter, cut, head, id,
    now, written,
};

#[test]
fn a_service_takes_a_login_however_it_is_protected() {
    for algorithm in [RsaSha256, EcdsaP256Sha256] {
        let world = World::new(algorithm);
        for clear in [SIGNED_ASSERTION, SIGNED_RESPONSE, BOTH_SIGNED] {
            for encrypt in [None, Some(&world.encryption)] {
                let message = world.response(Protection { encrypt, ..clear });
                let service = Service { must_encrypt: encrypt.is_some(), ..world.service() };
                let login = service::response(message.as_bytes(), &service, now()).unwrap();
                assert_eq!(login.name.format, NameFormat::Persistent.uri());
                assert_eq!(login.name.value.as_str(), PSEUDONYM);
                assert_eq!(login.name.qualifier.as_deref(), Some(world.idp.entity.as_str()));
                assert_eq!(login.name.sp_qualifier.as_deref(), Some(SP));
                assert_eq!(login.class, AuthnClass::SmartcardPki.uri());
                assert_eq!(login.session.as_deref(), Some("_session"));
                assert_eq!(login.expires, now() + SignedDuration::from_mins(6));
                let owned = |sent: Attribute<'_>| sent.values.iter().map(|&value| value.to_owned()).collect();
                assert_eq!(login.attributes, ATTRIBUTES.map(|sent| (sent.name.to_owned(), owned(sent))));
            }
        }
    }
}

#[test]
fn a_login_that_nobody_asked_for_names_no_request_anywhere() {
    let world = World::new(EcdsaP256Sha256);
    let message = written(&Login { in_response_to: None, ..world.login() });
    assert!(!message.contains("InResponseTo"));
    let service = Service { asked: None, ..world.service() };
    assert!(service::response(message.as_bytes(), &service, now()).is_ok());
}

#[test]
fn nothing_goes_out_without_a_signature() {
    let world = World::new(EcdsaP256Sha256);
    let protection = Protection { sign_assertion: false, sign_response: false, encrypt: Some(&world.encryption) };
    let written = Login { protection, ..world.login() }.write(&mut counter(), now());
    assert!(matches!(written, Err(Unsendable::Unprotected)));
}

#[test]
fn a_login_without_attributes_has_no_statement_of_them() {
    let world = World::new(EcdsaP256Sha256);
    let message = written(&Login { attributes: &[], ..world.login() });
    assert!(!message.contains("AttributeStatement"));
    assert!(world.open(&message).unwrap().attributes.is_empty());
}

#[test]
fn an_endpoint_reference_travels_as_an_attribute_with_a_token_inside() {
    let wsa = xml::Ns::new("wsa", "http://www.w3.org/2005/08/addressing");
    let mut w = Writer::new();
    w.start(wsa, "EndpointReference", &[]).leaf(wsa, "Address", &[], "https://ds.example");
    w.empty(SAML, "EncryptedAssertion", &[]);
    let reference = w.finish();
    let name = "urn:liberty:disco:2006-08:DiscoveryEPR";
    let bootstrap = [Attribute { name, friendly: "", values: &[], xml: Some(&reference) }];
    let world = World::new(EcdsaP256Sha256);
    let encrypted = Protection { encrypt: Some(&world.encryption), ..SIGNED_RESPONSE };
    for protection in [BOTH_SIGNED, encrypted] {
        let message = written(&Login { attributes: &bootstrap, protection, ..world.login() });
        let login = world.open(&message).unwrap();
        assert_eq!(login.attributes, [(name.to_owned(), vec![reference.as_str().to_owned()])]);
    }
}

#[test]
fn a_response_is_stored_and_fetched_by_its_artifact_as_it_was_signed() {
    let (resolve, own) = (id("_resolve"), id("_answer"));
    for algorithm in [RsaSha256, EcdsaP256Sha256] {
        let world = World::new(algorithm);
        for protection in [SIGNED_ASSERTION, SIGNED_RESPONSE, BOTH_SIGNED] {
            let kept = world.response(protection);
            let message = send::stored(&kept).unwrap();
            assert_eq!(message.as_str(), kept);
            let head = Head { destination: None, ..head(world.idp.signer(), &own) };
            let soap = envelope(&send::artifact_response(&head, &resolve, Some(&message), now()).unwrap());
            let open = |asked| service::artifact_response(soap.as_bytes(), asked, &world.service(), now());
            assert_eq!(open(&resolve).unwrap().name.value.as_str(), PSEUDONYM);
            assert_eq!(open(&own).unwrap_err(), NoLogin::InResponseTo.into());
            // Taken out, it is what it was, but for the one namespace that the answer around it declares too.
            let declared = format!("<samlp:Response xmlns:samlp=\"{}\"", SAMLP.uri);
            assert_eq!(cut(&soap, "samlp:Response").replacen("<samlp:Response", &declared, 1), kept);
        }
    }
}

#[test]
fn an_answer_to_an_artifact_is_signed_itself() {
    let (resolve, own) = (id("_resolve"), id("_answer"));
    let world = World::new(EcdsaP256Sha256);
    let message = send::stored(&world.response(BOTH_SIGNED)).unwrap();
    let head = Head { sign: false, ..head(world.idp.signer(), &own) };
    let soap = envelope(&send::artifact_response(&head, &resolve, Some(&message), now()).unwrap());
    let opened = service::artifact_response(soap.as_bytes(), &resolve, &world.service(), now());
    assert_eq!(opened.unwrap_err(), NoLogin::Unsigned.into());
}

#[test]
fn an_artifact_that_stands_for_nothing_is_a_success_without_a_login() {
    let (resolve, own) = (id("_resolve"), id("_answer"));
    let world = World::new(EcdsaP256Sha256);
    let head = head(world.idp.signer(), &own);
    let soap = envelope(&send::artifact_response(&head, &resolve, None, now()).unwrap());
    let opened = service::artifact_response(soap.as_bytes(), &resolve, &world.service(), now());
    assert_eq!(opened.unwrap_err(), NoLogin::Kind.into());
}

#[test]
fn only_what_we_stored_is_sent_on() {
    let kept = World::new(EcdsaP256Sha256).response(SIGNED_ASSERTION);
    for spoilt in ["", "<a", "<a/>", "<a></a><b></b>", &kept[..kept.len() - 1], &kept.replace('"', "'")] {
        assert!(send::stored(spoilt).is_none(), "{spoilt}");
    }
}

#[test]
fn an_attribute_query_is_answered_without_a_login() {
    let world = World::new(EcdsaP256Sha256);
    let (asked, lifetime) = (id("_asked"), SignedDuration::from_mins(5));
    let answer = send::Attributes {
        signer: world.idp.signer(),
        audience: &world.sp.entity,
        in_response_to: &asked,
        name: NAME,
        attributes: &ATTRIBUTES,
        lifetime,
        encrypt: None,
    };
    let message = answer.write(&mut counter(), now()).unwrap().into_string();
    assert!(message.contains("<saml:AttributeStatement>"));
    assert!(!message.contains("AuthnStatement") && !message.contains("SubjectConfirmation"));
    assert!(matches!(world.open(&message), Err(Refused::NoLogin(_))));
}

fn envelope(message: &Fragment) -> String {
    let mut w = Writer::new();
    w.start(SOAP, "Envelope", &[]).start(SOAP, "Body", &[]).raw(message);
    w.finish().into_string()
}

thread_local! {
    static WORLD: World = World::new(EcdsaP256Sha256);
}

proptest! {
    #[test]
    fn whatever_is_said_arrives_as_it_was_said(
        name in r"[\PC\t\r\n]{1,80}",
        said in prop::collection::vec((r"[\PC\t\r\n]{1,40}", prop::collection::vec(r"[\PC\t\r\n]{0,80}", 0..4)), 0..6),
        (sign_assertion, sign_response) in prop::sample::select(vec![(true, false), (false, true), (true, true)]),
        encrypted: bool,
    ) {
        let values: Vec<Vec<&str>> = said.iter().map(|(_, values)| values.iter().map(String::as_str).collect()).collect();
        let attributes: Vec<Attribute<'_>> = said
            .iter()
            .zip(&values)
            .map(|((name, _), values)| Attribute { name, friendly: name, values, xml: None })
            .collect();
        let login = WORLD.with(|world| {
            let encrypt = encrypted.then_some(&world.encryption);
            let protection = Protection { sign_assertion, sign_response, encrypt };
            let called = send::Name { value: &name, ..NAME };
            let message = written(&Login { name: called, attributes: &attributes, protection, ..world.login() });
            world.open(&message).unwrap()
        });
        prop_assert_eq!(login.name.value.as_str(), name);
        prop_assert_eq!(login.attributes, said);
    }
}
