//! A person whom the sender names itself, by a name that it was given: the token stands in the clear, and is good for nobody else.

use idwsf::disco::Request;
use idwsf::disco::exchange::{Question, VerifiedCall};
use idwsf::token::{self, Token};
use idwsf::{Fault, Pseudonym, Sender, TokenRefused};
use jiff::Timestamp;

use crate::disco::golden::golden;
use crate::disco::stage::{ask_with, entity, id, receive, token};
use crate::judges::{Folder, is_valid, schemas};
use crate::world::{Party, World, after, now, sign_message};

fn handle() -> Pseudonym {
    Pseudonym::parse("q83vEjRWeJASNFZ4kKvN7w").unwrap()
}

fn end() -> Question {
    Question::Discovery(Request::Dissociate(vec![id("urn:x-kagawa:svcmd:1")]))
}

fn named_by(sender: &Party, signer: &Party, audience: &str, at: Timestamp) -> Token {
    let sign = |bytes: &[u8]| signer.sign(bytes);
    let sender = Sender { entity: &sender.entity, algorithm: xml::SignatureAlgorithm::RsaSha256, sign: &sign };
    token::name(&sender, &entity(audience), &handle(), &mut |bytes| bytes.fill(7), at).unwrap()
}

fn met(world: &World, token: &Token) -> Result<VerifiedCall, Fault> {
    receive(world, &ask_with(&world.insurer, &end(), Some(token)))
}

#[test]
fn a_sender_names_a_person_by_the_name_it_was_given() {
    let world = World::new();
    let token = named_by(&world.insurer, &world.insurer, world.relay.entity.as_str(), now());
    let call = met(&world, &token).unwrap();
    assert_eq!((call.named, call.person, call.question), (Some(handle()), None, Ok(end())));
    let covered = token.covered(token::Covered::ByTransform);
    assert_eq!(met(&world, &covered).unwrap().named, Some(handle()));
}

#[test]
fn a_name_is_good_for_whom_it_was_written_now_and_by_its_sender() {
    let world = World::new();
    let here = world.relay.entity.as_str();
    let (own, other) = (&world.insurer, &world.stranger);
    let met = |token: &Token| met(&world, token).map(|call| call.named);
    let expired = named_by(own, own, here, after(-600));
    let early = named_by(own, own, here, after(600));
    for (token, refused) in [
        (named_by(own, own, other.entity.as_str(), now()), TokenRefused::Audience),
        (expired, TokenRefused::Expired),
        (early, TokenRefused::Expired),
        (named_by(other, other, here, now()), TokenRefused::InTheClear),
    ] {
        assert_eq!(met(&token), Err(Fault::Token(refused)));
    }
    let forged = met(&named_by(own, other, here, now()));
    assert!(matches!(forged, Err(Fault::Token(TokenRefused::Signature(_)))), "{forged:?}");
    let good = named_by(own, own, here, now());
    let exchanged = resigned(&world, &good, |message| {
        message.replace(&format!(">{}</wsse:KeyIdentifier>", good.assertion_id()), ">_another</wsse:KeyIdentifier>")
    });
    assert_eq!(receive(&world, &exchanged), Err(Fault::Token(TokenRefused::Exchanged)));
}

#[test]
fn what_an_issuer_says_of_a_person_does_not_stand_in_the_clear() {
    let world = World::new();
    let sealed = token(&world);
    let plain = world.relay.plain(sealed.encrypted().as_str());
    let message = resigned(&world, &sealed, |message| message.replace(sealed.encrypted().as_str(), &plain));
    assert_eq!(receive(&world, &message), Err(Fault::Token(TokenRefused::InTheClear)));
}

/// A message with this token after a change, signed again by its sender.
fn resigned(world: &World, token: &Token, change: impl FnOnce(String) -> String) -> String {
    let message = ask_with(&world.insurer, &end(), Some(token));
    // The last signature is that of the message.
    let (before, rest) = message.rsplit_once("<ds:Signature ").unwrap();
    let (_, after) = rest.rsplit_once("</ds:Signature>").unwrap();
    let unsigned = format!("{before}{after}");
    sign_message(&change(unsigned), |_| true, &world.insurer).unwrap()
}

#[test]
fn the_golden_message_with_a_name_is_read_and_written_again_as_it_is() {
    let world = World::new();
    let token = named_by(&world.insurer, &world.insurer, world.relay.entity.as_str(), now());
    let written = ask_with(&world.insurer, &end(), Some(&token));
    let kept = golden("SvcMDAssociationDelete-named", || written.clone());
    assert_eq!(written, kept);
    assert_eq!(receive(&world, &kept).unwrap().named, Some(handle()));
    let Some(schemas) = schemas() else { return };
    assert_eq!(is_valid(&Folder::new("golden-named"), &schemas, "named", &kept), Ok(()));
}
