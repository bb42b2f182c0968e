//! What will end, said in time: metadata of services, certificates of their keys, certificates of ours. The end of a TLS
//! certificate stops everything that goes through it; that of any other certificate stops nothing here, but other software
//! may look at it.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use saml::EntityId;

use super::services::Service;
use crate::{
    app::{App, key},
    store::{self, service_key::Purpose},
};

/// Something that will end, or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Whose.
    pub entity: EntityId,
    /// What.
    pub what: What,
    /// Name of a key of ours, or its file; empty for what is a service's.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// What ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A service's metadata: nobody can log in there from then on.
    Metadata,
    /// The certificate of a key that a service signs with.
    SigningCertificate,
    /// The certificate of a key that we encrypt to.
    EncryptionCertificate,
    /// The certificate of a key that we sign with as identity provider.
    OwnSigning,
    /// The certificate of a key that services encrypt to us with.
    OwnDecryption,
    /// The certificate of a key that we sign with towards institutions.
    OwnMessages,
    /// The certificate that we show to institutions. Once it has ended, none of them answers.
    OwnExchange,
    /// The certificate that browsers see. Once it has ended, nobody gets in.
    OwnPortals,
}

impl What {
    /// As a line of the log calls it.
    fn words(self) -> &'static str {
        match self {
            Self::Metadata => "the metadata",
            Self::SigningCertificate => "a signing certificate",
            Self::EncryptionCertificate => "an encryption certificate",
            Self::OwnSigning => "our signing certificate",
            Self::OwnDecryption => "our decryption certificate",
            Self::OwnMessages => "our certificate for messages to institutions",
            Self::OwnExchange => "our TLS certificate towards institutions",
            Self::OwnPortals => "the TLS certificate of the portals",
        }
    }

    /// Its key is used on, and nobody here can do anything about it: nothing to wake somebody for.
    fn stops_nothing_here(self) -> bool {
        matches!(self, Self::SigningCertificate | Self::EncryptionCertificate)
    }
}

/// A certificate of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Of which.
    pub what: What,
    /// Name of the key, or its file.
    pub name: String,
    /// When it ends; none where it cannot be read.
    pub ends: Option<Timestamp>,
}

/// How urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It has ended.
    Over,
    /// Within 7 days.
    Week,
    /// Within 30 days.
    Month,
    /// Within 60 days.
    TwoMonths,
}

impl Urgency {
    /// Of what ends at a time; none for what is farther away than [`Urgency::TwoMonths`].
    #[must_use]
    pub fn of(at: Timestamp, now: Timestamp) -> Option<Self> {
        match at.duration_since(now).as_hours() {
            _ if at <= now => Some(Self::Over),
            hours if hours < 7 * DAY_HOURS => Some(Self::Week),
            hours if hours < 30 * DAY_HOURS => Some(Self::Month),
            hours if hours < 60 * DAY_HOURS => Some(Self::TwoMonths),
            _ => None,
        }
    }
}

impl Ending {
    /// How urgent it is; none for what is farther away than [`Urgency::TwoMonths`].
    #[must_use]
    pub fn urgency(&self, now: Timestamp) -> Option<Urgency> {
        Urgency::of(self.at, now)
    }

    /// Louder as it comes near.
    fn say(&self, now: Timestamp) {
        let Self { entity, name, at, .. } = self;
        let what = self.what.words();
        let days = at.duration_since(now).as_hours() / DAY_HOURS;
        match self.urgency(now) {
            Some(Urgency::Over) if self.what.stops_nothing_here() => {
                tracing::warn!(code = "SVC-04", service = %entity, name, "{what} of {entity} ended at {at}");
            }
            Some(Urgency::Over) => {
                tracing::error!(code = "SVC-04", service = %entity, name, "{what} of {entity} ended at {at}");
            }
            Some(Urgency::Week) if !self.what.stops_nothing_here() => {
                tracing::error!(code = "SVC-04", service = %entity, name, days, "{what} of {entity} ends this week, at {at}");
            }
            Some(Urgency::Week | Urgency::Month) => {
                tracing::warn!(code = "SVC-04", service = %entity, name, days, "{what} of {entity} ends within a month, at {at}");
            }
            Some(Urgency::TwoMonths) | None => {
                tracing::info!(code = "SVC-04", service = %entity, name, days, "{what} of {entity} ends at {at}");
            }
        }
    }
}

/// What of a service ends within two months, the most urgent first.
#[must_use]
pub fn of_service(service: &Service, now: Timestamp) -> Vec<Ending> {
    let provider = &service.provider;
    let ending = |what, at: Timestamp| Ending { entity: provider.entity.clone(), what, name: String::new(), at };
    let metadata = provider.valid_until.map(|at| ending(What::Metadata, at));
    let signing = provider.signing.iter().filter_map(|key| Some(ending(What::SigningCertificate, key.expires?)));
    let encryption = provider.encryption.iter().chain(&provider.encryption_cbc);
    let encryption = encryption.filter_map(|key| Some(ending(What::EncryptionCertificate, key.expires?)));
    soon(metadata.into_iter().chain(signing).chain(encryption), now)
}

/// Every certificate of ours, and when it ends. Keys of the identity provider change long before, unless something keeps them
/// from it; the others are changed by hand.
pub async fn ours(app: &App) -> Vec<Own> {
    let published = app.signing.certificate_ends().into_iter().map(|(purpose, name, ends)| {
        let what = if purpose == Purpose::Decrypt { What::OwnDecryption } else { What::OwnSigning };
        Own { what, name, ends: Some(ends) }
    });
    let messages = [key::SIGN, key::TOKEN].map(|name| Own {
        what: What::OwnMessages,
        name: name.to_owned(),
        ends: app.keys.certificate_ends(name).ok(),
    });
    let mut ours: Vec<Own> = published.chain(messages).collect();
    let exchange = (What::OwnExchange, app.config.exchange.certificate.clone());
    let portals = app.config.tls.as_ref().map(|tls| (What::OwnPortals, tls.certificate.clone()));
    let files: Vec<(What, PathBuf)> = [exchange].into_iter().chain(portals).collect();
    let read = move || files.into_iter().map(|(what, file)| in_file(what, &file)).collect::<Vec<Own>>();
    ours.extend(tokio::task::spawn_blocking(read).await.unwrap_or_default());
    ours.sort_by(|a, b| (a.what, &a.name).cmp(&(b.what, &b.name)));
    ours
}

/// The first certificate of a file: the one that is shown, before those that vouch for it.
fn in_file(what: What, file: &Path) -> Own {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ends = CertificateDer::from_pem_file(file).ok().and_then(|der| {
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).ok()?;
        Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
    });
    Own { what, name, ends }
}

/// Which certificates of ours end within two months, the most urgent first.
#[must_use]
pub fn of_ours(ours: &[Own], entity: &EntityId, now: Timestamp) -> Vec<Ending> {
    let ends = ours.iter().filter_map(|own| {
        Some(Ending { entity: entity.clone(), what: own.what, name: own.name.clone(), at: own.ends? })
    });
    soon(ends, now)
}

fn soon(endings: impl Iterator<Item = Ending>, now: Timestamp) -> Vec<Ending> {
    let mut soon: Vec<Ending> = endings.filter(|ending| ending.urgency(now).is_some()).collect();
    soon.sort_by_key(|ending| ending.at);
    soon
}

/// Says in the log what will end, and which services have a problem: once a day is often enough.
///
/// # Errors
/// When the database fails.
pub async fn warn(app: &App) -> Result<(), db::Error> {
    let now = app.clock.now();
    let mut endings = of_ours(&ours(app).await, &app.idp_entity, now);
    for service in app.services.current().all() {
        endings.extend(of_service(service, now));
    }
    for ending in endings {
        ending.say(now);
    }
    for kept in store::service::list(&app.db).await?.iter().filter(|kept| !kept.problem.is_empty()) {
        let since = kept.refreshed_at;
        tracing::warn!(code = kept.problem, service = kept.entity, "metadata was last refreshed at {since}");
    }
    Ok(())
}

const DAY_HOURS: i64 = 24;

/// How often the log says so.
pub(crate) const WARN_EVERY: SignedDuration = SignedDuration::from_hours(DAY_HOURS);

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    fn ending() -> (Ending, impl Fn(i64) -> Timestamp) {
        let at: Timestamp = "2027-01-31T00:00:00Z".parse().unwrap();
        let entity = EntityId::parse("urn:x").unwrap();
        let ending = Ending { entity, what: What::Metadata, name: String::new(), at };
        (ending, move |days: i64| at - SignedDuration::from_hours(days * DAY_HOURS))
    }

    #[test]
    fn an_end_is_said_sixty_thirty_and_seven_days_ahead() {
        let (ending, before) = ending();
        let in_days = |days: i64| ending.urgency(before(days));
        assert_eq!([61, 60].map(in_days), [None, None]);
        assert_eq!([59, 30].map(in_days), [Some(Urgency::TwoMonths); 2]);
        assert_eq!([29, 7].map(in_days), [Some(Urgency::Month); 2]);
        assert_eq!([6, 1].map(in_days), [Some(Urgency::Week); 2]);
        assert_eq!([0, -1].map(in_days), [Some(Urgency::Over); 2]);
    }

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn the_log_is_louder_the_nearer_an_end_is() {
        let (ending, before) = ending();
        let certificate = Ending { what: What::SigningCertificate, ..ending.clone() };
        let metadata =
            [(59, "INFO"), (30, "INFO"), (29, "WARN"), (7, "WARN"), (6, "ERROR"), (0, "ERROR"), (-9, "ERROR")];
        let cases = metadata.map(|(days, level)| (&ending, days, level)).into_iter();
        // Nothing that anybody here could end.
        for (ending, days, level) in cases.chain([6, 0, -9].map(|days| (&certificate, days, "WARN"))) {
            let lines = Lines::default();
            let subscriber = tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false).without_time();
            tracing::subscriber::with_default(subscriber.finish(), || ending.say(before(days)));
            let said = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            assert!(said.trim_start().starts_with(level) && said.contains("SVC-04"), "{days}: {said}");
            assert!(said.contains(&format!("{} of urn:x", ending.what.words())), "{said}");
        }
    }
}
