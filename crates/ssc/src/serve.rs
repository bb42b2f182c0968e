//! `ssc serve` and `ssc agent`.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use agent::{Config as AgentConfig, Origins, Port, ReaderChoice};
use anyhow::Context;
use clap::Parser;
use platform::{App, Config};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use web::Clock;

/// Runs the platform until it is told to stop.
pub(crate) async fn platform(config: &Path) -> anyhow::Result<()> {
    let config = read_config(config)?;
    let app = App::open(config, Clock::System).await?;
    tracing::info!(listen = %app.config.listen, "the platform serves {} and {}", app.portal_origin, app.clinic_origin);
    platform::serve(app, asked_to_stop()).await?;
    Ok(())
}

/// Reads the platform's configuration.
pub(crate) fn read_config(path: &Path) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    Config::parse(&text).with_context(|| format!("reading {}", path.display()))
}

/// The reader agent's settings.
#[derive(Parser)]
pub(crate) struct AgentArgs {
    /// A site that may use the reader, such as https://portal.kagawa.example. May be given more than once.
    #[arg(long = "allow", required = true)]
    allowed: Vec<String>,
    /// Part of the name of the reader to use; without it, whichever holds a card.
    #[arg(long)]
    reader: Option<String>,
    /// The port on 127.0.0.1; without it, the first free one of those that sites look at.
    #[arg(long)]
    port: Option<u16>,
    /// The file that remembers which sites may read cards without a PIN.
    #[arg(long)]
    pairings: PathBuf,
    /// Speak native messaging on standard input and output instead. May be given more than once: an extension's id.
    #[arg(long = "extension")]
    extensions: Vec<String>,
    /// What Chromium adds when it starts a native messaging host: the address of the extension.
    caller: Option<String>,
}

/// Runs the reader agent until it is told to stop.
pub(crate) async fn agent(args: AgentArgs) -> anyhow::Result<()> {
    let config = AgentConfig {
        origins: Origins::parse(args.allowed.iter().map(String::as_str))?,
        reader: ReaderChoice::Pcsc { name_part: args.reader },
        port: args.port.map_or(Port::FirstFree, Port::Exactly),
        pairings: args.pairings,
        language: None,
        extensions: args.extensions,
        clock: Clock::System,
    };
    if let Some(caller) = args.caller {
        return Ok(agent::native(tokio::io::stdin(), tokio::io::stdout(), &caller, config).await?);
    }
    let agent = agent::Agent::start(config).await?;
    Ok(agent.serve(asked_to_stop()).await?)
}

/// Set for the processes of a demonstration: they stop when their standard input ends, as it does when whoever started
/// them is gone, however it went.
pub(crate) const STOP_AT_EOF: &str = "SSC_STOP_AT_EOF";

/// Until Ctrl-C, a polite kill, or the end of the demonstration that this belongs to. Signals are listened to from the
/// call on, not only from the first wait.
pub(crate) fn asked_to_stop() -> impl Future<Output = ()> + Send + 'static {
    let (interrupted, terminated) = (heard(SignalKind::interrupt()), heard(SignalKind::terminate()));
    let orphaned = async {
        if std::env::var_os(STOP_AT_EOF).is_none() {
            std::future::pending::<()>().await;
        }
        // An error means that there is no standard input any more, which is what is waited for.
        let _end = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
    };
    async {
        tokio::select! {
            () = interrupted => {}
            () = terminated => {}
            () = orphaned => {}
        }
    }
}

/// Until the signal comes. One that cannot be listened to ends the process by itself.
fn heard(kind: SignalKind) -> impl Future<Output = ()> + Send + 'static {
    let signal = signal(kind);
    async {
        match signal {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    }
}

/// One line for each event, on standard error: standard output may belong to a browser. `level` is for where `SSC_LOG`
/// says nothing; colours are for a person at a terminal, not for a journal.
pub(crate) fn log_to_stderr(level: &str) {
    let filter = EnvFilter::try_from_env("SSC_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    lines.with_target(false).init();
}
