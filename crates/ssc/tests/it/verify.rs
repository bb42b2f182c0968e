//! The access logs of a demonstration in which the main job ran once: verified, and not after any change.

use std::process::Command;

use db::{Db, Value};

use crate::region::{self, Folder, SSC, said};

/// A column of `audit_entry`, and the statement that puts another value into it.
struct Column {
    name: &'static str,
    write: &'static str,
}

macro_rules! columns {
    ($($name:literal)+) => {
        [$(Column { name: $name, write: concat!("UPDATE audit_entry SET ", $name, " = $1 WHERE number = $2") }),+]
    };
}

const TEXTS: [Column; 6] = columns!("actor_kind" "actor" "category" "purpose" "source" "outcome");
const BYTES: [Column; 5] = columns!("subject" "staff" "message" "previous" "hash");
const NUMBERS: [Column; 2] = columns!("at" "number");

#[tokio::test]
async fn a_log_is_verified_until_one_byte_of_it_is_another() {
    let folder = used_region("verify");
    let config = folder.path("region/platform/platform.toml");
    let command = ["verify", "--config", config.to_str().unwrap()];
    let db = Db::open(&format!("sqlite:{}", folder.path("region/platform/relay.db").display())).await.unwrap();
    let (good, text) = verify(&command);
    assert!(good, "{text}");
    assert!(text.starts_with("2 entries verified, the last is "), "{text}");

    let looked = "SELECT * FROM audit_entry WHERE actor_kind = 'institution'";
    let entry = db.fetch_one(looked, db::params![]).await.unwrap();
    let number: i64 = entry.get("number").unwrap();
    let mut changes = Vec::new();
    for column in TEXTS {
        let text: String = entry.get(column.name).unwrap();
        changes.push((column, Value::from(text.as_str()), Value::from(another_letter(&text).as_str())));
    }
    for column in BYTES {
        let bytes: Vec<u8> = entry.get(column.name).unwrap();
        changes.push((column, Value::from(bytes.clone()), Value::from(another_byte(&bytes))));
    }
    for column in NUMBERS {
        let value: i64 = entry.get(column.name).unwrap();
        changes.push((column, Value::from(value), Value::from(value ^ 0x100)));
    }

    for (column, was, becomes) in changes {
        let moved = if column.name == "number" { number ^ 0x100 } else { number };
        put(&db, column.write, becomes, number).await;
        let (good, text) = verify(&command);
        assert!(!good, "nobody notices that {} is another: {text}", column.name);
        assert!(text.contains(&format!("entry {number}")), "{} changed: {text}", column.name);
        put(&db, column.write, was, moved).await;
    }
    let (good, text) = verify(&command);
    assert!(good, "as it was: {text}");
    db.close().await;
}

#[tokio::test]
async fn an_insurers_own_log_is_verified_until_an_entry_is_another() {
    let folder = used_region("verify-insurer");
    let node = folder.path("region/insurers/370015");
    let config = node.join("insurer.toml");
    let command = ["insurer", "--config", config.to_str().unwrap(), "verify"];
    let (good, text) = verify(&command);
    assert!(good, "{text}");
    assert_eq!(text.trim(), "2 entries verified");

    let db = Db::open(&format!("sqlite:{}", node.join("insurer.db").display())).await.unwrap();
    let write = "UPDATE access_log SET outcome = $1 WHERE seq = $2";
    put(&db, write, Value::from("denied"), 2).await;
    db.close().await;
    let (good, text) = verify(&command);
    assert!(!good && text.contains("entry 2"), "{text}");
}

/// A region in which a resident and a clinic have looked.
fn used_region(name: &str) -> Folder {
    let folder = Folder::new(name);
    let checked = region::demo(&folder.path("region"), region::ports()).args(["--check", "--in-process"]).output();
    let checked = checked.unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
    folder
}

/// Whether a log is verified, and what is said about it.
fn verify(command: &[&str]) -> (bool, String) {
    let output = Command::new(SSC).args(command).output().unwrap();
    (output.status.success(), said(&output))
}

async fn put(db: &Db, write: &'static str, value: Value, number: i64) {
    let rows: Result<u64, db::Error> =
        db::transaction!(db, |tx| { tx.execute(write, vec![value.clone(), Value::from(number)]).await? });
    assert_eq!(rows.unwrap(), 1);
}

/// Another last letter, as one flipped bit makes it.
fn another_letter(text: &str) -> String {
    String::from_utf8(another_byte(text.as_bytes())).unwrap()
}

fn another_byte(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}
