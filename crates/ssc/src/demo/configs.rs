//! The configuration files, certificates and key stores of a demonstration: what an operator would write by hand.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use jiff::Timestamp;
use keys::Signature;
use platform::{
    app::{create_keys, key},
    config,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256,
};

use super::{
    layout::{INSURERS, Insurer, Layout, PLATFORM, pem, write_secret},
    services::Service,
};

/// The platform's configuration file.
pub(crate) fn platform_file(layout: &Layout) -> PathBuf {
    layout.platform().join("platform.toml")
}

/// The insurer's configuration file.
pub(crate) fn insurer_file(layout: &Layout, insurer: &Insurer) -> PathBuf {
    layout.insurer(insurer).join("insurer.toml")
}

/// Writes everything that stands before the first start.
pub(crate) fn write(layout: &Layout, now: Timestamp) -> anyhow::Result<()> {
    let authority = Authority::new("Kagawa SSC demonstration authority")?;
    let folder = layout.platform();
    fs::write(folder.join("authority.pem"), &authority.certificate)?;
    authority.sign(&folder, "exchange", PLATFORM, &HERE)?;
    passphrase(&folder)?;
    let platform = platform(layout);
    let keys = create_keys(&platform.keys, PLATFORM, now)?;
    fs::write(folder.join("sign.pem"), pem("CERTIFICATE", &keys.certificate(key::SIGN)?))?;
    fs::write(folder.join("token.pem"), pem("CERTIFICATE", &keys.certificate(key::TOKEN)?))?;
    for insurer in &INSURERS {
        let home = layout.insurer(insurer);
        fs::create_dir_all(home.join("files"))?;
        fs::write(home.join("authority.pem"), &authority.certificate)?;
        for certificate in ["sign.pem", "token.pem"] {
            fs::copy(folder.join(certificate), home.join(format!("platform-{certificate}")))?;
        }
        authority.sign(&home, "tls", insurer.entity, &HERE)?;
        passphrase(&home)?;
        fs::write(insurer_file(layout, insurer), insurer_config(layout, insurer))?;
        let config = insurer::Config::read(&insurer_file(layout, insurer))?;
        let made = insurer::set_up(&config, now)?;
        fs::write(folder.join(format!("{}-sign.pem", insurer.number)), pem("CERTIFICATE", &made.sign))?;
        fs::write(folder.join(format!("{}-decrypt.pem", insurer.number)), pem("CERTIFICATE", &made.decrypt))?;
    }
    service(layout, &authority)?;
    fs::write(platform_file(layout), toml::to_string(&platform)?)?;
    Ok(())
}

/// The key of the service that fetches records, and a certificate to connect with by it. One key for SAML and TLS: institutions that
/// want the key of a token shown in TLS see it there.
fn service(layout: &Layout, authority: &Authority) -> anyhow::Result<()> {
    let (service, folder) = (Service::KMix, layout.clients());
    fs::create_dir_all(&folder)?;
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
    let certificate = authority.certify(&key, &service.entity(layout), &HERE)?;
    fs::write(folder.join(format!("{}.pem", service.name())), certificate)?;
    write_secret(&folder.join(format!("{}.key", service.name())), &key.serialize_pem())?;
    Ok(())
}

fn platform(layout: &Layout) -> config::Config {
    let folder = layout.platform();
    let insurer = |insurer: &Insurer| config::Insurer {
        number: insurer.number.to_owned(),
        entity: insurer.entity.to_owned(),
        name: insurer.name.to_owned(),
        name_en: insurer.name_en.to_owned(),
        service: insurer.service.to_owned(),
        address: layout.insurer_address(insurer),
        domain: None,
        services_by_key: insurer.services_by_key,
        signing_certificate: folder.join(format!("{}-sign.pem", insurer.number)),
        encryption_certificate: folder.join(format!("{}-decrypt.pem", insurer.number)),
    };
    config::Config {
        listen: ([127, 0, 0, 1], layout.port).into(),
        portal_origin: layout.portal_origin(),
        clinic_origin: layout.clinic_origin(),
        office_origin: Some(layout.office_origin()),
        database: layout.database("relay", &folder.join("relay.db")),
        keys: config::KeyStore {
            file: folder.join("keys.ssc"),
            passphrase_file: Some(folder.join("passphrase")),
            credential: None,
            signature: layout.signature,
        },
        exchange: config::Exchange {
            entity: PLATFORM.to_owned(),
            certificate: folder.join("exchange.pem"),
            private_key: folder.join("exchange.key"),
            authority: folder.join("authority.pem"),
            deadline_millis: 2_000,
            old_after_days: 35,
        },
        insurer: INSURERS.iter().map(insurer).collect(),
        idp: config::Idp::default(),
        tls: None,
        demo_login: true,
    }
}

fn insurer_config(layout: &Layout, insurer: &Insurer) -> String {
    let Insurer { entity, number, service, services_by_key, .. } = insurer;
    let database = layout.database(&format!("insurer_{number}"), &layout.insurer(insurer).join("insurer.db"));
    let signature = match layout.signature {
        Signature::P256 => "",
        Signature::Rsa2048 => "signature = 'rsa-2048'\n",
    };
    let mut text = format!(
        "entity = '{entity}'\ninsurer = '{number}'\nservice = '{service}'\nlisten = '127.0.0.1:{port}'\n\
         address = '{address}'\ndatabase = '{database}'\nraw_files = 'files'\n\n\
         [keys]\npath = 'keys.ssc'\npassphrase_file = 'passphrase'\n{signature}\n\
         [tls]\ncertificate = 'tls.pem'\nkey = 'tls.key'\nclient_ca = 'authority.pem'\n\
         services_by_key = {services_by_key}\n\n\
         [console]\nlisten = '127.0.0.1:{console}'\norigin = '{origin}'\ndemo_login = true\n\n\
         [discovery]\nentity = '{PLATFORM}'\naddress = '{portal}/wsf/discovery'\n\n\
         [[providers]]\nentity = '{PLATFORM}'\ncertificate = 'platform-sign.pem'\n\n\
         [[issuers]]\nentity = '{PLATFORM}'\ncertificate = 'platform-token.pem'\n",
        port = layout.insurer_port(insurer),
        console = layout.console_port(insurer),
        origin = layout.console_origin(insurer),
        portal = layout.portal_origin(),
        address = layout.insurer_address(insurer),
    );
    for (purpose, category, card_alone) in [
        ("citizen-self-view", "coverage", false),
        ("citizen-self-view", "check-up", false),
        ("citizen-self-view", "expenses", false),
        ("citizen-self-view", "pension", false),
        ("citizen-self-view", "contact", false),
        ("service-query", "coverage", false),
        ("eligibility-check", "eligibility", true),
        ("linking", "link", false),
    ] {
        text.push_str(&format!(
            "\n[[policy]]\nrequester = '{PLATFORM}'\npurpose = '{purpose}'\ncategory = '{category}'\n\
             card_alone = {card_alone}\n"
        ));
    }
    // Whose key it is, the platform says: the node knows the service by name alone.
    let service = Service::KMix.entity(layout);
    for category in FETCHED {
        text.push_str(&format!(
            "\n[[policy]]\nrequester = '{service}'\npurpose = 'treatment'\ncategory = '{category}'\n"
        ));
    }
    text
}

/// What the telemedicine network may ask of insurers.
const FETCHED: [&str; 2] = ["coverage", "check-up"];

/// A passphrase that nobody types: it only keeps the key store from being plain on the disk.
fn passphrase(folder: &Path) -> anyhow::Result<()> {
    let random = web::Random::new();
    Ok(write_secret(&folder.join("passphrase"), &hex::encode(random.bytes::<32>()))?)
}

/// This machine's names.
const HERE: [&str; 2] = ["localhost", "127.0.0.1"];

/// An authority for the connections between institutions.
pub(crate) struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// Its own certificate, in PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A certificate for both ends of a connection between these hosts, as NAME.pem and NAME.key.
    pub(crate) fn sign(&self, folder: &Path, name: &str, entity: &str, hosts: &[&str]) -> anyhow::Result<()> {
        let key = KeyPair::generate()?;
        let certificate = self.certify(&key, entity, hosts)?;
        fs::write(folder.join(format!("{name}.pem")), certificate).context("writing a certificate")?;
        write_secret(&folder.join(format!("{name}.key")), &key.serialize_pem()).context("writing a private key")
    }

    /// A certificate of this key for both ends of a connection between these hosts, in PEM.
    fn certify(&self, key: &KeyPair, entity: &str, hosts: &[&str]) -> anyhow::Result<String> {
        let mut params = CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, entity);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        Ok(params.signed_by(key, &self.issuer)?.pem())
    }
}
