//! The processes of a demonstration: started as an operator would, and ended with it.

use std::{
    ffi::OsStr,
    fs::File,
    net::TcpStream,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::process::{Child, ChildStdin, Command};

use crate::serve::STOP_AT_EOF;

use super::{
    configs,
    layout::{Insurer, Layout, READERS},
};

/// How long a process may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// How long a process may take to end once it is asked to.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A process of the demonstration. It is killed when this is dropped.
pub(crate) struct Process {
    name: String,
    child: Child,
    /// Ends with us, however we end. Out of `child`, because waiting for a child closes its input.
    lifeline: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Starts this very program with other arguments; what it says goes to a log file.
    pub(crate) fn start<A: AsRef<OsStr>>(
        layout: &Layout,
        name: &str,
        arguments: impl IntoIterator<Item = A>,
        environment: &[(&str, PathBuf)],
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
        Self::spawn(layout, name, command)
    }

    /// Starts a command; what it says goes to a log file. Ctrl-C in the terminal reaches us alone: we end it in turn.
    pub(crate) fn spawn(layout: &Layout, name: &str, mut command: Command) -> anyhow::Result<Self> {
        let log = layout.logs().join(format!("{name}.log"));
        let output = File::create(&log).with_context(|| format!("writing {}", log.display()))?;
        command
            .env(STOP_AT_EOF, "1")
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .process_group(0);
        let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
        let lifeline = child.stdin.take();
        Ok(Self { name: name.to_owned(), child, lifeline, log })
    }

    /// Its process id, while it runs.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Waits until it listens.
    pub(crate) async fn listens(&mut self, port: u16) -> anyhow::Result<()> {
        // On loopback a connection is there or refused at once.
        self.until(|| TcpStream::connect(("127.0.0.1", port)).is_ok()).await
    }

    /// Waits until `ready` is true, but no longer than a start may take, and not for a process that has ended.
    pub(crate) async fn until(&mut self, ready: impl Fn() -> bool) -> anyhow::Result<()> {
        let begun = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} has ended ({status}):\n{}", self.name, self.last_words());
            }
            if begun.elapsed() > READY_WITHIN {
                bail!("{} does not answer:\n{}", self.name, self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Asks it to stop, waits, and kills it if it does not.
    pub(crate) async fn stop(mut self) {
        drop(self.lifeline.take());
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let asked = pid.is_some_and(|pid| kill(pid, Signal::SIGTERM).is_ok());
        if !asked || tokio::time::timeout(STOP_WITHIN, self.child.wait()).await.is_err() {
            // A process that is gone already cannot be killed, which is what we want.
            let _killed = self.child.kill().await;
        }
    }

    /// Waits until it ends by itself, and gives what it said last.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        let status = self.child.wait().await;
        anyhow::anyhow!("{} has ended ({status:?}):\n{}", self.name, self.last_words())
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(10);
        lines.get(from..).unwrap_or_default().join("\n")
    }
}

/// Refuses to start where somebody listens already: it would be taken for what was started.
pub(crate) fn free(port: u16) -> anyhow::Result<()> {
    let taken = TcpStream::connect(("127.0.0.1", port)).is_ok();
    anyhow::ensure!(!taken, "port {port} is taken: is a demo running already?");
    Ok(())
}

/// Starts the platform.
pub(crate) async fn platform(layout: &Layout) -> anyhow::Result<Process> {
    let config = configs::platform_file(layout);
    let arguments = [OsStr::new("serve"), OsStr::new("--config"), config.as_os_str()];
    free(layout.port)?;
    let mut process = Process::start(layout, "platform", arguments, &[])?;
    process.listens(layout.port).await?;
    Ok(process)
}

/// Starts an insurer's node.
pub(crate) async fn insurer(layout: &Layout, insurer: Insurer) -> anyhow::Result<Process> {
    let config = configs::insurer_file(layout, &insurer);
    let arguments = [OsStr::new("insurer"), OsStr::new("--config"), config.as_os_str(), OsStr::new("serve")];
    free(layout.insurer_port(&insurer))?;
    free(layout.console_port(&insurer))?;
    let mut process = Process::start(layout, &format!("insurer-{}", insurer.number), arguments, &[])?;
    process.listens(layout.insurer_port(&insurer)).await?;
    Ok(process)
}

/// Starts the agent of a reader of the private PC/SC service.
pub(crate) async fn agent(layout: &Layout, place: usize, reader: &str) -> anyhow::Result<Process> {
    let name = READERS.get(place).copied().unwrap_or_default();
    let port = layout.agent_port_of(place);
    let origin = if name == READERS[0] { layout.portal_origin() } else { layout.clinic_origin() };
    let arguments = [
        "agent".to_owned(),
        "--allow".to_owned(),
        origin,
        "--reader".to_owned(),
        reader.to_owned(),
        "--port".to_owned(),
        port.to_string(),
        "--pairings".to_owned(),
        layout.dir.join(format!("{name}.pairings")).display().to_string(),
    ];
    let environment = [("PCSCLITE_CSOCK_NAME", layout.pcsc().join("run/pcscd.comm"))];
    free(port)?;
    let mut process = Process::start(layout, &format!("agent-{name}"), arguments, &environment)?;
    process.listens(port).await?;
    Ok(process)
}
