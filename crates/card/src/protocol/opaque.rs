//! The OPAQUE suite of SSC-CARD/1: Ristretto255, TripleDH, SHA-512, Argon2id (RFC 9807).

use opaque_ke::{CipherSuite, Identifiers, Ristretto255, TripleDh};
use sha2::Sha512;

use super::Origin;
use crate::{CardId, Malformed};

pub(super) struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = opaque_ke::argon2::Argon2<'static>;
}

/// A registration and every login carry the same two names: the card's id and the origin.
pub(super) fn names<'a>(id: &'a CardId, origin: &'a Origin) -> Identifiers<'a> {
    Identifiers { client: Some(id.as_bytes()), server: Some(origin.as_str().as_bytes()) }
}

/// A message whose length is right but which encodes no group element, or an unusable one.
pub(super) fn malformed(what: &'static str) -> Malformed {
    Malformed { what, expected: "a valid OPAQUE message" }
}
