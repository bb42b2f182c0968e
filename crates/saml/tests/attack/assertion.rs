//! Responses that hold more, or less, or other assertions than the one that was signed.

use saml::{send::Protection, wire::soap_envelope};
use xml::{Fragment, ns::SAML};

use crate::{
    Case, case,
    forge::{at_the_end, before, behind, cut, swap},
    login::{BOTH_SIGNED, PSEUDONYM, Pair, SIGNED_ASSERTION, counter},
    stage::Stage,
    world::{STRANGER, parse},
    wrapping::forged_name,
};

pub(crate) fn cases() -> Vec<Case> {
    [unsigned(), several(), encrypted_cases(), artifacts()].into_iter().flatten().collect()
}

fn response(id: &'static str, attack: &'static str, change: impl Fn(&str) -> String + 'static) -> Case {
    case(id, format!("response: {attack}"), move |stage| stage.response(&change(&stage.signed_assertion())))
}

fn without_signature(text: &str) -> String {
    swap(text, cut(text, "ds:Signature"), "")
}

/// Another assertion, with its own ID and no signature.
fn forged(response: &str) -> String {
    let assertion = without_signature(cut(response, "saml:Assertion"));
    forged_name(&assertion).replace(" ID=\"", " ID=\"_forged")
}

fn unsigned() -> Vec<Case> {
    vec![
        response("A-1", "signature stripped", without_signature),
        response("A-2", "name of the person changed", forged_name),
        response("A-3", "value of an attribute changed", |text| swap(text, "06370012", "06370099")),
        response("A-4", "end of the assertion put off", |text| text.replace("T10:05:00Z", "T12:05:00Z")),
        case("A-5", "response: signed as a whole, the name of the person changed", |stage| {
            stage.response(&forged_name(&stage.signed_response()))
        }),
        case("A-6", "response: signed as a whole, signature stripped", |stage| {
            stage.response(&without_signature(&stage.signed_response()))
        }),
        case("A-7", "response: both signed, the outer signature broken", |stage| {
            let text = stage.login.login(|login| login.protection = BOTH_SIGNED);
            stage.response(&swap(&text, " ID=\"", " Consent=\"urn:x\" ID=\""))
        }),
        case("A-8", "response: both signed, the inner signature broken and the outer stripped", |stage| {
            let text = stage.login.login(|login| login.protection = BOTH_SIGNED);
            stage.response(&forged_name(&without_signature(&text)))
        }),
        case("A-9", "response: signed by a key that nobody registered", |stage| {
            stage.response(stage.login.write_by(&STRANGER, |_| {}).as_str())
        }),
        response(
            "A-10",
            "the assertion's signature moved to the response, as if it covered all (CVE-2024-8698)",
            |text| {
                let signature = cut(text, "ds:Signature").to_owned();
                let moved = swap(text, &signature, "");
                forged_name(&behind(&moved, "</saml:Issuer>", &signature))
            },
        ),
        response("A-11", "statements beside the signed assertion (CVE-2025-54369)", |text| {
            let statement = "<saml:AttributeStatement xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:Attribute \
                 Name=\"urn:x-kagawa:insurer\"><saml:AttributeValue>06370099</saml:AttributeValue></saml:Attribute>\
                 </saml:AttributeStatement>";
            let assertion = cut(text, "saml:Assertion").to_owned();
            swap(
                text,
                &assertion,
                &format!(
                    "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{statement}</saml:Assertion>{assertion}"
                ),
            )
        }),
        response("A-12", "a second name in the signed assertion's subject", |text| {
            behind(text, "<saml:Subject>", "<saml:NameID>somebody-else</saml:NameID>")
        }),
        response("A-13", "a second name inside the signature, where nothing is digested", |text| {
            before(text, "</ds:Signature>", "<ds:Object><saml:NameID>somebody-else</saml:NameID></ds:Object>")
        }),
        response("A-14", "a name inside KeyInfo, where nothing is digested", |text| {
            let key_info = cut(text, "ds:KeyInfo").to_owned();
            let more = before(
                &key_info,
                "</ds:KeyInfo>",
                "<saml:Subject><saml:NameID>somebody-else</saml:NameID></saml:Subject>",
            );
            forged_name(&swap(text, &key_info, &more))
        }),
        response("A-15", "the signed assertion in StatusDetail, a forged one in its place (CVE-2025-54419)", |text| {
            let assertion = cut(text, "saml:Assertion").to_owned();
            let detail = format!("<samlp:StatusDetail>{assertion}</samlp:StatusDetail>");
            before(&swap(text, &assertion, &forged(text)), "</samlp:Status>", &detail)
        }),
    ]
}

fn several() -> Vec<Case> {
    vec![
        response("A-16", "an unsigned assertion after the signed one (CVE-2022-41912)", |text| {
            behind(text, "</saml:Assertion>", &forged(text))
        }),
        response("A-17", "an unsigned assertion before the signed one (CVE-2025-47949)", |text| {
            before(text, "<saml:Assertion", &forged(text))
        }),
        case("A-18", "response: two assertions, both signed", |stage| {
            let text = stage.signed_assertion();
            let other = stage.login.login(|login| login.session = "_other");
            let other = cut(&other, "saml:Assertion").replace(" ID=\"", " ID=\"_2");
            stage.response(&behind(&text, "</saml:Assertion>", &other))
        }),
        response("A-19", "no assertion at all", |text| swap(text, cut(text, "saml:Assertion"), "")),
        response("A-20", "an assertion of another namespace", |text| {
            text.replace(
                "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
                "xmlns:saml=\"urn:oasis:names:tc:SAML:1.0:assertion\"",
            )
        }),
        response("A-21", "an unsigned assertion of another namespace before the signed one", |text| {
            before(text, "<saml:Assertion", &forged(text).replace("SAML:2.0:assertion", "SAML:1.0:assertion"))
        }),
        response("A-22", "the assertion inside an element that nobody knows", |text| {
            let assertion = cut(text, "saml:Assertion").to_owned();
            swap(text, &assertion, &format!("<x:x xmlns:x=\"urn:x\">{assertion}</x:x>"))
        }),
        response("A-23", "the signed assertion alone, without a response", |text| {
            cut(text, "saml:Assertion").to_owned()
        }),
        response("A-24", "a response inside a response", |text| {
            at_the_end(&forged_name(text).replace(" ID=\"", " ID=\"_outer").replace("URI=\"#", "URI=\"#_outer"), text)
        }),
    ]
}

fn encrypt(stage: &Stage, assertion: &str) -> Fragment {
    let plain = Fragment::of(parse(assertion).root());
    xml::encrypt(&plain, (SAML, "EncryptedAssertion"), &stage.login.encryption, &mut counter()).unwrap()
}

fn encrypted(stage: &Stage) -> String {
    stage.login.login(|login| {
        login.protection = Protection { encrypt: Some(&stage.login.encryption), ..SIGNED_ASSERTION };
    })
}

fn encrypted_cases() -> Vec<Case> {
    vec![
        case(
            "A-25",
            "response: an unsigned assertion, encrypted, in place of the signed one (CVE-2026-2092)",
            |stage| {
                let text = stage.signed_assertion();
                let hidden = encrypt(stage, &forged(&text));
                stage.response(&swap(&text, cut(&text, "saml:Assertion"), hidden.as_str()))
            },
        ),
        case("A-26", "response: an unsigned assertion, encrypted, beside the signed one (CVE-2026-2092)", |stage| {
            let text = stage.signed_assertion();
            let hidden = encrypt(stage, &forged(&text));
            stage.response(&before(&text, "<saml:Assertion", hidden.as_str()))
        }),
        case("A-27", "response: the signed assertion in clear where only encrypted ones are taken", |stage| {
            let text = stage.signed_assertion();
            stage.response_as(|service| service.must_encrypt = true, text.as_bytes())
        }),
        case("A-28", "response: the cipher text changed", |stage| {
            let text = encrypted(stage);
            let (front, back) = text.rsplit_once("<xenc:CipherValue>").unwrap();
            stage.response(&format!("{front}<xenc:CipherValue>AAAA{back}"))
        }),
        case("A-29", "response: encrypted to another service", |stage| {
            let key = Pair::new(&STRANGER).encryption;
            let protection = Protection { encrypt: Some(&key), ..SIGNED_ASSERTION };
            stage.response(&stage.login.login(|login| login.protection = protection))
        }),
        case("A-30", "response: AES-CBC named, whose padding is an oracle", |stage| {
            stage.response(&swap(
                &encrypted(stage),
                "http://www.w3.org/2009/xmlenc11#aes256-gcm",
                "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            ))
        }),
        case("A-31", "response: RSA 1.5 named, whose padding is an oracle", |stage| {
            stage.response(&swap(
                &encrypted(stage),
                "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
                "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
            ))
        }),
        case("A-32", "response: cipher text to be fetched from elsewhere", |stage| {
            let text = encrypted(stage);
            let (front, back) = text.rsplit_once("<xenc:CipherData>").unwrap();
            let (_, back) = back.split_once("</xenc:CipherData>").unwrap();
            let fetched = "<xenc:CipherData><xenc:CipherReference URI=\"http://evil.example/\"></xenc:CipherReference></xenc:CipherData>";
            stage.response(&format!("{front}{fetched}{back}"))
        }),
        case("A-33", "response: a document type inside the cipher text", |stage| {
            let text = stage.signed_assertion();
            let plain = format!("<!DOCTYPE r [<!ENTITY e \"x\">]>{}", cut(&text, "saml:Assertion"));
            stage.response(&swap(&text, cut(&text, "saml:Assertion"), &sealed(stage, &plain)))
        }),
        case("A-34", "response: a comment in the name, inside the cipher text (CVE-2017-11427)", |stage| {
            let text = stage.signed_assertion();
            let plain = cut(&text, "saml:Assertion")
                .replace(PSEUDONYM, &format!("{}<!---->{}", &PSEUDONYM[..4], &PSEUDONYM[4..]));
            stage.response(&swap(&text, cut(&text, "saml:Assertion"), &sealed(stage, &plain)))
        }),
    ]
}

/// Encrypts what could not be parsed.
fn sealed(stage: &Stage, plain: &str) -> String {
    // The content key is the first draw of chance.
    crate::forge::sealed(encrypt(stage, "<x></x>").as_str(), &[1; 32], plain)
}

fn artifacts() -> Vec<Case> {
    vec![
        case("A-35", "artifact: the answer's signature stripped", |stage| {
            let soap = stage.artifact_answer();
            stage.artifact(&swap(&soap, cut(&soap, "ds:Signature"), ""))
        }),
        case("A-36", "artifact: the answer changed", |stage| stage.artifact(&forged_name(&stage.artifact_answer()))),
        case("A-37", "artifact: the answer to another request", |stage| {
            stage.artifact(&stage.artifact_answer().replace("_resolve", "_other"))
        }),
        case("A-38", "artifact: a response without its answer", |stage| {
            let response = Fragment::of(parse(&stage.signed_assertion()).root());
            stage.artifact(&soap_envelope(&response))
        }),
        case("A-39", "artifact: a forged response in the answer's place, the answer beside it", |stage| {
            let soap = stage.artifact_answer();
            stage.artifact(&behind(&soap, "<S:Body>", &without_signature(&forged_name(&stage.signed_assertion()))))
        }),
        case("A-40", "artifact: a response to another request inside a true answer", |stage| {
            let other = saml::MessageId::parse("_elsewhere").unwrap();
            let response = stage.login.write(|login| login.in_response_to = Some(&other));
            stage.artifact(&stage.artifact_answer_with(&response))
        }),
        case("A-41", "artifact: a comment in the answer", |stage| {
            stage.artifact(&behind(&stage.artifact_answer(), "<S:Body>", "<!-- -->"))
        }),
    ]
}
