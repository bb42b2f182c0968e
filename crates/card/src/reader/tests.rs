//! Readers and sessions, with virtual cards.

use std::thread;

use proptest::prelude::*;

use super::profile::parse_answer;
use super::session::Link;
use super::*;
use crate::Idm;
use crate::lite_s::block;
use crate::virtual_card::{LiteS, Tag};

const MINUTE: Duration = Duration::from_mins(1);

fn card() -> Tag {
    LiteS::factory(Idm::from_bytes([1, 0x2E, 0, 0, 0, 0, 0, 1])).into()
}

fn state(presence: Presence) -> Vec<ReaderState> {
    vec![ReaderState { name: "desk".into(), presence }]
}

#[test]
fn what_a_person_should_do_follows_from_what_lies_on_the_readers() {
    let mut readers = InProcess::new(&["desk", "counter"]);
    let try_it = |part| connect_any(&mut readers.clone(), part).map(|session| session.idm().to_string());
    assert_eq!(try_it(Some("kiosk")), Err(ReadError::NoReader));
    assert_eq!(try_it(None), Err(ReadError::NoCard));
    readers.insert("counter", Tag::foreign());
    assert_eq!(connect_any(&mut readers, None).err(), Some(ReadError::OtherCard));
    assert_eq!(connect_any(&mut readers, Some("desk")).err(), Some(ReadError::NoCard));
    readers.insert("desk", card());
    let held = connect_any(&mut readers, None).unwrap();
    assert_eq!(held.idm().to_string(), "012e000000000001");
    assert_eq!(connect_any(&mut readers, Some("desk")).err(), Some(ReadError::Busy));
    drop(held);
    assert!(connect_any(&mut readers, Some("desk")).is_ok());
}

#[test]
fn a_wait_ends_with_a_change_a_cancellation_or_its_time() {
    let mut readers = InProcess::new(&["desk"]);
    assert_eq!(readers.look(), state(Presence::Empty));
    assert_eq!(readers.wait(Duration::ZERO), state(Presence::Empty));

    let other = readers.clone();
    let clerk = thread::spawn(move || other.insert("desk", card()));
    assert_eq!(readers.wait(MINUTE), state(Presence::Card));
    clerk.join().unwrap();

    let canceller = readers.canceller();
    let person = thread::spawn(move || canceller.cancel());
    assert_eq!(readers.wait(MINUTE), state(Presence::Card));
    person.join().unwrap();

    let _held = readers.clone().connect("desk").unwrap();
    assert_eq!(readers.wait(MINUTE), state(Presence::InUse));
}

#[test]
fn readers_are_addressed_in_the_way_their_make_understands() {
    assert_eq!(ReaderProfile::of("SONY FeliCa RC-S300/S (0123456) 00 00"), ReaderProfile::Standard);
    assert_eq!(ReaderProfile::of("Virtual PCD 00 00"), ReaderProfile::Standard);
    assert_eq!(ReaderProfile::of("Sony FeliCa Port/PaSoRi 3.0 0"), ReaderProfile::Raw);
}

/// A reader that passes APDUs straight to a card.
struct Direct(Tag);

impl Link for Direct {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.answer(apdu))
    }
}

#[test]
fn both_profiles_reach_the_same_card() {
    for profile in [ReaderProfile::Standard, ReaderProfile::Raw] {
        let mut session = CardSession::begin(Box::new(Direct(card())), profile).unwrap();
        session.write_blocks(&[(block::S_PAD13, [7; 16])]).unwrap();
        let [written, id] = session.read([block::S_PAD13, block::ID]).unwrap();
        assert_eq!((written, &id[..8]), ([7; 16], session.idm().as_bytes().as_slice()));
        let refused = session.read([block::MAC_A]).unwrap_err();
        let flags = Some(StatusFlags { sf1: 1, sf2: StatusFlags::MAC });
        assert!(matches!(refused, ReadError::Failed { flags: seen, .. } if seen == flags), "{refused}");
    }
}

#[test]
fn a_silent_lite_s_has_left_the_field_and_a_silent_stranger_is_of_another_kind() {
    struct Silent;
    impl Link for Silent {
        fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, ReadError> {
            Ok(vec![0x64, 0x01])
        }
    }
    assert_eq!(CardSession::begin(Box::new(Silent), ReaderProfile::Standard).err(), Some(ReadError::OtherCard));

    struct Leaving(Tag, u8);
    impl Link for Leaving {
        fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, ReadError> {
            self.1 -= 1;
            Ok(if self.1 == 0 { vec![0x64, 0x01] } else { self.0.answer(apdu) })
        }
    }
    let mut session = CardSession::begin(Box::new(Leaving(card(), 4)), ReaderProfile::Standard).unwrap();
    assert_eq!(session.read([block::ID]), Err(ReadError::CardGone));
}

proptest! {
    #[test]
    fn any_answer_is_understood_or_refused(answer in prop::collection::vec(any::<u8>(), 0..300)) {
        let ok = answer.ends_with(&[0x90, 0x00]);
        prop_assert_eq!(parse_answer(&answer).is_ok(), ok);
    }

    #[test]
    fn no_reader_can_upset_a_session(answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 8), raw: bool) {
        struct Babbling(Vec<Vec<u8>>);
        impl Link for Babbling {
            fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, ReadError> {
                let answer = self.0.pop().ok_or(ReadError::CardGone)?;
                Ok([answer.as_slice(), &[0x90, 0x00]].concat())
            }
        }
        let profile = if raw { ReaderProfile::Raw } else { ReaderProfile::Standard };
        if let Ok(mut session) = CardSession::begin(Box::new(Babbling(answers)), profile) {
            let _ = session.read([block::ID, block::MAC_A]);
            let _ = session.write_blocks(&[(block::RC, [0; 16])]);
        }
    }
}
