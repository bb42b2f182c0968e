//! Metadata: read with a report, refused with a reason, written so that other people's tools take it.
#![cfg(test)]

mod aggregate;
mod endpoints;
mod findings;
mod keys;
mod peers;
mod random;
mod signed;
mod world;
mod write;
