//! A resident's records for a service that they have let see them: the reference client of ID-WSF, for whoever has an application
//! and no ID-WSF. It is given what came with the login, asks where the records are, asks there, and prints what it was told.

mod config;
mod institution;
mod portal;
mod wire;

use std::{io::Read as _, path::PathBuf};

use anyhow::Context as _;
use idwsf::EntityId;
use idwsf::epr::{Bootstrap, Client, EndpointReference, Transport, Uri};
use idwsf::message::Mechanism;
use serde::Serialize;
use web::Clock;

use config::Party;
use portal::{Asking, Found};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// The environment variable that holds the DiscoveryEPR of the login; without it, standard input does.
    #[arg(long)]
    env: Option<String>,
    /// The service's own page to which the browser may come back, where the portal has to ask the resident first.
    #[arg(long)]
    back: Option<String>,
    /// What the browser brought when it came back: the query of that page's address.
    #[arg(long)]
    returned: Option<String>,
}

/// What was found, as it is printed.
#[derive(Serialize)]
struct Records {
    /// One for each institution that the service may ask.
    institutions: Vec<Told>,
    /// Where to send the browser: the portal asks the resident there, and sends it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<String>,
}

/// What one institution told.
#[derive(Serialize)]
struct Told {
    /// Its entity ID.
    institution: String,
    /// Its name.
    name: Option<String>,
    /// When it answered, by its own clock.
    as_of: Option<String>,
    /// Periods of coverage, newest first.
    coverage: Vec<serde_json::Value>,
    /// Check-ups, as the institution wrote them.
    check_ups: Vec<serde_json::Value>,
    /// Why there is nothing of it, in words.
    problem: Option<String>,
}

/// Asks, and prints what was told as JSON. Tokens are never printed.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let value = given(args.env.as_deref())?;
    let records = fetched(&args, &value).await?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &records)?;
    std::io::Write::write_all(&mut out, b"\n")?;
    Ok(())
}

/// The value of the login's attribute.
fn given(env: Option<&str>) -> anyhow::Result<String> {
    if let Some(name) = env {
        return std::env::var(name).with_context(|| format!("the environment has no {name}"));
    }
    let mut value = String::new();
    std::io::stdin().take(VALUE_BYTES_MAX).read_to_string(&mut value).context("reading standard input")?;
    Ok(value)
}

async fn fetched(args: &Args, value: &str) -> anyhow::Result<Records> {
    let party = Party::open(&args.config)?;
    let now = Clock::System.now();
    let transport = if party.local { Transport::Loopback } else { Transport::Tls };
    let client = Client { mechanisms: &[Mechanism::TlsBearer], transport };
    let bootstrap = Bootstrap::read([value.trim()], &client, now).context("the login opens no way to the records")?;
    let asking = Asking { back: args.back.as_deref(), returned: args.returned.as_deref() };
    let references = match portal::discover(&party, bootstrap.discovery(), asking).await? {
        Found::There(references) => references,
        Found::Ask(page) => return Ok(Records { institutions: Vec::new(), ask: Some(page) }),
    };
    let references = each_once(references);
    let asked = references.iter().map(|reference| institution::ask(&party, reference));
    Ok(Records { institutions: futures::future::join_all(asked).await, ask: None })
}

/// One reference to each door: an institution that registers what the portal's configuration has of it, too, is one institution, and
/// the configuration's comes first, with what may be asked there.
fn each_once(references: Vec<EndpointReference>) -> Vec<EndpointReference> {
    let mut once: Vec<EndpointReference> = Vec::with_capacity(references.len());
    for reference in references {
        if !once.iter().any(|known| door(known) == door(&reference)) {
            once.push(reference);
        }
    }
    once
}

/// Whose it is, where it is, what is behind it, and how one speaks to it.
fn door(reference: &EndpointReference) -> (&EntityId, &Uri, &[Uri], Vec<&Uri>) {
    let mechanisms = reference.contexts.iter().flat_map(|context| &context.mechanisms).collect();
    (&reference.provider, &reference.address, &reference.service_types, mechanisms)
}

/// A reference of the portal's has some 5 KiB.
const VALUE_BYTES_MAX: u64 = 64 * 1024;

#[cfg(test)]
mod tests;
