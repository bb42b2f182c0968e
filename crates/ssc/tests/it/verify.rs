//! The access logs of a demonstration in which the main job ran once: verified, and not after any change.

use std::{fs, pin::pin, process::Command};

use db::{Db, Value};
use platform::{
    App, Config,
    app::key,
    audit::{
        self,
        chain::{self, Entry, Tip, Written},
    },
    store,
};

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
    assert!(text.starts_with("2 entries verified, the last is "), "{text}");

    let db = Db::open(&format!("sqlite:{}", node.join("insurer.db").display())).await.unwrap();
    let write = "UPDATE access_log SET outcome = $1 WHERE seq = $2";
    put(&db, write, Value::from("denied"), 2).await;
    db.close().await;
    let (good, text) = verify(&command);
    assert!(!good && text.contains("entry 2"), "{text}");

    for log in ["insurer.db", "insurer.db-wal", "insurer.db-shm"] {
        let _absent = fs::remove_file(node.join(log));
    }
    let (good, text) = verify(&command);
    assert!(!good && text.contains("there is no database"), "{text}");
    assert!(!node.join("insurer.db").exists(), "an empty log is not made to be verified");
}

#[tokio::test]
async fn a_log_is_verified_while_it_grows() {
    let folder = Folder::new("verify-growing");
    region::make(&folder.path("region"), region::ports());
    let config = fs::read_to_string(folder.path("region/platform/platform.toml")).unwrap();
    let app = App::open(Config::parse(&config).unwrap(), web::Clock::System).await.unwrap();

    let written = async {
        for number in 1..=ENTRIES {
            append(&app, number).await;
        }
    };
    let mut written = pin!(written);
    loop {
        tokio::select! {
            biased;
            verified = audit::verify(&app.db, &app.keys) => drop(verified.unwrap()),
            () = &mut written => break,
        }
    }
    assert_eq!(audit::verify(&app.db, &app.keys).await.unwrap().number, ENTRIES);
    app.db.close().await;
}

/// How many entries are written while the log is verified again and again.
const ENTRIES: i64 = 300;

/// Writes an entry as the platform does: together with the sealed end that it makes.
async fn append(app: &App, number: i64) {
    let written: Result<(), db::Error> = db::transaction!(app.db, |tx| {
        let previous = store::audit::head(tx).await?.map_or(chain::GENESIS, |head| head.tip.hash);
        let entry = Entry {
            number,
            at: jiff::Timestamp::UNIX_EPOCH,
            subject: [1; 32],
            actor_kind: "resident".into(),
            actor: String::new(),
            staff: None,
            category: "coverage".into(),
            purpose: "citizen-self-view".into(),
            source: "https://nhi.takamatsu.example/metadata".into(),
            outcome: "shown".into(),
            message: [2; 32],
            previous,
        };
        let hash = entry.hash();
        store::audit::insert(tx, &Written { entry, hash }).await?;
        let seal = app.keys.hmac256(key::AUDIT, "SSC audit head/1", &[&number.to_be_bytes(), &hash]).unwrap();
        store::audit::set_head(tx, &store::audit::Head { tip: Tip { number, hash }, seal }).await?;
    });
    written.unwrap();
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
