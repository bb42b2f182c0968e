//! Endpoint references (WS-Addressing 1.0 Core §2, as Liberty Discovery Service 2.0 profiles them): where a service is, whose it
//! is, how it is spoken to, and the token to speak to it with.
//!
//! A reference that was read is what a peer wrote. What may be called is a [`Target`], which [`EndpointReference::target`] makes
//! of it, and a [`Bootstrap`] is the first one a service gets, with a login.

mod address;
mod bootstrap;
mod carried;
mod read;
mod target;
mod write;

pub use address::{Transport, Uri};
pub use bootstrap::{ATTRIBUTE, Bootstrap, NoBootstrap};
pub use carried::{CarriedToken, Content, Usage};
pub use read::InvalidReference;
pub use target::{Client, Target, Unusable};

pub(crate) use read::{entities, is_identifier, one_text, texts, uris, versions};

use jiff::Timestamp;

use crate::EntityId;

/// `wsa:EndpointReference`, with the metadata that ID-WSF puts into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointReference {
    /// `wsu:Id`, where it has one.
    pub id: Option<String>,
    /// `wsa:Address`.
    pub address: Uri,
    /// When it ends, as far as it says so; the token in it may end earlier.
    pub expires: Option<Timestamp>,
    /// `di:Abstract`: what it is, for people.
    pub name: Option<String>,
    /// The versions of `sbf:Framework`.
    pub frameworks: Vec<String>,
    /// `di:ProviderID`: whose service it is.
    pub provider: EntityId,
    /// `di:ServiceType`, one or more.
    pub service_types: Vec<Uri>,
    /// `di:Options`.
    pub options: Vec<Options>,
    /// `di:SecurityContext`: how it may be spoken to, in the order of preference.
    pub contexts: Vec<SecurityContext>,
    /// `di:Action`: what it does; nothing named is all that its service types have.
    pub actions: Vec<Uri>,
}

/// `di:Options`: what a service offers beyond its type. It has no meaning to discovery but that it is equal or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options(pub Vec<Uri>);

/// `di:SecurityContext`: ways to speak to a service that one token is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityContext {
    /// `di:SecurityMechID`, one or more.
    pub mechanisms: Vec<Uri>,
    /// `sec:Token`.
    pub tokens: Vec<CarriedToken>,
}

/// How many values of one kind are read, wherever a message lists them.
pub const VALUES_MAX: usize = 32;
