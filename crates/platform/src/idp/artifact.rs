//! Responses by reference: a message waits here until its service fetches it behind the browser's back
//! (SAML 2.0 Bindings §3.6).

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use jiff::SignedDuration;
use saml::{EntityId, receive, send, wire::Artifact};
use web::Error;

use super::soap::{self, said};
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

/// Our artifact resolution endpoint.
pub(super) const PATH: &str = "/saml/soap/artifact";

/// Gives a service the message that waits for it. An artifact that stands for nothing, or for another service's message, is
/// answered without one, which is a success too (SAML 2.0 Core §3.5.3, Bindings §3.6.5).
pub(super) async fn resolve(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let question = match soap::question(&app, PATH, body, receive::artifact_resolve).await {
        Ok(question) => question,
        Err(response) => return response,
    };
    let (service, id) = said(&question);
    let message = match fetched(&app, service, &question.message.message().artifact).await {
        Ok(message) => message,
        Err(error) => return soap::failure(&error),
    };
    if message.is_some() {
        tracing::info!(code = "IDP-26", %service, request.id = %id, "a service fetched its message");
    } else {
        tracing::warn!(code = "IDP-27", %service, request.id = %id, "an artifact stands for nothing that this service may have");
    }
    let id = id.clone();
    soap::answer_under_head(&app, &question.service, move |head, now| {
        send::artifact_response(head, &id, message.as_deref().and_then(send::stored).as_ref(), now)
    })
    .await
}

/// The message behind an artifact, once, for the service that it is for.
async fn fetched(app: &App, service: &EntityId, artifact: &str) -> Result<Option<String>, Error> {
    let ours = Artifact::parse(artifact).ok().filter(|found| found.index == ENDPOINT && found.is_of(&app.idp_entity));
    let Some(artifact) = ours else { return Ok(None) };
    let digest = sha256(&artifact.handle);
    let taken = db::transaction!(app.db, |tx| { store::artifact::take(tx, digest, service.as_str()).await? });
    let now = app.clock.now();
    let Some(held) = taken.map_err(Error::ours)?.filter(|held| now < held.expires_at) else { return Ok(None) };
    let plain = app.keys.open_sealed(key::ROWS, &digest, &held.message).map_err(Error::ours)?;
    Ok(Some(String::from_utf8_lossy(&plain).into_owned()))
}
