//! What a question says about itself: consent, purpose, circumstances, time, and how the person can be asked.

use idwsf::dst::{Query, ServiceType};
use idwsf::interaction::{Interact, Need, UserInteraction, Way, ask};
use idwsf::message::{
    Body, Consent, ConsentUri, Headers, Mechanism, Offer, ProcessingContext, Purpose, Terms, Timeout,
};
use idwsf::{Fault, MessageId};

use crate::world::{SELECT, World, after, now, replaced, without};

fn all() -> Headers {
    Headers {
        consent: Some(Consent { uri: ConsentUri::Prior, given_at: Some(after(-60)) }),
        purpose: Some(Purpose::Treatment),
        context: Some(ProcessingContext::PrincipalOffline),
        timeout: Timeout::from_secs(20),
        interaction: Some(UserInteraction {
            interact: Interact::NotForData,
            languages: vec!["ja".to_owned(), "en".to_owned()],
            redirect: true,
            seconds_max: Some(120),
            services: vec!["https://relay.kagawa.example/idwsf/is".to_owned()],
        }),
        resent_after: Some(MessageId::from_random([9; 16])),
    }
}

fn sealed(world: &World, headers: &Headers) -> String {
    world.call(headers, Body::Query(&Query::one(ServiceType::NHI, SELECT)), &world.token())
}

fn read(world: &World, request: &str) -> Result<Headers, Fault> {
    world.admit(request, &Terms::STRICT).map(|admitted| admitted.headers)
}

/// The full question with one change, signed again.
fn changed(from: &str, to: &str) -> Result<Headers, Fault> {
    let world = World::new();
    let request = replaced(&sealed(&world, &all()), from, to);
    read(&world, &world.resign(&request, |_| true, &world.relay))
}

fn extra(header: &str) -> Result<Headers, Fault> {
    changed("</S:Header>", &format!("{header}</S:Header>"))
}

#[test]
fn every_header_arrives_as_it_was_meant() {
    let world = World::new();
    assert_eq!(read(&world, &sealed(&world, &all())), Ok(all()));
    let least = Headers { purpose: Some(Purpose::Statistics), ..Headers::default() };
    assert_eq!(read(&world, &sealed(&world, &least)), Ok(least));
}

#[test]
fn every_header_is_signed() {
    let world = World::new();
    for left_out in ["rel", "con", "pc", "tmo", "ui", "ud"] {
        let request = world.resign(&sealed(&world, &all()), |id| id != left_out, &world.relay);
        assert_eq!(read(&world, &request), Err(Fault::Unsigned("every header")), "{left_out}");
    }
}

#[test]
fn no_header_but_a_usage_directive_is_there_twice() {
    for header in ["Consent", "ProcessingContext", "Timeout", "UserInteraction"] {
        let fault = extra(&format!("<sb:{header} wsu:Id=\"extra\"/>")).unwrap_err();
        assert!(matches!(fault, Fault::Structure(_)), "{header}");
    }
}

#[test]
fn a_purpose_is_one_of_the_vocabulary() {
    let world = World::new();
    for purpose in Purpose::ALL {
        let headers = Headers { purpose: Some(purpose), ..Headers::default() };
        assert_eq!(read(&world, &sealed(&world, &headers)).unwrap().purpose, Some(purpose));
        assert_eq!(Purpose::parse(purpose.as_str()), Some(purpose));
        assert!(purpose.urn().starts_with("urn:x-kagawa:policy:2009-03:"));
    }
    assert_eq!(changed(">treatment<", ">marketing<"), Err(Fault::Purpose));
    assert_eq!(Fault::Purpose.status(), Some("CannotHonourUsageDirective"));
}

#[test]
fn a_question_without_a_purpose_is_not_answered() {
    let world = World::new();
    assert_eq!(read(&world, &sealed(&world, &Headers::default())), Err(Fault::Purpose));
}

#[test]
fn a_directive_that_must_be_understood_and_is_not_is_refused() {
    let directive = |flag: &str| {
        format!(
            "<sb:UsageDirective ref=\"query\" wsu:Id=\"extra\"{flag}><x:Keep xmlns:x=\"urn:x\"/></sb:UsageDirective>"
        )
    };
    assert_eq!(extra(&directive(" S:mustUnderstand=\"1\"")), Err(Fault::Purpose));
    assert_eq!(extra(&directive("")), Ok(all()));
}

#[test]
fn two_purposes_are_none() {
    let second = "<sb:UsageDirective ref=\"query\" wsu:Id=\"extra\"><kag:Purpose \
                  xmlns:kag=\"urn:x-kagawa:policy:2009-03\">statistics</kag:Purpose></sb:UsageDirective>";
    assert_eq!(extra(second), Err(Fault::Purpose));
}

#[test]
fn must_understand_is_true_or_false() {
    let fault = extra("<x:New xmlns:x=\"urn:x\" S:mustUnderstand=\"yes\"/>").unwrap_err();
    assert_eq!((fault, fault.status()), (Fault::MustUnderstand, Some("InvalidMustUnderstand")));
}

#[test]
fn a_processing_context_is_known_and_simulation_is_offered() {
    let context = "ProcessingContext:PrincipalOffline";
    let unknown = changed(context, "ProcessingContext:Guess").unwrap_err();
    assert_eq!((unknown, unknown.status()), (Fault::ContextUnknown, Some("ProcCtxURINotUnderstood")));
    let simulated = changed(context, "ProcessingContext:Simulate").unwrap_err();
    assert_eq!((simulated, simulated.status()), (Fault::ContextUnwilling, Some("ProcCtxUnwilling")));
    let world = World::new();
    let headers = Headers { context: Some(ProcessingContext::Simulate), ..all() };
    assert!(world.admit(&sealed(&world, &headers), &Terms { simulation: Offer::Yes, ..Terms::STRICT }).is_ok());
}

#[test]
fn a_timeout_is_a_second_to_an_hour() {
    for (text, read) in [("1", Some(1)), ("3600", Some(3600)), ("99999999", Some(3600))] {
        let timeout = changed("maxProcessingTime=\"20\"", &format!("maxProcessingTime=\"{text}\"")).unwrap().timeout;
        assert_eq!(timeout.map(Timeout::as_secs), read);
    }
    for broken in ["maxProcessingTime=\"0\"", "maxProcessingTime=\"-1\"", "maxProcessingTime=\"\"", ""] {
        assert_eq!(changed("maxProcessingTime=\"20\"", broken), Err(Fault::Header("Timeout")));
    }
    assert_eq!((Timeout::from_secs(0), Timeout::from_secs(3601)), (None, None));
    assert_eq!(Fault::ProcessingTimeout.status(), Some("ProcessingTimeout"));
}

#[test]
fn a_service_gives_up_when_nobody_waits_any_longer() {
    let timeout = Timeout::from_secs(20).unwrap();
    assert_eq!(timeout.check(now(), after(19)), Ok(()));
    assert_eq!(timeout.check(now(), after(20)), Err(Fault::ProcessingTimeout));
}

#[test]
fn a_service_that_keeps_to_no_timeout_does_not_understand_one() {
    let world = World::new();
    let headers = Headers { interaction: None, ..all() };
    let request = replaced(&sealed(&world, &headers), "<sb:Timeout ", "<sb:Timeout S:mustUnderstand=\"1\" ");
    let request = world.resign(&request, |_| true, &world.relay);
    assert!(world.admit(&request, &Terms::STRICT).is_ok());
    assert_eq!(world.receive(&request), Err(Fault::NotUnderstood));
}

#[test]
fn an_affiliation_is_not_known() {
    let fault = changed("<sb:Sender ", "<sb:Sender affiliationID=\"urn:x\" ").unwrap_err();
    assert_eq!((fault, fault.status()), (Fault::Affiliation, Some("AffiliationIDNotValid")));
}

#[test]
fn what_a_question_relates_to_can_be_read() {
    let id = MessageId::from_random([9; 16]);
    let fault = changed(id.as_str(), "").unwrap_err();
    assert_eq!((fault, fault.status()), (Fault::Reference, Some("InvalidRefToMsgID")));
}

#[test]
fn an_offer_to_ask_the_person_is_read_however_it_is_spelt() {
    let interact = "interact=\"DoNotInteractForData\"";
    for (text, read) in [
        ("interact=\"interactIfNeeded\"", Interact::IfNeeded),
        ("interact=\"DONOTINTERACT\"", Interact::Never),
        ("", Interact::IfNeeded),
    ] {
        assert_eq!(changed(interact, text).unwrap().interaction.unwrap().interact, read);
    }
    for (from, to) in [
        (interact, "interact=\"Perhaps\""),
        ("redirect=\"true\"", "redirect=\"perhaps\""),
        ("maxInteractTime=\"120\"", "maxInteractTime=\"-1\""),
        ("language=\"ja en\"", "language=\"a b c d e\""),
        ("https://relay.kagawa.example/idwsf/is", "<x/>"),
    ] {
        assert_eq!(changed(from, to), Err(Fault::Header("UserInteraction")), "{to}");
    }
}

#[test]
fn the_person_is_asked_only_in_ways_the_client_offers() {
    let offer = UserInteraction::by_redirect(&["ja"]);
    let there = "https://relay.kagawa.example/idwsf/is".to_owned();
    let by_service = UserInteraction { redirect: false, services: vec![there.clone()], ..offer.clone() };
    let nowhere = UserInteraction { redirect: false, ..offer.clone() };
    let never = UserInteraction { interact: Interact::Never, ..offer.clone() };
    let not_for_data = UserInteraction { interact: Interact::NotForData, ..offer.clone() };
    let hurried = UserInteraction { seconds_max: Some(59), ..offer.clone() };
    for (offer, need, way) in [
        (Some(&offer), Need::Consent, Ok(Way::Redirect)),
        (Some(&offer), Need::Data, Ok(Way::Redirect)),
        (Some(&by_service), Need::Consent, Ok(Way::Service(there.as_str()))),
        (Some(&not_for_data), Need::Consent, Ok(Way::Redirect)),
        (Some(&not_for_data), Need::Data, Err(Fault::InteractionRequiredForData)),
        (Some(&never), Need::Consent, Err(Fault::InteractionRequired)),
        (Some(&never), Need::Data, Err(Fault::InteractionRequiredForData)),
        (Some(&nowhere), Need::Consent, Err(Fault::InteractionRequired)),
        (None, Need::Consent, Err(Fault::InteractionRequired)),
        (Some(&hurried), Need::Consent, Err(Fault::InteractionTimeNotSufficient)),
    ] {
        assert_eq!(ask(offer, need, 60), way);
    }
}

#[test]
fn the_faults_of_asking_have_their_codes() {
    for fault in [
        (Fault::InteractionRequired, "InteractionRequired"),
        (Fault::InteractionRequiredForData, "InteractionRequiredForData"),
        (Fault::InteractionTimeNotSufficient, "InteractionTimeNotSufficient"),
        (Fault::InteractionTimeout, "InteractionTimeout"),
        (Fault::ProcessingTimeout, "ProcessingTimeout"),
    ] {
        assert_eq!((fault.0.faultcode(), fault.0.status(), fault.0.http_status()), ("S:Server", Some(fault.1), 500));
    }
}

#[test]
fn a_header_left_out_is_a_header_not_sent() {
    let world = World::new();
    let request = without(&sealed(&world, &all()), "<sb:Consent", "</sb:Consent>");
    let headers = read(&world, &world.resign(&request, |_| true, &world.relay)).unwrap();
    assert_eq!(headers, Headers { consent: None, ..all() });
    assert_eq!(Mechanism::ALL.len(), 3);
}
