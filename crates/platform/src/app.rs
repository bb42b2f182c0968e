//! What a request can reach: database, keys, clock, chance, institutions. Nothing else is global.

use std::{path::Path, sync::Arc};

use card::protocol::{Origin, server::ServerKeys};
use db::Db;
use jiff::Timestamp;
use keys::{Keys, Kind, Seal};
use web::{Clock, Processors, Random};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use zeroize::Zeroizing;

use crate::{
    audit,
    config::{self, Config},
    exchange::insurers::Insurers,
    idp::{
        metadata::Published,
        outbound::Outbound,
        policy,
        reach::Reach,
        services::{self, Services},
        signing::{self, Signing},
    },
    store,
};

/// Names of the platform's keys in the key store.
pub mod key {
    /// Signs messages to institutions.
    pub const SIGN: &str = "exchange-sign";
    /// Signs the tokens that name a resident to an institution.
    pub const TOKEN: &str = "token-sign";
    /// Derives pairwise pseudonyms.
    pub const PAIRWISE: &str = "pairwise";
    /// Derives the access log's pseudonyms and seals its end.
    pub const AUDIT: &str = "audit";
    /// Derives the keys of cards.
    pub const CARD: &str = "card-master";
    /// The OPRF seed of the PIN protocol (RFC 9807 §3).
    pub const PIN_SEED: &str = "pin-seed";
    /// The server's key pair in the PIN protocol.
    pub const PIN_SERVER: &str = "pin-server";
    /// Seals single columns.
    pub const ROWS: &str = "rows";
}

/// Everything a request can reach.
pub struct App {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// The key store.
    pub keys: Arc<Keys>,
    /// The clock.
    pub clock: Clock,
    /// Chance.
    pub random: Random,
    /// The processors.
    pub processors: Processors,
    /// The institutions that answer.
    pub insurers: Insurers,
    /// Our entity ID as identity provider.
    pub idp_entity: saml::EntityId,
    /// The services that residents can log in to.
    pub services: Services,
    /// Our keys as identity provider.
    pub signing: Signing,
    /// Our metadata as it was last signed.
    pub published: Published,
    /// The connection to services behind the browser's back.
    pub outbound: Outbound,
    /// The server's end of the PIN protocol.
    pub pins: ServerKeys,
    /// Origin of the resident's portal.
    pub portal_origin: Origin,
    /// Origin of the clinic portal.
    pub clinic_origin: Origin,
    /// Passkeys of institutions' staff.
    pub passkeys: Webauthn,
    /// Passkeys of the office's own, where it has a portal.
    pub office_passkeys: Option<Webauthn>,
}

/// Why the platform cannot start.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// The database.
    #[error("the database cannot be used")]
    Database(#[from] db::Error),
    /// The key store.
    #[error("the key store cannot be used")]
    Keys(#[from] keys::Error),
    /// The access log.
    #[error("the access log cannot be begun")]
    Audit(#[from] audit::Unwritten),
    /// A file that the configuration names.
    #[error("{setting}: {reason}")]
    Setting {
        /// The setting.
        setting: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl App {
    /// Opens everything that the configuration names.
    ///
    /// # Errors
    /// [`CannotStart`], naming what is missing.
    pub async fn open(config: Config, clock: Clock) -> Result<Arc<Self>, CannotStart> {
        let db = Db::open(&config.database).await?;
        db.migrate(store::MIGRATIONS).await?;
        let keys = Arc::new(open_keys(&config.keys)?);
        audit::begin(&db, &keys).await?;
        let random = Random::new();
        let secret = Zeroizing::new(keys.hmac256(key::PIN_SERVER, "SSC PIN server/1", &[])?);
        let pins = ServerKeys::from_secret(&secret).map_err(|error| setting(key::PIN_SERVER, &error.to_string()))?;
        let insurers = Insurers::open(&config, &keys, &clock)?;
        let portal_origin = origin("portal_origin", &config.portal_origin)?;
        let idp_entity =
            policy::own_entity(&config.portal_origin).map_err(|error| setting("portal_origin", &error.to_string()))?;
        let clinic_origin = origin("clinic_origin", &config.clinic_origin)?;
        let passkeys = passkeys_at("clinic_origin", &config.clinic_origin)?;
        let office = config.office_origin.as_ref();
        let office_passkeys = office.map(|origin| passkeys_at("office_origin", origin)).transpose()?;
        let processors = Processors::new();
        let now = clock.now();
        let signing = Signing::open(&db, &keys, &config, &idp_entity, now).await?;
        let services = Services::default();
        services.replace(services::load(&db, &insurers).await?);
        let private_hosts = Arc::new(config.idp.private_hosts.clone());
        let reach = Reach { anywhere: config.demo_login, private_hosts };
        let outbound = Outbound::new(reach).map_err(|error| setting("outbound", &error.to_string()))?;
        Ok(Arc::new(Self {
            config,
            db,
            keys,
            clock,
            random,
            processors,
            insurers,
            idp_entity,
            services,
            signing,
            published: Published::default(),
            outbound,
            pins,
            portal_origin,
            clinic_origin,
            passkeys,
            office_passkeys,
        }))
    }
}

/// Opens the platform's key store.
///
/// # Errors
/// [`CannotStart`].
pub fn open_keys(config: &config::KeyStore) -> Result<Keys, CannotStart> {
    Ok(Keys::open(&config.file, &seal(config)?)?)
}

/// Makes a new key store with every key that the platform needs, `entity` being its entity id.
///
/// # Errors
/// [`CannotStart`].
pub fn create_keys(config: &config::KeyStore, entity: &str, now: Timestamp) -> Result<Keys, CannotStart> {
    let keys = Keys::create(&config.file, &seal(config)?)?;
    for name in [key::SIGN, key::TOKEN] {
        keys.ensure(name, config.signature.kind(entity), now)?;
    }
    for name in [key::PAIRWISE, key::AUDIT, key::CARD, key::PIN_SERVER, key::ROWS] {
        keys.ensure(name, Kind::Secret256, now)?;
    }
    keys.ensure(key::PIN_SEED, Kind::Secret512, now)?;
    for (name, kind) in signing::first_keys(entity) {
        keys.ensure(&name, kind, now)?;
    }
    keys.save()?;
    Ok(keys)
}

fn seal(config: &config::KeyStore) -> Result<Seal, CannotStart> {
    match (&config.passphrase_file, &config.credential) {
        (Some(file), None) => Ok(Seal::passphrase_file(file)?),
        (None, Some(file)) => Ok(Seal::credential(file)),
        _ => Err(setting("keys", "give either passphrase_file or credential")),
    }
}

fn passkeys_at(name: &str, origin: &str) -> Result<Webauthn, CannotStart> {
    let origin = url::Url::parse(origin).map_err(|error| setting(name, &error.to_string()))?;
    let host = origin.host_str().unwrap_or_default();
    let builder = WebauthnBuilder::new(host, &origin).map(|builder| builder.rp_name("Kagawa SSC"));
    builder.and_then(WebauthnBuilder::build).map_err(|error| setting(name, &error.to_string()))
}

fn origin(name: &str, text: &str) -> Result<Origin, CannotStart> {
    text.parse().map_err(|_| setting(name, "not an origin"))
}

/// Reads a file that a setting names.
pub(crate) fn read(name: &str, path: &Path) -> Result<Vec<u8>, CannotStart> {
    std::fs::read(path).map_err(|error| setting(name, &format!("{}: {error}", path.display())))
}

/// A setting that cannot work.
pub(crate) fn setting(name: &str, reason: &str) -> CannotStart {
    CannotStart::Setting { setting: name.to_owned(), reason: reason.to_owned() }
}
