//! What is written is read as it was meant, and what is read is never trusted by accident.

use idwsf::dst::{Query, QueryItem, ServiceType};
use idwsf::message::{self, Answer, Expect};
use idwsf::{MessageId, Sender};
use proptest::prelude::*;
use xml::Writer;

use crate::world::{World, after, between, now, question, replaced, sign_message, without};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_data_comes_back_as_it_was(text in "\\PC{0,60}", item in "[a-zA-Z0-9\"<&']{1,20}") {
        let world = World::new();
        let items = vec![QueryItem { item_id: Some(item.clone()), select: "/x".to_owned(), changed_since: None, page: None }];
        let answer = Query { service: ServiceType::KHI, items }.answer(now(), |_| {
            let mut writer = Writer::new();
            writer.leaf(ServiceType::KHI.ns(), "Name", &[], &text);
            Ok(vec![writer.finish()])
        });
        let insurer = &world.insurer;
        let sender = Sender { entity: &insurer.entity, algorithm: xml::SignatureAlgorithm::RsaSha256, sign: &|bytes| insurer.sign(bytes) };
        let sealed = message::seal_response(&sender, &question(), &MessageId::from_random([3; 16]), &answer, now()).unwrap();
        let expect =
            Expect { in_reply_to: &question(), from: &insurer.entity, keys: &insurer.keys, service: ServiceType::KHI };
        let opened = message::open_response(&sealed, &expect, now(), |reply| {
            let data = reply.data_of(&item).unwrap();
            xml::text(data.first_element_child().unwrap()).unwrap()
        });
        prop_assert_eq!(opened, Ok(Answer::Reply(text)));
    }

    #[test]
    fn a_message_changed_anywhere_is_refused_or_means_the_same(at in 0.0..1.0_f64, with in "[ -~]{0,3}") {
        let world = World::new();
        let request = world.request();
        let meant = world.receive(&request).unwrap();
        let (position, _) = pick(&request, at, |_| true);
        let (before, after) = request.split_at(position);
        let changed = format!("{before}{with}{}", after.split_at(1).1);
        if let Ok(understood) = world.receive(&changed) {
            prop_assert_eq!(understood, meant);
        }
    }

    #[test]
    fn a_message_its_sender_wrote_wrong_makes_no_receiver_fail(at in 0.0..1.0_f64, mistake in 0..MISTAKES.len()) {
        let world = World::new();
        let unsigned = without(&world.request(), "<ds:Signature", "</ds:Signature>");
        let (position, _) = pick(&unsigned, at, |byte| byte == b'>');
        let (before, after) = unsigned.split_at(position + 1);
        let wrong = format!("{before}{}{after}", MISTAKES[mistake]);
        if let Some(signed) = sign_message(&wrong, |_| true, &world.relay) {
            let _ = world.receive(&signed);
        }
    }

    #[test]
    fn no_bytes_make_the_receiver_fail(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let world = World::new();
        prop_assert!(world.receive(&String::from_utf8_lossy(&bytes)).is_err());
    }
}

/// Elements and text where they may not be; each stands right after some tag.
const MISTAKES: [&str; 10] = [
    "text",
    "<x/>",
    "<wsu:Created>2026</wsu:Created>",
    "<wsa:Address>urn:x</wsa:Address>",
    "<wsse:KeyIdentifier/>",
    "<kag:Purpose xmlns:kag=\"urn:x-kagawa:policy:2009-03\">x</kag:Purpose>",
    "<nhi:QueryItem xmlns:nhi=\"urn:x-kagawa:nhi:2009-03:dst-2.1\" itemID=\"\"/>",
    "<nhi:Select xmlns:nhi=\"urn:x-kagawa:nhi:2009-03:dst-2.1\"><nhi:Select/></nhi:Select>",
    "<sb:ProcessingContext wsu:Id=\"extra\"/>",
    "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>",
];

/// The byte at this share of all those that are wanted, and where it stands.
fn pick(text: &str, at: f64, wanted: impl Fn(u8) -> bool) -> (usize, u8) {
    let all: Vec<(usize, u8)> = text.bytes().enumerate().filter(|(_, byte)| wanted(*byte)).collect();
    all[(all.len() as f64 * at) as usize]
}

#[test]
fn a_query_without_an_item_id_is_read() {
    let world = World::new();
    let request = world.request();
    let second = between(&request, "<nhi:QueryItem changedSince", "</nhi:QueryItem>");
    let one = replaced(&replaced(&request, &second, ""), " itemID=\"q1\"", "");
    let query = world.receive(&world.resign(&one, |_| true, &world.relay)).unwrap().query.unwrap();
    assert_eq!((query.items.len(), query.items[0].item_id.as_deref()), (1, None));
    assert_eq!(query.answer(after(0), |_| Ok(Vec::new())).data[0].item_ref, None);
}
