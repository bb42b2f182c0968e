//! A service that asks institutions for a resident's records, as an ID-WSF client does: with a reference of our discovery service, over
//! mutual TLS, at real nodes.

use std::fs;

use idwsf::{
    MessageId, Sender,
    dst::{Code, Query, Reply, Status},
    epr::{Client, EndpointReference, Target, Transport},
    message::{Answer, Body, Call, Expect, Headers, Mechanism, PeerFault, Purpose, open_response, seal_call},
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use xml::VerifyingKey;

use crate::{harness::World, node::Insurer, region_keys, service::Sp};

/// What a service asks with.
const CLIENT: Client<'static> = Client { mechanisms: &[Mechanism::TlsSamlV2], transport: Transport::Tls };

/// What came of a question: how many records, and the status.
pub(crate) type Told = (usize, Status);

/// Nothing is there, or nothing that the service may know of.
pub(crate) fn nothing() -> Told {
    (0, Status::failed(Code::DOES_NOT_EXIST, Some("q1".to_owned())))
}

/// A record.
pub(crate) fn told(records: usize) -> Told {
    (records, Status::OK)
}

/// The way to an institution that a reference opens.
pub(crate) fn target(world: &World, reference: &EndpointReference) -> Target {
    reference.target(&CLIENT, world.now()).unwrap()
}

/// A question about `element`, such as `Coverage`, signed by the service.
pub(crate) fn question(
    world: &World,
    sp: &Sp,
    target: &Target,
    (insurer, element, purpose): (Insurer, &str, Purpose),
) -> (MessageId, Vec<u8>) {
    let id = MessageId::from_random(world.app.random.bytes());
    let service = kind(insurer);
    let prefix = insurer.service();
    let query = Query::one(service, &format!("/{prefix}:Insured/{prefix}:{element}"));
    let headers = Headers { purpose: Some(purpose), ..Headers::default() };
    let message = sp.signing(|signer| {
        let call = Call {
            sender: Sender { entity: &sp.entity, algorithm: signer.algorithm, sign: signer.sign },
            to: target.address.as_str(),
            token: &target.token,
            headers: &headers,
            body: Body::Query(&query),
            message_id: &id,
        };
        seal_call(&call, world.now()).unwrap()
    });
    (id, message)
}

fn kind(insurer: Insurer) -> idwsf::dst::ServiceType {
    match insurer {
        Insurer::National => idwsf::dst::ServiceType::NHI,
        Insurer::Company => idwsf::dst::ServiceType::KHI,
    }
}

/// Posts a question as a service's server does, and opens the signed answer.
pub(crate) async fn answered(
    world: &World,
    insurer: Insurer,
    (id, message): (MessageId, Vec<u8>),
) -> Result<Told, PeerFault> {
    let address = world.node(insurer).config.address.clone();
    let sent = client().post(address).header("content-type", idwsf::CONTENT_TYPE).body(message).send().await.unwrap();
    let answer = sent.bytes().await.unwrap();
    let certificate = region_keys::folder().join(format!("{}-sign.pem", insurer.number()));
    let key = VerifyingKey::from_certificate_der(&CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let from = insurer.entity().parse().unwrap();
    let expect = Expect { in_reply_to: &id, from: &from, keys: &[key], service: kind(insurer) };
    let read = |reply: &Reply<'_, '_>| {
        let records = reply.data().iter().map(|data| data.node.children().filter(xml::Node::is_element).count()).sum();
        (records, reply.status.clone())
    };
    match open_response(&answer, &expect, world.now(), read).unwrap() {
        Answer::Reply(told) => Ok(told),
        Answer::Fault(fault) => Err(fault),
    }
}

/// Asks for coverage, for treatment.
pub(crate) async fn coverage(world: &World, sp: &Sp, reference: &EndpointReference) -> Told {
    let insurer = Insurer::ALL.into_iter().find(|insurer| insurer.entity() == reference.provider.as_str()).unwrap();
    let asked = question(world, sp, &target(world, reference), (insurer, "Coverage", Purpose::Treatment));
    answered(world, insurer, asked).await.unwrap()
}

fn client() -> reqwest::Client {
    // Another test of this process may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let pem = |name: &str| fs::read(region_keys::folder().join(name)).unwrap();
    let identity = [pem("service.pem"), pem("service.key")].concat();
    let authority = reqwest::Certificate::from_pem(&pem("authority.pem")).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([authority]);
    client.identity(reqwest::Identity::from_pem(&identity).unwrap()).no_proxy().build().unwrap()
}
