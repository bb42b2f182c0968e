//! What institutions tell a service: what the resident lets it see, for as long as they do, if the institution's own rules have it,
//! and to nobody else.

use idwsf::{epr::EndpointReference, message::Purpose};
use jiff::SignedDuration;
use platform::exchange::grant;
use region::Named;

use crate::{
    browser::Browser,
    harness::{World, worlds},
    journal,
    node::{Insurer, To},
    service::{Publishing, Sp, register},
    wsf_asking::{change, found, joined, log_in, policy},
    wsf_fetching::{answered, coverage, nothing, question, target, told},
};

/// A service that a resident lets see coverage, and the one reference that it got.
async fn found_by(world: &World, sp: &Sp, named: Named) -> (Browser, EndpointReference) {
    let mut browser = world.browser().logged_in(&world.holder(named).await).await;
    let login = log_in(world, sp, &mut browser, true).await;
    let mut references = found(world, sp, &login).await;
    assert_eq!(references.len(), 1);
    (browser, references.swap_remove(0))
}

/// What is still to be told to institutions.
async fn untold(world: &World) -> usize {
    world.app.db.fetch_all("SELECT provider FROM grant_end", vec![]).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_institution_tells_the_service_what_the_resident_lets_it_see() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Changed).await).await;
        let login = log_in(&world, &sp, &mut browser, true).await;
        let references = found(&world, &sp, &login).await;
        assert_eq!(references.len(), 2);
        for reference in &references {
            assert_eq!(coverage(&world, &sp, reference).await, told(1));
        }
        for insurer in Insurer::ALL {
            assert_eq!(world.node(insurer).access_log().await, ["answered"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_resident_withdraws_is_refused_with_the_token_of_before() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let (mut browser, before) = found_by(&world, &sp, Named::Householder).await;
        assert_eq!(coverage(&world, &sp, &before).await, told(1));

        change(&mut browser, &sp, false).await;
        assert_eq!(coverage(&world, &sp, &before).await, nothing());
        assert_eq!(untold(&world).await, 0, "and nobody has to be told any more");

        world.wait(SignedDuration::from_secs(3));
        change(&mut browser, &sp, true).await;
        let login = log_in(&world, &sp, &mut browser, true).await;
        let anew = found(&world, &sp, &login).await.swap_remove(0);
        assert_eq!(coverage(&world, &sp, &anew).await, told(1), "given anew");
        assert_eq!(coverage(&world, &sp, &before).await, nothing(), "with a token of now, and no other");

        browser.form("/services/unlink", &[("entity", sp.entity.as_str())]).await;
        assert_eq!(coverage(&world, &sp, &anew).await, nothing(), "the link to the service has ended");
        let log = world.node(Insurer::National).access_log().await;
        assert_eq!(log.iter().filter(|outcome| *outcome == "withdrawn").count(), 2);
        assert_eq!(log.iter().filter(|outcome| *outcome == "not-granted").count(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_that_is_down_is_told_when_it_is_back() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let (mut browser, before) = found_by(&world, &sp, Named::Householder).await;
        let node = world.node(Insurer::National);
        node.line.lead(To::Nowhere);
        change(&mut browser, &sp, false).await;
        assert_eq!(untold(&world).await, 1);
        grant::resume(&world.app).await.unwrap();
        assert_eq!(untold(&world).await, 1, "whoever tells it is left to it");

        node.mend();
        world.wait(SignedDuration::from_mins(1));
        grant::resume(&world.app).await.unwrap();
        assert_eq!(untold(&world).await, 0);
        assert_eq!(coverage(&world, &sp, &before).await, nothing());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_could_be_told_is_forgotten_with_its_tokens() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let (mut browser, _) = found_by(&world, &sp, Named::Householder).await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        change(&mut browser, &sp, false).await;
        world.wait(SignedDuration::from_mins(8));
        grant::resume(&world.app).await.unwrap();
        assert_eq!(untold(&world).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_institution_that_has_left_the_log_speaks_once_and_it_is_told_if_it_is_back_in_time() {
    let kept = journal::kept();
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let (mut browser, before) = found_by(&world, &sp, Named::Householder).await;
        let (resident, entity) = (world.holder_without_pin(Named::Householder).resident, sp.entity.as_str());
        let without = world.reopened(|config| config.insurer.retain(|one| one.number != region::NATIONAL)).await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        change(&mut browser, &sp, false).await;
        let said =
            || kept.text().lines().filter(|line| line.contains("WSF-42") && line.contains("EXCHANGE-06")).count();
        let first = said();
        grant::tell(&without, resident, entity).await;
        for _ in 0..3 {
            world.wait(SignedDuration::from_secs(30));
            grant::resume(&without).await.unwrap();
        }
        assert_eq!((said() - first, untold(&world).await), (1, 1));

        world.node(Insurer::National).mend();
        world.wait(SignedDuration::from_secs(30));
        grant::resume(&world.app).await.unwrap();
        assert_eq!(untold(&world).await, 0);
        assert_eq!(coverage(&world, &sp, &before).await, nothing());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_of_no_use_to_whoever_else_has_it() {
    for world in worlds().await {
        let (sp, diary) = (Sp::new("kmix"), Sp::new("diary"));
        let registered = |sp: &Sp| sp.registered(&world, policy(), &Publishing::default());
        register(&world, [registered(&sp), registered(&diary)]);
        let (_, reference) = found_by(&world, &sp, Named::Householder).await;
        let way = target(&world, &reference);
        let asked = (Insurer::National, "Coverage", Purpose::Treatment);
        let stolen = question(&world, &diary, &way, asked);
        let fault = answered(&world, Insurer::National, stolen).await.unwrap_err();
        assert_eq!(fault.status.as_deref(), Some("ProviderIDNotValid"), "another service");
        let forged = question(&world, &sp.clone().with_other_key(), &way, asked);
        let fault = answered(&world, Insurer::National, forged).await.unwrap_err();
        assert_eq!(fault.code, "FailedCheck", "another key");
        assert_eq!(coverage(&world, &sp, &reference).await, told(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_rule_opens_and_what_nobody_gave_is_answered_like_what_is_not_there() {
    for world in worlds().await {
        let (sp, other) = (Sp::new("kmix"), Sp::new("diary"));
        let registered = |sp: &Sp| sp.registered(&world, policy(), &Publishing::default());
        register(&world, [registered(&sp), registered(&other)]);
        let (_, reference) = found_by(&world, &sp, Named::Householder).await;
        let way = target(&world, &reference);
        for (element, purpose) in [("Eligibility", Purpose::Treatment), ("Coverage", Purpose::CitizenSelfView)] {
            let asked = question(&world, &sp, &way, (Insurer::National, element, purpose));
            assert_eq!(answered(&world, Insurer::National, asked).await, Ok(nothing()), "{element}");
        }
        let (_, reference) = found_by(&world, &other, Named::Employee).await;
        assert_eq!(coverage(&world, &other, &reference).await, nothing(), "the node has no rule for it");
        assert_eq!(world.node(Insurer::National).access_log().await, ["not-granted", "not-granted"]);
        assert_eq!(world.node(Insurer::Company).access_log().await, ["ActionNotAuthorized"]);
    }
}
