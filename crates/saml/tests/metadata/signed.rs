//! Metadata from an address.

use std::fs;
use std::process::Command;

use saml::metadata::{self, Report, ServiceProvider};
use xml::algorithm::{C14N, ENVELOPED, EXC_C14N, RSA_SHA256, SHA256};
use xml::{Document, Limits, Part, Signing, VerifyingKey, exclusive_c14n, scan, signature};

use crate::world::{
    codes, good, now, p256_certificate, pem, provider, put, read, replaced, rsa_certificate, rsa_pkcs8, sign,
};

/// `text`, signed at its root by the RSA key.
fn signed(text: &str, id: &str) -> String {
    let limits = Limits { bytes: text.len(), ..Limits::default() };
    let document = Document::parse(scan(text.as_bytes(), &limits).unwrap()).unwrap();
    let canonical = exclusive_c14n(document.root(), &[], None);
    let part = Part { id, canonical: &canonical, enveloped: true };
    let signature = signature(&[part], &Signing::RSA, |bytes| Ok::<_, ()>(sign(bytes))).unwrap();
    let (start, rest) = canonical.split_once('>').unwrap();
    format!("{start}>{}{rest}", signature.as_str())
}

fn short_lived() -> String {
    replaced(&good(), "2027-06-01T00:00:00Z", "2026-12-06T00:00:00Z")
}

fn read_signed(text: &str) -> Result<(ServiceProvider, Report), Report> {
    let stranger = VerifyingKey::from_certificate_der(&p256_certificate()).unwrap();
    let agreed = VerifyingKey::from_certificate_der(&rsa_certificate((2036, 1, 1))).unwrap();
    metadata::read_signed(text.as_bytes(), None, &[stranger, agreed], now())
}

#[test]
fn what_is_signed_and_ends_soon_is_taken_and_the_near_end_is_no_warning() {
    let text = signed(&short_lived(), "_1");
    assert_eq!(codes(read_signed(&text)), [""; 0]);
    assert_eq!(codes(read(&text)), ["MD-07"], "as a file, somebody has to renew it");
    assert_eq!(provider(&text).entity.as_str(), "https://phr.example/metadata");
}

#[test]
fn a_comment_is_no_part_of_what_was_signed() {
    let text = signed(&short_lived(), "_1");
    let commented = replaced(&text, "健康手帳", "健康<!-- x -->手帳");
    assert_eq!(codes(read_signed(&commented)), [""; 0]);
}

#[test]
fn what_was_changed_or_signed_by_another_is_refused() {
    let text = signed(&short_lived(), "_1");
    for (from, to) in [
        ("https://phr.example/artifact", "https://evil.example/artifact"),
        ("2026-12-06T00:00:00Z", "2026-12-07T00:00:00Z"),
        ("entityID=\"https://phr.example/metadata\"", "entityID=\"https://evil.example/metadata\""),
    ] {
        assert_eq!(codes(read_signed(&replaced(&text, from, to))), ["MD-08!"], "{from}");
    }
    assert_eq!(codes(read_signed(&short_lived())), ["MD-08!"], "unsigned");
    assert_eq!(codes(metadata::read_signed(text.as_bytes(), None, &[], now())), ["MD-08!"], "no key agreed on");
}

#[test]
fn a_signature_further_in_does_not_count() {
    let (_, inner) = text_after_declaration(&signed(&short_lived(), "_1"));
    let outer = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_0\">{inner}</md:EntitiesDescriptor>"
    );
    assert_eq!(codes(read(&outer)), ["MD-07"]);
    assert_eq!(codes(read_signed(&outer)), ["MD-08!"]);
    // The inner element's signature, moved to the group.
    let (before, signature) = inner.split_once("<ds:Signature").unwrap();
    let (signature, after) = signature.split_once("</ds:Signature>").unwrap();
    let moved = format!("<ds:Signature{signature}</ds:Signature>{before}{after}");
    let wrapped = replaced(&outer, &inner, &moved);
    assert_eq!(codes(read_signed(&wrapped)), ["MD-08!"]);
}

#[test]
fn a_group_that_is_signed_as_a_whole_vouches_for_its_entities() {
    let text = short_lived();
    let (_, inner) = text_after_declaration(&text);
    let inner = replaced(&inner, " validUntil=\"2026-12-06T00:00:00Z\"", "");
    let group = |end: &str| {
        let open = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_0\"";
        signed(&format!("{open}{end}>{inner}</md:EntitiesDescriptor>"), "_0")
    };
    assert_eq!(codes(read_signed(&group(" validUntil=\"2026-12-06T00:00:00Z\""))), [""; 0]);
    assert_eq!(codes(read_signed(&group(""))), ["MD-06!"]);
}

#[test]
fn an_end_must_be_given_and_within_thirty_days() {
    for (end, expected) in [
        ("2026-12-22T03:00:00Z", &[][..]),
        ("2026-12-22T03:00:01Z", &["MD-06!"]),
        ("2026-11-22T02:00:00Z", &["MD-05!"]),
    ] {
        let text = replaced(&good(), "2027-06-01T00:00:00Z", end);
        assert_eq!(codes(read_signed(&signed(&text, "_1"))), expected, "{end}");
    }
    let endless = replaced(&good(), " validUntil=\"2027-06-01T00:00:00Z\"", "");
    assert_eq!(codes(read_signed(&signed(&endless, "_1"))), ["MD-06!"]);
    assert_eq!(codes(read(&endless)), [""; 0]);
}

#[test]
fn what_xmlsec1_signs_is_taken_in_either_canonical_form() {
    let key = put("agreed.pem", &pem("PRIVATE KEY", &rsa_pkcs8()));
    for (name, c14n) in [("exclusive", EXC_C14N), ("inclusive", C14N)] {
        let named = |element: &str, uri: &str| format!("<ds:{element} Algorithm=\"{uri}\"/>");
        let template = format!(
            "<ds:Signature><ds:SignedInfo>{}{}<ds:Reference URI=\"#_1\"><ds:Transforms>{}{}</ds:Transforms>{}<ds:DigestValue/>\
             </ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>",
            named("CanonicalizationMethod", c14n),
            named("SignatureMethod", RSA_SHA256),
            named("Transform", ENVELOPED),
            named("Transform", c14n),
            named("DigestMethod", SHA256),
        );
        let text = replaced(&short_lived(), "  <md:Extensions><alg:", &format!("{template}<md:Extensions><alg:"));
        let text = replaced(&text, "<md:Organization>", "<!-- us --><md:Organization>");
        let (unsigned, output) = (put(&format!("{name}.xml"), &text), put(&format!("{name}-signed.xml"), ""));
        let mut signer = Command::new("xmlsec1");
        signer.args(["--sign", "--id-attr:ID", "EntityDescriptor", "--privkey-pem"]).arg(&key);
        let said = signer.arg("--output").arg(&output).arg(unsigned).output();
        assert!(said.expect("xmlsec1 is missing: install Debian's xmlsec1").status.success());
        let signed = fs::read_to_string(output).unwrap();
        assert_eq!(codes(read_signed(&signed)), [""; 0], "{name}");
        let changed = replaced(&signed, "https://phr.example/artifact", "https://evil.example/artifact");
        assert_eq!(codes(read_signed(&changed)), ["MD-08!"], "{name}");
    }
}

/// The XML declaration, if there is one, and what follows it.
fn text_after_declaration(text: &str) -> (String, String) {
    match text.split_once("?>") {
        Some((declaration, rest)) => (declaration.to_owned(), rest.trim().to_owned()),
        None => (String::new(), text.to_owned()),
    }
}
