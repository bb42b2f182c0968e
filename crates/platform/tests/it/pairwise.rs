//! What one resident is called at many providers, and what those who carry a message could learn from it.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use platform::{exchange::fetch::pseudonym, store::link::Link};
use region::Named;

use crate::{
    harness::worlds,
    node::Insurer,
    privacy::Wanted,
    provider::{Provider, register},
    wicked::Wicked,
};

#[tokio::test(flavor = "multi_thread")]
async fn no_two_providers_know_a_resident_or_two_by_one_name() {
    let world = worlds().await.swap_remove(0);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut told = |name: String, whom: String| {
        let other = names.insert(name, whom.clone());
        assert!(other.is_none(), "{whom} and {other:?} are known by one name");
    };
    let unknown = (0..5).map(|number| format!("https://institution-{number}.example/idwsf"));
    let institutions: Vec<String> =
        Insurer::ALL.iter().map(|insurer| insurer.entity().to_owned()).chain(unknown).collect();
    for (person, joining) in world.residents() {
        for (provider, generation) in institutions.iter().flat_map(|provider| [1, 2, 3].map(|one| (provider, one))) {
            let link = Link { provider: provider.clone(), generation };
            let name = pseudonym(&world.app.keys, joining.resident, &link).unwrap();
            told(name.as_str().to_owned(), format!("{} at {provider}, {generation}", person.key));
        }
    }
    let services = ["clinic", "diary", "pharmacy"].map(Provider::new);
    register(&world, &services.each_ref());
    for named in [Named::Householder, Named::Employee] {
        let holder = world.holder(named).await;
        let mut browser = world.browser().logged_in(&holder).await;
        for service in &services {
            let login = service.log_in(&world, &mut browser).await;
            told(login.name.value.to_string(), format!("{named:?} at {}", service.sp.entity));
        }
    }
    assert_eq!(names.len(), world.residents().count() * 7 * 3 + 6);
}

/// A value in every form in which it could be written, by itself or digested.
fn forms(value: &[u8]) -> Vec<Vec<u8>> {
    let digested = digest(&SHA256, value);
    let forms = [value, digested.as_ref(), &digested.as_ref()[..16]].map(|bytes| {
        // In base64 a value looks different by where it begins; its inner part does not.
        let shifted = (0..3).map(|shift| STANDARD.encode([&vec![0; shift][..], bytes].concat()).into_bytes());
        let inner = shifted.map(|text| text[4..(text.len() - 4).max(10).min(text.len())].to_vec());
        let inner = inner.filter(|form| form.len() >= 10);
        inner.chain([bytes.to_vec(), hex::encode(bytes).into_bytes(), hex::encode_upper(bytes).into_bytes()]).collect()
    });
    forms.into_iter().flat_map(|forms: Vec<Vec<u8>>| forms).filter(|form| form.len() >= 6).collect()
}

/// The identifiers that a message carries.
fn ids(message: &str) -> Vec<String> {
    let after =
        |mark: &'static str| message.split(mark).skip(1).map(|rest| rest.split(['"', '<']).next().unwrap().to_owned());
    let ids: Vec<String> = ["urn:uuid:", " ID=\"", " AssertionID=\""].into_iter().flat_map(after).collect();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_says_nothing_of_the_person_to_whoever_carries_it() {
    let world = worlds().await.swap_remove(0);
    let insurers = [0, 1].map(|place: usize| Wicked::instead_of(&world.nodes[place], &world.clock));
    for named in [Named::Changed, Named::Householder] {
        let holder = world.holder(named).await;
        let mut browser = world.browser().logged_in(&holder).await;
        for _ in 0..3 {
            browser.get("/coverage").await;
        }
        let mut hidden = Wanted::default();
        let person = &holder.person.person;
        let birth = person.birth.to_string();
        let texts = [person.name.as_str(), &person.kana, &birth].into_iter().chain(person.address.as_deref());
        let mut values: Vec<Vec<u8>> = texts.map(|text| text.as_bytes().to_vec()).collect();
        values.extend(holder.person.coverages.iter().map(|period| period.number.clone().into_bytes()));
        values.extend([holder.resident.bytes().to_vec(), holder.resident.to_string().into_bytes()]);
        values.push(holder.card.as_bytes().to_vec());
        for insurer in Insurer::ALL {
            let link = Link { provider: insurer.entity().to_owned(), generation: 1 };
            let name = pseudonym(&world.app.keys, holder.resident, &link).unwrap();
            values.extend([name.as_str().as_bytes().to_vec(), hex::decode(name.as_str()).unwrap()]);
        }
        values.iter().flat_map(|value| forms(value)).for_each(|form| hidden.add(&form));

        let mut seen = BTreeSet::new();
        let messages: Vec<_> =
            insurers.iter().flat_map(|insurer| std::mem::take(&mut *insurer.asked.lock().unwrap())).collect();
        assert!(messages.len() >= 3, "{named:?}: {} messages", messages.len());
        for message in &messages {
            assert_eq!(hidden.found_in(message), None, "{named:?}");
            let text = std::str::from_utf8(message).unwrap();
            let own: BTreeSet<String> = ids(text).into_iter().collect();
            assert!(!own.is_empty(), "{text}");
            for id in own {
                assert!(id.len() < 30 || id.as_bytes().get(14) != Some(&b'7'), "a moment is in {id}");
                assert!(seen.insert(id), "two messages about one person have an identifier in common");
            }
        }
    }
}
