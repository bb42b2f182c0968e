//! What is written is read as it was meant.

use idwsf::disco::exchange::{Question, Reply};
use idwsf::disco::{
    EndpointContext, Keys, Kind, MetadataId, Query, Request, RequestedService, Response, Results, ServiceContext,
    ServiceMetadata,
};
use idwsf::dst::{Code, Outcome, Reason, Status};
use idwsf::epr::{CarriedToken, Content, EndpointReference, Options, SecurityContext, Uri, Usage};
use idwsf::message::Answer;
use idwsf::{EntityId, MECHANISM};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::disco::stage::{
    answer, ask_by, employees, entity, failed, id, insurance, opened, receive, registry, token, uri,
};
use crate::world::{World, after, replaced};

/// A request of each kind.
pub(crate) fn requests() -> Vec<Request> {
    let new = || ServiceMetadata { id: None, ..insurance() };
    let ids = || vec![id("urn:x-kagawa:svcmd:1"), id("not/a uri".replace(' ', "-").as_str())];
    let wanted = RequestedService {
        id: Some("r1".to_owned()),
        results: Some(Results::OnlyOne),
        service_types: insurance().services[0].service_types.clone(),
        providers: vec![insurance().provider],
        options: insurance().services[0].options.clone(),
        mechanisms: vec![uri(MECHANISM)],
        frameworks: vec!["2.0".to_owned()],
        actions: insurance().services[0].endpoints[0].actions.clone(),
    };
    vec![
        Request::Query(Query { wanted: vec![wanted, RequestedService::default()] }),
        Request::Register(vec![new(), ServiceMetadata { id: None, ..employees() }]),
        Request::Registered(Vec::new()),
        Request::Replace(vec![insurance()]),
        Request::Delete(ids()),
        Request::Associate(ids()),
        Request::Dissociate(ids()),
        Request::Associated(ids()),
    ]
}

/// An answer of each kind.
pub(crate) fn responses(world: &World) -> Vec<Response> {
    let held = [insurance(), employees()];
    let found = registry(&held).find(&Query::default(), |_| idwsf::disco::Permission::Granted);
    let token = token(world);
    let mut references: Vec<_> = found.matches.iter().map(|found| found.reference(&token, after(600))).collect();
    // Two tokens have two IDs; chance in these tests makes the same one each time.
    references[1].contexts[0].tokens[0].id = Some("_second".to_owned());
    let ids = || vec![id("urn:x-kagawa:svcmd:1"), id("urn:x-kagawa:svcmd:2")];
    vec![
        Response::Query { status: Status::OK, references },
        Response::Register { status: Status::OK, ids: ids(), keys: Vec::new() },
        Response::Registered { status: Status::OK, metadata: held.to_vec() },
        Response::Replace(Status::OK),
        Response::Delete(failed(Code::NOT_FOUND, Some("urn:x:1"))),
        Response::Associate(failed(Code::DUPLICATE, Some("urn:x:1"))),
        Response::Dissociate(failed(Code::FORBIDDEN, Some("urn:x:1"))),
        Response::Associated { status: Status::OK, ids: ids() },
    ]
}

#[test]
fn every_request_is_read_as_it_was_written() {
    let world = World::new();
    let kinds: Vec<Kind> = requests().iter().map(Request::kind).collect();
    assert_eq!(kinds, Kind::ALL);
    for request in requests() {
        let question = Question::Discovery(request);
        let call = receive(&world, &ask_by(&world, &world.insurer, &question)).unwrap();
        assert_eq!(call.question, Ok(question));
        assert_eq!(call.sender, world.insurer.entity);
    }
}

#[test]
fn every_answer_is_read_as_it_was_written() {
    let world = World::new();
    let responses = responses(&world);
    let kinds: Vec<Kind> = responses.iter().map(Response::kind).collect();
    assert_eq!(kinds, Kind::ALL);
    for response in responses {
        let reply = Reply::Discovery(response);
        let message = answer(&world, &reply);
        assert_eq!(opened(&world, &message, reply.topic()), Ok(Answer::Reply(reply)));
    }
}

#[test]
fn each_code_of_discovery_comes_back() {
    let world = World::new();
    let ok = (Status::OK, "OK");
    let codes = [
        (failed(Code::FORBIDDEN, None), "Forbidden"),
        (failed(Code::DUPLICATE, None), "Duplicate"),
        (failed(Code::LOGICAL_DUPLICATE, None), "LogicalDuplicate"),
        (failed(Code::NO_RESULTS, None), "NoResults"),
        (failed(Code::NOT_FOUND, None), "NotFound"),
        (Status { outcome: Outcome::Failed, reasons: Vec::new() }, "Failed"),
    ];
    for (status, word) in codes.into_iter().chain([ok]) {
        let reply = Reply::Discovery(Response::only(Kind::Query, status.clone()));
        let message = answer(&world, &reply);
        assert!(message.contains(&format!("code=\"{word}\"")), "{message}");
        assert_eq!(opened(&world, &message, reply.topic()), Ok(Answer::Reply(reply)));
    }
}

#[test]
fn a_reason_in_the_place_of_the_outcome_is_read_as_a_failure() {
    let world = World::new();
    let reply = Reply::Discovery(Response::only(Kind::Query, failed(Code::NO_RESULTS, None)));
    let nested = "code=\"Failed\"><lu:Status code=\"NoResults\"></lu:Status>";
    let bare = replaced(&answer(&world, &reply), nested, "code=\"NoResults\">");
    let bare = world.resign(&bare, |_| true, &world.relay);
    assert!(!bare.contains("Failed"));
    assert_eq!(opened(&world, &bare, reply.topic()), Ok(Answer::Reply(reply)));
}

#[test]
fn no_reference_and_no_reason_are_read_as_they_are() {
    let world = World::new();
    let reply = Reply::Discovery(Response::Query { status: Status::OK, references: Vec::new() });
    assert_eq!(opened(&world, &answer(&world, &reply), reply.topic()), Ok(Answer::Reply(reply)));
}

#[test]
fn a_reference_that_cannot_be_used_hides_no_other() {
    let world = World::new();
    let [Response::Query { references, .. }, ..] = &responses(&world)[..] else { panic!("a query is first") };
    let reply = Reply::Discovery(Response::Query { status: Status::OK, references: references.clone() });
    let broken = answer(&world, &reply).replacen("https://nhi.takamatsu.example/idwsf/dst", "", 1);
    let message = world.resign(&broken, |_| true, &world.relay);
    let rest = Response::Query { status: Status::OK, references: references[1..].to_vec() };
    assert_eq!(opened(&world, &message, reply.topic()), Ok(Answer::Reply(Reply::Discovery(rest))));
}

#[test]
fn keys_are_passed_on_as_they_are() {
    let world = World::new();
    let mut w = xml::Writer::new();
    let di = xml::Ns::new("di", idwsf::disco::SERVICE_TYPE);
    w.start(di, "Keys", &[]).start(xml::ns::MD, "KeyDescriptor", &[xml::Attr::plain("use", "signing")]);
    let keys = vec![Keys(w.finish())];
    assert_eq!(format!("{keys:?}"), "[Keys(..)]");
    let ids = vec![id("urn:x:1")];
    let reply = Reply::Discovery(Response::Register { status: Status::OK, ids, keys });
    assert_eq!(opened(&world, &answer(&world, &reply), reply.topic()), Ok(Answer::Reply(reply)));
}

fn any_uri() -> impl Strategy<Value = Uri> {
    "urn:[a-z]{1,8}:[!$&'()*+,;=a-zA-Z0-9._~%-]{1,20}".prop_map(|text| Uri::parse(&text).unwrap())
}

fn any_entity() -> impl Strategy<Value = EntityId> {
    any_uri().prop_map(|uri| EntityId::parse(uri.as_str()).unwrap())
}

fn uris() -> impl Strategy<Value = Vec<Uri>> {
    vec(any_uri(), 0..4)
}

fn some_uris() -> impl Strategy<Value = Vec<Uri>> {
    vec(any_uri(), 1..4)
}

fn versions() -> impl Strategy<Value = Vec<String>> {
    vec("[0-9.]{1,4}", 1..3)
}

fn options() -> impl Strategy<Value = Vec<Options>> {
    vec(uris().prop_map(Options), 0..3)
}

fn wanted() -> impl Strategy<Value = RequestedService> {
    let results = option::of(select(vec![Results::Best, Results::All, Results::OnlyOne]));
    let head = (option::of("[a-zA-Z0-9_.-]{1,9}"), results, uris(), vec(any_entity(), 0..3));
    (head, options(), uris(), vec("[0-9.]{1,4}", 0..3), uris()).prop_map(
        |((id, results, service_types, providers), options, mechanisms, frameworks, actions)| RequestedService {
            id,
            results,
            service_types,
            providers,
            options,
            mechanisms,
            frameworks,
            actions,
        },
    )
}

fn endpoint() -> impl Strategy<Value = EndpointContext> {
    (some_uris(), versions(), some_uris(), uris()).prop_map(|(addresses, frameworks, mechanisms, actions)| {
        EndpointContext { addresses, frameworks, mechanisms, actions }
    })
}

fn service() -> impl Strategy<Value = ServiceContext> {
    (some_uris(), options(), vec(endpoint(), 1..3)).prop_map(|(service_types, options, endpoints)| ServiceContext {
        service_types,
        options,
        endpoints,
    })
}

fn metadata() -> impl Strategy<Value = ServiceMetadata> {
    let id = option::of("[!-~]{1,30}".prop_map(|text| MetadataId::parse(&text).unwrap()));
    (id, "\\PC{0,40}", any_entity(), vec(service(), 1..3)).prop_map(|(id, name, provider, services)| ServiceMetadata {
        id,
        name,
        provider,
        services,
    })
}

fn reference() -> impl Strategy<Value = EndpointReference> {
    let usage = option::of(select(vec![Usage::Security, Usage::Target, Usage::Invocation]));
    let carried = (option::of("[a-zA-Z_][a-zA-Z0-9_.-]{0,9}"), usage, "#[ -~]{0,20}")
        .prop_map(|(id, usage, place)| CarriedToken { id, usage, content: Content::Elsewhere(place) });
    let context =
        (some_uris(), vec(carried, 0..3)).prop_map(|(mechanisms, tokens)| SecurityContext { mechanisms, tokens });
    let head = (any_uri(), option::of(0..4_000_000_000_i64), option::of("\\PC{0,40}"), vec("[0-9.]{1,4}", 0..3));
    (head, any_entity(), some_uris(), options(), (vec(context, 0..3), uris())).prop_map(
        |((address, expires, name, frameworks), provider, service_types, options, (contexts, actions))| {
            EndpointReference {
                id: None,
                address,
                expires: expires.map(|second| jiff::Timestamp::from_second(second).unwrap()),
                name,
                frameworks,
                provider,
                service_types,
                options,
                contexts,
                actions,
            }
        },
    )
}

proptest! {
    #[test]
    fn any_query_comes_back_as_it_was(wanted in vec(wanted(), 0..4)) {
        let world = World::new();
        let question = Question::Discovery(Request::Query(Query { wanted }));
        let call = receive(&world, &ask_by(&world, &world.insurer, &question)).unwrap();
        prop_assert_eq!(call.question, Ok(question));
    }

    #[test]
    fn any_registration_comes_back_as_it_was(metadata in vec(metadata(), 1..3)) {
        let world = World::new();
        let question = Question::Discovery(Request::Replace(metadata));
        let call = receive(&world, &ask_by(&world, &world.insurer, &question)).unwrap();
        prop_assert_eq!(call.question, Ok(question));
    }

    #[test]
    fn any_reference_comes_back_as_it_was(references in vec(reference(), 0..4), reason in option::of("[!-~]{1,20}")) {
        let world = World::new();
        let status = Status { outcome: Outcome::Partial, reasons: vec![Reason { code: Code::NOT_FOUND, item: reason }] };
        let reply = Reply::Discovery(Response::Query { status, references });
        prop_assert_eq!(opened(&world, &answer(&world, &reply), reply.topic()), Ok(Answer::Reply(reply)));
    }
}

#[test]
fn the_sender_of_a_query_may_be_anybody_known() {
    let world = World::new();
    let question = Question::Discovery(Request::Query(Query::one(uri("urn:x:y"), Some(entity("urn:x:z")))));
    assert_eq!(receive(&world, &ask_by(&world, &world.stranger, &question)).unwrap().sender, world.stranger.entity);
}
