//! Cards come into the relay: the issuing room's side of the platform.

use card::{
    CardId,
    protocol::{RegistrationRequest, RegistrationResponse, RegistrationUpload, server},
};

use super::{
    attempt::card_aad,
    judge::{Known, State, TRIES_MAX},
};
use db::{Db, params};
use jiff::Timestamp;

use crate::{
    app::{App, key},
    consent::TEXT_VERSION,
    ids::{ConsentId, ResidentId},
    purpose::Purpose,
    store,
};

/// What the relay knows of a card that was just written: in use, at its first key, without a PIN.
pub const NEW: Known =
    Known { state: State::Active, key_version: 1, write_count: 0, tries_left: TRIES_MAX, pin_set: false };

/// A resident who joins: their card, who holds something about them, and the consents that they signed.
#[derive(Clone, Debug)]
pub struct Joining {
    /// Who.
    pub resident: ResidentId,
    /// Their card.
    pub card: CardId,
    /// The entity ids of the institutions to link.
    pub providers: Vec<String>,
    /// The consents of the application form.
    pub consents: Vec<(ConsentId, Purpose)>,
}

/// Takes in many residents at once, all or none.
///
/// # Errors
/// [`db::Error::Unique`] when one of them, or one of the cards, is here already.
pub async fn enrol(db: &Db, joining: &[Joining], now: Timestamp) -> Result<(), db::Error> {
    let version = i64::from(NEW.key_version);
    let card = |join: &Joining| {
        let (resident, card) = (join.resident.bytes(), *join.card.as_bytes());
        params![resident, card, NEW.state.code(), version, 0_i64, NEW.tries_left, now]
    };
    let links = |join: &Joining| {
        let resident = join.resident.bytes();
        let row = move |provider: &String| params![resident, provider.as_str(), 1_i64, now];
        join.providers.iter().map(row).collect::<Vec<_>>()
    };
    let consents = |join: &Joining| {
        let resident = join.resident.bytes();
        let row = move |(id, purpose): &(ConsentId, Purpose)| {
            params![resident, id.bytes(), purpose.code(), TEXT_VERSION, now]
        };
        join.consents.iter().map(row).collect::<Vec<_>>()
    };
    db::transaction!(db, |tx| {
        store::resident::insert_all(tx, joining.iter().map(|join| params![join.resident.bytes(), now])).await?;
        store::card::insert_all(tx, joining.iter().map(card)).await?;
        store::link::insert_all(tx, joining.iter().flat_map(links)).await?;
        store::consent::insert_all(tx, joining.iter().flat_map(consents)).await?;
    })
}

/// Why a PIN could not be set.
#[derive(Debug, thiserror::Error)]
pub enum Unset {
    /// The request or upload is not what the protocol asks for.
    #[error("the PIN registration is malformed")]
    Malformed(#[from] card::Malformed),
    /// The database failed.
    #[error("the PIN could not be stored")]
    Database(#[from] db::Error),
    /// The key store failed.
    #[error("the PIN could not be sealed")]
    Keys(#[from] keys::Error),
}

/// Answers the first message of setting a PIN (RFC 9807, registration). The PIN itself is never seen here.
///
/// # Errors
/// [`Unset`].
pub fn answer_pin(app: &App, card: &CardId, request: &RegistrationRequest) -> Result<RegistrationResponse, Unset> {
    let material = app.keys.hmac512(key::PIN_SEED, &[&server::material_info(card)])?;
    Ok(app.pins.register(&material, request, &mut rand::rngs::OsRng)?)
}

/// Stores the PIN that was registered, sealed, and gives back all tries.
///
/// # Errors
/// [`Unset`].
pub async fn set_pin(app: &App, card: &CardId, upload: &RegistrationUpload) -> Result<(), Unset> {
    let registration = server::Registration::from_upload(upload)?;
    let card_id = *card.as_bytes();
    let sealed = app.keys.seal(key::ROWS, &card_aad(card_id), registration.as_bytes())?;
    db::transaction!(app.db, |tx| { store::card::set_pin(tx, card_id, &sealed, TRIES_MAX).await? })?;
    Ok(())
}
