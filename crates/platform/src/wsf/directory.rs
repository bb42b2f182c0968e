//! We as receiver of questions: whose messages and whose tokens we take, and what opens what is encrypted to us.

use std::sync::OnceLock;

use idwsf::{
    EntityId, Sender,
    disco::exchange::{Authenticated, Directory, authenticate},
    message::Rejected,
};
use jiff::Timestamp;
use xml::VerifyingKey;

use crate::{app::App, idp::signing};

/// Opens a message that came to `path`: signed by an institution, or by a registered service that may ask us, with a token of
/// ours if there is one. Whoever has the name of an institution is it, and no service.
///
/// # Errors
/// [`Rejected`], with the fault to answer.
pub(super) fn opened(app: &App, path: &str, message: &[u8], now: Timestamp) -> Result<Opened, Rejected> {
    let (services, own) = (app.services.current(), signing::verifying(app));
    let address = format!("{}{path}", app.config.portal_origin);
    let sender: OnceLock<(EntityId, Vec<VerifyingKey>)> = OnceLock::new();
    let directory = Directory {
        entity: &app.idp_entity,
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
        decrypt: &|wrapped| signing::unwrap(app, wrapped),
    };
    let authenticated = authenticate(message, &directory, now)?;
    let institution = app.insurers.find(authenticated.sender().as_str());
    let asks = services.get(authenticated.sender()).filter(|_| institution.is_none());
    let signed = asks.and_then(|asks| asks.provider.signing.get(authenticated.key()));
    Ok(Opened { certificate: signed.map(|key| key.certificate.clone()), authenticated })
}

/// A message that its sender signed.
pub(super) struct Opened {
    pub authenticated: Authenticated,
    /// Where a service signed it: a certificate of the key that it is signed with, in DER.
    pub certificate: Option<Vec<u8>>,
}

/// Does something as the sender of our messages.
pub(super) fn as_sender<T>(app: &App, now: Timestamp, act: impl FnOnce(&Sender<'_>) -> T) -> T {
    let key = signing::ours(app, now);
    let sign = |message: &[u8]| key.sign(message);
    act(&Sender { entity: &app.idp_entity, algorithm: key.algorithm, sign: &sign })
}
