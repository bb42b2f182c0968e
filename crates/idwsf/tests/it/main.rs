//! The binding from outside: messages are sealed, broken in one place, and opened.
//!
//! Each step of the receiver has tests that break exactly it; [`world`] signs again where a later step is to be reached.

mod answer;
mod judges;
mod receive;
mod round_trip;
mod token;
mod world;
