//! The person is sent over, asked, and sent back: each step refuses what is not as it must be.

use idwsf::epr::Transport;
use idwsf::interaction::{
    BadUrl, Confirm, Inquiry, InquiryAnswer, InquiryReceiver, NotClaimed, Pending, RedirectUrl, Resend, ReturnList,
    ReturnUrl, Scope, State, WrongPerson, answer_inquiry, open_inquiry, open_inquiry_answer, seal_inquiry,
};
use idwsf::message::{self, Answer, Demand, Expect, Keys, PeerDemand, Purpose, Replay};
use idwsf::{Fault, MessageId, Pseudonym, Sender};
use jiff::{SignedDuration, Timestamp};

use crate::world::{ADDRESS, Party, World, after, now, query, question, replaced, subject, without};

const PAGE: &str = "https://nhi.takamatsu.example/consent";
const BACK: &str = "https://relay.kagawa.example/idwsf/return";

fn state() -> State {
    State::from_random([7; 32])
}

fn fault_id() -> MessageId {
    MessageId::from_random([2; 16])
}

fn scope() -> Scope {
    Scope::of(Purpose::Treatment, &query())
}

fn pending(world: &World) -> Pending {
    Pending::new(world.relay.entity.clone(), subject(), scope(), fault_id(), now())
}

fn list(world: &World) -> ReturnList {
    let mut list = ReturnList::new();
    list.add(&world.relay.entity, BACK).unwrap();
    list
}

fn back(world: &World) -> ReturnUrl {
    let url = ReturnUrl::of(BACK, &question()).unwrap();
    list(world).check(&world.relay.entity, url.as_str()).unwrap()
}

fn parameters(url: &str) -> Vec<(String, String)> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_person_who_agrees_comes_back_to_the_question_that_waits() {
    let world = World::new();
    // The service names its page, and the client takes it from the signed fault.
    let url = RedirectUrl::issue(PAGE, &state()).unwrap();
    let insurer = &world.insurer;
    let sender = Sender {
        entity: &insurer.entity,
        algorithm: xml::SignatureAlgorithm::RsaSha256,
        sign: &|bytes| insurer.sign(bytes),
    };
    let sealed = message::seal_demand(&sender, &question(), &fault_id(), Demand::Redirect(&url), now()).unwrap();
    let service = idwsf::dst::ServiceType::NHI;
    let expect = Expect { in_reply_to: &question(), from: &insurer.entity, keys: &insurer.keys, service };
    let Ok(Answer::Fault(fault)) = message::open_response(&sealed, &expect, now(), |_| ()) else { panic!() };
    let Some(PeerDemand::Redirect { url, fault }) = fault.demand.map(|demand| *demand) else { panic!() };
    assert_eq!(fault, fault_id());
    // The client sends the browser.
    let url = RedirectUrl::accept(&url, ADDRESS).unwrap();
    let sent = url.with_return(&ReturnUrl::of(BACK, &question()).unwrap(), Some(&world.relay.entity));
    let [t, return_to, idp] = <[(String, String); 3]>::try_from(parameters(&sent)).unwrap();
    assert_eq!((t, idp), (pair("t", state().as_str()), pair("IDP", world.relay.entity.as_str())));
    assert_eq!(return_to.0, "ReturnToURL");
    // The service claims what waits, and asks the person it is about.
    let back = list(&world).check(&world.relay.entity, &return_to.1).unwrap();
    let claimed = Pending::claim(Some(pending(&world)), after(60)).unwrap();
    assert_eq!(claimed.client(), &world.relay.entity);
    let asking = claimed.by(&subject(), back).unwrap();
    assert_eq!((asking.client(), asking.subject(), asking.scope()), (&world.relay.entity, &subject(), &scope()));
    // The browser comes back, and the client asks again after that fault.
    let returned = url::Url::parse(&asking.agreed()).unwrap();
    let resend = Resend::read(returned.query().unwrap());
    assert_eq!(resend, Some(Resend { waiting: question(), after: Some(fault) }));
}

#[test]
fn a_person_who_refuses_is_not_asked_again() {
    let world = World::new();
    let asking = Pending::claim(Some(pending(&world)), now()).unwrap().by(&subject(), back(&world)).unwrap();
    let returned = asking.refused();
    assert!(returned.ends_with("&ResendMessage=0"), "{returned}");
    let resend = Resend::read(url::Url::parse(&returned).unwrap().query().unwrap());
    assert_eq!(resend, Some(Resend { waiting: question(), after: None }));
}

#[test]
fn a_yes_is_for_what_was_asked_and_nothing_more() {
    let less = Scope { selects: vec![scope().selects[0].clone()], ..scope() };
    assert!(scope().covers(&scope()) && scope().covers(&less));
    let other = Scope { purpose: Purpose::Statistics, ..scope() };
    assert!(!less.covers(&scope()) && !other.covers(&scope()));
}

#[test]
fn nobody_consents_for_somebody_else() {
    let world = World::new();
    let claimed = Pending::claim(Some(pending(&world)), now()).unwrap();
    let other = Pseudonym::parse("N-another").unwrap();
    assert_eq!(claimed.by(&other, back(&world)).err(), Some(WrongPerson));
}

#[test]
fn a_state_is_good_once_and_for_a_quarter_of_an_hour() {
    let world = World::new();
    let until = now() + Pending::LIFETIME;
    assert!(Pending::claim(Some(pending(&world)), until - SignedDuration::from_secs(1)).is_ok());
    assert_eq!(Pending::claim(Some(pending(&world)), until).err(), Some(NotClaimed::Expired));
    // The store had it no longer.
    assert_eq!(Pending::claim(None, now()).err(), Some(NotClaimed::Unknown));
}

#[test]
fn a_state_has_one_form() {
    assert_eq!(State::parse(state().as_str()).unwrap().as_str(), state().as_str());
    let other = format!("{}x", state().as_str().get(..42).unwrap());
    for bad in ["", "x", &format!("{}=", state().as_str()), &other] {
        assert!(State::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_client_follows_only_to_the_host_it_has_asked() {
    for (bad, why) in [
        ("http://nhi.takamatsu.example/consent", BadUrl::Form),
        ("https://evil.example/consent", BadUrl::Host),
        ("https://nhi.takamatsu.example.evil.example/", BadUrl::Host),
        ("https://nhi.takamatsu.example@evil.example/", BadUrl::Form),
        ("https://nhi.takamatsu.example\\@evil.example/", BadUrl::Form),
        ("https://nhi.takamatsu.example/consent#x", BadUrl::Form),
        ("https://nhi.takamatsu.example/consent?ReturnToURL=https://evil.example/", BadUrl::Parameter),
        ("https://nhi.takamatsu.example/consent?x=1&IDP=x", BadUrl::Parameter),
        ("https://nhi.takamatsu.example/consent?%49DP=x", BadUrl::Parameter),
        ("//nhi.takamatsu.example/consent", BadUrl::Form),
        ("", BadUrl::Form),
    ] {
        assert_eq!(RedirectUrl::accept(bad, ADDRESS), Err(why), "{bad}");
    }
    let long = format!("{PAGE}?t={}", "x".repeat(2048));
    assert_eq!(RedirectUrl::accept(&long, ADDRESS), Err(BadUrl::Form));
    assert!(RedirectUrl::accept("https://nhi.takamatsu.example:8443/consent?t=1", ADDRESS).is_ok());
}

#[test]
fn a_service_sends_the_browser_to_registered_pages_only() {
    let world = World::new();
    let list = list(&world);
    let check = |url: &str| list.check(&world.relay.entity, url).err();
    assert_eq!(check(&format!("{BACK}?RequestID=x&y=1")), None);
    for (bad, why) in [
        ("https://relay.kagawa.example/idwsf/return/", BadUrl::Unlisted),
        ("https://relay.kagawa.example/idwsf/return2", BadUrl::Unlisted),
        ("https://relay.kagawa.example/idwsf/x/../../return", BadUrl::Unlisted),
        ("https://relay.kagawa.example:444/idwsf/return", BadUrl::Unlisted),
        ("https://relay.kagawa.example.evil.example/idwsf/return", BadUrl::Unlisted),
        ("http://relay.kagawa.example/idwsf/return", BadUrl::Form),
        ("https://relay.kagawa.example/idwsf/return?ResendMessage=1", BadUrl::Parameter),
        ("https://user@relay.kagawa.example/idwsf/return", BadUrl::Form),
        ("javascript:alert(1)", BadUrl::Form),
    ] {
        assert_eq!(check(bad), Some(why), "{bad}");
    }
    // The pages of one client are not those of another.
    assert_eq!(list.check(&world.stranger.entity, BACK).err(), Some(BadUrl::Unlisted));
    assert_eq!(ReturnList::new().add(&world.relay.entity, "https://a.example/?x=1"), Err(BadUrl::Parameter));
}

#[test]
fn what_the_browser_brings_back_is_said_once() {
    let id = question();
    let good = format!("RequestID={id}&ResendMessage=false");
    assert_eq!(Resend::read(&good), Some(Resend { waiting: id, after: None }));
    for bad in ["", "RequestID=x", "ResendMessage=1", "RequestID=x&ResendMessage=", "RequestID=&ResendMessage=1"] {
        assert_eq!(Resend::read(bad), None, "{bad}");
    }
    assert_eq!(Resend::read(&format!("{good}&ResendMessage=1")), None);
    assert_eq!(Resend::read(&format!("{good}&RequestID=2")), None);
    assert_eq!(Resend::read(&format!("{good}&x={}", "y".repeat(2048))), None);
}

mod inquiries {
    use super::*;

    const SERVICE: &str = "https://relay.kagawa.example/idwsf/is";

    fn inquiry() -> Inquiry {
        let confirm =
            |name: &str| Confirm {
                name: name.to_owned(), label: "表示してよいですか".to_owned(), value: false
            };
        Inquiry {
            title: Some("同意の確認".to_owned()),
            help: Some("説明".to_owned()),
            questions: vec![confirm("consent"), confirm("notice")],
            language: Some("ja".to_owned()),
            seconds_max: Some(120),
        }
    }

    fn by<T>(party: &Party, seal: impl FnOnce(&Sender<'_>) -> T) -> T {
        seal(&Sender {
            entity: &party.entity,
            algorithm: xml::SignatureAlgorithm::RsaSha256,
            sign: &|bytes| party.sign(bytes),
        })
    }

    fn sealed(world: &World) -> String {
        let sealed = by(&world.insurer, |sender| seal_inquiry(sender, SERVICE, &question(), &inquiry(), now()));
        String::from_utf8(sealed.unwrap()).unwrap()
    }

    fn received(world: &World, message: &str, replay: Replay, at: Timestamp) -> Result<Inquiry, Fault> {
        let providers: &Keys<'_> = &|id| (*id == world.insurer.entity).then_some(world.insurer.keys.as_slice());
        let opened = open_inquiry(message.as_bytes(), &InquiryReceiver { address: SERVICE, providers }, at);
        opened.and_then(|opened| opened.admit(replay)).map_err(|rejected| rejected.fault)
    }

    #[test]
    fn an_inquiry_arrives_as_it_was_meant() {
        let world = World::new();
        assert_eq!(received(&world, &sealed(&world), Replay::Fresh, now()), Ok(inquiry()));
    }

    #[test]
    fn an_inquiry_is_held_to_the_rules_of_any_message() {
        let world = World::new();
        let message = sealed(&world);
        assert_eq!(received(&world, &message, Replay::Seen, now()), Err(Fault::Replayed));
        assert_eq!(received(&world, &message, Replay::Fresh, after(301)), Err(Fault::Stale));
        let to = replaced(&message, SERVICE, "https://other.example/is");
        assert_eq!(received(&world, &to, Replay::Fresh, now()), Err(Fault::Signature("sig-digest")));
        let to = world.resign(&to, |_| true, &world.insurer);
        assert_eq!(received(&world, &to, Replay::Fresh, now()), Err(Fault::Destination));
        let action = replaced(&message, "2006-08:InteractionRequest<", "2006-08:Query<");
        let action = world.resign(&action, |_| true, &world.insurer);
        assert_eq!(received(&world, &action, Replay::Fresh, now()), Err(Fault::ActionMismatch));
        let stranger = message.replace(world.insurer.entity.as_str(), world.stranger.entity.as_str());
        assert_eq!(received(&world, &stranger, Replay::Fresh, now()), Err(Fault::Sender));
    }

    #[test]
    fn questions_for_data_are_not_offered() {
        let world = World::new();
        let message = sealed(&world);
        for text in ["<IS:Text name=\"x\"/>", "<IS:Select name=\"x\"/>", "<IS:Confirm/>", "<IS:Confirm name=\"&lt;\"/>"]
        {
            let asked = replaced(&message, "</IS:Inquiry>", &format!("{text}</IS:Inquiry>"));
            let asked = world.resign(&asked, |_| true, &world.insurer);
            assert_eq!(received(&world, &asked, Replay::Fresh, now()), Err(Fault::Body), "{text}");
        }
        let none = without(&without(&message, "<IS:Confirm", "</IS:Confirm>"), "<IS:Confirm", "</IS:Confirm>");
        let none = world.resign(&none, |_| true, &world.insurer);
        assert_eq!(received(&world, &none, Replay::Fresh, now()), Err(Fault::Body));
    }

    #[test]
    fn an_answer_is_a_yes_or_a_no_for_each_name_and_nothing_else_is_a_yes() {
        let world = World::new();
        let answer = InquiryAnswer { answers: vec![("consent".to_owned(), true), ("notice".to_owned(), false)] };
        let id = fault_id();
        let sealed = by(&world.relay, |sender| answer_inquiry(sender, &question(), &id, &answer, now())).unwrap();
        let sealed = String::from_utf8(sealed).unwrap();
        let read = |message: &str| {
            let relay = &world.relay;
            open_inquiry_answer(message.as_bytes(), &question(), &relay.entity, &relay.keys, now())
        };
        assert_eq!(read(&sealed), Ok(Answer::Reply(answer)));
        for (from, to) in [
            ("code=\"OK\"", "code=\"Failed\""),
            ("name=\"notice\"", "name=\"consent\""),
            ("value=\"true\"", "value=\"yes\""),
            ("name=\"consent\"", ""),
        ] {
            let changed = world.resign(&replaced(&sealed, from, to), |_| true, &world.relay);
            assert_eq!(read(&changed), Err(message::ResponseRefused::Body), "{from} → {to}");
        }
    }
}

#[test]
fn a_client_may_have_every_page_of_an_origin_and_within_one_machine_http() {
    let world = World::new();
    let mut list = ReturnList::new();
    list.add_origin(&world.relay.entity, "https://relay.kagawa.example:8443/saml/acs").unwrap();
    assert!(list.check(&world.relay.entity, "https://relay.kagawa.example:8443/any/page?x=1").is_ok());
    for bad in ["https://relay.kagawa.example/", "https://relay.kagawa.example:8443.evil.example/", "http://localhost/"]
    {
        assert!(list.check(&world.relay.entity, bad).is_err(), "{bad}");
    }
    let own = "https://relay.kagawa.example:8443/";
    assert_eq!(list.check(&world.stranger.entity, own), Err(BadUrl::Unlisted));
    assert_eq!(list.check(&world.relay.entity, &format!("{own}?ResendMessage=x")), Err(BadUrl::Parameter));
    assert_eq!(list.add_origin(&world.relay.entity, "http://localhost:81/"), Err(BadUrl::Form));

    let mut local = ReturnList::over(Transport::Loopback);
    local.add_origin(&world.relay.entity, "http://localhost:81/acs").unwrap();
    assert!(local.check(&world.relay.entity, "http://localhost:81/back").is_ok());
    assert!(local.check(&world.relay.entity, "http://localhost:82/back").is_err());
    assert!(RedirectUrl::accept("http://localhost:80/ask?t=1", "http://localhost:80/wsf").is_ok());
    assert_eq!(RedirectUrl::accept("http://localhost/ask?t=1", "https://localhost/wsf"), Err(BadUrl::Form));
}
