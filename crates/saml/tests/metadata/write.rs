//! What we publish, before other people's tools.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::SignedDuration;
use saml::metadata::{self, IdentityProvider};
use saml::{Binding, EntityId, Signer};
use xml::{Document, Limits, SignatureAlgorithm, VerifyingKey, scan, verify_enveloped};

use crate::world::{codes, now, p256_certificate, pem, put, replaced, rsa_certificate, sign};

/// Our metadata, with one name or two, and a second signing key on its way.
fn written(names: &[(&str, &str)]) -> String {
    let entity = EntityId::parse("https://portal.example/saml/metadata").unwrap();
    let (rsa, next) = (rsa_certificate((2036, 1, 1)), p256_certificate());
    let ours = IdentityProvider {
        entity: &entity,
        names,
        signing: &[&rsa, &next],
        encryption: &[&rsa],
        sign_on: &[
            (Binding::Redirect, "https://portal.example/saml/sso"),
            (Binding::Post, "https://portal.example/saml/sso"),
            (Binding::Soap, "https://portal.example/saml/ecp"),
        ],
        logout: &[
            (Binding::Redirect, "https://portal.example/saml/slo"),
            (Binding::Soap, "https://portal.example/saml/slo/soap"),
        ],
        artifact_resolution: "https://portal.example/saml/artifact",
        attributes: "https://portal.example/saml/attributes",
        offered: &[("urn:oid:2.16.840.1.113730.3.1.241", "displayName"), ("urn:x-kagawa:card", "a < b & \"c\"")],
        valid_until: now() + SignedDuration::from_hours(24 * 14),
        cache_duration: SignedDuration::from_hours(6),
    };
    let signer = Signer {
        entity: &entity,
        algorithm: SignatureAlgorithm::RsaSha256,
        certificate: &rsa,
        sign: &|bytes| Ok(sign(bytes)),
    };
    ours.write("_0123", &signer).unwrap().into_string()
}

const NAMES: &[(&str, &str)] = &[("ja", "香川県ポータル & 認証"), ("en", "Portal of Kagawa")];

#[test]
fn what_we_publish_is_signed_and_says_until_when() {
    let text = written(NAMES);
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let document = Document::parse(scan(text.as_bytes(), &limits).unwrap()).unwrap();
    let key = VerifyingKey::from_certificate_der(&rsa_certificate((2036, 1, 1))).unwrap();

    verify_enveloped(&document, document.root(), &[key]).unwrap();

    assert_eq!(xml::unqualified(document.root(), "validUntil"), Some("2026-12-06T03:00:00Z"));
    assert_eq!(xml::unqualified(document.root(), "cacheDuration"), Some("PT21600S"));
    assert_eq!(text.matches("use=\"signing\"").count(), 4, "both roles publish both keys");
    assert_eq!(codes(metadata::read(text.as_bytes(), None, now())), ["MD-09!"], "we are no service provider");
}

#[test]
fn xmlsec1_verifies_what_we_publish_and_nothing_else() {
    let key = put("portal.pem", &pem("CERTIFICATE", &rsa_certificate((2036, 1, 1))));
    let judged = |name: &str, text: &str| {
        let mut judge = Command::new("xmlsec1");
        judge.args(["--verify", "--enabled-reference-uris", "same-doc", "--id-attr:ID", "EntityDescriptor"]);
        judge.arg("--pubkey-cert-pem").arg(&key).arg(put(name, text));
        judge.output().expect("xmlsec1 is missing: install Debian's xmlsec1").status.success()
    };
    assert!(judged("signed.xml", &written(NAMES)));
    assert!(!judged("changed.xml", &replaced(&written(NAMES), "saml/attributes", "saml/attribute")));
}

/// The schemas of OASIS are those of Debian's `opensaml-schemas` and `xmltooling-schemas`; `SSC_SAML_XSD` names another folder
/// with `opensaml/` and `xmltooling/` in it.
#[test]
fn xmllint_finds_what_we_publish_valid_where_the_schemas_are() {
    let folder = std::env::var_os("SSC_SAML_XSD").map_or_else(|| PathBuf::from("/usr/share/xml"), PathBuf::from);
    if !folder.join("opensaml/saml-schema-metadata-2.0.xsd").exists() || !folder.join("xmltooling/xml.xsd").exists() {
        println!("not judged: Debian's opensaml-schemas and xmltooling-schemas are not installed");
        return;
    }
    let (schema, catalog) = (put("all.xsd", &all(&folder)), put("catalog.xml", &catalog(&folder)));
    let judged = |name: &str, text: &str| {
        let mut judge = Command::new("xmllint");
        judge.env("XML_CATALOG_FILES", &catalog).args(["--nonet", "--noout", "--schema"]).arg(&schema);
        let verdict = judge.arg(put(name, text)).output().expect("xmllint is missing: install Debian's libxml2-utils");
        (verdict.status.success(), String::from_utf8_lossy(&verdict.stderr).into_owned())
    };
    for (name, names) in [("two-names.xml", NAMES), ("nameless.xml", &[])] {
        let (valid, said) = judged(name, &written(names));
        assert!(valid, "{name}: {said}");
    }
    let (valid, _) = judged(
        "invalid.xml",
        &replaced(&written(NAMES), " validUntil=\"2026-12-06T03:00:00Z\"", " validUntil=\"soon\""),
    );
    assert!(!valid, "the judge looks");
}

/// One schema that imports all that our metadata uses.
fn all(folder: &Path) -> String {
    let import = |(namespace, file): (&str, &str)| {
        format!("<xs:import namespace=\"{namespace}\" schemaLocation=\"{}\"/>", folder.join(file).display())
    };
    let imports: String = [
        ("urn:oasis:names:tc:SAML:2.0:metadata", "opensaml/saml-schema-metadata-2.0.xsd"),
        ("urn:oasis:names:tc:SAML:metadata:ui", "opensaml/sstc-saml-metadata-ui-v1.0.xsd"),
        ("urn:oasis:names:tc:SAML:metadata:algsupport", "opensaml/sstc-saml-metadata-algsupport-v1.0.xsd"),
    ]
    .map(import)
    .concat();
    format!("<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">{imports}</xs:schema>")
}

/// The schemas import one another by their addresses at the W3C, and no judge of ours goes there.
fn catalog(folder: &Path) -> String {
    let entry = |(address, file): (&str, &str)| {
        let file = folder.join("xmltooling").join(file);
        format!(
            "<system systemId=\"{address}\" uri=\"file://{0}\"/><uri name=\"{address}\" uri=\"file://{0}\"/>",
            file.display()
        )
    };
    let entries: String = [
        ("http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd", "xmldsig-core-schema.xsd"),
        ("http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd", "xenc-schema.xsd"),
        ("http://www.w3.org/2001/xml.xsd", "xml.xsd"),
    ]
    .map(entry)
    .concat();
    format!("<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\">{entries}</catalog>")
}
