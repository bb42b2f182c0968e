//! Key stores and certificates of a small region. Making RSA keys takes a second, so that they are made once for a build
//! of these tests and kept beside it; they protect nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use platform::{
    app::{create_keys, key},
    config,
};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

use crate::node::{Insurer, PLATFORM};

/// The folder that holds them.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let built = fs::metadata(std::env::current_exe().unwrap()).unwrap().modified().unwrap();
        let age = built.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("region-keys-{age}"));
        if !folder.exists() {
            let making = folder.with_extension(std::process::id().to_string());
            make(&making);
            // Another process may have been first: its keys are as good.
            if fs::rename(&making, &folder).is_err() {
                fs::remove_dir_all(&making).unwrap();
            }
        }
        folder
    })
}

/// The platform's key store in `folder`.
pub(crate) fn platform_keys(folder: &Path) -> config::KeyStore {
    config::KeyStore {
        file: folder.join("platform.keys"),
        passphrase_file: None,
        credential: Some(folder.join("credential")),
        signature: keys::Signature::default(),
    }
}

fn make(folder: &Path) {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("credential"), [9; 32]).unwrap();
    let authority = Authority::new();
    fs::write(folder.join("authority.pem"), &authority.certificate).unwrap();
    authority.sign(folder, "exchange");
    authority.sign(folder, "service");
    let keys = create_keys(&platform_keys(folder), PLATFORM, now).unwrap();
    write_pem(&folder.join("platform-sign.pem"), &keys.certificate(key::SIGN).unwrap());
    write_pem(&folder.join("platform-token.pem"), &keys.certificate(key::TOKEN).unwrap());
    for insurer in Insurer::ALL {
        let number = insurer.number();
        authority.sign(folder, &format!("{number}-tls"));
        let made = insurer::set_up(&insurer.config(folder, folder, "sqlite:none", "https://nowhere"), now).unwrap();
        write_pem(&folder.join(format!("{number}-sign.pem")), &made.sign);
        write_pem(&folder.join(format!("{number}-decrypt.pem")), &made.decrypt);
    }
}

/// The authority for the connections between the platform and the insurers.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap().pem(), issuer: Issuer::new(params, key) }
    }

    /// A certificate for both ends of a connection on this machine, as NAME.pem and NAME.key.
    fn sign(&self, folder: &Path, name: &str) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        fs::write(folder.join(format!("{name}.pem")), params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}

fn write_pem(path: &Path, der: &[u8]) {
    let text = STANDARD.encode(der);
    fs::write(path, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")).unwrap();
}
