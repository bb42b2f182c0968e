//! What every part of a running agent shares.

use web::{Clock, Random};

use crate::{Problem, config::Config, desk::Desk, errand::Errands, pairings::Pairings, wire};

/// A running agent.
pub(crate) struct App {
    pub(crate) config: Config,
    /// Port of 127.0.0.1 at which the windows are.
    pub(crate) port: u16,
    pub(crate) random: Random,
    pub(crate) desk: Desk,
    pub(crate) errands: Errands,
    pub(crate) pairings: Pairings,
}

impl App {
    pub(crate) fn clock(&self) -> &Clock {
        &self.config.clock
    }

    /// What a site learns when an errand begins.
    pub(crate) fn opened(&self, ticket: String) -> wire::Opened {
        wire::Opened { window: format!("http://127.0.0.1:{}/window/{ticket}", self.port), ticket }
    }

    /// Admits a site that the person has paired.
    pub(crate) fn paired(&self, origin: &str, token: Option<&str>) -> Result<(), Problem> {
        let holds = token.is_some_and(|token| self.pairings.hold(origin, token));
        if holds { Ok(()) } else { Err(Problem::NotPaired) }
    }
}
