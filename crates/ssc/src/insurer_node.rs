//! `ssc insurer`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use health::coverage_csv::Problem;
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
    /// Make the node's keys unless they are there, and write its certificates.
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

impl Args {
    /// Whether it runs until it is told to stop.
    pub(crate) fn serves(&self) -> bool {
        matches!(self.act, Act::Serve)
    }
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
            crate::verify::there(&config.database)?;
            let app = App::open(&config, Clock::System).await?;
            let end = app.verify_access_log().await.context("the access log is not the one that was written")?;
            let last = if end.seq == 0 { String::new() } else { format!(", the last is {}", hex::encode(end.hash)) };
            println!("{} entries verified{last}", end.seq);
            app.database().close().await;
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
    let file = file.display();
    let taken = taken.inspect_err(explain);
    let taken = taken.with_context(|| {
        format!("{file}: 取り込みませんでした。何も変わっていません / nothing was taken or changed")
    })?;
    if taken.same_file {
        println!("{file}: the very file that was taken last, nothing to change");
        return Ok(());
    }
    let Imported { rows, added, changed, removed, sha256, warnings, .. } = taken;
    println!("{file}: {rows} rows, {added} new, {changed} changed, {removed} gone; kept as {sha256}");
    for warning in &warnings {
        println!("{}", in_both_languages(warning));
    }
    Ok(())
}

/// Every problem of a refused file, in Japanese and English.
fn explain(refused: &Refused) {
    match refused {
        Refused::Coverage(report) => {
            for problem in report.problems() {
                eprintln!("{}", in_both_languages(problem));
            }
        }
        Refused::Links(report) => {
            for (line, problem) in &report.problems {
                eprintln!("{} {line}行目: {}\n  line {line}: {problem}", problem.code(), problem.japanese());
            }
        }
        Refused::OtherInsurer { rows, first_row, found } => {
            // The English half is the error itself.
            eprintln!(
                "ほかの保険者の行が{rows}行あります（最初は見出しの下の{first_row}行目、保険者番号 {found}）。\
                 この保険者の行だけにしてください"
            );
        }
        Refused::Node(_) => {}
    }
}

/// Where, what, and what to do; with the code by which the operator's guide knows it.
fn in_both_languages(problem: &Problem) -> String {
    let said = problem.wording();
    format!("{} {}\n  {}", problem.code.as_str(), said.ja, said.en)
}
