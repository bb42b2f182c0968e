use saml::{
    Refused,
    receive::{AttributeQuery, Rejected, Verified, artifact_resolve, attribute_query, post, soap},
    wire::Direction,
};

use crate::world::{P256, envelope, form, message, open, provider};

const SUBJECT: &str = "<saml:Subject><saml:NameID>pseudonym</saml:NameID></saml:Subject>";

fn ask(children: &str) -> Result<Verified<AttributeQuery>, Box<Rejected>> {
    let message = P256.envelop(&message("AttributeQuery", "", children));
    open(&provider(), &soap(&envelope(&message)).unwrap(), attribute_query)
}

#[test]
fn an_artifact_is_resolved_for_a_signed_request_by_soap_alone() {
    let resolve = message("ArtifactResolve", "", "<samlp:Artifact> AAQ= </samlp:Artifact>");
    let signed = P256.envelop(&resolve);
    let opened = open(&provider(), &soap(&envelope(&signed)).unwrap(), artifact_resolve).unwrap();
    assert_eq!(opened.message().artifact, "AAQ=");
    let refused = |received| open(&provider(), &received, artifact_resolve).unwrap_err().reason;
    assert_eq!(refused(soap(&envelope(&resolve)).unwrap()), Refused::Unsigned);
    assert_eq!(refused(post(&form(Direction::Request, &signed)).unwrap()), Refused::OtherMessage);
    let without = P256.envelop(&message("ArtifactResolve", "", ""));
    assert_eq!(refused(soap(&envelope(&without)).unwrap()).code(), "SAML-13");
    let long =
        P256.envelop(&message("ArtifactResolve", "", &format!("<samlp:Artifact>{}</samlp:Artifact>", "A".repeat(513))));
    assert_eq!(refused(soap(&envelope(&long)).unwrap()), Refused::Form("Artifact"));
}

#[test]
fn an_attribute_query_names_a_person_and_attributes() {
    let attribute = "<saml:Attribute Name=\"urn:a\" NameFormat=\"x\"/>";
    let query = ask(&format!("{SUBJECT}{attribute}<saml:Attribute Name=\"urn:b\"/>")).unwrap();
    assert_eq!(query.message().name.value.as_str(), "pseudonym");
    assert_eq!(query.message().attributes, ["urn:a", "urn:b"]);
    let apart = ask(&format!("{SUBJECT}<saml:Attribute Name=\"urn:a\">\n  </saml:Attribute>")).unwrap();
    assert_eq!(apart.message().attributes, ["urn:a"]);
    assert!(ask(SUBJECT).unwrap().message().attributes.is_empty());
    let refused = |children: &str| ask(children).unwrap_err().reason;
    assert_eq!(refused(&format!("{SUBJECT}{}", attribute.repeat(65))), Refused::TooMany("attributes"));
    assert_eq!(
        refused(&format!("{SUBJECT}<saml:Attribute Name=\"a\"><saml:AttributeValue/></saml:Attribute>")),
        Refused::Unsupported("AttributeValue")
    );
    assert_eq!(
        refused("<saml:Subject><saml:NameID>p</saml:NameID><saml:SubjectConfirmation/></saml:Subject>"),
        Refused::Unsupported("SubjectConfirmation")
    );
    assert_eq!(refused("<saml:Subject></saml:Subject>"), Refused::NoName);
    assert_eq!(refused("").code(), "SAML-13");
}
