//! Other people's tools as judges: `xmlsec1` on the signatures, `xmllint` on the schemas.

use std::path::{Path, PathBuf};
use std::process::Command;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::{Engine, engine::general_purpose::STANDARD};
use idwsf::dst::Code;
use idwsf::message;
use idwsf::{Fault, MessageId, Sender, SignFailed};

use crate::world::{Party, World, now, query, question, replaced};

#[test]
fn xmlsec1_verifies_what_we_sign_and_nothing_else() {
    let folder = Folder::new("xmlsec1");
    for (name, party, message) in messages(&World::new()) {
        assert!(xmlsec1(&folder, name, &party.spki, &message), "xmlsec1 refuses {name}");
        let changed = replaced(&message, "version=\"2.0\"", "version=\"2.1\"");
        assert!(!xmlsec1(&folder, name, &party.spki, &changed), "xmlsec1 accepts a changed {name}");
    }
}

#[test]
fn xmlsec1_verifies_what_we_sign_with_p256() {
    let folder = Folder::new("xmlsec1-p256");
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let spki: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let world = World::new();
    let sender = Sender {
        entity: &world.insurer.entity,
        algorithm: xml::SignatureAlgorithm::EcdsaP256Sha256,
        sign: &|bytes| Ok(key.sign(&SystemRandom::new(), bytes).map_err(|_| SignFailed)?.as_ref().to_vec()),
    };
    let sealed = message::seal_fault(&sender, Some(&question()), &question(), &Fault::Stale, now()).unwrap();
    let message = String::from_utf8(sealed).unwrap();
    assert!(xmlsec1(&folder, "fault", spki.as_ref(), &message));
    assert!(!xmlsec1(&folder, "changed", spki.as_ref(), &replaced(&message, "version=\"2.0\"", "version=\"2.1\"")));
    assert!(!xmlsec1(&folder, "other", &world.insurer.spki, &message));
}

/// The schemas are not part of this repository: `SSC_IDWSF_XSD` names the folder with `all.xsd`.
#[test]
fn xmllint_finds_our_messages_valid_where_the_schemas_are() {
    let Some(schemas) = schemas() else { return };
    let folder = Folder::new("xmllint");
    let world = World::new();
    let token = world.plain(world.token().encrypted().as_str());
    let messages = messages(&world).into_iter().map(|(name, _, message)| (name, message));
    for (name, message) in messages.chain([("assertion", token)]) {
        assert_eq!(is_valid(&folder, &schemas, name, &message), Ok(()));
    }
}

fn messages(world: &World) -> Vec<(&'static str, &Party, String)> {
    let insurer = &world.insurer;
    let sender = Sender {
        entity: &insurer.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| insurer.sign(bytes),
    };
    let id = MessageId::from_random([2; 16]);
    let answer = query().answer(now(), |item| match item.item_id.as_deref() {
        Some("q1") => Ok(Vec::new()),
        _ => Err(Code::ACTION_NOT_AUTHORIZED),
    });
    let text = |sealed: Vec<u8>| String::from_utf8(sealed).unwrap();
    let response = text(message::seal_response(&sender, &question(), &id, &answer, now()).unwrap());
    let mut messages = vec![("request", &world.relay, world.request()), ("response", insurer, response)];
    for (name, fault) in [("stale", Fault::Stale), ("framework", Fault::Framework), ("wsse", Fault::Signature("x"))] {
        messages.push((
            name,
            insurer,
            text(message::seal_fault(&sender, Some(&question()), &id, &fault, now()).unwrap()),
        ));
    }
    messages.push(("unrelated", insurer, text(message::seal_fault(&sender, None, &id, &Fault::Own, now()).unwrap())));
    messages
}

/// The folder of the schemas, if the environment names it.
pub(crate) fn schemas() -> Option<PathBuf> {
    let schemas = std::env::var_os("SSC_IDWSF_XSD").map(PathBuf::from);
    if schemas.is_none() {
        println!("not judged: SSC_IDWSF_XSD does not name the folder of the ID-WSF schemas");
    }
    schemas
}

/// What xmllint says of a document.
pub(crate) fn is_valid(folder: &Folder, schemas: &Path, name: &str, message: &str) -> Result<(), String> {
    let file = folder.write(&format!("{name}.xml"), message.as_bytes());
    let mut judge = Command::new("xmllint");
    judge.args(["--nonet", "--noout", "--schema"]).arg(schemas.join("all.xsd")).arg(file);
    let verdict = judge.output().expect("xmllint is missing: install Debian's libxml2-utils");
    if verdict.status.success() {
        return Ok(());
    }
    Err(format!("{name}: {}", String::from_utf8_lossy(&verdict.stderr)))
}

pub(crate) fn xmlsec1(folder: &Folder, name: &str, spki: &[u8], message: &str) -> bool {
    let file = folder.write(&format!("{name}.xml"), message.as_bytes());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki));
    let key = folder.write(&format!("{name}.pem"), pem.as_bytes());
    let mut judge = Command::new("xmlsec1");
    judge.args(["--verify", "--node-xpath", SIGNATURE, "--pubkey-pem"]).arg(key);
    for element in PARTS {
        judge.args(["--id-attr:Id", element]);
    }
    judge.arg(file).output().expect("xmlsec1 is missing: install Debian's xmlsec1").status.success()
}

const SIGNATURE: &str = "/*/*/*/*[local-name()='Signature']";

/// xmlsec1 is told which elements have an ID attribute; by local name they are found in every namespace.
const PARTS: [&str; 16] = [
    "urn:liberty:sb:Framework",
    "urn:liberty:sb:2006-08:Sender",
    "urn:liberty:sb:2006-08:Consent",
    "urn:liberty:sb:2006-08:UsageDirective",
    "urn:liberty:sb:2006-08:ProcessingContext",
    "urn:liberty:sb:2006-08:Timeout",
    "urn:liberty:sb:2006-08:UserInteraction",
    "urn:liberty:sb:2006-08:CredentialsContext",
    "urn:liberty:sb:2006-08:EndpointUpdate",
    "http://www.w3.org/2005/08/addressing:MessageID",
    "http://www.w3.org/2005/08/addressing:RelatesTo",
    "http://www.w3.org/2005/08/addressing:To",
    "http://www.w3.org/2005/08/addressing:Action",
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd:Timestamp",
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd:SecurityTokenReference",
    "http://schemas.xmlsoap.org/soap/envelope/:Body",
];

/// A folder of this test alone, gone afterwards.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("idwsf-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}
