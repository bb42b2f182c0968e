//! Makes a blank Lite-S card into a resident's card, in the issuing room.
//!
//! The card key travels to the card in clear: the room is trusted, and the reader in it. Afterwards the system blocks
//! are locked for ever, and every write needs external authentication and a MAC.

use crate::CardId;
use crate::lite_s::{Block, CardKey, block, mac_a_read, mac_in, same_mac, session_key};
use crate::protocol::{CardSecret, SECRET_BLOCKS};
use crate::reader::{CardSession, ReadError};

/// What a card is to become.
pub struct Personalisation<'a> {
    /// Its id; the first half must be the IDm of the card on the reader.
    pub id: CardId,
    /// The version of the key.
    pub ckv: u16,
    /// The key, diversified for `id` and `ckv`.
    pub key: &'a CardKey,
    /// The secret that only the opened card will tell.
    pub secret: &'a CardSecret,
}

/// Why a card was not issued. Such a card is put aside: it may hold a part of what was meant for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The card or the reader failed.
    #[error("the card could not be written")]
    Read(#[from] ReadError),
    /// The personalisation is for another card.
    #[error("the card on the reader is not the one to be issued")]
    NotThisCard,
    /// The system blocks are locked already.
    #[error("the card has been issued before")]
    NotBlank,
    /// The card does not prove what was written to it.
    #[error("the card does not hold what was written to it")]
    NotVerified,
}

/// Block 88 of an issued card: system blocks locked and the configuration final; key renewable with MAC; S_PAD0–1
/// readable only after external authentication; every write needs authentication and MAC, and so does block 92.
///
/// REG, which SSC does not use, is read only: left writable it would let anyone nearby mark the card and turn its
/// write counter.
pub const MEMORY_CONFIGURATION: Block =
    [0xFF, 0x3F, 0x00, 0x00, 0x07, 0x01, 0x03, 0x00, 0xFF, 0x3F, 0xFF, 0x3F, 0x01, 0x00, 0x00, 0x00];

/// Byte 2 of block 88 while the system blocks are open.
const SYSTEM_BLOCKS_OPEN: u8 = 0xFF;

/// Writes, verifies, locks, and verifies again (SSC-CARD/1 §4).
///
/// `random` fills a buffer with random bytes; two challenges are drawn.
pub fn issue(
    card: &mut CardSession,
    plan: &Personalisation<'_>,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<(), IssueError> {
    if plan.id.idm() != card.idm() {
        return Err(IssueError::NotThisCard);
    }
    let [[_, _, system_blocks, ..]] = card.read([block::MC])?;
    if system_blocks != SYSTEM_BLOCKS_OPEN {
        return Err(IssueError::NotBlank);
    }
    let secret = plan.secret.blocks();
    let version = version_block(plan.ckv);
    let content = [(block::ID, *plan.id.as_bytes()), (block::CKV, version), (block::CK, *plan.key.as_block())];
    for (number, data) in content.into_iter().chain(SECRET_BLOCKS.into_iter().zip(*secret)) {
        card.write_blocks(&[(number, data)])?;
    }
    let [id, ckv, _] = verified(card, plan.key, random)?;
    if (id, ckv) != (*plan.id.as_bytes(), version) || card.read(SECRET_BLOCKS)? != *secret {
        return Err(IssueError::NotVerified);
    }
    card.write_blocks(&[(block::MC, MEMORY_CONFIGURATION)])?;
    let [_, _, configuration] = verified(card, plan.key, random)?;
    if configuration == MEMORY_CONFIGURATION { Ok(()) } else { Err(IssueError::NotVerified) }
}

/// Id, key version and memory configuration, with the card's own proof that they are what it holds.
fn verified(
    card: &mut CardSession,
    key: &CardKey,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<[Block; 3], IssueError> {
    const BLOCKS: [u8; 4] = [block::ID, block::CKV, block::MC, block::MAC_A];
    let mut rc = [0; 16];
    random(&mut rc);
    card.write_blocks(&[(block::RC, rc)])?;
    let [id, ckv, configuration, mac_block] = card.read(BLOCKS)?;
    let data = [id, ckv, configuration];
    let expected = mac_a_read(&session_key(key, &rc), &rc, &BLOCKS, &data);
    if same_mac(&expected, &mac_in(&mac_block)) { Ok(data) } else { Err(IssueError::NotVerified) }
}

fn version_block(ckv: u16) -> Block {
    let mut block = [0; 16];
    block.iter_mut().zip(ckv.to_le_bytes()).for_each(|(to, from)| *to = from);
    block
}
