//! Tricks with the query: what is signed there is a text, and what is read are parameters.

use flate2::{Compress, Compression, FlushCompress};
use saml::{receive, wire::Direction};

use crate::{
    Case, Outcome, case,
    forge::{base64, swap},
    stage::Asked,
    world::{self, P256, RSA, STRANGER, form},
};

pub(crate) fn cases() -> Vec<Case> {
    [signed(), names(), encodings()].into_iter().flatten().collect()
}

/// A signed query, changed.
fn query(id: &'static str, attack: &'static str, change: impl Fn(&str) -> String + 'static) -> Case {
    case(id, format!("redirect: {attack}"), move |_| open(&change(&good())))
}

fn good() -> String {
    P256.query(Direction::Request, &Asked::Logout.message(), Some("state/1"))
}

fn open(query: &str) -> Outcome {
    Asked::Logout.open(&world::provider(), receive::redirect(query))
}

/// `name=value` of the query.
fn pair<'q>(query: &'q str, name: &str) -> &'q str {
    query.split('&').find(|pair| pair.starts_with(&format!("{name}="))).unwrap()
}

fn without(query: &str, name: &str) -> String {
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
    kept.join("&")
}

fn escaped(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn signature(text: &str, key: &world::Key) -> String {
    format!("{text}&Signature={}", escaped(&base64(&key.sign(text.as_bytes()).unwrap())))
}

fn forged_message() -> String {
    let forged = Asked::Logout.forge(&Asked::Logout.message());
    let unsigned = world::query(Direction::Request, &forged, None, None);
    pair(&unsigned, "SAMLRequest").to_owned()
}

fn signed() -> Vec<Case> {
    vec![
        query("R-1", "signature stripped", |query| without(&without(query, "Signature"), "SigAlg")),
        query("R-2", "signature stripped, its algorithm left", |query| without(query, "Signature")),
        query("R-3", "algorithm stripped, the signature left", |query| without(query, "SigAlg")),
        query("R-4", "another message", |query| swap(query, pair(query, "SAMLRequest"), &forged_message())),
        query("R-5", "another relay state", |query| swap(query, "RelayState=state%2F1", "RelayState=state%2F2")),
        query("R-6", "relay state taken away", |query| without(query, "RelayState")),
        query("R-7", "relay state emptied", |query| swap(query, "RelayState=state%2F1", "RelayState=")),
        query("R-8", "a relay state added to a query that had none", |_| {
            format!("{}&RelayState=x", P256.query(Direction::Request, &Asked::Logout.message(), None))
        }),
        query("R-9", "escapes in other letters: %2F as %2f", |query| swap(query, "state%2F1", "state%2f1")),
        query("R-10", "an escape undone", |query| swap(query, "state%2F1", "state/1")),
        query("R-11", "a letter escaped", |query| swap(query, "state%2F1", "%73tate%2F1")),
        query("R-12", "algorithm swapped for one of another key", |query| {
            swap(query, "xmldsig-more%23ecdsa-sha256", "xmldsig-more%23rsa-sha256")
        }),
        query("R-13", "algorithm swapped for RSA-SHA1", |query| {
            swap(query, "2001%2F04%2Fxmldsig-more%23ecdsa-sha256", "2000%2F09%2Fxmldsig%23rsa-sha1")
        }),
        query("R-14", "algorithm swapped for HMAC", |query| swap(query, "%23ecdsa-sha256", "%23hmac-sha256")),
        query("R-15", "algorithm with a space behind it", |query| swap(query, "%23ecdsa-sha256", "%23ecdsa-sha256%20")),
        query("R-16", "by a key that nobody registered", |query| {
            let (signed, _) = query.split_once("&Signature=").unwrap();
            signature(signed, &STRANGER)
        }),
        query("R-17", "by a key of another kind that nobody registered", |_| {
            RSA.query(Direction::Request, &Asked::Logout.message(), None)
        }),
        query("R-18", "signed in another order", |query| {
            let order = ["RelayState", "SAMLRequest", "SigAlg"].map(|name| pair(query, name)).join("&");
            signature(&order, &P256)
        }),
        query("R-19", "signed after the escapes were undone", |query| {
            let (text, _) = query.split_once("&Signature=").unwrap();
            let plain = text
                .replace("%2F", "/")
                .replace("%3D", "=")
                .replace("%2B", "+")
                .replace("%3A", ":")
                .replace("%23", "#");
            format!("{text}&Signature={}", escaped(&base64(&P256.sign(plain.as_bytes()).unwrap())))
        }),
        query("R-20", "signed without the algorithm", |query| {
            let (text, _) = query.split_once("&SigAlg=").unwrap();
            let signature = escaped(&base64(&P256.sign(text.as_bytes()).unwrap()));
            format!("{text}&{}&Signature={signature}", pair(query, "SigAlg"))
        }),
        query("R-21", "the signature of a request on a response", |query| swap(query, "SAMLRequest=", "SAMLResponse=")),
        query("R-22", "signature all zeros", |query| {
            swap(query, pair(query, "Signature"), &format!("Signature={}", escaped(&base64(&[0; 64]))))
        }),
        query("R-23", "signature empty", |query| swap(query, pair(query, "Signature"), "Signature=")),
        query("R-24", "signature not base64", |query| swap(query, "Signature=", "Signature=*")),
        case("R-25", "redirect: signed inside, not beside", |_| {
            open(&world::query(Direction::Request, &Asked::Logout.signed(), None, None))
        }),
        case("R-26", "redirect: forged, signed inside by an old signature, and beside by nobody", |_| {
            open(&world::query(Direction::Request, &Asked::Logout.forge(&Asked::Logout.signed()), None, None))
        }),
        case("R-27", "redirect: a signed redirect's message sent as form", |_| {
            Asked::Logout.receive(&Asked::Logout.message())
        }),
    ]
}

fn names() -> Vec<Case> {
    vec![
        query("R-28", "the message twice, the forged one last", |query| format!("{query}&{}", forged_message())),
        query("R-29", "the message twice, the forged one first", |query| format!("{}&{query}", forged_message())),
        query("R-30", "the message twice, one under an escaped name", |query| {
            format!("{}&{query}", swap(&forged_message(), "SAMLRequest", "%53AMLRequest"))
        }),
        query("R-31", "a request and a response", |query| {
            format!("{query}&{}", swap(&forged_message(), "SAMLRequest", "SAMLResponse"))
        }),
        query("R-32", "relay state twice", |query| format!("{query}&RelayState=x")),
        query("R-33", "algorithm twice", |query| format!("{query}&{}", pair(query, "SigAlg"))),
        query("R-34", "signature twice", |query| format!("{query}&{}", pair(query, "Signature"))),
        query("R-35", "relay state twice, one under an escaped name", |query| format!("{query}&Relay%53tate=x")),
        query("R-36", "neither a request nor a response", |query| without(query, "SAMLRequest")),
        query("R-37", "another encoding named", |query| format!("{query}&SAMLEncoding=urn:none")),
        case("R-38", "form: the message twice", |_| {
            let form = form(Direction::Request, &Asked::Logout.signed());
            let twice = [&form, b"&".as_slice(), &form].concat();
            Asked::Logout.open(&world::provider(), receive::post(&twice))
        }),
    ]
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 500 + 4096);
    Compress::new(Compression::best(), false).compress_vec(bytes, &mut out, FlushCompress::Finish).unwrap();
    out
}

fn carrying(bytes: &[u8]) -> Outcome {
    open(&format!("SAMLRequest={}", escaped(&base64(bytes))))
}

fn encodings() -> Vec<Case> {
    let message = || Asked::Logout.message().into_bytes();
    vec![
        case("R-39", "deflate bomb: eight mebibytes in eight kibibytes", |_| carrying(&deflated(&vec![b' '; 8 << 20]))),
        case("R-40", "deflate bomb: one byte more than a message may have", |_| {
            carrying(&deflated(&vec![b' '; (128 << 10) + 1]))
        }),
        case("R-41", "deflate: something behind the message", move |_| {
            carrying(&[deflated(&message()), b"x".to_vec()].concat())
        }),
        case("R-42", "deflate: a second message behind the first", move |_| {
            carrying(&[deflated(&message()), deflated(&message())].concat())
        }),
        case("R-43", "deflate: cut off", move |_| carrying(&deflated(&message())[..100])),
        case("R-44", "deflate: none", move |_| carrying(&message())),
        case("R-45", "deflate: of nothing", |_| carrying(&deflated(b""))),
        case("R-46", "deflate: a document type inside", |_| carrying(&deflated(b"<!DOCTYPE r><r/>"))),
        query("R-47", "base64 malformed", |_| "SAMLRequest=A*A%3D".to_owned()),
        query("R-48", "base64 with bits left over", |_| "SAMLRequest=AAB%3D".to_owned()),
        query("R-49", "base64 without its padding", |_| "SAMLRequest=AA".to_owned()),
        query("R-50", "base64 for addresses", |_| "SAMLRequest=A-_A".to_owned()),
        query("R-51", "base64 with a line break", |query| swap(query, "SAMLRequest=", "SAMLRequest=%0A")),
        query("R-52", "an escape that is none", |query| swap(query, "SAMLRequest=", "SAMLRequest=%GG")),
        query("R-53", "a relay state of 4097 bytes", |query| swap(query, "state%2F1", &"s".repeat(4097))),
        query("R-54", "a relay state with a line break", |query| swap(query, "state%2F1", "a%0D%0ASet-Cookie:x")),
        query("R-55", "a relay state that is no UTF-8", |query| swap(query, "state%2F1", "%C3%28")),
        query("R-56", "a query of more than 16 KiB", |query| format!("{query}&x={}", "x".repeat(16 << 10))),
        case("R-57", "form: more than 256 KiB", |_| {
            Asked::Logout.open(&world::provider(), receive::post(&vec![b'a'; (256 << 10) + 1]))
        }),
        case("R-58", "form: base64 malformed", |_| {
            Asked::Logout.open(&world::provider(), receive::post(b"SAMLRequest=A*A%3D"))
        }),
        case("R-59", "form: a message that is deflated", move |_| {
            let form = format!("SAMLRequest={}", escaped(&base64(&deflated(&message()))));
            Asked::Logout.open(&world::provider(), receive::post(form.as_bytes()))
        }),
    ]
}
