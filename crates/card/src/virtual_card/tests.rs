//! The rules of the Lite-S user's manual, one by one, and a model that random commands are checked against.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::issuing::MEMORY_CONFIGURATION;
use crate::lite_s::frame::{Element, PACKET_BYTES_MAX};
use crate::lite_s::{CardKey, WCNT_END};

const CARD_KEY: Block = [0x11; 16];
const RC: Block = [0x22; 16];
const NEEDS_AUTHENTICATION: u8 = StatusFlags::NEEDS_EXTERNAL_AUTHENTICATION;

fn factory() -> LiteS {
    LiteS::factory(Idm::from_bytes([1, 0x2E, 0, 0, 0, 0, 0, 1]))
}

/// A card with a known key and this memory configuration.
fn configured(mc: Block) -> LiteS {
    let mut card = factory();
    write(&mut card, block::CK, CARD_KEY).unwrap();
    write(&mut card, block::MC, mc).unwrap();
    card
}

fn issued() -> LiteS {
    configured(MEMORY_CONFIGURATION)
}

/// Block 88 of a factory card with some bytes changed.
fn configuration(changes: &[(usize, u8)]) -> Block {
    let mut mc = memory::padded(&[0xFF, 0xFF, 0xFF, 0x00, 0x07]);
    changes.iter().for_each(|(place, value)| mc[*place] = *value);
    mc
}

fn send(card: &mut LiteS, command: &Command) -> Option<Response> {
    card.answer(&command.to_packet())
        .map(|answer| Response::parse(&answer).expect("a card answers well-formed packets"))
}

fn read(card: &mut LiteS, blocks: &[u8]) -> Result<Vec<Block>, (u8, u8)> {
    let access = Access::to_blocks(card.idm, SERVICE_READ_ONLY, blocks);
    match send(card, &Command::Read(access)) {
        Some(Response::Read { status, blocks, .. }) if status.ok() => Ok(blocks),
        Some(Response::Read { status, .. }) => Err((status.sf1, status.sf2)),
        other => panic!("{other:?}"),
    }
}

fn write_all(card: &mut LiteS, numbers: &[u8], data: &[Block]) -> Result<(), (u8, u8)> {
    let access = Access::to_blocks(card.idm, SERVICE_READ_WRITE, numbers);
    match send(card, &Command::Write(access, data.to_vec())) {
        Some(Response::Write { status, .. }) if status.ok() => Ok(()),
        Some(Response::Write { status, .. }) => Err((status.sf1, status.sf2)),
        other => panic!("{other:?}"),
    }
}

fn write(card: &mut LiteS, number: u8, data: Block) -> Result<(), (u8, u8)> {
    write_all(card, &[number], &[data])
}

/// A write as one who knows `key` makes it, for this value of the counter.
fn mac_write(card: &mut LiteS, number: u8, data: Block, key: Block, wcnt: u32) -> Result<(), (u8, u8)> {
    let mac = mac_a_write(&session_key(&CardKey::from_block(key), &RC), &RC, wcnt, number, &data);
    let mac_block = memory::joined(&mac, &wcnt.to_le_bytes());
    write_all(card, &[number, block::MAC_A], &[data, mac_block])
}

fn right_write(card: &mut LiteS, number: u8, data: Block) -> Result<(), (u8, u8)> {
    mac_write(card, number, data, CARD_KEY, card.wcnt())
}

fn authenticate(card: &mut LiteS) {
    write(card, block::RC, RC).unwrap();
    right_write(card, block::STATE, memory::padded(&[1])).unwrap();
}

#[test]
fn a_card_answers_to_its_system_and_its_number_only() {
    let mut card = factory();
    for system in [0x88B4, 0xFFFF, 0x88FF, 0xFFB4] {
        let answer = send(&mut card, &Command::Polling { system, request: 1 });
        assert!(matches!(answer, Some(Response::Polling { extra: Some([0x88, 0xB4]), .. })));
    }
    assert_eq!(send(&mut card, &Command::Polling { system: 0x0003, request: 0 }), None);
    let stranger = Access::to_blocks(Idm::from_bytes([9; 8]), SERVICE_READ_ONLY, &[0]);
    assert_eq!(send(&mut card, &Command::Read(stranger)), None);
    for code in [0x02, 0x04, 0x0A, 0x0C, 0x10] {
        assert_eq!(card.answer(&[11, code, 1, 0x2E, 0, 0, 0, 0, 0, 1, 0]), None, "code {code:02X} is for other cards");
    }
}

#[test]
fn a_wrong_block_list_names_the_element_and_the_reason() {
    let element = |service, mode, block| Element { service, mode, block };
    let cases = [
        (vec![], vec![element(0, 0, 0)], (0xFF, StatusFlags::SERVICE_COUNT)),
        (vec![9, 11], vec![element(0, 0, 0)], (0xFF, StatusFlags::SERVICE_COUNT)),
        (vec![0x0B], vec![], (0xFF, StatusFlags::BLOCK_COUNT)),
        (vec![0x0B], vec![element(0, 0, 0); 5], (0xFF, StatusFlags::BLOCK_COUNT)),
        (vec![0x090F], vec![element(0, 0, 0)], (0x01, StatusFlags::SERVICE_CODE)),
        (vec![0x0B], vec![element(0, 0, 0), element(1, 0, 0)], (0x02, StatusFlags::SERVICE_INDEX)),
        (vec![0x0B], vec![element(0, 0, 0), element(0, 1, 0)], (0x02, StatusFlags::ACCESS_MODE)),
        (vec![0x0B], vec![element(0, 0, 0), element(0, 0, 0), element(0, 0, 0x0F)], (0x04, StatusFlags::BLOCK)),
        (vec![0x0B], vec![element(0, 0, 0x0180)], (0x01, StatusFlags::BLOCK)),
    ];
    for (services, elements, expected) in cases {
        let mut card = factory();
        let access = Access { idm: card.idm, services, elements };
        let Some(Response::Read { status, .. }) = send(&mut card, &Command::Read(access.clone())) else { panic!() };
        assert_eq!((status.sf1, status.sf2), expected, "{access:?}");
    }
    let mut card = factory();
    let read_only = Access::to_blocks(card.idm, SERVICE_READ_ONLY, &[0]);
    let Some(Response::Write { status, .. }) = send(&mut card, &Command::Write(read_only, vec![[0; 16]])) else {
        panic!()
    };
    assert_eq!(status.sf2, StatusFlags::SERVICE_CODE);
}

#[test]
fn the_memory_map_reads_as_the_manual_says() {
    let mut card = factory();
    write(&mut card, block::RC, RC).unwrap();
    write(&mut card, block::CK, CARD_KEY).unwrap();
    for hidden in [block::RC, block::CK] {
        assert_eq!(read(&mut card, &[hidden]), Ok(vec![[0; 16]]));
    }
    let device = read(&mut card, &[block::D_ID]).unwrap()[0];
    assert_eq!((&device[..8], device[9]), (card.idm.as_bytes().as_slice(), 0xF1));
    assert_eq!(read(&mut card, &[block::SYS_C]).unwrap()[0][..2], [0x88, 0xB4]);
    assert_eq!(read(&mut card, &[block::WCNT]).unwrap()[0][..3], [0x01, 0xFE, 0xFF]);
    for fixed in [block::MAC, block::D_ID, block::SYS_C, block::WCNT, block::MAC_A, block::CRC_CHECK] {
        assert_eq!(write(&mut card, fixed, [0; 16]), Err((1, StatusFlags::BLOCK)), "{fixed:02X}");
    }
    write(&mut card, block::ID, [0xAA; 16]).unwrap();
    let id = read(&mut card, &[block::ID]).unwrap()[0];
    assert_eq!((&id[..8], &id[8..]), (card.idm.as_bytes().as_slice(), [0xAA; 8].as_slice()));
}

#[test]
fn the_first_two_values_of_the_register_only_go_down() {
    let mut card = factory();
    let register = |a: u32, b: u32| memory::joined(&a.to_le_bytes(), &b.to_le_bytes());
    write(&mut card, block::REG, register(500, 256)).unwrap();
    assert_eq!(write(&mut card, block::REG, register(501, 256)), Err((1, StatusFlags::BLOCK)));
    assert_eq!(write(&mut card, block::REG, register(500, 257)), Err((1, StatusFlags::BLOCK)));
    write(&mut card, block::REG, register(499, 1)).unwrap();
}

#[test]
fn macs_need_a_challenge_and_cannot_be_mixed() {
    let mut card = factory();
    for number in [block::MAC, block::MAC_A] {
        assert_eq!(read(&mut card, &[block::ID, number]), Err((2, StatusFlags::MAC)));
    }
    write(&mut card, block::RC, RC).unwrap();
    assert_eq!(read(&mut card, &[block::ID, block::MAC, block::MAC_A]), Err((0xFF, StatusFlags::BOTH_MACS)));
    let [id, legacy] = read(&mut card, &[block::ID, block::MAC]).unwrap()[..] else { panic!() };
    let key = session_key(&CardKey::from_block([0; 16]), &RC);
    assert_eq!(mac_in(&legacy), mac(&key, &RC, &[id]));
    card.field_off();
    assert_eq!(read(&mut card, &[block::ID, block::MAC_A]), Err((2, StatusFlags::MAC)));
}

#[test]
fn each_bit_of_the_configuration_rules_its_own_block() {
    for number in [0u8, 5, 8, 13, 14] {
        let (byte, bit) = (usize::from(number / 8), 1u8 << (number % 8));
        let cases = [
            (configuration(&[(byte, !bit)]), Ok(()), Err(StatusFlags::BLOCK)),
            (configuration(&[(6 + byte, bit)]), Err(NEEDS_AUTHENTICATION), Ok(())),
            (configuration(&[(8 + byte, bit)]), Ok(()), Err(NEEDS_AUTHENTICATION)),
            (configuration(&[(10 + byte, bit)]), Ok(()), Err(StatusFlags::BLOCK)),
        ];
        for (mc, may_read, may_write) in cases {
            let mut card = configured(mc);
            assert_eq!(read(&mut card, &[number]).map(|_| ()).map_err(|flags| flags.1), may_read, "{number} {mc:02x?}");
            assert_eq!(write(&mut card, number, [0; 16]).map_err(|flags| flags.1), may_write, "{number} {mc:02x?}");
            let neighbour = if number == 0 { 1 } else { number - 1 };
            assert!(read(&mut card, &[neighbour]).is_ok() && write(&mut card, neighbour, [0; 16]).is_ok());
        }
    }
}

#[test]
fn an_issued_card_is_written_only_after_authentication_and_with_mac() {
    let mut card = issued();
    assert_eq!(write(&mut card, 3, [7; 16]), Err((1, NEEDS_AUTHENTICATION)));
    write(&mut card, block::RC, RC).unwrap();
    assert_eq!(right_write(&mut card, 3, [7; 16]), Err((1, NEEDS_AUTHENTICATION)));
    authenticate(&mut card);
    assert_eq!(write(&mut card, 3, [7; 16]), Err((1, StatusFlags::BLOCK)));
    right_write(&mut card, 3, [7; 16]).unwrap();
    assert_eq!(read(&mut card, &[3, 0, block::STATE]).unwrap()[..2], [[7; 16], [0; 16]]);
    card.field_off();
    assert_eq!(read(&mut card, &[0]), Err((1, NEEDS_AUTHENTICATION)));
    assert_eq!(read(&mut card, &[block::STATE]), Ok(vec![[0; 16]]));
}

#[test]
fn the_system_blocks_of_an_issued_card_stay_as_they_are() {
    let mut card = issued();
    authenticate(&mut card);
    for number in [block::ID, block::SER_C, block::MC] {
        assert_eq!(right_write(&mut card, number, [0; 16]), Err((1, StatusFlags::BLOCK)), "{number:02X}");
    }
    assert_eq!(write(&mut card, block::CK, [0; 16]), Err((1, StatusFlags::BLOCK)));
    assert_eq!(write(&mut card, block::STATE, [0; 16]), Err((1, StatusFlags::BLOCK)));
    right_write(&mut card, block::CKV, memory::padded(&[2])).unwrap();
    right_write(&mut card, block::CK, [0x33; 16]).unwrap();
    write(&mut card, block::RC, RC).unwrap();
    assert_eq!(right_write(&mut card, 3, [0; 16]), Err((1, NEEDS_AUTHENTICATION)));
    let wcnt = card.wcnt();
    mac_write(&mut card, block::STATE, memory::padded(&[1]), [0x33; 16], wcnt).unwrap();
}

#[test]
fn a_configuration_can_only_become_stricter() {
    let strict = [(6, 0x01), (8, 0x02), (10, 0x04), (12, 0x01)];
    for cleared in 0..strict.len() {
        let mut card = configured(configuration(&strict));
        let mut looser = strict;
        looser[cleared].1 = 0;
        assert_eq!(write(&mut card, block::MC, configuration(&looser)), Err((1, StatusFlags::BLOCK)));
    }
    let mut card = configured(configuration(&[(2, 0x00)]));
    let refused = [vec![(2, 0xFF)], vec![(2, 0), (3, 1)], vec![(2, 0), (5, 1)]];
    for changes in refused {
        assert_eq!(write(&mut card, block::MC, configuration(&changes)), Err((1, StatusFlags::BLOCK)));
    }
    write(&mut card, block::MC, configuration(&[(2, 0), (0, 0x7F), (6, 0x01)])).unwrap();
    assert_eq!(write(&mut card, block::MC, configuration(&[(2, 0), (6, 0x01)])), Err((1, StatusFlags::BLOCK)));
    write(&mut card, block::MC, configuration(&[(2, 0), (0, 0x7F), (1, 0x7F), (6, 0x01)])).unwrap();
    assert_eq!(
        write(&mut card, block::MC, configuration(&[(2, 0), (0, 0), (1, 0x7F), (6, 0x01)])),
        Err((1, StatusFlags::BLOCK))
    );
}

#[test]
fn the_counter_counts_successful_writes_from_the_lock_on() {
    let mut card = factory();
    assert_eq!(card.wcnt(), WCNT_END);
    write(&mut card, 0, [1; 16]).unwrap();
    assert_eq!(card.wcnt(), WCNT_END + 1);
    let mut card = issued();
    assert_eq!(card.wcnt(), 0);
    write(&mut card, block::RC, RC).unwrap();
    assert_eq!(card.wcnt(), 0, "a challenge is no content");
    authenticate(&mut card);
    assert_eq!(card.wcnt(), 1);
    assert!(mac_write(&mut card, 3, [1; 16], CARD_KEY, 0).is_err());
    assert_eq!(card.wcnt(), 1);
    right_write(&mut card, 3, [1; 16]).unwrap();
    assert_eq!(card.wcnt(), 2);
}

#[test]
fn a_mac_is_good_for_one_key_one_counter_one_block_and_one_session() {
    let mut card = issued();
    let state = memory::padded(&[1]);
    let wrong = Err((2, StatusFlags::MAC));
    assert_eq!(mac_write(&mut card, block::STATE, state, CARD_KEY, 0), wrong, "no challenge yet");
    write(&mut card, block::RC, [0x44; 16]).unwrap();
    assert_eq!(mac_write(&mut card, block::STATE, state, CARD_KEY, 0), wrong, "made for another challenge");
    write(&mut card, block::RC, RC).unwrap();
    assert_eq!(mac_write(&mut card, block::STATE, state, [0; 16], 0), wrong, "another key");
    assert_eq!(mac_write(&mut card, block::STATE, state, CARD_KEY, 1), wrong, "another counter");
    let for_another_block = mac_a_write(&session_key(&CardKey::from_block(CARD_KEY), &RC), &RC, 0, block::CKV, &state);
    let refused = write_all(&mut card, &[block::STATE, block::MAC_A], &[state, memory::padded(&for_another_block)]);
    assert_eq!(refused, wrong);
    assert_eq!(write_all(&mut card, &[block::STATE, block::ID], &[state, state]), wrong, "the second must be MAC_A");
    assert_eq!(read(&mut card, &[0]), Err((1, NEEDS_AUTHENTICATION)));
    mac_write(&mut card, block::STATE, state, CARD_KEY, 0).unwrap();
    assert_eq!(mac_write(&mut card, block::STATE, state, CARD_KEY, 0), wrong, "a replay");
}

#[test]
fn a_worn_out_card_takes_no_more_writes_with_mac() {
    let mut card = issued();
    card.memory.wcnt = WCNT_END - 1;
    authenticate(&mut card);
    assert_eq!((card.wcnt(), right_write(&mut card, 3, [0; 16])), (WCNT_END, Err((2, StatusFlags::MAC))));
}

#[test]
fn an_image_is_the_whole_card_and_is_refused_when_it_is_no_card() {
    let mut card = issued();
    authenticate(&mut card);
    right_write(&mut card, 3, [7; 16]).unwrap();
    let text = card.image().to_json();
    let mut copy = LiteS::try_from(&CardImage::from_json(&text).unwrap()).unwrap();
    assert!(copy.image() == card.image() && copy.wcnt() == 2);
    authenticate(&mut copy);

    let image = |text: &str| {
        CardImage::from_json(text).map_err(|_| ()).and_then(|image| LiteS::try_from(&image).map_err(|_| ()))
    };
    assert!(image(&text.replacen("\"00000000000000000000000000000000\",", "", 1)).is_err(), "thirteen user blocks");
    assert!(image(&text.replace("\"wcnt\": 2", "\"wcnt\": 16777216")).is_err());
    assert!(image(&text.replace("\"wcnt\"", "\"count\"")).is_err());
    assert!(image("").is_err());
}

/// One thing a reader may do to a card.
#[derive(Clone, Debug)]
enum Step {
    Read(Vec<u8>),
    Write(u8, u8),
    RightWrite(u8, u8),
    Challenge,
    FieldOff,
}

fn step() -> impl Strategy<Value = Step> {
    let number = || prop_oneof![0u8..=0x0E, 0x80u8..=0x92];
    prop_oneof![
        prop::collection::vec(number(), 1..=4).prop_map(Step::Read),
        (number(), any::<u8>()).prop_map(|(number, fill)| Step::Write(number, fill)),
        (number(), 0u8..3).prop_map(|(number, fill)| Step::RightWrite(number, fill)),
        Just(Step::Challenge),
        Just(Step::FieldOff),
    ]
}

proptest! {
    #[test]
    fn packets_survive_a_round_trip(bytes in prop::collection::vec(any::<u8>(), 0..=PACKET_BYTES_MAX), code in 0u8..10) {
        let length = u8::try_from(bytes.len().min(253) + 2).unwrap();
        let packet = [&[length, code], &bytes[..usize::from(length) - 2]].concat();
        if let Some(command) = Command::parse(&packet) {
            prop_assert_eq!(Command::parse(&command.to_packet()), Some(command));
        }
        if let Some(response) = Response::parse(&packet) {
            prop_assert_eq!(Response::parse(&response.to_packet()), Some(response));
        }
        factory().answer(&packet);
    }

    #[test]
    fn an_issued_card_follows_its_model(steps in prop::collection::vec(step(), 1..60)) {
        let mut card = issued();
        let (mut user, mut wcnt, mut session, mut open) = (BTreeMap::new(), 0u32, false, false);
        let locked = [block::ID, block::SER_C, block::MC].map(|number| card.memory.stored(number));
        for step in steps {
            match step {
                Step::Challenge => (session, open) = (write(&mut card, block::RC, RC).is_ok(), false),
                Step::FieldOff => {
                    card.field_off();
                    (session, open) = (false, false);
                }
                Step::Read(numbers) => {
                    let Ok(blocks) = read(&mut card, &numbers) else { continue };
                    prop_assert!(open || !numbers.iter().any(|number| *number <= 1));
                    for (number, data) in numbers.iter().zip(blocks) {
                        prop_assert!(!matches!(*number, block::CK | block::RC) || data == [0; 16]);
                        if *number < block::REG {
                            prop_assert_eq!(data, user.get(number).copied().unwrap_or([0; 16]));
                        }
                    }
                }
                Step::Write(block::RC, _) => {}
                Step::Write(number, fill) => prop_assert!(write(&mut card, number, [fill; 16]).is_err()),
                // A new challenge or key would leave the model without its session.
                Step::RightWrite(block::RC | block::CK, _) => {}
                Step::RightWrite(number, fill) => {
                    let allowed = session && match number {
                        block::S_PAD0..=block::S_PAD13 => open,
                        block::STATE | block::CKV => true,
                        _ => false,
                    };
                    prop_assert_eq!(right_write(&mut card, number, [fill; 16]).is_ok(), allowed);
                    if allowed {
                        wcnt += 1;
                        if number == block::STATE { open = fill == 1 }
                        if number <= block::S_PAD13 { user.insert(number, [fill; 16]); }
                    }
                }
            }
            prop_assert_eq!(card.wcnt(), wcnt);
        }
        prop_assert_eq!(locked, [block::ID, block::SER_C, block::MC].map(|number| card.memory.stored(number)));
    }
}
