//! What institutions say and ask of one resident (Liberty Discovery Service 2.0, `SvcMDAssociation…`): that services of theirs hold
//! something about them. They do as long as the resident is linked with the institution, and then all of them do: nothing is stored
//! for it. An institution can end that, and then the link ends as if the resident had ended it; it can begin nothing.
//!
//! It names the resident by the handle that came with the resident's wish. Whatever that does not lead to a link in force is
//! answered alike: nobody learns by it who is here.

use idwsf::{
    EntityId, Fault, MessageId, Pseudonym, TokenRefused,
    disco::{Kind, MetadataId, Registry, Request, Response, exchange::Reply},
    dst::{Code, Status},
    epr::Transport,
    message::ProcessingContext,
};
use web::Error;

use super::{
    message::own,
    places::{MECHANISMS, configured},
    registry::registered,
};
use crate::{
    app::App,
    exchange::{insurers::Insurer, link},
    ids::ResidentId,
    store::{self, link::Link},
};

/// Who says or asks it, by which message.
pub(super) struct By<'a> {
    pub sender: &'a EntityId,
    pub message_id: &'a MessageId,
    /// The handle.
    pub named: Option<&'a Pseudonym>,
    pub context: Option<ProcessingContext>,
}

/// Follows it, as a whole or not at all.
///
/// # Errors
/// [`Fault::ActionUnknown`] for anybody but an institution; [`Fault::Token`] where it names nobody.
pub(super) async fn answered(app: &App, by: &By<'_>, request: &Request) -> Result<Reply, Fault> {
    let insurer = app.insurers.find(by.sender.as_str()).ok_or(Fault::ActionUnknown)?;
    let handle = by.named.ok_or(TokenRefused::Missing)?;
    let whom = whom(app, insurer, handle).await.map_err(|error| own(&error))?;
    let response = followed(app, by, (insurer, whom), request).await.map_err(|error| own(&error))?;
    let kind = request.kind();
    let (provider, followed) = (by.sender, response.is_ok());
    tracing::info!(code = "WSF-59", %provider, kind = kind.element(), followed, "an institution speaks of one resident");
    Ok(Reply::Discovery(response.unwrap_or_else(|status| Response::only(kind, status))))
}

/// Whom a handle leads to, while the link stands that it was made for.
async fn whom(app: &App, insurer: &Insurer, handle: &Pseudonym) -> Result<Option<(ResidentId, Link)>, db::Error> {
    let Some((resident, link)) = link::handle::open(app, insurer.entity.as_str(), handle.as_str()) else {
        return Ok(None);
    };
    let links = store::link::of(&app.db, resident).await?;
    Ok(links.contains(&link).then_some((resident, link)))
}

async fn followed(
    app: &App,
    by: &By<'_>,
    (insurer, whom): (&Insurer, Option<(ResidentId, Link)>),
    request: &Request,
) -> Result<Result<Response, Status>, Error> {
    let Some((resident, link)) = whom else { return Ok(Err(nobody())) };
    let mut held = registered(app, insurer.entity.as_str()).await.map_err(Error::ours)?;
    held.extend(configured(insurer, &[]));
    let transport = if app.config.secure() { Transport::Tls } else { Transport::Loopback };
    let registry = Registry { held: &held, mechanisms: &MECHANISMS, transport };
    let associated: Vec<MetadataId> = held.iter().filter_map(|metadata| metadata.id.clone()).collect();
    let decided = decide(&registry, by.sender, request, &associated);
    if decided.is_ok() && request.kind() == Kind::Dissociate && by.context != Some(ProcessingContext::Simulate) {
        let ended = link::end_there(app, resident, &link, by.message_id).await?;
        // Somebody was faster, the resident perhaps.
        return Ok(if ended { decided } else { Err(nobody()) });
    }
    Ok(decided)
}

/// The answer, by what the resident has at the sender.
fn decide(
    registry: &Registry<'_>,
    sender: &EntityId,
    request: &Request,
    associated: &[MetadataId],
) -> Result<Response, Status> {
    match request {
        // What is so already is said twice.
        Request::Associate(ids) => registry.associate(sender, ids, &[]).map(|()| Response::Associate(Status::OK)),
        Request::Associated(ids) => {
            let ids = registry.associated(sender, ids, associated);
            Ok(Response::Associated { status: Status::OK, ids })
        }
        Request::Dissociate(ids) => {
            registry.dissociate(sender, ids, associated)?;
            // One of several cannot be left out: the resident is linked with the institution.
            match associated.iter().find(|id| !ids.contains(id)) {
                Some(left) => Err(Status::failed(Code::FORBIDDEN, Some(left.as_str().to_owned()))),
                None => Ok(Response::Dissociate(Status::OK)),
            }
        }
        _ => Err(nobody()),
    }
}

/// The one answer for whoever is not linked with the sender, was never, or is not there.
fn nobody() -> Status {
    Status::failed(Code::NOT_FOUND, None)
}
