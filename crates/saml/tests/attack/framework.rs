//! The same attacks on the messages and tokens of the web service framework, which an insurer's node receives.

use crate::{
    Case, Outcome, case,
    forge::{Caught, WAYS, before, cut, sealed, swap},
    provider::{SELECT, random, subject},
    stage::Stage,
    wrapping::nested,
};

pub(crate) fn cases() -> Vec<Case> {
    [wrapped_tokens(), bodies_and_headers(), signatures_and_tokens(), transformed()].into_iter().flatten().collect()
}

fn wrapped_tokens() -> Vec<Case> {
    let mut cases = Vec::new();
    for (own_id, mark, same) in [(true, "", ""), (false, "=", ", same ID")] {
        for way in 1..=8 {
            let name = format!("XSW-{way} ID-WSF token{same}: {}", WAYS[way - 1]);
            cases.push(case(format!("W-T{way}{mark}"), name, move |stage| {
                let caught = Caught::new(&stage.framework.assertion(), own_id, another_person);
                with_token(stage, &caught.wrapped(way, &nested))
            }));
        }
    }
    cases
}

fn bodies_and_headers() -> Vec<Case> {
    vec![
        case("F-1", "ID-WSF body: the signed one kept in the header, the forged one without an ID", |stage| {
            body(stage, "</S:Header>", "")
        }),
        case("F-2", "ID-WSF body: the signed one kept in the header, the forged one with another ID", |stage| {
            body(stage, "</S:Header>", " wsu:Id=\"body2\"")
        }),
        case("F-3", "ID-WSF body: the signed one kept in the header, the forged one with the same ID", |stage| {
            body(stage, "</S:Header>", " wsu:Id=\"body\"")
        }),
        case(
            "F-4",
            "ID-WSF body: the signed one kept in the header, the forged one with the same ID as SOAP has it",
            |stage| body(stage, "</S:Header>", " id=\"body\""),
        ),
        case("F-5", "ID-WSF body: the signed one kept in the security header", |stage| {
            body(stage, "</wsse:Security>", "")
        }),
        case("F-6", "ID-WSF body: the signed one inside the forged one", |stage| {
            let request = stage.framework.request();
            let signed = cut(&request, "S:Body");
            stage.question(&swap(&request, signed, &format!("<S:Body>{signed}</S:Body>")))
        }),
        case("F-7", "ID-WSF body: a second body before the signed one", |stage| {
            let request = stage.framework.request();
            let forged = forged_body(&request).replace(" wsu:Id=\"body\"", "");
            stage.question(&before(&request, "<S:Body", &forged))
        }),
        header("F-8", "To", "wsa:To"),
        header("F-9", "Action", "wsa:Action"),
        header("F-10", "MessageID", "wsa:MessageID"),
        header("F-11", "UsageDirective", "sb:UsageDirective"),
        header("F-12", "Timestamp", "wsu:Timestamp"),
        header("F-13", "token reference", "wsse:SecurityTokenReference"),
    ]
}

fn signatures_and_tokens() -> Vec<Case> {
    vec![
        case("F-14", "ID-WSF message: signature stripped", |stage| {
            let request = stage.framework.request();
            stage.question(&swap(&request, cut(&request, "ds:Signature"), ""))
        }),
        case("F-15", "ID-WSF message: signed by another provider", |stage| {
            let world = &stage.framework;
            stage.question(&world.resign(&world.request(), |_| true, &world.stranger))
        }),
        case("F-16", "ID-WSF message: the body left out of the signature", |stage| {
            let world = &stage.framework;
            stage.question(&world.resign(&world.request(), |id| id != "body", &world.relay))
        }),
        case("F-17", "ID-WSF token: signed by a provider that sends and does not issue", |stage| {
            let world = &stage.framework;
            stage.question(&world.with_token(|assertion| assertion, &world.stranger))
        }),
        case("F-18", "ID-WSF token: in the clear", |stage| {
            let request = stage.framework.request();
            let token = cut(&request, "saml:EncryptedAssertion");
            stage.question(&swap(&request, token, &stage.framework.plain(token)))
        }),
        case("F-19", "ID-WSF token: changed after it was signed", |stage| {
            with_token(stage, &another_person(&stage.framework.assertion()))
        }),
        case("F-20", "ID-WSF token: signature stripped", |stage| {
            let assertion = stage.framework.assertion();
            with_token(stage, &swap(&assertion, cut(&assertion, "ds:Signature"), ""))
        }),
        case("F-21", "ID-WSF message: a comment inside the address", |stage| {
            stage.question(&swap(&stage.framework.request(), "https://nhi.takamatsu", "https://nhi.<!-- -->takamatsu"))
        }),
    ]
}

/// The signature covers the token through its reference, by the STR dereference transform.
fn transformed() -> Vec<Case> {
    vec![
        case("F-22", "ID-WSF token covered by transform: another good token in its place", |stage| {
            stage.question(&stage.framework.with_bound_token(&stage.transformed(), |token| another_person(&token)))
        }),
        case("F-23", "ID-WSF token covered by transform: the reference names another assertion", |stage| {
            stage.question(&swap(&stage.transformed(), "#SAMLID\">_", "#SAMLID\">_0"))
        }),
        case("F-24", "ID-WSF token covered by transform: the reference moved out of the security header", |stage| {
            let (request, reference) = without_reference(stage);
            stage.question(&before(&request, "</S:Header>", &format!("<x>{reference}</x>")))
        }),
        case("F-25", "ID-WSF token covered by transform: the reference moved out, another in its place", |stage| {
            let (request, reference) = without_reference(stage);
            let request = before(&request, "</S:Header>", &format!("<x>{reference}</x>"));
            stage.question(&before(&request, "</wsse:Security>", &swap(&reference, " wsu:Id=\"str\"", "")))
        }),
        case("F-26", "ID-WSF token covered by transform: a second token beside it", |stage| {
            let request = stage.transformed();
            let token = cut(&request, "saml:EncryptedAssertion");
            stage.question(&swap(&request, token, &format!("{token}{token}")))
        }),
    ]
}

fn without_reference(stage: &Stage) -> (String, String) {
    let request = stage.transformed();
    let reference = cut(&request, "wsse:SecurityTokenReference");
    (swap(&request, reference, ""), reference.to_owned())
}

fn another_person(text: &str) -> String {
    swap(text, subject().as_str(), "N-another")
}

/// The question with another token in it. The message's own signature does not cover what the token hides.
fn with_token(stage: &Stage, plain: &str) -> Outcome {
    let request = stage.framework.request();
    let token = cut(&request, "saml:EncryptedAssertion");
    let mut content_key = [0; 32];
    random(&mut content_key);
    let sealed = sealed(stage.framework.encrypt("<x></x>").as_str(), &content_key, plain);
    stage.question(&swap(&request, token, &sealed))
}

fn forged_body(request: &str) -> String {
    swap(cut(request, "S:Body"), SELECT, "/nhi:Insured/nhi:MedicalCostNotice")
}

/// The signed body is kept before `place`, the forged one with the attribute `id` stands in its place.
fn body(stage: &Stage, place: &str, id: &str) -> Outcome {
    let request = stage.framework.request();
    let signed = cut(&request, "S:Body").to_owned();
    let forged = swap(&forged_body(&request), " wsu:Id=\"body\"", id);
    let request = swap(&request, &signed, &forged);
    stage.question(&before(&request, place, &format!("<x:Wrap xmlns:x=\"urn:x\">{signed}</x:Wrap>")))
}

/// A header without an ID, the signed one after it in a wrapper.
fn header(id: &'static str, what: &str, name: &'static str) -> Case {
    case(id, format!("ID-WSF {what}: the signed one in a wrapper, another in its place"), move |stage| {
        let request = stage.framework.request();
        let signed = cut(&request, name);
        let (start, rest) = signed.split_once(" wsu:Id=\"").unwrap();
        let (_, rest) = rest.split_once('"').unwrap();
        let forged = format!("{start}{rest}<x:Wrap xmlns:x=\"urn:x\">{signed}</x:Wrap>");
        stage.question(&swap(&request, signed, &forged))
    })
}
