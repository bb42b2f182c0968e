//! `ssc insurer`.

mod init;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use insurer::{
    App, Config,
    import::{self, Import, ImportId, Imported, Kind, Refused, Remark},
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
    /// Make a new node: its configuration, keys, and a request for its certificate. Asks for what is not given.
    Init(init::Init),
    /// Answer the platform's questions, and show the node's own pages.
    Serve,
    /// Make the node's keys unless they are there, and write its certificates.
    SetUp {
        /// The folder to write sign.pem and decrypt.pem into.
        #[arg(long)]
        certificates: PathBuf,
    },
    /// Take a coverage file (CSV, UTF-8 or CP932): all of it or nothing.
    ImportCoverage(File),
    /// Take an answer of the online eligibility check (XML): the coverage of one person; all other periods stay.
    ImportEligibility(File),
    /// Take a link file (CSV: pseudonym, symbol, number, branch): all of it or nothing.
    ImportLinks(File),
    /// Take check-ups (the zip that is handed in, one XML document, or CSV): all of the file or nothing; others stay.
    ImportCheckups(File),
    /// Take medical expenses (claims, UKE; or a notice, CSV): all of the file or nothing; others stay.
    ImportExpenses(File),
    /// Take dummy pension records (CSV): all of it or nothing.
    ImportPension(File),
    /// Invite somebody to the node's console: prints the address at which they register a passkey, once, within a week.
    Invite {
        /// The name they will log in with.
        login_name: String,
        /// Their name.
        display_name: String,
    },
    /// Let a file take effect that waits for a second person.
    Approve {
        /// The number of the import.
        import: i64,
        /// Who approves: somebody else than who brought the file.
        #[arg(long)]
        by: String,
    },
    /// Take back the newest file of its kind: what it changed is what it was.
    Undo {
        /// The number of the import.
        import: i64,
        /// Who takes it back.
        #[arg(long, default_value = import::COMMAND_LINE)]
        by: String,
    },
    /// List the newest files that came, and what became of them.
    Imports,
    /// Re-compute the chain of the node's own access log.
    Verify,
}

/// A file, and who brings it.
#[derive(clap::Args)]
struct File {
    /// The file.
    file: PathBuf,
    /// Who brings it: one of the two persons where a second one must approve.
    #[arg(long, default_value = import::COMMAND_LINE)]
    by: String,
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
    let act = match args.act {
        Act::Init(new) => return init::run(&args.config, new),
        act => act,
    };
    let config = Config::read(&args.config)?;
    match act {
        Act::Init(_) => {}
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
        Act::ImportCoverage(file) => take(&config, Kind::Coverage, file).await?,
        Act::ImportEligibility(file) => take(&config, Kind::Eligibility, file).await?,
        Act::ImportLinks(file) => take(&config, Kind::Links, file).await?,
        Act::ImportCheckups(file) => take(&config, Kind::Checkups, file).await?,
        Act::ImportExpenses(file) => take(&config, Kind::Expenses, file).await?,
        Act::ImportPension(file) => take(&config, Kind::Pension, file).await?,
        Act::Invite { login_name, display_name } => {
            let app = App::open(&config, Clock::System).await?;
            let address = insurer::console::invite(&app, &login_name, &display_name).await;
            app.database().close().await;
            println!("{}", address?);
        }
        Act::Approve { import, by } => {
            let app = App::open(&config, Clock::System).await?;
            let done = import::apply(&app, ImportId(import), &by).await;
            app.database().close().await;
            println!("{}", counted(&done?));
        }
        Act::Undo { import, by } => {
            let app = App::open(&config, Clock::System).await?;
            let done = import::undo(&app, ImportId(import), &by).await;
            app.database().close().await;
            println!("import {} was taken back", done?.id);
        }
        Act::Imports => {
            let app = App::open(&config, Clock::System).await?;
            let all = import::all(&app).await;
            app.database().close().await;
            for one in all? {
                println!("{} {} {:?}: {}", one.id, one.kind.as_str(), one.state, counted(&one));
            }
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

/// Takes a file in one step.
async fn take(config: &Config, kind: Kind, File { file, by }: File) -> anyhow::Result<()> {
    let app = App::open(config, Clock::System).await?;
    let arrived = arrived(&app, &file)?;
    let taken = import::take_file(&app, kind, arrived, &by).await;
    app.database().close().await;
    told(&file, taken)
}

/// Reads a file, a part of it in memory at a time.
fn arrived(app: &App, path: &Path) -> anyhow::Result<import::RawFile> {
    let reading = || format!("reading {}", path.display());
    let mut file = std::fs::File::open(path).with_context(reading)?;
    let mut arriving = import::Arriving::begin(app)?;
    let mut bytes = vec![0; 64 << 10];
    loop {
        let read = std::io::Read::read(&mut file, &mut bytes).with_context(reading)?;
        let Some(some) = bytes.get(..read).filter(|some| !some.is_empty()) else { break };
        arriving.write(some)?;
    }
    Ok(arriving.end()?)
}

/// Says what became of a file.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn told(file: &Path, taken: Result<Imported, Refused>) -> anyhow::Result<()> {
    let file = file.display();
    let taken = match taken {
        Err(Refused::SecondPerson(import)) => return Err(waits(&file.to_string(), &import)),
        taken => taken.inspect_err(explain),
    };
    let taken = taken.with_context(|| {
        format!("{file}: 取り込みませんでした。何も変わっていません / nothing was taken or changed")
    })?;
    if taken.same_file {
        println!("{file}: the very file that was taken last, nothing to change");
        return Ok(());
    }
    let Imported { rows, added, changed, removed, sha256, remarks, .. } = taken;
    println!("{file}: {rows} rows, {added} new, {changed} changed, {removed} gone; kept as {sha256}");
    for remark in &remarks {
        println!("{}", in_both_languages(remark));
    }
    Ok(())
}

fn counted(import: &Import) -> String {
    let Import { figures, added, changed, removed, .. } = import;
    let rows = figures.rows;
    format!("{rows} rows, {added} new, {changed} changed, {removed} gone; kept as {}", hex::encode(import.sha256))
}

/// What a second person has to look at.
fn waits(file: &str, import: &Import) -> anyhow::Error {
    eprintln!("{file}: {}", counted(import));
    for drift in &import.drift {
        let (before, now) = (drift.before, drift.now);
        eprintln!(
            "  {}: {before} of {} before, {now} of {} now",
            drift.measure.english(),
            drift.before_of,
            drift.now_of
        );
    }
    anyhow::anyhow!(
        "{file}: 前回と大きく違うため、もう一人の承認を待っています / it waits for a second person, as import {id}: \
         ssc insurer approve {id} --by NAME, or the console",
        id = import.id
    )
}

/// Every problem of a refused file, in Japanese and English.
fn explain(refused: &Refused) {
    for remark in &refused.remarks().0 {
        eprintln!("{}", in_both_languages(remark));
    }
}

/// Where, what, and what to do; with the code by which the operator's guide knows it.
fn in_both_languages(remark: &Remark) -> String {
    format!("{} {}\n  {}", remark.code, remark.ja, remark.en)
}
