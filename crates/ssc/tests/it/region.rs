//! A small region in a folder of its own, made by the very program that is tested.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// The program.
pub(crate) const SSC: &str = env!("CARGO_BIN_EXE_ssc");

/// Residents of a test's region: the named ones and their families are among them.
const RESIDENTS: &str = "40";

/// A folder that is gone when the test is over. Its path is short, because a socket's path may have 107 bytes, and no
/// other process has it in its arguments.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ssc-{name}-{}", std::process::id()));
        let _old = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder.canonicalize().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// The program with `ssc demo` and where its region is to be.
pub(crate) fn demo(dir: &Path, port: u16) -> Command {
    let mut command = Command::new(SSC);
    command.args(["demo", "--residents", RESIDENTS, "--dir"]).arg(dir);
    command.args(["--port", &port.to_string(), "--agent-port", &(port + 16).to_string()]);
    command.stdin(Stdio::null());
    command
}

/// Makes a region and does not start it.
pub(crate) fn make(dir: &Path, port: u16) {
    let made = demo(dir, port).arg("--set-up-only").output().unwrap();
    assert!(made.status.success(), "{}", said(&made));
}

/// What a command said, on both channels.
pub(crate) fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// The first of sixteen free ports in a row. Tests run at the same time, so each process looks in another place; below
/// the range from which the system takes ports by itself.
pub(crate) fn ports() -> u16 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let asked = ASKED.fetch_add(1, Ordering::Relaxed);
    let first = std::process::id().wrapping_mul(4).wrapping_add(asked);
    let blocks = (0..BLOCKS).map(|block| FIRST_PORT + 24 * u16::try_from((first + block) % BLOCKS).unwrap());
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    blocks.into_iter().find(|block| (*block..*block + 24).all(free)).expect("free ports")
}

const FIRST_PORT: u16 = 11_000;
const BLOCKS: u32 = 800;
