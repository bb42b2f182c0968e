//! The rules of a receiver and a writer of XML, through the public interface.
#![cfg(test)]
#![expect(clippy::string_slice, reason = "a test fails by panicking")]

mod agreement;
mod agreement_judges;
mod canonical;
mod detached;
mod document;
mod encryption;
mod enveloped;
mod keys;
mod libxml2;
mod peer;
mod prefixes;
mod random;
mod scan;
mod writer;
mod xmlsec;
