//! What a client takes for the answer to its question.

use idwsf::dst::{Code, Outcome, QueryResponse, Reason, ServiceType, Status};
use idwsf::message::{self, Answer, Expect, LIMITS, PeerFault, ResponseRefused};
use idwsf::{EntityId, Fault, MessageId, Sender, TokenRefused};
use jiff::Timestamp;
use xml::{Fragment, Writer};

use crate::world::{Party, World, after, between, now, query, question, replaced, without};

fn element(text: &str) -> Fragment {
    let mut writer = Writer::new();
    writer.leaf(ServiceType::NHI.ns(), "Eligibility", &[], text);
    writer.finish()
}

fn partial() -> QueryResponse {
    query().answer(after(-1), |item| match item.item_id.as_deref() {
        Some("q1") => Ok(vec![element("有効 𠮷")]),
        _ => Err(Code::ACTION_NOT_AUTHORIZED),
    })
}

fn sender(party: &Party, use_it: impl FnOnce(Sender<'_>) -> Vec<u8>) -> String {
    String::from_utf8(use_it(Sender {
        entity: &party.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| party.sign(bytes),
    }))
    .unwrap()
}

fn response(party: &Party) -> String {
    sender(party, |sender| message::seal_response(&sender, &question(), &id(), &partial(), now()).unwrap())
}

fn fault(party: &Party, in_reply_to: Option<&MessageId>) -> String {
    sender(party, |sender| message::seal_fault(&sender, in_reply_to, &id(), &Fault::Stale, now()).unwrap())
}

fn id() -> MessageId {
    MessageId::from_random([2; 16])
}

type Read = (Status, Option<Timestamp>, Vec<(Option<String>, String)>);

fn open_at(world: &World, response: &str, at: Timestamp) -> Result<Answer<Read>, ResponseRefused> {
    let expect = Expect {
        in_reply_to: &question(),
        from: &world.insurer.entity,
        keys: &world.insurer.keys,
        service: ServiceType::NHI,
    };
    message::open_response(response.as_bytes(), &expect, at, |reply| {
        let data = reply.data().iter().map(|data| {
            let text = data.node.first_element_child().and_then(|child| child.text()).unwrap_or_default();
            (data.item_ref.map(str::to_owned), text.to_owned())
        });
        (reply.status.clone(), reply.time_stamp, data.collect())
    })
}

fn open(world: &World, response: &str) -> Result<Answer<Read>, ResponseRefused> {
    open_at(world, response, now())
}

fn stale() -> PeerFault {
    PeerFault {
        code: "Client".to_owned(),
        status: Some("StaleMsg".to_owned()),
        text: "The message is too old or from the future".to_owned(),
        demand: None,
    }
}

#[test]
fn a_valid_answer_is_read_in_all_its_parts() {
    let world = World::new();
    let reason = Reason { code: Code::ACTION_NOT_AUTHORIZED, item: Some("q2".to_owned()) };
    let status = Status { outcome: Outcome::Partial, reasons: vec![reason] };
    let data = vec![(Some("q1".to_owned()), "有効 𠮷".to_owned())];
    assert_eq!(open(&world, &response(&world.insurer)), Ok(Answer::Reply((status, Some(after(-1)), data))));
}

#[test]
fn all_items_answered_is_ok_and_none_is_failed() {
    let all = query().answer(now(), |_| Ok(Vec::new()));
    assert_eq!((all.status, all.data.len()), (Status::OK, 2));
    let none = query().answer(now(), |_| Err(Code::DOES_NOT_EXIST));
    assert_eq!((none.status.outcome, none.status.reasons.len(), none.data.len()), (Outcome::Failed, 2, 0));
    assert_eq!(none.status.reasons_of("q2").collect::<Vec<_>>(), [&Code::DOES_NOT_EXIST]);
}

#[test]
fn a_path_is_looked_up_and_nothing_else() {
    let table = [("/nhi:Insured/nhi:Eligibility", 1), ("/nhi:Insured/nhi:Coverage", 2)];
    let found: Vec<_> = query().items.iter().map(|item| idwsf::dst::lookup(&table, item)).collect();
    assert_eq!(found, [Ok(1), Ok(2)]);
    for other in ["", "/", "/nhi:Insured", "//*", "/nhi:Insured/nhi:Eligibility ", "/nhi:Insured/nhi:Eligibility|//*"] {
        let item = &idwsf::dst::Query::one(ServiceType::NHI, other).items[0];
        assert_eq!(idwsf::dst::lookup(&table, item), Err(Code::INVALID_SELECT), "{other}");
    }
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let world = World::new();
    let other = MessageId::from_random([9; 16]);
    let answer =
        sender(&world.insurer, |sender| message::seal_response(&sender, &other, &id(), &partial(), now()).unwrap());
    assert_eq!(open(&world, &answer), Err(ResponseRefused::Relation));
    let none = without(&response(&world.insurer), "<wsa:RelatesTo", "</wsa:RelatesTo>");
    assert_eq!(open(&world, &world.resign(&none, |_| true, &world.insurer)), Err(ResponseRefused::Relation));
}

#[test]
fn an_answer_by_another_provider_is_refused() {
    let world = World::new();
    assert_eq!(open(&world, &response(&world.stranger)), Err(Fault::Signature("sig-value").into()));
    let answer = response(&world.insurer).replace(world.insurer.entity.as_str(), world.stranger.entity.as_str());
    assert_eq!(open(&world, &world.resign(&answer, |_| true, &world.insurer)), Err(ResponseRefused::Sender));
    let none = without(&answer, "<sb:Sender", "</sb:Sender>");
    assert_eq!(open(&world, &world.resign(&none, |_| true, &world.insurer)), Err(ResponseRefused::Sender));
}

#[test]
fn nothing_in_an_answer_can_be_changed() {
    let world = World::new();
    let answer = response(&world.insurer);
    for (from, to) in [
        ("有効", "無効"),
        ("code=\"Partial\"", "code=\"OK\""),
        ("itemIDRef=\"q1\"", "itemIDRef=\"q2\""),
        ("timeStamp=\"2026-11-22T00:59:59Z\"", "timeStamp=\"2026-11-22T00:59:58Z\""),
        ("dst-2.1:QueryResponse<", "dst-2.1:Query<"),
        (id().as_str(), question().as_str()),
    ] {
        assert_eq!(open(&world, &replaced(&answer, from, to)), Err(Fault::Signature("sig-digest").into()), "{from}");
    }
}

#[test]
fn every_part_of_an_answer_is_signed() {
    let world = World::new();
    for left_out in ["fwk", "snd", "mid", "rel", "act", "ts", "body"] {
        let answer = world.resign(&response(&world.insurer), |id| id != left_out, &world.insurer);
        assert!(matches!(open(&world, &answer), Err(ResponseRefused::Message(Fault::Unsigned(_)))), "{left_out}");
    }
}

#[test]
fn a_forged_body_beside_the_signed_one_is_refused() {
    let world = World::new();
    let answer = response(&world.insurer);
    let body = between(&answer, "<S:Body", "</S:Body>");
    let forged = body.replace(" wsu:Id=\"body\"", "").replace("有効", "無効");
    let wrapped =
        replaced(&answer, &body, &forged).replace("</S:Header>", &format!("<x xmlns=\"urn:x\">{body}</x></S:Header>"));
    assert_eq!(open(&world, &wrapped), Err(Fault::Unsigned("the body").into()));
}

#[test]
fn an_old_or_oversized_or_unreadable_answer_is_refused() {
    let world = World::new();
    let answer = response(&world.insurer);
    assert_eq!(open_at(&world, &answer, after(300)), Err(Fault::Stale.into()));
    assert_eq!(open_at(&world, &answer, after(-301)), Err(Fault::Stale.into()));
    let long = format!("{answer}{}", " ".repeat(LIMITS.bytes));
    assert_eq!(open(&world, &long), Err(Fault::Unreadable("xml-too-large").into()));
    assert_eq!(open(&world, "<html/>"), Err(Fault::Unreadable("not-soap").into()));
    let version =
        answer.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    assert_eq!(open(&world, &version), Err(Fault::SoapVersion.into()));
    let framework = replaced(&answer, "version=\"2.0\"", "version=\"1.0\"");
    assert_eq!(open(&world, &framework), Err(Fault::Framework.into()));
}

#[test]
fn a_promise_asked_of_the_client_is_not_understood() {
    let world = World::new();
    let directive =
        "<sb:UsageDirective ref=\"x\" S:mustUnderstand=\"1\" wsu:Id=\"ud\"><x xmlns=\"urn:x\"/></sb:UsageDirective>";
    let answer = response(&world.insurer).replace("</S:Header>", &format!("{directive}</S:Header>"));
    assert_eq!(open(&world, &world.resign(&answer, |_| true, &world.insurer)), Err(Fault::NotUnderstood.into()));
}

#[test]
fn another_action_or_body_than_asked_for_is_refused() {
    let world = World::new();
    let answer = response(&world.insurer);
    let resigned = |answer: &str| open(&world, &world.resign(answer, |_| true, &world.insurer));
    let action = replaced(&answer, "dst-2.1:QueryResponse<", "dst-2.1:ModifyResponse<");
    assert_eq!(resigned(&action), Err(ResponseRefused::Action));
    let payload = between(&answer, "<nhi:QueryResponse", "</nhi:QueryResponse>");
    let status = between(&answer, "<lu:Status", "</lu:Status></lu:Status>");
    for (from, to) in [
        (payload.as_str(), String::new()),
        (&payload, "<x/>".to_owned()),
        (&payload, format!("{payload}{payload}")),
        (&status, String::new()),
        ("code=\"Partial\"", "code=\"Perhaps\"".to_owned()),
        ("code=\"ActionNotAuthorized\"", "code=\"&lt;b&gt;\"".to_owned()),
        ("timeStamp=\"2026-11-22T00:59:59Z\"", "timeStamp=\"now\"".to_owned()),
    ] {
        assert_eq!(resigned(&replaced(&answer, from, &to)), Err(ResponseRefused::Body), "{from} → {to}");
    }
}

#[test]
fn a_signed_fault_about_the_question_is_an_answer() {
    let world = World::new();
    assert_eq!(open(&world, &fault(&world.insurer, Some(&question()))), Ok(Answer::Fault(stale())));
}

#[test]
fn a_fault_that_proves_nothing_is_kept_apart() {
    let world = World::new();
    let signed = fault(&world.insurer, Some(&question()));
    let other = MessageId::from_random([9; 16]);
    for unproven in [
        without(&signed, "<ds:Signature", "</ds:Signature>"),
        fault(&world.stranger, Some(&question())),
        fault(&world.insurer, Some(&other)),
        fault(&world.insurer, None),
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><e:Fault><faultcode>e:Client</faultcode>\
         <faultstring>The message is too old or from the future</faultstring><detail><lu:Status \
         xmlns:lu=\"urn:liberty:util:2006-08\" code=\"StaleMsg\"/></detail></e:Fault></e:Body></e:Envelope>"
            .to_owned(),
    ] {
        let refused = open(&world, &unproven).unwrap_err();
        assert_eq!((refused.code(), refused), ("WSF-25", ResponseRefused::UnverifiedFault(stale())));
    }
}

#[test]
fn the_children_of_a_fault_may_be_qualified() {
    let world = World::new();
    let mut qualified = fault(&world.insurer, Some(&question()));
    for name in ["faultcode", "faultstring", "detail"] {
        qualified = qualified
            .replace(&format!("<{name}>"), &format!("<S:{name}>"))
            .replace(&format!("</{name}>"), &format!("</S:{name}>"));
    }
    assert_eq!(open(&world, &world.resign(&qualified, |_| true, &world.insurer)), Ok(Answer::Fault(stale())));
}

#[test]
fn a_fault_under_another_action_is_refused() {
    let world = World::new();
    let signed = fault(&world.insurer, Some(&question()));
    let other = replaced(&signed, "http://www.w3.org/2005/08/addressing/soap/fault", "urn:x");
    assert_eq!(open(&world, &world.resign(&other, |_| true, &world.insurer)), Err(ResponseRefused::Action));
}

#[test]
fn no_fault_tells_more_than_its_kind() {
    for refused in [TokenRefused::Expired, TokenRefused::Issuer, TokenRefused::Exchanged, TokenRefused::Audience] {
        let fault = Fault::Token(refused);
        assert_eq!((fault.text(), fault.status()), ("The token is refused", None));
    }
    assert!(EntityId::parse("urn:x").is_ok());
}
