//! The steps of the receiver, and of the client, for discovery. That the binding itself is checked is tested with data services;
//! here is what differs, and that it is the same binding.

use idwsf::disco::exchange::{Call, Question, Reply, Topic, seal_call_with};
use idwsf::disco::{Kind, Query, Request, Response};
use idwsf::dst::Status;
use idwsf::interaction::UserInteraction;
use idwsf::message::{self, Answer, Headers, ProcessingContext, Purpose, Replay, ResponseRefused};
use idwsf::{Fault, MessageId, Sender, TokenRefused};

use crate::disco::stage::{
    DIRECTORY, answer, ask, ask_by, ask_with, authenticate, id, insurance, open, opened, receive, refused, token,
};
use crate::world::{Party, World, after, now, question, replaced, subject, without};

fn query() -> Question {
    Question::Discovery(Request::Query(Query::default()))
}

fn registration() -> Question {
    Question::Discovery(Request::Register(vec![insurance()]))
}

/// A valid question with one change, signed again by whoever sent it.
fn changed(world: &World, asked: &Question, from: &str, to: &str) -> Result<Question, Fault> {
    let message = replaced(&ask(world, asked), from, to);
    let call = receive(world, &world.resign(&message, |_| true, &world.stranger))?;
    call.question.map_err(|reply| panic!("{reply:?}"))
}

#[test]
fn whoever_asks_about_a_person_brings_a_token() {
    let world = World::new();
    for kind in Kind::ALL {
        let request = match kind {
            Kind::Query => Request::Query(Query::default()),
            Kind::Associate => Request::Associate(vec![id("urn:x:1")]),
            Kind::Dissociate => Request::Dissociate(vec![id("urn:x:1")]),
            Kind::Associated => Request::Associated(Vec::new()),
            Kind::Register => Request::Register(vec![insurance()]),
            Kind::Registered => Request::Registered(Vec::new()),
            Kind::Replace => Request::Replace(vec![insurance()]),
            Kind::Delete => Request::Delete(vec![id("urn:x:1")]),
        };
        let outcome = receive(&world, &ask_with(&world.insurer, &Question::Discovery(request), None));
        if kind.is_personal() {
            assert_eq!(outcome, Err(Fault::Token(TokenRefused::Missing)), "{kind:?}");
        } else {
            assert_eq!(outcome.unwrap().person, None, "{kind:?}");
        }
    }
}

#[test]
fn the_person_is_the_subject_of_the_token() {
    let world = World::new();
    let person = receive(&world, &ask(&world, &query())).unwrap().person.unwrap();
    assert_eq!((person.issuer, person.subject), (world.relay.entity.clone(), subject()));
    assert_eq!(person.authn.instant, after(-30));
}

#[test]
fn a_token_is_checked_though_none_is_needed() {
    let world = World::new();
    let good = ask_with(&world.insurer, &registration(), Some(&token(&world)));
    assert!(receive(&world, &good).unwrap().person.is_some());
    let foreign = world.token();
    let outcome = receive(&world, &ask_with(&world.insurer, &registration(), Some(&foreign)));
    assert_eq!(outcome, Err(Fault::Token(TokenRefused::Decryption)));
}

#[test]
fn a_token_for_another_audience_is_refused() {
    let world = World::new();
    let other = world.token_with(&world.relay, &world.insurer.entity, &world.relay.encryption);
    let outcome = receive(&world, &ask_with(&world.stranger, &query(), Some(&other)));
    assert_eq!(outcome, Err(Fault::Token(TokenRefused::Audience)));
}

#[test]
fn a_token_of_an_issuer_that_is_not_trusted_is_refused() {
    let world = World::new();
    let other = world.token_with(&world.stranger, &world.relay.entity, &world.relay.encryption);
    let outcome = receive(&world, &ask_with(&world.stranger, &query(), Some(&other)));
    assert_eq!(outcome, Err(Fault::Token(TokenRefused::Issuer)));
}

#[test]
fn a_token_that_the_signature_does_not_speak_of_is_refused() {
    let world = World::new();
    let message = without(&ask(&world, &query()), "<wsse:SecurityTokenReference", "</wsse:SecurityTokenReference>");
    let message = world.resign(&message, |_| true, &world.stranger);
    assert_eq!(receive(&world, &message), Err(Fault::Unsigned("a token reference")));
    let unsigned = world.resign(&ask(&world, &query()), |id| id != "str", &world.stranger);
    assert_eq!(receive(&world, &unsigned), Err(Fault::Unsigned("the token reference")));
}

#[test]
fn an_exchanged_token_is_refused() {
    let world = World::new();
    let named = token(&world).assertion_id().to_owned();
    let outcome = changed(&world, &query(), &named, "_another");
    assert_eq!(outcome, Err(Fault::Token(TokenRefused::Exchanged)));
}

#[test]
fn a_sender_that_is_not_known_is_refused() {
    let world = World::new();
    let message = ask_by(&world, &world.relay, &query());
    assert_eq!(receive(&world, &message), Err(Fault::Sender));
    let stated = "<sb:Consent uri=\"urn:liberty:consent:unavailable\" wsu:Id=\"con\"></sb:Consent><sb:Sender";
    let unnamed = changed(&world, &query(), "<sb:Sender", stated);
    assert_eq!(unnamed, Ok(query()), "a consent informs and decides nothing");
}

#[test]
fn a_sender_speaks_for_no_affiliation() {
    let world = World::new();
    let affiliated = changed(&world, &query(), "<sb:Sender ", "<sb:Sender affiliationID=\"urn:x:all\" ");
    assert_eq!(affiliated, Err(Fault::Affiliation));
}

#[test]
fn each_part_of_a_question_is_signed() {
    let world = World::new();
    for part in ["fwk", "snd", "mid", "to", "act", "ts", "body"] {
        let message = world.resign(&ask(&world, &query()), |id| id != part, &world.stranger);
        assert!(matches!(receive(&world, &message), Err(Fault::Unsigned(_))), "{part}");
    }
    let message = ask(&world, &query());
    let tampered = replaced(&message, EMPTY, &EMPTY.replace("></", "> </"));
    assert!(matches!(receive(&world, &tampered), Err(Fault::Signature(_))));
    let by_another = world.resign(&message, |_| true, &world.insurer);
    assert!(matches!(receive(&world, &by_another), Err(Fault::Signature(_))));
}

#[test]
fn a_question_that_was_received_before_is_refused() {
    let world = World::new();
    let call = authenticate(&world, &ask(&world, &query())).unwrap();
    assert_eq!((call.sender(), call.message_id()), (&world.stranger.entity, &question()));
    let rejected = call.admit(Replay::Seen).unwrap_err();
    assert_eq!((rejected.fault, rejected.in_reply_to), (Fault::Replayed, Some(question())));
}

#[test]
fn a_question_for_another_endpoint_is_refused() {
    let outcome = changed(&World::new(), &query(), "wsf/discovery</wsa:To>", "wsf/other</wsa:To>");
    assert_eq!(outcome, Err(Fault::Destination));
}

#[test]
fn the_action_is_that_of_the_body() {
    let world = World::new();
    let outcome = changed(&world, &query(), "2006-08:Query</wsa:Action>", "2006-08:SvcMDQuery</wsa:Action>");
    assert_eq!(outcome, Err(Fault::ActionMismatch));
    let two = changed(
        &world,
        &query(),
        EMPTY,
        "<di:Query xmlns:di=\"urn:liberty:disco:2006-08\"></di:Query><x xmlns=\"urn:x\"></x>",
    );
    assert_eq!(two, Err(Fault::ActionMismatch));
}

#[test]
fn authentication_and_the_people_service_are_not_offered() {
    let world = World::new();
    let elements = [
        ("urn:liberty:sa:2006-08", "SASLRequest"),
        ("urn:oasis:names:tc:SAML:2.0:protocol", "AuthnRequest"),
        ("urn:liberty:ps:2006-08", "ListMembersRequest"),
        ("urn:liberty:disco:2006-08", "QueryResponse"),
    ];
    for (service, element) in elements {
        for message in [ask(&world, &query()), ask_with(&world.stranger, &query(), None)] {
            let action = replaced(&message, "urn:liberty:disco:2006-08:Query<", &format!("{service}:{element}<"));
            let body = format!("<x:{element} xmlns:x=\"{service}\"></x:{element}>");
            let body = replaced(&action, EMPTY, &body);
            let outcome = receive(&world, &world.resign(&body, |_| true, &world.stranger));
            assert_eq!(outcome, Err(Fault::ActionUnknown), "{element}");
        }
    }
    assert_eq!(Fault::ActionUnknown.faultcode(), "wsa:ActionNotSupported");
}

#[test]
fn an_answer_is_given_on_this_connection_alone() {
    let world = World::new();
    let to =
        |address| format!("<wsa:ReplyTo wsu:Id=\"extra\"><wsa:Address>{address}</wsa:Address></wsa:ReplyTo><wsa:To");
    let elsewhere = changed(&world, &query(), "<wsa:To", &to("https://other.example/"));
    assert_eq!(elsewhere, Err(Fault::ReplyElsewhere));
    let here = changed(&world, &query(), "<wsa:To", &to("http://www.w3.org/2005/08/addressing/anonymous"));
    assert_eq!(here, Ok(query()));
}

#[test]
fn a_question_says_in_what_circumstances_it_is_to_be_taken() {
    let world = World::new();
    let context = |word| {
        let uri = format!("urn:liberty:sb:2003-08:ProcessingContext:{word}");
        let header = format!("<sb:ProcessingContext wsu:Id=\"extra\">{uri}</sb:ProcessingContext><wsa:To");
        told(&world, "<wsa:To", &header).map(|headers| headers.context)
    };
    assert_eq!(context("Simulate"), Ok(Some(ProcessingContext::Simulate)));
    assert_eq!(context("Other"), Err(Fault::ContextUnknown));
    assert_eq!(context("PrincipalOffline"), Ok(Some(ProcessingContext::PrincipalOffline)));
    assert_eq!(told(&world, "<wsa:To", "<wsa:To"), Ok(Headers::default()));
}

#[test]
fn a_question_may_say_what_the_answer_is_for_and_how_the_person_can_be_asked() {
    let world = World::new();
    let headers = Headers {
        purpose: Some(Purpose::Treatment),
        interaction: Some(UserInteraction::by_redirect(&["ja"])),
        resent_after: Some(MessageId::from_random([9; 16])),
        ..Headers::default()
    };
    let token = token(&world);
    let sender = &world.stranger;
    let call = Call {
        sender: Sender {
            entity: &sender.entity,
            algorithm: xml::SignatureAlgorithm::RsaSha256,
            sign: &|bytes| sender.sign(bytes),
        },
        to: DIRECTORY,
        token: Some(&token),
        message_id: &question(),
        question: &query(),
    };
    let message = String::from_utf8(seal_call_with(&call, &headers, now()).unwrap()).unwrap();
    assert_eq!(receive(&world, &message).unwrap().headers, headers);
    let unknown = message.replace("treatment", "advertising");
    let unknown = world.resign(&unknown, |_| true, sender);
    assert_eq!(receive(&world, &unknown).err(), Some(Fault::Purpose), "it must be understood");
}

/// What a question that was changed says about itself.
fn told(world: &World, from: &str, to: &str) -> Result<Headers, Fault> {
    let message = world.resign(&replaced(&ask(world, &query()), from, to), |_| true, &world.stranger);
    receive(world, &message).map(|call| call.headers)
}

#[test]
fn nobody_asks_for_another_person() {
    let header = "<sb:TargetIdentity wsu:Id=\"extra\"></sb:TargetIdentity><wsa:To";
    assert_eq!(changed(&World::new(), &query(), "<wsa:To", header), Err(Fault::TargetIdentity));
}

#[test]
fn a_header_that_must_be_understood_and_is_not_is_refused() {
    let header = "<x:Y xmlns:x=\"urn:x\" S:mustUnderstand=\"1\"></x:Y><wsa:To";
    assert_eq!(changed(&World::new(), &query(), "<wsa:To", header), Err(Fault::NotUnderstood));
}

#[test]
fn what_cannot_be_read_fails_and_is_no_fault() {
    let world = World::new();
    let wanted = |attributes: &str, content: &str| {
        let service = format!("<di:RequestedService{attributes}>{content}</di:RequestedService></di:Query>");
        (query(), "</di:Query>".to_owned(), service)
    };
    let gone = |asked, part: &str| (asked, part.to_owned(), String::new());
    let cases = [
        wanted(" resultsType=\"some\"", ""),
        wanted(" reqID=\"\"", ""),
        wanted("", "<di:Action>relative</di:Action>"),
        wanted("", "<di:ProviderID></di:ProviderID>"),
        wanted("", "<di:Framework></di:Framework>"),
        wanted("", "<di:Options><di:Option>relative</di:Option></di:Options>"),
        gone(Question::Discovery(Request::Delete(vec![id("urn:x:1")])), "<di:SvcMDID>urn:x:1</di:SvcMDID>"),
        gone(registration(), "<di:ServiceType>urn:x-kagawa:nhi:2009-03:dst-2.1</di:ServiceType>"),
        gone(registration(), "<di:ProviderID>https://nhi.takamatsu.example/metadata</di:ProviderID>"),
        gone(registration(), "<sbf:Framework version=\"2.0\"></sbf:Framework>"),
        gone(registration(), "<di:Address>https://nhi.takamatsu.example/idwsf/dst</di:Address>"),
        gone(registration(), "<di:Abstract>高松市国民健康保険</di:Abstract>"),
    ];
    for (asked, from, to) in cases {
        let message = replaced(&ask(&world, &asked), &from, &to);
        let call = receive(&world, &world.resign(&message, |_| true, &world.stranger)).unwrap();
        let Topic::Discovery(kind) = asked.topic() else { panic!("discovery") };
        assert_eq!(call.question, Err(Reply::Discovery(Response::only(kind, refused()))), "{from} {to}");
    }
}

#[test]
fn no_more_is_read_than_a_message_may_list() {
    let world = World::new();
    for (count, read) in [(32, true), (33, false)] {
        let question =
            Question::Discovery(Request::Associated((0..count).map(|n| id(&format!("urn:x:{n}"))).collect()));
        assert_eq!(receive(&world, &ask(&world, &question)).unwrap().question.is_ok(), read);
    }
}

#[test]
fn an_answer_is_by_the_provider_asked_to_the_question_asked() {
    let world = World::new();
    let reply = Reply::Discovery(Response::Replace(Status::OK));
    let message = answer(&world, &reply);
    let resigned = |from: &str, to: &str, by: &Party| world.resign(&replaced(&message, from, to), |_| true, by);
    let open = |message: &str| opened(&world, message, Topic::Discovery(Kind::Replace));
    assert_eq!(open(&message), Ok(Answer::Reply(reply)));
    let other = resigned("relay.kagawa.example/metadata", "relay.kagawa.example/other", &world.relay);
    assert_eq!(open(&other), Err(ResponseRefused::Sender));
    let stranger = resigned("version=\"2.0\"", "version=\"2.0\"", &world.stranger);
    assert!(matches!(open(&stranger), Err(ResponseRefused::Message(Fault::Signature(_)))));
    let another = MessageId::from_random([9; 16]);
    let unrelated = resigned(question().as_str(), another.as_str(), &world.relay);
    assert_eq!(open(&unrelated), Err(ResponseRefused::Relation));
}

#[test]
fn an_answer_is_of_the_kind_asked_for() {
    let world = World::new();
    let message = answer(&world, &Reply::Discovery(Response::Replace(Status::OK)));
    let outcome = opened(&world, &message, Topic::Discovery(Kind::Delete));
    assert_eq!(outcome, Err(ResponseRefused::Action));
    assert_eq!(opened(&world, &message, Topic::Mapping), Err(ResponseRefused::Action));
    let other = message.replace("di:SvcMDReplaceResponse", "di:SvcMDOther");
    let other = world.resign(&other, |_| true, &world.relay);
    assert_eq!(opened(&world, &other, Topic::Discovery(Kind::Replace)), Err(ResponseRefused::Body));
    let stateless = without(&message, "<lu:Status", "</lu:Status>");
    let stateless = world.resign(&stateless, |_| true, &world.relay);
    assert_eq!(opened(&world, &stateless, Topic::Discovery(Kind::Replace)), Err(ResponseRefused::Body));
}

#[test]
fn a_signed_fault_is_an_answer() {
    let world = World::new();
    let sender = Sender {
        entity: &world.relay.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| world.relay.sign(bytes),
    };
    let id = MessageId::from_random([2; 16]);
    let sealed = message::seal_fault(&sender, Some(&question()), &id, &Fault::Replayed, now()).unwrap();
    let outcome = opened(&world, &String::from_utf8(sealed).unwrap(), Topic::Mapping);
    let Ok(Answer::Fault(fault)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((fault.code.as_str(), fault.status.as_deref()), ("Client", Some("DuplicateMsg")));
}

#[test]
fn a_token_in_a_body_is_opened_like_any_other() {
    let world = World::new();
    let person = open(&world, token(&world).encrypted()).unwrap();
    assert_eq!(person.subject, subject());
    assert_eq!(open(&world, world.token().encrypted()), Err(Fault::Token(TokenRefused::Decryption)));
    let mut clear = xml::Writer::new();
    clear.empty(xml::ns::SAML, "Assertion", &[]);
    assert_eq!(open(&world, &clear.finish()), Err(Fault::Token(TokenRefused::InTheClear)));
}

/// A question without criteria, as it is written.
const EMPTY: &str = "<di:Query xmlns:di=\"urn:liberty:disco:2006-08\"></di:Query>";
