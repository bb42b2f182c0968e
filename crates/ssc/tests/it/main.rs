//! The program as people start it: its commands, its demonstration, and what its documents promise.

mod cli;
mod demo;
mod region;
mod verify;
