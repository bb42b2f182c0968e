//! What reading metadata found, and how it is collected.

use std::fmt;

use super::{ServiceProvider, problem::Problem};

/// What reading found, good or bad: what ends it first, then part by part. Shown to the operator, and to the service's own people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was found: at most 100.
    pub findings: Vec<Finding>,
}

/// One thing found in metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the metadata cannot be used for it.
    pub fatal: bool,
    /// `MD-01` and so on: the operator's guide explains each.
    pub code: &'static str,
    /// Where: a path such as `SPSSODescriptor/AssertionConsumerService[2]/@Location`.
    pub place: String,
    /// What is wrong and what to do, in English, without anything longer than a line from the document.
    pub text: String,
    ja: String,
}

impl Finding {
    /// The same in Japanese.
    #[must_use]
    pub fn text_ja(&self) -> String {
        self.ja.clone()
    }

    pub(super) fn new(place: &str, problem: Problem) -> Self {
        let Problem { fatal, code, en, ja } = problem;
        Self { fatal, code, place: place.to_owned(), text: en, ja }
    }
}

impl Report {
    /// Whether something was found for which the metadata cannot be used.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.findings.iter().any(|finding| finding.fatal)
    }

    pub(super) fn add(&mut self, place: &str, problem: Problem) {
        // What is fatal always finds room: a few at most, and they must not hide behind warnings.
        if self.findings.len() < FINDINGS_MAX || problem.fatal {
            self.findings.push(Finding::new(place, problem));
        }
    }

    /// The value, or nothing and a finding.
    pub(super) fn need<T>(&mut self, place: &str, value: Result<T, Problem>) -> Option<T> {
        value.map_err(|problem| self.add(place, problem)).ok()
    }

    pub(super) fn close(self, provider: Option<ServiceProvider>) -> Result<(ServiceProvider, Self), Self> {
        match provider {
            Some(provider) if !self.is_fatal() => Ok((provider, self)),
            _ => Err(self),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let kind = if finding.fatal { "error" } else { "warning" };
            writeln!(out, "{kind} {} at {}: {}", finding.code, finding.place, finding.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// More than anybody reads.
const FINDINGS_MAX: usize = 100;
