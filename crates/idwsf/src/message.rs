//! Messages of the Liberty SOAP Binding 2.0: one SOAP 1.1 envelope, its headers, and one signature over the body, every
//! binding header, the timestamp and the token reference.

pub(crate) mod answer;
mod context;
pub(crate) mod envelope;
mod receive;
pub(crate) mod seal;

pub use answer::{Answer, Expect, PeerFault, ResponseRefused, open_response};
pub use context::{Consent, ConsentUri, Purpose};
pub use envelope::{LIMITS, WINDOW};
pub use receive::{Authenticated, Keys, Receiver, Rejected, Replay, VerifiedRequest, authenticate};
pub use seal::{Request, seal_fault, seal_request, seal_response};
