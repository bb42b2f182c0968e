//! A demonstration region as its own processes, started and stopped as a newcomer would.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use keys::Signature;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::Deserialize;

/// Longest a start may take: the first one of a whole region included.
const READY_WITHIN: Duration = Duration::from_secs(600);

/// Longest a stop may take.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// How often a start is looked at, which is how exact its time is.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Where a region lies, and on which ports it runs.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    ssc: PathBuf,
    dir: PathBuf,
    port: u16,
    residents: u32,
    postgres: Option<String>,
    signature: Signature,
}

/// A region that runs. It is killed when this is dropped.
pub(crate) struct Demo {
    child: Child,
    /// What it offers.
    pub(crate) ready: Ready,
    /// How long it took until everything answered.
    pub(crate) started_in: Duration,
    /// The most memory that the starting process itself has used, in bytes.
    pub(crate) starter_peak_bytes: u64,
}

/// What a started region says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ready {
    /// Origin of the resident's portal.
    pub(crate) portal: String,
    /// Origin of the clinic portal.
    pub(crate) clinic: String,
    /// Login name of the clerk.
    pub(crate) clerk: String,
    /// Process of the platform.
    pub(crate) platform_pid: u32,
}

impl Place {
    /// A folder without a region, in `scratch`, which is emptied.
    pub(crate) fn new(ssc: &Path, scratch: &Path, residents: u32) -> anyhow::Result<Self> {
        let dir = scratch.join(format!("region-{residents}"));
        if dir.exists() {
            std::fs::remove_dir_all(&dir).with_context(|| format!("clearing {}", dir.display()))?;
        }
        std::fs::create_dir_all(scratch)?;
        Ok(Self {
            ssc: ssc.to_owned(),
            dir,
            port: free_ports()?,
            residents,
            postgres: None,
            signature: Signature::default(),
        })
    }

    /// The same with its databases at a PostgreSQL, in schemas that are there and empty.
    pub(crate) fn at_postgres(self, address: &str) -> Self {
        Self { postgres: Some(address.to_owned()), ..self }
    }

    /// The same with such signatures between platform and insurers.
    pub(crate) fn signing(self, signature: Signature) -> Self {
        Self { signature, ..self }
    }

    /// The configuration of the city's insurer.
    pub(crate) fn insurer_config(&self) -> PathBuf {
        self.dir.join("insurers").join(region::NATIONAL).join("insurer.toml")
    }

    /// The platform's configuration.
    pub(crate) fn platform_config(&self) -> PathBuf {
        self.dir.join("platform/platform.toml")
    }

    /// Removes everything.
    pub(crate) fn remove(self) -> anyhow::Result<()> {
        Ok(std::fs::remove_dir_all(&self.dir)?)
    }

    /// Starts the region, making it the first time, and waits until everything answers.
    pub(crate) fn start(&self) -> anyhow::Result<Demo> {
        let file = self.dir.with_extension("ready");
        // There is one only if the region has run before.
        let _absent = std::fs::remove_file(&file);
        let begun = Instant::now();
        let mut child = Command::new(&self.ssc)
            .args(["demo", "--in-process", "--dir"])
            .arg(&self.dir)
            .arg("--json-ready")
            .arg(&file)
            .args(["--residents", &self.residents.to_string()])
            .args(self.postgres.iter().flat_map(|address| ["--postgres", address.as_str()]))
            .args((self.signature == Signature::Rsa2048).then_some("--rsa"))
            .args(["--port", &self.port.to_string(), "--agent-port", &(self.port + AGENT_PORT).to_string()])
            // It ends with us, however we end.
            .env("SSC_STOP_AT_EOF", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}: is it built?", self.ssc.display()))?;
        while !file.exists() {
            if let Some(status) = child.try_wait()? {
                bail!("ssc demo has ended ({status})");
            }
            if begun.elapsed() > READY_WITHIN {
                child.kill()?;
                bail!("ssc demo is not ready after {} s", READY_WITHIN.as_secs());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let started_in = begun.elapsed();
        let ready = serde_json::from_str(&std::fs::read_to_string(&file)?).context("reading what the demo offers")?;
        let starter_peak_bytes = Memory::of(child.id())?.peak_bytes;
        Ok(Demo { child, ready, started_in, starter_peak_bytes })
    }
}

impl Demo {
    /// Stops everything.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        // It reads its input until the end, to learn when we are gone, and cannot end before that.
        drop(self.child.stdin.take());
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > STOP_WITHIN {
                bail!("ssc demo does not stop");
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Processor time that the platform and the insurers' nodes have used so far.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        let own = self.child.id().to_string();
        let mut time = Duration::ZERO;
        for process in std::fs::read_dir("/proc")? {
            // Others come and go; those of the region stay.
            let Ok(stat) = std::fs::read_to_string(process?.path().join("stat")) else { continue };
            // After the name in parentheses: state, parent, and from the twelfth on the time in user and system mode.
            let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
            if fields.get(1) == Some(&own.as_str()) {
                let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
                time += Duration::from_millis(ticks * TICK_MILLIS);
            }
        }
        Ok(time)
    }

    /// What the platform holds in memory.
    pub(crate) fn platform_memory(&self) -> anyhow::Result<Memory> {
        Memory::of(self.ready.platform_pid)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Ended already after a stop. Its own processes end when their input does.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What a process holds in memory, as Linux counts it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Now (VmRSS).
    pub(crate) resident_bytes: u64,
    /// At most, so far (VmHWM).
    pub(crate) peak_bytes: u64,
}

impl Memory {
    /// Of this process, while it runs.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
            Some(kibibytes * 1024)
        };
        let (resident, peak) = (of("VmRSS:"), of("VmHWM:"));
        let (resident_bytes, peak_bytes) = resident.zip(peak).context("reading /proc/PID/status")?;
        Ok(Self { resident_bytes, peak_bytes })
    }
}

/// The first of a row of ports on which nobody listens.
fn free_ports() -> anyhow::Result<u16> {
    let free = |port: &u16| (*port..port + PORTS).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    FIRST_PORTS.step_by(usize::from(PORTS)).find(free).context("there are no free ports")
}

/// Ports that a region needs: portals, insurers, control page, agents.
const PORTS: u16 = 20;
/// The agents' first port behind the region's first.
const AGENT_PORT: u16 = 15;
/// The unit of processor time in `/proc`, on every architecture (USER_HZ is 100).
const TICK_MILLIS: u64 = 10;
/// Below the range that Linux gives to outgoing connections.
const FIRST_PORTS: std::ops::Range<u16> = 20_000..30_000;
