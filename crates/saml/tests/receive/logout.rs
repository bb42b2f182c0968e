use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use saml::{
    Refused, Second, Top,
    receive::{
        LogoutRequest, LogoutResponse, Rejected, Verified, logout_request, logout_response, post, redirect, soap,
    },
    wire::Direction,
};

use crate::world::{CONTENT_KEY, P256, WRAPPED, envelope, form, message, open, provider};

const NAME: &str = "<saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" \
    NameQualifier=\"https://idp.example/metadata\" SPNameQualifier=\"https://sp.example/metadata\">p&amp;q</saml:NameID>";

fn leave(attributes: &str, children: &str) -> Result<Verified<LogoutRequest>, Box<Rejected>> {
    let message = P256.envelop(&message("LogoutRequest", attributes, children));
    open(&provider(), &post(&form(Direction::Request, &message)).unwrap(), logout_request)
}

fn left(children: &str) -> Result<Verified<LogoutResponse>, Box<Rejected>> {
    let message = message("LogoutResponse", "InResponseTo=\"_ours\"", children);
    let received = redirect(&P256.query(Direction::Response, &message, None)).unwrap();
    open(&provider(), &received, logout_response)
}

#[test]
fn a_logout_request_names_a_person_and_sessions() {
    let sessions = "<samlp:SessionIndex>a</samlp:SessionIndex><samlp:SessionIndex>b</samlp:SessionIndex>";
    let request = leave("NotOnOrAfter=\"2026-11-22T00:59:01Z\" Reason=\"x\"", &format!("{NAME}{sessions}")).unwrap();
    assert!(request.signed());
    let LogoutRequest { name, sessions } = request.message();
    assert_eq!(name.format, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
    assert_eq!(name.qualifier.as_deref(), Some("https://idp.example/metadata"));
    assert_eq!(name.sp_qualifier.as_deref(), Some("https://sp.example/metadata"));
    assert_eq!(name.value.as_str(), "p&q");
    assert_eq!(sessions, &["a", "b"]);
    assert_eq!(format!("{name:?}"), "NameId(..)");
}

#[test]
fn each_rule_of_a_logout_request_has_its_own_refusal() {
    let refused = |attributes: &str, children: &str| leave(attributes, children).unwrap_err().reason;
    let session = "<samlp:SessionIndex>a</samlp:SessionIndex>";
    assert_eq!(refused("NotOnOrAfter=\"2026-11-22T00:59:00Z\"", NAME).code(), "SAML-23");
    assert_eq!(refused("NotOnOrAfter=\"tomorrow\"", NAME), Refused::Form("NotOnOrAfter"));
    assert_eq!(refused("", &format!("{NAME}{}", session.repeat(33))), Refused::TooMany("sessions"));
    assert!(leave("", &format!("{NAME}{}", session.repeat(32))).is_ok());
    assert_eq!(refused("", ""), Refused::NoName);
    assert_eq!(refused("", "<saml:NameID></saml:NameID>"), Refused::NoName);
    assert_eq!(refused("", &format!("<saml:NameID>{}</saml:NameID>", "x".repeat(1025))), Refused::NoName);
    assert_eq!(refused("", &format!("{NAME}{NAME}")).code(), "SAML-13");
    assert_eq!(refused("", "<saml:NameID>a<b/>c</saml:NameID>").code(), "SAML-13");
    assert_eq!(refused("", &format!("{NAME}{}", encrypted(NAME, WRAPPED))), Refused::NoName);
}

#[test]
fn logout_messages_are_always_signed() {
    let unsigned = message("LogoutRequest", "", NAME);
    for received in [post(&form(Direction::Request, &unsigned)), soap(&envelope(&unsigned))] {
        let rejected = open(&provider(), &received.unwrap(), logout_request).unwrap_err();
        assert_eq!((rejected.reason, rejected.answer_at), (Refused::Unsigned, None));
    }
    let response = message("LogoutResponse", "InResponseTo=\"_ours\"", "");
    let received = soap(&envelope(&response)).unwrap();
    assert_eq!(open(&provider(), &received, logout_response).unwrap_err().reason, Refused::Unsigned);
}

#[test]
fn an_encrypted_name_is_opened_and_its_failures_look_alike() {
    let name = encrypted(&NAME.replacen(' ', " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ", 1), WRAPPED);
    assert_eq!(leave("", &name).unwrap().message().name.value.as_str(), "p&q");
    let (front, back) = name.rsplit_once("<xenc:CipherValue>").unwrap();
    let flipped = format!("{front}<xenc:CipherValue>AAAA{back}");
    for broken in [flipped, encrypted("no xml", WRAPPED), encrypted("<x/>", WRAPPED), encrypted(NAME, b"other")] {
        assert_eq!(leave("", &broken).unwrap_err().reason, Refused::Undecryptable);
    }
    let cbc = name.replace("http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#aes256-cbc");
    assert_eq!(leave("", &cbc).unwrap_err().reason.code(), "SAML-31");
}

#[test]
fn a_logout_response_tells_how_it_went() {
    let status = |inside: &str| format!("<samlp:Status>{inside}</samlp:Status>");
    let code = |code: &str, inside: &str| {
        format!("<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{code}\">{inside}</samlp:StatusCode>")
    };
    let answer = left(&status(&code("Success", ""))).unwrap();
    assert_eq!(answer.message().in_response_to.as_str(), "_ours");
    assert_eq!(answer.message().status.top, Top::Success);
    let message = "<samlp:StatusMessage>one\ntwo</samlp:StatusMessage>";
    let partial = left(&status(&format!("{}{message}", code("Responder", &code("PartialLogout", ""))))).unwrap();
    let status_of = &partial.message().status;
    assert_eq!((status_of.top, status_of.second), (Top::Responder, Some(Second::PartialLogout)));
    assert_eq!(status_of.message.as_deref(), Some("one\\ntwo"));
    let unknown = left(&status(&code("Requester", &code("Other", "")))).unwrap();
    assert_eq!(unknown.message().status.second, None);
    for broken in ["".to_owned(), status(""), status(&code("Other", "")), status("<samlp:StatusCode/>")] {
        assert!(left(&broken).is_err(), "{broken}");
    }
    let unasked = P256.query(
        Direction::Response,
        &crate::world::message("LogoutResponse", "", &status(&code("Success", ""))),
        None,
    );
    assert_eq!(open(&provider(), &redirect(&unasked).unwrap(), logout_response).unwrap_err().reason.code(), "SAML-13");
}

#[test]
fn an_answer_by_soap_may_name_any_destination_or_none() {
    let status =
        "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";
    let response = message("LogoutResponse", "InResponseTo=\"_ours\"", status).replace("saml/sso", "else");
    let received = soap(&envelope(&P256.envelop(&response))).unwrap();
    assert!(open(&provider(), &received, logout_response).is_ok());
    let received = post(&form(Direction::Response, &P256.envelop(&response))).unwrap();
    assert_eq!(open(&provider(), &received, logout_response).unwrap_err().reason, Refused::Destination);
}

/// `plain` as an `EncryptedID` to us, its content key being [`CONTENT_KEY`].
fn encrypted(plain: &str, wrapped: &[u8]) -> String {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &CONTENT_KEY).unwrap());
    let mut sealed = plain.as_bytes().to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key([1; 12]), Aad::empty(), &mut sealed).unwrap();
    let sealed = STANDARD.encode([&[1; 12], sealed.as_slice()].concat());
    let method = |uri: &str| format!("<xenc:EncryptionMethod Algorithm=\"{uri}\"/>");
    let value =
        |value: &str| format!("<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData>");
    format!(
        "<saml:EncryptedID><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">{}\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><xenc:EncryptedKey>{}{}</xenc:EncryptedKey></ds:KeyInfo>{}\
         </xenc:EncryptedData></saml:EncryptedID>",
        method("http://www.w3.org/2009/xmlenc11#aes256-gcm"),
        method("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"),
        value(&STANDARD.encode(wrapped)),
        value(&sealed),
    )
}
