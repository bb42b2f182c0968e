use xml::{
    Document, Limits, Ns, Refused, attribute, child, children, is, is_empty, ns, only_child, qualified, scan, text,
    unqualified,
};

use crate::peer::parse;

fn refusal(text: &str) -> Refused {
    parse(text).err().unwrap()
}

#[test]
fn an_id_counts_only_where_its_specification_says_so() {
    let doc = parse(
        r#"<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"
            xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
            xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
            <S:Header><x wsu:Id="x1"/><saml:Assertion ID="x2" Id="no1"/><ds:Signature Id="x3" ID="no2"/></S:Header>
            <S:Body id="x4"><Query id="no3" ID="no4" Id="no5" xml:id="no6"/></S:Body></S:Envelope>"#,
    )
    .unwrap();
    for (id, name) in [("x1", "x"), ("x2", "Assertion"), ("x3", "Signature"), ("x4", "Body")] {
        assert_eq!(doc.by_id(id).unwrap().tag_name().name(), name);
    }
    for id in ["no1", "no2", "no3", "no4", "no5", "no6", "", "S:Body"] {
        assert!(doc.by_id(id).is_none(), "{id}");
    }
}

#[test]
fn an_id_given_twice_is_refused() {
    const SAML: &str = "xmlns='urn:oasis:names:tc:SAML:2.0:assertion'";
    const WSU: &str = "xmlns:u='http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'";
    let twice = refusal(&format!("<r><Assertion {SAML} ID='x'/><Assertion {SAML} ID='x'/></r>"));
    assert_eq!(twice, Refused::DuplicateId("x".to_owned()));
    let mixed = refusal(&format!("<r><Assertion {SAML} ID='x'/><y {WSU} u:Id='&#x78;'/></r>"));
    assert_eq!(mixed, Refused::DuplicateId("x".to_owned()));
}

#[test]
fn encrypted_elements_may_share_an_id_that_then_names_nothing() {
    const XENC: &str = "xmlns='http://www.w3.org/2001/04/xmlenc#'";
    let two = format!("<r><EncryptedData {XENC} Id='ED40'/><EncryptedData {XENC} Id='ED40'/></r>");
    assert!(parse(&two).unwrap().by_id("ED40").is_none());
    let one = format!("<r><EncryptedData {XENC} Id='ED40'/></r>");
    assert!(parse(&one).unwrap().by_id("ED40").is_some());
    let with_other = format!(
        "<r><EncryptedData {XENC} Id='x'/><EncryptedData {XENC} Id='x'/><Assertion xmlns='{}' ID='x'/></r>",
        ns::SAML.uri
    );
    assert_eq!(refusal(&with_other), Refused::DuplicateId("x".to_owned()));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        " ",
        "<a/><b/>",
        "<a>",
        "text",
        "<a>&unknown;</a>",
        "<a>&</a>",
        "<a b='1' b='2'/>",
        "<p:a/>",
        "<a p:b=''/>",
        "<a b='<'/>",
        "<a>\u{1}</a>",
        "<a>&#0;</a>",
        "<a>]]></a>",
        "<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='' q:b=''/>",
        "<a xmlns:xml='urn:x'/>",
        "<a xmlns:xmlns='urn:x'/>",
        " <?xml version='1.0'?><a/>",
    ] {
        assert!(matches!(parse(text).err(), Some(Refused::Malformed(_))), "{text}");
    }
}

#[test]
fn a_node_flood_is_refused() {
    let text = format!("<a>{}</a>", "<b/>".repeat(25_000));
    assert!(matches!(refusal(&text), Refused::Malformed(_)));
}

#[test]
fn a_caller_who_allows_megabytes_is_given_their_nodes_and_no_other() {
    // A federation of 4,000 services.
    let role = "<md:SPSSODescriptor a='urn:oasis:names:tc'>".to_owned() + &"<md:X>xxxxxxxxx</md:X>\n".repeat(33);
    let entity = format!("<md:EntityDescriptor>{role}</md:SPSSODescriptor></md:EntityDescriptor>");
    let text =
        format!("<md:EntitiesDescriptor xmlns:md='{}'>{}</md:EntitiesDescriptor>", ns::MD.uri, entity.repeat(4000));
    assert!(text.len() > 3_000_000);
    let limits = Limits { bytes: 4 * 1024 * 1024, ..Limits::default() };
    let doc = Document::parse(scan(text.as_bytes(), &limits).unwrap()).unwrap();
    assert_eq!(children(doc.root(), ns::MD, "EntityDescriptor").count(), 4000);
    let flood = format!("<a>{}</a>", "<b/>".repeat(1_000_000));
    let refused = Document::parse(scan(flood.as_bytes(), &limits).unwrap()).err();
    assert!(matches!(refused, Some(Refused::Malformed(_))));
}

#[test]
fn names_are_compared_by_namespace_and_not_by_prefix() {
    let doc = parse("<x:Issuer xmlns:x='urn:oasis:names:tc:SAML:2.0:assertion'/>").unwrap();
    assert!(is(doc.root(), ns::SAML, "Issuer"));
    let doc = parse("<saml:Issuer xmlns:saml='urn:attacker'/>").unwrap();
    assert!(!is(doc.root(), ns::SAML, "Issuer") && !is(doc.root(), ns::NONE, "Issuer"));
    let doc = parse("<faultcode/>").unwrap();
    assert!(is(doc.root(), ns::NONE, "faultcode"));
}

#[test]
fn an_attribute_of_a_namespace_is_another_attribute() {
    let doc = parse("<a xmlns:x='urn:x' x:to='evil' to='good' x:only='evil'/>").unwrap();
    assert_eq!((unqualified(doc.root(), "to"), unqualified(doc.root(), "only")), (Some("good"), None));
    assert_eq!(attribute(doc.root(), "to"), Ok("good"));
    assert_eq!(attribute(doc.root(), "only"), Err(Refused::Missing("a/@only".to_owned())));
    assert_eq!(qualified(doc.root(), Ns::new("y", "urn:x"), "to"), Some("evil"));
    assert_eq!(qualified(doc.root(), Ns::new("x", "urn:y"), "to"), None);
}

#[test]
fn an_empty_element_may_hold_white_space() {
    let doc = parse("<a> \n<b/><c>x</c><d> \t\n</d></a>").unwrap();
    let empty: Vec<bool> = doc.root().children().filter(xml::Node::is_element).map(is_empty).collect();
    assert_eq!(empty, [true, false, true]);
    assert!(!is_empty(doc.root()));
}

#[test]
fn a_single_child_is_single() {
    let doc = parse("<a><b/><c/><b/></a>").unwrap();
    assert_eq!(children(doc.root(), ns::NONE, "b").count(), 2);
    assert_eq!(only_child(doc.root(), ns::NONE, "b").err(), Some(Refused::Repeated("b".to_owned())));
    assert!(only_child(doc.root(), ns::NONE, "c").unwrap().is_some());
    assert!(only_child(doc.root(), ns::NONE, "d").unwrap().is_none());
    assert_eq!(child(doc.root(), ns::NONE, "d").err(), Some(Refused::Missing("d".to_owned())));
    assert_eq!(attribute(doc.root(), "e").err(), Some(Refused::Missing("a/@e".to_owned())));
}

#[test]
fn text_is_all_the_text_or_none() {
    let doc = parse("<a> x&amp;y&#10;z </a>").unwrap();
    assert_eq!(text(doc.root()).unwrap(), " x&y\nz ");
    let doc = parse("<a>alice<b/>.evil</a>").unwrap();
    assert_eq!(text(doc.root()), Err(Refused::NotText("a".to_owned())));
    let doc = parse("<a/>").unwrap();
    assert_eq!(text(doc.root()).unwrap(), "");
}

#[test]
fn a_refusal_has_a_stable_code() {
    assert_eq!(refusal("<a>").code(), "xml-malformed");
    assert_eq!(scan(b"<!DOCTYPE a><a/>", &Limits::default()).err().unwrap().code(), "xml-doctype");
}

#[test]
fn a_refusal_repeats_little_of_what_was_sent() {
    let id = format!("x\n{}", "y".repeat(1000));
    let message = Refused::DuplicateId(id).to_string();
    assert!(message.starts_with("id x\\nyyy") && message.len() < 120, "{message}");
}
