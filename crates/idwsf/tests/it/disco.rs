//! Discovery and identity mapping, and the references that discovery answers with.

mod chain;
mod exchange;
mod finding;
mod golden;
mod named;
mod reference;
mod registry;
pub(crate) mod stage;
pub(crate) mod wire;
