//! Ending sessions of ours, and finding out which services are to be told.

use std::{collections::BTreeSet, sync::Arc};

use saml::{
    EntityId,
    receive::{LogoutRequest, NameId, Verified},
};
use web::Error;

use super::run::{Participant, Progress, Run};
use crate::{
    app::{App, key},
    idp::{known, name},
    store::{self, service_session::ServiceSession},
};

/// Does what a service's verified request asks: ends the sessions of ours that it names, and gives what is left to do at
/// other services. `None` when the service knows nobody of that name.
///
/// A name whose sessions have all ended already is somebody: then there is nothing to do, and that is a success.
///
/// # Errors
/// When the key store or the database fails.
pub(crate) async fn obeyed(app: &Arc<App>, request: &Verified<LogoutRequest>) -> Result<Option<Run>, Error> {
    let (sender, name) = (request.sender(), &request.message().name);
    if !ours_to_name(&app.idp_entity, sender, name) {
        return Ok(None);
    }
    let digest = known::name_digest(&app.keys, sender, &name.value).map_err(Error::ours)?;
    let named = named(app, sender, digest, &request.message().sessions).await.map_err(Error::ours)?;
    if named.is_empty() {
        let link = store::service_link::by_name(&app.db, sender.as_str(), digest).await.map_err(Error::ours)?;
        return Ok(link.map(|_| Run::default()));
    }
    let sessions: BTreeSet<_> = named.iter().map(|one| one.session_digest).collect();
    let sessions: Vec<_> = sessions.into_iter().collect();
    let asked: Vec<_> = named.into_iter().map(|one| one.session_index).collect();
    ours(app, &sessions, &asked).await.map(Some)
}

/// Ends these sessions of ours, and gives the sessions at services that began with them, without those at `asked`, whose
/// services end them by themselves.
///
/// # Errors
/// When the key store or the database fails.
pub(crate) async fn ours(app: &Arc<App>, sessions: &[[u8; 32]], asked: &[String]) -> Result<Run, Error> {
    let begun = db::transaction!(app.db, |tx| {
        let mut begun = Vec::new();
        for digest in sessions {
            begun.extend(store::service_session::of_session_in(tx, *digest).await?);
            store::service_session::delete_session(tx, *digest).await?;
            store::session::delete(tx, *digest).await?;
        }
        begun
    });
    let now = app.clock.now();
    let begun = begun.map_err(Error::ours)?;
    let left = begun.iter().filter(|one| now < one.expires_at && !asked.contains(&one.session_index));
    let participants = left.map(|one| participant(app, one)).collect::<Result<_, _>>().map_err(Error::ours)?;
    Ok(Run { participants, requester: None })
}

/// The live sessions that a service names: by index, or every one of the name.
async fn named(
    app: &App,
    sender: &EntityId,
    digest: [u8; 32],
    indexes: &[String],
) -> Result<Vec<ServiceSession>, db::Error> {
    let mut found = Vec::new();
    for index in indexes {
        found.extend(store::service_session::by_index(&app.db, index).await?);
    }
    if indexes.is_empty() {
        found = store::service_session::by_name(&app.db, sender.as_str(), digest).await?;
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

fn participant(app: &App, session: &ServiceSession) -> Result<Participant, Unnamed> {
    let transient = !session.name.is_empty();
    let name = if transient {
        let aad = ServiceSession::aad(&session.session_index);
        let plain = app.keys.open_sealed(key::ROWS, &aad, &session.name)?;
        String::from_utf8_lossy(&plain).into_owned()
    } else {
        name::pairwise(&app.keys, &EntityId::parse(&session.entity)?, session.resident, session.generation)?
    };
    let (entity, session) = (session.entity.clone(), session.session_index.clone());
    Ok(Participant { entity, session, name, transient, progress: Progress::Waiting })
}

/// Why the name at a service cannot be told.
#[derive(Debug, thiserror::Error)]
enum Unnamed {
    #[error(transparent)]
    Keys(#[from] keys::Error),
    #[error("a session's service has no entity ID")]
    Entity(#[from] saml::Unacceptable),
}
