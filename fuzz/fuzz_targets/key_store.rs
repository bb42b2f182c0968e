//! Any bytes as the file of a key store, and as what is sealed in one: refused, or opened into keys each of which works or says why it
//! does not. What a file asks of memory and time is bounded; here only what is quickly asked is let through.
#![no_main]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use keys::{Keys, Seal};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use xml::{Document, EncryptionKey, Limits, Writer, ns, scan};

const CREDENTIAL: [u8; 32] = [7; 32];
const SALT: &str = "salt";

/// A folder of this process, with the credential in it.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("ssc-fuzz-keys-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("credential"), CREDENTIAL).expect("a file");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    match bytes.split_first() {
        Some((b'f', file)) => {
            let _ = opened(file, &Seal::credential(&FOLDER.join("credential")));
            if is_quick(file) {
                let _ = opened(file, &Seal::passphrase("a passphrase of fuzzing"));
            }
        }
        Some((b'k', plain)) => {
            let Some(keys) = opened(&sealed(plain), &Seal::credential(&FOLDER.join("credential"))) else { return };
            for name in names(plain) {
                work(&keys, &name);
            }
        }
        _ => {}
    }
});

fn opened(file: &[u8], seal: &Seal) -> Option<Keys> {
    let path: &Path = &FOLDER.join("keys.ssc");
    let mut options = OpenOptions::new();
    let mut there = options.write(true).create(true).truncate(true).mode(0o600).open(path).expect("a file");
    there.write_all(file).expect("space");
    Keys::open(path, seal).ok()
}

/// Every key is asked for everything: what it is not for it refuses.
fn work(keys: &Keys, name: &str) {
    assert_eq!(keys.sign(name, b"message").is_ok(), keys.algorithm(name).is_ok());
    let _ = keys.unwrap(name, &[1; 256]);
    let _ = keys.certificate_ends(name);
    open(keys, name);
    if let Ok(sealed) = keys.seal(name, b"place", b"plain") {
        assert_eq!(&**keys.open_sealed(name, b"place", &sealed).expect("sealed a moment ago"), b"plain");
        assert!(keys.sign(name, b"message").is_err(), "a secret signs nothing");
    }
}

/// What is encrypted to a key's certificate is opened by it, or not: a file may have put another key beside the certificate.
fn open(keys: &Keys, name: &str) {
    let der = keys.certificate(name).ok().filter(|_| keys.opens(name));
    let Some(to) = der.and_then(|der| EncryptionKey::from_certificate_der(name, &der).ok()) else { return };
    let mut w = Writer::new();
    w.start(ns::SAML, "Advice", &[]).end();
    let sealed = xml::encrypt(&w.finish(), (ns::SAML, "EncryptedAssertion"), &to, &mut |bytes| bytes.fill(5));
    let sealed = sealed.expect("a key that was taken");
    let doc = scan(sealed.as_str().as_bytes(), &Limits::default())
        .and_then(Document::parse)
        .expect("what is written is read");
    let _ = xml::decrypt_as(name, doc.root(), |key| keys.content_key(name, key));
}

/// Whether a passphrase is turned into a key in less time than a file may ask for.
fn is_quick(file: &[u8]) -> bool {
    let Ok(read) = serde_json::from_slice::<Value>(file) else { return true };
    let asked = |what: &str| read["method"]["argon2id"][what].as_u64();
    asked("memory_kib").is_none_or(|kib| kib <= 256) && asked("passes").is_none_or(|passes| passes <= 2)
}

/// A file that holds this, sealed with the credential.
fn sealed(plain: &[u8]) -> Vec<u8> {
    let method = json!({ "credential": { "salt": SALT } });
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &CREDENTIAL));
    context.update(b"ssc-keys/1 credential\0");
    context.update(SALT.as_bytes());
    let key = UnboundKey::new(&AES_256_GCM, context.sign().as_ref()).expect("32 bytes");
    let aad = serde_json::to_vec(&("ssc-keys/1", &method)).expect("is JSON");
    let (nonce, mut text) = ([0; 12], plain.to_vec());
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut text)
        .expect("is short");
    let sealed = STANDARD.encode([&[1][..], &nonce, &text].concat());
    serde_json::to_vec(&json!({ "format": "ssc-keys/1", "method": method, "sealed": sealed })).expect("is JSON")
}

fn names(plain: &[u8]) -> Vec<String> {
    let read: Vec<Value> = serde_json::from_slice(plain).unwrap_or_default();
    read.iter().filter_map(|key| key["name"].as_str().map(str::to_owned)).collect()
}
