//! The whole protocol, with a virtual card.

use super::*;

/// The attempt of vector V6.
pub(crate) fn start() -> Start {
    Start {
        sid: "00112233445566778899aabbccddeeff".parse().unwrap(),
        c: Nonce::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap())),
        exp: "2026-11-22T15:00:00Z".parse().unwrap(),
    }
}
