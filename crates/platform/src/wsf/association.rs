//! What institutions say and ask of one resident (Liberty Discovery Service 2.0, `SvcMDAssociation…`): that services of theirs hold
//! something about them. They do as long as the resident is linked with the institution, or wishes to be, and then all of them do:
//! nothing is stored for it. An institution can end that, and then link or wish ends as if the resident had ended it; it can begin
//! nothing.
//!
//! It names the resident by the handle that came with the resident's wish. Whatever is no handle that was made for the sender is
//! answered alike: nobody learns by it who is here. The sender of a true one had the wish, so it is told when nothing stands any
//! more, and that is another answer: an institution that ends a link must know the one from the other.

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

/// Whom a handle leads to.
struct Whom {
    resident: ResidentId,
    link: Link,
    stands: Stands,
}

/// What stands of what the handle was made for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    InForce,
    /// The resident has asked, and not said yet that a record is theirs.
    Wished,
    Nothing,
}

/// Whom a handle leads to that was made for this institution.
async fn whom(app: &App, insurer: &Insurer, handle: &Pseudonym) -> Result<Option<Whom>, db::Error> {
    let Some((resident, link)) = link::handle::open(app, insurer.entity.as_str(), handle.as_str()) else {
        return Ok(None);
    };
    let wishes = store::linking::of(&app.db, resident).await?;
    // After the wishes: one that is confirmed in between is a link by now.
    let stands = if store::link::of(&app.db, resident).await?.contains(&link) {
        Stands::InForce
    } else if wishes.iter().any(|wish| wish.is_for(&link) && wish.state.is_open()) {
        Stands::Wished
    } else {
        Stands::Nothing
    };
    Ok(Some(Whom { resident, link, stands }))
}

async fn followed(
    app: &App,
    by: &By<'_>,
    (insurer, whom): (&Insurer, Option<Whom>),
    request: &Request,
) -> Result<Result<Response, Status>, Error> {
    let Some(Whom { resident, link, stands }) = whom else { return Ok(Err(nobody())) };
    let mut held = registered(app, insurer.entity.as_str()).await.map_err(Error::ours)?;
    held.extend(configured(insurer, &[]));
    let transport = if app.config.secure() { Transport::Tls } else { Transport::Loopback };
    let registry = Registry { held: &held, mechanisms: &MECHANISMS, transport };
    let associated: Vec<MetadataId> = held.iter().filter_map(|metadata| metadata.id.clone()).collect();
    let decided = decide(&registry, by.sender, request, (&associated, stands));
    if decided.is_ok() && request.kind() == Kind::Dissociate && by.context != Some(ProcessingContext::Simulate) {
        // Nothing may stand any more: then it has ended all the same.
        link::end_there(app, resident, &link, by.message_id).await?;
    }
    Ok(decided)
}

/// The answer, by what the resident has at the sender, which has `all` these services.
fn decide(
    registry: &Registry<'_>,
    sender: &EntityId,
    request: &Request,
    (all, stands): (&[MetadataId], Stands),
) -> Result<Response, Status> {
    let associated = if stands == Stands::Nothing { &[] } else { all };
    match request {
        // What is so already is said twice.
        Request::Associate(ids) if stands == Stands::InForce => {
            registry.associate(sender, ids, &[]).map(|()| Response::Associate(Status::OK))
        }
        Request::Associated(ids) => {
            let ids = registry.associated(sender, ids, associated);
            Ok(Response::Associated { status: Status::OK, ids })
        }
        // What has ended already, too.
        Request::Dissociate(ids) => {
            registry.dissociate(sender, ids, all)?;
            // One of several cannot be left out: the resident is linked with the institution.
            match associated.iter().find(|id| !ids.contains(id)) {
                Some(left) => Err(Status::failed(Code::FORBIDDEN, Some(left.as_str().to_owned()))),
                None => Ok(Response::Dissociate(Status::OK)),
            }
        }
        _ => Err(nobody()),
    }
}

/// The one answer where the handle is none of the sender's, and for what the sender cannot begin.
fn nobody() -> Status {
    Status::failed(Code::NOT_FOUND, None)
}
