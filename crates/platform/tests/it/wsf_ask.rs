//! Asking the resident while a service waits: who is asked, once, about what, and where the browser may go afterwards.

use axum::http::StatusCode;
use idwsf::{
    MessageId,
    disco::exchange::Question,
    epr::Target,
    interaction::{Interact, RedirectUrl, Resend, ReturnUrl, UserInteraction},
    message::{Answer, Headers, PeerDemand, PeerFault, ProcessingContext},
};
use jiff::SignedDuration;
use platform::wording;
use region::Named;
use web::Lang;

use crate::{
    browser::{Browser, Page},
    crossing::{hidden, knock, onward, path_of, refreshed},
    harness::{PORTAL, World, worlds},
    service::Sp,
    wsf_asking::{asked_with, everything, found, joined, log_in, opened, post},
};

fn willing() -> Headers {
    Headers { interaction: Some(UserInteraction::by_redirect(&["ja"])), ..Headers::default() }
}

/// The fault that a question which says this of itself meets; none if it is answered.
async fn met(world: &World, sp: &Sp, target: &Target, headers: &Headers) -> Option<PeerFault> {
    let (id, message) = asked_with(world, sp, target, headers);
    let (status, answer) = post(world, message).await;
    match opened(world, &id, &everything(), &answer) {
        Answer::Fault(fault) => {
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
            Some(fault)
        }
        Answer::Reply(_) => None,
    }
}

/// The page that the resident is to be sent to, as a client checks it, and the fault that names it.
async fn sent(world: &World, sp: &Sp, target: &Target) -> (RedirectUrl, MessageId) {
    match met(world, sp, target, &willing()).await.and_then(|fault| fault.demand).as_deref() {
        Some(PeerDemand::Redirect { url, fault }) => {
            (RedirectUrl::accept(url, target.address.as_str()).unwrap(), fault.clone())
        }
        other => panic!("{other:?}"),
    }
}

/// The path that the service sends the browser to.
fn way(page: &RedirectUrl, back: &str) -> String {
    let back = ReturnUrl::of(back, &MessageId::from_random([3; 16])).unwrap();
    page.with_return(&back, None).strip_prefix(PORTAL).unwrap().to_owned()
}

const BACK: &str = "https://kmix.example/back";

/// Comes from the service, and goes on until there is something to do.
async fn comes(browser: &mut Browser, page: &RedirectUrl) -> Page {
    let page = knock(browser, &way(page, BACK)).await;
    onward(browser, page).await
}

/// Answers on the page.
async fn says(browser: &mut Browser, page: &Page, answer: &str) -> Page {
    let until = hidden(page, "until");
    let fields = [("until", &*until), ("records", "coverage"), ("answer", answer)];
    browser.form(&path_of(page, "/wsf/ask/"), &fields).await
}

/// What the service reads when the browser is back.
fn read(page: &Page) -> Resend {
    let back = refreshed(page).unwrap_or_else(|| panic!("{}", page.text));
    Resend::read(back.strip_prefix(&format!("{BACK}?")).unwrap_or_else(|| panic!("{back}"))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_is_asked_while_the_service_waits_and_it_finds_what_they_chose() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, false).await;
        let (page, fault) = sent(&world, &sp, &target).await;

        let shown = comes(&mut browser, &page).await;
        let t = &wording::text(Lang::Ja);
        assert!(shown.shows(t.ask.yes) && shown.shows(t.ask.records_text), "{}", shown.text);
        assert!(!shown.shows(t.services.records_text), "no login waits for the answer");
        assert!(shown.shows("サービス kmix") && !shown.shows(" checked"), "nothing is ticked but by the resident");
        let refused = read(&says(&mut browser, &shown, "no").await);
        assert_eq!(refused.after, None);
        assert!(found(&world, &sp, &target).await.is_empty());

        let (page, second) = sent(&world, &sp, &target).await;
        assert_ne!(fault, second);
        let kept = world.app.db.fetch_all("SELECT * FROM discovery_ask", vec![]).await.unwrap();
        let [row] = &kept[..] else { panic!("the last one counts") };
        for column in ["entity", "records"] {
            let text: String = row.get(column).unwrap();
            assert!(!text.contains(second.as_str()), "its name is in the service's log, too");
        }
        assert!(row.get::<String>("fault").is_err(), "nor is there room for it");
        let shown = comes(&mut browser, &page).await;
        let agreed = read(&says(&mut browser, &shown, "yes").await);
        assert_eq!((agreed.waiting, agreed.after), (MessageId::from_random([3; 16]), Some(second.clone())));
        let again = Headers { resent_after: Some(second), ..willing() };
        assert_eq!(met(&world, &sp, &target, &again).await, None);
        assert_eq!(found(&world, &sp, &target).await.len(), 1, "with or without the relation");
        let gone = says(&mut browser, &shown, "no").await;
        assert_eq!((gone.status, gone.shows("WSF-53")), (StatusCode::BAD_REQUEST, true), "answered once");
        assert_eq!(found(&world, &sp, &target).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_logged_in_logs_in_first_and_nobody_answers_for_another() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let (own, other) = (world.holder(Named::Householder).await, world.holder(Named::Employee).await);
        let mut browser = world.browser().logged_in(&own).await;
        let target = log_in(&world, &sp, &mut browser, false).await;
        let (page, _) = sent(&world, &sp, &target).await;

        let mut stranger = world.browser();
        let asked = comes(&mut stranger, &page).await;
        assert!(asked.shows("/login/card/ke3?ask=") && !asked.shows("name=\"records\""), "{}", asked.text);
        let at = path_of(&asked, "/login/card/ke3?ask=");
        let next = stranger.log_in_at(&at, &other, Named::Employee.pin()).await.parsed::<serde_json::Value>();
        let wrong = stranger.get(next["location"].as_str().unwrap()).await;
        assert_eq!((wrong.status, wrong.shows("WSF-54")), (StatusCode::BAD_REQUEST, true), "{}", wrong.text);
        let handle = at.replace("/login/card/ke3?ask=", "/wsf/ask/");
        let forced =
            stranger.form(&handle, &[("answer", "yes"), ("records", "coverage"), ("until", "2027-11-22")]).await;
        assert!(forced.shows("WSF-54"), "{}", forced.text);
        assert!(found(&world, &sp, &target).await.is_empty());
        assert!(met(&world, &sp, &target, &willing()).await.is_some(), "nothing was recorded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_goes_back_to_the_service_or_nowhere_and_in_time() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, false).await;
        let (page, _) = sent(&world, &sp, &target).await;
        for foreign in [
            "https://evil.example/back",
            "https://kmix.example.evil.example/",
            "http://localhost/",
            "https://kmix.example:444/",
        ] {
            let page = knock(&mut browser, &way(&page, foreign)).await;
            assert_eq!((page.status, page.shows("WSF-55")), (StatusCode::BAD_REQUEST, true), "{foreign}");
            assert!(!page.shows("evil") && refreshed(&page).is_none());
        }
        let resent = format!("{}%26ResendMessage%3Dx", way(&page, BACK));
        assert!(knock(&mut browser, &resent).await.shows("WSF-55"));
        let twice = format!("{}&ReturnToURL=https%3A%2F%2Fevil.example", way(&page, BACK));
        assert!(knock(&mut browser, &twice).await.shows("WSF-53"));
        let none = page.as_str().strip_prefix(PORTAL).unwrap().to_owned();
        assert!(knock(&mut browser, &none).await.shows("WSF-53"));
        let made_up = way(&page, BACK).replace("t=", "t=A");
        assert!(knock(&mut browser, &made_up).await.shows("WSF-53"));

        let shown = comes(&mut browser, &page).await;
        world.wait(SignedDuration::from_mins(14));
        assert!(comes(&mut browser, &page).await.shows("name=\"records\""));
        world.wait(SignedDuration::from_mins(1));
        assert!(says(&mut browser, &shown, "yes").await.shows("WSF-53"), "it waited too long");
        assert!(comes(&mut browser, &page).await.shows("WSF-53"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_resident_is_asked_says_nothing_about_records() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut answers = Vec::new();
        for (named, linked) in [(Named::Changed, true), (Named::Employee, false)] {
            let holder = world.holder(named).await;
            let mut browser = world.browser().logged_in(&holder).await;
            let target = log_in(&world, &sp, &mut browser, false).await;
            if !linked {
                let values = db::params![holder.resident.bytes()];
                world.tamper("UPDATE link SET ended_at = 1 WHERE resident_id = $1", values).await;
            }
            let offer = |interact, seconds_max| {
                let interaction = UserInteraction { interact, seconds_max, ..UserInteraction::by_redirect(&[]) };
                Headers { interaction: Some(interaction), ..Headers::default() }
            };
            let simulated = Headers { context: Some(ProcessingContext::Simulate), ..willing() };
            let mut codes = Vec::new();
            for headers in
                [offer(Interact::Never, None), offer(Interact::IfNeeded, Some(5)), simulated, Headers::default()]
            {
                codes.push(met(&world, &sp, &target, &headers).await.and_then(|fault| fault.status));
            }
            let rows = world.app.db.fetch_all("SELECT state FROM discovery_ask", vec![]).await.unwrap();
            assert_eq!(rows.len(), answers.len(), "a simulation leaves nothing behind");
            let question: Question = everything();
            let (_, message) = asked_with(&world, &sp, &target, &willing());
            let (status, answer) = post(&world, message).await;
            answers.push((codes, status, answer.len(), question.topic()));
        }
        let required = Some("InteractionRequired".to_owned());
        let short = Some("InteractionTimeNotSufficient".to_owned());
        assert_eq!(answers[0].0, [required.clone(), short, required, None]);
        assert_eq!(answers[0], answers[1]);
    }
}
