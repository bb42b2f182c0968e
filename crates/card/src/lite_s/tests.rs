//! The published vectors, and frames that survive a round trip.

use super::*;
use crate::diversify::{card_key, card_key_by_cmac};
use crate::{CardId, protocol};

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// A block that starts with `head` and ends in zeros.
fn block_of(head: &[u8]) -> Block {
    let mut block = [0; 16];
    block[..head.len()].copy_from_slice(head);
    block
}

fn id() -> CardId {
    "012e3c01020304050000000000000042".parse().unwrap()
}

// V1 and V2 are also asserted by the test suite of nfcpy 1.0.4.
fn v1() -> (SessionKey, Block) {
    let rc = bytes("07060504030201000f0e0d0c0b0a0908");
    (session_key(&CardKey::from_block(bytes("37363534333231306665646362613938")), &rc), rc)
}

#[test]
fn v1_session_key_and_legacy_mac() {
    let (key, rc) = v1();
    assert_eq!(hex::encode(key.as_bytes()), "b636d955a9f0e2cc48b106f95506c3f6");
    assert_eq!(hex::encode(mac(&key, &rc, &[bytes("01020304050607080000000000000000")])), "91aec5b6d9b3b12d");
}

#[test]
fn v2_mac_a_of_a_write_and_a_read() {
    let (key, rc) = v1();
    let write = mac_a_write(&key, &rc, WCNT_END, block::STATE, &block_of(&[1]));
    let read = mac_a_read(&key, &rc, &[block::ID, block::MAC_A], &[bytes("01020304050607080000000000000000")]);
    assert_eq!((hex::encode(write), hex::encode(read)), ("17c19e3bbdc3e8bd".into(), "6a9c1ca386de4213".into()));
}

#[test]
fn v3_mutual_authentication() {
    let rc = bytes("c7e8cd6dd9905e2c3f06721470396614");
    let key = session_key(&CardKey::from_block(bytes("00112233445566778899aabbccddeeff")), &rc);
    assert_eq!(hex::encode(key.as_bytes()), "f96b02100ce24b803e49e9d36b61228e");
    let data = [*id().as_bytes(), block_of(&[1]), [0; 16]];
    let read = mac_a_read(&key, &rc, &protocol::PROOF_BLOCKS, &data);
    let write = mac_a_write(&key, &rc, 0, block::STATE, &block_of(&[1]));
    assert_eq!((hex::encode(read), hex::encode(write)), ("e07d697294c798f1".into(), "239f5c2aee59bb10".into()));
}

#[test]
fn v4_diversification_by_cmac() {
    let master = std::array::from_fn(|i| 0x10 + u8::try_from(i).unwrap());
    assert_eq!(hex::encode(card_key_by_cmac(&master, &id()).as_block()), "72011d4a2622228259bc5c9d3e32a89d");
}

#[test]
fn v5_diversification_of_ssc() {
    assert_eq!(hex::encode(card_key(&[0x42; 32], &id(), 1).as_block()), "4bbe5b5cc29728ecb0610c90c60a4c38");
}

#[test]
fn v6_challenge_and_codes_of_a_whole_session() {
    let rc = protocol::challenge(&"https://portal.ssc.example".parse().unwrap(), &protocol::tests::start());
    assert_eq!(hex::encode(rc), "881cc8a3ce191a65a105de7e58820052");
    let key = session_key(&card_key(&[0x42; 32], &id(), 1), &rc);
    assert_eq!(hex::encode(key.as_bytes()), "6a9acf8ba5934316c2690704e8e94d28");
    let data = [*id().as_bytes(), block_of(&[1]), block_of(&[7])];
    let read = mac_a_read(&key, &rc, &protocol::PROOF_BLOCKS, &data);
    let write = mac_a_write(&key, &rc, 7, block::STATE, &block_of(&[1]));
    assert_eq!((hex::encode(read), hex::encode(write)), ("102adb62a6a32266".into(), "e7371bddef8da825".into()));
}

#[test]
fn a_card_id_shows_its_three_parts() {
    assert_eq!(id().idm().to_string(), "012e3c0102030405");
    assert_eq!((id().dfc(), id().number()), ([0, 0], [0, 0, 0, 0, 0, 0x42]));
    assert_eq!(CardId::new(id().idm(), id().dfc(), id().number()), id());
    assert!("012e".parse::<CardId>().is_err());
}
