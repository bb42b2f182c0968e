//! What cards and readers say: no answer may upset the agent, and no command the virtual card.
#![no_main]

use card::Idm;
use card::lite_s::frame::{Command, Response};
use card::protocol::{BlockText, Nonce, Opening, Sid, Start, agent};
use card::reader::{CardSession, Link, ReadError, ReaderProfile};
use card::virtual_card::{LiteS, Tag};
use libfuzzer_sys::fuzz_target;

/// A reader that answers with the fuzzer's bytes, each answer behind its length.
struct Scripted(Vec<u8>);

impl Link for Scripted {
    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, ReadError> {
        if self.0.is_empty() {
            return Err(ReadError::CardGone);
        }
        let length = usize::from(self.0.remove(0)).min(self.0.len());
        Ok(self.0.drain(..length).collect())
    }
}

fuzz_target!(|bytes: &[u8]| {
    for profile in [ReaderProfile::Standard, ReaderProfile::Raw] {
        session(bytes, profile);
    }
    if let Some(command) = Command::parse(bytes) {
        assert_eq!(Command::parse(&command.to_packet()), Some(command));
    }
    if let Some(response) = Response::parse(bytes) {
        assert_eq!(Response::parse(&response.to_packet()), Some(response));
    }
    let mut tag = Tag::from(LiteS::factory(Idm::from_bytes([1, 0x2E, 0, 0, 0, 0, 0, 1])));
    assert!(tag.answer(bytes).len() >= 2, "every APDU has a status word");
    let mut lines = Scripted(bytes.to_vec());
    while let Ok(apdu) = lines.transmit(&[]) {
        tag.answer(&apdu);
    }
});

/// The agent's two steps with a card that says anything.
fn session(bytes: &[u8], profile: ReaderProfile) {
    let Ok(mut card) = CardSession::begin(Box::new(Scripted(bytes.to_vec())), profile) else { return };
    let start =
        Start { sid: Sid::from_random([0; 16]), c: Nonce::from_bytes([0; 32]), exp: jiff::Timestamp::UNIX_EPOCH };
    let origin = "https://portal.ssc.example".parse().expect("an origin");
    let Ok(proven) = agent::prove(&mut card, &origin, &start) else { return };
    let zeros = BlockText::from_bytes([0; 16]);
    let _ = proven.open(&mut card, &Opening { state: zeros, mac_block: zeros });
}
