//! Steps 9 to 13: who sends, whether again, where to, under what terms, and what.

use idwsf::Fault;
use idwsf::dst::{Code, Status};
use idwsf::message::Replay;

use crate::world::{ADDRESS, SELECT, World, between, query, question, replaced, without};

mod step_9_sender {
    use super::*;

    #[test]
    fn an_unknown_sender_is_refused() {
        let world = World::new();
        for other in ["https://nobody.example/metadata", "not a URI", ""] {
            let sender = format!("providerID=\"{}\"", world.relay.entity);
            let request = world.changed(&sender, &format!("providerID=\"{other}\""));
            assert_eq!(world.receive(&request), Err(Fault::Sender));
        }
    }

    #[test]
    fn a_message_without_a_sender_is_refused() {
        let world = World::new();
        let request = without(&world.request(), "<sb:Sender", "</sb:Sender>");
        assert_eq!(world.receive(&world.resign(&request, |_| true, &world.relay)), Err(Fault::Sender));
    }

    #[test]
    fn a_provider_cannot_speak_in_the_name_of_another() {
        let world = World::new();
        let sender = format!("providerID=\"{}\"", world.relay.entity);
        let request = world.changed(&sender, &format!("providerID=\"{}\"", world.stranger.entity));
        assert_eq!(world.receive(&request), Err(Fault::Signature("sig-value")));
    }
}

mod step_10_replay {
    use super::*;

    #[test]
    fn a_message_is_taken_once() {
        let world = World::new();
        let message = world.authenticate(&world.request()).unwrap();
        assert_eq!((message.sender(), message.message_id()), (&world.relay.entity, &question()));
        let rejected = message.admit(Replay::Seen).unwrap_err();
        assert_eq!((rejected.fault, rejected.in_reply_to), (Fault::Replayed, Some(question())));
    }

    #[test]
    fn a_replay_is_named_before_what_else_is_wrong() {
        let world = World::new();
        let request = world.changed(ADDRESS, "https://other.example/dst");
        let rejected = world.authenticate(&request).unwrap().admit(Replay::Seen).unwrap_err();
        assert_eq!(rejected.fault, Fault::Replayed);
    }
}

mod step_11_destination {
    use super::*;

    #[test]
    fn a_message_for_another_endpoint_is_refused() {
        let world = World::new();
        let absent = without(&world.request(), "<wsa:To", "</wsa:To>");
        for request in [
            world.changed(ADDRESS, "https://nhi.takamatsu.example/idwsf/other"),
            world.resign(&absent, |_| true, &world.relay),
        ] {
            assert_eq!(world.receive(&request), Err(Fault::Destination));
        }
    }

    #[test]
    fn the_action_is_that_of_the_body() {
        let world = World::new();
        let absent = without(&world.request(), "<wsa:Action", "</wsa:Action>");
        let two =
            world.changed("</nhi:Query>", "</nhi:Query><nhi:Query xmlns:nhi=\"urn:x-kagawa:nhi:2009-03:dst-2.1\"/>");
        for request in
            [world.changed("dst-2.1:Query<", "dst-2.1:Modify<"), world.resign(&absent, |_| true, &world.relay), two]
        {
            assert_eq!(world.receive(&request), Err(Fault::ActionMismatch));
        }
    }

    #[test]
    fn an_action_that_is_not_offered_is_refused() {
        let world = World::new();
        let modify = world.request().replace("nhi:Query>", "nhi:Modify>").replace("<nhi:Query ", "<nhi:Modify ");
        let modify = replaced(&modify, "dst-2.1:Query<", "dst-2.1:Modify<");
        let other = world.request().replace("nhi:2009-03", "khi:2009-03");
        for request in [modify, other] {
            assert_eq!(world.receive(&world.resign(&request, |_| true, &world.relay)), Err(Fault::ActionUnknown));
        }
    }
}

mod step_12_context {
    use super::*;

    fn with_header(world: &World, header: &str) -> Result<(), Fault> {
        world.receive(&world.changed("</S:Header>", &format!("{header}</S:Header>"))).map(|_| ())
    }

    #[test]
    fn answers_are_given_on_the_same_connection_only() {
        let world = World::new();
        for local in ["ReplyTo", "FaultTo"] {
            let header =
                |to: &str| format!("<wsa:{local} wsu:Id=\"extra\"><wsa:Address>{to}</wsa:Address></wsa:{local}>");
            assert_eq!(with_header(&world, &header("http://www.w3.org/2005/08/addressing/anonymous")), Ok(()));
            assert_eq!(with_header(&world, &header("https://other.example/")), Err(Fault::ReplyElsewhere));
            assert_eq!(with_header(&world, &format!("<wsa:{local} wsu:Id=\"extra\"/>")), Err(Fault::ReplyElsewhere));
        }
    }

    #[test]
    fn a_processing_context_is_known_and_no_simulation() {
        let world = World::new();
        for (context, outcome) in [
            ("urn:liberty:sb:2003-08:ProcessingContext:PrincipalOnline", Ok(())),
            ("urn:liberty:sb:2003-08:ProcessingContext:PrincipalOffline", Ok(())),
            ("urn:liberty:sb:2003-08:ProcessingContext:Simulate", Err(Fault::ContextUnwilling)),
            ("urn:x", Err(Fault::ContextUnknown)),
            ("<x/>", Err(Fault::ContextUnknown)),
        ] {
            let header = format!("<sb:ProcessingContext wsu:Id=\"extra\">{context}</sb:ProcessingContext>");
            assert_eq!(with_header(&world, &header), outcome, "{context}");
        }
    }

    #[test]
    fn the_purpose_is_known_and_about_the_query() {
        let world = World::new();
        let purpose = between(&world.request(), "<kag:Purpose", "</kag:Purpose>");
        let absent = without(&world.request(), "<sb:UsageDirective", "</sb:UsageDirective>");
        for request in [
            world.changed("citizen-self-view", "marketing"),
            world.changed("ref=\"query\"", "ref=\"other\""),
            world.changed(" id=\"query\"", ""),
            world.changed(&purpose, ""),
            world.changed(&purpose, &format!("{purpose}<x:Limit xmlns:x=\"urn:x\"/>")),
            world.resign(&absent, |_| true, &world.relay),
        ] {
            assert_eq!(world.receive(&request), Err(Fault::Purpose));
        }
    }

    #[test]
    fn nobody_acts_for_another_person() {
        let world = World::new();
        for flag in ["", " S:mustUnderstand=\"1\""] {
            let header = format!("<sb:TargetIdentity wsu:Id=\"extra\"{flag}/>");
            assert_eq!(with_header(&world, &header), Err(Fault::TargetIdentity));
        }
    }

    #[test]
    fn a_consent_that_cannot_be_read_is_refused() {
        let world = World::new();
        for (from, to) in [
            ("urn:liberty:consent:obtained:current:explicit", "urn:x"),
            ("timestamp=\"2026-11-22T00:59:00Z\"", "timestamp=\"yesterday\""),
        ] {
            assert_eq!(world.receive(&world.changed(from, to)), Err(Fault::Header("Consent")));
        }
    }

    #[test]
    fn an_offer_to_ask_the_person_is_understood_and_not_used() {
        let header = "<sb:UserInteraction interact=\"InteractIfNeeded\" redirect=\"true\" S:mustUnderstand=\"1\" wsu:Id=\"extra\"/>";
        assert_eq!(with_header(&World::new(), header), Ok(()));
    }
}

mod step_13_query {
    use super::*;

    const CHANGES: &str = "<dst:ChangeFormat xmlns:dst=\"urn:liberty:dst:2006-08\">ChangedElements</dst:ChangeFormat>";

    #[test]
    fn what_is_not_offered_is_answered_with_its_code_and_is_no_fault() {
        let world = World::new();
        let item = |id: &str, code| Status::failed(code, Some(id.to_owned()));
        let select = format!("<nhi:Select>{SELECT}</nhi:Select>");
        let long = format!("<nhi:Select>{}</nhi:Select>", "x".repeat(257));
        let all = between(&world.request(), "<nhi:QueryItem itemID=\"q1\"", "</nhi:Query>").replace("</nhi:Query>", "");
        let many =
            (0..17).map(|n| format!("<nhi:QueryItem itemID=\"i{n}\">{select}</nhi:QueryItem>")).collect::<String>();
        for (from, to, status) in [
            (all.as_str(), "", Status::failed(Code::EMPTY_REQUEST, None)),
            (all.as_str(), many.as_str(), Status::failed(Code::INVALID_DATA, None)),
            (select.as_str(), "", item("q1", Code::MISSING_SELECT)),
            (select.as_str(), long.as_str(), item("q1", Code::INVALID_SELECT)),
            (select.as_str(), "<nhi:Select><x/></nhi:Select>", item("q1", Code::INVALID_SELECT)),
            ("itemID=\"q2\"", "", Status::failed(Code::MISSING_ITEM_ID, None)),
            ("itemID=\"q2\"", "itemID=\"\"", Status::failed(Code::INVALID_DATA, None)),
            ("itemID=\"q2\"", "itemID=\"q1\"", item("q1", Code::ITEM_ID_DUPLICATED)),
            ("changedSince=\"2026-11-22T00:00:00Z\"", "changedSince=\"x\"", item("q2", Code::INVALID_DATA)),
            ("itemID=\"q1\"", "itemID=\"q1\" count=\"-1\"", item("q1", Code::INVALID_DATA)),
            ("itemID=\"q1\"", "itemID=\"q1\" offset=\"4294967296\"", item("q1", Code::INVALID_DATA)),
            ("itemID=\"q1\"", "itemID=\"q1\" setID=\"\"", item("q1", Code::INVALID_SET_ID)),
            ("itemID=\"q1\"", "itemID=\"q1\" setReq=\"x\"", item("q1", Code::INVALID_SET_REQ)),
            ("itemID=\"q1\"", "itemID=\"q1\" contingency=\"t\"", item("q1", Code::NO_SUCH_TEST)),
            ("itemID=\"q1\"", "itemID=\"q1\" objectType=\"x\"", item("q1", Code::UNSUPPORTED_OBJECT_TYPE)),
            ("itemID=\"q1\"", "itemID=\"q1\" predefined=\"x\"", item("q1", Code::UNSUPPORTED_PREDEFINED)),
            ("</nhi:Query>", "<nhi:TestItem itemID=\"t\"/></nhi:Query>", item("t", Code::NO_SUCH_TEST)),
            ("</nhi:Query>", "<nhi:Subscription/></nhi:Query>", Status::failed(Code::TRIGGER_NOT_SUPPORTED, None)),
            (select.as_str(), format!("{select}<nhi:Sort>x</nhi:Sort>").as_str(), item("q1", Code::SORT_NOT_SUPPORTED)),
            (select.as_str(), format!("{CHANGES}{select}").as_str(), item("q1", Code::FORMAT_NOT_SUPPORTED)),
            ("</nhi:Query>", "<x/></nhi:Query>", Status::failed(Code::EXTENSION_NOT_SUPPORTED, None)),
        ] {
            let request = world.receive(&world.changed(from, to)).unwrap();
            assert_eq!(request.query, Err(status), "{from} → {to}");
        }
    }

    #[test]
    fn an_item_id_is_read_in_all_three_forms() {
        let world = World::new();
        for form in
            ["xmlns:lu=\"urn:liberty:util:2006-08\" lu:itemID", "xmlns:dst=\"urn:liberty:dst:2006-08\" dst:itemID"]
        {
            let request = world.receive(&world.changed("itemID=\"q1\"", &format!("{form}=\"q1\""))).unwrap();
            assert_eq!(request.query, Ok(query()));
        }
    }
}
