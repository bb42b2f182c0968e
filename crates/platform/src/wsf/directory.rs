//! We as receiver of questions: whose messages and whose tokens we take, and what opens what is encrypted to us.

use std::sync::OnceLock;

use idwsf::{
    EntityId, Sender,
    disco::exchange::{Authenticated, Directory, authenticate},
    message::Rejected,
};
use jiff::Timestamp;
use xml::VerifyingKey;

use crate::{
    app::App,
    idp::{bootstrap, signing},
};

/// Opens a message: signed by a registered service that may ask us, with a token of ours if there is one.
///
/// # Errors
/// [`Rejected`], with the fault to answer.
pub(super) fn opened(app: &App, message: &[u8], now: Timestamp) -> Result<Authenticated, Rejected> {
    let (services, own) = (app.services.current(), signing::verifying(app));
    let address = bootstrap::address(app);
    let sender: OnceLock<(EntityId, Vec<VerifyingKey>)> = OnceLock::new();
    let directory = Directory {
        entity: &app.idp_entity,
        address: &address,
        providers: &|entity| {
            let asks = services.get(entity).filter(|service| service.policy.bootstrap && !service.has_ended(now))?;
            let keys = || asks.provider.signing.iter().map(|published| published.key.clone()).collect();
            // A message has one sender.
            let (known, keys) = sender.get_or_init(|| (entity.clone(), keys()));
            (known == entity).then_some(keys)
        },
        issuers: &|entity| (*entity == app.idp_entity).then_some(&own[..]),
        decrypt: &|wrapped| signing::unwrap(app, wrapped),
    };
    authenticate(message, &directory, now)
}

/// Does something as the sender of our messages.
pub(super) fn as_sender<T>(app: &App, now: Timestamp, act: impl FnOnce(&Sender<'_>) -> T) -> T {
    let key = signing::ours(app, now);
    let sign = |message: &[u8]| key.sign(message);
    act(&Sender { entity: &app.idp_entity, sign: &sign })
}
