//! Which records a resident lets a service find at the institutions: for treatment, for a year, and for as long as the link to
//! the service stands.

use jiff::{Timestamp, ToSpan as _, civil::Date};
use web::clock::{japan_date, japan_midnight};

use crate::{
    exchange::grant,
    ids::ResidentId,
    purpose::{Category, Purpose},
    store::{
        service_consent::{self, ServiceConsent},
        service_link::ServiceLink,
    },
};

/// The version of what [`crate::wording`] says about it. Whoever changes what it promises changes this, and what was given
/// before counts no more.
pub const TEXT_VERSION: &str = "2026-11-22-1";

/// The last day of what is given at `now`: a year later.
#[must_use]
pub fn last_day(now: Timestamp) -> Date {
    let today = japan_date(now);
    today.checked_add(1.year()).unwrap_or(today)
}

impl ServiceConsent {
    /// The last day on which it counts.
    #[must_use]
    pub fn last_day(&self) -> Date {
        japan_date(self.until - 1.second())
    }

    /// Whether it counts now.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && now < self.until && self.text_version == TEXT_VERSION
    }
}

/// What counts now over a link.
///
/// # Errors
/// When the database fails.
pub async fn of_link(
    db: &db::Db,
    resident: ResidentId,
    link: &ServiceLink,
    now: Timestamp,
) -> Result<Vec<ServiceConsent>, db::Error> {
    let mut given = service_consent::of_link(db, resident, (&link.entity, link.generation)).await?;
    given.retain(|consent| consent.counts(now));
    Ok(given)
}

/// What a resident has chosen on a sheet.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What they were asked about.
    pub offered: Vec<Category>,
    /// What they let the service find, of that.
    pub given: Vec<Category>,
    /// The last day that the sheet named, as ISO 8601 writes it.
    pub until: String,
}

impl Chosen {
    /// Records what is new: what is given and was not, what was and is no longer, of which the institutions are told by
    /// [`grant::tell`]. `false`: the sheet named another last day
    /// than a consent of today has, and nothing is recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record(
        &self,
        tx: &mut db::Tx,
        resident: ResidentId,
        link: &ServiceLink,
        now: Timestamp,
    ) -> Result<bool, db::Error> {
        let key = (link.entity.as_str(), link.generation);
        let before = service_consent::get_of_link(tx, resident, key).await?;
        let counts = |category| before.iter().any(|one| one.category == category && one.counts(now));
        if self.offered.iter().any(|category| counts(*category) && !self.given.contains(category)) {
            grant::end(tx, resident, &link.entity, now).await?;
        }
        let new: Vec<_> = self.given.iter().copied().filter(|category| !counts(*category)).collect();
        if !new.is_empty() && self.until != last_day(now).to_string() {
            return Ok(false);
        }
        for category in self.offered.iter().filter(|category| !self.given.contains(category) || new.contains(category))
        {
            service_consent::withdraw(tx, resident, key, *category, now).await?;
        }
        for category in new {
            let consent = ServiceConsent {
                entity: link.entity.clone(),
                generation: link.generation,
                category,
                purpose: Purpose::Treatment,
                text_version: TEXT_VERSION.to_owned(),
                given_at: now,
                until: japan_midnight(last_day(now).saturating_add(1.day())),
                withdrawn_at: None,
            };
            service_consent::insert(tx, resident, &consent).await?;
        }
        Ok(true)
    }
}

/// Everything over a link is withdrawn: the link ends. [`grant::tell`] follows.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut db::Tx, resident: ResidentId, link: &ServiceLink, now: Timestamp) -> Result<(), db::Error> {
    if !service_consent::get_of_link(tx, resident, (&link.entity, link.generation)).await?.is_empty() {
        grant::end(tx, resident, &link.entity, now).await?;
    }
    for category in Category::RECORDS {
        service_consent::withdraw(tx, resident, (&link.entity, link.generation), category, now).await?;
    }
    Ok(())
}
