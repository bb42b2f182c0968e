//! The agent through its public doors, with a virtual card on a reader and a relying party beside it.

mod door;
mod login;
mod native;
mod reception;
mod window;
mod world;
