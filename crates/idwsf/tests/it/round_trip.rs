//! What is written is read as it was meant, and what is read is never trusted by accident.

use idwsf::dst::{Query, QueryItem, ServiceType};
use idwsf::message::{self, Answer, Expect};
use idwsf::{MessageId, Sender};
use proptest::prelude::*;
use xml::Writer;

use crate::world::{World, after, now, question, replaced};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_data_comes_back_as_it_was(text in "\\PC{0,60}", item in "[a-zA-Z0-9\"<&']{1,20}") {
        let world = World::new();
        let items = vec![QueryItem { item_id: Some(item.clone()), select: "/x".to_owned(), changed_since: None }];
        let answer = Query { service: ServiceType::KHI, items }.answer(now(), |_| {
            let mut writer = Writer::new();
            writer.leaf(ServiceType::KHI.ns(), "Name", &[], &text);
            Ok(vec![writer.finish()])
        });
        let insurer = &world.insurer;
        let sender = Sender { entity: &insurer.entity, sign: &|bytes| insurer.sign(bytes) };
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
        let at = (request.len() as f64 * at) as usize;
        let changed = format!("{}{with}{}", &request[..at], &request[(at + 1).min(request.len())..]);
        if let Ok(understood) = world.receive(&changed) {
            prop_assert_eq!(understood, meant);
        }
    }

    #[test]
    fn no_bytes_make_the_receiver_fail(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let world = World::new();
        prop_assert!(world.receive(&String::from_utf8_lossy(&bytes)).is_err());
    }
}

#[test]
fn a_query_without_an_item_id_is_read() {
    let world = World::new();
    let request = world.request();
    let second = crate::world::between(&request, "<nhi:QueryItem changedSince", "</nhi:QueryItem>");
    let one = replaced(&replaced(&request, &second, ""), " itemID=\"q1\"", "");
    let query = world.receive(&world.resign(&one, |_| true, &world.relay)).unwrap().query.unwrap();
    assert_eq!((query.items.len(), query.items[0].item_id.as_deref()), (1, None));
    assert_eq!(query.answer(after(0), |_| Ok(Vec::new())).data[0].item_ref, None);
}
