//! The errands that sites have given the agent, each named by a ticket that nobody can guess.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use web::Random;

use crate::{Problem, login::Login, pairing::Pairing};

/// How long an errand may take, from the site's call to the last step.
pub(crate) const ERRAND_LIFE: SignedDuration = SignedDuration::from_secs(120);

/// Most errands at a time; the oldest gives way.
const ERRANDS_MAX: usize = 16;

/// The errands that have not expired.
#[derive(Default)]
pub(crate) struct Errands(Mutex<HashMap<String, Arc<Errand>>>);

/// What a site asked for.
pub(crate) struct Errand {
    pub(crate) origin: String,
    pub(crate) begun: Timestamp,
    pub(crate) task: Task,
}

/// The two things that need the person.
pub(crate) enum Task {
    /// Log in with card and PIN.
    Login(Login),
    /// Allow the site to read cards without a PIN.
    Pairing(Pairing),
}

impl Errands {
    /// Takes an errand on and returns its ticket.
    pub(crate) fn begin(&self, origin: &str, task: Task, random: &Random, now: Timestamp) -> String {
        let ticket = hex::encode(random.bytes::<16>());
        let mut errands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        errands.retain(|_, errand| errand.live(now));
        while errands.len() >= ERRANDS_MAX {
            let Some(oldest) = errands.iter().min_by_key(|(_, errand)| errand.begun).map(|(ticket, _)| ticket.clone())
            else {
                break;
            };
            errands.remove(&oldest);
        }
        errands.insert(ticket.clone(), Arc::new(Errand { origin: origin.to_owned(), begun: now, task }));
        ticket
    }

    /// The errand that `ticket` names, for the agent's own window.
    pub(crate) fn find(&self, ticket: &str, now: Timestamp) -> Result<Arc<Errand>, Problem> {
        let errands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        errands.get(ticket).filter(|errand| errand.live(now)).cloned().ok_or(Problem::Expired)
    }

    /// The errand that `ticket` names, for the site that gave it. To another site it looks as if it did not exist.
    pub(crate) fn find_for(&self, ticket: &str, origin: &str, now: Timestamp) -> Result<Arc<Errand>, Problem> {
        self.find(ticket, now)
            .and_then(|errand| if errand.origin == origin { Ok(errand) } else { Err(Problem::Expired) })
    }
}

impl Errand {
    pub(crate) fn login(&self) -> Result<&Login, Problem> {
        if let Task::Login(login) = &self.task { Ok(login) } else { Err(Problem::BadRequest) }
    }

    pub(crate) fn pairing(&self) -> Result<&Pairing, Problem> {
        if let Task::Pairing(pairing) = &self.task { Ok(pairing) } else { Err(Problem::BadRequest) }
    }

    fn live(&self, now: Timestamp) -> bool {
        now.duration_since(self.begun) < ERRAND_LIFE
    }
}
