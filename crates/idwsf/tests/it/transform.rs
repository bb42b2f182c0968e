//! WS-Security 1.1 §8.3: the message's signature covers the token through its reference. xmlsec1 does not know the transform;
//! libxml2 says what is to be digested.

use std::process::Command;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use idwsf::message::Terms;
use idwsf::token::Covered;
use idwsf::{Fault, TokenRefused};
use xml::{Document, Limits};

use crate::judges::Folder;
use crate::world::{World, between, replaced, without};

fn request(world: &World) -> String {
    world.request_with(&world.token().covered(Covered::ByTransform))
}

/// The digest of the token in the message's signature.
fn stated(request: &str) -> String {
    let reference = between(request, "<ds:Reference URI=\"#str\">", "</ds:Reference>");
    between(&reference, "<ds:DigestValue>", "</ds:DigestValue>")
        .replace("<ds:DigestValue>", "")
        .replace("</ds:DigestValue>", "")
}

fn digested(octets: &str) -> String {
    STANDARD.encode(digest(&SHA256, octets.as_bytes()))
}

/// The message signed anew by the relay, after its signature was changed.
fn resigned(world: &World, request: &str) -> String {
    let document = Document::parse(xml::scan(request.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let info = document.root().descendants().find(|node| node.tag_name().name() == "SignedInfo").unwrap();
    let value = world.relay.sign(xml::exclusive_c14n(info, &[], None).as_bytes()).unwrap();
    let old = between(request, "<ds:SignatureValue>", "</ds:SignatureValue>");
    replaced(request, &old, &format!("<ds:SignatureValue>{}</ds:SignatureValue>", STANDARD.encode(value)))
}

/// The exclusive canonical form by libxml2.
fn canonical(folder: &Folder, name: &str, element: &str) -> String {
    let file = folder.write(name, element.as_bytes());
    let judge = Command::new("xmllint").arg("--exc-c14n").arg(file).output();
    let judge = judge.expect("xmllint is missing: install Debian's libxml2-utils");
    assert!(judge.status.success(), "{}", String::from_utf8_lossy(&judge.stderr));
    String::from_utf8(judge.stdout).unwrap()
}

/// §8.3: the outermost element declares the default namespace.
fn with_default(canonical: &str) -> String {
    canonical.replacen(' ', " xmlns=\"\" ", 1)
}

#[test]
fn the_digest_is_that_of_the_token_by_libxml2() {
    let (world, folder) = (World::new(), Folder::new("transform"));
    let token = world.token().covered(Covered::ByTransform);
    let request = world.request_with(&token);
    let carried = canonical(&folder, "carried.xml", token.encrypted().as_str());
    assert_eq!(stated(&request), digested(&with_default(&carried)));
    assert!(world.receive(&request).is_ok());

    // Whoever decrypts the token in its place finds the assertion there; some read over the default namespace.
    let assertion = canonical(&folder, "assertion.xml", &world.assertion());
    for octets in [carried, with_default(&assertion), assertion.clone()] {
        let request = resigned(&world, &request.replace(&stated(&request), &digested(&octets)));
        assert!(world.receive(&request).is_ok() && world.admit(&request, &Terms::STRICT).is_ok(), "{octets}");
    }
    let other = resigned(&world, &request.replace(&stated(&request), &digested(&assertion.replace("N-c0", "N-c1"))));
    assert_eq!(world.receive(&other), Err(Fault::Signature("sig-digest")));
}

#[test]
fn a_message_is_covered_by_name_unless_its_receiver_wants_the_transform() {
    let world = World::new();
    assert!(!world.request().contains("STR-Transform") && request(&world).contains("STR-Transform"));
}

#[test]
fn another_token_in_its_place_is_refused() {
    let world = World::new();
    let exchanged = world.with_bound_token(&request(&world), |assertion| assertion.replace("N-c0", "N-c1"));
    assert_eq!(world.receive(&exchanged), Err(Fault::Signature("sig-digest")));
    let named = between(&request(&world), "#SAMLID\">", "</wsse:KeyIdentifier>");
    let renamed = replaced(&request(&world), &named, "#SAMLID\">_other</wsse:KeyIdentifier>");
    assert_eq!(world.receive(&renamed), Err(Fault::Token(TokenRefused::Exchanged)));
}

#[test]
fn two_tokens_are_refused_whichever_was_signed() {
    let world = World::new();
    let request = request(&world);
    let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
    let twice = replaced(&request, &token, &format!("{token}{token}"));
    assert_eq!(world.receive(&twice), Err(Fault::Token(TokenRefused::Missing)));
}

#[test]
fn a_reference_outside_the_security_header_speaks_for_no_token() {
    let world = World::new();
    let request = request(&world);
    let reference = between(&request, "<wsse:SecurityTokenReference", "</wsse:SecurityTokenReference>");
    let outside = replaced(&request, &reference, "");
    let outside = replaced(&outside, "</S:Header>", &format!("<x>{reference}</x></S:Header>"));
    assert_eq!(world.receive(&outside), Err(Fault::Unsigned("a token reference")));
    let unsigned = reference.replace("wsu:Id=\"str\"", "");
    let both = replaced(&outside, "</wsse:Security>", &format!("{unsigned}</wsse:Security>"));
    assert_eq!(world.receive(&both), Err(Fault::Unsigned("the token reference")));
}

#[test]
fn the_transform_is_for_token_references_alone_and_has_one_form() {
    let world = World::new();
    let request = request(&world);
    let transform = between(&request, "<ds:Transform Algorithm=\"http://docs.oasis-open.org/wss", "</ds:Transform>");
    let plain = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let list = "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"saml\"/>";
    let method = "</ds:CanonicalizationMethod></wsse:TransformationParameters>";
    let refused = |changed: &str| assert_eq!(world.receive(changed), Err(Fault::Signature("sig-transforms")));
    for form in [
        format!("{transform}{plain}"),
        format!("{plain}{transform}"),
        transform.replace("xml-exc-c14n#", "xml-exc-c14n#WithComments"),
        transform.replace(method, &format!("{list}{method}")),
        without(&transform, "<wsse:TransformationParameters", "</wsse:TransformationParameters>"),
    ] {
        refused(&resigned(&world, &replaced(&request, &transform, &form)));
    }
    let body = between(&request, "<ds:Reference URI=\"#body\">", "</ds:Reference>");
    let through = body.replace(plain, &transform);
    refused(&resigned(&world, &replaced(&request, &body, &through)));
}
