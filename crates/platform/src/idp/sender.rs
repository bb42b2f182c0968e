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
    let made = app.processors.run(making(Arc::clone(app), Arc::clone(service), make)).await;
    made.ok_or_else(unmade)?.map_err(Error::ours)
}

/// The same where nobody has shown who they are: strangers do not order signatures without end.
///
/// # Errors
/// [`Error::Busy`], or when it cannot be made, which is our fault.
pub(crate) async fn made_for_stranger<T, E>(
    app: &Arc<App>,
    service: &Arc<Service>,
    make: impl FnOnce(&Signer<'_>, &mut dyn FnMut(&mut [u8]), Timestamp) -> Result<T, E> + Send + 'static,
) -> Result<T, Error>
where
    T: Send + 'static,
    E: std::error::Error + Send + 'static,
{
    let made = app.processors.run_for_stranger(making(Arc::clone(app), Arc::clone(service), make)).await;
    made.map_err(|_| Error::Busy)?.ok_or_else(unmade)?.map_err(Error::ours)
}

fn making<T, E>(
    app: Arc<App>,
    service: Arc<Service>,
    make: impl FnOnce(&Signer<'_>, &mut dyn FnMut(&mut [u8]), Timestamp) -> Result<T, E> + Send + 'static,
) -> impl FnOnce() -> Result<T, E> + Send + 'static {
    move || {
        let now = app.clock.now();
        let key = signing::current(&app, &service.provider, now);
        key.signer(&app.idp_entity, |signer| make(signer, &mut |bytes| app.random.fill(bytes), now))
    }
}

fn unmade() -> Error {
    Error::Ours("a message could not be made".to_owned())
}
