//! We as receiver of messages: our name and addresses, whom we know, and what opens what is encrypted to us.

use std::sync::Arc;

use jiff::Timestamp;
use saml::receive::Receiver;
use web::Error;

use super::signing;
use crate::app::App;

/// Opens a message that came in at `path` of the portal from whoever sent it, on a processor of its own: it may take a
/// signature's check.
///
/// # Errors
/// [`Error::Busy`], or when the opening itself failed, which is our fault; whether the message is good is part of `T`.
pub(crate) async fn knocked<T: Send + 'static>(
    app: &Arc<App>,
    path: &'static str,
    open: impl FnOnce(&Receiver<'_>, Timestamp) -> T + Send + 'static,
) -> Result<T, Error> {
    let opened = app.processors.run_for_stranger(opening(Arc::clone(app), path, open)).await;
    opened.map_err(|_| Error::Busy)?.ok_or_else(unopened)
}

/// The same for a message that came from where we asked for it.
///
/// # Errors
/// When the opening itself failed, which is our fault.
pub(crate) async fn opened<T: Send + 'static>(
    app: &Arc<App>,
    path: &'static str,
    open: impl FnOnce(&Receiver<'_>, Timestamp) -> T + Send + 'static,
) -> Result<T, Error> {
    app.processors.run(opening(Arc::clone(app), path, open)).await.ok_or_else(unopened)
}

fn opening<T>(
    app: Arc<App>,
    path: &'static str,
    open: impl FnOnce(&Receiver<'_>, Timestamp) -> T + Send + 'static,
) -> impl FnOnce() -> T + Send + 'static {
    move || {
        let services = app.services.current();
        let address = format!("{}{path}", app.config.portal_origin);
        let receiver = Receiver {
            entity: &app.idp_entity,
            address: &address,
            peers: &|entity| services.peer(entity),
            unwrap: &|wrapped| signing::unwrap(&app, wrapped),
            skew: app.config.idp.skew(),
        };
        open(&receiver, app.clock.now())
    }
}

fn unopened() -> Error {
    Error::Ours("a message could not be opened".to_owned())
}
