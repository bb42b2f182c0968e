use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::party::{CONSUMER, Party};

/// How fast a peer is, form by form; nothing where it is not installed.
pub(super) struct Peer {
    /// The peer's name, with what it counts.
    name: &'static str,
    /// How to get it, where it is not.
    absent: &'static str,
    said: Option<String>,
}

impl Peer {
    /// What stands beside our figure.
    pub(super) fn rate(&self, form: &str) -> (&'static str, Option<f64>) {
        let Some(said) = &self.said else { return (self.absent, None) };
        let line = said.lines().find_map(|line| line.strip_prefix(form)?.strip_prefix(' '));
        (self.name, line.and_then(|rate| rate.parse().ok()))
    }
}

/// Lasso, a C library, from Debian's package.
pub(super) fn lasso(scratch: &Path, idp: &Party, sp: &Party) -> anyhow::Result<Peer> {
    let said = run(Path::new("/usr/bin/python3"), "lasso", scratch, (idp, sp))?;
    Ok(Peer { name: "by lasso", absent: "lasso is not here: apt install python3-lasso", said })
}

/// pysaml2, a Python library that starts `xmlsec1`, where `scripts/interop-install` puts it.
pub(super) fn pysaml2(scratch: &Path, idp: &Party, sp: &Party) -> anyhow::Result<Peer> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/interop-python/bin/python");
    let said = run(&python, "saml2", scratch, (idp, sp))?;
    Ok(Peer { name: "by pysaml2", absent: "pysaml2 is not here: scripts/interop-install", said })
}

/// Runs the program that drives `module`, if that is there.
fn run(python: &Path, module: &str, scratch: &Path, parties: (&Party, &Party)) -> anyhow::Result<Option<String>> {
    let here = Command::new(python).args(["-c", &format!("import {module}")]).output();
    if !here.is_ok_and(|tried| tried.status.success()) {
        return Ok(None);
    }
    let program = if module == "lasso" { "lasso_responses.py" } else { "pysaml2_responses.py" };
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(program);
    let folder = folder(scratch, parties)?;
    let ran = Command::new(python).arg(&program).arg(&folder).arg(SECONDS).output()?;
    std::fs::remove_dir_all(&folder)?;
    ensure!(ran.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&ran.stderr));
    Ok(Some(String::from_utf8(ran.stdout)?))
}

/// A folder with keys and metadata.
fn folder(scratch: &Path, (idp, sp): (&Party, &Party)) -> anyhow::Result<PathBuf> {
    let folder = scratch.join(format!("saml-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let files = [
        ("idp.key", idp.key_pem.clone()),
        ("idp.pem", idp.certificate_pem.clone()),
        ("idp.xml", metadata(idp, "IDPSSODescriptor", &service("SingleSignOnService", "https://idp.example/sso"))),
        ("sp.xml", metadata(sp, "SPSSODescriptor WantAssertionsSigned=\"true\"", &consumer())),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(folder)
}

fn metadata(party: &Party, role: &str, endpoint: &str) -> String {
    let (entity, certificate) = (&party.entity, STANDARD.encode(&party.certificate));
    let end = role.split(' ').next().unwrap_or_default();
    let key = |purpose: &str| {
        format!(
            r#"<KeyDescriptor use="{purpose}"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"#
        )
    };
    let (signing, encryption) = (key("signing"), key("encryption"));
    format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}"><{role} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{signing}{encryption}{endpoint}</{end}></EntityDescriptor>"#
    )
}

fn consumer() -> String {
    service("AssertionConsumerService index=\"0\" isDefault=\"true\"", CONSUMER)
}

fn service(element: &str, location: &str) -> String {
    format!(r#"<{element} Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{location}"/>"#)
}

/// Of processor time, for each form.
const SECONDS: &str = "3";
