//! What institutions register with the discovery service: each its own, and found for whoever is linked to them.

use axum::http::StatusCode;
use idwsf::{
    MessageId, Sender, SignFailed,
    disco::{
        EndpointContext, MetadataId, Query, Request, RequestedService, Response, ServiceContext, ServiceMetadata,
        exchange::{Call, Expect, Question, Reply, open_reply, seal_call_with},
    },
    dst::{Code, Status},
    epr::{Options, Target, Uri},
    message::{Answer, Headers, Mechanism, ProcessingContext},
    token::Token,
};
use region::Named;
use xml::VerifyingKey;

use crate::{
    harness::{PORTAL, World, worlds},
    node::Insurer,
    service::{Publishing, Sp, register},
    wicked::node_keys,
    wsf_asking::{everything, found, joined, log_in, opened, policy, post, sealed},
};

pub(crate) fn second(insurer: Insurer, address: &str) -> ServiceMetadata {
    let uri = |text: &str| Uri::parse(text).unwrap();
    ServiceMetadata {
        id: None,
        name: "second service".to_owned(),
        provider: insurer.entity().parse().unwrap(),
        services: vec![ServiceContext {
            service_types: vec![uri("urn:x:second")],
            options: Vec::new(),
            endpoints: vec![EndpointContext {
                addresses: vec![uri(address)],
                frameworks: vec!["2.0".to_owned()],
                mechanisms: vec![uri(Mechanism::TlsSamlV2.uri())],
                actions: Vec::new(),
            }],
        }],
    }
}

async fn ask(world: &World, insurer: Insurer, request: Request, headers: &Headers) -> Answer<Reply> {
    let question = Question::Discovery(request);
    let (id, message) = as_sender(insurer, |sender| sealed_by(world, sender, (&question, None), headers));
    heard(world, (&id, &question), message).await
}

/// Lends an insurer as a sender.
pub(crate) fn as_sender<T>(insurer: Insurer, act: impl FnOnce(&Sender<'_>) -> T) -> T {
    let keys = node_keys(insurer);
    let (entity, sign) =
        (insurer.entity().parse().unwrap(), |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed));
    act(&Sender { entity: &entity, algorithm: keys.algorithm("sign").unwrap(), sign: &sign })
}

/// A question of an institution's.
pub(crate) fn sealed_by(
    world: &World,
    sender: &Sender<'_>,
    (question, token): (&Question, Option<&Token>),
    headers: &Headers,
) -> (MessageId, Vec<u8>) {
    let id = MessageId::from_random(world.app.random.bytes());
    let to = format!("{PORTAL}/wsf/discovery");
    let call = Call { sender: *sender, to: &to, token, message_id: &id, question };
    let message = seal_call_with(&call, headers, world.now()).unwrap();
    (id, message)
}

/// What we answer an institution: under the name and with the key that it knows us by.
pub(crate) async fn heard(world: &World, (id, question): (&MessageId, &Question), message: Vec<u8>) -> Answer<Reply> {
    let (status, answer) = post(world, message).await;
    let certificate = world.app.keys.certificate(platform::app::key::SIGN).unwrap();
    let keys = [VerifyingKey::from_certificate_der(&certificate).unwrap()];
    let expect = Expect { in_reply_to: id, from: &world.app.insurers.entity, keys: &keys, topic: question.topic() };
    let answer = open_reply(&answer, &expect, world.now()).unwrap();
    assert_eq!(status == StatusCode::OK, matches!(answer, Answer::Reply(_)));
    answer
}

/// The answer to a request that is one of ours to follow.
pub(crate) async fn told(world: &World, insurer: Insurer, request: Request) -> Response {
    match ask(world, insurer, request, &Headers::default()).await {
        Answer::Reply(Reply::Discovery(response)) => response,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn address(world: &World, insurer: Insurer, path: &str) -> String {
    let own = url::Url::parse(&world.node(insurer).config.address).unwrap();
    own.join(path).unwrap().into()
}

fn failed(code: Code, about: Option<&MetadataId>) -> Status {
    Status::failed(code, about.map(|id| id.as_str().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_registers_what_is_found_for_whoever_is_linked_to_it() {
    for world in worlds().await {
        let (own, other) = (Insurer::National, Insurer::Company);
        let offered = second(own, &address(&world, own, "/second"));
        let simulated = Headers { context: Some(ProcessingContext::Simulate), ..Headers::default() };
        ask(&world, own, Request::Register(vec![offered.clone()]), &simulated).await;
        let Response::Registered { metadata, .. } = told(&world, own, Request::Registered(Vec::new())).await else {
            panic!()
        };
        assert_eq!(metadata.len(), 1, "what the configuration says; a simulation leaves nothing behind");

        let Response::Register { status, ids, .. } = told(&world, own, Request::Register(vec![offered.clone()])).await
        else {
            panic!()
        };
        assert_eq!((status, ids.len()), (Status::OK, 1));
        let id = &ids[0];
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let references = found(&world, &sp, &target).await;
        assert!(references.iter().any(|one| one.address == offered.services[0].endpoints[0].addresses[0]));
        assert_eq!(references.len(), 2);

        let again = told(&world, own, Request::Register(vec![offered.clone()])).await;
        assert_eq!(again.status(), &failed(Code::DUPLICATE, Some(id)));
        let renamed = ServiceMetadata { name: "renamed".to_owned(), ..offered.clone() };
        let same_place = told(&world, own, Request::Register(vec![renamed.clone()])).await;
        assert_eq!(same_place.status(), &failed(Code::LOGICAL_DUPLICATE, Some(id)));
        let foreign = told(&world, other, Request::Delete(vec![id.clone()])).await;
        assert_eq!(foreign.status(), &failed(Code::NOT_FOUND, Some(id)), "not even that it is there");
        let stolen = told(&world, other, Request::Register(vec![offered])).await;
        assert_eq!(stolen.status(), &failed(Code::FORBIDDEN, None));

        let renamed = ServiceMetadata { id: Some(id.clone()), ..renamed };
        assert_eq!(told(&world, own, Request::Replace(vec![renamed.clone()])).await.status(), &Status::OK);
        let Response::Registered { metadata, .. } = told(&world, own, Request::Registered(vec![id.clone()])).await
        else {
            panic!()
        };
        assert_eq!(metadata, [renamed]);
        assert_eq!(told(&world, own, Request::Delete(vec![id.clone()])).await.status(), &Status::OK);
        assert_eq!(found(&world, &sp, &target).await.len(), 1, "at once");
        let gone = told(&world, own, Request::Delete(vec![id.clone()])).await;
        assert_eq!(gone.status(), &failed(Code::NOT_FOUND, Some(id)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_registers_within_its_domain_alone_and_leaves_what_is_configured() {
    for world in worlds().await {
        let own = Insurer::National;
        for elsewhere in ["https://evil.example/second", "http://localhost/second"] {
            let offered = second(own, elsewhere);
            let response = told(&world, own, Request::Register(vec![offered])).await;
            assert_ne!(response.status(), &Status::OK, "{elsewhere}");
        }
        let Response::Registered { metadata, .. } = told(&world, own, Request::Registered(Vec::new())).await else {
            panic!()
        };
        assert_eq!(metadata.len(), 1);
        let configured = metadata[0].id.clone().unwrap();
        let refused = failed(Code::FORBIDDEN, Some(&configured));
        assert_eq!(told(&world, own, Request::Replace(metadata)).await.status(), &refused);
        assert_eq!(told(&world, own, Request::Delete(vec![configured])).await.status(), &refused);
    }
}

/// Where a service is told that there is something with this option.
async fn with_option(world: &World, (sp, target): (&Sp, &Target), option: &Options) -> usize {
    let wanted = RequestedService { options: vec![option.clone()], ..RequestedService::default() };
    let question = Question::Discovery(Request::Query(Query { wanted: vec![wanted] }));
    let (id, message) = sealed(world, sp, target, &question);
    match opened(world, &id, &question, &post(world, message).await.1) {
        Answer::Reply(Reply::Discovery(Response::Query { references, .. })) => references.len(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_replaces_a_service_replaces_its_options_too() {
    for world in worlds().await {
        let own = Insurer::National;
        let option = |text: &str| Options(vec![Uri::parse(text).unwrap()]);
        let (first, second_option) = (option("urn:x:first"), option("urn:x:second"));
        let mut offered = second(own, &address(&world, own, "/second"));
        offered.services[0].options = vec![first.clone()];
        let Response::Register { ids, .. } = told(&world, own, Request::Register(vec![offered.clone()])).await else {
            panic!()
        };
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        assert_eq!(with_option(&world, (&sp, &target), &first).await, 1);
        assert_eq!(with_option(&world, (&sp, &target), &second_option).await, 0);
        offered.services[0].options = vec![second_option.clone()];
        let by = ServiceMetadata { id: Some(ids[0].clone()), ..offered };
        assert_eq!(told(&world, own, Request::Replace(vec![by])).await.status(), &Status::OK);
        assert_eq!(with_option(&world, (&sp, &target), &first).await, 0, "nothing of it is left");
        assert_eq!(with_option(&world, (&sp, &target), &second_option).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_name_of_an_institution_is_it_and_no_service() {
    for world in worlds().await {
        let sp = Sp::new("kmix").called(Insurer::National.entity());
        register(&world, [sp.registered(&world, policy(), &Publishing::default())]);
        let Response::Registered { metadata, .. } =
            told(&world, Insurer::National, Request::Registered(Vec::new())).await
        else {
            panic!()
        };
        assert_eq!(metadata.len(), 1, "the institution is still heard");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let (id, message) = sealed(&world, &sp, &target, &everything());
        match heard(&world, (&id, &everything()), message).await {
            Answer::Fault(met) => {
                assert_eq!(met.code, "FailedCheck", "a key that is the service's is not the institution's");
            }
            other @ Answer::Reply(_) => panic!("{other:?}"),
        }

        let mut operator = world.operator().await;
        let page = operator.upload("/services/check", "metadata", sp.metadata(&Publishing::default()).as_bytes()).await;
        assert!(page.shows("SVC-30") && !page.shows("/services/register"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_wants_the_key_shown_in_tls_is_found_so() {
    for world in worlds().await {
        let own = Insurer::National;
        let mut offered = second(own, &address(&world, own, "/second"));
        let by_key = vec![Uri::parse(Mechanism::ClientTlsSamlV2.uri()).unwrap()];
        offered.services[0].endpoints[0].mechanisms.clone_from(&by_key);
        let address = offered.services[0].endpoints[0].addresses[0].clone();
        assert_eq!(told(&world, own, Request::Register(vec![offered])).await.status(), &Status::OK);
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let references = found(&world, &sp, &target).await;
        let reference = references.iter().find(|one| one.address == address).unwrap();
        assert_eq!(reference.contexts[0].mechanisms, by_key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_names_the_mechanism_that_an_institution_is_configured_with() {
    for mut world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        for (by_key, mechanism) in [(false, Mechanism::TlsSamlV2), (true, Mechanism::ClientTlsSamlV2)] {
            world.app = world.reopened(|config| config.insurer[0].services_by_key = by_key).await;
            let sp = joined(&world, "kmix");
            let mut browser = world.browser().logged_in(&holder).await;
            let target = log_in(&world, &sp, &mut browser, true).await;
            let references = found(&world, &sp, &target).await;
            assert_eq!(references[0].provider.as_str(), Insurer::National.entity());
            assert_eq!(references[0].contexts[0].mechanisms, [Uri::parse(mechanism.uri()).unwrap()]);
        }
    }
}
