//! What institutions register with the discovery service (Liberty Discovery Service 2.0, `SvcMD…`), beside what the configuration
//! says of them. Each changes its own, within its registered domain. Of residents it says nothing: whoever is linked to an
//! institution is found at all of its services.

use idwsf::{
    EntityId, Fault,
    disco::{MetadataId, Registry, Request, Response, ServiceMetadata, exchange::Reply},
    dst::{Code, Outcome, Status},
    epr::Transport,
    message::{Moved, ProcessingContext, Update},
};

use super::{
    message::own,
    places::{MECHANISMS, configured, configured_id},
};
use crate::{app::App, exchange::insurers::Insurer, store};

/// Follows what an institution asks for, as a whole or not at all.
///
/// # Errors
/// [`Fault::ActionUnknown`] for anybody but an institution: what services offer, nobody here passes a token on to.
pub(super) async fn answered(
    app: &App,
    sender: &EntityId,
    request: &Request,
    context: Option<ProcessingContext>,
) -> Result<Reply, Fault> {
    let insurer = app.insurers.find(sender.as_str()).ok_or(Fault::ActionUnknown)?;
    let fresh = new_ids(app, request).map_err(|error| own(&error))?;
    let now = app.clock.now();
    let response = db::transaction!(app.db, |tx| {
        let rows = store::discovery_service::get_of(tx, sender.as_str()).await?;
        let held: Vec<_> = rows.iter().filter_map(read).chain(configured(insurer, &[])).collect();
        let decided = decide(app, insurer, &held, (request, &fresh));
        if let (Ok((_, changes)), true) = (&decided, context != Some(ProcessingContext::Simulate)) {
            for change in changes {
                match change {
                    Change::Put(id, xml) => {
                        store::discovery_service::put(tx, sender.as_str(), (id.as_str(), xml), now).await?;
                    }
                    Change::Delete(id) => store::discovery_service::delete(tx, sender.as_str(), id.as_str()).await?,
                }
            }
        }
        decided.map(|(response, _)| response)
    });
    let response = response.map_err(|error| own(&error))?;
    let kind = request.kind();
    let followed = response.is_ok();
    tracing::info!(code = "WSF-57", provider = %sender, kind = kind.element(), followed, "an institution registers");
    match response {
        Ok(Some(response)) => Ok(Reply::Discovery(response)),
        Ok(None) => Err(Fault::ActionUnknown),
        Err(status) => Ok(Reply::Discovery(Response::only(kind, status))),
    }
}

/// What an institution has registered, as it can be read now.
pub(super) async fn registered(app: &App, provider: &str) -> Result<Vec<ServiceMetadata>, db::Error> {
    let rows = store::discovery_service::of(&app.db, provider).await?;
    Ok(rows.iter().filter_map(read).collect())
}

/// What becomes of the registry.
enum Change {
    Put(MetadataId, String),
    Delete(MetadataId),
}

/// The answer and what is to change, or why nothing does; no answer to what is not done here.
fn decide(
    app: &App,
    insurer: &Insurer,
    held: &[ServiceMetadata],
    (request, fresh): (&Request, &[MetadataId]),
) -> Result<(Option<Response>, Vec<Change>), Status> {
    let transport = if app.config.secure() { Transport::Tls } else { Transport::Loopback };
    let (registry, sender) = (Registry { held, mechanisms: &MECHANISMS, transport }, &insurer.entity);
    let put = |id: &MetadataId, metadata: &ServiceMetadata| {
        let metadata = ServiceMetadata { id: Some(id.clone()), ..metadata.clone() };
        Change::Put(id.clone(), metadata.fragment().into_string())
    };
    Ok(match request {
        Request::Register(offered) => {
            registry.register(sender, offered)?;
            within_domain(insurer, offered)?;
            let changes = fresh.iter().zip(offered).map(|(id, metadata)| put(id, metadata)).collect();
            let ids = fresh.to_vec();
            (Some(Response::Register { status: Status::OK, ids, keys: Vec::new() }), changes)
        }
        Request::Registered(ids) => {
            let metadata = registry.registered(sender, ids)?.into_iter().cloned().collect();
            (Some(Response::Registered { status: Status::OK, metadata }), Vec::new())
        }
        Request::Replace(by) => {
            changeable(insurer, by.iter().filter_map(|metadata| metadata.id.as_ref()))?;
            registry.replace(sender, by)?;
            within_domain(insurer, by)?;
            let changes = by.iter().filter_map(|metadata| Some(put(metadata.id.as_ref()?, metadata))).collect();
            (Some(Response::Replace(Status::OK)), changes)
        }
        Request::Delete(ids) => {
            changeable(insurer, ids.iter())?;
            registry.delete(sender, ids)?;
            (Some(Response::Delete(Status::OK)), ids.iter().cloned().map(Change::Delete).collect())
        }
        Request::Query(_) | Request::Associate(_) | Request::Dissociate(_) | Request::Associated(_) => {
            (None, Vec::new())
        }
    })
}

/// What the configuration says is the operator's to change.
fn changeable<'a>(insurer: &Insurer, mut ids: impl Iterator<Item = &'a MetadataId>) -> Result<(), Status> {
    let configured = configured_id(&insurer.entity);
    match ids.find(|id| Some(*id) == configured.as_ref()) {
        Some(id) => Err(Status::failed(Code::FORBIDDEN, Some(id.as_str().to_owned()))),
        None => Ok(()),
    }
}

/// Whoever could sign for an institution could else have residents' services ask anywhere.
fn within_domain(insurer: &Insurer, offered: &[ServiceMetadata]) -> Result<(), Status> {
    let services = offered.iter().flat_map(|metadata| &metadata.services);
    let mut addresses = services.flat_map(|service| &service.endpoints).flat_map(|endpoint| &endpoint.addresses);
    let inside = addresses.all(|address| {
        let moved = Moved { update: Update::Partial, address: address.as_str().to_owned() };
        moved.within(&insurer.domain, &insurer.address).is_some()
    });
    if inside { Ok(()) } else { Err(Status { outcome: Outcome::Failed, reasons: Vec::new() }) }
}

/// An ID for each service that is new.
fn new_ids(app: &App, request: &Request) -> Result<Vec<MetadataId>, idwsf::Unacceptable> {
    let Request::Register(offered) = request else { return Ok(Vec::new()) };
    let id = |_| MetadataId::parse(&format!("urn:x-kagawa:svcmd:{}", hex::encode(app.random.bytes::<16>())));
    offered.iter().map(id).collect()
}

fn read((id, metadata): &(String, String)) -> Option<ServiceMetadata> {
    Some(ServiceMetadata { id: Some(MetadataId::parse(id).ok()?), ..ServiceMetadata::parse(metadata)? })
}
