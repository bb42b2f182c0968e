//! What will end, said in time: metadata of services, certificates of their keys, certificates of ours. A certificate's end
//! stops nothing here, but other software may look at it.

use jiff::{SignedDuration, Timestamp};
use saml::EntityId;

use super::{services::Service, signing::Signing};
use crate::{app::App, store};

/// Something that will end, or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Whose.
    pub entity: EntityId,
    /// What.
    pub what: What,
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
    /// A certificate of ours.
    OwnCertificate,
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

impl Ending {
    /// How urgent it is; none for what is farther away than [`Urgency::TwoMonths`].
    #[must_use]
    pub fn urgency(&self, now: Timestamp) -> Option<Urgency> {
        match self.at.duration_since(now).as_hours() {
            _ if self.at <= now => Some(Urgency::Over),
            hours if hours < 7 * DAY_HOURS => Some(Urgency::Week),
            hours if hours < 30 * DAY_HOURS => Some(Urgency::Month),
            hours if hours < 60 * DAY_HOURS => Some(Urgency::TwoMonths),
            _ => None,
        }
    }

    /// Louder as it comes near.
    fn say(&self, now: Timestamp) {
        let Self { entity, what, at } = self;
        let days = at.duration_since(now).as_hours() / DAY_HOURS;
        match self.urgency(now) {
            Some(Urgency::Over) => {
                tracing::error!(code = "SVC-04", service = %entity, "{what:?} of {entity} ended at {at}")
            }
            Some(Urgency::Week) => {
                tracing::error!(code = "SVC-04", service = %entity, days, "{what:?} of {entity} ends this week, at {at}");
            }
            Some(Urgency::Month) => {
                tracing::warn!(code = "SVC-04", service = %entity, days, "{what:?} of {entity} ends within a month, at {at}");
            }
            Some(Urgency::TwoMonths) | None => {
                tracing::info!(code = "SVC-04", service = %entity, days, "{what:?} of {entity} ends at {at}");
            }
        }
    }
}

/// What of a service ends within two months, the most urgent first.
#[must_use]
pub fn of_service(service: &Service, now: Timestamp) -> Vec<Ending> {
    let provider = &service.provider;
    let ending = |what, at: Timestamp| Ending { entity: provider.entity.clone(), what, at };
    let metadata = provider.valid_until.map(|at| ending(What::Metadata, at));
    let signing = provider.signing.iter().filter_map(|key| Some(ending(What::SigningCertificate, key.expires?)));
    let encryption = provider.encryption.iter().chain(&provider.encryption_cbc);
    let encryption = encryption.filter_map(|key| Some(ending(What::EncryptionCertificate, key.expires?)));
    soon(metadata.into_iter().chain(signing).chain(encryption), now)
}

/// Which of our own certificates end within two months. Our keys change long before, unless something keeps them from it.
#[must_use]
pub fn of_ours(signing: &Signing, entity: &EntityId, now: Timestamp) -> Vec<Ending> {
    let ends = signing.certificate_ends().into_iter();
    soon(ends.map(|at| Ending { entity: entity.clone(), what: What::OwnCertificate, at }), now)
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
    let mut endings = of_ours(&app.signing, &app.idp_entity, now);
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
    use super::*;

    #[test]
    fn an_end_is_said_sixty_thirty_and_seven_days_ahead() {
        let at: Timestamp = "2027-01-31T00:00:00Z".parse().unwrap();
        let ending = Ending { entity: EntityId::parse("urn:x").unwrap(), what: What::Metadata, at };
        let in_days = |days: i64| ending.urgency(at - SignedDuration::from_hours(days * DAY_HOURS));
        assert_eq!([61, 60].map(in_days), [None, None]);
        assert_eq!([59, 30].map(in_days), [Some(Urgency::TwoMonths); 2]);
        assert_eq!([29, 7].map(in_days), [Some(Urgency::Month); 2]);
        assert_eq!([6, 1].map(in_days), [Some(Urgency::Week); 2]);
        assert_eq!([0, -1].map(in_days), [Some(Urgency::Over); 2]);
    }
}
