//! Everything is stolen, from everybody, at once: the relay's database, both insurers' databases and folders, the files beside
//! the databases, and every line that was logged. Only the key stores are not. What the thief can make of it: nothing that a
//! guess would not, and not one value of a person.
//!
//! `attack` is the thief, `planted` shows that the thief is good at it.

mod attack;
mod living;
mod planted;
mod taking;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use db::testing::TestDatabase;
use jiff::{SignedDuration, ToSpan as _};
use keys::{Keys, Seal};
use platform::{audit, card::issue::Joining, exchange::fetch::pseudonym, store::link::Link};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use region::{Region, Resident};
use web::{Clock, clock::japan_date};

use crate::{
    harness::World,
    journal,
    node::{Insurer, Node},
    privacy::Wanted,
    wsf_asking::joined,
};
use attack::{Cell, Clues, Score, Table, Taken, Truth, attack};

/// Enough residents that chance is far from certainty.
const RESIDENTS: u32 = 720;

/// How many of them have looked at their records, and how many were looked at by a clinic.
const LOOKING: usize = 30;
const CHECKED: usize = 40;

/// Among so many of those who have looked the insurer's clerk has ended each link, and the platform does not know yet.
const PARTED: usize = 24;

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
    let (busy, others): (Vec<&Resident>, Vec<&Resident>) = people.into_iter().partition(|person| is_of_both(person));
    living::examined(&world, &busy[..LOOKING]).await;
    for person in &busy[..LOOKING] {
        let holder = world.holder_of(person);
        holder.set_pin(&world.app, PIN).await;
        let mut browser = world.browser();
        assert_eq!(browser.log_in(&holder, PIN).await.body()["location"], "/menu?login");
        world.wait(SignedDuration::from_secs(chance.gen_range(5..60)));
        living::busy(&world, &kmix, (&holder, &mut browser), &mut chance).await;
        world.wait(SignedDuration::from_millis(chance.gen_range(20_000..90_000)));
    }
    let parted = living::parted_by_the_clerk(&world, &busy[..PARTED], &mut chance).await;
    assert!(parted > PARTED / 2, "{parted}");
    let mut clerk = world.clerk().await;
    let rest: Vec<&Resident> = busy[LOOKING..].iter().chain(&others).copied().collect();
    for person in &rest[..CHECKED] {
        assert!(clerk.check(&world.holder_of(person)).await.shows("banner"));
        world.wait(SignedDuration::from_millis(chance.gen_range(20_000..90_000)));
    }
    world
}

fn is_of_both(person: &Resident) -> bool {
    Insurer::ALL.iter().all(|insurer| person.coverages.iter().any(|one| one.insurer.to_string() == insurer.number()))
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
        let names = match party {
            "relay" => vec![joining.resident.bytes().to_vec()],
            "log" => vec![audit::subject(&world.app.keys, joining.resident).unwrap().to_vec()],
            service => {
                let node = world.nodes.iter().find(|node| node.insurer.service() == service).unwrap();
                let (keys, of) = (node_keys(node), |generation| travelling(world, node.insurer, (joining, generation)));
                GENERATIONS.map(|generation| digest(&keys, of(generation).as_str())).to_vec()
            }
        };
        truth.extend(names.into_iter().map(|name| (name, person.key)));
    }
    truth
}

/// The first link, and those of the wishes after it.
const GENERATIONS: [i64; 3] = [1, 2, 3];

/// The pseudonym under which the platform asks this insurer for a resident.
fn travelling(world: &World, insurer: Insurer, (joining, generation): (&Joining, i64)) -> idwsf::Pseudonym {
    let link = Link { provider: insurer.entity().to_owned(), generation };
    pseudonym(&world.app.keys, joining.resident, &link).unwrap()
}

pub(crate) fn node_keys(node: &Node) -> Keys {
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
        let lite = world.database.url.starts_with("sqlite");
        let [relay, log] = platform(&world).await;
        let [nhi, khi] = [insurer(&world.nodes[0]).await, insurer(&world.nodes[1]).await];
        let owed = nhi.tables.iter().find(|table| table.name == "untold_end").unwrap();
        assert!(owed.rows.len() > PARTED / 2, "what the platform is to be told is stolen, too");
        // Both sides know by nature who has parted and come back: among those, and among the others, nobody is to be told apart.
        let back: BTreeSet<u32> = persons(&relay, "linking", &world).into_iter().flatten().collect();
        assert_eq!(back.len(), LOOKING);
        let of_group = |taken: &Taken, came_back: bool| {
            let mut truth = truth(&world, taken.party);
            truth.retain(|_, person| back.contains(person) == came_back);
            Clues::of(taken, &truth)
        };
        let mut scores = Vec::new();
        for (came_back, least) in [(false, [150, 150, 15]), (true, [25, 25, 25])] {
            let [relays, logs, nhis, khis] = [&relay, &log, &nhi, &khi].map(|taken| of_group(taken, came_back));
            let shared = [relays.shared(&nhis), nhis.shared(&khis), logs.shared(&nhis).min(logs.shared(&khis))];
            assert!(shared.iter().zip(least).all(|(shared, least)| *shared >= least), "{came_back}: {shared:?}");
            let pairs = [(&relays, &nhis), (&relays, &khis), (&logs, &nhis), (&logs, &khis), (&nhis, &khis)];
            scores.extend(pairs.iter().flat_map(|(one, other)| attack(one, other)));
        }
        assert!(scores.len() > 300, "{} clues were tried", scores.len());
        let (remaining, joined): (Vec<&Score>, Vec<&Score>) =
            scores.iter().filter(|score| score.joins()).partition(|score| remains(score, lite));
        assert!(joined.is_empty(), "of {} clues: {joined:#?}", scores.len());
        let gone = ONE_BY_ONE.iter().filter(|lies| !remaining.iter().any(|score| score.clue.contains(*lies)));
        let gone: Vec<_> = gone.collect();
        assert!(gone.is_empty(), "what is said to remain is gone, so say so: {gone:?}");

        // The thief is no fool: with one party's names in a column of the other's there is no stopping, whichever table it is.
        for (table, taken, other) in [
            ("linking", &relay, "nhi"),
            ("link_end", &relay, "nhi"),
            ("grant_end", &relay, "khi"),
            ("discovery_ask", &relay, "khi"),
            ("service_consent", &relay, "nhi"),
            ("link", &khi, "nhi"),
            ("link_request", &nhi, "khi"),
            ("closed_pseudonym", &khi, "nhi"),
            ("link_case", &khi, "nhi"),
            ("link_handle", &khi, "nhi"),
            ("checkup", &khi, "nhi"),
            ("contact", &khi, "nhi"),
        ] {
            let theirs = of_group(if other == "nhi" { &nhi } else { &khi }, true);
            let planted = of_group(&sharing(taken, (table, other), &world), true);
            let scores = attack(&theirs, &planted);
            let found = scores.iter().any(|score| score.joins() && score.clue.contains("equal bytes"));
            assert!(found, "a name in {table} of {}", taken.party);
        }
        let found = attack(&of_group(&relay, true), &of_group(&timed(&khi, &relay, &world), true));
        assert!(found.iter().any(|score| score.joins() && score.clue.contains("Moment of linking.sending_until")));
    }
}

/// Rows that come one by one stand in the order in which they came, and no way is known to keep a database from that: what remains, as
/// the page of threats says. None of them has a moment, and they lie so at the insurer alone.
fn remains(score: &Score, lite: bool) -> bool {
    let told = |lies: &str| score.clue.contains(lies);
    score.clue.contains(": Order of ") && (ONE_BY_ONE.into_iter().any(told) || (!lite && told(MOVED)))
}

const ONE_BY_ONE: [&str; 4] =
    ["link_request as it lies", "link_case as it lies", "link_handle as it lies", "closed_pseudonym as it lies"];

/// PostgreSQL moves a row that is changed, so that those of contact lie there in the order in which somebody spoke.
const MOVED: &str = "contact as it lies";

/// Of each row of a table about a person, by the key stores alone: whom it is about.
fn persons(taken: &Taken, table: &str, world: &World) -> Vec<Option<u32>> {
    let truth = truth(world, taken.party);
    let link = taken.tables.iter().find(|one| one.name == "link").unwrap();
    let place = |table: &Table, name: &str| table.columns.iter().position(|column| column == name);
    let bytes = |cell: &Cell| if let Cell::Bytes(name) = cell { name.clone() } else { Vec::new() };
    // Records are of members, whom a link names.
    let mut members = Truth::new();
    if let (Some(member), Some(pseudonym)) = (place(link, "member_id"), place(link, "pseudonym")) {
        let person = |row: &Vec<Cell>| Some((bytes(&row[member]), *truth.get(&bytes(&row[pseudonym]))?));
        members.extend(link.rows.iter().filter_map(person));
    }
    let table = taken.tables.iter().find(|one| one.name == table).unwrap_or_else(|| panic!("there is no {table}"));
    let name = ["resident_id", "pseudonym", "member_id"].into_iter().find_map(|name| place(table, name)).unwrap();
    let of = |row: &Vec<Cell>| truth.get(&bytes(&row[name])).or_else(|| members.get(&bytes(&row[name]))).copied();
    table.rows.iter().map(of).collect()
}

/// A party's tables, if it kept in one of them what another party calls the person.
fn sharing(taken: &Taken, (table, other): (&str, &str), world: &World) -> Taken {
    let (persons, mut taken) = (persons(taken, table, world), taken.clone());
    assert!(persons.iter().flatten().count() >= 20, "{table} has rows of too few");
    let node = world.nodes.iter().find(|node| node.insurer.service() == other).unwrap();
    let keys = node_keys(node);
    let name = |joining| digest(&keys, travelling(world, node.insurer, (joining, 1)).as_str());
    let first: BTreeMap<u32, Vec<u8>> =
        world.residents().map(|(person, joining)| (person.key, name(joining))).collect();
    let table = taken.tables.iter_mut().find(|one| one.name == table).unwrap();
    table.columns.push("note".to_owned());
    for (row, person) in table.rows.iter_mut().zip(persons) {
        let name = person.and_then(|person| first.get(&person).cloned());
        row.push(name.map_or(Cell::Nothing, Cell::Bytes));
    }
    taken
}

/// An insurer's tables, if it kept of each request the instant of a wish that the relay keeps, a second or two later.
fn timed(taken: &Taken, relay: &Taken, world: &World) -> Taken {
    let (theirs, wishes) = (persons(relay, "linking", world), relay.tables.iter().find(|one| one.name == "linking"));
    let wishes = wishes.unwrap();
    let until = wishes.columns.iter().position(|column| column == "sending_until").unwrap();
    let mut moments = BTreeMap::new();
    for (row, person) in wishes.rows.iter().zip(theirs) {
        if let (Cell::Number(until), Some(person)) = (&row[until], person) {
            moments.insert(person, until + 1_500_000);
        }
    }
    assert!(moments.len() >= 20, "too few wishes are under way");
    let (persons, mut taken) = (persons(taken, "link_request", world), taken.clone());
    let table = taken.tables.iter_mut().find(|one| one.name == "link_request").unwrap();
    let day = table.columns.iter().position(|column| column == "day").unwrap();
    for (row, person) in table.rows.iter_mut().zip(persons) {
        row[day] = person.and_then(|person| moments.get(&person)).map_or(Cell::Nothing, |at| Cell::Number(*at));
    }
    taken
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
        for (insurer, generation) in Insurer::ALL.into_iter().flat_map(|one| GENERATIONS.map(|number| (one, number))) {
            let pseudonym = travelling(&world, insurer, (joining, generation));
            of_persons.add(pseudonym.as_str().as_bytes());
            of_persons.add(&hex::decode(pseudonym.as_str()).unwrap());
        }
        let id = joining.resident;
        [id.to_string(), hex::encode(id.bytes())].iter().for_each(|id| of_relay.add(id.as_bytes()));
        [&id.bytes()[..], joining.card.as_bytes()].iter().for_each(|id| of_relay.add(id));
    }
    // How every one of them is reached.
    [&b"@example.jp"[..], b"0878390000"].iter().for_each(|value| of_persons.add(value));
    for (place, bytes) in &places {
        assert_eq!(of_persons.found_in(bytes), None, "{place}");
        // The relay's own names for residents and cards stand in its tables, and nowhere else.
        assert!(matches!(*place, "relay" | "log") || of_relay.found_in(bytes).is_none(), "{place}");
    }
}
