//! The Data Services Template: questions and changes, and the rules of what is answered.

mod modify;
mod paging;

use idwsf::MessageId;
use idwsf::dst::{Query, QueryResponse, Reply, ServiceType};
use idwsf::message::{self, Answer, Expect};

use crate::world::{World, now, question};

/// What the relay makes of an answer of the insurer's.
fn read<T>(world: &World, response: &QueryResponse, read: impl FnOnce(&Reply<'_, '_>) -> T) -> T {
    let insurer = &world.insurer;
    let sender = idwsf::Sender {
        entity: &insurer.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| insurer.sign(bytes),
    };
    let id = MessageId::from_random([2; 16]);
    let sealed = message::seal_response(&sender, &question(), &id, response, now()).unwrap();
    let expect =
        Expect { in_reply_to: &question(), from: &insurer.entity, keys: &insurer.keys, service: ServiceType::NHI };
    match message::open_response(&sealed, &expect, now(), read).unwrap() {
        Answer::Reply(read) => read,
        Answer::Fault(fault) => panic!("{fault:?}"),
    }
}

/// What the insurer makes of a question of the relay's.
fn ask(world: &World, query: &Query) -> Query {
    let request = String::from_utf8(world.seal(query)).unwrap();
    world.receive(&request).unwrap().query.unwrap()
}
