//! Any element as a token that its issuer signed, in the clear in a message that its sender signed: as the name that an institution
//! gives a person itself, and as what the relay says of a person to a peer of 2009. It is refused, or says of whom it is, and another
//! token about the same person is read the same.
#![no_main]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/idwsf/tests/it/disco/stage.rs"]
mod stage;
#[expect(dead_code, reason = "shared with the tests")]
#[path = "../../crates/idwsf/tests/it/world.rs"]
mod world;

use std::sync::LazyLock;

use idwsf::disco::Request;
use idwsf::disco::exchange::Question;
use idwsf::message::{Compat, Mechanism, Terms};
use idwsf::token::{self, Mint, Token};
use idwsf::{Pseudonym, Sender};
use libfuzzer_sys::fuzz_target;
use world::{Party, World, now};
use xml::{Document, Limits};

struct Stage {
    world: World,
    /// A question of the insurer's to the directory, and one of the relay's to the insurer, with no signature, and `@` for the token.
    named: String,
    told: String,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let world = World::new();
    let name = name(&world, &world::subject());
    let named = stage::ask_with(&world.insurer, &association(), Some(&name));
    let named = named.replace(name.encrypted().as_str(), "@");
    let token = world.token();
    let told = world.request_with(&token).replace(token.encrypted().as_str(), "@");
    let unsigned = |message: String| world::without(&message, "<ds:Signature", "</ds:Signature>");
    Stage { named: unsigned(named), told: unsigned(told), world }
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = xml::scan(bytes, &Limits::default()).and_then(Document::parse) else { return };
    let assertion = xml::exclusive_c14n(document.root(), &[], None);
    let Stage { world, named, told } = &*STAGE;
    if let Some(message) = with(named, &assertion, &world.insurer)
        && let Ok(call) = stage::receive(world, &message)
    {
        assert!(call.person.is_none(), "nobody but an issuer tells who somebody is");
        let person = call.named.expect("there is a token");
        let again = stage::ask_with(&world.insurer, &association(), Some(&name(world, &person)));
        assert_eq!(stage::receive(world, &again).map(|call| call.named), Ok(Some(person)), "reads what it has written");
    }
    if let Some(message) = with(told, &assertion, &world.relay)
        && let Ok(admitted) = world.admit(&message, &terms())
    {
        let relay = &world.relay;
        let mint = Mint {
            issuer: Sender { entity: &relay.entity, algorithm: ALGORITHM, sign: &|bytes| relay.sign(bytes) },
            audience: &world.insurer.entity,
            recipient: &world.insurer.encryption,
            pseudonym: &admitted.subject,
            authn: admitted.authn,
            lifetime: jiff::SignedDuration::from_mins(10),
        };
        let token = token::mint(&mint, &mut world::random, now()).expect("signs and encrypts");
        let again = world.receive(&world.request_with(&token)).expect("is admitted");
        assert_eq!((again.subject, again.authn), (admitted.subject, admitted.authn), "reads what it has written");
    }
});

/// The message with this token, both signed.
fn with(message: &str, assertion: &str, signer: &Party) -> Option<String> {
    let token = world::sign_assertion(assertion, signer)?;
    world::sign_message(&message.replace('@', &token), |_| true, signer)
}

fn name(world: &World, person: &Pseudonym) -> Token {
    let insurer = &world.insurer;
    let sender = Sender { entity: &insurer.entity, algorithm: ALGORITHM, sign: &|bytes| insurer.sign(bytes) };
    token::name(&sender, &world.relay.entity, person, &mut world::random, now()).expect("signs")
}

fn association() -> Question {
    Question::Discovery(Request::Dissociate(vec![stage::id("urn:x-kagawa:svcmd:1")]))
}

/// Of a peer of 2009, whose token may stand in the clear.
fn terms() -> Terms<'static> {
    let compat = Compat::on_loopback(std::net::Ipv4Addr::LOCALHOST.into());
    Terms { compat, mechanisms: &[Mechanism::TlsBearer, Mechanism::TlsSamlV2], ..Terms::STRICT }
}

const ALGORITHM: xml::SignatureAlgorithm = xml::SignatureAlgorithm::RsaSha256;
