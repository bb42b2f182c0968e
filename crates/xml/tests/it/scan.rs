use xml::{Document, Limits, Refused, exclusive_c14n, scan};

fn refusal(text: &str) -> Refused {
    scan(text.as_bytes(), &Limits::default()).err().unwrap()
}

#[test]
fn a_plain_document_is_admitted() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b='1'><c/>&amp;&#x3042;</a>";
    assert!(scan(text.as_bytes(), &Limits::default()).is_ok());
}

#[test]
fn a_document_over_the_size_limit_is_refused_unread() {
    let text = "<".repeat(128 * 1024 + 1);
    assert_eq!(refusal(&text), Refused::TooLarge { bytes: 128 * 1024 + 1, max: 128 * 1024 });
}

#[test]
fn only_utf_8_is_read() {
    assert_eq!(scan(b"<a>\xFF</a>", &Limits::default()).err(), Some(Refused::NotUtf8));
    assert_eq!(refusal("<?xml version='1.0' encoding='Shift_JIS'?><a/>"), Refused::NotUtf8);
}

#[test]
fn only_xml_1_0_is_read() {
    assert!(matches!(refusal("<?xml version='1.1'?><a/>"), Refused::Malformed(_)));
}

#[test]
fn a_doctype_is_refused_whatever_it_holds() {
    for doctype in [
        "<!DOCTYPE a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE a [<!ENTITY x 'lol'><!ENTITY y '&x;&x;&x;&x;&x;&x;&x;&x;'>]>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'http://attacker.example/'>]>",
        "<!DOCTYPE a [<!ATTLIST a ID ID #IMPLIED>]>",
    ] {
        assert_eq!(refusal(&format!("{doctype}<a>&y;</a>")), Refused::Doctype, "{doctype}");
    }
}

#[test]
fn comments_cdata_and_instructions_are_refused() {
    assert_eq!(refusal("<a>alice<!-- -->.evil</a>"), Refused::Comment);
    assert_eq!(refusal("<!-- --><a/>"), Refused::Comment);
    assert_eq!(refusal("<a><![CDATA[<b/>]]></a>"), Refused::CData);
    assert_eq!(refusal("<a>alice<?x y?>.evil</a>"), Refused::ProcessingInstruction);
    assert_eq!(refusal("<a/><?xml-stylesheet href='x'?>"), Refused::ProcessingInstruction);
}

#[test]
fn comments_are_passed_over_where_they_may_stand() {
    let limits = Limits { comments: true, ..Limits::default() };
    let text = "\u{feff}<!-- a > < b --><a>one<!----><b/><!-- - ' <!x -->two</a><!---->";
    let doc = Document::parse(scan(text.as_bytes(), &limits).unwrap()).unwrap();
    assert_eq!(exclusive_c14n(doc.root(), &[], None), "<a>one<b></b>two</a>");
    let split = "<a>al<!-- -->ice</a>";
    let doc = Document::parse(scan(split.as_bytes(), &limits).unwrap()).unwrap();
    assert_eq!(xml::text(doc.root()).unwrap(), "alice");
    for bad in ["<a><!-- -- --></a>", "<a><!-- --->", "<a><!--->", "<a><!--</a>", "<a <!-- -->/>", "<a b='<!-- -->'/>"]
    {
        assert!(matches!(scan(bad.as_bytes(), &limits).err(), Some(Refused::Malformed(_))), "{bad}");
    }
}

#[test]
fn nesting_ends_at_the_limit() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(scan(nested(64).as_bytes(), &Limits::default()).is_ok());
    assert_eq!(refusal(&nested(65)), Refused::TooDeep(64));
    assert_eq!(refusal(&format!("{}<b/>{}", "<a>".repeat(64), "</a>".repeat(64))), Refused::TooDeep(64));
}

#[test]
fn no_callers_limit_lets_recursion_run_away() {
    let limits = Limits { bytes: usize::MAX, depth: usize::MAX, ..Limits::default() };
    assert_eq!(scan("<a>".repeat(100_000).as_bytes(), &limits).err(), Some(Refused::TooDeep(128)));
}

/// A limit as for a federation's metadata.
const LARGE: Limits = Limits { bytes: 4 * 1024 * 1024, depth: 64, attributes: 64, namespaces: 32, comments: false };

#[test]
fn an_attribute_flood_is_refused_where_it_begins() {
    let flood = |name: &str| -> String { (0..90_000).map(|i| format!(" {name}{i}='urn:{i}>'")).collect() };
    for (before, name, refused) in [
        ("", "a", Refused::TooManyAttributes(64)),
        ("<?xml version='1.0'?>\n<r b='>'>text = '\"", "a", Refused::TooManyAttributes(64)),
        ("", "xmlns:a", Refused::TooManyNamespaces(32)),
    ] {
        let text = format!("{before}<a{}/>", flood(name));
        assert!(text.len() > 1024 * 1024);
        assert_eq!(scan(text.as_bytes(), &LARGE).err(), Some(refused.clone()));
        // Of 90,000 attributes no more than the first too many is looked at: what follows is neither XML nor UTF-8.
        let end = text.find("a65=").unwrap();
        let mut bytes = text.into_bytes();
        bytes[end..].fill(0xFF);
        assert_eq!(scan(&bytes, &LARGE).err(), Some(refused.clone()));
        bytes.truncate(end);
        assert_eq!(scan(&bytes, &LARGE).err(), Some(refused));
    }
}

#[test]
fn equal_signs_in_values_and_text_are_no_attributes() {
    let many = "= ".repeat(1000);
    let text = format!("<a b='{many}\">' c=\"{many}'>\">{many}</a>");
    assert!(scan(text.as_bytes(), &Limits::default()).is_ok());
}

#[test]
fn as_many_attributes_as_allowed_are_read() {
    let plain: String = (0..64).map(|i| format!(" a{i} = ''")).collect();
    let declared: String = (0..32).map(|i| format!(" xmlns:n{i}='urn:{i}'")).collect();
    assert!(scan(format!("<a{plain}{declared}/>").as_bytes(), &Limits::default()).is_ok());
    assert_eq!(refusal(&format!("<a{plain} a64=''{declared}/>")), Refused::TooManyAttributes(64));
    assert_eq!(refusal(&format!("<a{plain} a64=''/>")), Refused::TooManyAttributes(64));
}

#[test]
fn a_namespace_flood_is_refused_on_one_element_and_down_a_chain() {
    let declared = |from: usize, count: usize| -> String {
        (from..from + count).map(|i| format!(" xmlns:n{i}='urn:{i}'")).collect()
    };
    assert_eq!(refusal(&format!("<a{}/>", declared(0, 33))), Refused::TooManyNamespaces(32));
    let chain: String = (0..5).map(|i| format!("<a{}>", declared(i * 32, 32))).collect();
    assert_eq!(refusal(&format!("{chain}{}", "</a>".repeat(5))), Refused::TooManyNamespaces(128));
    let siblings: String = (0..9).map(|i| format!("<a{}/>", declared(i * 32, 32))).collect();
    assert!(scan(format!("<r>{siblings}</r>").as_bytes(), &Limits::default()).is_ok());
}

#[test]
fn a_namespace_is_absolute_and_a_prefix_is_not_undeclared() {
    assert_eq!(refusal("<a xmlns='relative'/>"), Refused::RelativeNamespace);
    assert_eq!(refusal("<a xmlns:p='../x'/>"), Refused::RelativeNamespace);
    assert!(matches!(refusal("<a xmlns:p='urn:x'><b xmlns:p=''/></a>"), Refused::Malformed(_)));
    assert!(scan(b"<a xmlns='urn:x'><b xmlns=''/></a>", &Limits::default()).is_ok());
}

#[test]
fn tags_that_do_not_match_are_malformed() {
    for text in [
        "<a></b>",
        "</a>",
        "<a",
        "<a b='1'",
        "<a b='1",
        "<a b='1'/",
        "<a b='1'c='2'/>",
        "<a b=1/>",
        "<a b/>",
        "<a b='<'/>",
        "<a 'b'/>",
        "<a><b></a></b>",
        "<a>",
        "<a/></a>",
        "<a></a b='1'>",
        "<a / >",
        "< a/>",
        "</a/>",
        "<>",
        "<",
        "<?xml version='1.0'>",
        "<a/><?xml version='1.0'?>",
    ] {
        assert!(matches!(refusal(text), Refused::Malformed(_)), "{text}");
    }
}
