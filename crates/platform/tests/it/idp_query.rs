//! What a service asks by itself, after a login: insurers and residents are told what it is, and it stays within bounds.

use axum::http::StatusCode;
use jiff::SignedDuration;
use platform::{idp::policy::Encrypt, wording};
use region::Named;
use saml::instant;
use web::Lang;

use crate::{
    browser::Browser,
    harness::{World, worlds},
    idp_backchannel::{ATTRIBUTES, NAME, again, query},
    node::Insurer,
    provider::{Provider, register, soap},
    wicked::Wicked,
};

/// A service that gets the name, and a resident who has logged in there; what the service calls them.
async fn linked(world: &World) -> (Provider, Browser, String) {
    let mut service = Provider::new("clinic");
    service.policy.release = vec!["name".to_owned()];
    register(world, &[&service]);
    let mut browser = again(world, &world.holder(Named::Householder).await).await;
    let name = service.log_in(world, &mut browser).await.name.value.to_string();
    (service, browser, name)
}

/// Whether the service is told the name.
async fn answered(world: &World, service: &Provider, name: &str) -> bool {
    let (status, answer) = soap(world, ATTRIBUTES, &query(service, world, name, &[])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(answer.contains(NAME) || answer.contains("RequestDenied"), "{answer}");
    answer.contains(NAME)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_answers_a_service_five_times_in_any_ten_minutes() {
    for world in worlds().await {
        let (service, _, name) = linked(&world).await;
        let first = world.now();
        let mut answers = Vec::new();
        for minute in [0, 4, 4, 4, 4, 4, 9] {
            world.clock.set(first + SignedDuration::from_mins(minute));
            answers.push(answered(&world, &service, &name).await);
        }
        assert_eq!(answers, [true, true, true, true, true, false, false]);
        world.clock.set(first + SignedDuration::from_mins(10));
        assert!(answered(&world, &service, &name).await, "the first is ten minutes ago");
        assert!(!answered(&world, &service, &name).await, "and the others are not");
        world.clock.set(first + SignedDuration::from_mins(14));
        assert!(answered(&world, &service, &name).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_a_service_is_called_what_it_is() {
    for world in worlds().await {
        let (service, mut browser, name) = linked(&world).await;
        assert!(answered(&world, &service, &name).await);
        for lang in [Lang::Ja, Lang::En] {
            browser.cookies.push(("lang".to_owned(), lang.tag().to_owned()));
            let looks = browser.get("/looks").await;
            browser.cookies.pop();
            let t = &wording::text(lang).services;
            let of = |why: &str| looks.text.matches(&format!("<dd>{why}</dd>")).count();
            assert_eq!((of(t.purpose), of(t.query)), (1, 1), "the login and the question: {}", looks.text);
        }
        let sql = "SELECT purpose FROM access_log ORDER BY seq DESC LIMIT 1";
        let log = world.node(Insurer::National).database.db.fetch_all(sql, vec![]).await.unwrap();
        assert_eq!(log[0].get::<String>("purpose").unwrap(), "service-query", "the insurer knows it, too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_to_a_service_is_not_recorded_as_handed_over() {
    for world in worlds().await {
        let (mut service, mut browser, name) = linked(&world).await;
        let looks = browser.get("/looks").await.text;
        let recorded = |text: &str| text.matches(wording::text(Lang::Ja).services.handed_over).count();
        let agreed = service.policy.clone();
        service.policy.encrypt = Encrypt::Always;
        register(&world, &[&service]);
        for _ in 0..6 {
            let (status, answer) = soap(&world, ATTRIBUTES, &query(&service, &world, &name, &[])).await;
            assert!(status == StatusCode::INTERNAL_SERVER_ERROR && answer.contains("SSO-01"), "{answer}");
        }
        assert_eq!(recorded(&browser.get("/looks").await.text), recorded(&looks));
        service.policy = agreed;
        register(&world, &[&service]);
        assert!(answered(&world, &service, &name).await, "and nothing was spent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn insurers_are_told_when_the_resident_logged_in() {
    for world in worlds().await {
        let began = world.now();
        let (service, mut browser, name) = linked(&world).await;
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        let own = world.holder(Named::Householder).await.coverage(Insurer::National);
        wicked.will(move |wicked, question| wicked.honest(question, &own));
        world.wait(SignedDuration::from_mins(7));
        let seconds = began.as_second() - began.as_second().rem_euclid(60);
        let told = format!("AuthnInstant=\"{}\"", instant::write(jiff::Timestamp::from_second(seconds).unwrap()));

        assert!(answered(&world, &service, &name).await);
        let (question, token) = wicked.last_asked();
        assert!(question.contains("service-query") && token.contains(&told), "{told}: {token}");
        browser.get("/coverage").await;
        let (question, token) = wicked.last_asked();
        assert!(question.contains("citizen-self-view") && token.contains(&told), "{told}: {token}");
    }
}
