//! Other people's tools as judges: `xmlsec1` on signatures and encryption, `xmllint` on the schemas.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::SignedDuration;
use saml::send::{self, Attributes, Head, Leaving, Login, Protection};
use saml::{Second, Status, Top};
use xml::Fragment;
use xml::SignatureAlgorithm::{EcdsaP256Sha256, RsaSha256};

use crate::world::{
    ATTRIBUTES, BOTH_SIGNED, NAME, SIGNED_ASSERTION, SIGNED_RESPONSE, World, counter, cut, head, id, now, written,
};

const OF_RESPONSE: &str = "/*/*[local-name()='Signature']";
const OF_ASSERTION: &str = "/*/*[local-name()='Assertion']/*[local-name()='Signature']";

#[test]
fn xmlsec1_verifies_every_signature_and_no_changed_response() {
    for algorithm in [RsaSha256, EcdsaP256Sha256] {
        let world = World::new(algorithm);
        let folder = Folder::new(&format!("verify-{algorithm:?}"));
        for (protection, signatures) in [
            (SIGNED_ASSERTION, &[OF_ASSERTION][..]),
            (SIGNED_RESPONSE, &[OF_RESPONSE]),
            (BOTH_SIGNED, &[OF_RESPONSE, OF_ASSERTION]),
        ] {
            let message = world.response(protection);
            assert_eq!(
                message.matches("<ds:Signature>").count() + message.matches("<ds:Signature ").count(),
                signatures.len()
            );
            for signature in signatures {
                assert!(folder.verifies(&world, &message, signature), "{signature} {message}");
                let changed = message.replace("06370012", "06370013");
                assert!(!folder.verifies(&world, &changed, signature), "{signature} of a changed response");
            }
        }
    }
}

#[test]
fn xmlsec1_decrypts_an_assertion_and_finds_it_signed() {
    for algorithm in [RsaSha256, EcdsaP256Sha256] {
        let world = World::new(algorithm);
        let folder = Folder::new(&format!("decrypt-{algorithm:?}"));
        for clear in [SIGNED_ASSERTION, BOTH_SIGNED] {
            let message = world.response(Protection { encrypt: Some(&world.encryption), ..clear });
            assert!(!message.contains("06370012"));
            if clear.sign_response {
                assert!(folder.verifies(&world, &message, OF_RESPONSE));
            }
            let opened = folder.decrypts(&world, &message);
            assert!(opened.contains("06370012"), "{opened}");
            // The wrapper stays around what it held.
            let signature = "//*[local-name()='Assertion']/*[local-name()='Signature']";
            assert!(folder.verifies(&world, &opened, signature), "{opened}");
        }
    }
}

#[test]
fn xmlsec1_decrypts_the_name_of_who_leaves() {
    let world = World::new(RsaSha256);
    let folder = Folder::new("name");
    let own = id("_logout");
    let leaving = Leaving { name: NAME, sessions: &["_session".to_owned()], encrypt: Some(&world.encryption) };
    let request = send::logout_request(&head(world.idp.signer(), &own), &leaving, &mut counter(), now()).unwrap();
    assert!(!request.as_str().contains(NAME.value));
    assert!(folder.verifies(&world, request.as_str(), OF_RESPONSE));
    assert!(folder.decrypts(&world, request.as_str()).contains(NAME.value));
}

/// The schemas come with Debian's `opensaml-schemas` and `xmltooling-schemas`.
#[test]
fn xmllint_finds_every_message_valid() {
    if !Path::new(SCHEMA).exists() || !Path::new(CORE).exists() {
        assert_ne!(std::env::var("SSC_JUDGES").as_deref(), Ok("required"), "the schemas of SAML 2.0 are missing");
        println!("not judged: install opensaml-schemas and xmltooling-schemas for the schemas of SAML 2.0");
        return;
    }
    let folder = Folder::new("schema");
    let world = World::new(RsaSha256);
    let catalog = folder.write("catalog.xml", &catalog());
    let schema = |message: &str| {
        let file = folder.write("message.xml", message);
        let mut judge = Command::new("xmllint");
        judge.env("XML_CATALOG_FILES", &catalog);
        judge.args(["--nonet", "--noout", "--schema", SCHEMA]).arg(file);
        judge.output().expect("xmllint is missing: install libxml2-utils")
    };
    for message in messages(&world) {
        let verdict = schema(&message);
        assert!(verdict.status.success(), "{}{message}", String::from_utf8_lossy(&verdict.stderr));
    }
    assert!(!schema(&world.bare().replace("<samlp:Status>", "<samlp:Status><saml:Issuer/>")).status.success());
}

/// One of each kind.
fn messages(world: &World) -> Vec<String> {
    let signer = world.idp.signer();
    let (asked, own) = (id("_asked"), id("_own"));
    let encrypt = Some(&world.encryption);
    let mut messages: Vec<String> = [SIGNED_ASSERTION, SIGNED_RESPONSE, BOTH_SIGNED]
        .into_iter()
        .flat_map(|clear| [clear, Protection { encrypt, ..clear }])
        .map(|protection| world.response(protection))
        .collect();
    messages.push(written(&Login { in_response_to: None, attributes: &[], ..world.login() }));
    let kept = send::stored(&messages[0]).unwrap();
    let partial = Status::failed(Top::Responder, Second::PartialLogout, "");
    for sign in [true, false] {
        let head = Head { sign, ..head(signer, &own) };
        let logout = |encrypt| {
            let leaving = Leaving { name: NAME, sessions: &["_session", "_other"].map(str::to_owned), encrypt };
            send::logout_request(&head, &leaving, &mut counter(), now()).unwrap()
        };
        let written = [
            send::failure(&head, Some(&asked), &partial, now()).unwrap(),
            send::failure(&Head { destination: None, ..head }, None, &partial, now()).unwrap(),
            logout(None),
            logout(encrypt),
            send::logout_response(&head, &asked, &Status::SUCCESS, now()).unwrap(),
            send::artifact_response(&head, &asked, Some(&kept), now()).unwrap(),
            send::artifact_response(&head, &asked, None, now()).unwrap(),
        ];
        messages.extend(written.map(Fragment::into_string));
    }
    for attributes in [&ATTRIBUTES[..], &[]] {
        let lifetime = SignedDuration::from_mins(5);
        let audience = &world.sp.entity;
        let answer =
            Attributes { signer, audience, in_response_to: &asked, name: NAME, attributes, lifetime, encrypt: None };
        messages.push(answer.write(&mut counter(), now()).unwrap().into_string());
    }
    messages
}

/// Where the schemas of SAML say that those of the W3C are.
fn catalog() -> String {
    format!(
        r#"<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
<system systemId="http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd" uri="file://{CORE}/xmldsig-core-schema.xsd"/>
<system systemId="http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd" uri="file://{CORE}/xenc-schema.xsd"/>
</catalog>"#
    )
}

const SCHEMA: &str = "/usr/share/xml/opensaml/saml-schema-protocol-2.0.xsd";
const CORE: &str = "/usr/share/xml/xmltooling";

/// A folder of one test alone, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("saml-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn verifies(&self, world: &World, message: &str, signature: &str) -> bool {
        let key = self.write("idp.pem", &world.idp.certificate.pem());
        let mut judge = Command::new("xmlsec1");
        judge.args(["--verify", "--node-xpath", signature, "--pubkey-cert-pem"]).arg(key);
        for element in ["assertion:Assertion", "protocol:Response", "protocol:LogoutRequest"] {
            judge.args(["--id-attr:ID", &format!("urn:oasis:names:tc:SAML:2.0:{element}")]);
        }
        run(judge.arg(self.write("message.xml", message))).status.success()
    }

    fn decrypts(&self, world: &World, message: &str) -> String {
        // Debian's xmlsec1 takes a key by name only from its own store.
        let anonymous = message.replace(cut(message, "ds:KeyName"), "").replace("<ds:KeyInfo></ds:KeyInfo>", "");
        let key = self.write("sp.pem", &world.sp.key_pem);
        let mut judge = Command::new("xmlsec1");
        judge.args(["--decrypt", "--privkey-pem"]).arg(key).arg(self.write("message.xml", &anonymous));
        let verdict = run(&mut judge);
        assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));
        String::from_utf8(verdict.stdout).unwrap()
    }
}

fn run(judge: &mut Command) -> Output {
    judge.output().expect("xmlsec1 is missing: install Debian's xmlsec1")
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A test that failed leaves its messages to be looked at.
        if !std::thread::panicking() {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }
}
