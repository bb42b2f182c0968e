//! `ssc admin`.

mod service;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use health::InstitutionCode;
use platform::{
    App, Config,
    app::{create_keys, key, open_keys},
    office::staff::{self, Newcomer},
    store::institution::{self, Institution},
};
use web::Clock;

/// What to let in.
#[derive(Parser)]
pub(crate) struct Args {
    /// The platform's configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Make the platform's keys unless they are there, and write its certificates.
    SetUp {
        /// The folder to write sign.pem and token.pem into.
        #[arg(long)]
        certificates: PathBuf,
    },
    /// A hospital or clinic joins.
    Institution {
        /// Its ten-digit code (医療機関コード).
        code: String,
        /// Its name, as residents will read it under "who looked at my data".
        name: String,
    },
    /// Invite a member of staff: prints the address at which they register a passkey, once, within a week.
    Invite {
        /// The code of their institution.
        institution: String,
        /// The name they will log in with.
        login_name: String,
        /// Their name.
        display_name: String,
    },
    /// Invite somebody to the office's portal: prints the address at which they register a passkey, once, within a week.
    InviteOperator {
        /// The name they will log in with.
        login_name: String,
        /// Their name.
        display_name: String,
    },
    /// Services that log residents in: who may, what each gets, and our keys towards them.
    Service {
        #[command(subcommand)]
        act: service::Act,
    },
}

/// Makes the platform's keys, or lets an institution or a member of staff in.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let config = crate::serve::read_config(&args.config)?;
    match args.act {
        Act::SetUp { certificates } => set_up(&config, &certificates),
        Act::Institution { code, name } => {
            let app = App::open(config, Clock::System).await?;
            let outcome = institution(&app, &code, name).await;
            app.db.close().await;
            outcome
        }
        Act::Service { act } => service::run(config, act).await,
        Act::InviteOperator { login_name, display_name } => {
            let app = App::open(config, Clock::System).await?;
            let outcome = invite_operator(&app, login_name, display_name).await;
            app.db.close().await;
            outcome
        }
        Act::Invite { institution, login_name, display_name } => {
            let app = App::open(config, Clock::System).await?;
            let outcome = invite(&app, Newcomer { institution, login_name, display_name }).await;
            app.db.close().await;
            outcome
        }
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn set_up(config: &Config, certificates: &Path) -> anyhow::Result<()> {
    let keys = if config.keys.file.exists() {
        open_keys(&config.keys)?
    } else {
        create_keys(&config.keys, &config.exchange.entity, Clock::System.now())?
    };
    std::fs::create_dir_all(certificates).with_context(|| format!("making {}", certificates.display()))?;
    for (name, key) in [("sign.pem", key::SIGN), ("token.pem", key::TOKEN)] {
        let path = certificates.join(name);
        let pem = crate::demo::pem("CERTIFICATE", &keys.certificate(key)?);
        std::fs::write(&path, pem).with_context(|| format!("writing {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn institution(app: &App, code: &str, name: String) -> anyhow::Result<()> {
    let parsed = InstitutionCode::parse(code).with_context(|| format!("institution code {code}"))?;
    if !parsed.check_digit_matches() {
        eprintln!("the check digit of {parsed} does not fit the other digits: please look the code up");
    }
    let joined = staff::join(app, &[Institution { code: parsed.to_string(), name: name.clone() }]).await;
    joined.map_err(|error| match error {
        db::Error::Unique => anyhow::anyhow!("institution {parsed} has joined before"),
        other => anyhow::Error::new(other).context(format!("institution {parsed} cannot join")),
    })?;
    println!("{name} has joined");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn invite(app: &App, newcomer: Newcomer) -> anyhow::Result<()> {
    let Newcomer { institution, login_name, .. } = &newcomer;
    let known = institution::all(&app.db).await?.iter().any(|one| one.code == *institution);
    anyhow::ensure!(known, "institution {institution} has not joined: ssc admin institution comes first");
    let taken = format!("the login name {login_name} is taken");
    let address = staff::invite(app, newcomer).await.map_err(|error| match error {
        db::Error::Unique => anyhow::anyhow!(taken),
        other => anyhow::Error::new(other).context("the invitation cannot be written"),
    })?;
    println!("{address}");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn invite_operator(app: &App, login_name: String, display_name: String) -> anyhow::Result<()> {
    anyhow::ensure!(app.config.office_origin.is_some(), "the configuration has no office_origin");
    let taken = format!("the login name {login_name} is taken");
    let address = staff::invite_operator(app, login_name, display_name).await.map_err(|error| match error {
        db::Error::Unique => anyhow::anyhow!(taken),
        other => anyhow::Error::new(other).context("the invitation cannot be written"),
    })?;
    println!("{address}");
    Ok(())
}
