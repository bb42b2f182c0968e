//! `ssc demo`: its main job, its end, and what it says when it cannot start.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, geteuid},
};

use crate::region::{self, Folder, said};

/// How long processes may take to be gone after their demonstration.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// The steps of the main job, in their order.
const STEPS: [&str; 11] = [
    "the card is put on the reader at home",
    "the portal asks for a card, the agent opens its window",
    "the PIN is typed in the agent's window, the card proves itself to the agent",
    "the portal knows the card, the card opens to the portal",
    "the PIN is proved without being sent, the menu opens",
    "the insurer's node answers: the coverage page shows the resident's record",
    "the clerk logs in at the clinic",
    "the desk's reader agent is paired with the clinic portal",
    "the card is put on the desk's reader: the eligibility screen says valid",
    "the resident sees both looks",
    "ready after",
];

#[test]
fn the_main_job_runs_once_through_and_every_step_is_printed() {
    let folder = Folder::new("check");
    let port = region::ports();
    for private_service in [true, false] {
        let mut check = region::demo(&folder.path("region"), port);
        check.arg("--check").args((!private_service).then_some("--in-process"));
        let checked = check.output().unwrap();
        let text = said(&checked);
        assert!(checked.status.success(), "{text}");
        for step in STEPS {
            assert!(text.contains(step), "{step} is not printed:\n{text}");
        }
        let told = text.contains("readers     in this process");
        assert_eq!(told, !(private_service && pcsc_can_be_private()), "{text}");
        all_gone(&folder);
    }
}

#[test]
fn a_region_keeps_its_size() {
    let folder = Folder::new("size");
    let (dir, port) = (folder.path("region"), region::ports());
    region::make(&dir, port);
    let again = |residents: &[&str]| {
        let mut command = Command::new(region::SSC);
        command.args(["demo", "--set-up-only", "--port", &port.to_string(), "--dir"]).arg(&dir).args(residents);
        command.output().unwrap()
    };

    let (unsaid, same, other) = (again(&[]), again(&["--residents", "40"]), again(&["--residents", "5000"]));

    assert!(unsaid.status.success() && same.status.success(), "{}{}", said(&unsaid), said(&same));
    assert!(!other.status.success() && said(&other).contains("was made with 40 residents"), "{}", said(&other));
}

#[test]
fn ctrl_c_ends_every_process() {
    let folder = Folder::new("ctrl-c");
    let mut demo = started(&folder);
    assert!(belonging_to(&folder).len() >= 4, "platform, two insurers and the demonstration itself");
    signal(&demo, Signal::SIGINT);
    assert!(demo.wait().unwrap().success());
    all_gone(&folder);
}

#[test]
fn no_process_outlives_a_demonstration_that_was_killed() {
    let folder = Folder::new("kill");
    let mut demo = started(&folder);
    signal(&demo, Signal::SIGKILL);
    demo.wait().unwrap();
    all_gone(&folder);
}

#[test]
fn a_demonstration_that_cannot_start_says_why_and_leaves_nothing_running() {
    let folder = Folder::new("refused");
    let (dir, port) = (folder.path("region"), region::ports());
    region::make(&dir, port);

    // In the order of the start, so that no port was another's a moment ago.
    for taken in [port + 10, port + 11, port, port + 16] {
        let held = TcpListener::bind(("127.0.0.1", taken)).unwrap();
        let text = refused(region::demo(&dir, port).arg("--check"));
        drop(held);
        assert!(text.contains(&format!("port {taken} is taken")), "{text}");
        all_gone(&folder);
    }

    let text = refused(region::demo(&dir, port + 24).arg("--check"));
    assert!(text.contains(&format!("start it with --port {port}")), "{text}");

    let family = folder.path("photos");
    fs::create_dir(&family).unwrap();
    fs::write(family.join("wedding.jpeg"), "never to be lost").unwrap();
    let text = refused(region::demo(&family, port).arg("--check"));
    assert!(text.contains("holds other things than a demonstration"), "{text}");
    assert!(family.join("wedding.jpeg").exists());

    fs::write(dir.join("people.json"), "{ \"residents\": ").unwrap();
    let text = refused(region::demo(&dir, port).arg("--check"));
    assert!(text.contains("people.json is not readable: remove the folder"), "{text}");
}

#[tokio::test]
async fn a_region_of_another_version_is_refused_with_what_to_do() {
    let folder = Folder::new("older");
    let (dir, port) = (folder.path("region"), region::ports());
    region::make(&dir, port);
    let refused_as_older = |what: &str| {
        let text = refused(region::demo(&dir, port).arg("--check"));
        let line = format!(
            "the region in {} was made by another version of ssc, or was edited: remove the folder",
            dir.display()
        );
        assert!(text.contains(&line), "{what}: {text}");
        all_gone(&folder);
    };

    for tables in ["platform/relay.db", "insurers/370015/insurer.db"] {
        let db = db::Db::open(&format!("sqlite:{}", dir.join(tables).display())).await.unwrap();
        run(&db, "UPDATE migration SET sql = '-- ' || sql WHERE name LIKE '0001%'").await;
        refused_as_older(tables);
        run(&db, "UPDATE migration SET sql = substr(sql, 4) WHERE name LIKE '0001%'").await;
        db.close().await;
    }
    for (file, now, then) in
        [("platform/platform.toml", "demo_login", "demonstration"), ("people.json", "\"operator\"", "\"chief\"")]
    {
        let text = fs::read_to_string(dir.join(file)).unwrap();
        fs::write(dir.join(file), text.replace(now, then)).unwrap();
        refused_as_older(file);
        fs::write(dir.join(file), text).unwrap();
    }
    let checked = region::demo(&dir, port).arg("--check").output().unwrap();
    assert!(checked.status.success(), "it is itself again: {}", said(&checked));
}

async fn run(db: &db::Db, sql: &'static str) {
    let changed = db::transaction!(db, |tx| { tx.execute(sql, vec![]).await? }).unwrap();
    assert_eq!(changed, 1, "{sql}");
}

/// Starts a demonstration and waits until it is ready.
fn started(folder: &Folder) -> Child {
    started_with(folder, &[])
}

/// The same, with more arguments.
pub(crate) fn started_with(folder: &Folder, more: &[&str]) -> Child {
    let mut command = region::demo(&folder.path("region"), region::ports());
    command.args(more);
    let mut demo = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("ready after")), "it ended before it was ready");
    demo
}

fn refused(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{}", said(&output));
    said(&output)
}

pub(crate) fn signal(process: &Child, signal: Signal) {
    kill(Pid::from_raw(process.id().try_into().unwrap()), signal).unwrap();
}

/// Waits for the last process of a region to be gone, which the system may be a moment about.
fn all_gone(folder: &Folder) {
    let begun = Instant::now();
    loop {
        let left = belonging_to(folder);
        if left.is_empty() {
            return;
        }
        assert!(begun.elapsed() < GONE_WITHIN, "{left:?} still run");
        std::thread::yield_now();
    }
}

/// The processes that have the folder among their arguments, but for those that have ended and are not yet waited for.
fn belonging_to(folder: &Folder) -> Vec<u32> {
    let place = folder.path("").into_os_string().into_encoded_bytes();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mine = |number: &u32| {
        let arguments = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        arguments.windows(place.len()).any(|part| part == place)
    };
    numbers.filter(mine).collect()
}

/// Whether a PC/SC service can run in namespaces of its own here.
fn pcsc_can_be_private() -> bool {
    let namespaces = Command::new("unshare").args(["--mount", "--net", "ip", "link", "set", "lo", "up"]).output();
    geteuid().is_root()
        && Path::new("/usr/lib/pcsc/drivers/serial/libifdvpcd.so").exists()
        && namespaces.is_ok_and(|output| output.status.success())
}
