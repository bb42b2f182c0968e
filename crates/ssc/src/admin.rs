//! `ssc admin`.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};
use health::InstitutionCode;
use platform::{
    App,
    office::staff::{self, Newcomer},
    store::institution::Institution,
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
}

/// Lets an institution or a member of staff in.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let app = App::open(crate::serve::read_config(&args.config)?, Clock::System).await?;
    match args.act {
        Act::Institution { code, name } => {
            InstitutionCode::parse(&code).with_context(|| format!("institution code {code}"))?;
            staff::join(&app, &[Institution { code, name: name.clone() }]).await.context("the institution joined before")?;
            println!("{name} has joined");
        }
        Act::Invite { institution, login_name, display_name } => {
            let newcomer = Newcomer { institution, login_name, display_name };
            let address = staff::invite(&app, newcomer).await.context("unknown institution, or the name is taken")?;
            println!("{address}");
        }
    }
    app.db.close().await;
    Ok(())
}
