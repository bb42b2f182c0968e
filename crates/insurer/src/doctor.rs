//! The node examines itself, and says what is wrong and what to do. It calls nobody but its own door.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use doctor::door::{Door, knock};
use doctor::{Check, Finding, Name, Problem, certificate, folder};
use jiff::SignedDuration;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;

use crate::app::{DECRYPT_KEY, SIGN_KEY};
use crate::discovery::TRIES_OF_A_DAY;
use crate::{App, Config, Error, serve, store};

/// Examines everything.
pub async fn examine(app: &App) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Nobody can know beforehand where a node listens that takes any free port.
    if app.config.listen.port() != 0 {
        findings.push(door(&app.config).await);
    }
    findings.extend(certificates(app));
    findings.extend(keys(app));
    findings.extend(log(app).await);
    findings.extend(space(app));
    findings.extend(questions(app).await);
    findings.extend(ends(app).await);
    findings
}

/// What keeps the node from starting, as a finding.
#[must_use]
pub fn cannot_start(error: &Error) -> Finding {
    let (check, about, problem) = match error {
        Error::Database(_) => (Check::Database, "database".to_owned(), Problem::Database),
        Error::Keys(_) | Error::Record => (Check::Keys, "keys".to_owned(), Problem::Keys),
        Error::LogEnd => (Check::AccessLog, "database".to_owned(), Problem::LogEnd),
        Error::Certificate { path } => (Check::Certificate, shown(path), Problem::Unreadable),
        other => (Check::Configuration, "configuration".to_owned(), Problem::Setting { reason: other.to_string() }),
    };
    Finding::of(check, Name::same(about), Some(problem))
}

/// Whether a database that is a file is there: a doctor makes none.
///
/// # Errors
/// A finding that says so.
pub fn there(config: &Config) -> Result<(), Finding> {
    let file = config.database.strip_prefix("sqlite:").map(Path::new);
    if file.is_none_or(Path::exists) { Ok(()) } else { Err(cannot_start(&Error::Database(db::Error::NoRow))) }
}

/// Whether the node answers at the address that it listens at, under the name that its partners know, and asks for a
/// certificate.
async fn door(config: &Config) -> Finding {
    let door = Door { address: config.address.clone(), at: Some(config.listen) };
    let problem = match stranger(config) {
        Err(error) => Some(cannot_start(&error).problem.unwrap_or(Problem::Unreadable)),
        Ok(tls) => match tokio::task::spawn_blocking(move || knock(&door, &tls, DOOR_WITHIN)).await {
            // A stranger is turned away, as it must be.
            Ok(Err(Problem::OwnCertificateRefused)) => None,
            Ok(knocked) => knocked.err(),
            Err(_) => Some(Problem::Silent),
        },
    };
    Finding::of(Check::Connection, Name::same(config.address.clone()), problem)
}

/// TLS of somebody who trusts the authority and has no certificate. Made after the node's own, which must fit its key.
fn stranger(config: &Config) -> Result<Arc<ClientConfig>, Error> {
    serve::tls(&config.tls)?;
    let mut roots = rustls::RootCertStore::empty();
    for authority in serve::certificates(&config.tls.client_ca)? {
        roots.add(authority).map_err(Error::Tls)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).map_err(Error::Tls)?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// When certificates end: those in files, and those of our own keys.
fn certificates(app: &App) -> Vec<Finding> {
    let now = app.clock.now();
    let files = app.certificates.iter().map(|(_, path)| (shown(path), certificate::first_end_in(path)));
    let keys = [SIGN_KEY, DECRYPT_KEY].map(|key| (key.to_owned(), app.keys.certificate_ends(key).ok()));
    let all = files.chain(keys);
    all.map(|(name, ends)| Finding::of(Check::Certificate, Name::same(name), certificate::judge(ends, now))).collect()
}

/// Whether the key does its work that every answer needs.
fn keys(app: &App) -> Option<Finding> {
    let problem = app.keys.sign(SIGN_KEY, b"examined").is_err().then_some(Problem::Keys);
    Some(Finding::of(Check::Keys, Name::same(SIGN_KEY), problem))
}

/// Whether the database takes a change, and the log is as we sealed it: it is sealed again as it was.
async fn log(app: &App) -> [Finding; 2] {
    let sealed = db::transaction!(app.db, |tx| -> Error { store::access_log::append(tx, app.digests(), &[]).await? });
    let (database, log) = match sealed {
        Ok(()) => (None, None),
        Err(Error::Database(_)) => (Some(Problem::Database), None),
        Err(error) => (None, cannot_start(&error).problem),
    };
    let finding = |check, problem| Finding::of(check, Name::same("database"), problem);
    [finding(Check::Database, database), finding(Check::AccessLog, log)]
}

/// The space for imported files, and that beside a database that is a file.
fn space(app: &App) -> Vec<Finding> {
    let file = app.config.database.strip_prefix("sqlite:").map(Path::new);
    let beside = file.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    // The folder for imported files is made with the first of them.
    let files = app.raw_files.ancestors().find(|folder| folder.exists()).unwrap_or(&app.raw_files);
    let folders = [Some(("raw_files", files)), beside.map(|folder| ("database", folder))];
    let judged = |(name, path): (&str, &Path)| Finding::of(Check::Space, Name::same(name), folder::judge(path));
    folders.into_iter().flatten().map(judged).collect()
}

/// Whether questions come in, and whether some of them are refused for what an operator can put right.
async fn questions(app: &App) -> Vec<Finding> {
    let finding = |problem| Finding::of(Check::Questions, Name::same("providers"), problem);
    if app.config.providers.is_empty() || app.config.policy.is_empty() {
        return vec![finding(Some(Problem::NoPeers))];
    }
    // A database that cannot be read has its own finding.
    let Ok(recent) = store::access_log::outcomes(&app.db, RECENT_MAX).await else { return Vec::new() };
    let now = app.clock.now();
    let silent = recent.first().map(|(at, _)| now.duration_since(*at).as_hours() / 24);
    let within_a_day = recent.iter().filter(|(at, _)| now.duration_since(*at) <= DAY);
    let refused: Vec<&str> =
        within_a_day.map(|(_, outcome)| outcome.as_str()).filter(|outcome| TROUBLE.contains(outcome)).collect();
    let problem = match (refused.first(), silent) {
        (Some(newest), _) => Some(Problem::Refused { count: refused.len(), code: (*newest).to_owned() }),
        (None, Some(days)) if days >= SILENT_DAYS => Some(Problem::NotAsked { days }),
        _ => None,
    };
    vec![finding(problem)]
}

/// Whether the platform hears of the links that clerks end.
async fn ends(app: &App) -> Option<Finding> {
    // A node that knows no place of the platform never tries.
    let tries = if app.discovery.is_some() { TRIES_OF_A_DAY } else { 0 };
    let ends = store::untold_end::count(&app.db, tries).await.ok().filter(|ends| *ends > 0)?;
    Some(Finding::of(Check::Messages, Name::same("discovery"), Some(Problem::Untold { ends })))
}

fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// How long each step at our own door may take.
const DOOR_WITHIN: Duration = Duration::from_secs(2);
/// So many of the newest entries of the log are looked at.
const RECENT_MAX: i64 = 1000;
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A region asks every day.
const SILENT_DAYS: i64 = 7;
/// Refusals that clocks, certificates or settings cause: time, signature, token, sender, address.
const TROUBLE: [&str; 5] = ["WSF-06", "WSF-07", "WSF-08", "WSF-09", "WSF-11"];
