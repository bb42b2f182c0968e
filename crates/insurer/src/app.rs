//! What the node has at hand: database, keys, partners, policy, clock and chance.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use db::{Db, Migration, transaction};
use health::InsurerNumber;
use idwsf::dst::ServiceType;
use idwsf::message::{Purpose, Receiver};
use idwsf::token::AuthnClass;
use idwsf::{EntityId, MessageId, Sender, SignFailed, UnwrapFailed};
use jiff::Timestamp;
use keys::{Keys, Kind, Seal};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use web::{Clock, Processors, Random};
use xml::{SignatureAlgorithm, VerifyingKey};

use crate::config::{Allowed, Config, KeyStore, Partner};
use crate::console::{Certificate, Console};
use crate::digest::Digests;
use crate::discovery::Discovery;
use crate::import::Limits;
use crate::link::index::Index;
use crate::policy::Rule;
use crate::{Category, Error, store};

/// The node, ready to import and to answer.
pub struct App {
    pub(crate) db: Db,
    pub(crate) keys: Arc<Keys>,
    pub(crate) clock: Clock,
    pub(crate) processors: Processors,
    pub(crate) service: ServiceType,
    pub(crate) insurer: InsurerNumber,
    pub(crate) raw_files: PathBuf,
    pub(crate) rules: Vec<Rule>,
    pub(crate) drift: Limits,
    /// What the operator wrote, for whoever examines the node.
    pub(crate) config: Config,
    entity: EntityId,
    /// What its key signs with.
    algorithm: SignatureAlgorithm,
    address: String,
    pub(crate) random: Random,
    pub(crate) console: Option<Console>,
    pub(crate) discovery: Option<Discovery>,
    /// Certificates in files, and what they are for.
    pub(crate) certificates: Vec<(Certificate, PathBuf)>,
    providers: Partners,
    issuers: Partners,
    /// Makes periods of coverage findable, behind the requests.
    pub(crate) index: Index,
}

pub(crate) type Partners = HashMap<EntityId, Vec<VerifyingKey>>;

/// What the node's partners need to know of it, in DER.
pub struct Certificates {
    /// Verifies its answers.
    pub sign: Vec<u8>,
    /// Encrypts tokens to it.
    pub decrypt: Vec<u8>,
}

/// Makes the node's keys if they are not there yet, and gives its certificates.
///
/// # Errors
/// [`Error::Keys`] when the key store cannot be made or opened.
pub fn set_up(config: &Config, now: Timestamp) -> Result<Certificates, Error> {
    let seal = seal(&config.keys)?;
    let keys = match Keys::open(&config.keys.path, &seal) {
        Err(keys::Error::Missing { .. }) => Keys::create(&config.keys.path, &seal)?,
        opened => opened?,
    };
    if keys.algorithm(SIGN_KEY).is_err() {
        keys.ensure(SIGN_KEY, config.keys.signature.kind(&config.entity), now)?;
    }
    if !keys.opens(DECRYPT_KEY) {
        keys.ensure(DECRYPT_KEY, config.keys.signature.opening_kind(&config.entity), now)?;
    }
    keys.ensure(DIGEST_KEY, Kind::Secret256, now)?;
    keys.ensure(DATA_KEY, Kind::Secret256, now)?;
    keys.save()?;
    Ok(Certificates { sign: keys.certificate(SIGN_KEY)?.to_vec(), decrypt: keys.certificate(DECRYPT_KEY)?.to_vec() })
}

impl App {
    /// Opens what [`set_up`] made, and brings the database up to date.
    ///
    /// # Errors
    /// [`Error`] names what is missing or wrong.
    pub async fn open(config: &Config, clock: Clock) -> Result<App, Error> {
        let keys = Arc::new(Keys::open(&config.keys.path, &seal(&config.keys)?)?);
        let db = Db::open(&config.database).await?;
        db.migrate(&MIGRATIONS).await?;
        transaction!(db, |tx| -> Error { store::access_log::begin(tx, Digests(&keys)).await? })?;
        let providers = partners(&config.providers)?;
        Ok(App {
            algorithm: keys.algorithm(SIGN_KEY)?,
            db,
            keys,
            clock,
            processors: Processors::new(),
            service: config.service.kind(),
            insurer: config.insurer,
            raw_files: config.raw_files.clone(),
            rules: config.policy.iter().map(rule).collect::<Result<_, _>>()?,
            drift: config.drift,
            config: config.clone(),
            entity: entity(&config.entity)?,
            address: config.address.clone(),
            random: Random::new(),
            console: config.console.as_ref().map(Console::open).transpose()?,
            discovery: config.discovery.as_ref().map(|place| Discovery::open(place, &providers)).transpose()?,
            certificates: Certificate::of(config),
            providers,
            issuers: partners(&config.issuers)?,
            index: Index::default(),
        })
    }

    /// Checks the access log from its first entry to its last, and gives its end.
    ///
    /// # Errors
    /// [`crate::access_log::Broken`] names the first entry that is not as it was written.
    pub async fn verify_access_log(&self) -> Result<crate::access_log::End, crate::access_log::Broken> {
        store::access_log::verify(&self.db, self.digests()).await
    }

    /// The database, for a caller that closes it.
    pub fn database(&self) -> &Db {
        &self.db
    }

    /// The node's entity ID.
    pub(crate) fn entity(&self) -> &str {
        self.entity.as_str()
    }

    pub(crate) fn digests(&self) -> Digests<'_> {
        Digests(&self.keys)
    }

    pub(crate) fn message_id(&self) -> MessageId {
        MessageId::from_random(self.random.bytes())
    }

    /// Lends the node as a receiver of messages.
    pub(crate) fn as_receiver<T>(&self, take: impl FnOnce(&Receiver<'_>) -> T) -> T {
        take(&Receiver {
            entity: &self.entity,
            address: &self.address,
            service: self.service,
            providers: &|entity| self.providers.get(entity).map(Vec::as_slice),
            issuers: &|entity| self.issuers.get(entity).map(Vec::as_slice),
            decrypt: &|wrapped| self.keys.content_key(DECRYPT_KEY, wrapped).map_err(|_| UnwrapFailed),
        })
    }

    /// The keys of somebody who may send.
    pub(crate) fn provider(&self, entity: &EntityId) -> Option<&[VerifyingKey]> {
        self.providers.get(entity).map(Vec::as_slice)
    }

    /// Whether to open a message of these bytes takes no longer than to hand the work to another thread.
    pub(crate) fn opens_quickly(&self, bytes: &[u8]) -> bool {
        bytes.len() <= SHORT_BYTES && self.keys.opens_quickly(DECRYPT_KEY)
    }

    /// Whether to seal a message takes no longer than to hand the work to another thread: there is no RSA signature in it.
    pub(crate) fn seals_quickly(&self) -> bool {
        self.algorithm == SignatureAlgorithm::EcdsaP256Sha256
    }

    /// Lends the node as a sender of messages.
    pub(crate) fn as_sender<T>(&self, send: impl FnOnce(&Sender<'_>) -> T) -> T {
        let sign = |bytes: &[u8]| self.keys.sign(SIGN_KEY, bytes).map_err(|_| SignFailed);
        send(&Sender { entity: &self.entity, algorithm: self.algorithm, sign: &sign })
    }
}

fn seal(store: &KeyStore) -> Result<Seal, Error> {
    match (&store.passphrase_file, &store.credential) {
        (Some(path), None) => Ok(Seal::passphrase_file(path)?),
        (None, Some(path)) => Ok(Seal::credential(path)),
        _ => Err(wrong("keys", "without exactly one of passphrase_file and credential")),
    }
}

fn rule(allowed: &Allowed) -> Result<Rule, Error> {
    // Every answer names a person: there is none that statistics may have.
    let purpose = Purpose::parse(&allowed.purpose).filter(|purpose| *purpose != Purpose::Statistics);
    // What residents say of themselves is between them and the insurer.
    let purpose = purpose.filter(|one| allowed.category != Category::Contact || *one == Purpose::CitizenSelfView);
    Ok(Rule {
        requester: entity(&allowed.requester)?,
        purpose: purpose.ok_or_else(|| wrong("purpose", &allowed.purpose))?,
        category: allowed.category,
        least: if allowed.card_alone { AuthnClass::Smartcard } else { AuthnClass::SmartcardPki },
    })
}

fn partners(configured: &[Partner]) -> Result<Partners, Error> {
    configured.iter().map(|partner| Ok((entity(&partner.entity)?, verifying_keys(&partner.certificate)?))).collect()
}

fn verifying_keys(path: &Path) -> Result<Vec<VerifyingKey>, Error> {
    let unusable = || Error::Certificate { path: path.to_owned() };
    let keys: Vec<VerifyingKey> = CertificateDer::pem_file_iter(path)
        .map_err(|_| unusable())?
        .map(|certificate| VerifyingKey::from_certificate_der(&certificate.ok()?).ok())
        .collect::<Option<_>>()
        .ok_or_else(unusable)?;
    if keys.is_empty() { Err(unusable()) } else { Ok(keys) }
}

fn entity(text: &str) -> Result<EntityId, Error> {
    EntityId::parse(text).map_err(|_| wrong("entity ID", text))
}

fn wrong(name: &'static str, value: &str) -> Error {
    Error::Value { name, value: value.to_owned() }
}

/// A question with its token is half as long.
const SHORT_BYTES: usize = 16 * 1024;
/// Signs answers.
pub(crate) const SIGN_KEY: &str = "sign";
/// Opens the keys of tokens.
pub(crate) const DECRYPT_KEY: &str = "decrypt";
/// Makes the names of rows.
pub(crate) const DIGEST_KEY: &str = "digest";
/// Wraps the keys of members, and seals imported files.
pub(crate) const DATA_KEY: &str = "data";

/// What makes the node's tables, in this order.
pub(crate) const MIGRATIONS: [Migration; 10] = [
    Migration { name: "0001_start", sql: include_str!("../schema/0001_start.sql") },
    Migration { name: "0002_imports", sql: include_str!("../schema/0002_imports.sql") },
    Migration { name: "0003_console", sql: include_str!("../schema/0003_console.sql") },
    Migration { name: "0004_linking", sql: include_str!("../schema/0004_linking.sql") },
    Migration { name: "0005_records", sql: include_str!("../schema/0005_records.sql") },
    Migration { name: "0006_grants", sql: include_str!("../schema/0006_grants.sql") },
    Migration { name: "0007_findable", sql: include_str!("../schema/0007_findable.sql") },
    Migration { name: "0008_contact", sql: include_str!("../schema/0008_contact.sql") },
    Migration { name: "0009_ends", sql: include_str!("../schema/0009_ends.sql") },
    Migration { name: "0010_found_by_digest", sql: include_str!("../schema/0010_found_by_digest.sql") },
];
