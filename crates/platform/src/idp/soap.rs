//! Where services ask behind the browser's back: artifacts, logouts, attributes (SAML 2.0 Bindings §3.2). A message
//! here is acted on once, and only if it is signed; a request for a login of a service that does not sign is the exception, and
//! what proves that login is the browser.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::Timestamp;
use saml::{
    EntityId, MessageId, SignFailed, Signer,
    receive::{self, Received, Receiver, Rejected, Verified},
    send::Head,
    wire,
};
use web::Error;
use xml::Fragment;

use super::{artifact, ecp, logout, query, receiver, refused, seen, sender, services::Service};
use crate::app::App;

/// The SOAP endpoints of our metadata.
pub(super) fn door() -> Router<Arc<App>> {
    Router::new()
        .route(artifact::PATH, post(artifact::resolve))
        .route(logout::SOAP_PATH, post(logout::soap))
        .route(query::PATH, post(query::answer))
        .route(ecp::PATH, post(ecp::sign_on))
}

/// A message of a service that may be acted on.
pub(super) struct Question<M> {
    /// The message.
    pub message: Verified<M>,
    /// Who sent it.
    pub service: Arc<Service>,
}

/// Opens a message for the endpoint at `path`, and remembers that it was acted on.
///
/// # Errors
/// The answer that says why not.
pub(super) async fn question<M: Send + 'static>(
    app: &Arc<App>,
    path: &'static str,
    body: Bytes,
    open: impl FnOnce(&Received, &Receiver<'_>, Timestamp) -> Result<Verified<M>, Box<Rejected>> + Send + 'static,
) -> Result<Question<M>, Response> {
    let question = unremembered(app, path, body, open).await?;
    let (sender, id) = said(&question);
    match seen::once(app, sender, id, question.message.forget_at()).await {
        Ok(true) => Ok(question),
        Ok(false) => {
            refused::note_twice(sender, id);
            Err(fault(true, refused::TWICE))
        }
        Err(error) => Err(failure(&error)),
    }
}

/// The same for whoever remembers the message together with what is done about it.
///
/// # Errors
/// The answer that says why not.
pub(super) async fn unremembered<M: Send + 'static>(
    app: &Arc<App>,
    path: &'static str,
    body: Bytes,
    open: impl FnOnce(&Received, &Receiver<'_>, Timestamp) -> Result<Verified<M>, Box<Rejected>> + Send + 'static,
) -> Result<Question<M>, Response> {
    let opened = receiver::knocked(app, path, move |receiver: &Receiver<'_>, now| {
        let received = receive::soap(&body).map_err(|reason| Box::new(Rejected::unread(reason)))?;
        open(&received, receiver, now)
    });
    let message = match opened.await {
        Ok(Ok(message)) => message,
        Ok(Err(rejected)) => return Err(rejection(&rejected)),
        Err(error) => return Err(failure(&error)),
    };
    // Suspended in the meantime: a stranger from now on.
    let service = app.services.current().get(message.sender()).cloned().ok_or_else(|| fault(true, "SAML-17"))?;
    Ok(Question { message, service })
}

/// Answers a question with the message that `write` makes, signed.
pub(super) async fn answer<E>(
    app: &Arc<App>,
    service: &Arc<Service>,
    write: impl FnOnce(&Signer<'_>, &mut dyn FnMut(&mut [u8]), Timestamp) -> Result<Fragment, E> + Send + 'static,
) -> Response
where
    E: std::error::Error + Send + 'static,
{
    match sender::made(app, service, write).await {
        Ok(message) => envelope(StatusCode::OK, wire::soap_envelope(&message)),
        Err(error) => failure(&error),
    }
}

/// As [`answer`], for messages that have a [`Head`] and nothing random in them.
pub(super) async fn answer_under_head(
    app: &Arc<App>,
    service: &Arc<Service>,
    write: impl FnOnce(&Head<'_>, Timestamp) -> Result<Fragment, SignFailed> + Send + 'static,
) -> Response {
    let id = MessageId::from_random(app.random.bytes());
    answer(app, service, move |signer, _, now| {
        write(&Head { signer: *signer, id: &id, destination: None, sign: true }, now)
    })
    .await
}

/// A message that is not acted on. Nobody's status is told to whom we cannot tell apart.
fn rejection(rejected: &Rejected) -> Response {
    refused::note(rejected);
    fault(true, rejected.reason.code())
}

/// Our own failure.
pub(super) fn failure(error: &Error) -> Response {
    tracing::error!(code = error.code(), "{error}");
    fault(false, error.code())
}

/// A SOAP fault with a code of ours; SOAP 1.1 §6.2 has it come with status 500.
pub(super) fn fault(client: bool, code: &str) -> Response {
    envelope(StatusCode::INTERNAL_SERVER_ERROR, wire::soap_fault(client, code))
}

/// A SOAP message, as it goes back.
pub(super) fn envelope(status: StatusCode, envelope: String) -> Response {
    (status, [(header::CONTENT_TYPE, wire::SOAP_MEDIA_TYPE)], envelope).into_response()
}

/// Who asked, and by which message: what a log line of an answered question says.
pub(super) fn said<M>(question: &Question<M>) -> (&EntityId, &MessageId) {
    (question.message.sender(), question.message.id())
}
