//! What a thief of a database gets: nothing by which the residents of one could be found in another.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use db::{Db, params};
use platform::{consent::TEXT_VERSION, exchange::fetch::pseudonym, store::link::Link};
use region::Named;
use saml::receive::logout_request;
use web::Clock;

use crate::{
    crossing::{onward, refreshed},
    harness::{World, worlds},
    idp_backchannel::{artifact, taking_artifacts},
    node::{Insurer, PLATFORM},
    provider::register,
};

/// Residents of the region: enough of them that a column which gives persons away shows.
const RESIDENTS: u32 = 300;

/// Whole numbers below this are counts and versions; times and identifiers lie above.
const SMALL: i64 = 1_000_000_000_000;

/// What may stand in more than one database, because it says nothing about any one person.
const PUBLIC: [(&str, &str); 14] = [
    (PLATFORM, "the platform's own entity ID: configuration"),
    ("https://nhi.takamatsu.example/idwsf", "an insurer's entity ID: configuration"),
    ("https://kenpo.kakuu-denki.example/idwsf", "an insurer's entity ID: configuration"),
    ("citizen-self-view", "a purpose: one of two"),
    ("eligibility-check", "a purpose: one of two"),
    ("coverage", "a category: one of two; also a kind of file"),
    ("eligibility", "a category: one of two"),
    ("links", "a kind of file"),
    ("file", "where a link comes from: a file, or the resident's wish"),
    ("answered", "an outcome"),
    ("applied", "the state of a file that was taken"),
    ("[]", "what was unusual about a file: nothing"),
    ("command line", "who took a file: whoever has the machine"),
    ("0001_start", "a migration's name"),
];

/// Values of a database, each with the columns in which it stands.
type Values = BTreeMap<Vec<u8>, BTreeSet<String>>;

/// A region whose residents have looked and were looked at.
async fn lived_in() -> World {
    let world = World::new(db::testing::sqlite().await.unwrap(), Clock::System, RESIDENTS).await;
    let mut clerk = world.clerk().await;
    for named in Named::ALL {
        let holder = world.holder(named).await;
        let mut browser = world.browser().logged_in(&holder).await;
        browser.get("/coverage").await;
        clerk.check(&holder).await;
        browser
            .form("/consents", &[("purpose", "eligibility-check"), ("version", TEXT_VERSION), ("give", "false")])
            .await;
        browser.start().await;
    }
    world
}

/// Every value of every column of every table.
async fn values(db: &Db) -> Values {
    let mut values = Values::new();
    let tables = db.fetch_all("SELECT name FROM sqlite_master WHERE type = 'table'", params![]).await.unwrap();
    for table in tables {
        let table: String = table.get("name").unwrap();
        let sql = &*format!("SELECT name FROM pragma_table_info('{table}')").leak();
        for column in db.fetch_all(sql, params![]).await.unwrap() {
            let column: String = column.get("name").unwrap();
            let sql = &*format!("SELECT typeof({column}) AS kind, CAST({column} AS BLOB) AS value FROM {table}").leak();
            for row in db.fetch_all(sql, params![]).await.unwrap() {
                let (kind, value) = (row.get::<String>("kind").unwrap(), row.get::<Option<Vec<u8>>>("value").unwrap());
                for value in forms(&kind, value.unwrap_or_default()) {
                    values.entry(value).or_default().insert(format!("{table}.{column}"));
                }
            }
        }
    }
    values
}

/// The forms in which a value could be found again.
fn forms(kind: &str, value: Vec<u8>) -> Vec<Vec<u8>> {
    match kind {
        "blob" if !value.is_empty() => vec![hex::encode(&value).into_bytes(), value],
        "text" if !value.is_empty() => vec![value],
        "integer" if String::from_utf8(value.clone()).unwrap().parse::<i64>().unwrap() >= SMALL => vec![value],
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_of_one_database_can_be_joined_to_a_row_of_another() {
    let world = lived_in().await;
    let mut databases = vec![("relay", values(&world.app.db).await)];
    for node in &world.nodes {
        databases.push((node.insurer.service(), values(&node.database.db).await));
    }
    for (name, values) in &databases {
        assert!(values.len() > 300, "{name} holds a region's worth of values: {}", values.len());
    }
    let mut shared = Vec::new();
    for (place, (name, values)) in databases.iter().enumerate() {
        for (other, others) in &databases[place + 1..] {
            for (value, columns) in values.iter().filter(|(value, _)| others.contains_key(*value)) {
                let text = String::from_utf8_lossy(value).into_owned();
                // What the program itself says of its tables is the same at every insurer.
                let program = columns.iter().all(|column| column.starts_with("migration."));
                if !program && !PUBLIC.iter().any(|(public, _)| *public == text) {
                    shared.push(format!("{name} {columns:?} = {other} {:?}: {text}", others[value]));
                }
            }
        }
    }
    assert!(shared.is_empty(), "{}", shared.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_database_holds_a_pseudonym_as_it_travels() {
    let world = lived_in().await;
    let databases = [&world.app.db, &world.nodes[0].database.db, &world.nodes[1].database.db];
    for db in databases {
        let values = values(db).await;
        for (_, joining) in world.residents() {
            for provider in &joining.providers {
                let link = Link { provider: provider.clone(), generation: 1 };
                let pseudonym = pseudonym(&world.app.keys, joining.resident, &link).unwrap();
                assert!(!values.contains_key(pseudonym.as_str().as_bytes()));
                assert!(!values.contains_key(&hex::decode(pseudonym.as_str()).unwrap()));
            }
            let resident = joining.resident.bytes().to_vec();
            let relay = std::ptr::eq(db, &raw const world.app.db);
            assert_eq!(values.contains_key(&resident), relay, "only the relay knows its own identifiers");
            assert_eq!(values.contains_key(joining.card.as_bytes().as_slice()), relay);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_insurers_know_one_resident_under_two_names() {
    let world = worlds().await.swap_remove(0);
    let (_, joining) = world.residents().find(|(person, _)| person.named == Some(Named::Changed)).unwrap();
    let name = |insurer: Insurer, generation| {
        let link = Link { provider: insurer.entity().to_owned(), generation };
        pseudonym(&world.app.keys, joining.resident, &link).unwrap().as_str().to_owned()
    };
    assert_ne!(name(Insurer::National, 1), name(Insurer::Company, 1));
    assert_ne!(name(Insurer::National, 1), name(Insurer::National, 2), "and can be given a new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_holds_no_attribute_of_any_person() {
    let world = lived_in().await;
    world.app.db.close().await;
    let path = world.database.url.strip_prefix("sqlite:").unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes.extend(fs::read(format!("{path}-wal")).unwrap_or_default());
    let mut wanted = Wanted::default();
    wanted.add(b"citizen-self-view");
    assert!(wanted.found_in(&bytes).is_some(), "the file is the relay's");

    let mut wanted = Wanted::default();
    for (resident, _) in world.residents() {
        let person = &resident.person;
        let birth = person.birth.to_string();
        let numbers = resident.coverages.iter().map(|period| period.number.as_str());
        let known = [person.name.as_str(), &person.kana, &birth].into_iter().chain(person.address.as_deref());
        for value in known.chain(numbers) {
            wanted.add(value.as_bytes());
        }
    }
    assert_eq!(wanted.found_in(&bytes), None);
}

/// What a service has of us, in every form in which it could be found again.
fn seen(told: &BTreeSet<String>) -> BTreeSet<Vec<u8>> {
    let forms = |text: &String| {
        let bare = text.trim_start_matches('_');
        let decoded = [hex::decode(bare).ok(), STANDARD.decode(text).ok(), URL_SAFE_NO_PAD.decode(text).ok()];
        [text.clone().into_bytes(), bare.as_bytes().to_vec()].into_iter().chain(decoded.into_iter().flatten())
    };
    told.iter().flat_map(forms).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_services_are_told_joins_neither_them_nor_our_rows() {
    let world = worlds().await.swap_remove(0);
    let services = ["clinic", "diary"].map(taking_artifacts);
    register(&world, &services.each_ref());
    let mut told = [BTreeSet::new(), BTreeSet::new()];
    let mut dumps = Vec::new();
    for named in [Named::Householder, Named::Employee] {
        let holder = world.holder(named).await;
        let mut browser = world.browser().logged_in(&holder).await;
        for (service, told) in services.iter().zip(&mut told) {
            let login = service.log_in(&world, &mut browser).await;
            told.extend([login.name.value.to_string(), login.session.unwrap()]);
            let (handle, request) = artifact(&world, service, &mut browser).await;
            told.extend([handle, request.as_str().to_owned()]);
            world.wait(jiff::SignedDuration::from_mins(1));
        }
        dumps.push(values(&world.app.db).await);
        let page = browser.form("/logout", &[]).await;
        let state = page.location().unwrap().to_owned();
        let mut page = onward(&mut browser, page).await;
        // Two sessions at each: every one of them is asked about.
        while let Some(url) = refreshed(&page) {
            let (service, told) =
                services.iter().zip(&mut told).find(|(service, _)| url.starts_with(&service.sp.logout())).unwrap();
            let request = service.opened(&world, &url, logout_request);
            told.extend([request.id().as_str().to_owned(), request.relay_state().unwrap().as_str().to_owned()]);
            let next = browser.form(&state, &[("what", "skip")]).await;
            page = onward(&mut browser, next).await;
        }
        dumps.push(values(&world.app.db).await);
    }
    let columns: BTreeSet<&str> = dumps.iter().flat_map(BTreeMap::values).flatten().map(String::as_str).collect();
    for column in ["service_session.index_digest", "service_link.name_digest", "artifact.artifact", "logout.state"] {
        assert!(columns.contains(column), "{column} is looked at");
    }
    let [clinic, diary] = told.map(|told| seen(&told));
    assert!(clinic.len() > 16 && diary.len() > 16, "{} {}", clinic.len(), diary.len());
    assert!(clinic.is_disjoint(&diary), "two services have something in common");
    for value in clinic.union(&diary) {
        let found = dumps.iter().find_map(|values| values.get(value));
        assert_eq!(found, None, "a service has it, too: {}", String::from_utf8_lossy(value));
    }
}

/// Values to look for in a file, by their first bytes, so that one walk through the file finds any of them.
#[derive(Default)]
pub(crate) struct Wanted(HashMap<[u8; 5], Vec<Vec<u8>>>);

impl Wanted {
    pub(crate) fn add(&mut self, value: &[u8]) {
        self.0.entry(*value.first_chunk().unwrap()).or_default().push(value.to_owned());
    }

    /// The first of them, as far as it can be read. Digits are not found within a longer number or identifier.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Option<String> {
        let at = |place: usize| {
            let begun = self.0.get(bytes[place..].first_chunk()?)?;
            begun.iter().find(|value| bytes[place..].starts_with(value) && stands_alone(bytes, place, value))
        };
        (0..bytes.len()).find_map(at).map(|value| String::from_utf8_lossy(value).into_owned())
    }
}

fn stands_alone(bytes: &[u8], place: usize, value: &[u8]) -> bool {
    let beside = [place.checked_sub(1), Some(place + value.len())].into_iter().flatten();
    let within = beside.filter_map(|at| bytes.get(at)).any(u8::is_ascii_alphanumeric);
    !within || !value.iter().all(u8::is_ascii_digit)
}
