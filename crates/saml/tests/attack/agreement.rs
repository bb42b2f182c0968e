//! Attacks on the key agreement that a token's key is wrapped under (XML Encryption 1.1 §5.6.4). The signature of the message
//! does not cover it: whoever carries the message may change it.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Case, case, forge::cut, forge::swap, stage::Stage};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        sender("F-27", "beside the curve", |point| {
            point[64] ^= 1;
        }),
        sender("F-28", "of order two, were it on the curve", |point| point[33..].fill(0)),
        sender("F-29", "with coordinates beyond the field", |point| point[1..].fill(0xff)),
        sender("F-30", "at infinity", |point| *point = vec![0]),
        sender("F-31", "compressed", |point| {
            point.truncate(33);
            point[0] = 2;
        }),
        case("F-32", "ID-WSF token by key agreement: the sender's key of another token", |stage| {
            let (request, other) = (stage.agreeing.request(), stage.agreeing.request());
            stage.agreed(&swap(&request, cut(&request, "dsig11:PublicKey"), cut(&other, "dsig11:PublicKey")))
        }),
        case("F-33", "ID-WSF token by key agreement: all that says how, of another token", |stage| {
            let (request, other) = (stage.agreeing.request(), stage.agreeing.request());
            stage.agreed(&swap(&request, cut(&request, "xenc:AgreementMethod"), cut(&other, "xenc:AgreementMethod")))
        }),
        case("F-34", "ID-WSF token by key agreement: parameters of the derivation stripped", |stage| {
            let request = stage.agreeing.request();
            stage.agreed(&swap(&request, cut(&request, "xenc11:ConcatKDFParams"), ""))
        }),
        case("F-35", "ID-WSF token by key agreement: the recipient left out of the derivation", |stage| {
            let request = stage.agreeing.request();
            stage.agreed(&swap(&request, &attribute(&request, "PartyVInfo"), " PartyVInfo=\"00\""))
        }),
        case("F-36", "ID-WSF token by key agreement: another recipient in the derivation", |stage| {
            let request = stage.agreeing.request();
            let other = format!(" PartyVInfo=\"{}\"", named(stage.agreeing.stranger.entity.as_str().as_bytes()));
            stage.agreed(&swap(&request, &attribute(&request, "PartyVInfo"), &other))
        }),
        case("F-37", "ID-WSF token by key agreement: another curve named", |stage| {
            stage.agreed(&swap(&stage.agreeing.request(), "1.2.840.10045.3.1.7", "1.3.132.0.34"))
        }),
        case("F-38", "ID-WSF token by key agreement: the wrapped key of another token", |stage| {
            let (request, other) = (stage.agreeing.request(), stage.agreeing.request());
            let wrapped = |text: &str| cut(cut(text, "xenc:EncryptedKey"), "xenc:CipherData").to_owned();
            stage.agreed(&swap(&request, &wrapped(&request), &wrapped(&other)))
        }),
        case("F-39", "ID-WSF token by key agreement: to a node whose key is RSA", |stage| {
            stage.question(&stage.agreeing.request())
        }),
    ]
}

/// The sender's key changed, and named as the party of the derivation that it would be.
fn sender(id: &'static str, what: &str, change: fn(&mut Vec<u8>)) -> Case {
    case(id, format!("ID-WSF token by key agreement: the sender's key {what}"), move |stage: &Stage| {
        let request = stage.agreeing.request();
        let element = cut(&request, "dsig11:PublicKey");
        let text = element.trim_start_matches("<dsig11:PublicKey>").trim_end_matches("</dsig11:PublicKey>");
        let mut point = STANDARD.decode(text).unwrap();
        let before = named(&point);
        change(&mut point);
        stage.agreed(&swap(&swap(&request, text, &STANDARD.encode(&point)), &before, &named(&point)))
    })
}

/// A party as `ConcatKDFParams` names it.
fn named(bytes: &[u8]) -> String {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[0][..], &length, bytes].concat().iter().map(|byte| format!("{byte:02X}")).collect()
}

fn attribute(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!(" {name}=\"")).unwrap();
    format!(" {name}=\"{}\"", rest.split('"').next().unwrap())
}
