use xml::{exclusive_c14n, inclusive_c14n};

use crate::peer::{first, parse};

fn canonical(text: &str, element: &str, prefixes: &[&str]) -> String {
    let doc = parse(text).unwrap();
    exclusive_c14n(first(&doc, element), prefixes, None)
}

/// Exclusive C14N 1.0 §2.2: one element, taken from two surroundings.
#[test]
fn an_element_looks_the_same_wherever_it_stands() {
    let inner =
        r#"<n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2>"#;
    let first = format!(r#"<n0:local xmlns:n0="foo:bar" xmlns:n3="ftp://example.org">{inner}</n0:local>"#);
    let second = format!(
        r#"<n2:pdu xmlns:n1="http://example.com" xmlns:n2="http://foo.example" xml:space="retain">{inner}</n2:pdu>"#
    );
    let expected = inner.replace("/>", "></n3:stuff>");
    assert_eq!(canonical(&first, "elem2", &[]), expected);
    assert_eq!(canonical(&second, "elem2", &[]), expected);
}

#[test]
fn unused_namespaces_are_left_out_and_used_ones_pulled_in() {
    let text = "<a xmlns='urn:d' xmlns:p='urn:p' xmlns:u='urn:u'><b p:x='1' y='2'><p:c/></b></a>";
    assert_eq!(canonical(text, "b", &[]), r#"<b xmlns="urn:d" xmlns:p="urn:p" y="2" p:x="1"><p:c></p:c></b>"#);
}

#[test]
fn the_default_namespace_is_undeclared_only_against_a_rendered_one() {
    let text = "<a xmlns='urn:d'><p:b xmlns:p='urn:p'><c xmlns=''/></p:b></a>";
    assert_eq!(canonical(text, "b", &[]), r#"<p:b xmlns:p="urn:p"><c></c></p:b>"#);
    assert_eq!(canonical(text, "a", &[]), r#"<a xmlns="urn:d"><p:b xmlns:p="urn:p"><c xmlns=""></c></p:b></a>"#);
}

#[test]
fn listed_prefixes_are_rendered_though_unused() {
    let text = "<a xmlns='urn:d' xmlns:p='urn:p' xmlns:u='urn:u'><p:b><p:c xmlns:u='urn:u2'/></p:b></a>";
    assert_eq!(
        canonical(text, "b", &["u", "unknown"]),
        r#"<p:b xmlns:p="urn:p" xmlns:u="urn:u"><p:c xmlns:u="urn:u2"></p:c></p:b>"#
    );
    assert_eq!(canonical(text, "b", &["#default"]), r#"<p:b xmlns="urn:d" xmlns:p="urn:p"><p:c></p:c></p:b>"#);
}

#[test]
fn a_listed_default_namespace_is_undeclared_where_it_ends() {
    let text = "<a xmlns='urn:d'><p:b xmlns:p='urn:p'><p:c xmlns=''><p:d/></p:c></p:b></a>";
    assert_eq!(
        canonical(text, "b", &["#default"]),
        r#"<p:b xmlns="urn:d" xmlns:p="urn:p"><p:c xmlns=""><p:d></p:d></p:c></p:b>"#
    );
}

/// What is in scope is looked at where it is declared, not at every element.
#[test]
fn the_cost_grows_with_the_text_alone() {
    let declared: String = (0..32).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
    let names: Vec<String> = (0..32).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = format!("<a{declared}>{}</a>", "<b/>".repeat(20_000));
    let doc = parse(&text).unwrap();
    let took = |canonical: &dyn Fn() -> String| {
        let start = std::time::Instant::now();
        assert!(canonical().len() > 20_000);
        start.elapsed()
    };
    let plain = took(&|| exclusive_c14n(doc.root(), &[], None));
    let listed = took(&|| exclusive_c14n(doc.root(), &names, None));
    let inclusive = took(&|| inclusive_c14n(doc.root(), None));
    // It was a hundred times as much.
    let most = plain * 20 + std::time::Duration::from_millis(20);
    assert!(listed < most && inclusive < most, "{plain:?} {listed:?} {inclusive:?}");
}

#[test]
fn prefixes_are_kept_as_written_even_for_one_namespace() {
    let text = "<p:a xmlns:p='urn:x' xmlns:q='urn:x'><q:b p:y='2' q:x='1'/></p:a>";
    assert_eq!(canonical(text, "a", &[]), r#"<p:a xmlns:p="urn:x"><q:b xmlns:q="urn:x" q:x="1" p:y="2"></q:b></p:a>"#);
}

#[test]
fn white_space_and_references_are_normalised() {
    let text = "<a\n  b = 'x\ny\tz&#10;&#x9;&quot;&apos;'\n>l1\r\nl2\rl3&#13;&gt;</a >";
    assert_eq!(canonical(text, "a", &[]), "<a b=\"x y z&#xA;&#x9;&quot;'\">l1\nl2\nl3&#xD;&gt;</a>");
}

#[test]
fn the_skipped_element_is_left_out_with_its_content() {
    let doc = parse("<a>1<b>2<c/></b>3</a>").unwrap();
    assert_eq!(exclusive_c14n(doc.root(), &[], Some(first(&doc, "b"))), "<a>13</a>");
}

/// Canonical XML 1.0 §2.3 and §2.4.
#[test]
fn the_inclusive_form_takes_over_what_stands_around() {
    let doc =
        parse("<a xmlns='urn:d' xmlns:u='urn:u' xml:lang='ja' xml:space='preserve'><b xml:lang='en'><c/></b></a>")
            .unwrap();
    let expected = r#"<b xmlns="urn:d" xmlns:u="urn:u" xml:lang="en" xml:space="preserve"><c></c></b>"#;
    assert_eq!(inclusive_c14n(first(&doc, "b"), None), expected);
    let expected = r#"<c xmlns="urn:d" xmlns:u="urn:u" xml:lang="en" xml:space="preserve"></c>"#;
    assert_eq!(inclusive_c14n(first(&doc, "c"), None), expected);
}
