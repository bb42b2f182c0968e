//! The protocol through a real PC/SC service, with a virtual card in a virtual reader.
//!
//! vpcd listens on all interfaces, and a PC has one PC/SC socket: both get namespaces of their own, for which root is
//! needed. Without root, or without pcscd, the same steps run on the in-process reader.

#![expect(clippy::unwrap_used, reason = "a failed step ends the test")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use card::diversify::card_key;
use card::issuing::{self, IssueError, Personalisation};
use card::lite_s::session_key;
use card::protocol::{CardSecret, Nonce, Origin, Sid, Start, agent, challenge, server};
use card::reader::{InProcess, Pcsc, Presence, ReadError, ReaderState, Readers, connect_any};
use card::virtual_card::{LiteS, Tag};
use card::vpcd::Slots;
use card::{CardId, Idm};

const INSIDE: &str = "SSC_CARD_TEST_INSIDE_NAMESPACES";
const TEST: &str = "the_protocol_runs_through_the_readers_of_this_pc";
const VPCD_PORT: u16 = 35_963;
const VPCD_LIBRARY: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const PATIENCE: Duration = Duration::from_secs(20);
const MASTER: [u8; 32] = [0x42; 32];

#[test]
fn the_protocol_runs_through_the_readers_of_this_pc() {
    if std::env::var_os(INSIDE).is_some() {
        through_pcscd();
    } else if can_have_namespaces() {
        let this = std::env::current_exe().unwrap();
        let mut inner = Command::new("unshare");
        inner.args(["--mount", "--net"]).arg(this).args(["--exact", TEST, "--nocapture"]).env(INSIDE, "1");
        assert!(inner.status().unwrap().success());
    } else {
        eprintln!("no root, pcscd or vpcd: on the in-process reader");
        in_process();
    }
}

fn can_have_namespaces() -> bool {
    let works = |program: &str, arguments: &[&str]| {
        Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    Path::new(VPCD_LIBRARY).exists()
        && works("pcscd", &["--version"])
        && works("unshare", &["--mount", "--net", "ip", "link", "set", "lo", "up"])
}

/// A PC/SC service that ends with the test.
struct Service(Child, std::path::PathBuf);

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        fs::remove_dir_all(&self.1).unwrap();
    }
}

fn service() -> Service {
    let run =
        |program: &str, arguments: &[&str]| assert!(Command::new(program).args(arguments).status().unwrap().success());
    run("ip", &["link", "set", "lo", "up"]);
    fs::create_dir_all("/run/pcscd").unwrap();
    run("mount", &["-t", "tmpfs", "none", "/run/pcscd"]);
    let folder = std::env::temp_dir().join(format!("ssc-card-pcscd-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let reader = format!(
        "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{VPCD_PORT:#x}\nLIBPATH {VPCD_LIBRARY}\nCHANNELID {VPCD_PORT:#x}\n"
    );
    fs::write(folder.join("vpcd"), reader).unwrap();
    let mut pcscd = Command::new("pcscd");
    pcscd.arg("--foreground").arg("-c").arg(&folder).stdout(Stdio::null()).stderr(Stdio::null());
    Service(pcscd.spawn().unwrap(), folder)
}

/// Waits for the readers to be as they should, without asking more often than they change.
fn await_states(readers: &mut dyn Readers, what: &str, wanted: impl Fn(&[ReaderState]) -> bool) {
    let begun = Instant::now();
    let mut states = readers.look();
    while !wanted(&states) {
        assert!(begun.elapsed() < PATIENCE, "{what} did not happen; readers are {states:?}");
        states = readers.wait(PATIENCE);
    }
}

fn lies(states: &[ReaderState], presence: Presence) -> bool {
    states.iter().any(|state| state.presence == presence)
}

fn through_pcscd() {
    let mut readers = Pcsc::new();
    assert_eq!(connect_any(&mut readers, None).err(), Some(ReadError::NoReader));
    let service = service();
    await_states(&mut readers, "a reader", |states| states.len() == 2 && !lies(states, Presence::Card));
    assert_eq!(connect_any(&mut readers, None).err(), Some(ReadError::NoCard));

    let slots = Slots::new(&[([127, 0, 0, 1], VPCD_PORT).into()]);
    slots.insert(0, Tag::foreign()).unwrap();
    await_states(&mut readers, "a foreign card", |states| lies(states, Presence::Card));
    assert_eq!(connect_any(&mut readers, None).err(), Some(ReadError::OtherCard));
    slots.remove(0).unwrap();
    await_states(&mut readers, "its removal", |states| !lies(states, Presence::Card));

    slots.insert(0, LiteS::factory(id().idm()).into()).unwrap();
    await_states(&mut readers, "a card", |states| lies(states, Presence::Card));
    the_protocol(&mut readers);

    let mut held = connect_any(&mut readers, None).unwrap();
    assert_eq!(connect_any(&mut Pcsc::new(), None).err(), Some(ReadError::Busy));
    assert_eq!(slots.remove(0).unwrap().lite_s().unwrap().wcnt(), 1);
    assert_eq!(held.read([0x82]), Err(ReadError::CardGone));
    drop(held);
    await_states(&mut readers, "the removal", |states| !lies(states, Presence::InUse) && !lies(states, Presence::Card));
    drop(service);
    await_states(&mut readers, "the end of the service", <[ReaderState]>::is_empty);
}

fn in_process() {
    let mut readers = InProcess::new(&["desk"]);
    readers.insert("desk", LiteS::factory(id().idm()).into());
    the_protocol(&mut readers);
}

fn id() -> CardId {
    CardId::new(Idm::from_bytes([1, 0x2E, 0x3C, 1, 2, 3, 4, 5]), [0, 0], [0, 0, 0, 0, 0, 0x42])
}

/// Issues the blank card, proves it, and opens it.
fn the_protocol(readers: &mut dyn Readers) {
    let origin: Origin = "https://portal.ssc.example".parse().unwrap();
    let start = Start { sid: Sid::from_random([3; 16]), c: Nonce::from_bytes([4; 32]), exp: jiff::Timestamp::MAX };
    let (key, secret) = (card_key(&MASTER, &id(), 1), CardSecret::from_bytes([6; 32]));
    let plan = Personalisation { id: id(), ckv: 1, key: &key, secret: &secret };

    let mut card = connect_any(readers, None).unwrap();
    issuing::issue(&mut card, &plan, &mut |buffer| buffer.fill(8)).unwrap();
    assert_eq!(issuing::issue(&mut card, &plan, &mut |buffer| buffer.fill(8)), Err(IssueError::NotBlank));
    drop(card);

    let mut card = connect_any(readers, None).unwrap();
    let proven = agent::prove(&mut card, &origin, &start).unwrap();
    let session = session_key(&key, &challenge(&origin, &start));
    let possession = server::verify(&session, &origin, &start, proven.proof()).unwrap();
    let opened = proven.open(&mut card, &possession.opening(&session)).unwrap();
    assert_eq!(*opened.blocks(), *secret.blocks());
}
