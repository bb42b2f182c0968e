//! What the operator writes: one TOML file. Secrets are named by their file, never written here.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use health::InsurerNumber;
use idwsf::dst::ServiceType;
use serde::Deserialize;

use crate::import::Limits;
use crate::{Category, Error};

/// The configuration of one insurer's node. Relative paths start at the folder of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The node's entity ID: the audience of tokens, and the sender of answers.
    pub entity: String,
    /// 保険者番号.
    pub insurer: InsurerNumber,
    /// Which service it offers.
    pub service: Service,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The public address of its service, which a question's `wsa:To` must equal.
    pub address: String,
    /// `sqlite:/path/to/file.db` or `postgres://…`.
    pub database: String,
    /// The folder for the files that were imported, sealed.
    pub raw_files: PathBuf,
    /// The key store.
    pub keys: KeyStore,
    /// Certificates of the mutual TLS.
    pub tls: Tls,
    /// Who may send questions.
    #[serde(default)]
    pub providers: Vec<Partner>,
    /// Whose tokens are taken.
    #[serde(default)]
    pub issuers: Vec<Partner>,
    /// Who may ask for what. What is not allowed here is denied.
    #[serde(default)]
    pub policy: Vec<Allowed>,
    /// The node's own pages, for the insurer's clerks; none without it.
    pub console: Option<Console>,
    /// Where the platform listens to what the node says of links; without it, the platform is told of no end.
    pub discovery: Option<Discovery>,
    /// How much a file may differ from the one before without a second person.
    #[serde(default)]
    pub drift: Limits,
}

/// The data service that a node offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// 国民健康保険.
    Nhi,
    /// 健康保険.
    Khi,
}

/// Where the key store is, and what opens it: one of the two.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStore {
    /// The key store's file.
    pub path: PathBuf,
    /// A file that holds the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// A file with 32 random bytes or more, such as a systemd credential.
    pub credential: Option<PathBuf>,
    /// What a key that is made is: one on P-256, or RSA-2048 for a partner that knows nothing else. It counts for the key that
    /// signs answers and for the one that tokens are encrypted to.
    #[serde(default)]
    pub signature: keys::Signature,
}

/// PEM files of the mutual TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The node's certificate chain.
    pub certificate: PathBuf,
    /// The node's private key.
    pub key: PathBuf,
    /// The authorities whose clients may connect.
    pub client_ca: PathBuf,
    /// Whether a service must connect with the key that its tokens are for, too (`ClientTLS:SAMLV2`); else it is enough that it signs
    /// with that key.
    #[serde(default)]
    pub services_by_key: bool,
}

/// The platform's discovery service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discovery {
    /// The platform's entity ID: one of `providers`, whose key its answers are signed with.
    pub entity: String,
    /// Its address, such as `https://portal.example.jp/wsf/discovery`. Without TLS it must be on this machine.
    pub address: String,
    /// The authorities of its TLS certificate: PEM.
    pub authority: Option<PathBuf>,
}

/// Where the node's own pages are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Where they listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Their address as browsers see it, such as `https://node.nhi.example.jp:8445`. It is part of every passkey. Without TLS
    /// it must be on this machine.
    pub origin: String,
    /// The certificate chain of their TLS; without it, and without a key, somebody in front of them does TLS, or they are on
    /// this machine.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
    /// For demonstrations: clerks log in by name alone. Refused unless the origin is on this machine.
    #[serde(default)]
    pub demo_login: bool,
}

/// A party, and the certificates of its signing keys: PEM, one or more in a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Its entity ID.
    pub entity: String,
    /// Its certificates.
    pub certificate: PathBuf,
}

/// One thing that one party may do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The entity ID of who asks.
    pub requester: String,
    /// What for: `citizen-self-view`, `eligibility-check`, `service-query` or `linking`.
    pub purpose: String,
    /// What about.
    pub category: Category,
    /// Whether the card alone will do, without its PIN.
    #[serde(default)]
    pub card_alone: bool,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be read, [`Error::Config`] when it is not one.
    pub fn read(path: &Path) -> Result<Config, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
        let mut config: Config =
            toml::from_str(&text).map_err(|error| Error::Config { path: path.to_owned(), what: error.to_string() })?;
        config.settle(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    fn settle(&mut self, folder: &Path) {
        let keys = &mut self.keys;
        let tls = &mut self.tls;
        let partners = self.providers.iter_mut().chain(&mut self.issuers).map(|partner| &mut partner.certificate);
        let paths = [&mut self.raw_files, &mut keys.path, &mut tls.certificate, &mut tls.key, &mut tls.client_ca];
        let secrets = keys.passphrase_file.iter_mut().chain(&mut keys.credential);
        let console =
            self.console.iter_mut().flat_map(|console| console.certificate.iter_mut().chain(&mut console.key));
        let authority = self.discovery.iter_mut().filter_map(|discovery| discovery.authority.as_mut());
        let secrets = secrets.chain(console).chain(authority);
        for path in paths.into_iter().chain(partners).chain(secrets) {
            *path = folder.join(&path);
        }
    }
}

impl Service {
    /// The service as ID-WSF names it.
    pub(crate) fn kind(self) -> ServiceType {
        match self {
            Service::Nhi => ServiceType::NHI,
            Service::Khi => ServiceType::KHI,
        }
    }
}
