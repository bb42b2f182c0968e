//! ID-WSF 2.0, the profile of the regional platform: Liberty SOAP Binding 2.0 over WS-Addressing 1.0 and WS-Security 1.1,
//! security mechanism `urn:liberty:security:2005-02:TLS:Bearer` (and, where a service asks for it, a token bound to a key:
//! [`message::Mechanism`]), Data Services Template 2.1.
//!
//! A client mints a [`token::Token`] for one provider, seals a [`dst::Query`] with it and opens the answer:
//!
//! ```text
//! token::mint  →  message::seal_request  →  (HTTP)  →  message::open_response
//! ```
//!
//! A service authenticates the message, has its message ID looked up in its own replay store, and only then gets to see it:
//!
//! ```text
//! message::authenticate  →  Authenticated::admit  →  VerifiedRequest  →  Query::answer  →  message::seal_response
//! ```
//!
//! A service that takes more than plain questions says so in [`message::Terms`]: changes, simulation, bound tokens. Then the way
//! is [`message::seal_call`] with [`message::Headers`], [`message::authenticate_under`], and [`dst::Modify::judge`]. One that
//! needs the person's yes first sends them to a page of its own: [`interaction`].
//!
//! Where a person's data are, [`disco`] says to those who may know, in references of [`epr`]; [`mapping`] makes of a token for one
//! provider one for another. Their messages are those of [`disco::exchange`].
//!
//! Bytes, keys and the time come in; bytes and typed values go out. The crate knows no clock, network, or database.

pub mod disco;
pub mod dst;
pub mod epr;
mod fault;
pub mod interaction;
pub mod mapping;
pub mod message;
mod names;
mod party;
pub mod token;
mod withdrawal;

pub use fault::{Fault, TokenRefused};
pub use names::{CONTENT_TYPE, MECHANISM};
pub use party::{MessageId, Pseudonym, Sender, Unwrap};
pub use saml::{EntityId, Sign, SignFailed, Unacceptable, UnwrapFailed};
pub use withdrawal::Withdrawal;
