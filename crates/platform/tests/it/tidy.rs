//! The source tree keeps the house's rules: who imports whom, where SQL stands, names and sizes.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const LINES_MAX: usize = 400;

/// Names that say nothing about what is inside. A `service` is somebody who logs residents in (SAML 2.0), and nothing else.
const NAMELESS: [&str; 7] = ["utils", "helpers", "common", "core", "manager", "handler", "impl"];

/// Crates that implement a standard or a device, and what none of them may know.
const PURE: [&str; 7] = ["xml", "saml", "idwsf", "card", "health", "person", "keys"];
const IMPURE: [&str; 12] =
    ["db", "web", "platform", "insurer", "agent", "region", "ssc", "axum", "tokio", "sqlx", "reqwest", "rustls"];

/// What runs, and whom it meets only on the wire.
const ROLES: [(&str, &[&str]); 5] = [
    ("platform", &["insurer", "agent", "region"]),
    ("insurer", &["platform", "agent", "region", "card"]),
    ("agent", &["platform", "insurer", "region", "db", "keys"]),
    ("db", &["web", "platform", "insurer", "agent", "region"]),
    ("web", &["db", "platform", "insurer", "agent", "region"]),
];

/// A room of the platform, and the rooms above it, which it may not import.
const ABOVE: [(&str, &[&str]); 10] = [
    ("store", &["app", "page", "session", "exchange", "consent", "resident", "clinic", "office", "routes", "wording"]),
    ("card", &["page", "session", "resident", "clinic", "office", "routes", "wording"]),
    ("consent", &["page", "session", "resident", "clinic", "office", "routes", "wording"]),
    ("exchange", &["page", "session", "resident", "clinic", "office", "routes", "wording"]),
    ("audit", &["page", "session", "resident", "clinic", "office", "routes", "wording"]),
    ("session", &["page", "resident", "clinic", "office", "routes", "wording"]),
    ("resident", &["clinic", "routes"]),
    ("clinic", &["office", "routes"]),
    ("staff", &["resident", "clinic", "office", "routes"]),
    ("office", &["clinic", "staff", "routes"]),
];

fn crates() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file of ours below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let rust = files(folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| (path.clone(), fs::read_to_string(&path).unwrap())).collect()
}

/// A source without its comments.
fn code(source: &str) -> String {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The names in a crate's `[dependencies]`.
fn dependencies(of: &str) -> BTreeSet<String> {
    let manifest: toml::Table = fs::read_to_string(crates().join(of).join("Cargo.toml")).unwrap().parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().cloned().collect()
}

/// The rooms of its own crate that a source names: `crate::a`, `crate::{a, b::c}`.
fn rooms(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for after in source.split("crate::").skip(1) {
        let in_group = i32::from(after.starts_with('{'));
        let (mut depth, mut first, mut word) = (0, true, String::new());
        for letter in after.chars() {
            if letter.is_alphanumeric() || letter == '_' {
                word.push(letter);
                continue;
            }
            let name = std::mem::take(&mut word);
            if first && depth == in_group && !name.is_empty() {
                found.insert(name);
                first = false;
            }
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' => first |= depth == 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[test]
fn standards_know_no_web_server_and_no_database() {
    for of in PURE {
        let all = dependencies(of);
        assert!(!IMPURE.iter().any(|name| all.contains(*name)), "{of} depends on {all:?}");
    }
    for (of, never) in ROLES {
        let all = dependencies(of);
        assert!(!never.iter().any(|name| all.contains(*name)), "{of} depends on {all:?}");
    }
}

#[test]
fn imports_point_one_way() {
    assert_eq!(
        rooms("use crate::{a, b::{c, d}, e};\ncrate::f::g()"),
        BTreeSet::from(["a", "b", "e", "f"].map(String::from))
    );
    for (room, above) in ABOVE {
        for (path, source) in sources(&crates().join("platform/src").join(room)) {
            let rooms = rooms(&code(&source));
            let wrong: Vec<_> = above.iter().filter(|name| rooms.contains(**name)).collect();
            assert!(wrong.is_empty(), "{} imports {wrong:?}", path.display());
        }
    }
}

#[test]
fn sql_stands_in_the_store() {
    for of in ["platform", "insurer", "agent", "web", "region", "ssc"] {
        for (path, source) in sources(&crates().join(of).join("src")) {
            let stored = path.components().any(|part| part.as_os_str() == "store");
            for line in code(&source).lines() {
                // Whoever only asks whether the database answers names no table.
                let line = line.replace("\"SELECT 1 ", "");
                let sql = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"CREATE TABLE "];
                assert!(stored || !sql.iter().any(|word| line.contains(word)), "{}: {line}", path.display());
            }
        }
    }
}

#[test]
fn files_are_short_and_named_after_what_is_inside() {
    for path in files(crates()) {
        for part in path.strip_prefix(crates()).unwrap().components() {
            let name = Path::new(part.as_os_str()).file_stem().unwrap().to_str().unwrap();
            assert!(!NAMELESS.contains(&name), "{}", path.display());
        }
    }
    for (path, source) in sources(crates()) {
        assert!(source.lines().count() <= LINES_MAX, "{} has more than {LINES_MAX} lines", path.display());
    }
}

#[test]
fn nothing_is_left_for_later_or_silenced() {
    let words = [concat!("#[al", "low("), concat!("to", "do!("), concat!("unimple", "mented!("), "#[ignore"];
    for (path, source) in sources(crates()) {
        if path.ends_with("tidy.rs") {
            continue;
        }
        for line in source.lines() {
            assert!(!words.iter().any(|word| line.contains(word)), "{}: {line}", path.display());
            let later = line.contains(concat!("TO", "DO")) && !line.contains(concat!("TO", "DO(#"));
            assert!(!later, "{}: a plan without an issue's number: {line}", path.display());
        }
    }
}
