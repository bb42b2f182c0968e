use super::metadata::{MetadataId, ServiceMetadata};
use super::response::FAILED;
use crate::EntityId;
use crate::dst::{Code, Status};
use crate::epr::{Transport, VALUES_MAX};
use crate::message::Mechanism;

/// What is registered, and the rules by which that changes. It is a view: whoever stores it asks here first, and stores then. Each
/// request is followed as a whole or not at all.
#[derive(Debug, Clone, Copy)]
pub struct Registry<'a> {
    /// All services, each with its ID, in order of rank.
    pub held: &'a [ServiceMetadata],
    /// The security mechanisms that the discovery service makes tokens for.
    pub mechanisms: &'a [Mechanism],
    /// What services are reached over.
    pub transport: Transport,
}

impl<'a> Registry<'a> {
    /// Whether these services may be taken in. An ID that one of them has is left aside: the discovery service gives them.
    ///
    /// # Errors
    /// `Forbidden` for services of another provider than the sender, `Duplicate` for what is there already, `LogicalDuplicate`
    /// for one of the same type at the same place, and `Failed` alone for a place that no token may be sent to, or too many.
    pub fn register(&self, sender: &EntityId, offered: &[ServiceMetadata]) -> Result<(), Status> {
        for (position, new) in offered.iter().enumerate() {
            self.acceptable(sender, new)?;
            for other in self.held.iter().chain(offered.iter().take(position)) {
                distinct(new, other)?;
            }
        }
        let own = self.held.iter().filter(|held| held.provider == *sender).count();
        if own + offered.len() > VALUES_MAX { Err(FAILED) } else { Ok(()) }
    }

    /// What is registered under these IDs; without any, all that the sender registered.
    ///
    /// # Errors
    /// `NotFound` for one that is not there or not the sender's.
    pub fn registered(&self, sender: &EntityId, ids: &[MetadataId]) -> Result<Vec<&'a ServiceMetadata>, Status> {
        let own = |held: &&ServiceMetadata| held.provider == *sender;
        if ids.is_empty() {
            return Ok(self.held.iter().filter(own).collect());
        }
        ids.iter().map(|id| self.get(id).filter(own).ok_or_else(|| failed(Code::NOT_FOUND, id))).collect()
    }

    /// Whether these services may stand, by their IDs, in the place of those that are there.
    ///
    /// # Errors
    /// `NotFound` for one without an ID, or with one that is not there; `Forbidden` for what is, or would be, another
    /// provider's; `Duplicate` and `LogicalDuplicate` as for [`Registry::register`].
    pub fn replace(&self, sender: &EntityId, by: &[ServiceMetadata]) -> Result<(), Status> {
        for (position, new) in by.iter().enumerate() {
            let id = new.id.as_ref().ok_or_else(|| Status::failed(Code::NOT_FOUND, None))?;
            self.own(sender, id)?;
            self.acceptable(sender, new)?;
            if by.iter().take(position).any(|other| other.id == new.id) {
                return Err(failed(Code::DUPLICATE, id));
            }
            let stays = |held: &&ServiceMetadata| !by.iter().any(|other| other.id == held.id);
            for other in self.held.iter().filter(stays).chain(by.iter().take(position)) {
                distinct(new, other)?;
            }
        }
        Ok(())
    }

    /// Whether these services may be taken out, with every association to them.
    ///
    /// # Errors
    /// `NotFound` for one that is not there, `Forbidden` for one of another provider.
    pub fn delete(&self, sender: &EntityId, ids: &[MetadataId]) -> Result<(), Status> {
        ids.iter().try_for_each(|id| self.own(sender, id))
    }

    /// Whether the sender may say that it holds something about the person in these services. `associated` are all that the
    /// person has.
    ///
    /// # Errors
    /// `NotFound` for one that is not there, `Forbidden` for one of another provider, `Duplicate` for one that the person has
    /// already.
    pub fn associate(&self, sender: &EntityId, ids: &[MetadataId], associated: &[MetadataId]) -> Result<(), Status> {
        ids.iter().try_for_each(|id| {
            self.own(sender, id)?;
            if associated.contains(id) { Err(failed(Code::DUPLICATE, id)) } else { Ok(()) }
        })
    }

    /// Whether the sender may say that it no longer does. Once it is stored, no token is made.
    ///
    /// # Errors
    /// `NotFound` for one that is not there, or that the person does not have; `Forbidden` for one of another provider.
    pub fn dissociate(&self, sender: &EntityId, ids: &[MetadataId], associated: &[MetadataId]) -> Result<(), Status> {
        ids.iter().try_for_each(|id| {
            self.own(sender, id)?;
            if associated.contains(id) { Ok(()) } else { Err(failed(Code::NOT_FOUND, id)) }
        })
    }

    /// Which of these services, and without any which of all, the person has. Only the sender's own are told: where else a
    /// person is known is nothing that a provider learns here.
    #[must_use]
    pub fn associated(&self, sender: &EntityId, ids: &[MetadataId], associated: &[MetadataId]) -> Vec<MetadataId> {
        let asked = |id: &&MetadataId| ids.is_empty() || ids.contains(id);
        let own = |id: &&MetadataId| self.own(sender, id).is_ok();
        associated.iter().filter(asked).filter(own).cloned().collect()
    }

    fn get(&self, id: &MetadataId) -> Option<&'a ServiceMetadata> {
        self.held.iter().find(|held| held.id.as_ref() == Some(id))
    }

    /// Whether a service is there, and the sender's.
    fn own(&self, sender: &EntityId, id: &MetadataId) -> Result<(), Status> {
        let held = self.get(id).ok_or_else(|| failed(Code::NOT_FOUND, id))?;
        if held.provider == *sender { Ok(()) } else { Err(failed(Code::FORBIDDEN, id)) }
    }

    /// Whether a service is the sender's, and every place of it one that tokens may be sent to.
    fn acceptable(&self, sender: &EntityId, new: &ServiceMetadata) -> Result<(), Status> {
        if new.provider != *sender {
            return Err(Status::failed(Code::FORBIDDEN, None));
        }
        let reached = places(new).all(|(_, address)| address.is_reachable(self.transport));
        if reached { Ok(()) } else { Err(FAILED) }
    }
}

/// Two registrations of one provider, but for their IDs, differ in type or place.
fn distinct(new: &ServiceMetadata, other: &ServiceMetadata) -> Result<(), Status> {
    if new.provider != other.provider {
        return Ok(());
    }
    if new.name == other.name && new.services == other.services {
        return Err(Status::failed(Code::DUPLICATE, other.id.as_ref().map(MetadataId::to_string)));
    }
    if places(new).any(|place| places(other).any(|taken| place == taken)) {
        return Err(Status::failed(Code::LOGICAL_DUPLICATE, other.id.as_ref().map(MetadataId::to_string)));
    }
    Ok(())
}

/// Each type at each address.
fn places(metadata: &ServiceMetadata) -> impl Iterator<Item = (&crate::epr::Uri, &crate::epr::Uri)> {
    metadata.services.iter().flat_map(|service| {
        let addresses = || service.endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
        service
            .service_types
            .iter()
            .flat_map(move |service_type| addresses().map(move |address| (service_type, address)))
    })
}

fn failed(code: Code, id: &MetadataId) -> Status {
    Status::failed(code, Some(id.to_string()))
}
