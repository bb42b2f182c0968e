//! Which services a question finds, and for whom.

use std::cell::Cell;

use idwsf::MECHANISM;
use idwsf::disco::{Permission, Query, RequestedService, Results, ServiceMetadata};
use idwsf::dst::{Code, Status};
use idwsf::epr::Options;

use crate::disco::stage::{HOLDER_OF_KEY, KHI, NHI, employees, entity, failed, insurance, registry, token, uri};
use crate::world::{World, after};

fn held() -> [ServiceMetadata; 2] {
    [insurance(), employees()]
}

fn query(change: impl FnOnce(&mut RequestedService)) -> Query {
    let mut wanted = RequestedService::default();
    change(&mut wanted);
    Query { wanted: vec![wanted] }
}

/// The names of what is found, if everybody may.
fn found(held: &[ServiceMetadata], query: &Query) -> Vec<String> {
    let found = registry(held).find(query, |_| Permission::Granted);
    let expected = if found.matches.is_empty() { failed(Code::NO_RESULTS, None) } else { Status::OK };
    assert_eq!(found.status, expected);
    found.matches.iter().map(|found| found.metadata.provider.to_string()).collect()
}

#[test]
fn each_criterion_decides_alone() {
    let first = ["https://nhi.takamatsu.example/metadata".to_owned()];
    let criteria: [(&str, Query); 6] = [
        ("service type", query(|wanted| wanted.service_types = vec![uri("urn:x:other"), uri(NHI)])),
        ("provider", query(|wanted| wanted.providers = vec![entity("urn:x:other"), insurance().provider])),
        ("options", query(|wanted| wanted.options = vec![Options(vec![uri("urn:x:checkups")])])),
        ("action", query(|wanted| wanted.actions = vec![uri(&format!("{NHI}:Modify"))])),
        ("mechanism", query(|wanted| wanted.mechanisms = vec![uri(HOLDER_OF_KEY)])),
        ("framework", query(|wanted| wanted.frameworks = vec!["1.2".to_owned()])),
    ];
    for (name, query) in criteria {
        let mut held = held();
        for other in &mut held[1..] {
            other.services[0].endpoints[0].mechanisms = vec![uri(MECHANISM)];
        }
        if name == "framework" {
            held[0].services[0].endpoints[0].frameworks = vec!["1.2".to_owned(), "2.0".to_owned()];
        }
        assert_eq!(found(&held, &query), first, "{name}");
    }
}

#[test]
fn a_criterion_that_nothing_meets_finds_nothing() {
    for (name, query) in [
        ("service type", query(|wanted| wanted.service_types = vec![uri("urn:x:other")])),
        ("provider", query(|wanted| wanted.providers = vec![entity("urn:x:other")])),
        ("options", query(|wanted| wanted.options = vec![Options(vec![uri("urn:x:other")])])),
        ("mechanism", query(|wanted| wanted.mechanisms = vec![uri("urn:liberty:security:2003-08:null:null")])),
        ("framework", query(|wanted| wanted.frameworks = vec!["1.1".to_owned()])),
        ("action", query(|wanted| wanted.actions = vec![uri("urn:x:other:Query")])),
    ] {
        assert_eq!(found(&held(), &query), [""; 0], "{name}");
    }
}

#[test]
fn all_criteria_must_be_met_by_one_service() {
    let both = query(|wanted| {
        wanted.service_types = vec![uri(NHI)];
        wanted.providers = vec![employees().provider];
    });
    assert_eq!(found(&held(), &both), [""; 0]);
    let full = query(|wanted| {
        wanted.service_types = vec![uri(NHI)];
        wanted.providers = vec![insurance().provider];
        wanted.options = insurance().services[0].options.clone();
        wanted.mechanisms = vec![uri(MECHANISM)];
        wanted.frameworks = vec!["2.0".to_owned()];
        wanted.actions = vec![uri(&format!("{NHI}:Query"))];
    });
    assert_eq!(found(&held(), &full).len(), 1);
}

#[test]
fn a_question_without_criteria_finds_all() {
    assert_eq!(found(&held(), &Query::default()).len(), 2);
    assert_eq!(found(&held(), &query(|_| ())).len(), 2);
}

#[test]
fn one_set_of_options_must_be_offered_as_a_whole() {
    let sets = |sets: &[&[&str]]| {
        let options = |set: &&[&str]| Options(set.iter().map(|option| uri(option)).collect());
        query(|wanted| wanted.options = sets.iter().map(options).collect())
    };
    assert_eq!(found(&held(), &sets(&[&["urn:x:eligibility", "urn:x:checkups"]])).len(), 1);
    assert_eq!(found(&held(), &sets(&[&["urn:x:eligibility", "urn:x:other"]])).len(), 0);
    assert_eq!(found(&held(), &sets(&[&["urn:x:other"], &["urn:x:checkups"]])).len(), 1);
    let mut apart = held();
    apart[0].services[0].options = vec![Options(vec![uri("urn:x:eligibility")]), Options(vec![uri("urn:x:checkups")])];
    assert_eq!(found(&apart, &sets(&[&["urn:x:eligibility", "urn:x:checkups"]])).len(), 1);
}

#[test]
fn without_a_framework_wanted_it_is_that_of_the_question() {
    let mut held = held();
    held[0].services[0].endpoints[0].frameworks = vec!["1.1".to_owned()];
    assert_eq!(found(&held, &Query::default()), ["https://khi.example/metadata"]);
}

#[test]
fn best_and_only_one_are_the_first_by_rank() {
    for results in [Results::Best, Results::OnlyOne] {
        let one = query(|wanted| wanted.results = Some(results));
        assert_eq!(found(&held(), &one), ["https://nhi.takamatsu.example/metadata"]);
        assert_eq!(found(&[employees(), insurance()], &one), ["https://khi.example/metadata"]);
    }
    assert_eq!(found(&held(), &query(|wanted| wanted.results = Some(Results::All))).len(), 2);
}

#[test]
fn the_best_is_the_best_of_those_that_are_permitted() {
    let held = held();
    let one = query(|wanted| wanted.results = Some(Results::Best));
    let found = registry(&held).find(&one, |metadata| match metadata.provider == employees().provider {
        true => Permission::Granted,
        false => Permission::Hidden,
    });
    assert_eq!(found.matches[0].metadata, &held[1]);
}

#[test]
fn a_mechanism_that_no_token_is_made_for_is_not_offered() {
    let mut held = held();
    let unspoken = uri("urn:liberty:security:2003-08:null:null");
    held[0].services[0].endpoints[0].mechanisms.insert(0, unspoken.clone());
    let asked = query(|wanted| wanted.mechanisms = vec![unspoken.clone()]);
    assert_eq!(found(&held, &asked), [""; 0]);
    let found = registry(&held).find(&Query::default(), |_| Permission::Granted);
    assert_eq!(found.matches[0].mechanisms, [&uri(MECHANISM), &uri(HOLDER_OF_KEY)]);
}

#[test]
fn a_service_that_names_no_action_has_all() {
    let mut held = held();
    held[0].services[0].endpoints[0].actions.clear();
    assert_eq!(found(&held, &query(|wanted| wanted.actions = vec![uri(&format!("{NHI}:Delete"))])).len(), 1);
}

#[test]
fn each_place_of_a_service_is_found() {
    let mut held = held();
    held[0].services[0].endpoints[0].addresses.push(uri("https://nhi2.takamatsu.example/dst"));
    let found = registry(&held).find(&query(|wanted| wanted.service_types = vec![uri(NHI)]), |_| Permission::Granted);
    let places: Vec<&str> = found.matches.iter().map(|found| found.address.as_str()).collect();
    assert_eq!(places, ["https://nhi.takamatsu.example/idwsf/dst", "https://nhi2.takamatsu.example/dst"]);
}

#[test]
fn a_service_that_two_criteria_find_is_answered_once() {
    let wanted = || RequestedService { service_types: vec![uri(NHI)], ..RequestedService::default() };
    assert_eq!(found(&held(), &Query { wanted: vec![wanted(), wanted()] }).len(), 1);
    let other = RequestedService { service_types: vec![uri(KHI)], ..RequestedService::default() };
    assert_eq!(found(&held(), &Query { wanted: vec![wanted(), other] }).len(), 2);
}

#[test]
fn what_is_hidden_looks_as_if_it_were_not_there() {
    let held = held();
    let hidden = registry(&held).find(&Query::default(), |_| Permission::Hidden);
    let absent = registry(&[]).find(&Query::default(), |_| Permission::Granted);
    assert_eq!(hidden, absent);
    assert_eq!(hidden.status, failed(Code::NO_RESULTS, None));
}

#[test]
fn what_may_be_known_and_not_used_is_forbidden() {
    let held = held();
    let found = registry(&held).find(&Query::default(), |_| Permission::Refused);
    assert_eq!((found.status, found.matches.len()), (failed(Code::FORBIDDEN, None), 0));
    let some = registry(&held).find(&Query::default(), |metadata| match metadata.provider == employees().provider {
        true => Permission::Granted,
        false => Permission::Refused,
    });
    assert_eq!((some.status, some.matches.len()), (Status::OK, 1));
}

#[test]
fn the_policy_is_asked_of_what_fits_alone() {
    let held = held();
    let asked = Cell::new(0);
    let one = query(|wanted| wanted.service_types = vec![uri(KHI)]);
    registry(&held).find(&one, |metadata| {
        assert_eq!(metadata.provider, employees().provider);
        asked.set(asked.get() + 1);
        Permission::Refused
    });
    assert_eq!(asked.get(), 1);
}

#[test]
fn one_question_makes_no_more_than_32_tokens() {
    let mut held = held();
    let address = |number| uri(&format!("https://nhi.takamatsu.example/{number}"));
    held[0].services[0].endpoints[0].addresses = (0..40).map(address).collect();
    assert_eq!(found(&held, &Query::default()).len(), 32);
}

#[test]
fn a_reference_says_what_both_sides_know() {
    let held = held();
    let asked = query(|wanted| {
        wanted.mechanisms = vec![uri(MECHANISM), uri("urn:liberty:security:2005-02:TLS:X509")];
        wanted.actions = vec![uri(&format!("{NHI}:Query"))];
    });
    let found = registry(&held).find(&asked, |_| Permission::Granted);
    let token = token(&World::new());
    let reference = found.matches[0].reference(&token, after(600));
    assert_eq!(reference.address.as_str(), "https://nhi.takamatsu.example/idwsf/dst");
    assert_eq!((reference.provider, reference.service_types), (insurance().provider, vec![uri(NHI)]));
    assert_eq!((reference.frameworks, reference.expires), (vec!["2.0".to_owned()], Some(after(600))));
    assert_eq!((reference.name, reference.options), (Some(insurance().name), insurance().services[0].options.clone()));
    assert_eq!(reference.actions, [uri(&format!("{NHI}:Query"))]);
    assert_eq!(reference.contexts.len(), 1);
    assert_eq!(reference.contexts[0].mechanisms, [uri(MECHANISM)]);
    assert!(reference.contexts[0].tokens[0].token() == Some(token));
}
