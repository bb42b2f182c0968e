//! Step 7: the message signature.

use idwsf::Fault;

use crate::world::{ADDRESS, SELECT, World, after, between, question, replaced};

mod step_7_signature {
    use super::*;

    #[test]
    fn no_signed_part_can_be_changed() {
        let world = World::new();
        let request = world.request();
        for (from, to) in [
            ("<sbf:Framework ", "<sbf:Framework x=\"y\" "),
            ("<sb:Sender ", "<sb:Sender affiliationID=\"urn:x\" "),
            (question().as_str(), "urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff"),
            (ADDRESS, "https://other.example/idwsf/dst"),
            ("dst-2.1:Query<", "dst-2.1:Modify<"),
            ("consent:obtained:current:explicit", "consent:obtained:prior"),
            ("citizen-self-view", "eligibility-check"),
            ("wsu:Created>2026-11-22T01:00:00Z", "wsu:Created>2026-11-22T01:00:01Z"),
            ("#SAMLID\">_", "#SAMLID\">_0"),
            (SELECT, "/nhi:Insured/nhi:MedicalCostNotice"),
            ("</nhi:Query>", "<nhi:QueryItem/></nhi:Query>"),
        ] {
            assert_eq!(world.receive(&replaced(&request, from, to)), Err(Fault::Signature("sig-digest")), "{from}");
        }
    }

    #[test]
    fn every_part_must_be_signed() {
        let world = World::new();
        for left_out in ["fwk", "snd", "mid", "to", "act", "con", "ud", "ts", "str", "body"] {
            let request = world.resign(&world.request(), |id| id != left_out, &world.relay);
            assert!(matches!(world.receive(&request), Err(Fault::Unsigned(_))), "{left_out}");
        }
    }

    #[test]
    fn an_unsigned_header_of_the_binding_is_refused_even_if_unknown() {
        let world = World::new();
        for header in
            ["<sb:UserInteraction/>", "<wsa:RelatesTo>urn:x</wsa:RelatesTo>", "<sb:Timeout maxProcessingTime=\"1\"/>"]
        {
            let request = replaced(&world.request(), "</S:Header>", &format!("{header}</S:Header>"));
            assert_eq!(world.receive(&request), Err(Fault::Unsigned("every header")), "{header}");
        }
    }

    #[test]
    fn a_message_has_exactly_one_signature() {
        let world = World::new();
        let request = world.request();
        let signature = between(&request, "<ds:Signature ", "</ds:Signature>");
        let none = replaced(&request, &signature, "");
        let two = replaced(&request, &signature, &format!("{signature}{signature}"));
        assert_eq!(world.receive(&none), Err(Fault::Signature("xml-missing")));
        assert_eq!(world.receive(&two), Err(Fault::Signature("xml-repeated")));
    }

    #[test]
    fn the_key_of_another_provider_does_not_sign_for_the_sender() {
        let world = World::new();
        for other in [&world.stranger, &world.insurer] {
            let request = world.resign(&world.request(), |_| true, other);
            assert_eq!(world.receive(&request), Err(Fault::Signature("sig-value")));
        }
    }

    #[test]
    fn a_weaker_algorithm_is_refused() {
        let world = World::new();
        for (from, to) in [
            ("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"),
            ("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1"),
        ] {
            assert_eq!(
                world.receive(&replaced(&world.request(), from, to)),
                Err(Fault::Signature("sig-weak-algorithm"))
            );
        }
    }
}

/// The signed part is kept where it still verifies, and another stands where it is read (XML signature wrapping).
mod step_7_wrapping {
    use super::*;

    #[test]
    fn a_body_that_only_stands_where_the_signed_one_stood_is_refused() {
        let world = World::new();
        let request = world.request();
        let body = between(&request, "<S:Body", "</S:Body>");
        let forged = body.replace(SELECT, "/nhi:Insured/nhi:MedicalCostNotice");
        let kept = |place: &str| {
            let wrapped = format!("<x:Wrap xmlns:x=\"urn:x\">{body}</x:Wrap>");
            let (before, after) = request.split_once(place).unwrap();
            format!("{before}{wrapped}{place}{after}")
        };
        for place in ["</S:Header>", "</wsse:Security>", "<ds:Signature "] {
            let kept = kept(place);
            let (before, after) = kept.rsplit_once(&body).unwrap();
            for (id, fault) in [
                ("", Fault::Unsigned("the body")),
                (" wsu:Id=\"body2\"", Fault::Unsigned("the body")),
                (" wsu:Id=\"body\"", Fault::Structure("an XML ID is given twice")),
                (" id=\"body\"", Fault::Structure("an XML ID is given twice")),
            ] {
                let forged = forged.replace(" wsu:Id=\"body\"", id);
                assert_eq!(world.receive(&format!("{before}{forged}{after}")), Err(fault), "{place} {id}");
            }
        }
    }

    #[test]
    fn the_signed_body_inside_the_forged_one_is_not_the_body() {
        let world = World::new();
        let request = world.request();
        let body = between(&request, "<S:Body", "</S:Body>");
        let forged = format!(
            "<S:Body><nhi:Query xmlns:nhi=\"urn:x-kagawa:nhi:2009-03:dst-2.1\" id=\"query\">{body}</nhi:Query></S:Body>"
        );
        assert_eq!(world.receive(&replaced(&request, &body, &forged)), Err(Fault::Unsigned("the body")));
    }

    #[test]
    fn a_header_that_only_stands_where_the_signed_one_stood_is_refused() {
        let world = World::new();
        let request = world.request();
        for (start, end) in [
            ("<wsa:To", "</wsa:To>"),
            ("<wsa:Action", "</wsa:Action>"),
            ("<wsa:MessageID", "</wsa:MessageID>"),
            ("<sb:UsageDirective", "</sb:UsageDirective>"),
        ] {
            let signed = between(&request, start, end);
            let id = between(&signed, " wsu:Id=\"", "\"");
            let forged = format!("{}<x:Wrap xmlns:x=\"urn:x\">{signed}</x:Wrap>", signed.replace(&id, ""));
            assert_eq!(
                world.receive(&replaced(&request, &signed, &forged)),
                Err(Fault::Unsigned("every header")),
                "{start}"
            );
        }
    }

    #[test]
    fn an_old_message_is_not_refreshed_by_a_second_timestamp() {
        let world = World::new();
        let request = world.request();
        let signed = between(&request, "<wsu:Timestamp", "</wsu:Timestamp>");
        let fresh = signed.replace(" wsu:Id=\"ts\"", "").replace("T01:", "T05:");
        let wrapped = format!("<x:Wrap xmlns:x=\"urn:x\">{signed}</x:Wrap>");
        let forged = replaced(&request, &signed, &format!("{fresh}{wrapped}"));
        let refused = world.authenticate_at(&forged, after(4 * 3600)).err().unwrap();
        assert_eq!(refused.fault, Fault::Unsigned("the timestamp"));
    }

    #[test]
    fn a_token_reference_that_only_stands_where_the_signed_one_stood_is_refused() {
        let world = World::new();
        let request = world.request();
        let signed = between(&request, "<wsse:SecurityTokenReference", "</wsse:SecurityTokenReference>");
        let forged = signed.replace(" wsu:Id=\"str\"", "");
        let wrapped = format!("{forged}<x:Wrap xmlns:x=\"urn:x\">{signed}</x:Wrap>");
        assert_eq!(world.receive(&replaced(&request, &signed, &wrapped)), Err(Fault::Unsigned("the token reference")));
    }
}
