//! SAML 2.0: messages, bindings, metadata, and the checks of a receiver. Bytes, keys and the time in; bytes or verified
//! values out; no database, no network, no clock.
//!
//! What comes in goes one way, and each step's type is what the next step asks for:
//!
//! ```text
//! query, form, SOAP body --receive::{redirect,post,soap}--> Received --receive::authn_request …--> Verified<AuthnRequest>
//! ```
//!
//! A [`Verified`](receive::Verified) message was sent by a party whose metadata we hold, to the address it names, in time,
//! and signed wherever the party's registration asks for it. What goes out is written by [`send`] and put on the wire by
//! [`wire`].
//!
//! Specifications: SAML 2.0 Core, Bindings, Profiles and Metadata with the approved errata (OASIS 2005–2012).

mod context;
mod decrypt;
pub mod instant;
pub mod metadata;
mod names;
mod party;
pub mod receive;
mod refused;
pub mod send;
pub mod service;
pub mod wire;

pub use context::{Authn, AuthnClass, Comparison, RequestedContext};
pub use names::{Binding, NameFormat, Second, Status, Top};
pub use party::{EntityId, MessageId, Sign, SignFailed, Signer, Unacceptable, Unwrap, UnwrapFailed};
pub use refused::Refused;
