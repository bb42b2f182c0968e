use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compress, Compression, FlushCompress};
use saml::{
    Binding, Refused,
    receive::{Kind, post, redirect, soap},
    wire::Direction,
};

use crate::world::{P256, authn, envelope, form, query};

fn escaped(bytes: &[u8]) -> String {
    STANDARD.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    Compress::new(Compression::best(), false).compress_vec(bytes, &mut out, FlushCompress::Finish).unwrap();
    out
}

fn refused_query(query: &str) -> Refused {
    redirect(query).err().unwrap()
}

fn refused_form(form: &str) -> Refused {
    post(form.as_bytes()).err().unwrap()
}

#[test]
fn each_rule_of_a_query_has_its_own_refusal() {
    let good = P256.query(Direction::Request, &authn("", ""), Some("s"));
    assert!(redirect(&good).is_ok());
    assert!(redirect(&format!("lang=ja&{good}&x")).is_ok());
    let message = good.split('&').next().unwrap();
    for (query, reason) in [
        (String::new(), Refused::NoMessage),
        ("RelayState=x".to_owned(), Refused::NoMessage),
        (format!("{good}&{message}"), Refused::ParameterTwice("SAMLRequest")),
        (format!("{good}&RelayState=t"), Refused::ParameterTwice("RelayState")),
        (format!("{good}&SigAlg=x"), Refused::ParameterTwice("SigAlg")),
        (format!("{good}&Signature=x"), Refused::ParameterTwice("Signature")),
        (format!("{good}&SAMLRe%71uest=x"), Refused::Escaped("SAMLRequest")),
        (format!("{good}&%53AMLResponse=x"), Refused::Escaped("SAMLResponse")),
        (format!("{good}&%5=x"), Refused::Escaped("name of a parameter")),
        (format!("{good}&SAMLResponse=x"), Refused::TwoMessages),
        (format!("{good}&SAMLEncoding=urn:x"), Refused::Encoding),
        (good.replace("SigAlg=", "SigAlg2="), Refused::HalfSigned),
        (good.replace("Signature=", "signature="), Refused::HalfSigned),
        (good.replace("RelayState=s", "RelayState=%C3"), Refused::Escaped("RelayState")),
        ("SAMLRequest=%zz".to_owned(), Refused::Escaped("SAMLRequest")),
        ("SAMLRequest=é".to_owned(), Refused::Escaped("SAMLRequest")),
        ("SAMLRequest=A%0A".to_owned(), Refused::NotBase64("SAMLRequest")),
        ("SAMLRequest=AA".to_owned(), Refused::NotBase64("SAMLRequest")),
        (format!("SAMLRequest={}", "A".repeat(16 * 1024)), Refused::TooLong("query")),
    ] {
        assert_eq!(refused_query(&query), reason, "{query}");
    }
    assert!(
        redirect(&format!("{good}&SAMLEncoding=urn%3Aoasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE")).is_ok()
    );
}

#[test]
fn a_message_is_one_deflate_stream_and_stops_at_its_limit() {
    let message = authn("", "");
    let stream = deflated(message.as_bytes());
    assert!(redirect(&format!("SAMLRequest={}", escaped(&stream))).is_ok());
    let trailing = [stream.as_slice(), b"x"].concat();
    let zlib = {
        let mut out = Vec::with_capacity(2048);
        Compress::new(Compression::best(), true)
            .compress_vec(message.as_bytes(), &mut out, FlushCompress::Finish)
            .unwrap();
        out
    };
    for broken in [&trailing[..], &stream[..stream.len() - 1], &zlib, message.as_bytes(), b""] {
        assert_eq!(refused_query(&format!("SAMLRequest={}", escaped(broken))), Refused::NotDeflated);
    }
    let bomb = deflated(&vec![b' '; 8 * 1024 * 1024]);
    assert_eq!(refused_query(&format!("SAMLRequest={}", escaped(&bomb))), Refused::InflatesTooFar);
    let most = [message.as_bytes(), &vec![b' '; 128 * 1024 - message.len()]].concat();
    assert!(redirect(&format!("SAMLRequest={}", escaped(&deflated(&most)))).is_ok());
    let more = [&most[..], b" "].concat();
    assert_eq!(refused_query(&format!("SAMLRequest={}", escaped(&deflated(&more)))), Refused::InflatesTooFar);
}

#[test]
fn each_rule_of_a_form_has_its_own_refusal() {
    let message = authn("", "");
    let good = String::from_utf8(form(Direction::Request, &message)).unwrap();
    assert_eq!(post(good.as_bytes()).unwrap().relay_state().unwrap().as_str(), "state-1");
    let lines =
        STANDARD.encode(&message).as_bytes().chunks(64).map(|line| [line, b"\r\n"].concat()).collect::<Vec<_>>();
    let lines = String::from_utf8(lines.concat()).unwrap();
    let lines = lines.replace('+', "%2B").replace('=', "%3D").replace("\r\n", "%0D%0A");
    assert!(post(format!("SAMLRequest={lines}").as_bytes()).is_ok());
    for (form, reason) in [
        (String::new(), Refused::NoMessage),
        (format!("{good}&SAMLRequest=x"), Refused::ParameterTwice("SAMLRequest")),
        (format!("{good}&RelayState=x"), Refused::ParameterTwice("RelayState")),
        (format!("{good}&SAMLResponse=x"), Refused::TwoMessages),
        (format!("{good}&Relay%53tate=x"), Refused::Escaped("RelayState")),
        ("SAMLRequest=A*A%3D".to_owned(), Refused::NotBase64("SAMLRequest")),
        (format!("SAMLRequest={}", "A".repeat(256 * 1024)), Refused::TooLong("form")),
    ] {
        assert_eq!(refused_form(&form), reason, "{}", form.len());
    }
    assert_eq!(post(b"SAMLRequest=\xff").err().unwrap(), Refused::Escaped("form"));
    let large = [b"<x>".as_slice(), &vec![b' '; 128 * 1024], b"</x>"].concat();
    assert_eq!(refused_form(&format!("SAMLRequest={}", escaped(&large))).code(), "SAML-13");
    assert_eq!(refused_form(&format!("SAMLRequest={}", escaped(b"<!DOCTYPE x><x/>"))).code(), "SAML-13");
}

#[test]
fn an_envelope_has_one_message_and_no_header_that_must_be_understood() {
    let good = String::from_utf8(envelope(&authn("", ""))).unwrap();
    let received = soap(good.as_bytes()).unwrap();
    assert_eq!((received.binding(), received.kind()), (Binding::Soap, Kind::AuthnRequest));
    let header = |must: &str| {
        let block = format!("<S:Body><x:Block xmlns:x=\"urn:x\"{must}/></S:Body>").replace("S:Body", "S:Header");
        good.replacen("<S:Body>", &format!("{block}<S:Body>"), 1)
    };
    assert!(soap(header("").as_bytes()).is_ok());
    assert!(soap(header(" S:mustUnderstand=\"0\"").as_bytes()).is_ok());
    for (envelope, reason) in [
        (header(" S:mustUnderstand=\"1\""), Refused::MustUnderstand),
        (header(" S:mustUnderstand=\"true\""), Refused::MustUnderstand),
        (authn("", ""), Refused::Envelope("another root")),
        (
            good.replace("schemas.xmlsoap.org/soap/envelope/", "www.w3.org/2003/05/soap-envelope"),
            Refused::Envelope("another root"),
        ),
        (good.replace("S:Body", "S:Other"), Refused::Envelope("not one body")),
        (good.replace("<S:Body>", "<S:Body><x/>"), Refused::Envelope("not one message in the body")),
        (good.replace("<S:Body>", "<S:Body/><S:Body>"), Refused::Envelope("not one body")),
        (String::from_utf8(envelope("")).unwrap(), Refused::Envelope("not one message in the body")),
    ] {
        assert_eq!(soap(envelope.as_bytes()).err().unwrap(), reason, "{envelope}");
    }
}

#[test]
fn a_message_in_the_other_parameter_is_another_message() {
    use crate::world::{open, provider};
    let received = post(&form(Direction::Response, &authn("", ""))).unwrap();
    assert_eq!(received.kind(), Kind::AuthnRequest);
    let rejected = open(&provider(), &received, saml::receive::authn_request).unwrap_err();
    assert_eq!(rejected.reason, Refused::OtherMessage);
    let received = redirect(&query(Direction::Request, "<x/>", None, None)).unwrap();
    assert_eq!(received.kind(), Kind::Other);
}
