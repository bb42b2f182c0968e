use xml::{Attr, Fragment, Ns, Writer, exclusive_c14n, ns};

use crate::peer::{Peer, assertion, parse, signed_assertion};

const P: Ns = Ns::new("p", "urn:p");
const Q: Ns = Ns::new("q", "urn:q");
/// The prefix of `P` with another meaning.
const P2: Ns = Ns::new("p", "urn:p2");

fn written(write: impl FnOnce(&mut Writer)) -> Fragment {
    let mut w = Writer::new();
    write(&mut w);
    w.finish()
}

fn assert_canonical(fragment: &Fragment) {
    let doc = parse(fragment.as_str()).unwrap();
    assert_eq!(exclusive_c14n(doc.root(), &[], None), fragment.as_str());
}

#[test]
fn attributes_are_sorted_by_namespace_and_then_name() {
    let f = written(|w| {
        let attrs = [Attr::of(Q, "a", "4"), Attr::of(P, "b", "3"), Attr::plain("z", "2"), Attr::plain("a", "1")];
        w.empty(P, "x", &attrs);
    });
    assert_eq!(f.as_str(), r#"<p:x xmlns:p="urn:p" xmlns:q="urn:q" a="1" z="2" p:b="3" q:a="4"></p:x>"#);
    assert_canonical(&f);
}

#[test]
fn values_are_escaped_as_canonical_xml_does() {
    let f = written(|w| {
        w.leaf(ns::NONE, "x", &[Attr::plain("a", "<>&\"'\t\n\r香")], "<>&\"'\t\n\r香");
    });
    let expected = "<x a=\"&lt;>&amp;&quot;'&#x9;&#xA;&#xD;香\">&lt;&gt;&amp;\"'\t\n&#xD;香</x>";
    assert_eq!(f.as_str(), expected);
    assert_canonical(&f);
}

#[test]
fn what_xml_cannot_carry_is_replaced() {
    let f = written(|w| {
        w.leaf(ns::NONE, "x", &[Attr::plain("a", "\u{0}")], "\u{b}\u{ffff}");
    });
    assert_eq!(f.as_str(), "<x a=\"\u{fffd}\">\u{fffd}\u{fffd}</x>");
}

#[test]
fn a_namespace_is_declared_where_it_is_first_used_and_again_after_its_end() {
    let f = written(|w| {
        w.start(P, "x", &[]).start(Q, "y", &[]).empty(Q, "z", &[]).end().empty(Q, "y", &[]);
    });
    let expected = r#"<p:x xmlns:p="urn:p"><q:y xmlns:q="urn:q"><q:z></q:z></q:y><q:y xmlns:q="urn:q"></q:y></p:x>"#;
    assert_eq!(f.as_str(), expected);
    assert_canonical(&f);
}

#[test]
fn xml_lang_needs_no_declaration() {
    let f = written(|w| {
        w.empty(ns::NONE, "x", &[Attr::of(ns::XML, "lang", "ja")]);
    });
    assert_eq!(f.as_str(), r#"<x xml:lang="ja"></x>"#);
    assert_canonical(&f);
}

#[test]
fn a_fragment_inside_another_repeats_no_declaration() {
    let inner = written(|w| {
        w.start(Q, "y", &[]).empty(P, "z", &[]).empty(P, "z", &[]);
    });
    let outer = written(|w| {
        w.start(P, "x", &[]).raw(&inner);
    });
    let expected = r#"<p:x xmlns:p="urn:p"><q:y xmlns:q="urn:q"><p:z></p:z><p:z></p:z></q:y></p:x>"#;
    assert_eq!(outer.as_str(), expected);
    let outermost = written(|w| {
        w.start(Q, "w", &[]).raw(&outer);
    });
    let expected = r#"<q:w xmlns:q="urn:q"><p:x xmlns:p="urn:p"><q:y><p:z></p:z><p:z></p:z></q:y></p:x></q:w>"#;
    assert_eq!(outermost.as_str(), expected);
    assert_canonical(&outermost);
}

#[test]
fn a_prefix_with_another_meaning_is_declared_again() {
    let inner = written(|w| {
        w.start(P2, "y", &[]).start(P, "z", &[]);
    });
    for outer in [P, P2] {
        let f = written(|w| {
            w.start(outer, "x", &[]).raw(&inner);
        });
        assert_canonical(&f);
        let f = written(|w| {
            w.start(Q, "w", &[]).raw(&f).raw(&inner);
        });
        assert_canonical(&f);
        let f = written(|w| {
            w.start(P, "v", &[]).raw(&f);
        });
        assert_canonical(&f);
    }
}

#[test]
fn a_received_element_is_passed_on_as_it_was_signed() {
    let peer = Peer::rsa();
    let token = signed_assertion(&peer, "a1", "alice");
    // The issuer may have declared its namespaces further out, and as default.
    let wire = format!("<r xmlns='urn:x' xmlns:saml='{}'>{}</r>", ns::SAML.uri, token.as_str());
    let received = parse(&wire).unwrap();
    let again = Fragment::of(received.by_id("a1").unwrap());
    assert_eq!(again.as_str(), token.as_str());
    let f = written(|w| {
        w.start(ns::SAML, "Advice", &[]).raw(&again);
    });
    let doc = parse(f.as_str()).unwrap();
    assert!(!f.as_str().contains("<saml:Assertion xmlns"));
    assert!(xml::verify_enveloped(&doc, doc.by_id("a1").unwrap(), &[peer.verifying_key()]).is_ok());
}

#[test]
fn a_default_namespace_of_a_received_element_survives_embedding() {
    let doc = parse("<a xmlns='urn:a'><b xmlns=''><c xmlns='urn:a'/></b></a>").unwrap();
    let f = written(|w| {
        w.start(ns::NONE, "x", &[]).raw(&Fragment::of(doc.root())).start(P, "y", &[]).raw(&Fragment::of(doc.root()));
    });
    assert_canonical(&f);
}

#[test]
fn extra_declarations_serve_names_in_text() {
    let f = written(|w| {
        w.start_declaring(ns::SOAP, "Envelope", &[], &[P]).leaf(ns::NONE, "faultcode", &[], "p:Failed");
    });
    let doc = parse(f.as_str()).unwrap();
    let code = crate::peer::first(&doc, "faultcode");
    assert_eq!(code.lookup_namespace_uri(Some("p")), Some("urn:p"));
}

#[test]
fn finishing_closes_what_is_open() {
    let f = written(|w| {
        w.start(P, "x", &[]).start(P, "y", &[]).text("t");
    });
    assert_eq!(f.as_str(), r#"<p:x xmlns:p="urn:p"><p:y>t</p:y></p:x>"#);
}

#[test]
#[should_panic(expected = "a fragment is one element")]
fn a_fragment_has_one_root() {
    let _ = written(|w| {
        w.empty(P, "x", &[]).empty(P, "y", &[]);
    });
}

#[test]
fn an_enveloped_signature_stands_where_it_was_marked() {
    let peer = Peer::rsa();
    let signed = signed_assertion(&peer, "a1", "alice");
    assert!(signed.as_str().contains("</saml:Issuer><ds:Signature "));
    assert!(signed.as_str().contains("</ds:Signature><saml:Subject>"));
    assert_canonical(&signed);
    let unmarked = {
        let mut w = Writer::new();
        w.start(ns::MD, "EntityDescriptor", &[Attr::plain("ID", "m")]).empty(P, "x", &[]);
        let Ok(signed) = w.finish_unsigned().sign_as("m", &xml::Signing::RSA, |m| peer.sign(m));
        signed
    };
    assert!(unmarked.as_str().contains("ID=\"m\"><ds:Signature "));
    assert_canonical(&unmarked);
    let both = written(|w| {
        w.start(ns::DS, "x", &[]).start(P, "y", &[]).raw(&unmarked).raw(&signed);
    });
    assert_canonical(&both);
}

#[test]
fn a_failed_signature_is_the_signers_error() {
    let failed = assertion("a1", "alice").sign_as("a1", &xml::Signing::RSA, |_| Err("no key"));
    assert_eq!(failed.err(), Some("no key"));
}
