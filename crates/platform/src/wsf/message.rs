//! A message to the discovery service on its way: opened, taken once, answered, signed.

use std::sync::Arc;

use idwsf::{
    Fault, MessageId, SignFailed,
    disco::exchange::{Authenticated, Reply, VerifiedCall, seal_reply},
    message::{Demand, Rejected, Replay, WINDOW, seal_demand, seal_fault},
};
use jiff::Timestamp;
use web::Error;

use super::{
    ask::Sent,
    directory::{Opened, To, as_sender, opened},
    discovery::{self, Finding},
    mapping::Mapping,
};
use crate::{app::App, idp::seen};

/// What goes back: the HTTP status and the envelope.
type Sealed = (u16, Vec<u8>);

/// Answers a message; one that is too long is `None`.
///
/// # Errors
/// [`Error::Busy`], or when not even a fault could be signed.
pub(super) async fn answer(app: &Arc<App>, path: &'static str, message: Option<Vec<u8>>) -> Result<Sealed, Error> {
    let (here, received) = (Arc::clone(app), app.clock.now());
    let opening = move || match message {
        Some(message) => opened(&here, path, &message, here.clock.now()),
        None => Err((Rejected { fault: Fault::Unreadable("too large"), in_reply_to: None }, To::Service)),
    };
    let Opened { authenticated, certificate } =
        match app.processors.run_for_stranger(opening).await.map_err(|_| Error::Busy)? {
            Some(Ok(opened)) => opened,
            Some(Err((rejected, to))) => return refused(app, rejected, (to, true)).await,
            None => return refused(app, Rejected { fault: Fault::Own, in_reply_to: None }, (To::Service, true)).await,
        };
    let (in_reply_to, to) = (authenticated.message_id().clone(), To::sender(app, authenticated.sender()));
    let answerable = match admitted(app, authenticated).await {
        Ok(call) => discovery::prepared(app, path, call, Came { certificate, received }).await,
        Err(fault) => Err(fault),
    };
    let made = match answerable {
        Ok(answerable) => sealed(app, answerable, (in_reply_to.clone(), to)).await,
        Err(fault) => Err(fault),
    };
    match made {
        Ok(sealed) => Ok(sealed),
        Err(fault) => refused(app, Rejected { fault, in_reply_to: Some(in_reply_to) }, (to, false)).await,
    }
}

/// How a message came.
pub(super) struct Came {
    /// Where a service signed it: a certificate of the key that it is signed with, in DER.
    pub certificate: Option<Vec<u8>>,
    /// When.
    pub received: Timestamp,
}

/// A message that comes for the first time, and is what it says.
async fn admitted(app: &App, authenticated: Authenticated) -> Result<VerifiedCall, Fault> {
    let now = app.clock.now();
    let id = format!("wsf {}", authenticated.message_id());
    let forget_at = now.saturating_add(WINDOW * 2).unwrap_or(now);
    let replay = match seen::first(app, authenticated.sender(), &id, forget_at).await {
        Ok(true) => Replay::Fresh,
        Ok(false) => Replay::Seen,
        Err(error) => return Err(own(&error)),
    };
    authenticated.admit(replay).map_err(|rejected| rejected.fault)
}

/// An answer that may be made.
pub(super) enum Answerable {
    /// It holds nothing that would have to be made.
    Plain(Reply),
    /// What was found; the log has it.
    Found(Box<Finding>),
    /// What was mapped; the log has it.
    Mapped(Box<Mapping>),
    /// The resident is to be asked first.
    Ask(Sent),
}

/// Makes the answer: two RSA operations for each place, and the signature.
async fn sealed(app: &Arc<App>, answerable: Answerable, (in_reply_to, to): (MessageId, To)) -> Result<Sealed, Fault> {
    let here = Arc::clone(app);
    let making = move || {
        let (app, now) = (&*here, here.clock.now());
        let reply = match answerable {
            Answerable::Plain(reply) => reply,
            Answerable::Found(finding) => finding.reply(app).map_err(|error| own(&error))?,
            Answerable::Mapped(mapping) => mapping.reply(app),
            Answerable::Ask(Sent { page, fault }) => {
                let demand = Demand::Redirect(&page);
                let made = as_sender(app, to, now, |sender| seal_demand(sender, &in_reply_to, &fault, demand, now));
                return made.unwrap_or(Err(SignFailed)).map(|envelope| (500, envelope)).map_err(|error| own(&error));
            }
        };
        let made = as_sender(app, to, now, |sender| seal_reply(sender, &in_reply_to, &message_id(app), &reply, now));
        made.unwrap_or(Err(SignFailed)).map(|envelope| (200, envelope)).map_err(|error| own(&error))
    };
    app.processors.run(making).await.unwrap_or(Err(Fault::Own))
}

/// Says why a message was not followed.
async fn refused(app: &Arc<App>, rejected: Rejected, (to, stranger): (To, bool)) -> Result<Sealed, Error> {
    let Rejected { fault, in_reply_to } = rejected;
    tracing::warn!(code = fault.code(), "a message to the discovery service is refused: {fault}");
    let here = Arc::clone(app);
    let making = move || {
        let (app, now) = (&*here, here.clock.now());
        as_sender(app, to, now, |sender| seal_fault(sender, in_reply_to.as_ref(), &message_id(app), &fault, now))
    };
    let made = if stranger {
        app.processors.run_for_stranger(making).await.map_err(|_| Error::Busy)?
    } else {
        app.processors.run(making).await
    };
    let envelope =
        made.flatten().and_then(Result::ok).ok_or_else(|| Error::Ours("a fault could not be signed".to_owned()))?;
    Ok((fault.http_status(), envelope))
}

fn message_id(app: &App) -> MessageId {
    MessageId::from_random(app.random.bytes())
}

/// Our own failure.
pub(super) fn own(error: &dyn std::error::Error) -> Fault {
    tracing::error!(code = Fault::Own.code(), %error, "the discovery service cannot answer");
    Fault::Own
}
