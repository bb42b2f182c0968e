//! Steps 1 to 6: what is refused before any signature is looked at.

use idwsf::Fault;
use idwsf::message::LIMITS;

use crate::world::{World, after, between, replaced, without};

mod step_1_reading {
    use super::*;

    #[test]
    fn a_message_over_the_size_limit_is_not_read() {
        let world = World::new();
        let padding = " ".repeat(LIMITS.bytes);
        let fault = world.receive(&format!("{}{padding}", world.request())).unwrap_err();
        assert_eq!((fault, fault.http_status()), (Fault::Unreadable("xml-too-large"), 400));
    }

    #[test]
    fn what_is_not_well_formed_is_not_read() {
        let world = World::new();
        for broken in ["", "no xml", "<S:Envelope/>", "<a></b>", "<a", "\u{0}"] {
            assert!(matches!(world.receive(broken), Err(Fault::Unreadable(_))), "{broken:?}");
        }
        let cut = world.request();
        assert!(matches!(world.receive(cut.trim_end_matches('>')), Err(Fault::Unreadable(_))));
    }

    #[test]
    fn a_document_type_a_comment_or_an_instruction_is_not_read() {
        let world = World::new();
        for (extra, code) in
            [("<!DOCTYPE x [<!ENTITY a \"b\">]>", "xml-doctype"), ("<!-- x -->", "xml-comment"), ("<?x y?>", "xml-pi")]
        {
            assert_eq!(world.receive(&format!("{extra}{}", world.request())), Err(Fault::Unreadable(code)));
        }
    }

    #[test]
    fn xml_that_is_no_envelope_is_not_read() {
        assert_eq!(World::new().receive("<a/>"), Err(Fault::Unreadable("not-soap")));
    }
}

mod step_2_version {
    use super::*;

    #[test]
    fn soap_1_2_is_another_version() {
        let world = World::new();
        let other = world
            .request()
            .replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
        assert_eq!(world.receive(&other), Err(Fault::SoapVersion));
    }
}

mod step_3_framework {
    use super::*;

    #[test]
    fn the_framework_is_there_and_of_version_2_0() {
        let world = World::new();
        let request = world.request();
        let missing = without(&request, "<sbf:Framework", "</sbf:Framework>");
        let other = replaced(&request, "version=\"2.0\"", "version=\"1.1\"");
        for broken in [missing, other] {
            assert_eq!(world.receive(&world.resign(&broken, |_| true, &world.relay)), Err(Fault::Framework));
        }
    }
}

mod step_4_must_understand {
    use super::*;

    fn with_header(world: &World, header: &str) -> String {
        replaced(&world.request(), "<S:Header>", &format!("<S:Header>{header}"))
    }

    #[test]
    fn an_unknown_header_that_must_be_understood_is_a_fault() {
        let world = World::new();
        for header in [
            "<x:New xmlns:x=\"urn:x\" S:mustUnderstand=\"1\"/>",
            "<x:New xmlns:x=\"urn:x\" S:mustUnderstand=\"true\"/>",
            "<x:New xmlns:x=\"urn:x\" S:mustUnderstand=\"1\" S:actor=\"http://schemas.xmlsoap.org/soap/actor/next\"/>",
            "<sb:Timeout maxProcessingTime=\"1\" S:mustUnderstand=\"1\"/>",
        ] {
            assert_eq!(world.receive(&with_header(&world, header)), Err(Fault::NotUnderstood), "{header}");
        }
    }

    #[test]
    fn an_unknown_header_that_need_not_be_understood_by_us_is_passed_over() {
        let world = World::new();
        for header in [
            "<x:New xmlns:x=\"urn:x\"/>",
            "<x:New xmlns:x=\"urn:x\" S:mustUnderstand=\"0\"/>",
            "<x:New xmlns:x=\"urn:x\" S:mustUnderstand=\"1\" S:actor=\"urn:someone-else\"/>",
        ] {
            assert!(world.receive(&with_header(&world, header)).is_ok(), "{header}");
        }
    }
}

mod step_5_structure {
    use super::*;

    fn refused(message: &str) -> bool {
        matches!(World::new().receive(message), Err(Fault::Structure(_)))
    }

    #[test]
    fn no_header_is_there_twice() {
        let request = World::new().request();
        for header in [
            "<sbf:Framework version=\"2.0\"/>",
            "<sb:Sender providerID=\"https://other.example/metadata\"/>",
            "<wsa:MessageID>urn:x</wsa:MessageID>",
            "<wsa:To>urn:x</wsa:To>",
            "<wsa:Action>urn:x</wsa:Action>",
            "<sb:Consent uri=\"urn:x\"/>",
            "<wsse:Security/>",
        ] {
            assert!(refused(&request.replace("<S:Header>", &format!("<S:Header>{header}"))), "{header} before");
            assert!(refused(&request.replace("</S:Header>", &format!("{header}</S:Header>"))), "{header} after");
        }
    }

    #[test]
    fn an_envelope_is_one_header_and_one_body() {
        let request = World::new().request();
        for (from, to) in [
            ("<S:Body", "<S:Body/><S:Body"),
            ("</S:Body>", "</S:Body><S:Body/>"),
            ("<S:Body", "<S:Header/><S:Body"),
            ("</S:Body>", "</S:Body><extra/>"),
        ] {
            assert!(refused(&replaced(&request, from, to)), "{to}");
        }
    }

    #[test]
    fn no_xml_id_is_given_twice() {
        let request = World::new().request();
        for (from, to) in [("wsu:Id=\"to\"", "wsu:Id=\"body\""), ("wsu:Id=\"fwk\"", "wsu:Id=\"ts\"")] {
            assert!(refused(&replaced(&request, from, to)), "{to}");
        }
    }

    #[test]
    fn message_id_security_and_timestamp_are_there() {
        let request = World::new().request();
        for (start, end) in [
            ("<wsa:MessageID", "</wsa:MessageID>"),
            ("<wsse:Security ", "</wsse:Security>"),
            ("<wsu:Timestamp", "</wsu:Timestamp>"),
            ("<wsu:Created", "</wsu:Created>"),
        ] {
            assert!(refused(&without(&request, start, end)), "{start}");
        }
    }
}

mod step_6_time {
    use super::*;

    #[test]
    fn a_message_is_taken_within_five_minutes_and_not_after() {
        let world = World::new();
        let request = world.request();
        for (seconds, stale) in [(-301, true), (-300, false), (299, false), (300, true), (86_400, true)] {
            let outcome = world.authenticate_at(&request, after(seconds));
            assert_eq!(outcome.is_err_and(|rejected| rejected.fault == Fault::Stale), stale, "{seconds}");
        }
    }

    #[test]
    fn without_an_expiry_the_creation_decides() {
        let world = World::new();
        let request =
            world.resign(&without(&world.request(), "<wsu:Expires", "</wsu:Expires>"), |_| true, &world.relay);
        assert!(world.authenticate_at(&request, after(300)).is_ok());
        assert!(world.authenticate_at(&request, after(301)).is_err_and(|rejected| rejected.fault == Fault::Stale));
    }

    #[test]
    fn an_early_expiry_decides() {
        let world = World::new();
        let expires = between(&world.request(), "<wsu:Expires>", "</wsu:Expires>");
        let request = world.changed(&expires, &format!("<wsu:Expires>{}</wsu:Expires>", after(10)));
        assert!(world.authenticate_at(&request, after(9)).is_ok());
        assert!(world.authenticate_at(&request, after(10)).is_err_and(|rejected| rejected.fault == Fault::Stale));
    }
}
