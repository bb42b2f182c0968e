//! References: read as peers write them, and called only where that is safe.

use idwsf::MECHANISM;
use idwsf::epr::{
    ATTRIBUTE, Bootstrap, CarriedToken, Client, Content, EndpointReference, InvalidReference, NoBootstrap, Transport,
    Unusable, Usage,
};
use idwsf::message::Mechanism;
use xml::{Document, Limits};

use crate::disco::stage::{DIRECTORY, HOLDER_OF_KEY, token, uri};
use crate::world::{World, after, now, replaced, without};

const CLIENT: Client<'static> = Client { mechanisms: &[Mechanism::TlsBearer], transport: Transport::Tls };

/// The reference a login brings.
fn bootstrap(world: &World) -> EndpointReference {
    EndpointReference {
        id: Some("EPR1".to_owned()),
        address: uri(DIRECTORY),
        expires: Some(after(3600)),
        name: Some("Kagawa discovery service".to_owned()),
        frameworks: vec!["2.0".to_owned()],
        provider: world.relay.entity.clone(),
        service_types: vec![uri(idwsf::disco::SERVICE_TYPE)],
        options: Vec::new(),
        contexts: vec![idwsf::epr::SecurityContext {
            mechanisms: vec![uri(MECHANISM)],
            tokens: vec![CarriedToken::of(&token(world), Usage::Security)],
        }],
        actions: Vec::new(),
    }
}

fn read(text: &str) -> Result<EndpointReference, InvalidReference> {
    let document = Document::parse(xml::scan(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
    EndpointReference::read(document.root())
}

/// What becomes of the reference after one change of its text.
fn changed(world: &World, from: &str, to: &str) -> Result<EndpointReference, InvalidReference> {
    read(&replaced(bootstrap(world).fragment().as_str(), from, to))
}

#[test]
fn a_reference_comes_back_as_it_was() {
    let world = World::new();
    let reference = bootstrap(&world);
    assert_eq!(read(reference.fragment().as_str()), Ok(reference.clone()));
    assert_eq!(read(reference.fragment().as_str()).unwrap().fragment().as_str(), reference.fragment().as_str());
}

#[test]
fn the_order_of_the_metadata_is_free() {
    let reference = bootstrap(&World::new());
    let text = reference.fragment().into_string();
    let service = "<di:ServiceType>urn:liberty:disco:2006-08</di:ServiceType>";
    let moved = replaced(&replaced(&text, service, ""), "</wsa:Metadata>", &format!("{service}</wsa:Metadata>"));
    assert_eq!(read(&moved), Ok(reference));
}

#[test]
fn a_reference_without_address_provider_or_service_type_is_refused() {
    let world = World::new();
    let address = format!("<wsa:Address>{DIRECTORY}</wsa:Address>");
    for gone in ["", "<wsa:Address></wsa:Address>", "<wsa:Address>/discovery</wsa:Address>"] {
        assert_eq!(changed(&world, &address, gone), Err(InvalidReference::Address));
    }
    let provider = "<di:ProviderID>https://relay.kagawa.example/metadata</di:ProviderID>";
    assert_eq!(changed(&world, provider, ""), Err(InvalidReference::Provider));
    assert_eq!(changed(&world, provider, &provider.repeat(2)), Err(InvalidReference::Provider));
    let service = "<di:ServiceType>urn:liberty:disco:2006-08</di:ServiceType>";
    assert_eq!(changed(&world, service, ""), Err(InvalidReference::ServiceType));
    let text = without(bootstrap(&world).fragment().as_str(), "<wsa:Metadata", "</wsa:Metadata>");
    assert_eq!(read(&text), Err(InvalidReference::Metadata));
}

#[test]
fn a_security_context_has_a_mechanism() {
    let mechanism = format!("<di:SecurityMechID>{MECHANISM}</di:SecurityMechID>");
    assert_eq!(changed(&World::new(), &mechanism, ""), Err(InvalidReference::SecurityContext));
}

#[test]
fn a_token_is_one_element_or_one_reference() {
    let world = World::new();
    let (start, end) = ("<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
    let text = bootstrap(&world).fragment().into_string();
    assert_eq!(read(&without(&text, start, end)), Err(InvalidReference::Token));
    assert_eq!(changed(&world, end, &format!("{end}<x></x>")), Err(InvalidReference::Token));
    assert_eq!(
        changed(&world, "usage=\"urn:liberty:security:tokenusage:2006-08:SecurityToken\"", "usage=\"x\""),
        Err(InvalidReference::Token)
    );
    assert_eq!(changed(&world, "usage=", "ref=\"#a\" usage="), Err(InvalidReference::Token));
    let elsewhere = read(&without(&text, start, end).replace("usage=", "ref=\"#a\" usage=")).unwrap();
    assert!(elsewhere.contexts[0].tokens[0].content == Content::Elsewhere("#a".to_owned()));
    assert_eq!(elsewhere.target(&CLIENT, now()).err(), Some(Unusable::Token));
}

#[test]
fn a_reference_ends_when_the_first_of_its_ends_comes() {
    let world = World::new();
    let end = |attributes: &str| {
        changed(&world, " di:NotOnOrAfter=\"2026-11-22T02:00:00Z\"", attributes).map(|read| read.expires)
    };
    assert_eq!(end(""), Ok(None));
    assert_eq!(end(" notOnOrAfter=\"2026-11-22T01:30:00Z\""), Ok(Some(after(1800))));
    let both =
        |one, other| end(&format!(" di:NotOnOrAfter=\"2026-11-22T{one}:00Z\" notOnOrAfter=\"2026-11-22T{other}:00Z\""));
    assert_eq!(both("02:00", "01:30"), Ok(Some(after(1800))));
    assert_eq!(both("01:30", "02:00"), Ok(Some(after(1800))));
    assert_eq!(end(" notOnOrAfter=\"tomorrow\""), Err(InvalidReference::Expiry));
}

#[test]
fn a_reference_is_called_before_it_ends() {
    let world = World::new();
    let reference = bootstrap(&world);
    assert!(reference.target(&CLIENT, after(3599)).is_ok());
    assert_eq!(reference.target(&CLIENT, after(3600)).err(), Some(Unusable::Expired));
    let endless = EndpointReference { expires: None, ..reference };
    assert!(endless.target(&CLIENT, after(3600)).is_ok());
}

#[test]
fn a_reference_is_called_over_tls() {
    let world = World::new();
    let plain = EndpointReference { address: uri("http://relay.kagawa.example/"), ..bootstrap(&world) };
    assert_eq!(plain.target(&CLIENT, now()).err(), Some(Unusable::Address));
    let local = EndpointReference { address: uri("http://localhost:8400/"), ..bootstrap(&world) };
    assert_eq!(local.target(&CLIENT, now()).err(), Some(Unusable::Address));
    assert!(local.target(&Client { transport: Transport::Loopback, ..CLIENT }, now()).is_ok());
}

#[test]
fn the_first_mechanism_that_both_sides_speak_is_taken() {
    let world = World::new();
    let mut reference = bootstrap(&world);
    let mut first = reference.contexts[0].clone();
    first.mechanisms = vec![uri("urn:x:unspoken")];
    first.tokens.clear();
    reference.contexts.insert(0, first);
    reference.contexts[1].mechanisms.push(uri(HOLDER_OF_KEY));
    let both = Client { mechanisms: &[Mechanism::TlsSamlV2, Mechanism::TlsBearer], transport: Transport::Tls };
    let target = reference.target(&both, now()).ok().unwrap();
    assert_eq!((target.mechanism, target.provider), (Mechanism::TlsBearer, world.relay.entity.clone()));
    assert!(Some(target.token) == reference.contexts[1].tokens[0].token(), "the token is passed on as it came");
    let other = Client { mechanisms: &[Mechanism::ClientTlsSamlV2], transport: Transport::Tls };
    assert_eq!(reference.target(&other, now()).err(), Some(Unusable::Mechanism));
}

#[test]
fn only_a_token_meant_for_it_and_named_is_presented() {
    let world = World::new();
    let with = |change: &dyn Fn(&mut CarriedToken)| {
        let mut reference = bootstrap(&world);
        change(&mut reference.contexts[0].tokens[0]);
        reference.target(&CLIENT, now()).err()
    };
    assert_eq!(with(&|_| ()), None);
    assert_eq!(with(&|token| token.usage = None), None);
    assert_eq!(with(&|token| token.usage = Some(Usage::Target)), Some(Unusable::Token));
    assert_eq!(with(&|token| token.id = None), Some(Unusable::Token));
    let clear = |token: &mut CarriedToken| {
        let mut w = xml::Writer::new();
        w.empty(xml::ns::SAML, "Assertion", &[]);
        token.content = Content::Token(w.finish());
    };
    assert_eq!(with(&clear), Some(Unusable::Token));
}

#[test]
fn a_carried_token_is_never_printed() {
    let world = World::new();
    let printed = format!("{:?}", bootstrap(&world));
    assert!(printed.contains("CarriedToken(..)"));
    assert!(!printed.contains("CipherValue") && !printed.contains(token(&world).assertion_id()), "{printed}");
}

#[test]
fn a_login_brings_the_way_to_the_discovery_service() {
    let world = World::new();
    let value = bootstrap(&world).fragment().into_string();
    let found = Bootstrap::read([value.as_str()], &CLIENT, now()).ok().unwrap();
    assert_eq!(found.discovery().address, uri(DIRECTORY));
    assert_eq!(found.discovery().expires, Some(after(3600)));
    assert_eq!(ATTRIBUTE, "urn:liberty:disco:2006-08:DiscoveryEPR");
    let second = Bootstrap::read(["", value.as_str()], &CLIENT, now());
    assert!(second.ok() == Some(found), "one that cannot be used hides no other");
}

#[test]
fn a_login_without_a_usable_reference_says_why() {
    let world = World::new();
    let refused =
        |reference: &EndpointReference| Bootstrap::read([reference.fragment().as_str()], &CLIENT, now()).err();
    assert_eq!(Bootstrap::read([], &CLIENT, now()).err(), Some(NoBootstrap::Missing));
    for bad in ["", "base64", "<wsa:EndpointReference/>", "<x/>"] {
        assert_eq!(Bootstrap::read([bad], &CLIENT, now()).err(), Some(NoBootstrap::Unreadable), "{bad}");
    }
    let other = EndpointReference { service_types: vec![uri("urn:x:y")], ..bootstrap(&world) };
    assert_eq!(refused(&other), Some(NoBootstrap::OtherService));
    let plain = EndpointReference { address: uri("http://relay.example/"), ..bootstrap(&world) };
    assert_eq!(refused(&plain), Some(NoBootstrap::Target(Unusable::Address)));
    let text = replaced(bootstrap(&world).fragment().as_str(), "<di:ProviderID>", "<di:ProviderID>x ");
    let broken = Bootstrap::read([text.as_str()], &CLIENT, now()).err();
    assert_eq!(broken, Some(NoBootstrap::Reference(InvalidReference::Provider)));
}

#[test]
fn references_stand_in_references_no_more_than_three_deep() {
    let world = World::new();
    let nested = |depth: usize| {
        let text = bootstrap(&world).fragment().into_string();
        let inner = "<wsa:EndpointReference>".repeat(depth) + &"</wsa:EndpointReference>".repeat(depth);
        let text = replaced(&text, "</saml:EncryptedAssertion>", &format!("{inner}</saml:EncryptedAssertion>"));
        Bootstrap::read([text.as_str()], &CLIENT, now()).err()
    };
    assert_eq!(nested(2), None);
    assert_eq!(nested(3), Some(NoBootstrap::Nested));
}

#[test]
fn a_reference_is_not_long() {
    let world = World::new();
    let mut reference = bootstrap(&world);
    reference.name = Some("x".repeat(1024));
    assert!(read(reference.fragment().as_str()).is_ok());
    reference.name = Some("x".repeat(1025));
    assert_eq!(read(reference.fragment().as_str()), Err(InvalidReference::Metadata));
    let many = EndpointReference { actions: vec![uri("urn:x:y"); 33], ..bootstrap(&world) };
    assert_eq!(read(many.fragment().as_str()), Err(InvalidReference::Metadata));
    let padded = format!("{}{}", " ".repeat(64 * 1024), bootstrap(&world).fragment().as_str());
    assert_eq!(Bootstrap::read([padded.as_str()], &CLIENT, now()).err(), Some(NoBootstrap::Unreadable));
}
