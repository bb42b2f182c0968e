//! Cards come into the relay: the issuing room's side of the platform.

use card::{
    CardId,
    protocol::{RegistrationRequest, RegistrationResponse, RegistrationUpload, server},
};

use super::{
    attempt::card_aad,
    judge::{Known, State, TRIES_MAX},
};
use crate::{
    app::{App, key},
    store,
};

/// What the relay knows of a card that was just written: in use, at its first key, without a PIN.
pub const NEW: Known =
    Known { state: State::Active, key_version: 1, write_count: 0, tries_left: TRIES_MAX, pin_set: false };

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
