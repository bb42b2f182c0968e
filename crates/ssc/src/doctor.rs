//! `ssc doctor`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use doctor::{Finding, Said, State};
use web::{Clock, Lang};

/// What to examine.
#[derive(Parser)]
pub(crate) struct Args {
    /// The configuration file of the platform, or of an insurer's node.
    #[arg(long)]
    config: PathBuf,
    /// Print JSON, for another program.
    #[arg(long)]
    json: bool,
    /// The language: ja or en. Without it, that of the terminal.
    #[arg(long, env = "LANG", hide_env = true)]
    lang: Option<String>,
}

/// Examines a place and prints what was found. Fails where something does not work; a warning is no failure.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let lang = args.lang.as_deref().and_then(Lang::from_tag).unwrap_or(Lang::En);
    let findings = examine(&args.config).await?;
    let said: Vec<Said> = findings.iter().map(|finding| finding.said(lang)).collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&said)?);
    } else {
        said.iter().for_each(|one| println!("{}", line(one)));
    }
    let failed = findings.iter().filter(|finding| finding.state() == State::Fail).count();
    anyhow::ensure!(failed == 0, "{failed} of {} things do not work", findings.len());
    Ok(())
}

/// A line for what is well; what is wrong has one more for each sentence.
fn line(said: &Said) -> String {
    let mark = match said.state {
        State::Ok => "  ok",
        State::Warn => "warn",
        State::Fail => "FAIL",
    };
    let head = format!("{mark}  {} · {}", said.about, said.check);
    let advice = said.advice.as_ref().zip(said.code);
    advice
        .map_or(head.clone(), |(advice, code)| format!("{head} · {code}\n      {}\n      {}", advice.what, advice.todo))
}

/// Which place a file configures, its own words say: only the platform has an origin for residents.
async fn examine(config: &Path) -> anyhow::Result<Vec<Finding>> {
    let text = std::fs::read_to_string(config).with_context(|| format!("reading {}", config.display()))?;
    let table: toml::Table = text.parse().with_context(|| format!("reading {}", config.display()))?;
    if table.contains_key("portal_origin") { platform(config).await } else { insurer(config).await }
}

async fn platform(config: &Path) -> anyhow::Result<Vec<Finding>> {
    let config = crate::serve::read_config(config)?;
    if let Err(finding) = platform::doctor::there(&config) {
        return Ok(vec![finding]);
    }
    match platform::App::open(config, Clock::System).await {
        Err(error) => Ok(vec![platform::doctor::cannot_start(&error)]),
        Ok(app) => {
            let findings = platform::doctor::examine(&app).await;
            app.db.close().await;
            Ok(findings)
        }
    }
}

async fn insurer(config: &Path) -> anyhow::Result<Vec<Finding>> {
    let config = insurer::Config::read(config)?;
    if let Err(finding) = insurer::doctor::there(&config) {
        return Ok(vec![finding]);
    }
    match insurer::App::open(&config, Clock::System).await {
        Err(error) => Ok(vec![insurer::doctor::cannot_start(&error)]),
        Ok(app) => {
            let findings = insurer::doctor::examine(&app).await;
            app.database().close().await;
            Ok(findings)
        }
    }
}
