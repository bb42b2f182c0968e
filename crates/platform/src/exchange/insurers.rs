//! The institutions that answer, as the configuration names them: keys and addresses ready before the first request.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use health::InsurerNumber;
use idwsf::{EntityId, Sender, SignFailed, dst::ServiceType, message::Mechanism};
use jiff::SignedDuration;
use keys::Keys;
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
    time_provider::TimeProvider,
};
use web::Clock;
use xml::{EncryptionKey, SignatureAlgorithm, VerifyingKey};

use super::{Reason, breaker::Breaker};
use crate::{
    app::{CannotStart, key, read, setting},
    config::{self, Config},
};

/// How many idle connections to one institution are kept: as many as answer at once when it is busy.
const CONNECTIONS_KEPT: usize = 256;

/// The part of an institution's deadline within which the connection has to stand.
const CONNECTED_WITHIN: f32 = 0.75;

/// Every institution, and how to speak to them.
pub struct Insurers {
    /// Our entity id.
    pub entity: EntityId,
    /// The connection that all requests share: mutual TLS, kept alive.
    pub http: reqwest::Client,
    /// The same without anything kept alive, for whom a kept connection has failed.
    pub http_anew: reqwest::Client,
    /// The TLS of both.
    pub tls: Arc<rustls::ClientConfig>,
    /// The institutions.
    pub all: Vec<Arc<Insurer>>,
    /// Whether to seal a message takes no longer than to hand the work to another thread: there is no RSA signature in it.
    pub(super) seals_quickly: bool,
    /// How long an institution may take for a whole answer, from the sent question on.
    pub deadline: Duration,
    /// How old the records of an institution may be until a page says that they are.
    pub old_after: SignedDuration,
}

/// One institution.
pub struct Insurer {
    /// Its insurer number.
    pub number: InsurerNumber,
    /// Its entity id.
    pub entity: EntityId,
    /// Its name.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// The data service that it offers.
    pub service: ServiceType,
    /// How services of others speak to it: with a token for the key that they sign with. A token that anybody could bear would be
    /// worth a person's records to whoever finds it in a service's memory or log.
    pub mechanism: Mechanism,
    /// Where that service listens.
    pub address: String,
    /// The domain that a new address must be in.
    pub domain: String,
    /// What its answers are signed with.
    pub signing: Vec<VerifyingKey>,
    /// What tokens for it are encrypted to.
    pub encryption: EncryptionKey,
    /// Whether it is asked at the moment.
    pub breaker: Breaker,
    /// The address that it has named itself since.
    moved: Mutex<Option<String>>,
}

impl Insurers {
    /// Reads the certificates that the configuration names.
    ///
    /// # Errors
    /// [`CannotStart`], naming the setting.
    pub fn open(config: &Config, keys: &Keys, clock: &Clock) -> Result<Self, CannotStart> {
        // Both keys are needed at the first question: a key store without them must stop the start, not a page.
        let quick = |name| Ok::<_, keys::Error>(keys.algorithm(name)? == SignatureAlgorithm::EcdsaP256Sha256);
        let seals_quickly = quick(key::SIGN)? & quick(key::TOKEN)?;
        let exchange = &config.exchange;
        let entity = EntityId::parse(&exchange.entity).map_err(|error| wrong("exchange.entity", error))?;
        let all =
            config.insurer.iter().map(|insurer| Insurer::open(insurer).map(Arc::new)).collect::<Result<_, _>>()?;
        let deadline = Duration::from_millis(exchange.deadline_millis);
        let old_after = SignedDuration::from_hours(24 * i64::from(exchange.old_after_days));
        let tls = tls(exchange, clock)?;
        let (http, http_anew) = (client(&tls, CONNECTIONS_KEPT, deadline)?, client(&tls, 0, deadline)?);
        Ok(Self { entity, http, http_anew, tls: Arc::new(tls), all, seals_quickly, deadline, old_after })
    }

    /// The institution of an entity id.
    pub fn find(&self, entity: &str) -> Option<&Arc<Insurer>> {
        self.all.iter().find(|insurer| insurer.entity.as_str() == entity)
    }

    /// The institution of a link.
    ///
    /// # Errors
    /// [`Reason::Unknown`], said in the log, where it is not in the configuration any more.
    pub(super) fn linked(&self, entity: &str) -> Result<Arc<Insurer>, Reason> {
        self.find(entity).cloned().ok_or_else(|| {
            let reason = Reason::Unknown;
            tracing::error!(code = reason.code(), source = entity, "a linked institution is not in the configuration");
            reason
        })
    }

    /// Lends us as the sender of what this key signs: [`key::SIGN`] or [`key::TOKEN`].
    ///
    /// # Errors
    /// When the key store has no such key.
    pub fn as_sender<T>(&self, keys: &Keys, name: &str, send: impl FnOnce(&Sender<'_>) -> T) -> Result<T, keys::Error> {
        let sign = |bytes: &[u8]| keys.sign(name, bytes).map_err(|_| SignFailed);
        Ok(send(&Sender { entity: &self.entity, algorithm: keys.algorithm(name)?, sign: &sign }))
    }
}

impl Insurer {
    fn open(config: &config::Insurer) -> Result<Self, CannotStart> {
        let number = InsurerNumber::parse(&config.number).map_err(|error| wrong("insurer.number", error))?;
        let entity = EntityId::parse(&config.entity).map_err(|error| wrong("insurer.entity", error))?;
        let service = match config.service.as_str() {
            "nhi" => ServiceType::NHI,
            "khi" => ServiceType::KHI,
            _ => return Err(setting("insurer.service", "expected nhi or khi")),
        };
        let signing = certificate("insurer.signing_certificate", &config.signing_certificate)?;
        let signing = VerifyingKey::from_certificate_der(&signing)
            .map_err(|error| wrong("insurer.signing_certificate", error))?;
        let encryption = certificate("insurer.encryption_certificate", &config.encryption_certificate)?;
        let encryption = EncryptionKey::from_certificate_der(&config.entity, &encryption)
            .map_err(|error| wrong("insurer.encryption_certificate", error))?;
        Ok(Self {
            number,
            entity,
            name: config.name.clone(),
            name_en: config.name_en.clone(),
            service,
            mechanism: if config.services_by_key { Mechanism::ClientTlsSamlV2 } else { Mechanism::TlsSamlV2 },
            domain: domain(config)?,
            address: config.address.clone(),
            signing: vec![signing],
            encryption,
            breaker: Breaker::default(),
            moved: Mutex::default(),
        })
    }

    /// Where its data service listens now: what the configuration says, unless it has moved since.
    pub fn address_now(&self) -> String {
        self.moved().clone().unwrap_or_else(|| self.address.clone())
    }

    /// The institution has named another address, which was checked against [`Self::domain`].
    pub(super) fn move_to(&self, address: &str) {
        *self.moved() = Some(address.to_owned());
    }

    fn moved(&self) -> MutexGuard<'_, Option<String>> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The domain in which an institution may move: what is configured, or the host of its address and nothing else.
fn domain(config: &config::Insurer) -> Result<String, CannotStart> {
    let url = url::Url::parse(&config.address).map_err(|error| wrong("insurer.address", error))?;
    let host = url.host_str().ok_or_else(|| setting("insurer.address", "has no host"))?;
    Ok(config.domain.clone().unwrap_or_else(|| host.to_owned()))
}

/// Reads a PEM certificate.
fn certificate(name: &str, path: &Path) -> Result<CertificateDer<'static>, CannotStart> {
    CertificateDer::from_pem_slice(&read(name, path)?).map_err(|error| wrong(name, error))
}

/// TLS that shows our certificate and accepts only the institutions' authority.
fn tls(config: &config::Exchange, clock: &Clock) -> Result<rustls::ClientConfig, CannotStart> {
    let pem = |name, path| read(name, path);
    let authority = pem("exchange.authority", &config.authority)?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&authority) {
        let certificate = certificate.map_err(|error| wrong("exchange.authority", error))?;
        roots.add(certificate).map_err(|error| wrong("exchange.authority", error))?;
    }
    let chain = CertificateDer::pem_slice_iter(&pem("exchange.certificate", &config.certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong("exchange.certificate", error))?;
    let private_key = PrivateKeyDer::from_pem_slice(&pem("exchange.private_key", &config.private_key)?)
        .map_err(|error| wrong("exchange.private_key", error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ClientConfig::builder_with_details(provider, Arc::new(Time(clock.clone())))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| wrong("exchange", error))?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, private_key)
        .map_err(|error| wrong("exchange.certificate", error))
}

/// Our clock, by which certificates end.
#[derive(Debug)]
struct Time(Clock);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// An HTTP client that keeps so many idle connections to each institution. A connection has to stand before the deadline of the
/// answer: whoever was not there is told from whoever may have read and said nothing.
fn client(tls: &rustls::ClientConfig, kept: usize, deadline: Duration) -> Result<reqwest::Client, CannotStart> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(deadline.mul_f32(CONNECTED_WITHIN))
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(kept)
        .build()
        .map_err(|error| wrong("exchange", error))
}

fn wrong(name: &str, error: impl std::fmt::Display) -> CannotStart {
    setting(name, &error.to_string())
}
