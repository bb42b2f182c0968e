use std::{fs, path::PathBuf};

use idwsf::{
    EntityId,
    dst::ServiceType,
    epr::{EndpointReference, SecurityContext, Uri},
    message::Mechanism,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256};

use super::{Party, each_once, institution};

const INSTITUTION: &str = "https://nhi.example/metadata";

/// The folder of a service's configuration.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    /// With a signing key, and two to connect with: that one, and another.
    fn new(name: &str) -> Self {
        let folder = Self(std::env::temp_dir().join(format!("ssc-fetch-{name}-{}", std::process::id())));
        fs::create_dir_all(&folder.0).unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = KeyPair::generate().unwrap();
        folder.put("authority.pem", &params.self_signed(&authority).unwrap().pem());
        let issuer = Issuer::new(params, authority);
        for (name, key) in [("sp", KeyPair::generate_for(&PKCS_RSA_SHA256)), ("other", KeyPair::generate())] {
            let key = key.unwrap();
            let certificate = CertificateParams::default().signed_by(&key, &issuer).unwrap();
            folder.put(&format!("{name}.pem"), &certificate.pem());
            folder.put(&format!("{name}.key"), &key.serialize_pem());
        }
        let published = fs::read_to_string(folder.0.join("sp.pem")).unwrap();
        let published: String = published.lines().filter(|line| !line.starts_with("-----")).collect();
        let (md, ds) = ("urn:oasis:names:tc:SAML:2.0:metadata", "http://www.w3.org/2000/09/xmldsig#");
        folder.put(
            "idp.xml",
            &format!(
                "<EntityDescriptor xmlns=\"{md}\" entityID=\"https://portal.example\"><IDPSSODescriptor><KeyDescriptor>\
                 <KeyInfo xmlns=\"{ds}\"><X509Data><X509Certificate>{published}</X509Certificate></X509Data></KeyInfo>\
                 </KeyDescriptor></IDPSSODescriptor></EntityDescriptor>"
            ),
        );
        folder
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    /// The service, connecting with one of the keys.
    fn party(&self, tls: &str) -> anyhow::Result<Party> {
        self.put(
            "fetch.toml",
            &format!(
                "entity = 'https://service.example'\nkey = 'sp.key'\nidentity_provider = 'idp.xml'\n\
                 [tls]\ncertificate = '{tls}.pem'\nkey = '{tls}.key'\nauthority = 'authority.pem'\n\
                 [[institution]]\nentity = '{INSTITUTION}'\ncertificate = 'other.pem'\n"
            ),
        );
        Party::open(&self.0.join("fetch.toml"))
    }
}

/// A reference that names these mechanisms, and has no token.
fn reference(mechanism: Mechanism) -> EndpointReference {
    EndpointReference {
        id: None,
        address: Uri::parse("https://node.example/idwsf/dst").unwrap(),
        expires: None,
        name: None,
        frameworks: vec!["2.0".to_owned()],
        provider: EntityId::parse(INSTITUTION).unwrap(),
        service_types: vec![Uri::parse(ServiceType::NHI.uri()).unwrap()],
        options: Vec::new(),
        contexts: vec![SecurityContext { mechanisms: vec![Uri::parse(mechanism.uri()).unwrap()], tokens: Vec::new() }],
        actions: Vec::new(),
    }
}

async fn problem(party: &Party, mechanism: Mechanism) -> String {
    institution::ask(party, &reference(mechanism)).await.problem.unwrap()
}

#[tokio::test]
async fn whoever_connects_with_the_signing_key_takes_the_mechanism_that_wants_it_and_others_are_told() {
    let folder = Folder::new("mechanism");
    // What is taken is looked at for its token, which is not there.
    let taken = "there is no token to present";

    let (own, other) = (folder.party("sp").unwrap(), folder.party("other").unwrap());

    for mechanism in [Mechanism::TlsSamlV2, Mechanism::ClientTlsSamlV2] {
        assert_eq!(problem(&own, mechanism).await, taken);
    }
    assert_eq!(problem(&other, Mechanism::TlsSamlV2).await, taken);
    assert!(problem(&other, Mechanism::ClientTlsSamlV2).await.contains("name that as tls.key"));
    for party in [&own, &other] {
        let bearer = problem(party, Mechanism::TlsBearer).await;
        assert_eq!(bearer, "no security mechanism is spoken by both sides", "a token that anybody could bear");
    }
}

#[test]
fn an_institution_that_is_there_twice_is_asked_once_at_each_door() {
    let configured = EndpointReference { name: Some("configured".to_owned()), ..reference(Mechanism::TlsSamlV2) };
    let registered = EndpointReference { name: Some("registered".to_owned()), ..configured.clone() };
    let elsewhere =
        EndpointReference { address: Uri::parse("https://other.example/idwsf/dst").unwrap(), ..registered.clone() };
    let by_key = reference(Mechanism::ClientTlsSamlV2);

    let all = vec![configured.clone(), registered, elsewhere.clone(), by_key.clone()];

    assert_eq!(each_once(all), [configured, elsewhere, by_key]);
}

#[test]
fn a_certificate_of_another_key_is_refused_before_anything_is_asked() {
    let folder = Folder::new("certificate");
    folder.put("mixed.pem", &fs::read_to_string(folder.0.join("sp.pem")).unwrap());
    folder.put("mixed.key", &fs::read_to_string(folder.0.join("other.key")).unwrap());
    assert!(folder.party("mixed").is_err());
}

#[test]
fn a_code_of_the_item_table_comes_with_its_words() {
    let told = |item: &str| {
        let record = format!("<n:CheckUp xmlns:n=\"urn:x\" date=\"2026-07-01\">{item}</n:CheckUp>");
        let document = xml::Document::parse(xml::scan(record.as_bytes(), &xml::Limits::default()).unwrap()).unwrap();
        institution::plain(document.root())["content"][0].clone()
    };
    let smoking = told("<n:Item code=\"9N736000000000011\" name=\"喫煙\" kind=\"choice\">3</n:Item>");
    assert_eq!((&smoking["text"], &smoking["choice"]), (&"3".into(), &"いいえ".into()));
    for nothing_known in [
        "<n:Item code=\"9N736000000000011\" name=\"喫煙\" kind=\"choice\">9</n:Item>",
        "<n:Item code=\"9N736000000000011\" name=\"喫煙\" kind=\"text\">3</n:Item>",
        "<n:Item code=\"of another table\" name=\"喫煙\" kind=\"choice\">3</n:Item>",
        "<n:Item name=\"喫煙\" kind=\"choice\">3</n:Item>",
    ] {
        let item = told(nothing_known);
        assert!(item["text"].is_string() && item.get("choice").is_none(), "{item}");
    }
}
