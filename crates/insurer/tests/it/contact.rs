//! What a resident changes at the insurer: seen and changed by the platform for the resident alone, and never over what somebody
//! else has changed meanwhile.

use health::contact_xml::{self, Field};
use idwsf::EntityId;
use idwsf::dst::{Code, Modify, ModifyItem, ModifyReply, ServiceType, Status};
use idwsf::message::{Answer, Body, Expect, Headers, PeerFault, ProcessingContext, Purpose, open_modify_response};
use idwsf::token::AuthnClass;
use insurer::Category;
use insurer::config::Allowed;
use jiff::{SignedDuration, Timestamp};
use xml::{Document, Limits, scan};

use crate::answers::nodes;
use crate::grants::{Given, SERVICE, headers, open_nodes, sealed};
use crate::linking::{request, wish};
use crate::people::{file, link_file, takahashi, yoshida, yoshida_before};
use crate::region::{Ask, NODE, PLATFORM, Region, ask};

const NHI: ServiceType = ServiceType::NHI;

/// An item that sets or takes back one thing, read at `since`.
fn item(field: Field, text: Option<&str>, since: Option<Timestamp>) -> ModifyItem {
    let new = text.map(|text| vec![contact_xml::write(&field.parse(text).unwrap(), None, NHI.ns())]);
    ModifyItem {
        item_id: Some(field.element().to_owned()),
        select: field.select(NHI.ns()),
        new_data: new,
        not_changed_since: since,
        override_allowed: true,
    }
}

/// Who asks for a change, and how.
struct By {
    sender: &'static str,
    class: AuthnClass,
    headers: Headers,
}

fn platform() -> By {
    By { sender: PLATFORM, class: AuthnClass::SmartcardPki, headers: headers(Purpose::CitizenSelfView) }
}

async fn change(
    region: &Region,
    by: &By,
    pseudonym: &'static str,
    items: Vec<ModifyItem>,
) -> Result<ModifyReply, PeerFault> {
    let at = region.clock.now();
    let token = Given { pseudonym, holder: by.sender, class: by.class, permits: Vec::new(), at }.token(region);
    let modify = Modify { service: NHI, items };
    let (id, message) = sealed(region, by.sender, &token, &by.headers, Body::Modify(&modify));
    let (_, body) = region.post(message).await;
    let from = EntityId::parse(NODE).unwrap();
    let expect = Expect { in_reply_to: &id, from: &from, keys: region.node_keys(), service: NHI };
    match open_modify_response(&body, &expect, region.clock.now()).unwrap() {
        Answer::Reply(reply) => Ok(reply),
        Answer::Fault(fault) => Err(fault),
    }
}

/// The resident says these things, having looked now.
pub(crate) async fn say(region: &Region, pseudonym: &'static str, said: &[(Field, Option<&str>)]) -> ModifyReply {
    let now = region.clock.now();
    let items = said.iter().map(|(field, text)| item(*field, *text, Some(now))).collect();
    change(region, &platform(), pseudonym, items).await.unwrap()
}

/// What stands there, and when it was changed.
async fn held(region: &Region, pseudonym: &str, field: Field) -> Option<(String, Timestamp)> {
    let select: &'static str = match field {
        Field::Phone => "/nhi:Insured/nhi:Contact/nhi:Phone",
        Field::Email => "/nhi:Insured/nhi:Contact/nhi:Email",
        Field::NoticeWish => "/nhi:Insured/nhi:NoticeWish",
    };
    let answered = region.ask(&ask(pseudonym, select)).await.unwrap();
    assert_eq!(answered.status, Status::OK);
    let element = answered.elements.first()?;
    let document = Document::parse(scan(element.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let (value, at) = contact_xml::read(field, document.root(), NHI.ns()).unwrap();
    Some((value.as_str().to_owned(), at.unwrap()))
}

async fn text(region: &Region, field: Field) -> Option<String> {
    held(region, "p-yoshida", field).await.map(|(text, _)| text)
}

fn codes(reply: &ModifyReply) -> Vec<(Code, Option<&str>)> {
    reply.status.reasons.iter().map(|reason| (reason.code.clone(), reason.item.as_deref())).collect()
}

#[tokio::test]
async fn a_resident_changes_how_they_are_reached_and_takes_it_back() {
    for region in nodes().await {
        for field in Field::ALL {
            assert_eq!(held(&region, "p-yoshida", field).await, None, "nothing was said yet");
        }
        let said = [(Field::Phone, Some("087-839-0000")), (Field::Email, Some("i@mail.example.jp"))];
        let reply = say(&region, "p-yoshida", &said).await;
        assert_eq!(reply.status, Status::OK);
        say(&region, "p-yoshida", &[(Field::NoticeWish, Some("portal"))]).await;
        let (phone, at) = held(&region, "p-yoshida", Field::Phone).await.unwrap();
        assert_eq!((phone.as_str(), Some(at)), ("0878390000", reply.time_stamp));
        assert_eq!(text(&region, Field::Email).await.as_deref(), Some("i@mail.example.jp"));
        assert_eq!(text(&region, Field::NoticeWish).await.as_deref(), Some("portal"));
        assert_eq!(held(&region, "p-hanako", Field::Phone).await, None, "nobody else's");

        let taken_back = vec![item(Field::Phone, None, Some(at))];
        assert_eq!(change(&region, &platform(), "p-yoshida", taken_back).await.unwrap().status, Status::OK);
        assert_eq!(text(&region, Field::Phone).await, None);
        let outcomes =
            "SELECT outcome FROM access_log WHERE category = 'contact' AND outcome <> 'answered' ORDER BY seq";
        let rows = region.database.db.fetch_all(outcomes, vec![]).await.unwrap();
        let logged: Vec<String> = rows.iter().map(|row| row.get("outcome").unwrap()).collect();
        assert_eq!(logged, ["changed", "changed", "changed", "removed"]);
    }
}

#[tokio::test]
async fn what_somebody_else_has_changed_meanwhile_is_not_written_over() {
    for region in nodes().await {
        let before = region.clock.now();
        say(&region, "p-yoshida", &[(Field::Phone, Some("0878390000"))]).await;
        let (_, read) = held(&region, "p-yoshida", Field::Phone).await.unwrap();
        let by = platform();
        let set = |text, since| vec![item(Field::Phone, Some(text), since)];
        let late = change(&region, &by, "p-yoshida", set("0878391111", Some(before))).await.unwrap();
        assert_eq!(codes(&late), [(Code::MODIFIED_SINCE, Some("Phone"))], "read before there was anything");
        let blind = change(&region, &by, "p-yoshida", set("0878391111", None)).await.unwrap();
        assert_eq!(codes(&blind), [(Code::MODIFIED_SINCE_NOT_SPECIFIED, Some("Phone"))]);

        // Two who have read the same: the first one is done, within the same second and in a later one.
        for (first, second) in [("0878392222", "0878393333"), ("0878394444", "0878395555")] {
            let (_, read) = held(&region, "p-yoshida", Field::Phone).await.unwrap();
            let done = change(&region, &by, "p-yoshida", set(first, Some(read))).await.unwrap();
            assert_eq!(done.status, Status::OK);
            let late = change(&region, &by, "p-yoshida", set(second, Some(read))).await.unwrap();
            assert_eq!(codes(&late), [(Code::MODIFIED_SINCE, Some("Phone"))]);
            assert_eq!(text(&region, Field::Phone).await.as_deref(), Some(first));
            let on = change(&region, &by, "p-yoshida", set("0878396666", done.time_stamp)).await.unwrap();
            assert_eq!(on.status, Status::OK, "what the answer names is what comes next");
            region.clock.set(region.clock.now() + SignedDuration::from_secs(90));
        }
        let gone = change(&region, &by, "p-yoshida", vec![item(Field::Phone, None, Some(read))]).await.unwrap();
        assert_eq!(codes(&gone), [(Code::MODIFIED_SINCE, Some("Phone"))]);
        let (_, read) = held(&region, "p-yoshida", Field::Phone).await.unwrap();
        change(&region, &by, "p-yoshida", vec![item(Field::Phone, None, Some(read))]).await.unwrap();
        let again = change(&region, &by, "p-yoshida", set("0878397777", Some(read))).await.unwrap();
        assert_eq!(codes(&again), [(Code::MODIFIED_SINCE, Some("Phone"))], "what was taken back was changed, too");
    }
}

#[tokio::test]
async fn a_message_changes_all_that_it_names_or_nothing() {
    for region in nodes().await {
        let now = Some(region.clock.now());
        let stale = now.map(|now| now - SignedDuration::from_hours(1));
        say(&region, "p-yoshida", &[(Field::Phone, Some("0878390000"))]).await;
        let items = vec![item(Field::Email, Some("a@b.jp"), now), item(Field::Phone, Some("0878391111"), stale)];
        let reply = change(&region, &platform(), "p-yoshida", items).await.unwrap();
        assert_eq!(codes(&reply), [(Code::MODIFIED_SINCE, Some("Phone"))]);
        assert_eq!(
            (text(&region, Field::Email).await, text(&region, Field::Phone).await),
            (None, Some("0878390000".into()))
        );
        let twice = ModifyItem { item_id: Some("again".into()), ..item(Field::Email, Some("c@d.jp"), now) };
        let items = vec![item(Field::Email, Some("a@b.jp"), now), twice];
        let reply = change(&region, &platform(), "p-yoshida", items).await.unwrap();
        assert_eq!(codes(&reply), [(Code::INVALID_DATA, Some("again"))]);
        assert_eq!(text(&region, Field::Email).await, None);
        assert_eq!(
            change(&region, &platform(), "p-yoshida", vec![item(Field::Email, None, now)])
                .await
                .map(|r| codes(&r).len()),
            Ok(1)
        );
    }
}

#[tokio::test]
async fn what_is_not_of_its_kind_changes_nothing() {
    for region in nodes().await {
        let now = Some(region.clock.now());
        let raw = |text: &str| {
            let document = Document::parse(scan(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
            let new_data = Some(vec![xml::Fragment::of(document.root())]);
            ModifyItem { new_data, ..item(Field::Phone, None, now) }
        };
        let xmlns = "xmlns:nhi=\"urn:x-kagawa:nhi:2009-03:dst-2.1\"";
        for bad in [
            format!("<nhi:Phone {xmlns}>123</nhi:Phone>"),
            format!("<nhi:Phone {xmlns}>087-839-0000</nhi:Phone>"),
            format!("<nhi:Phone {xmlns}><nhi:Email>a@b.jp</nhi:Email></nhi:Phone>"),
            format!("<nhi:Email {xmlns}>a@b.jp</nhi:Email>"),
            format!("<nhi:Phone {xmlns}>123456789018</nhi:Phone>"),
            "<Phone>0878390000</Phone>".to_owned(),
        ] {
            let reply = change(&region, &platform(), "p-yoshida", vec![raw(&bad)]).await.unwrap();
            assert_eq!(codes(&reply), [(Code::INVALID_DATA, Some("Phone"))], "{bad}");
        }
        let elsewhere = ModifyItem { select: "/nhi:Insured/nhi:Contact".into(), ..item(Field::Phone, None, now) };
        let reply = change(&region, &platform(), "p-yoshida", vec![elsewhere]).await.unwrap();
        assert_eq!(codes(&reply), [(Code::INVALID_SELECT, Some("Phone"))]);
        let nobody = change(&region, &platform(), "p-nobody", vec![item(Field::Phone, Some("0878390000"), now)]).await;
        assert_eq!(codes(&nobody.unwrap()), [(Code::DOES_NOT_EXIST, Some("Phone"))]);
        assert_eq!(text(&region, Field::Phone).await, None);
    }
}

#[tokio::test]
async fn a_simulation_is_judged_and_leaves_no_trace_of_a_change() {
    for region in nodes().await {
        let now = region.clock.now();
        let simulated = Headers { context: Some(ProcessingContext::Simulate), ..headers(Purpose::CitizenSelfView) };
        let by = By { headers: simulated, ..platform() };
        let trial = || vec![item(Field::Phone, Some("0878391111"), Some(now))];
        assert_eq!(change(&region, &by, "p-yoshida", trial()).await.unwrap().status, Status::OK);
        let kept = "SELECT member_id FROM contact WHERE length(record) > 0";
        assert!(region.database.db.fetch_all(kept, vec![]).await.unwrap().is_empty());
        say(&region, "p-yoshida", &[(Field::Phone, Some("0878390000"))]).await;
        let late = change(&region, &by, "p-yoshida", trial()).await.unwrap();
        assert_eq!(codes(&late), [(Code::MODIFIED_SINCE, Some("Phone"))]);
        assert_eq!(text(&region, Field::Phone).await.as_deref(), Some("0878390000"));
    }
}

#[tokio::test]
async fn nobody_but_the_resident_sees_or_changes_it() {
    for mut region in open_nodes().await {
        let (requester, purpose) = (SERVICE.to_owned(), "treatment".to_owned());
        region.config.policy = vec![Allowed { requester, purpose, category: Category::Contact, card_alone: false }];
        assert!(insurer::App::open(&region.config, region.clock.clone()).await.is_err(), "there is no such rule");
        let now = Some(region.clock.now());
        let set = || vec![item(Field::Phone, Some("0878391111"), now)];
        let service = By { sender: SERVICE, headers: headers(Purpose::Treatment), ..platform() };
        let refused = change(&region, &service, "p-yoshida", set()).await.unwrap();
        assert_eq!(codes(&refused), [(Code::ACTION_NOT_AUTHORIZED, Some("Phone"))]);
        for purpose in Purpose::ALL.into_iter().filter(|purpose| *purpose != Purpose::CitizenSelfView) {
            let by = By { headers: headers(purpose), ..platform() };
            let refused = change(&region, &by, "p-yoshida", set()).await.unwrap();
            assert_eq!(codes(&refused), [(Code::ACTION_NOT_AUTHORIZED, Some("Phone"))], "{purpose:?}");
        }
        let card_alone = By { class: AuthnClass::Smartcard, ..platform() };
        let fault = change(&region, &card_alone, "p-yoshida", set()).await.unwrap_err();
        assert_eq!(fault.status.as_deref(), Some("InappropriateCredentials"));
        let at_a_desk = Ask { purpose: Purpose::EligibilityCheck, ..ask("p-yoshida", "/nhi:Insured/nhi:NoticeWish") };
        let refused = region.ask(&at_a_desk).await.unwrap();
        assert_eq!(refused.status.reasons[0].code, Code::ACTION_NOT_AUTHORIZED);
        assert_eq!(text(&region, Field::Phone).await, None);
    }
}

#[tokio::test]
async fn what_was_said_outlives_files_and_is_sealed() {
    for region in nodes().await {
        say(&region, "p-yoshida", &[(Field::Email, Some("ichiro@mail.example.jp"))]).await;
        let app = region.app().await;
        insurer::import::coverage(&app, &file(&[yoshida(), yoshida_before()])).await.unwrap();
        app.database().close().await;
        assert_eq!(text(&region, Field::Email).await.as_deref(), Some("ichiro@mail.example.jp"));
        let kept = "SELECT record FROM contact WHERE length(record) > 0";
        let rows = region.database.db.fetch_all(kept, vec![]).await.unwrap();
        assert_eq!(rows.len(), 1);
        for row in rows {
            let record: Vec<u8> = row.get("record").unwrap();
            assert!(!String::from_utf8_lossy(&record).contains("example"));
            assert_eq!(record.len() % 640, 29, "its size says nothing");
        }
    }
}

#[tokio::test]
async fn what_was_said_ends_with_the_link_and_is_not_shown_to_whoever_comes_next() {
    for region in nodes().await {
        let hanako = || takahashi("髙橋 花子", "1980-01-02");
        for pseudonym in ["p-yoshida", "p-hanako", "p-taro"] {
            say(&region, pseudonym, &[(Field::Phone, Some("0878390000"))]).await;
        }
        region.change(&wish("p-yoshida", None)).await.unwrap();
        region.change(&wish("p-right", Some(&request(&yoshida())))).await.unwrap();
        assert_eq!(held(&region, "p-right", Field::Phone).await, None, "a resident has ended it");

        let app = region.app().await;
        let corrected = link_file(&[("p-other", hanako()), ("p-taro", takahashi("髙橋 太郎", "1979-12-31"))]);
        insurer::import::links(&app, &corrected).await.unwrap();
        assert_eq!(held(&region, "p-other", Field::Phone).await, None, "a file has ended it");
        assert!(held(&region, "p-taro", Field::Phone).await.is_some(), "nobody else's is gone");

        say(&region, "p-other", &[(Field::Phone, Some("0878391111"))]).await;
        let import = insurer::import::in_force(&app, insurer::import::Kind::Links).await.unwrap().unwrap();
        insurer::import::undo(&app, import.id, "sato").await.unwrap();
        assert_eq!(held(&region, "p-hanako", Field::Phone).await, None, "a file was taken back");
        assert!(held(&region, "p-taro", Field::Phone).await.is_some());
        app.database().close().await;
    }
}

#[tokio::test]
async fn the_order_of_rows_does_not_say_who_said_something_first() {
    let mut regions = nodes().await;
    // The first database is the one whose rows stay where they are.
    let region = regions.remove(0);
    let order = || async {
        let rows = region.database.db.fetch_all("SELECT member_id FROM contact", vec![]).await.unwrap();
        rows.iter().map(|row| row.get("member_id").unwrap()).collect::<Vec<Vec<u8>>>()
    };
    let before = order().await;
    assert_eq!((before.len(), before.is_sorted()), (3, true));
    for pseudonym in ["p-taro", "p-yoshida", "p-hanako"] {
        say(&region, pseudonym, &[(Field::Phone, Some("0878390000"))]).await;
    }
    assert_eq!(order().await, before);
}
