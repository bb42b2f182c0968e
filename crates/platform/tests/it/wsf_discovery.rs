//! Where a resident's records are: told to the service that they have let find them, for as long as they do, and to nobody
//! else; whatever is told is in the log.

use axum::http::StatusCode;
use idwsf::{
    MessageId,
    disco::{Query, Request, exchange::Question},
    epr::{EndpointReference, Options, Target, Uri},
    mapping,
    message::Mechanism,
};
use jiff::SignedDuration;
use platform::{exchange::fetch::pseudonym, store::link::Link, wording};
use region::Named;
use web::{Lang, clock::Shown};

use crate::{
    harness::{World, worlds},
    node::Insurer,
    service::{Publishing, Sp, register},
    wsf_asking::{
        change, change_page, choose, decrypted, everything, fault, found, joined, log_in, policy, post, sealed,
    },
};

const COVERAGE: &str = "name=\"records\" value=\"coverage\"";

/// The token in a reference, as the institution reads it.
fn token(reference: &EndpointReference, insurer: Insurer) -> String {
    decrypted(reference.fragment().as_str(), insurer)
}

/// The log of what the service found, oldest first: purpose, source and outcome.
pub(crate) async fn log(world: &World) -> Vec<(String, String, String)> {
    let sql = "SELECT purpose, source, outcome FROM audit_entry WHERE category = 'discovery' \
         AND purpose <> 'service-login' ORDER BY number";
    let rows = world.app.db.fetch_all(sql, vec![]).await.unwrap();
    let column = |row: &db::Row, name| row.get::<String>(name).unwrap();
    rows.iter().map(|row| (column(row, "purpose"), column(row, "source"), column(row, "outcome"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_may_finds_each_institution_under_the_name_that_one_knows() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let references = found(&world, &sp, &target).await;
        assert_eq!(references.len(), 2);
        for insurer in Insurer::ALL {
            let reference = references.iter().find(|one| one.provider.as_str() == insurer.entity()).unwrap();
            assert_eq!(reference.address.as_str(), world.node(insurer).config.address);
            assert_eq!(reference.expires, Some(world.now() + SignedDuration::from_mins(5)));
            let link = Link { provider: insurer.entity().to_owned(), generation: 1 };
            let own = pseudonym(&world.app.keys, holder.resident, &link).unwrap();
            let token = token(reference, insurer);
            assert!(token.contains(&format!(">{}</saml:NameID>", own.as_str())), "{token}");
            assert!(token.contains(&format!("<saml:Audience>{}</saml:Audience>", insurer.entity())), "{token}");
            assert!(!reference.fragment().as_str().contains(own.as_str()), "whoever carries it cannot read it");
            let mechanisms = &reference.contexts[0].mechanisms;
            assert_eq!(mechanisms.iter().map(Uri::as_str).collect::<Vec<_>>(), [Mechanism::TlsSamlV2.uri()]);
            let bound = format!(
                ":cm:holder-of-key\"><saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">{}<",
                sp.entity
            );
            assert!(token.contains(&bound), "only the service can use it: {token}");
            let permits = "Resource=\"urn:x-kagawa:policy:2009-03:coverage\"";
            assert!(token.contains(permits) && !token.contains(":check-up\""), "for what was given: {token}");
            assert_eq!(reference.options, [Options(vec![Uri::parse("urn:x-kagawa:policy:2009-03:coverage").unwrap()])]);
        }
        let told = |insurer: Insurer| ("treatment".to_owned(), insurer.entity().to_owned(), "shown".to_owned());
        let mut logged = log(&world).await;
        logged.sort();
        let mut expected = Insurer::ALL.map(told);
        expected.sort();
        assert_eq!(logged, expected);
        platform::audit::verify(&world.app.db, &world.app.keys).await.unwrap();
        let looks = browser.get("/looks").await;
        let t = &wording::text(Lang::Ja).services;
        assert!(looks.shows(t.found) && looks.shows(t.treatment) && looks.shows("サービス kmix"), "{}", looks.text);

        let one = Query::one(Uri::parse("urn:x-kagawa:khi:2009-03:dst-2.1").unwrap(), None);
        let question = Question::Discovery(Request::Query(one));
        let (_, message) = sealed(&world, &sp, &target, &question);
        let (status, answer) = post(&world, message).await;
        let text = String::from_utf8(answer).unwrap();
        assert_eq!((status, text.matches("<wsa:EndpointReference").count()), (StatusCode::OK, 1), "{text}");
        assert_eq!(log(&world).await.len(), 3, "what was not told is not in the log");
    }
}

/// An answer without what is random in any.
fn plain(answer: &[u8]) -> String {
    let mut text = String::from_utf8(answer.to_vec()).unwrap();
    for (before, after) in [
        ("<wsa:MessageID", "</wsa:MessageID>"),
        ("<wsa:RelatesTo", "</wsa:RelatesTo>"),
        ("<ds:SignedInfo", "</ds:SignatureValue>"),
    ] {
        let (head, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
        text = format!("{head}{}", rest.split_once(after).unwrap().1);
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_known_is_answered_like_what_is_not_there() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut answers = Vec::new();
        for (named, give, linked) in
            [(Named::Changed, false, true), (Named::Employee, true, false), (Named::Householder, false, false)]
        {
            let holder = world.holder(named).await;
            let mut browser = world.browser().logged_in(&holder).await;
            let target = log_in(&world, &sp, &mut browser, give).await;
            if !linked {
                let values = db::params![holder.resident.bytes()];
                world.tamper("UPDATE link SET ended_at = 1 WHERE resident_id = $1", values).await;
            }
            let (_, message) = sealed(&world, &sp, &target, &everything());
            answers.push(post(&world, message).await);
        }
        let [hidden, nothing, neither] = &answers[..] else { panic!("three were asked") };
        assert_eq!(hidden.0, StatusCode::OK);
        for other in [nothing, neither] {
            assert_eq!((hidden.0, hidden.1.len()), (other.0, other.1.len()));
            assert_eq!(plain(&hidden.1), plain(&other.1));
        }
        let us = world.app.idp_entity.to_string();
        let kept = |purpose: &str| (purpose.to_owned(), us.clone(), "kept".to_owned());
        assert_eq!(log(&world).await, [kept("service-query"), kept("treatment"), kept("service-query")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resident_gives_it_by_a_choice_of_its_own_and_withdraws_it_at_once() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let target = log_in(&world, &sp, &mut browser, false).await;
        assert!(found(&world, &sp, &target).await.is_empty(), "a login gives nothing of it");

        let t = &wording::text(Lang::Ja).services;
        let page = browser.get(&change_page(&sp)).await;
        let until = Shown::day("2027-11-22".parse().unwrap(), Lang::Ja).text;
        let choice = t.records_choice.replacen("{}", t.records[0], 1).replacen("{}", &until, 1);
        assert!(page.shows(COVERAGE) && !page.shows(&format!("{COVERAGE} checked")), "unticked: {}", page.text);
        assert!(page.shows(&choice) && page.shows(t.records_text), "{}", page.text);
        let sheet = ("/services/release", sp.entity.as_str());
        assert!(choose(&mut browser, &page, sheet, true).await.location().unwrap().contains("changed"));
        assert_eq!(found(&world, &sp, &target).await.len(), 1);
        let page = browser.get(&change_page(&sp)).await;
        assert!(page.shows(&format!("{COVERAGE} checked")), "{}", page.text);
        let given = t.records_given.replacen("{}", t.records[0], 1).replacen("{}", &until, 1);
        assert!(browser.get("/services").await.shows(&given), "on the launch page");

        change(&mut browser, &sp, false).await;
        assert!(found(&world, &sp, &target).await.is_empty(), "from the next message on");
        let launch = browser.get("/services").await;
        let withdrawn = t.records_withdrawn.replacen("{}", t.records[0], 1);
        assert_eq!((launch.text.matches(&given).count(), launch.shows(&withdrawn)), (1, true), "{}", launch.text);
        change(&mut browser, &sp, true).await;
        let rows = world.app.db.fetch_all("SELECT withdrawn_at FROM service_consent", vec![]).await.unwrap();
        assert_eq!(rows.len(), 2, "the history is kept");

        // A sheet of another day names another last day.
        let page = browser.get(&change_page(&sp)).await;
        change(&mut browser, &sp, false).await;
        world.wait(SignedDuration::from_hours(24));
        let mut browser = world.browser().logged_in(&holder).await;
        let stale = choose(&mut browser, &page, sheet, true).await;
        assert_eq!(stale.location(), Some(change_page(&sp).as_str()), "shown anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_the_session_the_link_the_year_and_the_policy() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        assert_eq!(found(&world, &sp, &target).await.len(), 1);

        let silent = platform::idp::policy::Policy { records: Vec::new(), ..policy() };
        register(&world, [sp.registered(&world, silent, &Publishing::default())]);
        assert!(found(&world, &sp, &target).await.is_empty(), "the office no longer lets it ask");
        joined(&world, "kmix");
        browser.form("/logout", &[]).await;
        assert!(found(&world, &sp, &target).await.is_empty(), "logged out");

        let mut browser = world.browser().logged_in(&holder).await;
        let target = log_in(&world, &sp, &mut browser, false).await;
        assert_eq!(found(&world, &sp, &target).await.len(), 1, "without another question");
        browser.form("/services/unlink", &[("entity", sp.entity.as_str())]).await;
        assert!(found(&world, &sp, &target).await.is_empty(), "unlinked");
        let target = log_in(&world, &sp, &mut browser, false).await;
        assert!(found(&world, &sp, &target).await.is_empty(), "linked anew, and not given anew");
        change(&mut browser, &sp, true).await;
        assert_eq!(found(&world, &sp, &target).await.len(), 1);
        world.wait(SignedDuration::from_mins(16));
        assert!(found(&world, &sp, &target).await.is_empty(), "the session lies idle");

        for (days, count) in [(364, 1), (2, 0)] {
            world.wait(SignedDuration::from_hours(24 * days));
            let mut browser = world.browser().logged_in(&holder).await;
            let target = log_in(&world, &sp, &mut browser, false).await;
            assert_eq!(found(&world, &sp, &target).await.len(), count, "{days} days later");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_answered_about_a_resident_twenty_times_in_any_ten_minutes() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        for _ in 0..20 {
            assert_eq!(found(&world, &sp, &target).await.len(), 1);
        }
        let question = everything();
        let (id, message) = sealed(&world, &sp, &target, &question);
        let met = fault(&world, &id, &question, message).await;
        assert_eq!((met.code.as_str(), met.status.as_deref()), ("Server", None));
        assert_eq!(log(&world).await.len(), 20);
        world.wait(SignedDuration::from_mins(10));
        assert_eq!(found(&world, &sp, &target).await.len(), 1);
    }
}

/// What we call the resident of a reference, in the token for ourselves.
pub(crate) fn handle(world: &World, target: &Target) -> String {
    let text = target.token.encrypted().as_str().as_bytes();
    let document = xml::Document::parse(xml::scan(text, &xml::Limits::default()).unwrap()).unwrap();
    let unwrap = |wrapped: &[u8]| platform::idp::signing::unwrap(&world.app, wrapped);
    let token = String::from_utf8(xml::decrypt(document.root(), unwrap).unwrap().to_vec()).unwrap();
    let (_, name) = token.split_once("<saml:NameID").unwrap();
    name.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_has_another_name_here_at_every_login() {
    let world = worlds().await.swap_remove(0);
    let sp = joined(&world, "kmix");
    let holder = world.holder(Named::Householder).await;
    let mut browser = world.browser().logged_in(&holder).await;
    let [first, second] =
        [log_in(&world, &sp, &mut browser, true).await, log_in(&world, &sp, &mut browser, true).await];
    let (first, second) = (handle(&world, &first), handle(&world, &second));
    assert!(first != second && first.len() == second.len());
}

/// Local name of the fault code, and the code in its detail.
type Expected<'a> = (&'a str, Option<&'a str>);

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_prove_itself_meets_a_signed_fault() {
    for world in worlds().await {
        let (sp, diary, stranger) = (Sp::new("kmix"), Sp::new("diary"), Sp::new("stranger"));
        let registered = |sp: &Sp| sp.registered(&world, policy(), &Publishing::default());
        register(&world, [registered(&sp), registered(&diary)]);
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let insurers = found(&world, &sp, &target).await.swap_remove(0);
        let foreign = Target { token: carried(&insurers), ..target.clone() };
        let query = everything();
        let ask = |by: &Sp, with: &Target| sealed(&world, by, with, &query);
        let refused = async |what: &str, (id, message): (MessageId, Vec<u8>), expected: Expected<'_>| {
            let met = fault(&world, &id, &query, message).await;
            assert_eq!((met.code.as_str(), met.status.as_deref()), expected, "{what}");
        };
        refused("another key", ask(&sp.clone().with_other_key(), &target), ("FailedCheck", None)).await;
        refused("a stranger", ask(&stranger, &target), ("Client", Some("ProviderIDNotValid"))).await;
        refused("another service's", ask(&diary, &target), ("InvalidSecurityToken", None)).await;
        refused("an insurer's", ask(&sp, &foreign), ("InvalidSecurityToken", None)).await;
        let once = ask(&sp, &target);
        assert_eq!(post(&world, once.1.clone()).await.0, StatusCode::OK);
        refused("twice", once, ("Client", Some("DuplicateMsg"))).await;
        let elsewhere = Target { address: Uri::parse("https://other.example/wsf").unwrap(), ..target.clone() };
        refused("for another", ask(&sp, &elsewhere), ("DestinationUnreachable", None)).await;
        let old = ask(&sp, &target);
        let before = log(&world).await.len();
        world.wait(SignedDuration::from_mins(6));
        refused("too old", old, ("Client", Some("StaleMsg"))).await;

        let mapping = Question::Mapping(mapping::Request {
            inputs: vec![mapping::Input { id: None, policy: None, token: None }],
        });
        let registered = Question::Discovery(Request::Registered(Vec::new()));
        let associated = Question::Discovery(Request::Associated(Vec::new()));
        for question in [registered, associated, mapping] {
            let (id, message) = sealed(&world, &sp, &target, &question);
            let met = fault(&world, &id, &question, message).await;
            assert_eq!(met.code, "ActionNotSupported", "{question:?}");
        }
        let plain = platform::idp::policy::Policy { bootstrap: false, ..policy() };
        register(&world, [sp.registered(&world, plain, &Publishing::default())]);
        refused("no longer let in", ask(&sp, &target), ("Client", Some("ProviderIDNotValid"))).await;
        let (status, answer) = post(&world, vec![b' '; 200 * 1024]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(String::from_utf8(answer).unwrap().contains("SignatureValue"), "signed all the same");
        assert_eq!(log(&world).await.len(), before, "nothing of it is in the log");
    }
}

/// The token of a reference, as its carrier presents it.
fn carried(reference: &EndpointReference) -> idwsf::token::Token {
    reference.contexts[0].tokens[0].token().unwrap()
}
