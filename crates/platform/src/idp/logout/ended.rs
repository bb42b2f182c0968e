//! Ending sessions of ours, and finding out which services are to be told.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use db::Tx;
use saml::{
    Binding, EntityId,
    receive::{LogoutRequest, NameId, Verified},
};
use tokio::time::timeout;
use web::Error;

use super::{
    back,
    kept::{self, Handle, Unkept},
    run::{Participant, Progress, Requester, Run},
};
use crate::{
    app::App,
    idp::{
        begun::{self, Unnamed},
        known,
    },
    store::{self, service_session::ServiceSession},
};

/// How far a logout has come without the browser.
pub(super) struct Ended {
    /// What is left to do, or how it went.
    pub run: Run,
    /// Where it is kept, if services take part in it.
    pub handle: Option<Handle>,
}

/// Does what a service's verified request asks: ends the sessions of ours that it names, and asks the other services.
///
/// A name whose sessions have all ended already is somebody: then there is nothing to do, and that is a success.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn obeyed(app: &Arc<App>, request: &Verified<LogoutRequest>, by: Binding) -> Result<Ended, Error> {
    let (sender, name) = (request.sender(), &request.message().name);
    let mut requester = Requester {
        entity: sender.as_str().to_owned(),
        request: request.id().as_str().to_owned(),
        relay_state: request.relay_state().map(|state| state.as_str().to_owned()),
        by_post: by == Binding::Post,
        unknown: false,
    };
    let digest = known::name_digest(&app.keys, sender, &name.value).map_err(Error::ours)?;
    let named = if ours_to_name(&app.idp_entity, sender, name) {
        named(app, sender, digest, &request.message().sessions).await?
    } else {
        requester.unknown = true;
        Vec::new()
    };
    if named.is_empty() && !requester.unknown {
        let link = store::service_link::by_name(&app.db, sender.as_str(), digest).await.map_err(Error::ours)?;
        requester.unknown = link.is_none();
    }
    let (service, id) = (requester.entity.as_str(), requester.request.as_str());
    if requester.unknown {
        tracing::info!(code = "IDP-24", service, request.id = id, "a logout request names nobody that is known there");
    } else {
        tracing::info!(code = "IDP-23", service, request.id = id, "a service asked for a logout, and has it");
    }
    let sessions: BTreeSet<_> = named.iter().map(|one| one.session_digest).collect();
    let sessions: Vec<_> = sessions.into_iter().collect();
    let whose = if by == Binding::Soap { Whose::Service(requester) } else { Whose::ServiceAt(requester) };
    ours(app, &sessions, whose).await
}

/// Who wants sessions of ours to end.
pub(super) enum Whose {
    /// The resident, in the browser of this cookie digest.
    Resident([u8; 32]),
    /// A service, which waits for the outcome. It is not asked itself (SAML 2.0 Core §3.7.3.2): what began there with ours has
    /// ended with its own request.
    Service(Requester),
    /// The same by a browser, which has a page to look at meanwhile.
    ServiceAt(Requester),
}

/// Ends these sessions of ours, keeps in the same transaction which services are to hear of it, and asks those that can be
/// asked behind the browser's back. Where there is a browser, it does not wait for slow ones.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn ours(app: &Arc<App>, sessions: &[[u8; 32]], whose: Whose) -> Result<Ended, Error> {
    let (requester, visitor, by_browser) = match whose {
        Whose::Resident(visitor) => (None, Some(visitor), true),
        Whose::ServiceAt(requester) => (Some(requester), None, true),
        Whose::Service(requester) => (Some(requester), None, false),
    };
    let patience = if by_browser { PATIENCE } else { PATIENCE_WITHOUT_BROWSER };
    let handle = Handle::new(app);
    let run = db::transaction!(app.db, |tx| -> Unended {
        let mut begun = Vec::new();
        for digest in sessions {
            begun.extend(store::service_session::take_of_session(tx, *digest).await?);
            store::session::delete(tx, *digest).await?;
        }
        begun.retain(|one| requester.as_ref().is_none_or(|requester| one.entity != requester.entity));
        let (participants, requester) = (participants(app, &begun)?, requester.clone());
        let run = Run { participants, requester, by_browser, asking: false };
        if !run.participants.is_empty() {
            kept::insert(app, tx, &handle, &run, visitor).await?;
        }
        run
    });
    let run = run.map_err(Error::ours)?;
    if run.participants.is_empty() {
        return Ok(Ended { run, handle: None });
    }
    let run = match timeout(patience, back::asked(app, handle.digest(), run.clone())).await {
        Ok(run) => run?,
        Err(_) => Run { asking: true, ..run },
    };
    Ok(Ended { run, handle: Some(handle) })
}

/// How long a person looks at nothing before there is a page.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a service waits: less than a request may take, and more than any other service may.
const PATIENCE_WITHOUT_BROWSER: Duration = Duration::from_secs(15);

/// Services that are to hear, behind the browser's back and nowhere else, that what sessions of theirs began with has ended.
#[must_use = "what is kept is asked at once: `behind`"]
pub(crate) struct Bereft(Option<Result<([u8; 32], Run), Unended>>);

/// Sessions at services have lost what they began with: keeps which services are to hear of it, in the transaction in which
/// that ends, so that an interruption leaves none of them out. [`behind`] asks them once it is committed. A fault of the key
/// store stops nothing from ending, and is told there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn bereave(app: &App, tx: &mut Tx, begun: &[ServiceSession]) -> Result<Bereft, db::Error> {
    match kept_for_nobody(app, tx, begun).await {
        Ok(kept) => Ok(Bereft(kept.map(Ok))),
        Err(Unended::Database(error) | Unended::Unkept(Unkept::Database(error))) => Err(error),
        Err(error) => Ok(Bereft(Some(Err(error)))),
    }
}

/// The logout of these sessions, kept without a browser that could go on with it; none where nothing goes on any more.
async fn kept_for_nobody(app: &App, tx: &mut Tx, begun: &[ServiceSession]) -> Result<Option<([u8; 32], Run)>, Unended> {
    let run = Run { participants: participants(app, begun)?, ..Run::default() };
    if run.participants.is_empty() {
        return Ok(None);
    }
    let handle = Handle::new(app);
    kept::insert(app, tx, &handle, &run, None).await?;
    Ok(Some((handle.digest(), run)))
}

/// Asks services that were left without what their sessions began with, and waits for none of them.
///
/// A session of ours that lies idle, or lasts no longer, is none of these: every service was told when its own ends at the
/// latest ([`Times`](crate::idp::times::Times)), it may be in use while nobody looks at the portal, and one instant for all of
/// them would tell them that they have the same visitor.
pub(crate) fn behind(app: &Arc<App>, bereft: Bereft) {
    match bereft.0 {
        None => {}
        Some(Ok((digest, run))) => back::asked_by_nobody(app, digest, run),
        Some(Err(error)) => tracing::error!(code = "IDP-22", %error, "sessions at services could not be ended"),
    }
}

/// The live sessions that a service names: by index, or every one of the name.
async fn named(
    app: &App,
    sender: &EntityId,
    digest: [u8; 32],
    indexes: &[String],
) -> Result<Vec<ServiceSession>, Error> {
    let mut found = Vec::new();
    for index in indexes {
        let index = known::index_digest(&app.keys, index).map_err(Error::ours)?;
        found.extend(store::service_session::by_index(&app.db, index).await.map_err(Error::ours)?);
    }
    if indexes.is_empty() {
        let named = store::service_session::by_name(&app.db, sender.as_str(), digest).await;
        found = named.map_err(Error::ours)?;
    }
    let now = app.clock.now();
    found.retain(|one| one.entity == sender.as_str() && one.name_digest == digest && now < one.expires_at);
    Ok(found)
}

/// Whether a name can be one that we gave this service: a name qualified by others is somebody else's (SAML 2.0 Core
/// §2.2.2).
pub(crate) fn ours_to_name(us: &EntityId, service: &EntityId, name: &NameId) -> bool {
    let fits = |said: &Option<String>, entity: &EntityId| said.as_ref().is_none_or(|said| said == entity.as_str());
    fits(&name.qualifier, us) && fits(&name.sp_qualifier, service)
}

/// The sessions that still go on, as their services know them: a service is asked once about all that it knows under one name
/// (SAML 2.0 Core §3.7.1), since much software finds a session by its name and knows nobody the second time.
fn participants(app: &App, begun: &[ServiceSession]) -> Result<Vec<Participant>, Unnamed> {
    let now = app.clock.now();
    let mut participants: Vec<Participant> = Vec::new();
    for session in begun.iter().filter(|one| now < one.expires_at) {
        let (index, name) = begun::called(app, session)?;
        let (entity, transient) = (session.entity.clone(), !session.name.is_empty());
        let same = |one: &&mut Participant| {
            one.entity == entity && one.name == name && one.sessions.len() < SESSIONS_AT_ONCE_MAX
        };
        match participants.iter_mut().find(same) {
            Some(one) => one.sessions.push(index),
            None => participants.push(Participant {
                entity,
                sessions: vec![index],
                name,
                transient,
                progress: Progress::Waiting,
            }),
        }
    }
    Ok(participants)
}

/// As many sessions as go in one request: we take no more ourselves, and a URL has to carry them.
const SESSIONS_AT_ONCE_MAX: usize = 32;

/// Why sessions cannot be ended.
#[derive(Debug, thiserror::Error)]
enum Unended {
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error(transparent)]
    Unnamed(#[from] Unnamed),
    #[error(transparent)]
    Unkept(#[from] Unkept),
}
