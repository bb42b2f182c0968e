//! A PC/SC service of the demonstration's own, with two virtual readers.
//!
//! vpcd listens on every interface and a machine has one PC/SC socket, so both live in namespaces of their own: nobody
//! outside can reach the virtual readers, and a PC/SC service that runs already is not touched. Only the service's
//! socket, a file in the demonstration's folder, leads in. That takes root; without it there is the in-process reader.

use std::{fs, path::Path, process::Stdio};

use anyhow::Context;
use tokio::process::Command;

use super::{
    layout::{Layout, READERS},
    processes::Process,
};

const VPCD_LIBRARY: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// The port of vpcd's first slot inside the private network; the second slot takes the next one. One reader with two
/// slots is all that the driver can hold: a second reader would take over the first one's slots.
const VPCD_PORT: u16 = 35_963;

/// What runs inside the namespaces: a network of loopback alone, our folder in the place where the service puts its
/// socket, the service, and the process that plays the cards. When the latter ends, so does everything.
const INSIDE: &str = "set -e; ip link set lo up; mount -t tmpfs none /run; mkdir /run/pcscd; \
     mount --bind \"$1\" /run/pcscd; pcscd --foreground -c \"$2\" & shift 2; exec \"$@\"";

/// The end of the name under which a reader shows in PC/SC: its number and its slot.
pub(crate) fn reader_name(place: usize) -> String {
    format!("00 {place:02}")
}

/// Whether a private service can be started here: root, the packages, and namespaces.
pub(crate) fn possible() -> bool {
    let works = |program: &str, arguments: &[&str]| {
        let mut command = std::process::Command::new(program);
        let command = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    nix::unistd::geteuid().is_root()
        && Path::new(VPCD_LIBRARY).exists()
        && works("pcscd", &["--version"])
        && works("unshare", &["--mount", "--net", "ip", "link", "set", "lo", "up"])
}

/// Starts the service and the process that plays the cards, and waits for both.
pub(crate) async fn start(layout: &Layout) -> anyhow::Result<Process> {
    let (run, readers) = (layout.pcsc().join("run"), layout.pcsc().join("readers"));
    for folder in [&run, &readers] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
    }
    let config = format!(
        "FRIENDLYNAME \"SSC reader\"\nDEVICENAME /dev/null:{VPCD_PORT:#x}\nLIBPATH {VPCD_LIBRARY}\n\
         CHANNELID {VPCD_PORT:#x}\n"
    );
    fs::write(readers.join("readers"), config)?;
    let slots = READERS.iter().zip(VPCD_PORT..);
    let playing = slots.flat_map(|(name, port)| ["--reader".to_owned(), format!("{name}=127.0.0.1:{port}")]);
    let socket = layout.cards_socket();
    if socket.exists() {
        fs::remove_file(&socket)?;
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", INSIDE, "sh"]);
    command.arg(&run).arg(&readers).arg(std::env::current_exe()?);
    command.args(["card", "--socket"]).arg(&socket).arg("run").args(playing);
    let mut process = Process::spawn(layout, "pcscd", command).context("starting the private PC/SC service")?;
    let service = run.join("pcscd.comm");
    process.until(|| service.exists() && socket.exists()).await?;
    Ok(process)
}
