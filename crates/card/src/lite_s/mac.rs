//! Session key and message authentication codes (Lite-S user's manual, security functions): two-key triple DES in CBC
//! mode without padding.
//!
//! The card hands every 8-byte half to the cipher with its bytes reversed. Blocks here are in the order in which they
//! travel; [`reversed`] is applied at the cipher, and nowhere else.

use des::TdesEde2;
use des::cipher::{BlockCipherEncrypt, KeyInit};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Block, READ_BLOCKS_MAX, block};

/// The key of one card, in the order in which it is written to block 87.
pub struct CardKey(Zeroizing<Block>);

impl CardKey {
    /// Takes the 16 bytes of block 87.
    pub fn from_block(block: Block) -> Self {
        Self(Zeroizing::new(block))
    }

    /// The 16 bytes for block 87. The card receives them in clear, so only the issuing room may ask.
    pub fn as_block(&self) -> &Block {
        &self.0
    }
}

/// The key of one session, SK1 ‖ SK2, in the cipher's byte order. Worthless once another challenge is written.
pub struct SessionKey(Zeroizing<[u8; 16]>);

impl SessionKey {
    /// Takes SK1 ‖ SK2 as a key store computed it.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// SK1 ‖ SK2.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// SK2 ‖ SK1, with which MACs for writes are made: a MAC the card made can so never be sent back to it.
    fn swapped(&self) -> Self {
        let mut bytes = Zeroizing::new(*self.0);
        bytes.rotate_left(8);
        Self(bytes)
    }
}

/// The session key that follows from the card key and the challenge in block 80.
pub fn session_key(card_key: &CardKey, rc: &Block) -> SessionKey {
    let mut key = Zeroizing::new(*card_key.as_block());
    key.as_chunks_mut::<8>().0.iter_mut().for_each(|half| half.reverse());
    let mut bytes = Zeroizing::new([0; 16]);
    let cipher_text = Cbc::new(&key, [0; 8]).encrypt(rc.as_chunks().0.iter().copied().map(reversed));
    for (half, encrypted) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(cipher_text) {
        *half = encrypted;
    }
    SessionKey(bytes)
}

/// The legacy MAC of block 81: over the data alone. For older equipment; SSC accepts only [`mac_a_read`].
pub fn mac(key: &SessionKey, rc: &Block, data: &[Block]) -> [u8; 8] {
    code(key, rc, None, data)
}

/// MAC_A of a read (internal authentication): the card's proof that it holds the key and that `data` is what the
/// `blocks` contain.
///
/// `blocks` in the order read, with 91 last; `data` without the MAC_A block itself.
pub fn mac_a_read(key: &SessionKey, rc: &Block, blocks: &[u8], data: &[Block]) -> [u8; 8] {
    let mut head = [0xFF; 8];
    for (pair, number) in head.as_chunks_mut::<2>().0.iter_mut().zip(blocks.iter().take(READ_BLOCKS_MAX)) {
        *pair = [*number, 0];
    }
    code(key, rc, Some(head), data)
}

/// MAC_A of a write (external authentication): the writer's proof that it holds the key, good for this value of the
/// write counter only. `wcnt` has 24 bits.
pub fn mac_a_write(key: &SessionKey, rc: &Block, wcnt: u32, number: u8, data: &Block) -> [u8; 8] {
    let [a, b, c, _] = wcnt.to_le_bytes();
    let head = [a, b, c, 0, number, 0, block::MAC_A, 0];
    code(&key.swapped(), rc, Some(head), std::slice::from_ref(data))
}

/// Compares two MACs in a time that does not tell where they differ.
pub fn same_mac(a: &[u8; 8], b: &[u8; 8]) -> bool {
    a.ct_eq(b).into()
}

/// The MAC at the beginning of a MAC or MAC_A block.
pub fn mac_in(block: &Block) -> [u8; 8] {
    let [mac, _] = halves(block);
    mac
}

fn code(key: &SessionKey, rc: &Block, head: Option<[u8; 8]>, data: &[Block]) -> [u8; 8] {
    let [iv, _] = halves(rc);
    let message = head.into_iter().chain(data.iter().flat_map(halves)).map(reversed);
    let last = Cbc::new(&key.0, reversed(iv)).encrypt(message).last();
    reversed(last.unwrap_or_default())
}

/// Cipher block chaining, written out: a mode crate would want a buffer, and the MAC needs only the last block.
struct Cbc {
    cipher: TdesEde2,
    previous: [u8; 8],
}

impl Cbc {
    fn new(key: &[u8; 16], iv: [u8; 8]) -> Self {
        Self { cipher: TdesEde2::new(key.into()), previous: iv }
    }

    fn encrypt(mut self, plain: impl Iterator<Item = [u8; 8]>) -> impl Iterator<Item = [u8; 8]> {
        plain.map(move |half| {
            let mut mixed = half;
            mixed.iter_mut().zip(self.previous).for_each(|(byte, previous)| *byte ^= previous);
            let mut buffer = mixed.into();
            self.cipher.encrypt_block(&mut buffer);
            self.previous = buffer.into();
            self.previous
        })
    }
}

fn halves(block: &Block) -> [[u8; 8]; 2] {
    let (low, high) = (block.first_chunk(), block.last_chunk());
    [low.copied().unwrap_or_default(), high.copied().unwrap_or_default()]
}

fn reversed(mut half: [u8; 8]) -> [u8; 8] {
    half.reverse();
    half
}
