//! The agent through its public doors, with a virtual card on a reader and a relying party beside it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod door;
mod login;
mod native;
mod reception;
mod window;
mod world;
