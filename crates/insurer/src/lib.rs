//! An insurer's node: its own database, imports, and signed answers.
//!
//! The node stands at the insurer. The region's platform asks it, in a signed message and by a pseudonym that only
//! the two of them share, how a person is insured; the node decides by the insurer's own policy, writes its own
//! access log, and answers signed. What it knows comes from the insurer's files.
//!
//! * [`config`] is what the operator writes.
//! * [`import`] takes the insurer's files.
//! * `answer` takes the platform's questions and changes.
//! * `link` finds a resident in the ledger, and keeps what is in doubt for a clerk.
//! * `discovery` tells the platform of links that a clerk has ended.
//! * `contact` is what a resident may change: where they are reached, and how they want to be told.
//! * [`doctor`] says what is wrong with the node.
//! * [`console`] is what the insurer's clerks see.
//! * [`access_log`] is what the insurer can show about who asked.

pub mod access_log;
mod answer;
mod app;
pub mod config;
pub mod console;
mod contact;
mod digest;
mod discovery;
pub mod doctor;
mod error;
pub mod import;
mod link;
mod policy;
mod serve;
mod store;

pub use app::{App, Certificates, set_up};
pub use config::Config;
pub use discovery::tell_ends;
pub use error::Error;
pub use policy::Category;
pub use serve::serve;
