//! What an identity provider sends, as a service provider and other people's tools see it.
#![cfg(test)]
#![expect(clippy::string_slice, reason = "a test fails by panicking")]

mod judges;
mod refusals;
mod round_trip;
mod world;
