use idwsf::Fault;
use idwsf::MessageId;
use idwsf::dst::{Code, Current, Modify, ModifyItem, ModifyResponse, Outcome, Reason, ServiceType, Status};
use idwsf::message::{self, Admitted, Answer, Asked, Body, Expect, Headers, Offer, ProcessingContext, Purpose, Terms};
use jiff::Timestamp;
use xml::{Fragment, Writer};

use crate::world::{World, after, now, question, replaced};

const PHONE: &str = "/nhi:Insured/nhi:Contact/nhi:Phone";
const CHANGES: Terms<'static> = Terms { changes: Offer::Yes, ..Terms::STRICT };

fn phone(number: &str) -> Fragment {
    let mut writer = Writer::new();
    writer.leaf(ServiceType::NHI.ns(), "Phone", &[], number);
    writer.finish()
}

fn item() -> ModifyItem {
    ModifyItem {
        item_id: Some("m1".to_owned()),
        select: PHONE.to_owned(),
        new_data: Some(vec![phone("087-000-0000")]),
        not_changed_since: Some(after(-3600)),
        override_allowed: true,
    }
}

fn change() -> Modify {
    Modify::one(ServiceType::NHI, item())
}

fn headers() -> Headers {
    Headers { purpose: Some(Purpose::CitizenSelfView), ..Headers::default() }
}

fn sealed(world: &World, headers: &Headers, modify: &Modify) -> String {
    world.call(headers, Body::Modify(modify), &world.token())
}

fn asked(admitted: Admitted) -> Result<Modify, Status> {
    match admitted.asked {
        Asked::Modify(modify) => modify,
        Asked::Query(_) => panic!("a query"),
    }
}

fn current(changed_at: Option<Timestamp>) -> Current {
    Current { exists: true, changed_at, since_demanded: false }
}

fn judged(item: ModifyItem, current: Current) -> Result<(), Code> {
    let judged = Modify::one(ServiceType::NHI, item).judge(|_| Ok(current));
    judged.map_err(|status| {
        assert_eq!(status.outcome, Outcome::Failed);
        assert_eq!(status.reasons[0].item.as_deref(), Some("m1"));
        status.reasons[0].code.clone()
    })
}

#[test]
fn a_change_arrives_as_it_was_meant() {
    let world = World::new();
    let mut modify = change();
    let gone = ModifyItem { item_id: Some("m2".to_owned()), new_data: None, override_allowed: false, ..item() };
    modify.items.push(gone);
    let read = asked(world.admit(&sealed(&world, &headers(), &modify), &CHANGES).unwrap()).unwrap();
    assert!(read == modify);
    assert_eq!(read.items[0].new_text(ServiceType::NHI, "Phone").as_deref(), Some("087-000-0000"));
    assert_eq!(read.items[0].new_text(ServiceType::NHI, "Mail"), None);
    assert_eq!(read.items[1].new_text(ServiceType::NHI, "Phone"), None);
}

#[test]
fn a_change_is_refused_where_changes_are_not_offered() {
    let world = World::new();
    let request = sealed(&world, &headers(), &change());
    assert_eq!(world.admit(&request, &Terms::STRICT).err(), Some(Fault::ActionUnknown));
    assert_eq!(world.receive(&request).err(), Some(Fault::ActionUnknown));
}

#[test]
fn to_create_delete_and_notify_are_not_offered() {
    let world = World::new();
    let request = sealed(&world, &headers(), &change());
    for other in ["Create", "Delete", "Notify"] {
        let other = request
            .replace("nhi:Modify>", &format!("nhi:{other}>"))
            .replace("<nhi:Modify ", &format!("<nhi:{other} "))
            .replace("dst-2.1:Modify<", &format!("dst-2.1:{other}<"));
        let fault = world.admit(&world.resign(&other, |_| true, &world.relay), &CHANGES).err().unwrap();
        assert_eq!((fault, fault.faultcode()), (Fault::ActionUnknown, "wsa:ActionNotSupported"));
    }
}

#[test]
fn what_nobody_has_changed_since_is_changed() {
    for changed in [-7200, -3600] {
        assert_eq!(judged(item(), current(Some(after(changed)))), Ok(()));
    }
}

#[test]
fn what_somebody_else_has_changed_since_is_left_alone() {
    assert_eq!(judged(item(), current(Some(after(-3599)))), Err(Code::MODIFIED_SINCE));
}

#[test]
fn a_change_of_an_unknown_time_is_not_written_over_by_a_guess() {
    assert_eq!(judged(item(), current(None)), Err(Code::CHANGE_HISTORY_NOT_SUPPORTED));
}

#[test]
fn a_service_may_ask_since_when_a_change_counts() {
    let blind = ModifyItem { not_changed_since: None, ..item() };
    assert_eq!(judged(blind.clone(), current(None)), Ok(()));
    let demanding = Current { since_demanded: true, ..current(Some(now())) };
    assert_eq!(judged(blind, demanding), Err(Code::MODIFIED_SINCE_NOT_SPECIFIED));
}

#[test]
fn what_is_there_is_written_over_only_where_that_is_said() {
    let careful = ModifyItem { override_allowed: false, ..item() };
    assert_eq!(judged(careful.clone(), current(Some(after(-7200)))), Err(Code::EXISTS_ALREADY));
    let nothing = Current { exists: false, changed_at: None, since_demanded: false };
    assert_eq!(judged(careful, nothing), Ok(()));
}

#[test]
fn without_new_data_what_is_there_goes() {
    let gone = ModifyItem { new_data: None, override_allowed: false, ..item() };
    assert_eq!(judged(gone.clone(), current(Some(after(-7200)))), Ok(()));
    let nothing = Current { exists: false, changed_at: None, since_demanded: false };
    assert_eq!(judged(gone, nothing), Err(Code::DOES_NOT_EXIST));
}

#[test]
fn nothing_is_done_if_one_item_may_not_be() {
    let mut modify = change();
    modify.items.push(ModifyItem { item_id: Some("m2".to_owned()), select: "//*".to_owned(), ..item() });
    let status = modify
        .judge(|item| if item.select == PHONE { Ok(current(Some(after(-7200)))) } else { Err(Code::INVALID_SELECT) })
        .unwrap_err();
    assert_eq!(status, Status::failed(Code::INVALID_SELECT, Some("m2".to_owned())));
}

#[test]
fn what_is_not_offered_in_a_change_is_answered_with_its_code() {
    let world = World::new();
    let request = sealed(&world, &headers(), &change());
    let select = format!("<nhi:Select>{PHONE}</nhi:Select>");
    let new = "<nhi:Phone>087-000-0000</nhi:Phone>";
    let failed = |code| Status::failed(code, Some("m1".to_owned()));
    for (from, to, status) in [
        (select.as_str(), "", failed(Code::MISSING_SELECT)),
        (select.as_str(), "<nhi:Select><x/></nhi:Select>", failed(Code::INVALID_SELECT)),
        (new, "", failed(Code::MISSING_NEW_DATA_ELEMENT)),
        ("</nhi:NewData>", "</nhi:NewData><nhi:NewData/>", failed(Code::INVALID_DATA)),
        ("</nhi:NewData>", "</nhi:NewData><x/>", failed(Code::EXTENSION_NOT_SUPPORTED)),
        ("overrideAllowed=\"true\"", "overrideAllowed=\"perhaps\"", failed(Code::INVALID_DATA)),
        ("notChangedSince=\"2026-11-22T00:00:00Z\"", "notChangedSince=\"x\"", failed(Code::INVALID_DATA)),
        ("itemID=\"m1\"", "itemID=\"m1\" objectType=\"x\"", failed(Code::UNSUPPORTED_OBJECT_TYPE)),
        ("itemID=\"m1\"", "itemID=\"m1\" predefined=\"x\"", failed(Code::UNSUPPORTED_PREDEFINED)),
        ("itemID=\"m1\"", "itemID=\"\"", Status::failed(Code::INVALID_DATA, None)),
        ("</nhi:Modify>", "<nhi:ResultQuery/></nhi:Modify>", Status::failed(Code::RESULT_QUERY_NOT_SUPPORTED, None)),
        ("</nhi:Modify>", "<nhi:Subscription/></nhi:Modify>", Status::failed(Code::TRIGGER_NOT_SUPPORTED, None)),
        ("</nhi:Modify>", "<nhi:ModifyItem/></nhi:Modify>", Status::failed(Code::MISSING_SELECT, None)),
    ] {
        let changed = world.resign(&replaced(&request, from, to), |_| true, &world.relay);
        let read = asked(world.admit(&changed, &CHANGES).unwrap()).err();
        assert_eq!(read, Some(status), "{from} → {to}");
    }
}

#[test]
fn a_simulated_change_is_judged_where_simulation_is_offered_and_refused_elsewhere() {
    let world = World::new();
    let request = sealed(&world, &Headers { context: Some(ProcessingContext::Simulate), ..headers() }, &change());
    assert_eq!(world.admit(&request, &CHANGES).err(), Some(Fault::ContextUnwilling));
    let admitted = world.admit(&request, &Terms { simulation: Offer::Yes, ..CHANGES }).unwrap();
    assert_eq!(admitted.headers.context, Some(ProcessingContext::Simulate));
    assert_eq!(asked(admitted).unwrap().judge(|_| Ok(current(Some(after(-7200))))), Ok(()));
}

#[test]
fn the_answer_to_a_change_says_when_it_was_done_or_why_not() {
    let world = World::new();
    let insurer = &world.insurer;
    let sender = idwsf::Sender {
        entity: &insurer.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| insurer.sign(bytes),
    };
    let expect =
        Expect { in_reply_to: &question(), from: &insurer.entity, keys: &insurer.keys, service: ServiceType::NHI };
    let reasons = vec![Reason { code: Code::MODIFIED_SINCE, item: Some("m1".to_owned()) }];
    let conflict = Status { outcome: Outcome::Failed, reasons };
    for answer in
        [ModifyResponse::done(ServiceType::NHI, now()), ModifyResponse::refused(ServiceType::NHI, conflict, now())]
    {
        let id = MessageId::from_random([2; 16]);
        let sealed = message::seal_modify_response(&sender, &question(), &id, &answer, now()).unwrap();
        let Ok(Answer::Reply(reply)) = message::open_modify_response(&sealed, &expect, now()) else { panic!() };
        assert_eq!((reply.status, reply.time_stamp), (answer.status, answer.time_stamp));
        // It is no answer to a question.
        assert!(message::open_response(&sealed, &expect, now(), |_| ()).is_err());
    }
}
