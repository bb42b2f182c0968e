//! The receiver, step by step.

mod admission;
mod reading;
mod signature;

use idwsf::MessageId;
use idwsf::message::{ConsentUri, Purpose};
use idwsf::token::AuthnClass;

use crate::world::{World, after, now, query, question, subject};

#[test]
fn a_valid_question_is_understood_in_all_its_parts() {
    let world = World::new();
    let request = world.receive(&world.request()).unwrap();
    assert_eq!(request.sender, world.relay.entity);
    assert_eq!(request.issuer, world.relay.entity);
    assert_eq!(request.message_id, question());
    assert_eq!(request.subject, subject());
    assert_eq!((request.authn.class, request.authn.instant), (AuthnClass::SmartcardPki, after(-30)));
    let consent = request.consent.unwrap();
    assert_eq!((consent.uri, consent.given_at), (ConsentUri::CurrentExplicit, Some(after(-60))));
    assert_eq!(request.purpose, Purpose::CitizenSelfView);
    assert_eq!(request.query, Ok(query()));
}

#[test]
fn signing_again_without_a_change_changes_nothing() {
    let world = World::new();
    assert!(world.receive(&world.resign(&world.request(), |_| true, &world.relay)).is_ok());
}

#[test]
fn a_fault_relates_to_the_message_as_far_as_it_could_be_read() {
    let world = World::new();
    let stale = world.authenticate_at(&world.request(), after(86_400)).err().unwrap();
    assert_eq!(stale.in_reply_to, Some(question()));
    let unreadable = world.authenticate_at("<a/>", now()).err().unwrap();
    assert_eq!(unreadable.in_reply_to, None::<MessageId>);
}
