//! Services at a node that wants the key of their tokens shown in TLS, too.

use idwsf::dst::{Query, ServiceType};
use idwsf::message::{Answer, Body, Call, Expect, Mechanism, PeerDemand, PeerFault, Purpose, open_response, seal_call};
use idwsf::token::{Authn, AuthnClass, Bound, Mint, Permit, Token, mint_for};
use idwsf::{CONTENT_TYPE, EntityId, MessageId, Pseudonym, Sender, SignFailed};
use insurer::Category;
use insurer::config::Allowed;
use jiff::SignedDuration;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, SigningKey as _};
use web::Random;
use xml::SignatureAlgorithm;

use crate::answers::fill;
use crate::grants::{SERVICE, headers};
use crate::region::{ADDRESS, COVERAGE, NODE, PLATFORM, Region, ask, regions};

/// Nodes that want it, with a rule for the service.
async fn strict_nodes() -> Vec<Region> {
    let mut regions = regions().await;
    for region in &mut regions {
        fill(region).await;
        let (requester, purpose) = (SERVICE.to_owned(), "treatment".to_owned());
        region.config.policy.push(Allowed { requester, purpose, category: Category::Coverage, card_alone: false });
        region.config.tls.services_by_key = true;
        region.start().await;
    }
    regions
}

/// What the region's authority is.
pub(crate) fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// A certificate of the region's authority for a client's key, with that key.
fn client_of(region: &Region, key: &KeyPair) -> String {
    let authority = KeyPair::from_pem(&std::fs::read_to_string(region.folder.join("ca.key")).unwrap()).unwrap();
    let issuer = Issuer::new(authority_params(), authority);
    let params = CertificateParams::new(vec!["service".to_owned()]).unwrap();
    params.signed_by(key, &issuer).unwrap().pem() + &key.serialize_pem()
}

/// A client's certificate and key that nobody in the region issued.
pub(crate) fn stranger() -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["stranger".to_owned()]).unwrap().self_signed(&key).unwrap();
    certificate.pem() + &key.serialize_pem()
}

/// A token for the service's key, as the platform makes it from the service's metadata.
fn token(region: &Region, key: &KeyPair) -> Token {
    let (random, keys, now) = (Random::new(), region.keys(), region.clock.now());
    let certificate = CertificateParams::new(vec!["metadata".to_owned()]).unwrap().self_signed(key).unwrap();
    let platform = EntityId::parse(PLATFORM).unwrap();
    let sign = |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed);
    let wanted = Mint {
        issuer: Sender { entity: &platform, algorithm: keys.algorithm("sign").unwrap(), sign: &sign },
        audience: &EntityId::parse(NODE).unwrap(),
        recipient: region.recipient(),
        pseudonym: &Pseudonym::parse("p-yoshida").unwrap(),
        authn: Authn { instant: now, class: AuthnClass::SmartcardPki },
        lifetime: SignedDuration::from_mins(5),
    };
    let permits = [Permit::new("coverage", Purpose::Treatment).unwrap()];
    let bound = Bound { holder: &EntityId::parse(SERVICE).unwrap(), certificate: certificate.der(), permits: &permits };
    mint_for(&wanted, &bound, &mut |bytes| random.fill(bytes), now).unwrap()
}

/// The service asks, signing with its key, and connects with this certificate: how many elements come back.
async fn asked(region: &Region, key: &KeyPair, identity: &str) -> Result<usize, PeerFault> {
    let id = MessageId::from_random(Random::new().bytes());
    let entity = EntityId::parse(SERVICE).unwrap();
    let sign = |bytes: &[u8]| key.sign(bytes).map_err(|_| SignFailed);
    let call = Call {
        sender: Sender { entity: &entity, algorithm: SignatureAlgorithm::RsaSha256, sign: &sign },
        to: ADDRESS,
        token: &token(region, key),
        headers: &headers(Purpose::Treatment),
        body: Body::Query(&Query::one(ServiceType::NHI, COVERAGE)),
        message_id: &id,
    };
    let message = seal_call(&call, region.clock.now()).unwrap();
    let request = region.client_with(Some(identity)).post(region.url("/idwsf/dst"));
    let answer = request.header("content-type", CONTENT_TYPE).body(message).send().await.unwrap();
    let answer = answer.bytes().await.unwrap();
    let from = EntityId::parse(NODE).unwrap();
    let expect = Expect { in_reply_to: &id, from: &from, keys: region.node_keys(), service: ServiceType::NHI };
    let count = |reply: &idwsf::dst::Reply<'_, '_>| reply.data().iter().flat_map(|data| data.node.children()).count();
    match open_response(&answer, &expect, region.clock.now(), count).unwrap() {
        Answer::Reply(count) => Ok(count),
        Answer::Fault(fault) => Err(fault),
    }
}

#[tokio::test]
async fn a_service_connects_with_the_key_that_its_token_is_for_and_with_no_other() {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    for region in strict_nodes().await {
        assert_eq!(asked(&region, &key, &client_of(&region, &key)).await, Ok(2));
        let another = client_of(&region, &KeyPair::generate().unwrap());
        let fault = asked(&region, &key, &another).await.unwrap_err();
        assert_eq!(fault.status.as_deref(), Some("InappropriateCredentials"));
        let mechanisms = vec![Mechanism::ClientTlsSamlV2.uri().to_owned()];
        assert_eq!(fault.demand.as_deref(), Some(&PeerDemand::Credentials { classes: Vec::new(), mechanisms }));
        let nobody = region.client_with(Some(&stranger())).post(region.url("/idwsf/dst")).send().await;
        assert!(nobody.is_err(), "the key alone opens no connection");
        assert!(region.ask(&ask("p-yoshida", COVERAGE)).await.is_ok(), "the platform asks as before");
        let rows = region.database.db.fetch_all("SELECT outcome FROM access_log ORDER BY seq", vec![]).await.unwrap();
        let outcomes: Vec<String> = rows.iter().map(|row| row.get("outcome").unwrap()).collect();
        assert_eq!(outcomes, ["answered", "answered"], "what is refused at the door tells nothing");
    }
}
