//! SSC-CARD/1: a relying party learns that a card is present, and that its holder knows the PIN.
//! The specification lies beside this crate, in `SSC-CARD-1.md`.
//!
//! | message | from → to | content |
//! |---|---|---|
//! | 0 | server → agent | [`Start`] |
//! | 1 | agent ↔ card | [`challenge`] written, [`PROOF_BLOCKS`] read |
//! | 2 | agent → server | [`Proof`]; the server now knows possession |
//! | 3 | server → agent | [`Opening`]: the card learns that the server is genuine |
//! | 4 | agent ↔ card | the opening written, [`CardSecret`] read |
//! | 5–7 | agent ↔ server | [`Ke1`], [`Ke2`], [`Ke3`]: OPAQUE (RFC 9807) over PIN and card secret |
//!
//! Whatever lies between, a browser page for one, only relays. The origin is part of the challenge, so a proof made
//! for another site is worthless here. The PIN leaves the agent in no form from which it can be guessed offline.

pub mod agent;
mod messages;
mod opaque;
mod secrets;
pub mod server;
#[cfg(test)]
pub(crate) mod tests;

use sha2::{Digest, Sha256};

use crate::lite_s::{Block, block};

pub use messages::{
    BlockText, Ke1, Ke2, Ke3, MacA, Nonce, Opening, Origin, Proof, RegistrationRequest, RegistrationResponse,
    RegistrationUpload, Sid, Start,
};
pub use secrets::{CardSecret, Pin};

/// The blocks whose content a [`Proof`] carries, in the order in which they are read.
pub const PROOF_BLOCKS: [u8; 4] = [block::ID, block::CKV, block::WCNT, block::MAC_A];

/// The blocks that hold the [`CardSecret`]; readable only after external authentication.
pub const SECRET_BLOCKS: [u8; 2] = [block::S_PAD0, block::S_PAD1];

/// How long a [`Start`] is good for, in seconds.
pub const START_SECONDS: i64 = 120;

/// The PIN was wrong; it may be tried again while tries are left.
///
/// Both ends get this for every failure of the exchange: a server that can be told apart leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the PIN does not belong to this card")]
pub struct WrongPin;

/// The challenge for block 80: bound to the site the person sees, the session and its nonce (SSC-CARD/1
/// §6.3, message 1).
pub fn challenge(origin: &Origin, start: &Start) -> Block {
    let digest =
        digest(b"SSC-CARD/1 RC\0", &[origin.as_str().as_bytes(), start.sid.as_str().as_bytes(), start.c.as_bytes()]);
    digest.first_chunk().copied().unwrap_or_default()
}

/// Everything both ends have seen up to message 2, TH of SSC-CARD/1 §6.3; the context of the OPAQUE exchange.
pub fn transcript(origin: &Origin, start: &Start, proof: &Proof) -> [u8; 32] {
    let parts: [&[u8]; 7] = [
        origin.as_str().as_bytes(),
        start.sid.as_str().as_bytes(),
        start.c.as_bytes(),
        proof.id.as_bytes(),
        proof.ckv_block.as_bytes(),
        proof.wcnt_block.as_bytes(),
        proof.mac_a.as_bytes(),
    ];
    digest(b"SSC-CARD/1 TH\0", &parts)
}

/// SHA-256 of a label and parts, each part behind its length as four bytes big-endian, so that none can be shifted.
fn digest(label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(label);
    for part in parts {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        hash.update(length.to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
