//! We as sender of messages.

use std::sync::Arc;

use jiff::Timestamp;
use saml::Signer;
use web::Error;

use super::{services::Service, signing};
use crate::app::App;

/// Makes a message for `service`, on a processor of its own: it takes a signature. `make` gets us as signer, chance, and the
/// time.
///
/// # Errors
/// When it cannot be made, which is our fault.
pub(crate) async fn made<T, E>(
    app: &Arc<App>,
    service: &Arc<Service>,
    make: impl FnOnce(&Signer<'_>, &mut dyn FnMut(&mut [u8]), Timestamp) -> Result<T, E> + Send + 'static,
) -> Result<T, Error>
where
    T: Send + 'static,
    E: std::error::Error + Send + 'static,
{
    let making = {
        let (app, service) = (Arc::clone(app), Arc::clone(service));
        move || {
            let now = app.clock.now();
            let key = signing::current(&app, &service.provider, now);
            key.signer(&app.idp_entity, |signer| make(signer, &mut |bytes| app.random.fill(bytes), now))
        }
    };
    let made = app.processors.run(making).await;
    made.ok_or_else(|| Error::Ours("a message could not be made".to_owned()))?.map_err(Error::ours)
}
