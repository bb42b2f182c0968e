//! One key per card: what a card gives away opens no other card.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use cmac::{Cmac, Mac};
use des::TdesEde3;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::CardId;
use crate::lite_s::CardKey;

const LABEL: &[u8] = b"SSC/CK/v1\0";

/// The key of card `id` in key version `ckv`, from the AES-256 master key (SSC-CARD/1 §6.2).
///
/// One AES block over a digest of id and version: a PKCS#11 token can do it without showing the master key.
pub fn card_key(master: &[u8; 32], id: &CardId, ckv: u16) -> CardKey {
    let digest =
        Sha256::new().chain_update(LABEL).chain_update(id.as_bytes()).chain_update(ckv.to_le_bytes()).finalize();
    let mut diversifier = [0; 16];
    diversifier.iter_mut().zip(digest).for_each(|(byte, digest)| *byte = digest);

    let mut key = diversifier.into();
    Aes256::new(master.into()).encrypt_block(&mut key);
    // The cipher gives the key in its own byte order; block 87 takes each half reversed.
    let mut block = Zeroizing::new(<[u8; 16]>::from(key));
    block.as_chunks_mut::<8>().0.iter_mut().for_each(|half| half.reverse());
    CardKey::from_block(*block)
}

/// The diversification of Sony's application note, for cards that others have issued:
/// CMAC-3DES(K, ID) ‖ CMAC-3DES(K, ID with its first bit flipped).
pub fn card_key_by_cmac(master: &[u8; 24], id: &CardId) -> CardKey {
    let half = |id: &[u8]| -> [u8; 8] {
        <Cmac<TdesEde3> as KeyInit>::new(master.into()).chain_update(id).finalize().into_bytes().into()
    };
    let mut flipped = *id.as_bytes();
    if let Some(first) = flipped.first_mut() {
        *first ^= 0x80;
    }
    let mut block = Zeroizing::new([0; 16]);
    let halves = [half(id.as_bytes()), half(&flipped)];
    block.iter_mut().zip(halves.as_flattened()).for_each(|(byte, half)| *byte = *half);
    CardKey::from_block(*block)
}
