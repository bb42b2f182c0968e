//! One institution: its door, its certificates, its clock, and a signed question with its signed answer.

use std::{path::PathBuf, sync::Arc};

use doctor::{
    Check, Finding, Problem, certificate,
    door::{Door, knock},
};
use idwsf::{
    Fault,
    message::{Answer, PeerFault, ResponseRefused},
};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;

use crate::{
    app::App,
    config,
    exchange::{
        Reason,
        call::{self, Examined},
        insurers::Insurer,
    },
};

/// Everything about one institution.
pub(super) async fn examine(app: &Arc<App>, insurer: &Arc<Insurer>, config: &config::Insurer) -> Vec<Finding> {
    let found = |check, problem| Finding::of(check, super::name(insurer), problem);
    let mut findings = Vec::new();
    match knocked(app, insurer).await {
        Err(problem) => findings.push(found(Check::Connection, Some(problem))),
        Ok(chain) => {
            findings.push(found(Check::Connection, standing(app, insurer)));
            let ends = certificate::first_end(&chain);
            findings.push(found(Check::Certificate, certificate::judge(ends, app.clock.now())));
            findings.extend(asked(app, insurer).await.into_iter().map(|(check, problem)| found(check, problem)));
        }
    }
    let files = [&config.signing_certificate, &config.encryption_certificate].map(PathBuf::clone);
    let read = move || files.map(|file| certificate::first_end_in(&file));
    let ends = tokio::task::spawn_blocking(read).await.unwrap_or([None, None]);
    let now = app.clock.now();
    findings.extend(ends.into_iter().map(|ends| found(Check::Certificate, certificate::judge(ends, now))));
    findings
}

/// Knocks at the door of its data service, in a thread that may wait.
async fn knocked(app: &App, insurer: &Insurer) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let door = Door { address: insurer.address_now(), at: None };
    let (tls, within) = (Arc::clone(&app.insurers.tls), app.insurers.deadline);
    let knocking = tokio::task::spawn_blocking(move || knock(&door, &tls, within));
    // Finding a name has no limit of its own.
    let knocked = tokio::time::timeout(within.saturating_mul(2), knocking).await;
    knocked.map_err(|_| Problem::Silent)?.unwrap_or(Err(Problem::Silent))
}

/// What the exchange has seen of it.
fn standing(app: &App, insurer: &Insurer) -> Option<Problem> {
    let (seen, address) = (insurer.breaker.seen(), insurer.address_now());
    if seen.rests(app.clock.now()) {
        Some(Problem::Resting { failures: seen.failures })
    } else {
        (address != insurer.address).then_some(Problem::Moved { address })
    }
}

/// Asks about nobody: what is wrong with the messages and, where the answer tells the time, with the clock.
async fn asked(app: &Arc<App>, insurer: &Arc<Insurer>) -> Vec<(Check, Option<Problem>)> {
    let before = app.clock.now();
    let examined = match call::examine(app, insurer).await {
        Ok(examined) => examined,
        Err(Reason::Slow) => return vec![(Check::Messages, Some(Problem::Silent))],
        Err(reason) => return vec![(Check::Messages, Some(unusable(reason.code())))],
    };
    let mut findings = Vec::new();
    if let Some(written_at) = examined.written_at {
        findings.push((Check::Clock, Problem::clock(ahead(written_at, before, app.clock.now()))));
    }
    findings.extend(of_answer(&examined));
    findings
}

/// How many seconds the clock that wrote at `written_at`, between `before` and `after` by ours, is ahead of ours.
fn ahead(written_at: Timestamp, before: Timestamp, after: Timestamp) -> i64 {
    if written_at > after {
        written_at.duration_since(after).as_secs()
    } else {
        written_at.duration_since(before).as_secs().min(0)
    }
}

/// What an answer says of the keys and settings of both ends. Where the clocks differ too much for messages, nothing.
fn of_answer(examined: &Examined) -> Option<(Check, Option<Problem>)> {
    let problem = match &examined.answer {
        Ok(Answer::Reply(())) => None,
        Ok(Answer::Fault(fault)) if simulates_not(fault) => None,
        // It was about our question, but not signed with the key that we know.
        Err(ResponseRefused::UnverifiedFault(fault)) if simulates_not(fault) => Some(Problem::AnswerSignature),
        Err(ResponseRefused::Message(Fault::Signature(_))) => Some(Problem::AnswerSignature),
        Err(ResponseRefused::Message(Fault::Stale)) => return None,
        Ok(Answer::Fault(fault)) | Err(ResponseRefused::UnverifiedFault(fault)) => match of_fault(fault) {
            Some(problem) => Some(problem),
            None => return None,
        },
        Err(refused) => Some(unusable(refused.code())),
    };
    Some((Check::Messages, problem))
}

/// A service that has taken every step up to the simulation, which it does not do.
fn simulates_not(fault: &PeerFault) -> bool {
    fault.status.as_deref() == Some("ProcCtxUnwilling")
}

/// Why the institution refuses us; none for a message that is stale by its clock.
fn of_fault(fault: &PeerFault) -> Option<Problem> {
    let problem = match (fault.code.as_str(), fault.status.as_deref()) {
        (_, Some("StaleMsg")) => return None,
        (_, Some("ProviderIDNotValid")) => Problem::SenderUnknown,
        ("FailedCheck", _) => Problem::OwnSignatureRefused,
        ("InvalidSecurityToken" | "FailedAuthentication", _) => Problem::TokenRefused,
        ("DestinationUnreachable", _) => Problem::OtherAddress,
        (code, status) => unusable(status.unwrap_or(code)),
    };
    Some(problem)
}

fn unusable(code: &str) -> Problem {
    Problem::Unusable { code: code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_only_beyond_the_time_that_asking_took() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        assert_eq!(ahead(at(5), at(0), at(9)), 0);
        assert_eq!(ahead(at(12), at(0), at(9)), 3);
        assert_eq!(ahead(at(-4), at(0), at(9)), -4);
    }
}
