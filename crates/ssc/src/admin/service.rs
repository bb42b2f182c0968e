//! `ssc admin service`.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Subcommand;
use jiff::SignedDuration;
use platform::{
    App, Config,
    idp::{policy::Policy, schedule, services::Service},
    office::{
        difference::{self, Kind, Line, Standing, binding},
        registry::{self, Candidate, Refused, Registration, Remark, Source},
    },
    store::{self, service::State, service_key::Purpose},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use web::{Clock, Lang, clock::Shown};

/// What to do.
#[derive(Subcommand)]
pub(super) enum Act {
    /// Register a service by its metadata, or bring newer metadata of a registered one. Prints what was found.
    Add {
        /// A file, or the https address at which the service publishes it, from where it is fetched anew ever after.
        metadata: String,
        /// What is agreed with the service (TOML); without it a registered service keeps its policy.
        #[arg(long)]
        policy: Option<PathBuf>,
        /// For an address: the certificate (PEM) of the key that the metadata is signed with.
        #[arg(long)]
        certificate: Option<PathBuf>,
        /// Put it in the place of what is registered of this service. Without this the difference is printed, and nothing changed.
        #[arg(long)]
        replace: bool,
        /// Fetch the metadata of this service no more: from now on somebody brings a file each time.
        #[arg(long, conflicts_with = "certificate")]
        by_file: bool,
    },
    /// Say what would be found, and change nothing.
    Check {
        /// A file of metadata.
        metadata: PathBuf,
        /// What would be agreed (TOML).
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    /// List the registered services.
    List,
    /// Print a service's policy, or give it another one.
    Policy {
        /// The service's entity ID.
        entity: String,
        /// The new policy (TOML).
        file: Option<PathBuf>,
    },
    /// Let nobody log in to a service for now.
    Suspend {
        /// The service's entity ID.
        entity: String,
    },
    /// Let residents log in again.
    Resume {
        /// The service's entity ID.
        entity: String,
    },
    /// Forget a service.
    Remove {
        /// The service's entity ID.
        entity: String,
    },
    /// Say which keys of ours are published and used, and from when on.
    Keys,
    /// Change our keys early: new ones are published now and used after the usual time.
    RollKeys {
        /// Use them after so many seconds instead. Services that have not fetched our metadata by then refuse us.
        #[arg(long)]
        after_seconds: Option<u32>,
        /// Use them at once: for keys that somebody else may know.
        #[arg(long, conflicts_with = "after_seconds")]
        now: bool,
    },
}

/// Who did it, as the history says.
const BY: &str = "command line";

/// Carries the command out.
pub(super) async fn run(config: Config, act: Act) -> anyhow::Result<()> {
    let app = App::open(config, Clock::System).await?;
    let outcome = carry_out(&app, act).await;
    app.db.close().await;
    outcome
}

async fn carry_out(app: &App, act: Act) -> anyhow::Result<()> {
    match act {
        Act::Add { metadata, policy, certificate, replace, by_file } => {
            let (bytes, source) = bring(app, metadata, certificate.as_deref()).await?;
            let candidate = propose(app, bytes, source, policy.as_deref()).await?;
            add(app, if by_file { candidate.by_file() } else { candidate }, replace).await
        }
        Act::Check { metadata, policy } => {
            let candidate = propose(app, read(&metadata)?, Source::File, policy.as_deref()).await?;
            say(format!("{}\n{}", described(&candidate), changes(&candidate)).trim_end());
            Ok(())
        }
        Act::List => list(app).await,
        Act::Policy { entity, file: None } => {
            let (kept, _) = registry::find(app, &entity).await?;
            let policy: Policy = serde_json::from_str(&kept.policy)?;
            say(toml::to_string(&policy)?.trim_end());
            Ok(())
        }
        Act::Policy { entity, file: Some(file) } => {
            let remarks = fit(registry::set_policy(app, &entity, read_policy(&file)?, None, BY).await)?;
            say(&format!("{}{entity} has another policy", lines(&remarks)));
            Ok(())
        }
        Act::Suspend { entity } => {
            registry::set_state(app, &entity, State::Suspended, BY).await?;
            say(&format!("{entity} is suspended"));
            Ok(())
        }
        Act::Resume { entity } => {
            registry::set_state(app, &entity, State::Active, BY).await?;
            say(&format!("{entity} may log residents in again"));
            Ok(())
        }
        Act::Remove { entity } => {
            registry::remove(app, &entity, BY).await?;
            say(&format!("{entity} is removed"));
            Ok(())
        }
        Act::Keys => keys(app).await,
        Act::RollKeys { after_seconds, now } => {
            let asked = if now { Some(0) } else { after_seconds };
            let delay = asked.map_or(app.signing.rules.publish_ahead, |n| SignedDuration::from_secs(i64::from(n)));
            app.signing.change(delay, BY, app.clock.now()).await?;
            keys(app).await
        }
    }
}

/// Reads a file, or fetches from an address.
async fn bring(app: &App, metadata: String, certificate: Option<&Path>) -> anyhow::Result<(Vec<u8>, Source)> {
    if !metadata.contains("://") {
        anyhow::ensure!(certificate.is_none(), "a file needs no certificate: whoever brings it vouches for it");
        return Ok((read(Path::new(&metadata))?, Source::File));
    }
    let pem = certificate.map(read).transpose()?;
    let der = pem.and_then(|pem| CertificateDer::from_pem_slice(&pem).ok());
    let der = der.ok_or_else(|| Refused::Unfit(vec![registry::unusable_certificate()]));
    let certificate = fit(der)?.to_vec();
    Ok((fit(registry::fetch(app, &metadata).await)?, Source::Url { address: metadata, certificate }))
}

async fn add(app: &App, candidate: Candidate, replace: bool) -> anyhow::Result<()> {
    let (text, entity) = (described(&candidate), candidate.service.provider.entity.clone());
    let text = format!("{text}\n{}", changes(&candidate));
    anyhow::ensure!(
        replace || candidate.former.is_none() || candidate.is_registered(),
        "nothing was changed\n{text}{entity} is registered: --replace puts this in its place"
    );
    let done = match registry::register(app, candidate, BY).await? {
        Registration::New => "is registered",
        Registration::Replaced => "is described anew",
        Registration::Unchanged => "was registered just so before",
    };
    say(&format!("{text}{entity} {done}"));
    Ok(())
}

/// What would be different from what is registered: a line for each thing that comes or goes.
fn changes(candidate: &Candidate) -> String {
    let line = |line: Line| {
        let mark = match line.standing {
            Standing::Kept => return None,
            Standing::Added => '+',
            Standing::Removed => '-',
        };
        let kind = match line.kind {
            Kind::Answers => "answers",
            Kind::Default => "default",
            Kind::Logout => "logout",
            Kind::Artifacts => "artifacts",
            Kind::Certificate => "certificate",
            Kind::Signatures => "signatures",
            Kind::NameFormat => "name format",
            Kind::Requested => "asks for",
            Kind::Source => "source",
            Kind::Name => "name",
            Kind::Rest => "something else",
        };
        let text = if line.kind == Kind::Source && line.text.is_empty() { "a file" } else { &line.text };
        Some(format!("  {mark} {kind} {text}").trim_end().to_owned() + "\n")
    };
    let former = candidate.former.as_ref().and_then(|former| former.service.as_ref());
    let settings = former.map(|former| difference::of_policies(&former.policy, &candidate.service.policy));
    let settings = settings.into_iter().flatten();
    let settings = settings.map(|(name, was, is)| format!("  - policy {name} {was}\n  + policy {name} {is}\n"));
    candidate.differences().into_iter().filter_map(line).chain(settings).collect()
}

async fn propose(app: &App, bytes: Vec<u8>, source: Source, policy: Option<&Path>) -> anyhow::Result<Candidate> {
    let policy = policy.map(read_policy).transpose()?;
    fit(registry::propose(app, bytes, source, policy).await)
}

async fn list(app: &App) -> anyhow::Result<()> {
    let services = store::service::all(&app.db).await?;
    let line = |kept: &store::service::Kept| {
        let name = Service::read(kept).map(|service| service.name(lang()).to_owned()).unwrap_or_default();
        let state = if kept.state == State::Active { "active" } else { "suspended" };
        let problem = if kept.problem.is_empty() { String::new() } else { format!("  {}", kept.problem) };
        format!("{state:<9}  {}  {name}{problem}", kept.entity)
    };
    let lines: Vec<String> = services.iter().map(line).collect();
    say(if lines.is_empty() { "no service is registered".to_owned() } else { lines.join("\n") }.as_str());
    Ok(())
}

async fn keys(app: &App) -> anyhow::Result<()> {
    let (keys, now) = (store::service_key::all(&app.db).await?, app.clock.now());
    let mut text = String::new();
    for purpose in Purpose::ALL {
        let used = schedule::used(&keys, purpose, now).map(|key| &key.name);
        for key in keys.iter().filter(|key| key.purpose == purpose) {
            let at = |at| Shown::minute(at, Lang::En).text;
            let state = if used == Some(&key.name) {
                format!("used since {}, until {}", at(key.used_from), at(key.used_until))
            } else if key.used_from > now {
                format!("used from {}", at(key.used_from))
            } else {
                format!("forgotten at {}", at(key.retired_at))
            };
            writeln!(text, "{:<20} {state}", key.name)?;
        }
    }
    say(text.trim_end());
    Ok(())
}

/// What a service would be.
fn described(candidate: &Candidate) -> String {
    let provider = &candidate.service.provider;
    let mut text = format!("{} ({})\n", candidate.service.name(lang()), provider.entity);
    for consumer in &provider.consumers {
        let default = if consumer.is_default { " (default)" } else { "" };
        text.push_str(&format!("  answers   {} {}{default}\n", binding(consumer.binding), consumer.location));
    }
    for endpoint in &provider.logout {
        text.push_str(&format!("  logout    {} {}\n", binding(endpoint.binding), endpoint.location));
    }
    text.push_str(&format!(
        "  keys      {} to sign, {} to encrypt to\n",
        provider.signing.len(),
        provider.encryption.len()
    ));
    text.push_str(&lines(&candidate.remarks));
    text.trim_end().to_owned()
}

fn lines(remarks: &[Remark]) -> String {
    let kind = |remark: &Remark| match (remark.fatal, lang()) {
        (true, Lang::En) => "error",
        (false, Lang::En) => "warning",
        (true, Lang::Ja) => "エラー",
        (false, Lang::Ja) => "注意",
    };
    let line = |remark: &Remark| {
        let place = if remark.place.is_empty() { String::new() } else { format!(" {}", remark.place) };
        format!("{} {}{place}: {}\n", kind(remark), remark.code, remark.text(lang()))
    };
    remarks.iter().map(line).collect()
}

/// What was found becomes the command's error.
fn fit<T>(outcome: Result<T, Refused>) -> anyhow::Result<T> {
    outcome.map_err(|refused| match refused {
        Refused::Unfit(remarks) => anyhow::anyhow!("nothing was changed\n{}", lines(&remarks).trim_end()),
        other => other.into(),
    })
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

fn read_policy(path: &Path) -> anyhow::Result<Policy> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("reading {}", path.display()))
}

/// The language of the terminal. Commands speak English; what is found in metadata is said in Japanese, too.
fn lang() -> Lang {
    let set =
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    set.and_then(|tag| Lang::from_tag(&tag)).unwrap_or(Lang::En)
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn say(text: &str) {
    println!("{text}");
}
