//! A service provider with everything in its metadata, and ways to spoil it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use saml::metadata::{self, Finding, Report, ServiceProvider};

pub(crate) fn now() -> Timestamp {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

/// An RSA key, made once.
pub(crate) fn rsa() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

pub(crate) fn sign(message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; rsa().public_modulus_len()];
    rsa().sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

/// That key, PKCS #8 in DER.
pub(crate) fn rsa_pkcs8() -> Vec<u8> {
    AsDer::<Pkcs8V1Der<'_>>::as_der(rsa()).unwrap().as_ref().to_vec()
}

/// A certificate of that key which ends on a day.
pub(crate) fn rsa_certificate(end: (i32, u8, u8)) -> Vec<u8> {
    certificate(&rcgen::KeyPair::try_from(rsa_pkcs8()).unwrap(), end)
}

/// `der` in the lines of PEM.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A file for a judge.
pub(crate) fn put(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("metadata");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file
}

/// A certificate of a new key on P-256.
pub(crate) fn p256_certificate() -> Vec<u8> {
    certificate(&rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(), (2036, 1, 1))
}

fn certificate(pair: &rcgen::KeyPair, (year, month, day): (i32, u8, u8)) -> Vec<u8> {
    let mut params = rcgen::CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(year, month, day);
    params.self_signed(pair).unwrap().der().to_vec()
}

/// A `md:KeyDescriptor`; `usage` is its attribute, with the space before it, and `methods` the algorithms it names.
pub(crate) fn key(usage: &str, certificate: &[u8], methods: &[&str]) -> String {
    let methods: String = methods.iter().map(|uri| format!("<md:EncryptionMethod Algorithm=\"{uri}\"/>")).collect();
    let certificate = STANDARD.encode(certificate);
    format!(
        "<md:KeyDescriptor{usage}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>"
    )
}

pub(crate) const GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
pub(crate) const SIGNING: &str = " use=\"signing\"";
pub(crate) const ENCRYPTION: &str = " use=\"encryption\"";

/// Metadata without a fault.
pub(crate) fn good() -> String {
    let certificate = rsa_certificate((2036, 1, 1));
    with_keys(&(key(SIGNING, &certificate, &[]) + &key(ENCRYPTION, &certificate, &[GCM])))
}

/// The same with other keys.
pub(crate) fn with_keys(keys: &str) -> String {
    replaced(include_str!("good.xml"), "<!-- keys -->", keys)
}

/// `text` with its one `from` replaced.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

pub(crate) fn read(text: &str) -> Result<(ServiceProvider, Report), Report> {
    metadata::read(text.as_bytes(), None, now())
}

/// What is found, good or bad.
pub(crate) fn findings(read: Result<(ServiceProvider, Report), Report>) -> Vec<Finding> {
    match read {
        Ok((_, report)) => {
            assert!(!report.is_fatal());
            report.findings
        }
        Err(report) => {
            assert!(report.is_fatal());
            report.findings
        }
    }
}

/// Codes of findings, an exclamation mark after the fatal ones.
pub(crate) fn codes(read: Result<(ServiceProvider, Report), Report>) -> Vec<String> {
    findings(read).iter().map(|f| format!("{}{}", f.code, if f.fatal { "!" } else { "" })).collect()
}

/// What a provider is, of metadata that can be used.
pub(crate) fn provider(text: &str) -> ServiceProvider {
    match read(text) {
        Ok((provider, _)) => provider,
        Err(report) => panic!("{report}"),
    }
}
