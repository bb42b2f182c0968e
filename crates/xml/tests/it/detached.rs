//! WS-Security 1.1 §8: one signature over several parts of a message.

use xml::{Refused, verify_detached};

use crate::peer::{Peer, cut, envelope, first, parse};

fn refusal(peer: &Peer, message: &str) -> Refused {
    let doc = parse(message).unwrap();
    verify_detached(&doc, first(&doc, "Signature"), &[peer.verifying_key()]).unwrap_err()
}

#[test]
fn the_signed_parts_are_covered_and_no_others() {
    let peer = Peer::rsa();
    let message = envelope(&peer);
    let doc = parse(&message).unwrap();
    let parts = verify_detached(&doc, first(&doc, "Signature"), &[peer.verifying_key()]).unwrap();
    assert_eq!(parts.covers(first(&doc, "Body")).unwrap().id(), "body");
    assert_eq!(parts.covers(first(&doc, "To")).unwrap().id(), "to");
    assert_eq!(parts.key(), 0);
    for other in ["Envelope", "Header", "Security", "Signature", "Query"] {
        assert!(parts.covers(first(&doc, other)).is_none(), "{other}");
    }
}

#[test]
fn an_enveloped_transform_that_removes_nothing_is_tolerated() {
    // Some peers name it for every part of a message.
    let peer = Peer::rsa();
    let message = envelope(&peer);
    let doc = parse(&message).unwrap();
    let canonical = xml::exclusive_c14n(first(&doc, "Body"), &[], None);
    let part = xml::Part { id: "body", canonical: &canonical, enveloped: true };
    let Ok(signature) = xml::signature(&[part], &xml::Signing::RSA, |m| peer.sign(m));
    let message = message.replace(cut(&message, "<ds:Signature ", "</ds:Signature>"), signature.as_str());
    let doc = parse(&message).unwrap();
    let parts = verify_detached(&doc, first(&doc, "Signature"), &[peer.verifying_key()]).unwrap();
    assert!(parts.covers(first(&doc, "Body")).is_some() && parts.covers(first(&doc, "To")).is_none());
}

#[test]
fn a_changed_part_is_refused() {
    let peer = Peer::rsa();
    let message = envelope(&peer);
    let body = message.replace(">alice<", ">mallory<");
    assert_eq!(refusal(&peer, &body), Refused::Digest("body".to_owned()));
    let to = message.replace("insurer.example", "attacker.example");
    assert_eq!(refusal(&peer, &to), Refused::Digest("to".to_owned()));
    assert_eq!(refusal(&Peer::rsa(), &message), Refused::Signature);
}

#[test]
fn a_body_moved_aside_does_not_cover_its_replacement() {
    let peer = Peer::rsa();
    let message = envelope(&peer);
    let body = cut(&message, "<S:Body ", "</S:Body>");
    let evil = body.replace(">alice<", ">mallory<");
    for id in ["wsu:Id=\"evil\"", "id=\"body\"", "Id=\"body\"", "ID=\"body\"", ""] {
        let evil = evil.replace("wsu:Id=\"body\"", id);
        let wrapped = message.replace(body, &evil).replace("</S:Header>", &format!("<x>{body}</x></S:Header>"));
        let Ok(doc) = parse(&wrapped) else { continue };
        let parts = verify_detached(&doc, first(&doc, "Signature"), &[peer.verifying_key()]).unwrap();
        let bodies: Vec<_> = doc.root().descendants().filter(|n| n.tag_name().name() == "Body").collect();
        assert!(parts.covers(bodies[0]).is_some(), "the original, in the wrapper");
        assert!(parts.covers(bodies[1]).is_none(), "the replacement, where the body belongs");
    }
    let twice = message.replace("</S:Header>", &format!("<x>{body}</x></S:Header>"));
    assert_eq!(parse(&twice).err(), Some(Refused::DuplicateId("body".to_owned())));
}

#[test]
fn a_reference_to_nothing_is_refused() {
    let peer = Peer::rsa();
    let message = envelope(&peer).replace(" wsu:Id=\"body\"", "");
    assert_eq!(refusal(&peer, &message), Refused::Reference("body".to_owned()));
    let message = envelope(&peer).replace("URI=\"#body\"", "URI=\"\"");
    assert_eq!(refusal(&peer, &message), Refused::Reference(String::new()));
}

#[test]
fn a_part_is_referenced_once() {
    let peer = Peer::rsa();
    let part = || xml::Part { id: "body", canonical: "x", enveloped: false };
    let Ok(signature) = xml::signature(&[part(), part()], &xml::Signing::RSA, |m| peer.sign(m));
    let message = envelope(&peer);
    let message = message.replace(cut(&message, "<ds:Signature ", "</ds:Signature>"), signature.as_str());
    let doc = parse(&message).unwrap();
    let refused = verify_detached(&doc, first(&doc, "Signature"), &[peer.verifying_key()]);
    assert!(matches!(refused.unwrap_err(), Refused::Repeated(_) | Refused::Digest(_)));
}

#[test]
fn only_a_signature_is_verified() {
    let peer = Peer::rsa();
    let message = envelope(&peer);
    let doc = parse(&message).unwrap();
    let refused = verify_detached(&doc, first(&doc, "Security"), &[peer.verifying_key()]).unwrap_err();
    assert_eq!(refused, Refused::Missing("Signature".to_owned()));
}
