//! Identity mapping: whose token, for whom, and why not.

use idwsf::disco::exchange::{Question, Reply, Topic};
use idwsf::dst::{Code, Outcome, Reason, Status};
use idwsf::epr::{CarriedToken, Content, Usage};
use idwsf::mapping::{Asked, INPUTS_MAX, Input, NameIdPolicy, Output, Request, Response, TokenPolicy, Whose};
use idwsf::message::Answer;
use idwsf::token::Token;
use idwsf::{Fault, TokenRefused};
use proptest::option;
use proptest::prelude::*;

use crate::disco::stage::{answer, ask, ask_with, entity, failed, opened, receive, refused, token};
use crate::world::{World, after, replaced};

const INSURER: &str = "https://nhi.takamatsu.example/metadata";

fn input(id: &str, issue_to: &str) -> Input {
    let mut one = Request::one(entity(issue_to)).inputs.remove(0);
    one.id = Some(id.to_owned());
    one
}

/// What an answer says of one input, if everybody may and everybody is known.
fn mapped(input: Input) -> Response {
    let world = World::new();
    Request { inputs: vec![input] }.answer(|_| true, |_| Ok(world.token()))
}

#[test]
fn a_request_is_read_as_it_was_written() {
    let world = World::new();
    let other = Input {
        id: Some("m2".to_owned()),
        policy: Some(TokenPolicy {
            usage: Some(Usage::Invocation),
            issue_to: Some(entity(INSURER)),
            valid_until: Some(after(60)),
            wants_bootstrap: Some(true),
            name_id: Some(NameIdPolicy { format: Some("urn:x:y".to_owned()), sp_qualifier: None, allow_create: None }),
        }),
        token: Some(CarriedToken::of(&token(&world), Usage::Security)),
    };
    let own = CarriedToken { id: None, usage: None, content: Content::Elsewhere("#str".to_owned()) };
    let third = Input { id: Some("m3".to_owned()), policy: None, token: Some(own) };
    let question = Question::Mapping(Request { inputs: vec![input("m1", INSURER), other, third] });
    assert_eq!(receive(&world, &ask(&world, &question)).unwrap().question, Ok(question));
}

#[test]
fn an_answer_is_read_as_it_was_written() {
    let world = World::new();
    let reply = Reply::Mapping(Response {
        status: Status {
            outcome: Outcome::Partial,
            reasons: vec![Reason { code: Code::NOT_FOUND, item: Some("m2".to_owned()) }],
        },
        outputs: vec![Output {
            request: Some("m1".to_owned()),
            token: CarriedToken::of(&world.token(), Usage::Target),
        }],
    });
    assert_eq!(opened(&world, &answer(&world, &reply), Topic::Mapping), Ok(Answer::Reply(reply)));
}

#[test]
fn whoever_maps_brings_a_token() {
    let world = World::new();
    let question = Question::Mapping(Request::one(entity(INSURER)));
    let outcome = receive(&world, &ask_with(&world.stranger, &question, None));
    assert_eq!(outcome, Err(Fault::Token(TokenRefused::Missing)));
}

#[test]
fn without_an_input_token_it_is_the_invoker() {
    let request = Request::one(entity(INSURER));
    let seen = std::cell::Cell::new(false);
    request.answer(
        |asked| {
            let expected = Asked {
                whose: Whose::Invoker,
                issue_to: &entity(INSURER),
                usage: Usage::Target,
                valid_until: None,
                may_create: false,
            };
            seen.set(*asked == expected);
            false
        },
        |_| panic!("nobody may"),
    );
    assert!(seen.get());
}

#[test]
fn an_input_token_says_whose() {
    let world = World::new();
    let (token, made) = (token(&world), world.token());
    let mut other = input("m1", INSURER);
    other.token = Some(CarriedToken::of(&token, Usage::Security));
    let response = Request { inputs: vec![other] }.answer(
        |_| true,
        |asked| {
            assert!(asked.whose == Whose::Bearer(token.encrypted()));
            assert_eq!(format!("{:?}", asked.whose), "Bearer(..)");
            Ok(made.clone())
        },
    );
    assert!(response.token_of("m1").and_then(CarriedToken::token) == Some(made));
    assert!(response.token_of("m2").is_none());
}

#[test]
fn a_reference_is_to_the_own_token_alone() {
    let world = World::new();
    let with = |place: &str| {
        let mut one = input("m1", INSURER);
        one.token = Some(CarriedToken { id: None, usage: None, content: Content::Elsewhere(place.to_owned()) });
        receive(&world, &ask(&world, &Question::Mapping(Request { inputs: vec![one] }))).unwrap().question
    };
    assert!(with("#str").is_ok());
    let nothing = Err(Reply::Mapping(Response { status: refused(), outputs: Vec::new() }));
    for place in ["#body", "str", "https://other.example/token", ""] {
        assert_eq!(with(place), nothing, "{place}");
    }
}

#[test]
fn all_mapped_is_ok_some_is_partial_none_is_failed() {
    let world = World::new();
    let request = Request { inputs: vec![input("m1", INSURER), input("m2", "urn:x:khi")] };
    let outcome = |known: &[&str]| {
        let known = |asked: &Asked<'_>| known.contains(&asked.issue_to.as_str());
        let map = |asked: &Asked<'_>| if known(asked) { Ok(world.token()) } else { Err(Code::NOT_FOUND) };
        let Response { status, outputs } = request.answer(|_| true, map);
        let answered: Vec<String> = outputs.into_iter().filter_map(|output| output.request).collect();
        (status, answered)
    };
    let reason = |input: &str| Reason { code: Code::NOT_FOUND, item: Some(input.to_owned()) };
    assert_eq!(outcome(&[INSURER, "urn:x:khi"]), (Status::OK, vec!["m1".to_owned(), "m2".to_owned()]));
    let partial = Status { outcome: Outcome::Partial, reasons: vec![reason("m2")] };
    assert_eq!(outcome(&[INSURER]), (partial, vec!["m1".to_owned()]));
    let none = Status { outcome: Outcome::Failed, reasons: vec![reason("m1"), reason("m2")] };
    assert_eq!(outcome(&[]), (none, Vec::new()));
}

#[test]
fn whoever_may_not_is_told_so_before_anybody_looks() {
    let request = Request::one(entity(INSURER));
    let nobody = |_: &Asked<'_>| -> Result<Token, Code> { panic!("nobody looks whether the person is known") };
    assert_eq!(request.answer(|_| false, nobody).status, failed(Code::FORBIDDEN, Some("m1")));
}

#[test]
fn where_there_is_no_link_none_is_made_unless_that_is_allowed() {
    let links = |request: &Request| {
        request.answer(|_| true, |asked| if asked.may_create { Ok(World::new().token()) } else { Err(Code::NOT_FOUND) })
    };
    let mut request = Request::one(entity(INSURER));
    assert_eq!(links(&request).status, failed(Code::NOT_FOUND, Some("m1")));
    let policy = request.inputs[0].policy.as_mut().unwrap();
    policy.name_id.as_mut().unwrap().allow_create = Some(true);
    assert_eq!(links(&request).status, Status::OK);
    request.inputs[0].policy.as_mut().unwrap().name_id = None;
    assert_eq!(links(&request).status, failed(Code::NOT_FOUND, Some("m1")), "silence allows nothing");
}

#[test]
fn an_input_says_for_whom() {
    let mut one = input("m1", INSURER);
    one.policy.as_mut().unwrap().issue_to = None;
    assert_eq!(mapped(one).status, failed(Code::INVALID_DATA, Some("m1")));
    let bare = Input { policy: None, ..input("m1", INSURER) };
    assert_eq!(mapped(bare).status, failed(Code::INVALID_DATA, Some("m1")));
}

#[test]
fn names_are_persistent_and_of_the_provider_that_reads_them() {
    let unsupported = failed(Code::EXTENSION_NOT_SUPPORTED, Some("m1"));
    let with = |change: &dyn Fn(&mut TokenPolicy)| {
        let mut one = input("m1", INSURER);
        change(one.policy.as_mut().unwrap());
        mapped(one).status
    };
    let transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
    assert_eq!(with(&|policy| policy.name_id.as_mut().unwrap().format = Some(transient.to_owned())), unsupported);
    assert_eq!(with(&|policy| policy.name_id.as_mut().unwrap().sp_qualifier = Some(entity("urn:x:y"))), unsupported);
    assert_eq!(with(&|policy| policy.wants_bootstrap = Some(true)), unsupported);
    assert_eq!(with(&|policy| policy.wants_bootstrap = Some(false)), Status::OK);
    assert_eq!(with(&|policy| policy.name_id = Some(NameIdPolicy::default())), Status::OK);
}

#[test]
fn no_more_persons_are_mapped_at_once_than_sixteen() {
    let world = World::new();
    for (count, read) in [(0, false), (1, true), (INPUTS_MAX, true), (INPUTS_MAX + 1, false)] {
        let inputs = (0..count).map(|number| input(&format!("m{number}"), INSURER)).collect();
        let call = receive(&world, &ask(&world, &Question::Mapping(Request { inputs }))).unwrap();
        assert_eq!(call.question.is_ok(), read, "{count}");
    }
}

#[test]
fn inputs_can_be_told_apart() {
    let world = World::new();
    let unnamed = || Input { id: None, ..input("m1", INSURER) };
    for (inputs, read) in [
        (vec![unnamed()], true),
        (vec![unnamed(), input("m2", INSURER)], false),
        (vec![input("m1", INSURER), unnamed()], false),
        (vec![input("m1", INSURER), input("m1", INSURER)], false),
        (vec![input("m1", INSURER), input("m2", INSURER)], true),
    ] {
        let call = receive(&world, &ask(&world, &Question::Mapping(Request { inputs }))).unwrap();
        assert_eq!(call.question.is_ok(), read);
    }
}

#[test]
fn a_request_that_cannot_be_read_fails_and_is_no_fault() {
    let world = World::new();
    let message = ask(&world, &Question::Mapping(Request::one(entity(INSURER))));
    for (from, to) in [
        ("AllowCreate=\"false\"", "AllowCreate=\"perhaps\""),
        ("type=\"urn:liberty:security:tokenusage:2006-08:TargetIdentity\"", "type=\"urn:x:y\""),
        ("issueTo=\"https://nhi.takamatsu.example/metadata\"", "issueTo=\"nobody\""),
        ("issueTo=", "validUntil=\"tomorrow\" issueTo="),
        ("reqID=\"m1\"", "reqID=\"\""),
    ] {
        let changed = world.resign(&replaced(&message, from, to), |_| true, &world.stranger);
        let call = receive(&world, &changed).unwrap();
        assert_eq!(call.question, Err(Reply::Mapping(Response { status: refused(), outputs: Vec::new() })), "{to}");
    }
}

proptest! {
    #[test]
    fn any_policy_comes_back_as_it_was(
        format in option::of("[!-~][ -~]{0,20}"),
        allow_create in option::of(any::<bool>()),
        wants_bootstrap in option::of(any::<bool>()),
        valid_until in option::of(0..4_000_000_000_i64),
        named in any::<bool>(),
    ) {
        let world = World::new();
        let policy = TokenPolicy {
            usage: Some(Usage::Security),
            issue_to: Some(entity(INSURER)),
            valid_until: valid_until.map(|second| jiff::Timestamp::from_second(second).unwrap()),
            wants_bootstrap,
            name_id: named.then_some(NameIdPolicy { format, sp_qualifier: Some(entity("urn:x:y")), allow_create }),
        };
        let question = Question::Mapping(Request { inputs: vec![Input { id: None, policy: Some(policy), token: None }] });
        prop_assert_eq!(receive(&world, &ask(&world, &question)).unwrap().question, Ok(question));
    }
}
