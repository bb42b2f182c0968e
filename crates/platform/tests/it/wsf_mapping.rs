//! Identity mapping: a token for an institution that the office lets a service name, about a resident who lets it see records.

use axum::http::StatusCode;
use idwsf::{
    EntityId,
    disco::exchange::{Question, Reply},
    dst::{Code, Outcome},
    epr::{CarriedToken, Content, Target, Uri, Usage},
    mapping::{Input, Request, Response, TokenPolicy},
    message::Answer,
};
use jiff::{SignedDuration, Timestamp};
use platform::{exchange::fetch::pseudonym, idp::policy::Policy, store::link::Link};
use region::Named;

use crate::{
    harness::{PORTAL, World, worlds},
    holder::Holder,
    node::Insurer,
    service::{Publishing, Sp, register},
    wsf_asking::{decrypted, fault, log_in, opened, policy, post_to, sealed},
    wsf_discovery::log,
};

/// A service that may name the national insurer.
fn may_name(world: &World) -> Sp {
    let sp = Sp::new("kmix");
    let policy = Policy { maps_to: vec![Insurer::National.entity().to_owned()], ..policy() };
    register(world, [sp.registered(world, policy, &Publishing::default())]);
    sp
}

/// A token for each of these, please.
fn request(providers: &[&str]) -> Question {
    let inputs = providers.iter().enumerate().map(|(at, provider)| {
        let one = Request::one(provider.parse::<EntityId>().unwrap()).inputs.remove(0);
        Input { id: Some(format!("m{at}")), ..one }
    });
    Question::Mapping(Request { inputs: inputs.collect() })
}

async fn mapped(world: &World, sp: &Sp, target: &Target, question: &Question) -> Response {
    let target = Target { address: Uri::parse(&format!("{PORTAL}/wsf/mapping")).unwrap(), ..target.clone() };
    let (id, message) = sealed(world, sp, &target, question);
    let (status, answer) = post_to(world, "/wsf/mapping", message).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer));
    match opened(world, &id, question, &answer) {
        Answer::Reply(Reply::Mapping(response)) => response,
        other => panic!("{other:?}"),
    }
}

fn reasons(response: &Response) -> Vec<(Code, Option<String>)> {
    response.status.reasons.iter().map(|reason| (reason.code.clone(), reason.item.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_gets_a_token_for_the_institution_it_may_name_and_for_no_other() {
    for world in worlds().await {
        let sp = may_name(&world);
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let (national, company) = (Insurer::National, Insurer::Company);
        let asked = request(&[national.entity(), company.entity()]);
        let response = mapped(&world, &sp, &target, &asked).await;
        assert_eq!(response.status.outcome, Outcome::Partial);
        assert_eq!(reasons(&response), [(Code::FORBIDDEN, Some("m1".to_owned()))]);
        let Content::Token(carried) = &response.token_of("m0").unwrap().content else { panic!("no token") };
        let link = Link { provider: national.entity().to_owned(), generation: 1 };
        let own = pseudonym(&world.app.keys, holder.resident, &link).unwrap();
        assert!(decrypted(carried.as_str(), national).contains(&format!(">{}</saml:NameID>", own.as_str())));
        assert!(!carried.as_str().contains(own.as_str()), "whoever carries it cannot read it");
        let told = ("treatment".to_owned(), national.entity().to_owned(), "shown".to_owned());
        assert_eq!(log(&world).await, [told], "it is in the log, and nothing else");

        // Each door has its own questions.
        let (id, message) = sealed(&world, &sp, &target, &asked);
        assert_eq!(fault(&world, &id, &asked, message).await.code, "ActionNotSupported");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_a_mapping_is_answered_like_one_of_somebody_without_records() {
    for world in worlds().await {
        let sp = may_name(&world);
        let mut answers = Vec::new();
        for (named, give) in [(Named::Changed, false), (Named::Employee, true)] {
            let holder = world.holder(named).await;
            let mut browser = world.browser().logged_in(&holder).await;
            let target = log_in(&world, &sp, &mut browser, give).await;
            if give {
                let values = db::params![holder.resident.bytes()];
                world.tamper("UPDATE link SET ended_at = 1 WHERE resident_id = $1", values).await;
            }
            let links = "SELECT resident_id FROM link";
            let before = world.app.db.fetch_all(links, vec![]).await.unwrap().len();
            answers.push(mapped(&world, &sp, &target, &request(&[Insurer::National.entity()])).await);
            assert_eq!(
                world.app.db.fetch_all(links, vec![]).await.unwrap().len(),
                before,
                "nobody becomes known by it"
            );
        }
        assert_eq!((answers[0].status.outcome, answers[0].outputs.len()), (Outcome::Failed, 0));
        assert_eq!(reasons(&answers[0]), [(Code::NOT_FOUND, Some("m0".to_owned()))]);
        assert_eq!(answers[0], answers[1]);
    }
}

/// A token for the national insurer about each of these, by the tokens that came with their logins.
fn about(targets: &[&Target]) -> Question {
    let Question::Mapping(mut request) = request(&vec![Insurer::National.entity(); targets.len()]) else { panic!() };
    for (input, target) in request.inputs.iter_mut().zip(targets) {
        input.token = Some(CarriedToken::of(&target.token, Usage::Security));
    }
    Question::Mapping(request)
}

/// Source and outcome of what the log has about this resident.
async fn log_about(world: &World, holder: &Holder) -> Vec<(String, String)> {
    let subject = platform::audit::subject(&world.app.keys, holder.resident).unwrap();
    let sql = "SELECT source, outcome FROM audit_entry WHERE subject = $1 AND category = 'discovery' \
         AND purpose <> 'service-login' ORDER BY number";
    let rows = world.app.db.fetch_all(sql, db::params![subject]).await.unwrap();
    rows.iter().map(|row| (row.get("source").unwrap(), row.get("outcome").unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_a_request_speaks_for_its_own_resident_who_has_let_the_service_or_not() {
    for world in worlds().await {
        let sp = may_name(&world);
        let mut targets = Vec::new();
        let mut holders = Vec::new();
        for (named, give) in [(Named::Changed, true), (Named::Householder, true), (Named::Employee, false)] {
            let holder = world.holder(named).await;
            let mut browser = world.browser().logged_in(&holder).await;
            targets.push(log_in(&world, &sp, &mut browser, give).await);
            holders.push(holder);
        }
        let [invoker, lets, does_not] = &targets[..] else { panic!() };
        let asked = about(&[invoker, lets, does_not, lets]);
        let response = mapped(&world, &sp, invoker, &asked).await;
        assert_eq!(reasons(&response), [(Code::NOT_FOUND, Some("m2".to_owned()))]);
        let link = Link { provider: Insurer::National.entity().to_owned(), generation: 1 };
        for (input, holder) in [("m0", &holders[0]), ("m1", &holders[1]), ("m3", &holders[1])] {
            let Content::Token(carried) = &response.token_of(input).unwrap().content else { panic!("no token") };
            let own = pseudonym(&world.app.keys, holder.resident, &link).unwrap();
            let token = decrypted(carried.as_str(), Insurer::National);
            assert!(token.contains(&format!(">{}</saml:NameID>", own.as_str())), "{input}");
        }
        let shown = (Insurer::National.entity().to_owned(), "shown".to_owned());
        let kept = (world.app.idp_entity.to_string(), "kept".to_owned());
        assert_eq!(log_about(&world, &holders[1]).await, std::slice::from_ref(&shown), "each has it in their own log");
        assert_eq!(log_about(&world, &holders[2]).await, [kept]);
        // The first input names the invoker by the same token: it is looked up for itself, too.
        assert_eq!(log_about(&world, &holders[0]).await.last(), Some(&shown));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_a_request_that_is_none_of_the_services_finds_nobody() {
    for world in worlds().await {
        let other = Sp::new("phr");
        let policy = Policy { maps_to: vec![Insurer::National.entity().to_owned()], ..policy() };
        let sp = Sp::new("kmix");
        let registered = |sp: &Sp| sp.registered(&world, policy.clone(), &Publishing::default());
        register(&world, [registered(&sp), registered(&other)]);
        let mut browser = world.browser().logged_in(&world.holder(Named::Changed).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let lost = log_in(&world, &other, &mut browser, true).await;
        let good = log_in(&world, &sp, &mut browser, true).await;
        assert_eq!(mapped(&world, &sp, &target, &about(&[&good])).await.status.outcome, Outcome::Ok);

        let nobody = [(Code::NOT_FOUND, Some("m0".to_owned()))];
        assert_eq!(reasons(&mapped(&world, &sp, &target, &about(&[&lost])).await), nobody, "another service's");
        let response = mapped(&world, &sp, &target, &request(&[Insurer::National.entity()])).await;
        let theirs = Target { token: response.token_of("m0").unwrap().token().unwrap(), ..target.clone() };
        let met = mapped(&world, &sp, &target, &about(&[&theirs])).await;
        assert_eq!(reasons(&met), nobody, "one that the institution reads and we do not");
        let page = browser.form("/logout", &[]).await;
        assert!(page.location().is_some() || page.status.is_success());
        assert_eq!(reasons(&mapped(&world, &sp, &target, &about(&[&good])).await), nobody, "a login that is over");
    }
}

/// The same request, for tokens that are good until then at most.
fn until(question: Question, at: Timestamp) -> Question {
    let Question::Mapping(mut request) = question else { panic!("no mapping") };
    for input in &mut request.inputs {
        let policy = input.policy.take().unwrap();
        input.policy = Some(TokenPolicy { valid_until: Some(at), ..policy });
    }
    Question::Mapping(request)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lasts_no_longer_than_it_is_asked_for_and_the_log_has_those_that_were_made() {
    for world in worlds().await {
        let sp = may_name(&world);
        let mut browser = world.browser().logged_in(&world.holder(Named::Changed).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let asked = || request(&[Insurer::National.entity()]);
        for over in [SignedDuration::ZERO, SignedDuration::from_mins(-1), SignedDuration::from_hours(-900_000)] {
            let over = world.now() + over;
            let response = mapped(&world, &sp, &target, &until(asked(), over)).await;
            assert_eq!(reasons(&response), [(Code::INVALID_DATA, Some("m0".to_owned()))], "{over}");
        }
        let kept = ("treatment".to_owned(), world.app.idp_entity.to_string(), "kept".to_owned());
        assert_eq!(log(&world).await, [kept.clone(), kept.clone(), kept], "nothing was made");
        for (wanted, given) in [(1, 1), (60, 60), (86_400, 300)] {
            let question = until(asked(), world.now() + SignedDuration::from_secs(wanted));
            let response = mapped(&world, &sp, &target, &question).await;
            let Content::Token(carried) = &response.token_of("m0").unwrap().content else { panic!("no token") };
            let ends = saml::instant::write(world.now() + SignedDuration::from_secs(given));
            let ends = format!("NotOnOrAfter=\"{ends}\"");
            assert!(decrypted(carried.as_str(), Insurer::National).contains(&ends), "{wanted}");
        }
        assert_eq!(log(&world).await.len(), 6);
    }
}
