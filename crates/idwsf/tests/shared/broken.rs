//! One message broken in one place, and the fault that must come back: the same table for every door that takes messages.
//! What is broken before the signature is checked is left as it is; where a later step is to be reached, the sender signs anew.

use xml::{Document, Limits, Part};

/// What is sent, and what comes back.
pub(crate) struct Broken {
    /// What is wrong with it.
    pub(crate) what: &'static str,
    /// The message.
    pub(crate) message: String,
    /// The local name of `faultcode`, and `lu:Status/@code` if there is one.
    pub(crate) fault: (&'static str, Option<&'static str>),
}

type Change = fn(&str) -> String;
type Row = (&'static str, Change, Signed, (&'static str, Option<&'static str>));

/// Whether the sender signs what was changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signed {
    /// The change is made behind its back.
    Before,
    /// All of it.
    Anew,
    /// But for this part.
    Without(&'static str),
}

/// The rows for messages whose element in the body is a `Query`. `valid` makes a sound message with a name of its own, `sign`
/// signs as its sender.
pub(crate) fn table(valid: impl Fn() -> String, sign: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Broken> {
    let broken = |(what, change, signed, fault): &Row| {
        let changed = change(&valid());
        let message = match signed {
            Signed::Before => changed,
            Signed::Anew => resigned(&changed, "", &sign),
            Signed::Without(part) => resigned(&changed, part, &sign),
        };
        Broken { what, message, fault: *fault }
    };
    ROWS.iter().map(broken).collect()
}

const ROWS: &[Row] = &[
    ("no XML", |_| "<S:Envelope".to_owned(), Signed::Before, ("Client", None)),
    ("a document type", |valid| format!("<!DOCTYPE x>{valid}"), Signed::Before, ("Client", None)),
    ("SOAP 1.2", |valid| valid.replace(SOAP_11, SOAP_12), Signed::Before, ("VersionMismatch", None)),
    (
        "another framework",
        |valid| swap(valid, "version=\"2.0\"", "version=\"1.1\""),
        Signed::Anew,
        ("FrameworkVersionMismatch", Some("FrameworkVersionMismatch")),
    ),
    (
        "an unknown header that must be understood",
        |valid| header(valid, "<x:New xmlns:x=\"urn:x\" S:mustUnderstand=\"1\"></x:New>"),
        Signed::Anew,
        ("MustUnderstand", None),
    ),
    (
        "a header that is to be understood perhaps",
        |valid| header(valid, "<x:New xmlns:x=\"urn:x\" S:mustUnderstand=\"maybe\"></x:New>"),
        Signed::Anew,
        ("Client", Some("InvalidMustUnderstand")),
    ),
    ("a header twice", |valid| header(valid, "<wsa:To>urn:x</wsa:To>"), Signed::Anew, ("InvalidSecurity", None)),
    ("no message ID", |valid| cut(valid, "wsa:MessageID"), Signed::Anew, ("InvalidSecurity", None)),
    ("too old", |valid| created(valid, "2020-01-01T00:00:00Z"), Signed::Anew, ("Client", Some("StaleMsg"))),
    ("from the future", |valid| created(valid, "2040-01-01T00:00:00Z"), Signed::Anew, ("Client", Some("StaleMsg"))),
    (
        "changed on the way",
        |valid| swap(valid, ":Query</wsa:Action>", ":Other</wsa:Action>"),
        Signed::Before,
        ("FailedCheck", None),
    ),
    ("a part that is not signed", |valid| valid.to_owned(), Signed::Without("to"), ("InvalidSecurity", None)),
    ("no signature", |valid| cut(valid, "ds:Signature"), Signed::Before, ("FailedCheck", None)),
    ("no token", |valid| cut(valid, "saml:EncryptedAssertion"), Signed::Anew, ("InvalidSecurityToken", None)),
    (
        "another token than is named",
        |valid| swap(valid, "#SAMLID\">_", "#SAMLID\">_0"),
        Signed::Anew,
        ("InvalidSecurityToken", None),
    ),
    (
        "a sender whom nobody knows",
        |valid| swap(valid, "providerID=\"https://", "providerID=\"https://not-"),
        Signed::Anew,
        ("Client", Some("ProviderIDNotValid")),
    ),
    (
        "an affiliation",
        |valid| swap(valid, " providerID=\"", " affiliationID=\"urn:x:group\" providerID=\""),
        Signed::Anew,
        ("Client", Some("AffiliationIDNotValid")),
    ),
    (
        "for another endpoint",
        |valid| swap(valid, "</wsa:To>", "/other</wsa:To>"),
        Signed::Anew,
        ("DestinationUnreachable", None),
    ),
    (
        "another action than the body",
        |valid| swap(valid, ":Query</wsa:Action>", ":Modify</wsa:Action>"),
        Signed::Anew,
        ("ActionMismatch", None),
    ),
    (
        "an action that nobody offers",
        |valid| valid.replace(":Query<", ":Ask<").replace(":Query>", ":Ask>").replace(":Query ", ":Ask "),
        Signed::Anew,
        ("ActionNotSupported", None),
    ),
    (
        "an answer to elsewhere",
        |valid| {
            header(valid, &format!("<wsa:ReplyTo {EXTRA}><wsa:Address>https://x.example/</wsa:Address></wsa:ReplyTo>"))
        },
        Signed::Anew,
        ("OnlyAnonymousAddressSupported", None),
    ),
    (
        "an unknown context",
        |valid| header(valid, &format!("<sb:ProcessingContext {EXTRA}>urn:x:dream</sb:ProcessingContext>")),
        Signed::Anew,
        ("Server", Some("ProcCtxURINotUnderstood")),
    ),
    (
        "an unknown restriction that must be understood",
        |valid| {
            let directive =
                format!("<sb:UsageDirective {EXTRA} ref=\"x\" S:mustUnderstand=\"1\"><x></x></sb:UsageDirective>");
            header(valid, &directive)
        },
        Signed::Anew,
        ("Server", Some("CannotHonourUsageDirective")),
    ),
    (
        "in another person's name",
        |valid| header(valid, &format!("<sb:TargetIdentity {EXTRA}></sb:TargetIdentity>")),
        Signed::Anew,
        ("Client", Some("TargetIdentityNotValid")),
    ),
    (
        "related to nothing",
        |valid| header(valid, &format!("<wsa:RelatesTo {EXTRA}>a b</wsa:RelatesTo>")),
        Signed::Anew,
        ("Client", Some("InvalidRefToMsgID")),
    ),
];

/// What a fault says, if it is one that is signed: the local name of its code, and its status.
pub(crate) fn said(answer: &str) -> (String, Option<String>) {
    assert!(answer.contains("SignatureValue"), "not signed: {answer}");
    let document = Document::parse(xml::scan(answer.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let named = |name: &str| document.root().descendants().find(|node| node.tag_name().name() == name);
    let code = named("faultcode").unwrap_or_else(|| panic!("no fault: {answer}")).text().unwrap();
    let status = named("Status").and_then(|status| xml::unqualified(status, "code"));
    (code.rsplit(':').next().unwrap().to_owned(), status.map(str::to_owned))
}

/// The message with another header, before the security header.
fn header(message: &str, header: &str) -> String {
    swap(message, "<wsse:Security ", &format!("{header}<wsse:Security "))
}

/// The message, made and expiring at other times.
fn created(message: &str, at: &str) -> String {
    let (head, rest) = message.split_once("<wsu:Created>").unwrap();
    let (_, rest) = rest.split_once("</wsu:Created>").unwrap();
    format!("{head}<wsu:Created>{at}</wsu:Created>{}", rest.split_once("</wsu:Expires>").unwrap().1)
}

/// The message without an element.
fn cut(message: &str, name: &str) -> String {
    let (head, rest) = message.split_once(&format!("<{name}")).unwrap();
    format!("{head}{}", rest.split_once(&format!("</{name}>")).unwrap().1)
}

/// The message with one place replaced.
fn swap(message: &str, from: &str, to: &str) -> String {
    assert_eq!(message.matches(from).count(), 1, "{from} is not there once in {message}");
    message.replace(from, to)
}

/// Signs every part that has an ID, but for the one left out.
fn resigned(message: &str, left_out: &str, sign: &impl Fn(&[u8]) -> Vec<u8>) -> String {
    let unsigned = cut(message, "ds:Signature");
    let document = Document::parse(xml::scan(unsigned.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let id = |node: &xml::Node<'_, '_>| xml::qualified(*node, xml::ns::WSU, "Id").map(str::to_owned);
    let canonical: Vec<(String, String)> = document
        .root()
        .descendants()
        .filter_map(|node| Some((id(&node)?, xml::exclusive_c14n(node, &[], None))))
        .filter(|(id, _)| id != left_out)
        .collect();
    let parts: Vec<Part<'_>> =
        canonical.iter().map(|(id, canonical)| Part { id, canonical, enveloped: false }).collect();
    let signature =
        xml::signature::<std::convert::Infallible>(&parts, &xml::Signing::RSA, |bytes| Ok(sign(bytes))).unwrap();
    swap(&unsigned, "</wsse:Security>", &format!("{}</wsse:Security>", signature.as_str()))
}

const EXTRA: &str = "wsu:Id=\"extra\"";
const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
