//! We as receiver of questions: whose messages and whose tokens we take, and what opens what is encrypted to us.

use std::sync::OnceLock;

use idwsf::{
    EntityId, Sender, UnwrapFailed,
    disco::exchange::{Authenticated, Directory, Person, authenticate},
    message::Rejected,
};
use jiff::Timestamp;
use xml::{EncryptedKey, Fragment, VerifyingKey};
use zeroize::Zeroizing;

use crate::{
    app::{App, key},
    idp::signing,
};

/// Opens a message that came to `path`: signed by an institution, or by a registered service that may ask us, with a token of
/// ours if there is one. Whoever has the name of an institution is it, and no service.
///
/// # Errors
/// [`Rejected`], with the fault to answer, and to whom: by the name that it claims.
pub(super) fn opened(app: &App, path: &str, message: &[u8], now: Timestamp) -> Result<Opened, (Rejected, To)> {
    let (services, own) = (app.services.current(), signing::verifying(app));
    let address = format!("{}{path}", app.config.portal_origin);
    let sender: OnceLock<(EntityId, Vec<VerifyingKey>)> = OnceLock::new();
    let directory = Directory {
        entity: &app.idp_entity,
        known_as: &app.insurers.entity,
        address: &address,
        providers: &|entity| {
            let institution = app.insurers.find(entity.as_str());
            let asks = services.get(entity).filter(|service| service.policy.bootstrap && !service.has_ended(now));
            institution.map(drop).or(asks.map(drop))?;
            let of_service = || asks.map(|asks| asks.provider.signing.iter().map(|one| one.key.clone()).collect());
            let keys = || institution.map(|one| one.signing.clone()).or_else(of_service).unwrap_or_default();
            // A message has one sender.
            let (known, keys) = sender.get_or_init(|| (entity.clone(), keys()));
            (known == entity).then_some(keys)
        },
        issuers: &|entity| (*entity == app.idp_entity).then_some(&own[..]),
        decrypt: &|encrypted| content_key(app, encrypted),
    };
    let authenticated = authenticate(message, &directory, now).map_err(|rejected| {
        let claimed = sender.get().map_or(To::Service, |(entity, _)| To::sender(app, entity));
        (rejected, claimed)
    })?;
    let institution = app.insurers.find(authenticated.sender().as_str());
    let asks = services.get(authenticated.sender()).filter(|_| institution.is_none());
    let signed = asks.and_then(|asks| asks.provider.signing.get(authenticated.key()));
    Ok(Opened { certificate: signed.map(|key| key.certificate.clone()), authenticated })
}

/// Whom tokens of ours are about that came in the body of a message to `path`: each opened for itself, and `None` for what is none that
/// we take.
pub(super) fn persons(app: &App, path: &str, tokens: &[Fragment], now: Timestamp) -> Vec<Option<Person>> {
    let own = signing::verifying(app);
    let address = format!("{}{path}", app.config.portal_origin);
    let directory = Directory {
        entity: &app.idp_entity,
        known_as: &app.insurers.entity,
        address: &address,
        providers: &|_| None,
        issuers: &|entity| (*entity == app.idp_entity).then_some(&own[..]),
        decrypt: &|encrypted| content_key(app, encrypted),
    };
    tokens.iter().map(|token| directory.open_token(token, now).ok()).collect()
}

/// The keys of our own tokens are the identity provider's, which are RSA: what every service knows.
fn content_key(app: &App, encrypted: &EncryptedKey) -> Result<Zeroizing<Vec<u8>>, UnwrapFailed> {
    match encrypted {
        EncryptedKey::Transported(wrapped) => signing::unwrap(app, wrapped),
        EncryptedKey::Agreed(_) => Err(UnwrapFailed),
    }
}

/// A message that its sender signed.
pub(super) struct Opened {
    pub authenticated: Authenticated,
    /// Where a service signed it: a certificate of the key that it is signed with, in DER.
    pub certificate: Option<Vec<u8>>,
}

/// Who gets a message of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// An institution, which knows us as who asks it.
    Institution,
    /// A service, or nobody that we know: they know us as their identity provider.
    Service,
}

impl To {
    /// Whose message that was.
    pub(super) fn sender(app: &App, sender: &EntityId) -> Self {
        if app.insurers.find(sender.as_str()).is_some() { Self::Institution } else { Self::Service }
    }
}

/// Does something as the sender of our messages; `None` where the key store has no key for it.
pub(super) fn as_sender<T>(app: &App, to: To, now: Timestamp, act: impl FnOnce(&Sender<'_>) -> T) -> Option<T> {
    if to == To::Institution {
        return app.insurers.as_sender(&app.keys, key::SIGN, act).ok();
    }
    let key = signing::ours(app, now);
    let sign = |message: &[u8]| key.sign(message);
    Some(act(&Sender { entity: &app.idp_entity, algorithm: key.algorithm, sign: &sign }))
}
