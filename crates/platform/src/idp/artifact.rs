//! Responses by reference: a message waits here until its service fetches it behind the browser's back
//! (SAML 2.0 Bindings §3.6).

use jiff::SignedDuration;
use saml::{EntityId, wire::Artifact};
use web::Error;

use crate::{
    app::{App, key},
    session::sha256,
    store::{self, artifact::Held},
};

/// How long a message waits: the browser's way to the service and the service's way to us.
const WAITS: SignedDuration = SignedDuration::from_secs(60);

/// The index of our only artifact resolution endpoint in our metadata.
const ENDPOINT: u16 = 0;

/// Lets a signed message wait for `entity`, and gives the artifact that stands for it.
///
/// # Errors
/// When the key store or the database fails.
pub(crate) async fn hold(app: &App, entity: &EntityId, message: &str) -> Result<Artifact, Error> {
    let artifact = Artifact::new(ENDPOINT, &app.idp_entity, app.random.bytes());
    let digest = sha256(&artifact.handle);
    let sealed = app.keys.seal(key::ROWS, &digest, message.as_bytes()).map_err(Error::ours)?;
    let held = Held { entity: entity.as_str().to_owned(), message: sealed, expires_at: app.clock.now() + WAITS };
    db::transaction!(app.db, |tx| { store::artifact::insert(tx, digest, &held).await? }).map_err(Error::ours)?;
    Ok(artifact)
}
