//! Everything is stolen, from everybody, at once: the relay's database, both insurers' databases and folders, the files beside
//! the databases, and every line that was logged. Only the key stores are not. What the thief can make of it: nothing that a
//! guess would not, and not one value of a person.
//!
//! `attack` is the thief, `planted` shows that the thief is good at it.

mod attack;
mod planted;
mod taking;

use std::{collections::BTreeSet, path::PathBuf};

use db::testing::TestDatabase;
use jiff::{SignedDuration, ToSpan as _};
use keys::{Keys, Seal};
use platform::{audit, exchange::fetch::pseudonym, store::link::Link};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use region::{Region, Resident};
use web::{Clock, clock::japan_date};

use crate::{
    harness::World,
    journal,
    node::{Insurer, Node},
    privacy::Wanted,
    wsf_asking::{joined, log_in},
};
use attack::{Cell, Clues, Score, Taken, Truth, attack};

/// Enough residents that chance is far from certainty.
const RESIDENTS: u32 = 720;

/// How many of them have looked at their records, and how many were looked at by a clinic.
const LOOKING: usize = 30;
const CHECKED: usize = 40;

/// A PIN like any other.
const PIN: &str = "482913";

/// A day in the region, with most residents known to both insurers.
async fn lived_in(database: TestDatabase) -> World {
    let clock = Clock::fixed("2026-11-22T00:00:00Z".parse().unwrap());
    let config = region::Config { seed: 1, residents: RESIDENTS, today: japan_date(clock.now()) };
    let residents = Region::new(config).unwrap().residents().map(known_to_both).collect();
    let world = World::of(database, clock, residents).await;
    world.wait(SignedDuration::from_hours(1));
    let mut chance = StdRng::seed_from_u64(7);
    let mut people: Vec<&Resident> = world.residents().map(|(person, _)| person).collect();
    people.retain(|person| !person.coverages.is_empty());
    people.shuffle(&mut chance);
    let kmix = joined(&world, "kmix");
    for person in &people[..LOOKING] {
        let holder = world.holder_of(person);
        holder.set_pin(&world.app, PIN).await;
        let mut browser = world.browser();
        assert_eq!(browser.log_in(&holder, PIN).await.body()["location"], "/menu?login");
        world.wait(SignedDuration::from_secs(chance.gen_range(5..60)));
        assert!(browser.get("/coverage").await.shows("</h2>"));
        log_in(&world, &kmix, &mut browser, true).await;
        world.wait(SignedDuration::from_millis(chance.gen_range(20_000..90_000)));
    }
    let mut clerk = world.clerk().await;
    for person in &people[LOOKING..][..CHECKED] {
        assert!(clerk.check(&world.holder_of(person)).await.shows("banner"));
        world.wait(SignedDuration::from_millis(chance.gen_range(20_000..90_000)));
    }
    world
}

/// Whoever is insured by one of the two was insured by the other before.
fn known_to_both(mut person: Resident) -> Resident {
    let [national, company] = Insurer::ALL.map(|insurer| insurer.number().parse().unwrap());
    let insurers: BTreeSet<String> = person.coverages.iter().map(|period| period.insurer.to_string()).collect();
    if let (1, Some(present)) = (insurers.len(), person.coverages.iter().min_by_key(|period| period.valid_from)) {
        let (present, mut before) = (present.clone(), present.clone());
        before.insurer = if present.insurer == national { company } else { national };
        before.symbol = Some(if before.insurer == national { "高5".to_owned() } else { "70".to_owned() });
        before.number = format!("{:07}", (u64::from(person.key) * 7_919 + 1_234_567) % 10_000_000);
        before.branch = Some("01".to_owned());
        before.valid_from = (present.valid_from - 3.years()).max(person.person.birth);
        (before.lost_on, before.valid_until, before.issued_on) = (Some(present.valid_from), None, None);
        // Whoever was born into the one has never been with the other.
        person.coverages.extend((before.valid_from < present.valid_from).then_some(before));
    }
    person
}

/// What was taken from the platform: the relay's tables, and its log of disclosures, which knows residents by another name.
async fn platform(world: &World) -> [Taken; 2] {
    let tables = taking::tables(&world.app.db, world.database.url.starts_with("postgres")).await;
    let (log, relay) = tables.into_iter().partition(|table| table.name.starts_with("audit_"));
    [Taken { party: "relay", tables: relay }, Taken { party: "log", tables: log }]
}

async fn insurer(node: &Node) -> Taken {
    Taken { party: node.insurer.service(), tables: taking::tables(&node.database.db, false).await }
}

/// Whose names these are at the relay, in its log, and at an insurer. It takes the key stores to know.
fn truth(world: &World, party: &str) -> Truth {
    let mut truth = Truth::new();
    for (person, joining) in world.residents() {
        let name = match party {
            "relay" => joining.resident.bytes().to_vec(),
            "log" => audit::subject(&world.app.keys, joining.resident).unwrap().to_vec(),
            service => {
                let node = world.nodes.iter().find(|node| node.insurer.service() == service).unwrap();
                digest(&node_keys(node), travelling(world, node.insurer, joining).as_str())
            }
        };
        truth.insert(name, person.key);
    }
    truth
}

/// The pseudonym under which the platform asks this insurer for a resident.
fn travelling(world: &World, insurer: Insurer, joining: &platform::card::issue::Joining) -> idwsf::Pseudonym {
    let link = Link { provider: insurer.entity().to_owned(), generation: 1 };
    pseudonym(&world.app.keys, joining.resident, &link).unwrap()
}

fn node_keys(node: &Node) -> Keys {
    let keys = &node.config.keys;
    Keys::open(&keys.path, &Seal::credential(keys.credential.as_ref().unwrap())).unwrap()
}

/// The name that an insurer's tables have for a pseudonym.
fn digest(keys: &Keys, pseudonym: &str) -> Vec<u8> {
    keys.hmac256("digest", "pseudonym", &[pseudonym.as_bytes()]).unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_of_everything_but_the_keys_joins_no_person_of_two_parties_better_than_chance() {
    for database in db::testing::databases().await.unwrap() {
        let world = lived_in(database).await;
        let [relay, log] = platform(&world).await;
        let [nhi, khi] = [insurer(&world.nodes[0]).await, insurer(&world.nodes[1]).await];
        let clues = |taken: &Taken| Clues::of(taken, &truth(&world, taken.party));
        let (relays, logs, nhis, khis) = (clues(&relay), clues(&log), clues(&nhi), clues(&khi));
        assert!(
            relays.shared(&nhis) > 150 && nhis.shared(&khis) > 150,
            "{} {}",
            relays.shared(&nhis),
            nhis.shared(&khis)
        );
        assert!(logs.shared(&nhis) > 30 && logs.shared(&khis) > 30, "{} {}", logs.shared(&nhis), logs.shared(&khis));
        let pairs = [(&relays, &nhis), (&relays, &khis), (&logs, &nhis), (&logs, &khis), (&nhis, &khis)];
        let scores: Vec<Score> = pairs.iter().flat_map(|(one, other)| attack(one, other)).collect();
        assert!(scores.len() > 300, "{} clues were tried", scores.len());
        let joined: Vec<&Score> = scores.iter().filter(|score| score.joins()).collect();
        assert!(joined.is_empty(), "of {} clues: {joined:#?}", scores.len());

        // The thief is no fool: with one insurer's names in a column of the other's there is no stopping.
        let planted = clues(&sharing(khi, &world));
        assert!(attack(&nhis, &planted).iter().any(|score| score.joins() && score.found > 150.0));
    }
}

/// The company's tables, if it kept beside each of its links what the city calls the person.
fn sharing(mut khi: Taken, world: &World) -> Taken {
    let (ours, theirs) = (truth(world, "khi"), truth(world, "nhi"));
    let link = khi.tables.iter_mut().find(|table| table.name == "link").unwrap();
    let pseudonym = link.columns.iter().position(|column| column == "pseudonym").unwrap();
    link.columns.push("note".to_owned());
    for row in &mut link.rows {
        let Cell::Bytes(name) = &row[pseudonym] else { panic!("a link has a pseudonym") };
        let person = ours.get(name);
        let same = theirs.iter().find(|(_, other)| Some(*other) == person);
        row.push(same.map_or(Cell::Nothing, |(name, _)| Cell::Bytes(name.clone())));
    }
    khi
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_stolen_or_logged_says_a_value_of_a_person_or_a_pseudonym() {
    let kept = journal::kept();
    let world = lived_in(db::testing::sqlite().await.unwrap()).await;
    let database = |url: &str| PathBuf::from(url.strip_prefix("sqlite:").unwrap()).parent().unwrap().to_owned();
    let mut places = Vec::new();
    for taken in platform(&world).await {
        places.push((taken.party, taking::everything(&taken, &[&database(&world.database.url)])));
    }
    for node in &world.nodes {
        let folders = [database(&node.database.url), node.config.raw_files.clone()];
        let taken = insurer(node).await;
        places.push((taken.party, taking::everything(&taken, &[&folders[0], &folders[1]])));
    }
    places.push(("every log", kept.text().into_bytes()));
    for (place, bytes) in &places {
        assert!(bytes.len() > 20_000, "{place} is looked at: {} bytes", bytes.len());
    }

    let (mut of_persons, mut of_relay) = (Wanted::default(), Wanted::default());
    for (resident, joining) in world.residents() {
        let (person, birth) = (&resident.person, resident.person.birth.to_string());
        let known = [person.name.as_str(), &person.kana, &birth].into_iter().chain(person.address.as_deref());
        let numbers = resident.coverages.iter().map(|period| period.number.as_str());
        known.chain(numbers).for_each(|value| of_persons.add(value.as_bytes()));
        for insurer in Insurer::ALL {
            let pseudonym = travelling(&world, insurer, joining);
            of_persons.add(pseudonym.as_str().as_bytes());
            of_persons.add(&hex::decode(pseudonym.as_str()).unwrap());
        }
        let id = joining.resident;
        [id.to_string(), hex::encode(id.bytes())].iter().for_each(|id| of_relay.add(id.as_bytes()));
        [&id.bytes()[..], joining.card.as_bytes()].iter().for_each(|id| of_relay.add(id));
    }
    for (place, bytes) in &places {
        assert_eq!(of_persons.found_in(bytes), None, "{place}");
        // The relay's own names for residents and cards stand in its tables, and nowhere else.
        assert!(matches!(*place, "relay" | "log") || of_relay.found_in(bytes).is_none(), "{place}");
    }
}
