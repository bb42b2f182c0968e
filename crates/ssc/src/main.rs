//! The one binary: every place of the map is a subcommand, and `demo` starts them all.

mod admin;
mod cards;
mod demo;
mod doctor;
mod fetch;
mod insurer_node;
mod serve;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// The social security card platform of a region: one card, one chain, identity, purpose, message, proof.
#[derive(Parser)]
#[command(name = "ssc", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a whole region on this machine: platform, two insurers, readers, virtual cards, synthetic residents.
    Demo(demo::Args),
    /// Run the platform: portal, clinic portal, message exchange, access log.
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Run an insurer's node, or bring files into it.
    Insurer(insurer_node::Args),
    /// Run the reader agent of this PC.
    Agent(serve::AgentArgs),
    /// Virtual cards behind vpcd: run them, put one on a reader, take it off.
    Card(cards::Args),
    /// Re-compute the access log's chain. Fails, naming the entry, when the log is not the one that was written.
    Verify {
        /// The platform's configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Examine the platform or an insurer's node, and every peer: what is wrong, and what to do. Fails where something is.
    Doctor(doctor::Args),
    /// Let institutions, their staff and services in.
    Admin(admin::Args),
    /// Fetch a resident's records for a service that may see them, and print them as JSON.
    Fetch(fetch::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.map_err(Into::into).and_then(|runtime| {
        let outcome = runtime.block_on(run(cli.command));
        // A read of standard input may still wait in a thread of its own: nobody waits for it.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ssc: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    // Both our doors and our questions use the same provider; whoever installed one first keeps it.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match &command {
        Command::Demo(_) => {}
        // What does one thing and ends says so itself.
        Command::Verify { .. } | Command::Doctor(_) | Command::Admin(_) | Command::Card(_) | Command::Fetch(_) => {
            serve::log_to_stderr("warn")
        }
        Command::Insurer(args) if !args.serves() => serve::log_to_stderr("warn"),
        Command::Serve { .. } | Command::Agent(_) | Command::Insurer(_) => serve::log_to_stderr("info"),
    }
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Serve { config } => serve::platform(&config).await,
        Command::Insurer(args) => insurer_node::run(args).await,
        Command::Agent(args) => serve::agent(args).await,
        Command::Card(args) => cards::run(args),
        Command::Verify { config } => verify::run(&config).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Admin(args) => admin::run(args).await,
        Command::Fetch(args) => fetch::run(args).await,
    }
}
