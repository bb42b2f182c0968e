//! Any bytes as a question to a data service and as the answer to one: refused, since no key is known that could have
//! signed them.
#![no_main]

use idwsf::dst::ServiceType;
use idwsf::message::{Expect, Receiver, authenticate, open_response};
use idwsf::{EntityId, MessageId, UnwrapFailed};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let entity = EntityId::parse("https://nhi.takamatsu.example/metadata").expect("is a URI");
    let receiver = Receiver {
        entity: &entity,
        address: "https://nhi.takamatsu.example/idwsf/dst",
        service: ServiceType::NHI,
        providers: &|_| Some(&[]),
        issuers: &|_| Some(&[]),
        decrypt: &|_| Err(UnwrapFailed),
    };
    // When the messages of a seed corpus were made, so that they get past their timestamps.
    let now: Timestamp = "2026-11-22T01:00:00Z".parse().expect("is an instant");
    let refused = authenticate(bytes, &receiver, now).err().expect("nothing signed is accepted");
    assert!(refused.fault.http_status() >= 400);
    let question = MessageId::from_random([1; 16]);
    let expect = Expect { in_reply_to: &question, from: &entity, keys: &[], service: ServiceType::NHI };
    assert!(open_response(bytes, &expect, now, |_| ()).is_err());
});
