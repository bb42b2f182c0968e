//! The attack record: every case is tried, every one must be refused, for the reason that `docs/threats.md` gives. One line
//! per case, and a last line that counts them. The controls before them show that the same messages, left alone, are taken.
//!
//! Run by `cargo test -p ssc-saml --test attack`, as a program of its own so that its lines can be read.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test without the test harness"
)]

mod agreement;
mod assertion;
mod document;
mod forge;
mod framework;
mod login;
mod meaning;
mod redirect;
mod signature;
mod stage;
mod wrapping;

#[expect(dead_code, reason = "shared with other tests")]
#[path = "../../../idwsf/tests/it/world.rs"]
mod provider;
#[path = "../receive/world.rs"]
mod world;

use std::{collections::BTreeMap, process::ExitCode};

use stage::Stage;

/// What became of a message: taken, or refused with a code.
type Outcome = Result<(), String>;

/// One attack, or one message left alone.
struct Case {
    id: String,
    attack: String,
    run: Box<dyn Fn(&Stage) -> Outcome>,
}

fn case(id: impl Into<String>, attack: impl Into<String>, run: impl Fn(&Stage) -> Outcome + 'static) -> Case {
    Case { id: id.into(), attack: attack.into(), run: Box::new(run) }
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        // What a test runner asks first.
        if !std::env::args().any(|argument| argument == "--ignored") {
            println!("record: test");
        }
        return ExitCode::SUCCESS;
    }
    let (stage, mut wrong) = (Stage::new(), 0);
    for control in stage::controls() {
        if let Err(code) = (control.run)(&stage) {
            println!("WRONG    control  {}: refused with {code}", control.attack);
            wrong += 1;
        }
    }
    let cases = cases();
    let mut expected = table();
    let (mut refused, mut seen) = (0, Vec::new());
    for Case { id, attack, run } in &cases {
        let outcome = run(&stage);
        let code = outcome.err();
        let line = format!("{id:<8} {attack}  {}", code.as_deref().unwrap_or("taken"));
        let known = expected.remove(id);
        if code.is_some() && known == code.clone().map(|code| (attack.clone(), code)) && !seen.contains(id) {
            println!("refused  {line}");
        } else {
            println!("WRONG    {line}; the table says {known:?}");
            wrong += 1;
        }
        seen.push(id.clone());
        refused += usize::from(code.is_some());
    }
    for id in expected.keys() {
        println!("WRONG    {id} is in the table, and there is no such case");
        wrong += 1;
    }
    if std::env::var_os("ATTACK_TABLE").is_some() {
        for Case { id, attack, run } in &cases {
            println!("| {id} | {attack} | {} |", run(&stage).err().unwrap_or_default());
        }
    }
    println!("{} cases, {refused} refused", cases.len());
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn cases() -> Vec<Case> {
    let groups = [
        wrapping::cases(),
        framework::cases(),
        agreement::cases(),
        signature::cases(),
        document::cases(),
        assertion::cases(),
        meaning::cases(),
        redirect::cases(),
    ];
    groups.into_iter().flatten().collect()
}

/// The rows of the record: ID, attack, code.
fn table() -> BTreeMap<String, (String, String)> {
    let page = include_str!("../../../../docs/threats.md");
    let (_, record) = page.split_once("\n## Service logins: the attack record\n").unwrap_or_default();
    let record = record.split("\n## ").next().unwrap_or_default();
    let mut rows = BTreeMap::new();
    for row in record.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [id, attack, code] = cells.as_slice() else { continue };
        if code.contains("-") && !code.contains('`') && !code.starts_with('-') {
            rows.insert((*id).to_owned(), ((*attack).to_owned(), (*code).to_owned()));
        }
    }
    rows
}
