//! `ssc insurer`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use insurer::{
    App, Config,
    import::{self, Imported, Refused},
};
use web::Clock;

/// An insurer's node.
#[derive(Parser)]
pub(crate) struct Args {
    /// The node's configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Answer the platform's questions.
    Serve,
    /// Make the node's keys, and print where its certificates are written.
    SetUp {
        /// The folder to write sign.pem and decrypt.pem into.
        #[arg(long)]
        certificates: PathBuf,
    },
    /// Take a coverage file (CSV, UTF-8 or CP932): all of it or nothing.
    ImportCoverage {
        /// The file.
        file: PathBuf,
    },
    /// Take a link file (CSV: pseudonym, symbol, number, branch): all of it or nothing.
    ImportLinks {
        /// The file.
        file: PathBuf,
    },
    /// Re-compute the chain of the node's own access log.
    Verify,
}

/// Does one thing with a node.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let config = Config::read(&args.config)?;
    match args.act {
        Act::Serve => insurer::serve(&config, Clock::System, |_| {}, crate::serve::asked_to_stop()).await?,
        Act::SetUp { certificates } => {
            let made = insurer::set_up(&config, Clock::System.now())?;
            std::fs::create_dir_all(&certificates)?;
            for (name, der) in [("sign.pem", made.sign), ("decrypt.pem", made.decrypt)] {
                let path = certificates.join(name);
                std::fs::write(&path, crate::demo::pem("CERTIFICATE", &der))?;
                println!("{}", path.display());
            }
        }
        Act::ImportCoverage { file } => {
            let app = App::open(&config, Clock::System).await?;
            let taken = import::coverage(&app, &read(&file)?).await;
            told(&file, taken)?;
            app.database().close().await;
        }
        Act::ImportLinks { file } => {
            let app = App::open(&config, Clock::System).await?;
            let taken = import::links(&app, &read(&file)?).await;
            told(&file, taken)?;
            app.database().close().await;
        }
        Act::Verify => {
            let app = App::open(&config, Clock::System).await?;
            let entries = app.verify_access_log().await.context("the access log is not the one that was written")?;
            println!("{entries} entries verified");
        }
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("reading {}", file.display()))
}

/// Says what became of a file.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn told(file: &Path, taken: Result<Imported, Refused>) -> anyhow::Result<()> {
    let taken = taken.inspect_err(explain).with_context(|| format!("{}: not taken, nothing changed", file.display()))?;
    if taken.same_file {
        println!("{}: the very file that was taken last, nothing to change", file.display());
        return Ok(());
    }
    let Imported { rows, added, changed, removed, sha256, warnings, .. } = taken;
    println!("{}: {rows} rows, {added} new, {changed} changed, {removed} gone; kept as {sha256}", file.display());
    for warning in warnings {
        println!("  {}", warning.wording().ja);
    }
    Ok(())
}

/// Every problem of a refused file, in Japanese and English.
fn explain(refused: &Refused) {
    match refused {
        Refused::Coverage(report) => {
            for problem in report.problems() {
                let said = problem.wording();
                eprintln!("{}\n  {}", said.ja, said.en);
            }
        }
        Refused::Links(report) => {
            for (line, problem) in &report.problems {
                eprintln!("{line}: {} {problem}", problem.code());
            }
        }
        Refused::OtherInsurer { .. } | Refused::Node(_) => {}
    }
}
