//! Discovery Service 2.0 (`urn:liberty:disco:2006-08`): where the data of a person are, for those who may know.
//!
//! Providers register what they offer ([`ServiceMetadata`]), and say of which person they hold something (an association). A
//! client asks with a token about a person, and gets an endpoint reference with a token for each service that fits and that it
//! may use. What decides on all of this is [`Registry`], a view of what is held.
//!
//! ```text
//! exchange::seal_call  →  (HTTP)  →  exchange::authenticate  →  Authenticated::admit  →  Registry::find  →  Match::reference
//!                                                            exchange::open_reply  ←  (HTTP)  ←  exchange::seal_reply
//! ```

pub mod exchange;
mod matching;
mod metadata;
mod query;
mod registry;
mod request;
mod response;

pub use matching::{Found, Match, Permission};
pub use metadata::{EndpointContext, MetadataId, ServiceContext, ServiceMetadata};
pub use query::{Query, RequestedService, Results};
pub use registry::Registry;
pub use request::{Kind, Request};
pub use response::{Keys, Response};

/// `di:ServiceType` of the discovery service, and the namespace of its messages.
pub const SERVICE_TYPE: &str = crate::names::DI.uri;
