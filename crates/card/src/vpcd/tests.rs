//! A stand-in for vpcd's end of the wire.

use std::net::TcpListener;

use super::*;
use crate::lite_s::block;

fn card() -> Tag {
    LiteS::factory(Idm::from_bytes([1, 0x2E, 0, 0, 0, 0, 0, 1])).into()
}

fn listen() -> (TcpListener, Slots) {
    let reader = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let slots = Slots::new(&[reader.local_addr().unwrap()]);
    (reader, slots)
}

fn say(line: &mut TcpStream, message: &[u8]) {
    let length = u16::try_from(message.len()).unwrap();
    line.write_all(&[&length.to_be_bytes(), message].concat()).unwrap();
}

fn ask(line: &mut TcpStream, message: &[u8]) -> Vec<u8> {
    say(line, message);
    let mut length = [0; 2];
    line.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    line.read_exact(&mut answer).unwrap();
    answer
}

/// Writes a block through the reader.
fn write(line: &mut TcpStream, number: u8) -> Vec<u8> {
    assert_eq!(ask(line, &[0xFF, 0xA4, 0, 1, 2, 9, 0]), [0x90, 0]);
    ask(line, &[&[0xFF, 0xD6, 0, number, 16], [7; 16].as_slice()].concat())
}

#[test]
fn a_card_keeps_what_was_written_when_it_is_taken_out() {
    let (reader, slots) = listen();
    slots.insert(0, card()).unwrap();
    let (mut line, _) = reader.accept().unwrap();
    assert_eq!(slots.states(), [SlotState::Inserted(Some(Idm::from_bytes([1, 0x2E, 0, 0, 0, 0, 0, 1])))]);
    assert!(matches!(slots.insert(0, card()), Err(SlotError::Occupied(0))));
    say(&mut line, &[POWER_ON]);
    assert_eq!(ask(&mut line, &[ASK_ATR])[0], 0x3B);
    assert_eq!(write(&mut line, 3), [0x90, 0]);

    let tag = slots.remove(0).unwrap();
    assert_eq!((slots.states(), line.read(&mut [0]).unwrap()), (vec![SlotState::Empty], 0));
    assert_eq!(tag.lite_s().unwrap().wcnt(), crate::lite_s::WCNT_END + 1);
}

#[test]
fn every_change_is_in_the_cards_file_before_the_reader_gets_its_answer() {
    let file = std::env::temp_dir().join(format!("ssc-card-{}.json", std::process::id()));
    let (reader, slots) = listen();
    let mut tag = card();
    tag.save_as(&file).unwrap();
    slots.insert(0, tag).unwrap();
    let (mut line, _) = reader.accept().unwrap();
    write(&mut line, block::S_PAD0);
    let copy = Tag::open(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(copy.lite_s().unwrap().wcnt(), crate::lite_s::WCNT_END + 1);
}

#[test]
fn power_off_and_reset_end_the_session() {
    for control in [POWER_OFF, RESET] {
        let (reader, slots) = listen();
        slots.insert(0, card()).unwrap();
        let (mut line, _) = reader.accept().unwrap();
        write(&mut line, block::RC);
        assert!(ask(&mut line, &[0xFF, 0xB0, 0, block::MAC_A, 0]).ends_with(&[0x90, 0]));
        say(&mut line, &[control]);
        assert!(!ask(&mut line, &[0xFF, 0xB0, 0, block::MAC_A, 0]).ends_with(&[0x90, 0]));
    }
}

#[test]
fn a_reader_that_goes_gives_the_card_back() {
    let (reader, slots) = listen();
    slots.insert(0, card()).unwrap();
    drop(reader.accept().unwrap());
    while slots.states() != [SlotState::ReaderGone] {
        thread::yield_now();
    }
    assert!(slots.remove(0).is_some_and(|tag| tag.lite_s().is_some()));
    drop(reader);
    assert!(matches!(slots.insert(0, card()), Err(SlotError::NoReader(..))));
    assert!(matches!(slots.insert(1, card()), Err(SlotError::NoSuchSlot(1))));
}

/// Bytes in, bytes out.
struct Tape<'a>(&'a [u8]);

impl Read for Tape<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Tape<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

proptest::proptest! {
    #[test]
    fn whatever_a_reader_sends_the_card_lives_on(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
        let mut tag = card();
        proptest::prop_assert!(play(&mut Tape(&bytes), &mut tag).is_err());
        proptest::prop_assert_eq!(tag.answer(&[0xFF, 0xCA, 0, 0, 0]).len(), 10);
    }
}
