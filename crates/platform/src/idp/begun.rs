//! A session that begins at a service, as it is kept. The service writes our index down beside the name that it knows: in our
//! rows there is a keyed digest of either, to find them by, and what is needed to end the session is sealed.

use jiff::Timestamp;
use saml::{Authn, EntityId};
use web::Error;

use super::{known, name};
use crate::{
    app::{App, key},
    session::{self, Holder, Kind, Level},
    store::{self, service_link::ServiceLink, service_session::ServiceSession},
};

/// The row of a session that begins over `link`, `index` being new; `transient` is the name there if it is not the pairwise
/// one.
///
/// # Errors
/// [`Unnamed`].
pub(super) fn row(
    app: &App,
    link: &ServiceLink,
    holder: &Holder,
    (index, transient): (&str, Option<&str>),
    now: Timestamp,
) -> Result<ServiceSession, Unnamed> {
    let index_digest = known::index_digest(&app.keys, index)?;
    let sealed =
        |column, text: &str| app.keys.seal(key::ROWS, &ServiceSession::aad(column, &index_digest), text.as_bytes());
    let (name, name_digest) = match transient {
        None => (Vec::new(), link.name_digest),
        Some(called) => {
            let entity: EntityId = link.entity.parse()?;
            (sealed(NAME, called)?, known::name_digest(&app.keys, &entity, called)?)
        }
    };
    Ok(ServiceSession {
        session_digest: holder.digest(),
        index_digest,
        session_index: sealed(INDEX, index)?,
        resident: holder.resident(),
        entity: link.entity.clone(),
        generation: link.generation,
        name,
        name_digest,
        began_at: now,
        expires_at: holder.ends(),
    })
}

/// The login of ours that a session at a service began with, if both still stand and it was by card and PIN.
///
/// # Errors
/// When the database fails.
pub(super) async fn login(app: &App, begun: &ServiceSession) -> Result<Option<Authn>, Error> {
    let now = app.clock.now();
    if begun.expires_at <= now {
        return Ok(None);
    }
    let ours = store::session::find(&app.db, begun.session_digest).await.map_err(Error::ours)?;
    Ok(ours.and_then(|ours| {
        let level = Level::of(&ours).filter(|level| *level == Level::CardAndPin)?;
        let over = session::over(&ours, Kind::Resident(level), now);
        (!over).then_some(Authn { instant: ours.started_at, class: level.class() })
    }))
}

/// What the service knows a session by: its index, and the name.
///
/// # Errors
/// [`Unnamed`].
pub(super) fn called(app: &App, session: &ServiceSession) -> Result<(String, String), Unnamed> {
    let opened = |column, sealed: &[u8]| -> Result<String, Unnamed> {
        let plain = app.keys.open_sealed(key::ROWS, &ServiceSession::aad(column, &session.index_digest), sealed)?;
        Ok(String::from_utf8_lossy(&plain).into_owned())
    };
    let name = if session.name.is_empty() {
        name::pairwise(&app.keys, &session.entity.parse()?, session.resident, session.generation)?
    } else {
        opened(NAME, &session.name)?
    };
    Ok((opened(INDEX, &session.session_index)?, name))
}

const INDEX: &str = "session_index";
const NAME: &str = "name";

/// Why what a service knows cannot be told or kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unnamed {
    #[error(transparent)]
    Keys(#[from] keys::Error),
    #[error("a session's service has no entity ID")]
    Entity(#[from] saml::Unacceptable),
}
