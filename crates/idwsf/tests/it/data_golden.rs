//! Messages of data services as this crate once wrote them, kept in `tests/golden`: what they mean and how they are written may
//! not change unseen. `SSC_WRITE_GOLDEN=1` writes them anew. Other people's tools judge the same messages.

use std::path::PathBuf;

use idwsf::dst::{
    Code, Data, Found, Modify, ModifyItem, ModifyResponse, Page, QueryResponse, ServiceType, SetRequest, Status,
};
use idwsf::interaction::{
    Confirm, Inquiry, InquiryAnswer, InquiryReceiver, Interact, RedirectUrl, State, UserInteraction, answer_inquiry,
    open_inquiry, open_inquiry_answer, seal_inquiry,
};
use idwsf::message::{
    self, Answer, Asked, Body, Consent, ConsentUri, Demand, Expect, Headers, Keys, Mechanism, Moved, Offer, PeerDemand,
    ProcessingContext, Purpose, Replay, Terms, Timeout, Update,
};
use idwsf::token::AuthnClass;
use idwsf::{Fault, MessageId, Sender};
use xml::{Fragment, Node, Writer};

use crate::data_examples::token;
use crate::judges::{Folder, is_valid, schemas, xmlsec1};
use crate::world::{ADDRESS, Party, World, after, now, query, question, replaced};

const ASKING: &str = "https://relay.kagawa.example/idwsf/is";
const TERMS: Terms<'static> =
    Terms { mechanisms: &[Mechanism::TlsBearer], changes: Offer::Yes, simulation: Offer::Yes, ..Terms::STRICT };

fn golden(name: &str, write: impl FnOnce() -> String) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let file = folder.join(format!("{name}.xml"));
    if std::env::var_os("SSC_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&file, write()).unwrap();
    }
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn id() -> MessageId {
    MessageId::from_random([2; 16])
}

fn by(party: &Party, seal: impl FnOnce(&Sender<'_>) -> Vec<u8>) -> String {
    String::from_utf8(seal(&Sender {
        entity: &party.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| party.sign(bytes),
    }))
    .unwrap()
}

fn element(local: &str, text: &str) -> Fragment {
    let mut writer = Writer::new();
    writer.leaf(ServiceType::NHI.ns(), local, &[], text);
    writer.finish()
}

fn headers() -> Headers {
    Headers {
        consent: Some(Consent { uri: ConsentUri::CurrentExplicit, given_at: Some(after(-60)) }),
        purpose: Some(Purpose::Treatment),
        context: Some(ProcessingContext::Simulate),
        timeout: Timeout::from_secs(20),
        interaction: Some(UserInteraction {
            interact: Interact::NotForData,
            languages: vec!["ja".to_owned(), "en".to_owned()],
            redirect: true,
            seconds_max: Some(120),
            services: vec![ASKING.to_owned()],
        }),
        resent_after: Some(MessageId::from_random([9; 16])),
    }
}

/// Questions and changes.
fn calls(world: &World) -> Vec<(&'static str, String)> {
    let mut asked = query();
    let set = Some("import-7".to_owned());
    asked.items[1].page = Some(Page { count: Some(2), offset: 2, set, request: Some(SetRequest::Static) });
    let item = ModifyItem {
        item_id: Some("m1".to_owned()),
        select: "/nhi:Insured/nhi:Contact/nhi:Phone".to_owned(),
        new_data: Some(vec![element("Phone", "087-000-0000")]),
        not_changed_since: Some(after(-3600)),
        override_allowed: true,
    };
    let change = Modify::one(ServiceType::NHI, item);
    let plain = Headers { purpose: Some(Purpose::CitizenSelfView), ..Headers::default() };
    vec![
        ("data-query", golden("data-query", || world.call(&headers(), Body::Query(&asked), &world.token()))),
        ("data-modify", golden("data-modify", || world.call(&plain, Body::Modify(&change), &world.token()))),
    ]
}

fn partial() -> QueryResponse {
    let mut asked = query();
    asked.items[0].page = Some(Page { count: Some(1), ..Page::default() });
    asked.answer_with(after(-1), |item| match item.item_id.as_deref() {
        Some("q1") => Ok(Found {
            content: vec![element("Eligibility", "有効"), element("Eligibility", "喪失")],
            set: Some("import-7".to_owned()),
            note: None,
        }),
        _ => Err(Code::ACTION_NOT_AUTHORIZED),
    })
}

fn answers(world: &World) -> Vec<(&'static str, String)> {
    let conflict = Status::failed(Code::MODIFIED_SINCE, Some("m1".to_owned()));
    let conflict = ModifyResponse::refused(ServiceType::NHI, conflict, now());
    let insurer = &world.insurer;
    let response = || by(insurer, |s| message::seal_response(s, &question(), &id(), &partial(), now()).unwrap());
    let refused = || by(insurer, |s| message::seal_modify_response(s, &question(), &id(), &conflict, now()).unwrap());
    vec![
        ("data-query-response", golden("data-query-response", response)),
        ("data-modify-response", golden("data-modify-response", refused)),
    ]
}

fn faults() -> [(&'static str, Fault); 3] {
    [
        ("data-fault-weak", Fault::Weak(AuthnClass::SmartcardPki)),
        ("data-fault-mechanism", Fault::Mechanism(Mechanism::TlsSamlV2)),
        ("data-fault-interaction", Fault::InteractionRequiredForData),
    ]
}

fn fault(world: &World, fault: &Fault) -> String {
    by(&world.insurer, |sender| message::seal_fault(sender, Some(&question()), &id(), fault, now()).unwrap())
}

fn demand(world: &World, demand: Demand<'_>) -> String {
    by(&world.insurer, |sender| message::seal_demand(sender, &question(), &id(), demand, now()).unwrap())
}

fn demands(world: &World) -> Vec<(&'static str, String)> {
    let page = RedirectUrl::issue("https://nhi.takamatsu.example/consent", &State::from_random([7; 32])).unwrap();
    let moved = Moved { update: Update::Partial, address: "https://nhi2.takamatsu.example/idwsf/dst".to_owned() };
    let better = Demand::Credentials(AuthnClass::Jpki, Mechanism::ClientTlsSamlV2);
    [
        ("data-demand-redirect", Demand::Redirect(&page)),
        ("data-demand-moved", Demand::Moved(&moved)),
        ("data-demand-credentials", better),
    ]
    .map(|(name, asked)| (name, golden(name, || demand(world, asked))))
    .to_vec()
}

fn inquiry() -> Inquiry {
    let question =
        Confirm { name: "consent".to_owned(), label: "表示してよいですか".to_owned(), value: false };
    Inquiry {
        title: Some("同意の確認".to_owned()),
        help: Some("説明".to_owned()),
        questions: vec![question],
        language: Some("ja".to_owned()),
        seconds_max: Some(120),
    }
}

fn asked(world: &World, inquiry: &Inquiry) -> String {
    by(&world.insurer, |sender| seal_inquiry(sender, ASKING, &question(), inquiry, now()).unwrap())
}

fn said(world: &World, answer: &InquiryAnswer) -> String {
    by(&world.relay, |sender| answer_inquiry(sender, &question(), &id(), answer, now()).unwrap())
}

fn inquiries(world: &World) -> [(&'static str, String); 2] {
    let answer = InquiryAnswer { answers: vec![("consent".to_owned(), true)] };
    [
        ("inquiry", golden("inquiry", || asked(world, &inquiry()))),
        ("inquiry-response", golden("inquiry-response", || said(world, &answer))),
    ]
}

fn expect<T>(world: &World, use_it: impl FnOnce(&Expect<'_>) -> T) -> T {
    let insurer = &world.insurer;
    let asked = question();
    use_it(&Expect { in_reply_to: &asked, from: &insurer.entity, keys: &insurer.keys, service: ServiceType::NHI })
}

#[test]
fn golden_questions_and_changes_are_read_and_written_again_as_they_are() {
    let world = World::new();
    for (name, message) in calls(&world) {
        let admitted = world.admit(&message, &TERMS).map_err(|fault| format!("{name}: {fault}")).ok().unwrap();
        let again = match &admitted.asked {
            Asked::Query(query) => {
                world.call(&admitted.headers, Body::Query(query.as_ref().unwrap()), &token(&message))
            }
            Asked::Modify(modify) => {
                world.call(&admitted.headers, Body::Modify(modify.as_ref().ok().unwrap()), &token(&message))
            }
        };
        assert_eq!(again, message, "{name}");
    }
}

#[test]
fn golden_answers_are_read_and_written_again_as_they_are() {
    let world = World::new();
    let [(_, response), (_, refused)] = <[_; 2]>::try_from(answers(&world)).unwrap();
    let read = expect(&world, |expect| {
        message::open_response(response.as_bytes(), expect, now(), |reply| {
            let data = reply.data().iter().map(|data| Data {
                item_ref: data.item_ref.map(str::to_owned),
                content: data.node.children().filter(Node::is_element).map(Fragment::of).collect(),
                rest: Some(data.rest.clone()),
            });
            let (status, time_stamp) = (reply.status.clone(), reply.time_stamp);
            QueryResponse { service: ServiceType::NHI, status, data: data.collect(), time_stamp }
        })
    });
    let Ok(Answer::Reply(read)) = read else { panic!() };
    let again = by(&world.insurer, |s| message::seal_response(s, &question(), &id(), &read, now()).unwrap());
    assert_eq!(again, response);

    let read = expect(&world, |expect| message::open_modify_response(refused.as_bytes(), expect, now()));
    let Ok(Answer::Reply(read)) = read else { panic!() };
    let read = ModifyResponse { service: ServiceType::NHI, status: read.status, time_stamp: read.time_stamp };
    let again = by(&world.insurer, |s| message::seal_modify_response(s, &question(), &id(), &read, now()).unwrap());
    assert_eq!(again, refused);
}

#[test]
fn golden_faults_are_read_and_written_again_as_they_are() {
    let world = World::new();
    let opened = |message: &str| {
        let opened = expect(&world, |expect| message::open_response(message.as_bytes(), expect, now(), |_| ()));
        let Ok(Answer::Fault(fault)) = opened else { panic!("{opened:?}") };
        fault
    };
    for (name, meant) in faults() {
        let message = golden(name, || fault(&world, &meant));
        assert_eq!(opened(&message).status.as_deref(), meant.status());
        assert_eq!(fault(&world, &meant), message, "{name}");
    }
    for (name, message) in demands(&world) {
        let again = match opened(&message).demand.map(|demand| *demand).unwrap() {
            PeerDemand::Redirect { url, .. } => {
                demand(&world, Demand::Redirect(&RedirectUrl::accept(&url, ADDRESS).unwrap()))
            }
            PeerDemand::Moved(moved) => demand(&world, Demand::Moved(&moved)),
            PeerDemand::Credentials { classes, mechanisms } => {
                let class = AuthnClass::by_uri(&classes[0]).unwrap();
                demand(&world, Demand::Credentials(class, Mechanism::by_uri(&mechanisms[0]).unwrap()))
            }
        };
        assert_eq!(again, message, "{name}");
    }
}

#[test]
fn golden_inquiries_are_read_and_written_again_as_they_are() {
    let world = World::new();
    let [(_, request), (_, response)] = inquiries(&world);
    let providers: &Keys<'_> = &|id| (*id == world.insurer.entity).then_some(world.insurer.keys.as_slice());
    let opened = open_inquiry(request.as_bytes(), &InquiryReceiver { address: ASKING, providers }, now());
    assert_eq!(asked(&world, &opened.ok().unwrap().admit(Replay::Fresh).unwrap()), request);
    let relay = &world.relay;
    let opened = open_inquiry_answer(response.as_bytes(), &question(), &relay.entity, &relay.keys, now());
    let Ok(Answer::Reply(read)) = opened else { panic!("{opened:?}") };
    assert_eq!(said(&world, &read), response);
}

#[test]
fn other_tools_take_the_golden_messages_of_data_services() {
    let world = World::new();
    let (relay, insurer) = (&world.relay, &world.insurer);
    let [inquiry, said] = inquiries(&world);
    let faults = faults().map(|(name, meant)| (name, golden(name, || fault(&world, &meant))));
    let of = |party| move |(name, message)| (name, party, message);
    let messages = calls(&world).into_iter().chain([said]).map(of(relay));
    let answered = answers(&world).into_iter().chain(faults).chain(demands(&world)).chain([inquiry]).map(of(insurer));
    let folder = Folder::new("data");
    let schemas = schemas();
    for (name, party, message) in messages.chain(answered) {
        assert!(xmlsec1(&folder, name, &party.spki, &message), "xmlsec1 refuses {name}");
        let changed = replaced(&message, "version=\"2.0\"", "version=\"2.1\"");
        assert!(!xmlsec1(&folder, name, &party.spki, &changed), "xmlsec1 accepts a changed {name}");
        if let Some(schemas) = &schemas {
            assert_eq!(is_valid(&folder, schemas, name, &message), Ok(()));
        }
    }
}
