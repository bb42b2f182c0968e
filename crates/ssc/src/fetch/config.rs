//! What the operator of a service writes: who the service is, its keys, and whom it believes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use idwsf::{EntityId, Sender, SignFailed, message::Mechanism};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use serde::Deserialize;
use xml::{
    Document, Limits, Node, VerifyingKey,
    ns::{DS, MD},
};

/// The configuration of a service. Relative paths start at the folder of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Its entity ID.
    entity: String,
    /// Its signing key, RSA, in PEM: one of those in its metadata.
    key: PathBuf,
    /// The portal's metadata.
    identity_provider: PathBuf,
    /// For demonstrations: the portal is on this machine, without TLS.
    #[serde(default)]
    local: bool,
    tls: Tls,
    /// The institutions that it has agreed with.
    #[serde(default)]
    institution: Vec<Institution>,
}

/// PEM files of the mutual TLS with institutions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    /// The authority of the institutions' certificates.
    authority: PathBuf,
}

/// An institution, and the certificates of its signing keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Institution {
    entity: String,
    certificate: PathBuf,
}

/// The service, ready to ask.
pub(super) struct Party {
    pub(super) entity: EntityId,
    /// Whether the portal is on this machine.
    pub(super) local: bool,
    /// Who the portal is, and what it signs with.
    pub(super) portal: Peer,
    pub(super) institutions: Vec<Peer>,
    /// Speaks to institutions.
    pub(super) mutual: reqwest::Client,
    /// By which mechanisms: where the connection is made with the signing key, by either that tokens for a key are good for.
    pub(super) mechanisms: &'static [Mechanism],
    key: RsaKeyPair,
}

/// Somebody whose answers are believed.
pub(super) struct Peer {
    pub(super) entity: EntityId,
    pub(super) keys: Vec<VerifyingKey>,
}

impl Party {
    /// Reads the configuration, and what it names.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let config: Config = toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let institution = |one: &Institution| -> anyhow::Result<Peer> {
            let file = folder.join(&one.certificate);
            Ok(Peer { entity: entity(&one.entity)?, keys: certificates(&file)? })
        };
        let key = signing_key(&folder.join(&config.key))?;
        Ok(Self {
            entity: entity(&config.entity)?,
            local: config.local,
            portal: portal(&folder.join(&config.identity_provider))?,
            institutions: config.institution.iter().map(institution).collect::<Result<_, _>>()?,
            mutual: mutual(folder, &config.tls)?,
            mechanisms: mechanisms(&key, &folder.join(&config.tls.key)),
            key,
        })
    }

    /// Whether institutions see the signing key in TLS, too.
    pub(super) fn connects_by_key(&self) -> bool {
        self.mechanisms.contains(&Mechanism::ClientTlsSamlV2)
    }

    /// Lends the service as the sender of messages.
    pub(super) fn as_sender<T>(&self, send: impl FnOnce(&Sender<'_>) -> T) -> T {
        let sign = |bytes: &[u8]| {
            let mut signature = vec![0; self.key.public_modulus_len()];
            let signed = self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature);
            signed.map(|()| signature).map_err(|_| SignFailed)
        };
        send(&Sender { entity: &self.entity, algorithm: xml::SignatureAlgorithm::RsaSha256, sign: &sign })
    }
}

fn entity(text: &str) -> anyhow::Result<EntityId> {
    EntityId::parse(text).with_context(|| format!("{text} is no entity ID"))
}

fn signing_key(path: &Path) -> anyhow::Result<RsaKeyPair> {
    let unusable = || format!("{} holds no RSA key", path.display());
    let read = match PrivateKeyDer::from_pem_file(path).with_context(unusable)? {
        PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
        _ => anyhow::bail!(unusable()),
    };
    read.map_err(|error| anyhow::anyhow!("{error}")).with_context(unusable)
}

/// What institutions can be spoken to by. Those that want the key of the token shown in TLS are for whoever connects with it.
fn mechanisms(key: &RsaKeyPair, tls_key: &Path) -> &'static [Mechanism] {
    let same = signing_key(tls_key).is_ok_and(|tls| tls.public_key().as_ref() == key.public_key().as_ref());
    if same { &[Mechanism::ClientTlsSamlV2, Mechanism::TlsSamlV2] } else { &[Mechanism::TlsSamlV2] }
}

fn certificates(path: &Path) -> anyhow::Result<Vec<VerifyingKey>> {
    let unusable = || format!("{} holds no certificate", path.display());
    let read = CertificateDer::pem_file_iter(path).with_context(unusable)?;
    let keys = read.map(|certificate| Ok(VerifyingKey::from_certificate_der(&certificate?)?));
    let keys = keys.collect::<anyhow::Result<Vec<_>>>().with_context(unusable)?;
    ensure!(!keys.is_empty(), unusable());
    Ok(keys)
}

/// TLS with institutions: both sides show a certificate.
fn mutual(folder: &Path, tls: &Tls) -> anyhow::Result<reqwest::Client> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(folder.join(&tls.authority)).context("tls.authority")? {
        roots.add(certificate.context("tls.authority")?).context("tls.authority")?;
    }
    let chain = CertificateDer::pem_file_iter(folder.join(&tls.certificate)).context("tls.certificate")?;
    let chain = chain.collect::<Result<Vec<_>, _>>().context("tls.certificate")?;
    let key = PrivateKeyDer::from_pem_file(folder.join(&tls.key)).context("tls.key")?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)?;
    let client = reqwest::Client::builder().tls_backend_preconfigured(config).https_only(true);
    Ok(client.redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(super::wire::DEADLINE).build()?)
}

/// The portal, as its metadata describe it: the file that the service logs residents in by (SAML 2.0 Metadata §2.4.3).
fn portal(path: &Path) -> anyhow::Result<Peer> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let unusable = || format!("{} is no metadata of an identity provider", path.display());
    let document = xml::scan(&bytes, &METADATA).and_then(Document::parse).with_context(unusable)?;
    let root = document.root();
    let role = xml::child(root, MD, "IDPSSODescriptor").with_context(unusable)?;
    let signs = |key: &Node| xml::unqualified(*key, "use").is_none_or(|usage| usage == "signing");
    let keys = xml::children(role, MD, "KeyDescriptor").filter(signs);
    let keys: Vec<VerifyingKey> = keys.filter_map(published).collect();
    ensure!(!keys.is_empty(), unusable());
    Ok(Peer { entity: entity(xml::unqualified(root, "entityID").unwrap_or_default())?, keys })
}

fn published(descriptor: Node) -> Option<VerifyingKey> {
    let certificate = descriptor.descendants().find(|node| xml::is(*node, DS, "X509Certificate"))?;
    let text: String = xml::text(certificate).ok()?.split_ascii_whitespace().collect();
    VerifyingKey::from_certificate_der(&STANDARD.decode(text).ok()?).ok()
}

/// The portal's own metadata, with every key that it has or will have.
const METADATA: Limits = Limits { bytes: 1024 * 1024, depth: 32, attributes: 32, namespaces: 32, comments: true };
