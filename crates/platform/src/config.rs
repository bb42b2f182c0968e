//! The platform's one configuration file. Unknown keys are refused: a misspelt setting must not be a silent default.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::idp::{metadata, schedule::Rules};

/// Everything the platform must be told.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Origin of the resident's portal as browsers see it, such as `https://portal.kagawa.example`.
    pub portal_origin: String,
    /// Origin of the clinic portal. Another host name than the portal's, so that no cookie is shared.
    pub clinic_origin: String,
    /// Origin of the office's portal, on a third host name; without it there is none.
    #[serde(default)]
    pub office_origin: Option<String>,
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// The key store.
    pub keys: KeyStore,
    /// The platform as a party of the message exchange.
    pub exchange: Exchange,
    /// The insurers that answer. Without any, pages say that none is connected.
    #[serde(default)]
    pub insurer: Vec<Insurer>,
    /// The platform as identity provider.
    #[serde(default)]
    pub idp: Idp,
    /// Certificate and key of the portals; without them a TLS-terminating proxy stands in front.
    pub tls: Option<Tls>,
    /// Lets staff log in by name alone. Only for a demonstration: refused unless both origins are on this machine.
    #[serde(default)]
    pub demo_login: bool,
}

/// The key store file and where its seal comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStore {
    /// The sealed file.
    pub file: PathBuf,
    /// A file that holds the passphrase, readable by this user alone; or `credential` below.
    pub passphrase_file: Option<PathBuf>,
    /// A systemd credential's file, of 32 bytes or more.
    pub credential: Option<PathBuf>,
    /// What keys that are made sign messages and tokens with: P-256, or RSA-2048 for an institution that verifies nothing else.
    #[serde(default)]
    pub signature: keys::Signature,
}

/// How the platform speaks to institutions.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Our entity id, an absolute URI.
    pub entity: String,
    /// Certificate chain that we show to institutions, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM, readable by this user alone.
    pub private_key: PathBuf,
    /// The authority that signed the institutions' certificates, PEM.
    pub authority: PathBuf,
    /// How long an institution may take for a whole answer, in milliseconds, from the sent question on.
    #[serde(default = "default_deadline")]
    pub deadline_millis: u64,
    /// After how many days without new records an institution's answer is shown as old. Insurers make a new file every month.
    #[serde(default = "default_old_after")]
    pub old_after_days: u32,
}

fn default_old_after() -> u32 {
    35
}

fn default_deadline() -> u64 {
    2_000
}

/// The platform as identity provider: how its keys change, and how far the clocks of others may be off.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Idp {
    /// How long a key is used, in days.
    pub key_use_days: u32,
    /// How long it is published before that, in days: longer than our metadata is valid, hence than a service may keep it.
    pub publish_ahead_days: u32,
    /// How long it stays published afterwards, in days: as long at least, for whoever is shown an old message.
    pub keep_days: u32,
    /// Sign with ECDSA P-256 for services that say they verify it, and publish such a key. Old service software cannot read
    /// metadata with one, so that it is off unless asked for.
    pub ecdsa: bool,
    /// How far the clocks of services may differ from ours, in seconds.
    pub skew_seconds: u32,
    /// Names of hosts of services that may have an address on a private network. Nothing is sent to other such addresses.
    pub private_hosts: BTreeSet<String>,
}

impl Default for Idp {
    fn default() -> Self {
        Self {
            key_use_days: 730,
            publish_ahead_days: 30,
            keep_days: 30,
            ecdsa: false,
            skew_seconds: 180,
            private_hosts: BTreeSet::new(),
        }
    }
}

impl Idp {
    /// How long keys last.
    #[must_use]
    pub fn rules(&self) -> Rules {
        let days = |days: u32| SignedDuration::from_hours(i64::from(days) * 24);
        Rules {
            use_for: days(self.key_use_days),
            publish_ahead: days(self.publish_ahead_days),
            keep: days(self.keep_days),
            ecdsa: self.ecdsa,
        }
    }

    /// How far clocks may differ.
    #[must_use]
    pub fn skew(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.skew_seconds))
    }
}

/// One insurer's node.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Insurer {
    /// Its insurer number; data under another number is not its own and is refused.
    pub number: String,
    /// Its entity id.
    pub entity: String,
    /// Its name as residents know it.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// `nhi` (国保) or `khi` (健保).
    pub service: String,
    /// Where its data service listens.
    pub address: String,
    /// The domain in which it may move to another address by itself, such as `nhi.example.jp`; without it, that host alone.
    #[serde(default)]
    pub domain: Option<String>,
    /// Whether services must connect to it with the key that their tokens are for (`ClientTLS:SAMLV2`), as its node's own setting
    /// of this name says: discovery tells them.
    #[serde(default)]
    pub services_by_key: bool,
    /// Certificate that its answers are signed with, PEM.
    pub signing_certificate: PathBuf,
    /// Certificate that tokens for it are encrypted to, PEM: of an RSA key, or of one on P-256 that it says is for key agreement.
    pub encryption_certificate: PathBuf,
}

/// Certificate and key of our own door.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM, readable by this user alone.
    pub private_key: PathBuf,
}

/// A setting that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The file is not what it should be.
    #[error("configuration is not readable")]
    Syntax(#[from] toml::de::Error),
    /// A public portal without TLS would send cookies in clear.
    #[error("{0} is not on this machine and needs https")]
    Plain(String),
    /// All portals stand behind the same door.
    #[error("portal_origin, clinic_origin and office_origin need the same scheme")]
    MixedSchemes,
    /// Demonstration login is for one's own machine.
    #[error("demo_login is only for addresses on this machine, and {0} is not one")]
    DemoLoginInPublic(String),
    /// An origin is a scheme and an authority and nothing else.
    #[error("{0} is not an origin: expected https://host or https://host:port")]
    NotAnOrigin(String),
    /// Two portals on one host would share cookies.
    #[error("portal_origin, clinic_origin and office_origin need different host names")]
    SharedHost,
    /// A key that is used for a shorter time than its successor is published ahead would never be at rest.
    #[error("idp.key_use_days must be more than idp.publish_ahead_days")]
    KeyTimes,
    /// A service may use our metadata as long as it is valid, and must not meet a key in that time that it cannot know.
    #[error(
        "idp.publish_ahead_days and idp.keep_days must be more than the {} days for which our metadata is valid",
        valid_days()
    )]
    MetadataOutlivesKeys,
    /// More than this, and an old message would pass for a new one.
    #[error("idp.skew_seconds must be at most 300")]
    Skew,
}

/// How long what we publish of ourselves holds, in whole days.
fn valid_days() -> i64 {
    metadata::VALID_FOR.as_hours() / 24
}

impl Config {
    /// Reads a configuration and checks what a type cannot say.
    ///
    /// # Errors
    /// [`Refused`], naming the setting.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let config: Self = toml::from_str(text)?;
        let mut hosts = BTreeSet::new();
        for origin in config.origins() {
            let host = host(origin)?;
            if !hosts.insert(host.clone()) {
                return Err(Refused::SharedHost);
            }
            let local = host == "localhost" || host.ends_with(".localhost");
            if config.demo_login && !local {
                return Err(Refused::DemoLoginInPublic(host));
            }
            if !local && !origin.starts_with("https://") {
                return Err(Refused::Plain(origin.to_owned()));
            }
        }
        if config.demo_login && !config.listen.ip().is_loopback() {
            return Err(Refused::DemoLoginInPublic(config.listen.to_string()));
        }
        if config.origins().any(|origin| origin.starts_with("https://") != config.secure()) {
            return Err(Refused::MixedSchemes);
        }
        let Idp { key_use_days, publish_ahead_days, keep_days, skew_seconds, .. } = config.idp;
        if key_use_days <= publish_ahead_days {
            return Err(Refused::KeyTimes);
        }
        if i64::from(publish_ahead_days.min(keep_days)) <= valid_days() {
            return Err(Refused::MetadataOutlivesKeys);
        }
        if skew_seconds > SKEW_SECONDS_MAX {
            return Err(Refused::Skew);
        }
        Ok(config)
    }

    /// The origin of every portal.
    fn origins(&self) -> impl Iterator<Item = &str> {
        [&self.portal_origin, &self.clinic_origin].into_iter().chain(&self.office_origin).map(String::as_str)
    }

    /// Whether browsers reach the portals by TLS, so that cookies must never travel without it.
    pub fn secure(&self) -> bool {
        self.portal_origin.starts_with("https://")
    }
}

/// As far as clocks may differ at most.
const SKEW_SECONDS_MAX: u32 = 300;

/// The host name of an origin.
fn host(origin: &str) -> Result<String, Refused> {
    let refused = || Refused::NotAnOrigin(origin.to_owned());
    let url = url::Url::parse(origin).map_err(|_| refused())?;
    if url.origin().ascii_serialization() != origin {
        return Err(refused());
    }
    url.host_str().map(str::to_owned).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(portal: &str, clinic: &str, demo: bool) -> String {
        format!(
            "listen = '127.0.0.1:0'\nportal_origin = '{portal}'\nclinic_origin = '{clinic}'\ndatabase = 'sqlite:x'\n\
             demo_login = {demo}\n[keys]\nfile = 'k'\n[exchange]\nentity = 'urn:x'\ncertificate = 'c'\n\
             private_key = 'p'\nauthority = 'a'\n"
        )
    }

    #[test]
    fn demo_login_is_refused_in_public() {
        let (portal, clinic) = ("https://portal.kagawa.example", "https://clinic.kagawa.example");
        assert!(Config::parse(&text(portal, clinic, false)).is_ok());
        assert!(matches!(Config::parse(&text(portal, clinic, true)), Err(Refused::DemoLoginInPublic(_))));
        assert!(Config::parse(&text("http://portal.localhost:1", "http://clinic.localhost:1", true)).is_ok());
    }

    #[test]
    fn a_public_portal_needs_tls_and_both_doors_the_same() {
        assert!(matches!(Config::parse(&text("http://a.example", "https://b.example", false)), Err(Refused::Plain(_))));
        assert!(matches!(
            Config::parse(&text("https://a.example", "http://b.localhost", false)),
            Err(Refused::MixedSchemes)
        ));
        let public =
            text("http://portal.localhost:1", "http://clinic.localhost:1", true).replace("127.0.0.1:0", "0.0.0.0:0");
        assert!(matches!(Config::parse(&public), Err(Refused::DemoLoginInPublic(_))));
    }

    #[test]
    fn origins_are_origins_and_differ() {
        assert!(matches!(
            Config::parse(&text("https://a.example/x", "https://b.example", false)),
            Err(Refused::NotAnOrigin(_))
        ));
        assert!(matches!(
            Config::parse(&text("https://a.example", "https://a.example:444", false)),
            Err(Refused::SharedHost)
        ));
    }

    #[test]
    fn the_office_has_a_door_of_its_own() {
        let with = |office: &str| {
            let text = text("https://a.example", "https://b.example", false);
            Config::parse(&format!("office_origin = '{office}'\n{text}"))
        };
        assert!(with("https://office.example").is_ok());
        assert!(matches!(with("https://b.example:444"), Err(Refused::SharedHost)));
        assert!(matches!(with("http://office.localhost"), Err(Refused::MixedSchemes)));
    }

    #[test]
    fn keys_are_used_longer_than_they_are_published_ahead() {
        let with = |idp: &str| {
            Config::parse(&format!("{}[idp]\n{idp}\n", text("https://a.example", "https://b.example", false)))
        };
        assert!(with("key_use_days = 31").is_ok());
        assert!(matches!(with("key_use_days = 30"), Err(Refused::KeyTimes)));
        assert!(with("publish_ahead_days = 8\nkeep_days = 8").is_ok());
        for too_short in ["publish_ahead_days = 7", "keep_days = 7", "keep_days = 0"] {
            let refused = with(too_short).unwrap_err();
            assert!(matches!(refused, Refused::MetadataOutlivesKeys), "{too_short}");
            assert!(refused.to_string().contains("7 days"));
        }
        assert!(matches!(with("skew_seconds = 3600"), Err(Refused::Skew)));
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let text = format!("demo_logn = true\n{}", text("https://a.example", "https://b.example", false));
        assert!(matches!(Config::parse(&text), Err(Refused::Syntax(_))));
    }
}
