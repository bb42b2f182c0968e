//! What an institution says and asks of one resident: while they are linked, and by the handle that came with the wish.

use axum::http::StatusCode;
use idwsf::{
    MessageId, Pseudonym,
    disco::{
        MetadataId, Request, Response,
        exchange::{Question, Reply},
    },
    dst::{Code, Status},
    message::{Answer, Headers, PeerFault, ProcessingContext},
    token,
};
use platform::wording;
use region::Named;
use web::Lang;

use crate::{
    browser::Browser,
    desk::{Desk, Plan},
    harness::{World, worlds},
    links::{confirm_page, met, say, steps, wish, wishes},
    node::Insurer,
    service::Sp,
    wsf_asking::{found, joined, log_in},
    wsf_registry::{address, as_sender, heard, sealed_by, second, told},
};

const OWN: Insurer = Insurer::National;

/// A message of the insurer's about whom it names by a handle.
fn sealed(
    world: &World,
    insurer: Insurer,
    (handle, question): (&str, &Question),
    headers: &Headers,
) -> (MessageId, Vec<u8>) {
    let handle = Pseudonym::parse(handle).unwrap();
    as_sender(insurer, |sender| {
        let mut random = |bytes: &mut [u8]| world.app.random.fill(bytes);
        let token = token::name(sender, &world.app.insurers.entity, &handle, &mut random, world.now()).unwrap();
        sealed_by(world, sender, (question, Some(&token)), headers)
    })
}

/// What is answered to it.
async fn said(world: &World, insurer: Insurer, handle: &str, request: Request) -> Response {
    said_with(world, insurer, (handle, request), &Headers::default()).await
}

async fn said_with(world: &World, insurer: Insurer, (handle, request): (&str, Request), headers: &Headers) -> Response {
    let question = Question::Discovery(request);
    let (id, message) = sealed(world, insurer, (handle, &question), headers);
    match heard(world, (&id, &question), message).await {
        Answer::Reply(Reply::Discovery(response)) => response,
        other => panic!("{other:?}"),
    }
}

/// The handle that came with the last wish.
fn handle(desk: &Desk) -> String {
    let wish = desk.changes().into_iter().rfind(|text| text.contains("NewData")).unwrap();
    wish.split("handle=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// What the insurer has at the discovery service.
async fn registered(world: &World) -> Vec<MetadataId> {
    let Response::Registered { metadata, .. } = told(world, OWN, Request::Registered(Vec::new())).await else {
        panic!()
    };
    metadata.into_iter().map(|one| one.id.unwrap()).collect()
}

fn nobody() -> Status {
    Status::failed(Code::NOT_FOUND, None)
}

/// Every request about one resident.
fn requests(ids: &[MetadataId]) -> [Request; 3] {
    [Request::Associate(ids.to_vec()), Request::Associated(Vec::new()), Request::Dissociate(ids.to_vec())]
}

/// A resident with a link to the insurer, which they have confirmed.
async fn linked(world: &World) -> (Browser, Desk) {
    let (_, mut browser, desk) = met(world, Plan::LINKED).await;
    wish(&mut browser).await;
    say(&mut browser, "1", "true").await;
    (browser, desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn services_of_an_institution_have_who_is_linked_with_it_and_nobody_else() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        let (handle, ids) = (handle(&desk), registered(&world).await);
        let begun = said(&world, OWN, &handle, Request::Associate(ids.clone())).await;
        assert_eq!(begun.status(), &nobody(), "the resident has not said yet that the record is theirs");
        say(&mut browser, "1", "true").await;
        for _ in 0..2 {
            assert_eq!(said(&world, OWN, &handle, Request::Associate(ids.clone())).await.status(), &Status::OK);
        }
        let associated = said(&world, OWN, &handle, Request::Associated(Vec::new())).await;
        assert_eq!(associated, Response::Associated { status: Status::OK, ids: ids.clone() });
        let offered = second(OWN, &address(&world, OWN, "/second"));
        told(&world, OWN, Request::Register(vec![offered])).await;
        let all = registered(&world).await;
        let Response::Associated { ids: associated, .. } =
            said(&world, OWN, &handle, Request::Associated(Vec::new())).await
        else {
            panic!()
        };
        assert_eq!(associated, all, "what is registered later, too");
        let other = MetadataId::parse("urn:x:another").unwrap();
        let refused = said(&world, OWN, &handle, Request::Associate(vec![other.clone()])).await;
        assert_eq!(refused.status(), &Status::failed(Code::NOT_FOUND, Some(other.as_str().to_owned())));
        let partly = said(&world, OWN, &handle, Request::Dissociate(ids)).await;
        let left = all.iter().find(|id| !id.as_str().ends_with("#configured")).unwrap();
        assert_eq!(partly.status(), &Status::failed(Code::FORBIDDEN, Some(left.as_str().to_owned())), "all or none");
        assert_eq!(steps(&world).await, ["sent", "linked", "confirmed"], "nothing has changed");
    }
}

/// The institution reads that nothing stands, ends it once more, and begins nothing.
async fn assert_over(world: &World, handle: &str, ids: &[MetadataId]) {
    let [associate, associated, dissociate] = requests(ids);
    assert_eq!(said(world, OWN, handle, associate).await.status(), &nobody());
    let nothing = Response::Associated { status: Status::OK, ids: Vec::new() };
    assert_eq!(said(world, OWN, handle, associated).await, nothing);
    assert_eq!(said(world, OWN, handle, dissociate).await.status(), &Status::OK, "twice is once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_institution_ends_while_the_resident_reads_does_not_come_into_force() {
    let t = &wording::text(Lang::Ja).links;
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        for (generation, mine) in [("1", "true"), ("2", "false")] {
            wish(&mut browser).await;
            assert!(browser.get(&confirm_page()).await.shows("***2345"));
            let (handle, ids) = (handle(&desk), registered(&world).await);
            let simulated = Headers { context: Some(ProcessingContext::Simulate), ..Headers::default() };
            let end = || Request::Dissociate(ids.clone());
            assert_eq!(said_with(&world, OWN, (&handle, end()), &simulated).await.status(), &Status::OK);
            assert_eq!(wishes(&world).await.last().unwrap().0, "linked", "a simulation leaves everything as it is");
            let associated = said(&world, OWN, &handle, Request::Associated(Vec::new())).await;
            assert_eq!(associated, Response::Associated { status: Status::OK, ids: ids.clone() });

            assert_eq!(said(&world, OWN, &handle, end()).await.status(), &Status::OK);

            assert_over(&world, &handle, &ids).await;
            let changes = desk.changes().len();
            let page = say(&mut browser, generation, mine).await;
            assert_eq!(page.status, StatusCode::CONFLICT);
            assert!(page.shows(t.confirm.gone.0) && page.shows(t.confirm.gone.1), "{}", page.text);
            assert_eq!(desk.changes().len(), changes, "whoever has ended it need not be told");
            assert!(!browser.get("/coverage").await.shows(OWN.name()));
            let page = browser.get(&confirm_page()).await;
            assert!(page.shows(t.confirm.gone.0) && !page.shows("name=\"mine\""), "{}", page.text);
            assert!(browser.get("/links").await.shows(t.states.refused.1));
            assert!(browser.get("/looks").await.shows(t.looks.ended_there));
        }
        let one = ["sent", "linked", "shown", "ended-there"];
        assert_eq!(steps(&world).await, [one, one].concat());
        let owed = world.app.db.fetch_all("SELECT tries FROM link_end", vec![]).await.unwrap();
        assert!(owed.is_empty());
        wish(&mut browser).await;
        assert_eq!(say(&mut browser, "3", "true").await.location(), Some("/links?done=confirmed"), "anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_ends_a_wish_that_it_has_not_answered_yet() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::REVIEW).await;
        wish(&mut browser).await;
        let (handle, ids) = (handle(&desk), registered(&world).await);
        assert_eq!(said(&world, OWN, &handle, Request::Dissociate(ids.clone())).await.status(), &Status::OK);
        assert_over(&world, &handle, &ids).await;
        desk.will(Plan::LINKED);
        assert!(browser.get("/links").await.shows(wording::text(Lang::Ja).links.states.refused.0));
        assert_eq!(say(&mut browser, "1", "true").await.status, StatusCode::CONFLICT);
        assert!(!browser.get("/coverage").await.shows(OWN.name()));
        assert_eq!(wishes(&world).await, [("refused".to_owned(), 1, 1)]);
        assert_eq!(steps(&world).await, ["sent", "review", "ended-there"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_yes_and_an_end_at_once_the_end_holds() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        let (handle, ids) = (handle(&desk), registered(&world).await);
        let ended = said(&world, OWN, &handle, Request::Dissociate(ids));
        let (ended, _) = tokio::join!(ended, say(&mut browser, "1", "true"));
        assert_eq!(ended.status(), &Status::OK);
        assert!(!browser.get("/coverage").await.shows(OWN.name()), "whoever was faster");
        platform::audit::verify(&world.app.db, &world.app.keys).await.unwrap();
    }
}

/// How many institutions the service finds.
async fn places(world: &World, sp: &Sp, target: &idwsf::epr::Target) -> usize {
    found(world, sp, target).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_ends_a_link_and_no_token_is_made_from_then_on() {
    for world in worlds().await {
        let (mut browser, desk) = linked(&world).await;
        let sp = joined(&world, "kmix");
        let target = log_in(&world, &sp, &mut browser, true).await;
        assert_eq!(places(&world, &sp, &target).await, 2);
        let (handle, ids) = (handle(&desk), registered(&world).await);
        let end = || Request::Dissociate(ids.clone());
        let simulated = Headers { context: Some(ProcessingContext::Simulate), ..Headers::default() };
        assert_eq!(said_with(&world, OWN, (&handle, end()), &simulated).await.status(), &Status::OK);
        assert_eq!(places(&world, &sp, &target).await, 2, "a simulation leaves everything as it is");

        assert_eq!(said(&world, OWN, &handle, end()).await.status(), &Status::OK);
        assert_eq!(places(&world, &sp, &target).await, 1, "at once");
        assert!(!browser.get("/coverage").await.shows(OWN.name()));
        assert_over(&world, &handle, &ids).await;
        let t = &wording::text(Lang::Ja).links;
        let page = browser.get("/links").await;
        assert!(page.shows(t.states.ended_there.0) && page.shows(t.states.ended_there.1), "{}", page.text);
        let page = browser.get("/looks").await;
        assert!(page.shows(t.looks.ended_there), "{}", page.text);
        assert_eq!(steps(&world).await, ["sent", "linked", "confirmed", "ended-there"]);
        let owed = world.app.db.fetch_all("SELECT tries FROM link_end", vec![]).await.unwrap();
        assert!(owed.is_empty(), "whoever has ended it need not be told");
        let actors = "SELECT actor_kind, actor FROM audit_entry WHERE outcome = 'ended-there'";
        let rows = world.app.db.fetch_all(actors, vec![]).await.unwrap();
        let actor = |row: &db::Row| (row.get::<String>("actor_kind").unwrap(), row.get::<String>("actor").unwrap());
        assert_eq!(rows.iter().map(actor).collect::<Vec<_>>(), [("insurer".to_owned(), OWN.entity().to_owned())]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_good_for_its_institution_and_its_link_alone_and_all_else_is_answered_alike() {
    for world in worlds().await {
        let (mut browser, desk) = linked(&world).await;
        let (old, ids) = (handle(&desk), registered(&world).await);
        assert_eq!(said(&world, OWN, &old, Request::Dissociate(ids.clone())).await.status(), &Status::OK);
        wish(&mut browser).await;
        let new = handle(&desk);
        assert_ne!(old, new);
        say(&mut browser, "2", "true").await;
        assert_eq!(said(&world, OWN, &new, Request::Associated(Vec::new())).await.status(), &Status::OK);

        let mut mangled = new.clone().into_bytes();
        mangled[20] = if mangled[20] == b'A' { b'B' } else { b'A' };
        let mangled = String::from_utf8(mangled).unwrap();
        let other = Insurer::Company;
        assert_over(&world, &old, &ids).await;
        for (insurer, handle) in [(OWN, &*mangled), (OWN, "nobody"), (other, &*new), (other, &*old)] {
            for request in requests(&ids) {
                let kind = request.kind();
                let response = said(&world, insurer, handle, request).await;
                assert_eq!(response, Response::only(kind, nobody()), "{insurer:?} {handle}");
            }
        }
        assert_eq!(said(&world, OWN, &new, Request::Associated(Vec::new())).await.status(), &Status::OK, "still there");
    }
}

/// The fault that a message meets.
async fn fault(world: &World, asked: (&MessageId, &Question), message: Vec<u8>) -> PeerFault {
    match heard(world, asked, message).await {
        Answer::Fault(fault) => fault,
        other @ Answer::Reply(_) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_message_about_one_resident_meets_its_fault() {
    for world in worlds().await {
        let (mut browser, desk) = linked(&world).await;
        let (handle, ids) = (handle(&desk), registered(&world).await);
        let end = Question::Discovery(Request::Dissociate(ids.clone()));
        let headers = Headers::default();

        let (id, message) = as_sender(OWN, |sender| sealed_by(&world, sender, (&end, None), &headers));
        assert_eq!(fault(&world, (&id, &end), message).await.code, "InvalidSecurityToken", "it names nobody");

        let person = Pseudonym::parse(&handle).unwrap();
        let mut random = |bytes: &mut [u8]| world.app.random.fill(bytes);
        let audience = &world.app.insurers.entity;
        let foreign =
            as_sender(Insurer::Company, |sender| token::name(sender, audience, &person, &mut random, world.now()));
        let elsewhere =
            as_sender(OWN, |sender| token::name(sender, &world.app.idp_entity, &person, &mut random, world.now()));
        for token in [foreign.unwrap(), elsewhere.unwrap()] {
            let (id, message) = as_sender(OWN, |sender| sealed_by(&world, sender, (&end, Some(&token)), &headers));
            assert_eq!(fault(&world, (&id, &end), message).await.code, "InvalidSecurityToken");
        }

        // What a service has is for the service: it associates nobody, and an institution finds nobody.
        let sp = joined(&world, "kmix");
        let target = log_in(&world, &sp, &mut browser, true).await;
        let (id, message) = crate::wsf_asking::sealed(&world, &sp, &target, &end);
        assert_eq!(crate::wsf_asking::fault(&world, &id, &end, message).await.code, "ActionNotSupported");
        let query = crate::wsf_asking::everything();
        let (id, message) = sealed(&world, OWN, (&handle, &query), &headers);
        assert_eq!(fault(&world, (&id, &query), message).await.code, "ActionNotSupported");

        let query = Question::Discovery(Request::Associated(Vec::new()));
        let (id, message) = sealed(&world, OWN, (&handle, &query), &headers);
        assert!(matches!(heard(&world, (&id, &query), message.clone()).await, Answer::Reply(_)));
        let twice = fault(&world, (&id, &query), message).await;
        assert_eq!(twice.status.as_deref(), Some("DuplicateMsg"));
        assert!(browser.get("/coverage").await.shows(OWN.name()), "the link is as it was");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_no_wish_began_has_no_handle() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let desk = Desk::open(&world, OWN, Plan::LINKED, Vec::new());
        browser.get("/coverage").await;
        assert!(!desk.asked().is_empty() && desk.asked().iter().all(|text| !text.contains("handle=")));
    }
}
