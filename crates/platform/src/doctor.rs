//! The platform examines itself and every institution, and says what is wrong and what to do. Nothing of it is about a person:
//! institutions are asked about nobody.

mod peer;

use std::{path::Path, sync::Arc};

use doctor::{Check, Finding, Name, Problem, certificate, folder};
use futures::future::join_all;

use crate::{
    app::{App, CannotStart, key},
    audit::{self, Unwritten},
    exchange::{insurers::Insurer, link},
    idp::expiry,
    store::{self, link_end::Stranded},
};

/// Examines everything: institutions first, all at once, each within its deadline; then what is our own.
pub async fn examine(app: &Arc<App>) -> Vec<Finding> {
    let peers = app.insurers.all.iter().zip(&app.config.insurer);
    let peers = join_all(peers.map(|(insurer, config)| peer::examine(app, insurer, config))).await;
    let mut findings: Vec<Finding> = peers.into_iter().flatten().collect();
    if findings.is_empty() {
        findings.push(Finding::of(Check::Connection, ours("exchange"), Some(Problem::NoPeers)));
    }
    findings.extend(certificates(app).await);
    findings.extend(keys(app));
    findings.extend(log(app).await);
    findings.extend(space(app));
    findings.extend(stranded(app).await);
    findings.extend(shared(app).await);
    findings
}

/// What keeps the platform from starting, as a finding.
#[must_use]
pub fn cannot_start(error: &CannotStart) -> Finding {
    match error {
        CannotStart::Database(_) => Finding::of(Check::Database, ours("database"), Some(Problem::Database)),
        CannotStart::Keys(_) => Finding::of(Check::Keys, ours("keys"), Some(Problem::Keys)),
        CannotStart::Audit(error) => Finding::of(Check::AccessLog, ours("database"), Some(of_log(error))),
        CannotStart::Setting { setting, reason } => {
            let problem = Problem::Setting { reason: reason.clone() };
            Finding::of(Check::Configuration, Name::same(setting), Some(problem))
        }
    }
}

/// The name of an institution.
fn name(insurer: &Insurer) -> Name {
    Name { ja: insurer.name.clone(), en: insurer.name_en.clone() }
}

/// Something of our own, by the name of its setting.
fn ours(name: &str) -> Name {
    Name::same(name)
}

/// When our certificates end.
async fn certificates(app: &App) -> Vec<Finding> {
    let now = app.clock.now();
    let ours = expiry::ours(app).await.into_iter();
    ours.map(|own| Finding::of(Check::Certificate, Name::same(own.name), certificate::judge(own.ends, now))).collect()
}

/// Whether the keys that every question needs do their work.
fn keys(app: &App) -> Vec<Finding> {
    let works = |name: &str| app.keys.sign(name, b"examined").is_ok();
    let named = [key::SIGN, key::TOKEN].into_iter();
    named.map(|name| Finding::of(Check::Keys, ours(name), (!works(name)).then_some(Problem::Keys))).collect()
}

/// Whether the database takes a change, and the log is as we sealed it.
async fn log(app: &App) -> [Finding; 2] {
    let problem = audit::examine(app).await.err().map(|error| of_log(&error));
    let (database, log) = match problem {
        Some(Problem::Database) => (Some(Problem::Database), None),
        other => (None, other),
    };
    let finding = |check, problem| Finding::of(check, ours("database"), problem);
    [finding(Check::Database, database), finding(Check::AccessLog, log)]
}

fn of_log(error: &Unwritten) -> Problem {
    match error {
        Unwritten::Database(_) => Problem::Database,
        Unwritten::Keys(_) => Problem::Keys,
        Unwritten::Tampered => Problem::LogEnd,
    }
}

/// The space beside a database that is a file.
fn space(app: &App) -> Option<Finding> {
    let file = Path::new(app.config.database.strip_prefix("sqlite:")?);
    let beside = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(Finding::of(Check::Space, ours("database"), folder::judge(beside)))
}

/// Institutions that have left the configuration, and were to be told of something.
async fn stranded(app: &App) -> Vec<Finding> {
    // A database that cannot be read has its own finding.
    let stranded = link::stranded(app).await.unwrap_or_default().into_iter();
    let finding = |one: Stranded| {
        Finding::of(Check::Configuration, Name::same(one.provider), Some(Problem::Stranded { ends: one.ends }))
    };
    stranded.map(finding).collect()
}

/// Institutions whose entity ID is that of a service that was registered before they were configured: a suspended one counts,
/// for it may go on tomorrow.
async fn shared(app: &App) -> Vec<Finding> {
    let services = store::service::all(&app.db).await.unwrap_or_default();
    let taken = services.iter().filter_map(|service| app.insurers.find(&service.entity));
    taken.map(|insurer| Finding::of(Check::Configuration, name(insurer), Some(Problem::SharedEntity))).collect()
}

/// Whether a database that is a file is there: a doctor makes none.
///
/// # Errors
/// A finding that says so.
pub fn there(config: &crate::Config) -> Result<(), Finding> {
    let file = config.database.strip_prefix("sqlite:").map(Path::new);
    let there = file.is_none_or(Path::exists);
    if there { Ok(()) } else { Err(Finding::of(Check::Database, ours("database"), Some(Problem::Database))) }
}
