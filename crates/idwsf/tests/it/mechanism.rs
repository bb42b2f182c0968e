//! Security mechanisms: who may use a token, what a service takes, and how it says what it would take.

use std::net::IpAddr;

use idwsf::dst::{Query, ServiceType};
use idwsf::message::{
    self, Answer, Body, Compat, Demand, Expect, Headers, Mechanism, Moved, PeerDemand, PeerFault, Purpose, Terms,
    Update,
};
use idwsf::token::{AuthnClass, Token};
use idwsf::{Fault, MessageId, TokenRefused};

use crate::world::{Party, SELECT, World, between, now, question, replaced, sign_message, subject, without};

const HOLDER: Terms<'static> = Terms { mechanisms: &[Mechanism::TlsSamlV2], ..Terms::STRICT };
const CLIENT: Terms<'static> = Terms { mechanisms: &[Mechanism::ClientTlsSamlV2], ..Terms::STRICT };
const EITHER: Terms<'static> = Terms { mechanisms: &[Mechanism::TlsSamlV2, Mechanism::TlsBearer], ..Terms::STRICT };

fn sealed(world: &World, token: &Token) -> String {
    let headers = Headers { purpose: Some(Purpose::CitizenSelfView), ..Headers::default() };
    world.call(&headers, Body::Query(&Query::one(ServiceType::NHI, SELECT)), token)
}

fn used(world: &World, token: &Token, terms: &Terms<'_>) -> Result<Mechanism, Fault> {
    world.admit(&sealed(world, token), terms).map(|admitted| admitted.mechanism)
}

#[test]
fn a_mechanism_has_one_uri() {
    for mechanism in Mechanism::ALL {
        assert_eq!(Mechanism::by_uri(mechanism.uri()), Some(mechanism));
    }
    for other in ["urn:liberty:security:2003-08:null:null", "urn:liberty:security:2005-02:null:Bearer", ""] {
        assert_eq!(Mechanism::by_uri(other), None);
    }
}

#[test]
fn a_token_for_the_holder_of_a_key_is_good_in_a_message_signed_with_it() {
    let world = World::new();
    let token = world.token_for(&world.relay, &certificate(&world.relay));
    assert_eq!(used(&world, &token, &HOLDER), Ok(Mechanism::TlsSamlV2));
    assert_eq!(used(&world, &token, &EITHER), Ok(Mechanism::TlsSamlV2));
    assert_eq!(world.admit(&sealed(&world, &token), &HOLDER).ok().unwrap().subject, subject());
}

#[test]
fn a_token_for_the_holder_of_another_key_is_refused() {
    let world = World::new();
    for (named, certificate) in [
        (&world.relay, &certificate(&world.stranger)),
        (&world.stranger, &certificate(&world.stranger)),
        (&world.stranger, &certificate(&world.relay)),
    ] {
        let token = world.token_for(named, certificate);
        assert_eq!(used(&world, &token, &HOLDER), Err(TokenRefused::Holder.into()));
    }
}

#[test]
fn a_stolen_token_is_of_no_use_to_another_provider() {
    let world = World::new();
    let request = sealed(&world, &world.token_for(&world.relay, &certificate(&world.relay)));
    let stolen = replaced(&request, world.relay.entity.as_str(), world.stranger.entity.as_str());
    let stolen = world.resign(&stolen, |_| true, &world.stranger);
    assert_eq!(world.admit(&stolen, &HOLDER).err(), Some(TokenRefused::Holder.into()));
}

#[test]
fn a_bound_token_is_refused_where_none_is_taken() {
    let world = World::new();
    let token = world.token_for(&world.relay, &certificate(&world.relay));
    assert_eq!(used(&world, &token, &Terms::STRICT), Err(TokenRefused::Subject.into()));
    assert_eq!(world.receive(&sealed(&world, &token)), Err(TokenRefused::Subject.into()));
}

#[test]
fn a_bearer_token_is_refused_with_the_mechanism_that_is_wanted() {
    let world = World::new();
    assert_eq!(used(&world, &world.token(), &EITHER), Ok(Mechanism::TlsBearer));
    let fault = used(&world, &world.token(), &HOLDER).unwrap_err();
    assert_eq!(fault, Fault::Mechanism(Mechanism::TlsSamlV2));
    let demand = PeerDemand::Credentials {
        classes: Vec::new(),
        mechanisms: vec!["urn:liberty:security:2006-08:TLS:SAMLV2".to_owned()],
    };
    assert_eq!(told(&world, fault), ("InappropriateCredentials".to_owned(), Some(demand)));
}

#[test]
fn the_key_of_the_tls_client_is_that_of_the_token_where_that_is_demanded() {
    let world = World::new();
    let (own, other) = (certificate(&world.relay), certificate(&world.stranger));
    let token = world.token_for(&world.relay, &own);
    let by = |certificate| Terms { tls_client: Some(certificate), ..CLIENT };
    assert_eq!(used(&world, &token, &by(&own)), Ok(Mechanism::ClientTlsSamlV2));
    for terms in [by(&other), by(b"no certificate"), CLIENT] {
        assert_eq!(used(&world, &token, &terms), Err(Fault::Mechanism(Mechanism::ClientTlsSamlV2)));
    }
    // More than is asked for is good enough.
    let terms = Terms { tls_client: Some(&own), ..HOLDER };
    assert_eq!(used(&world, &token, &terms), Ok(Mechanism::ClientTlsSamlV2));
}

#[test]
fn a_token_is_bound_to_one_key() {
    let world = World::new();
    let request = sealed(&world, &world.token_for(&world.relay, &certificate(&world.relay)));
    let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
    let data = between(&world.plain(&token), "<ds:KeyInfo", "</ds:KeyInfo>");
    for broken in [
        String::new(),
        format!("{data}{data}"),
        without(&data, "<ds:X509Certificate>", "</ds:X509Certificate>"),
        data.replace("<ds:X509Certificate>", "<ds:X509Certificate>AAAA"),
        data.replace("<ds:X509Certificate>", "<ds:X509Certificate>!"),
    ] {
        let changed = world.with_bound_token(&request, |assertion| replaced(&assertion, &data, &broken));
        assert_eq!(world.admit(&changed, &HOLDER).err(), Some(TokenRefused::Subject.into()), "{broken}");
    }
}

#[test]
fn a_token_reference_is_signed_as_it_stands() {
    let world = World::new();
    let request = sealed(&world, &world.token());
    let reference = between(&request, "<ds:Reference URI=\"#str\">", "</ds:Transforms>");
    let transformed = reference.replace(
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform",
    );
    let request = replaced(&request, &reference, &transformed);
    assert_eq!(world.admit(&request, &EITHER).err(), Some(Fault::Signature("sig-transforms")));
}

#[test]
fn a_service_says_how_well_the_person_must_be_authenticated() {
    let world = World::new();
    let demand = PeerDemand::Credentials {
        classes: vec!["urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI".to_owned()],
        mechanisms: Vec::new(),
    };
    let told = told(&world, Fault::Weak(AuthnClass::SmartcardPki));
    assert_eq!(told, ("InappropriateCredentials".to_owned(), Some(demand)));
}

#[test]
fn a_service_that_has_moved_says_where_to() {
    let world = World::new();
    let moved = Moved { update: Update::Partial, address: "https://nhi2.takamatsu.example/idwsf/dst".to_owned() };
    let fault = opened(&world, &demanded(&world, Demand::Moved(&moved)));
    assert_eq!(fault.status.as_deref(), Some("EndpointUpdated"));
    assert_eq!(fault.demand, Some(Box::new(PeerDemand::Moved(moved))));
}

#[test]
fn a_token_is_not_sent_after_a_service_out_of_its_own_domain() {
    let old = "https://nhi.takamatsu.example/idwsf/dst";
    let to = |address: &str| Moved { update: Update::Partial, address: address.to_owned() };
    let good = "https://nhi2.takamatsu.example/idwsf/dst";
    assert_eq!(to(good).within("takamatsu.example", old), Some(good));
    for bad in [
        "https://nhi2.takamatsu.example.evil.example/",
        "https://eviltakamatsu.example/",
        "https://evil.example/?takamatsu.example",
        "http://nhi2.takamatsu.example/",
        "https://takamatsu.example@evil.example/",
        "https://user@nhi2.takamatsu.example/",
        "nhi2.takamatsu.example",
    ] {
        assert_eq!(to(bad).within("takamatsu.example", old), None, "{bad}");
    }
    assert_eq!(to(good).within("marugame.example", old), None);
    let unchanged = Moved { update: Update::NoChange, address: good.to_owned() };
    assert_eq!(unchanged.within("takamatsu.example", old), None);
}

#[test]
fn a_fault_that_proves_nothing_demands_nothing() {
    let world = World::new();
    let moved = Moved { update: Update::Partial, address: "https://evil.example/".to_owned() };
    let unsigned = without(&demanded(&world, Demand::Moved(&moved)), "<ds:Signature", "</ds:Signature>");
    let Err(message::ResponseRefused::UnverifiedFault(fault)) = open(&world, &unsigned) else { panic!() };
    assert_eq!(fault.demand, None);
    // Nor does a header that the signature leaves out.
    let signed = demanded(&world, Demand::Moved(&moved));
    let loose = world.resign(&signed, |id| id != "eu", &world.insurer);
    assert!(matches!(open(&world, &loose), Err(message::ResponseRefused::UnverifiedFault(_))));
}

mod compat {
    use super::*;

    fn loopback() -> Terms<'static> {
        let compat = Compat::on_loopback("127.0.0.1".parse().unwrap());
        Terms { compat, ..EITHER }
    }

    #[test]
    fn leave_for_old_messages_is_given_on_the_loopback_only() {
        for (peer, given) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("0.0.0.0", false),
            ("2001:db8::1", false),
        ] {
            let peer: IpAddr = peer.parse().unwrap();
            assert_eq!(Compat::on_loopback(peer).is_some(), given, "{peer}");
        }
    }

    /// The valid question without its signature, which some change precedes.
    fn unsigned(world: &World) -> String {
        without(&sealed(world, &world.token()), "<ds:Signature", "</ds:Signature>")
    }

    fn signed(world: &World, message: &str) -> String {
        sign_message(message, |_| true, &world.relay).unwrap()
    }

    #[test]
    fn an_old_message_is_read_with_leave_and_refused_without() {
        let world = World::new();
        let request = unsigned(&world);
        let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
        let name = between(&request, "#SAMLID\">", "</wsse:KeyIdentifier>");
        for (old, refused) in [
            (without(&request, "<sbf:Framework", "</sbf:Framework>"), Fault::Framework),
            (without(&request, "<wsa:To", "</wsa:To>"), Fault::Destination),
            (without(&request, "<wsa:Action", "</wsa:Action>"), Fault::ActionMismatch),
            (without(&request, "<sb:UsageDirective", "</sb:UsageDirective>"), Fault::Purpose),
            (replaced(&request, &token, &world.plain(&token)), TokenRefused::InTheClear.into()),
            (replaced(&request, &name, "#SAMLID\"></wsse:KeyIdentifier>"), TokenRefused::Exchanged.into()),
        ] {
            let old = signed(&world, &old);
            assert_eq!(world.admit(&old, &Terms::STRICT).err(), Some(refused));
            assert_eq!(world.admit(&old, &loopback()).ok().unwrap().subject, subject());
        }
    }

    #[test]
    fn an_old_message_is_signed_and_its_token_checked_all_the_same() {
        let world = World::new();
        let request = unsigned(&world);
        assert!(matches!(world.admit(&request, &loopback()), Err(Fault::Signature(_))));
        let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
        let forged = world.plain(&token).replace(subject().as_str(), "N-another");
        let forged = signed(&world, &replaced(&request, &token, &forged));
        assert_eq!(world.admit(&forged, &loopback()).err(), Some(TokenRefused::Signature("sig-digest").into()));
        let two = signed(&world, &replaced(&request, &token, &format!("{token}{}", world.plain(&token))));
        assert_eq!(world.admit(&two, &loopback()).err(), Some(TokenRefused::InTheClear.into()));
        let other = signed(&world, &replaced(&request, "#SAMLID\">_", "#SAMLID\">_0"));
        assert_eq!(world.admit(&other, &loopback()).err(), Some(TokenRefused::Exchanged.into()));
    }

    #[test]
    fn a_bound_token_in_the_clear_needs_its_key_all_the_same() {
        let world = World::new();
        for (certificate, outcome) in [
            (&certificate(&world.relay), Ok(Mechanism::TlsSamlV2)),
            (&certificate(&world.stranger), Err(TokenRefused::Holder.into())),
        ] {
            let request = sealed(&world, &world.token_for(&world.relay, certificate));
            let request = without(&request, "<ds:Signature", "</ds:Signature>");
            let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
            let clear = signed(&world, &replaced(&request, &token, &world.plain(&token)));
            assert_eq!(world.admit(&clear, &loopback()).map(|admitted| admitted.mechanism), outcome);
        }
    }
}

/// A certificate for a party's key, by itself. Nobody judges more of it than the key.
pub(crate) fn certificate(party: &Party) -> Vec<u8> {
    let key = rcgen::KeyPair::try_from(party.pkcs8.as_slice()).unwrap();
    rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().der().to_vec()
}

/// What the client is told by a fault.
fn told(world: &World, fault: Fault) -> (String, Option<PeerDemand>) {
    let insurer = &world.insurer;
    let sender = idwsf::Sender {
        entity: &insurer.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| insurer.sign(bytes),
    };
    let id = MessageId::from_random([2; 16]);
    let sealed = message::seal_fault(&sender, Some(&question()), &id, &fault, now()).unwrap();
    let fault = opened(world, &String::from_utf8(sealed).unwrap());
    (fault.status.unwrap(), fault.demand.map(|demand| *demand))
}

fn demanded(world: &World, demand: Demand<'_>) -> String {
    let insurer = &world.insurer;
    let sender = idwsf::Sender {
        entity: &insurer.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| insurer.sign(bytes),
    };
    let id = MessageId::from_random([2; 16]);
    String::from_utf8(message::seal_demand(&sender, &question(), &id, demand, now()).unwrap()).unwrap()
}

fn open(world: &World, answer: &str) -> Result<Answer<()>, message::ResponseRefused> {
    let insurer = &world.insurer;
    let expect =
        Expect { in_reply_to: &question(), from: &insurer.entity, keys: &insurer.keys, service: ServiceType::NHI };
    message::open_response(answer.as_bytes(), &expect, now(), |_| ())
}

fn opened(world: &World, answer: &str) -> PeerFault {
    match open(world, answer).unwrap() {
        Answer::Fault(fault) => fault,
        Answer::Reply(()) => panic!("no fault"),
    }
}
