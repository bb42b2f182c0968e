//! Consent: the rule that stands before every question to an institution.

pub mod linking;
pub mod records;

use jiff::Timestamp;

use crate::{
    app::App,
    ids::{ConsentId, ResidentId},
    purpose::Purpose,
    store::{self, service_link::ServiceLink},
};

/// The version of the consent texts in [`crate::wording`]. Whoever changes a text changes this, and everybody is asked
/// again.
pub const TEXT_VERSION: &str = "2026-11-23-2";

/// Proof that a resident has consented to a purpose, in the text of today. Only [`check`], [`check_before_claim`], [`linking::given`], [`to_service`] and
/// [`to_query`] make one, and no question leaves the house without it.
#[derive(Clone, Copy, Debug)]
pub struct Consented {
    resident: ResidentId,
    purpose: Purpose,
    given_at: Timestamp,
}

impl Consented {
    /// Who has consented.
    pub fn resident(&self) -> ResidentId {
        self.resident
    }

    /// To what.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// When.
    pub fn given_at(&self) -> Timestamp {
        self.given_at
    }
}

/// Whether the resident has consented to the purpose: `None` when they have not, or have withdrawn it, or agreed to an
/// older text.
///
/// # Errors
/// When the database fails.
pub async fn check(app: &App, resident: ResidentId, purpose: Purpose) -> Result<Option<Consented>, db::Error> {
    let consents = store::consent::of(&app.db, resident).await?;
    let current =
        consents.into_iter().rfind(|consent| consent.purpose == purpose && consent.text_version == TEXT_VERSION);
    Ok(current.map(|consent| Consented { resident, purpose, given_at: consent.given_at }))
}

/// As [`check`] of a reception's check, for another one before a claim: the text that was agreed to names both.
///
/// # Errors
/// When the database fails.
pub(crate) async fn check_before_claim(app: &App, resident: ResidentId) -> Result<Option<Consented>, db::Error> {
    let given = check(app, resident, Purpose::EligibilityCheck).await?;
    Ok(given.map(|consented| Consented { purpose: Purpose::ClaimCheck, ..consented }))
}

/// What the resident has agreed to on the release page of a service, `link` being in force.
pub(crate) fn to_service(resident: ResidentId, link: &ServiceLink) -> Consented {
    Consented { resident, purpose: Purpose::ServiceLogin, given_at: link.agreed_at }
}

/// The same, for a question that the service asks by itself afterwards.
pub(crate) fn to_query(resident: ResidentId, link: &ServiceLink) -> Consented {
    Consented { purpose: Purpose::ServiceQuery, ..to_service(resident, link) }
}

/// The resident consents to the purpose, in the text of today. Consenting again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn give(app: &App, resident: ResidentId, purpose: Purpose) -> Result<(), db::Error> {
    if check(app, resident, purpose).await?.is_some() {
        return Ok(());
    }
    let now = app.clock.now();
    let id = ConsentId::new(app.random.row_id(now));
    let consent = store::consent::Consent { purpose, text_version: TEXT_VERSION.to_owned(), given_at: now };
    db::transaction!(app.db, |tx| {
        store::consent::withdraw(tx, resident, purpose, now).await?;
        store::consent::insert(tx, resident, id, &consent).await?;
    })
}

/// The resident withdraws consent to the purpose. It counts from the next question on.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(app: &App, resident: ResidentId, purpose: Purpose) -> Result<(), db::Error> {
    let now = app.clock.now();
    db::transaction!(app.db, |tx| {
        store::consent::withdraw(tx, resident, purpose, now).await?;
    })
}
