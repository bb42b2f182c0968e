//! Messages of the Liberty SOAP Binding 2.0: one SOAP 1.1 envelope, its headers, and one signature over the body, every
//! binding header, the timestamp and the token reference.

pub(crate) mod answer;
mod context;
mod demand;
pub(crate) mod envelope;
mod headers;
mod introduced;
mod mechanism;
mod receive;
pub(crate) mod seal;

pub use answer::{Answer, Expect, PeerFault, ResponseRefused, open_modify_response, open_response};
pub use context::{Consent, ConsentUri, Purpose};
pub use demand::{Demand, Moved, PeerDemand, Update, seal_demand};
pub use envelope::{LIMITS, WINDOW, stated_time};
pub use headers::{Headers, ProcessingContext, Timeout};
pub use mechanism::{Compat, Mechanism, Offer, Terms};
pub use receive::{
    Accepted, Admitted, Asked, Authenticated, Keys, Receiver, Rejected, Replay, VerifiedRequest, authenticate,
    authenticate_under,
};
pub use seal::{Body, Call, Request, seal_call, seal_fault, seal_modify_response, seal_request, seal_response};
