//! Any text as a message of a card's login, as it comes from a browser, or as the file of a virtual card: refused, or read into what is
//! written and read the same again.
#![no_main]

use card::protocol::{Opening, Origin, Proof, Sid, Start};
use card::virtual_card::{CardImage, LiteS, Tag};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    again::<Start>(text);
    again::<Proof>(text);
    again::<Opening>(text);
    if let Ok(sid) = text.parse::<Sid>() {
        assert_eq!(sid.to_string(), text);
    }
    if let Ok(origin) = text.parse::<Origin>() {
        assert_eq!(origin.to_string().parse(), Ok(origin));
    }
    if let Ok(image) = CardImage::from_json(text) {
        if let Ok(card) = LiteS::try_from(&image) {
            assert!(Tag::from(card).answer(bytes).len() >= 2, "every APDU has a status word");
        }
    }
});

fn again<T: Serialize + DeserializeOwned + PartialEq>(text: &str) {
    if let Ok(message) = serde_json::from_str::<T>(text) {
        let written = serde_json::to_string(&message).expect("is JSON");
        assert!(serde_json::from_str::<T>(&written).is_ok_and(|again| again == message), "reads what it has written");
    }
}
