//! The log of disclosures: any change of it is found, and named.

use db::{Value, params};
use futures::future::join_all;
use platform::audit::{self, Unverified, chain::Broken};
use region::Named;

use crate::harness::{World, worlds};

/// A log of 22 entries: two sources looked at eleven times, the last time by a clinic.
async fn with_log(world: &World) {
    let holder = world.holder(Named::Changed).await;
    let mut browser = world.browser().logged_in(&holder).await;
    for _ in 0..10 {
        browser.get("/coverage").await;
    }
    world.clerk().await.check(&holder).await;
    assert_eq!(verify(world).await, Ok(22));
}

/// The number of entries, or which one is named as broken.
async fn verify(world: &World) -> Result<i64, i64> {
    match audit::verify(&world.app.db, &world.app.keys).await {
        Ok(tip) => Ok(tip.number),
        Err(Unverified::Broken(broken)) => Err(match broken {
            Broken::Missing { expected, .. } => expected,
            Broken::Changed { number }
            | Broken::Detached { number }
            | Broken::Unreadable { number }
            | Broken::End { number }
            | Broken::Seal { number } => number,
        }),
        Err(other) => panic!("names no entry: {other}"),
    }
}

/// The columns of an entry and what they hold.
const INTEGERS: [&str; 2] = ["number", "at"];
const TEXTS: [&str; 6] = ["actor_kind", "actor", "category", "purpose", "source", "outcome"];
const BYTES: [&str; 5] = ["subject", "staff", "message", "previous", "hash"];

/// The value with its first, middle and last byte changed; where there is none, one put there.
fn changes(value: &Value) -> Vec<Value> {
    match value {
        // The second highest bit of a byte, so that an entry's number does not become another's.
        Value::Int(value) => [0, 24, 56].map(|place| Value::Int(value.map(|value| value ^ (0x40 << place)))).to_vec(),
        Value::Text(Some(text)) if !text.is_empty() => {
            let changed = |bytes: Vec<u8>| Value::Text(Some(String::from_utf8(bytes).unwrap()));
            bytewise(text.as_bytes()).into_iter().map(changed).collect()
        }
        Value::Text(_) => vec![Value::from("x")],
        Value::Bytes(Some(bytes)) => bytewise(bytes).into_iter().map(|bytes| Value::Bytes(Some(bytes))).collect(),
        Value::Bytes(None) => vec![Value::from([0; 16])],
    }
}

fn bytewise(bytes: &[u8]) -> Vec<Vec<u8>> {
    let flipped = |place: usize| {
        let mut bytes = bytes.to_vec();
        bytes[place] ^= 1;
        bytes
    };
    [0, bytes.len() / 2, bytes.len() - 1].map(flipped).to_vec()
}

async fn read(world: &World, column: &str, number: i64) -> Value {
    let sql = &*format!("SELECT {column} AS value FROM audit_entry WHERE number = $1").leak();
    let row = world.app.db.fetch_one(sql, params![number]).await.unwrap();
    if INTEGERS.contains(&column) {
        Value::Int(row.get("value").unwrap())
    } else if TEXTS.contains(&column) {
        Value::Text(row.get("value").unwrap())
    } else {
        Value::Bytes(row.get("value").unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_any_column_is_found_and_its_entry_named() {
    for world in worlds().await {
        with_log(&world).await;
        for column in INTEGERS.into_iter().chain(TEXTS).chain(BYTES) {
            let sql = &*format!("UPDATE audit_entry SET {column} = $1 WHERE number = $2").leak();
            for number in 1..=22 {
                let original = read(&world, column, number).await;
                for change in changes(&original) {
                    let now = match &change {
                        Value::Int(Some(moved)) if column == "number" => *moved,
                        _ => number,
                    };
                    assert!(world.tamper(sql, vec![change, number.into()]).await);
                    assert_eq!(verify(&world).await, Err(number), "{column} of entry {number}");
                    assert!(world.tamper(sql, vec![original.clone(), now.into()]).await);
                }
            }
        }
        assert_eq!(verify(&world).await, Ok(22), "everything is as it was");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_added_removed_or_moved_is_found() {
    for world in worlds().await {
        with_log(&world).await;
        world.tamper("CREATE TABLE kept AS SELECT * FROM audit_entry", vec![]).await;
        let tricks: [(&str, &[&'static str], i64); 6] = [
            ("the end cut off", &["DELETE FROM audit_entry WHERE number > 20"], 20),
            ("everything removed", &["DELETE FROM audit_entry"], 0),
            ("the first removed", &["DELETE FROM audit_entry WHERE number = 1"], 1),
            ("the middle removed", &["DELETE FROM audit_entry WHERE number = 11"], 11),
            (
                "the middle removed and the gap closed",
                &[
                    "DELETE FROM audit_entry WHERE number = 11",
                    "UPDATE audit_entry SET number = -number WHERE number > 11",
                    "UPDATE audit_entry SET number = -number - 1 WHERE number < 0",
                ],
                11,
            ),
            (
                "two exchanged",
                &[
                    "UPDATE audit_entry SET number = -7 WHERE number = 7",
                    "UPDATE audit_entry SET number = 7 WHERE number = 8",
                    "UPDATE audit_entry SET number = 8 WHERE number = -7",
                ],
                7,
            ),
        ];
        for (name, statements, named) in tricks {
            for sql in statements {
                world.tamper(sql, vec![]).await;
            }
            assert_eq!(verify(&world).await, Err(named), "{name}");
            world.tamper("DELETE FROM audit_entry", vec![]).await;
            world.tamper("INSERT INTO audit_entry SELECT * FROM kept", vec![]).await;
            assert_eq!(verify(&world).await, Ok(22));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_log_cannot_be_moved_without_the_key() {
    for world in worlds().await {
        with_log(&world).await;
        // Whoever has the database alone cuts the log and makes its end fit.
        world.tamper("CREATE TABLE cut AS SELECT * FROM audit_entry WHERE number > 20", vec![]).await;
        world.tamper("DELETE FROM audit_entry WHERE number > 20", vec![]).await;
        let fit = "UPDATE audit_head SET number = 20, hash = (SELECT hash FROM audit_entry WHERE number = 20)";
        world.tamper(fit, vec![]).await;
        assert_eq!(verify(&world).await, Err(20));
        world.tamper("DELETE FROM audit_head", vec![]).await;
        assert_eq!(verify(&world).await, Err(20), "no end at all");
        world.tamper("DELETE FROM audit_entry", vec![]).await;
        world
            .tamper(
                "INSERT INTO audit_head (id, number, hash, seal) SELECT 1, 0, hash, hash FROM cut WHERE number = 21",
                vec![],
            )
            .await;
        assert_eq!(verify(&world).await, Err(0), "an empty log under a made-up end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_end_was_moved_is_not_continued_and_nothing_is_shown() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        for _ in 0..2 {
            assert!(browser.get("/coverage").await.shows(&holder.person.person.name));
        }
        // Sealing the next entry after a cut would make the cut look right.
        world.tamper("DELETE FROM audit_entry WHERE number = 2", vec![]).await;
        let fit = "UPDATE audit_head SET number = 1, hash = (SELECT hash FROM audit_entry WHERE number = 1)";
        world.tamper(fit, vec![]).await;
        assert!(!browser.get("/coverage").await.shows(&holder.person.person.name));
        world.tamper("DELETE FROM audit_head", vec![]).await;
        assert!(!browser.get("/coverage").await.shows(&holder.person.person.name));
        assert!(verify(&world).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_at_the_same_time_stand_in_one_chain() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let browser = world.browser().logged_in(&holder).await;
        let looks = (0..12).map(|_| {
            let mut browser = browser.clone();
            async move { browser.get("/coverage").await.status.is_success() }
        });
        assert!(join_all(looks).await.into_iter().all(|shown| shown));
        assert_eq!(verify(&world).await, Ok(24), "two sources a look, none lost and none twice");
    }
}
