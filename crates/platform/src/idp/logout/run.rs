//! A logout under way: which services take part, how far it has come, and whom to answer. Decides; asks nobody.

use saml::{MessageId, Second, Status, Top};
use serde::{Deserialize, Serialize};

/// A logout that goes from service to service. It is kept, and may be opened by the next version: a field that is added has a
/// default.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Run {
    /// The services, in the order in which they are asked.
    pub participants: Vec<Participant>,
    /// The service that asked for it; none when the resident did, in the portal.
    pub requester: Option<Requester>,
    /// A browser goes on with it.
    #[serde(default)]
    pub by_browser: bool,
    /// Services are being asked behind the browser's back: their outcome is waited for before the browser asks any.
    #[serde(skip)]
    pub asking: bool,
}

/// Sessions of one name at a service, which are to end.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Participant {
    /// The service.
    pub entity: String,
    /// `SessionIndex` of each.
    pub sessions: Vec<String>,
    /// The name there. Never shown.
    pub name: String,
    /// Whether the name is another one at every login.
    pub transient: bool,
    /// How far it is.
    pub progress: Progress,
}

/// How far a service is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Progress {
    /// Not asked yet.
    Waiting,
    /// Asked through the browser, by the request of this ID.
    Asked(String),
    /// It says that its session has ended.
    Confirmed,
    /// It could not be asked, said no, or was passed over.
    Unconfirmed,
}

/// What comes next where the browser is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Services are still being asked behind its back.
    Behind,
    /// The service at this place is asked.
    Ask(usize),
    /// The service at this place was asked, and the browser came back without its answer.
    Unanswered(usize),
    /// Nothing: everybody was asked.
    Over,
}

/// The service that asked for a logout.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Requester {
    /// The service.
    pub entity: String,
    /// Its request.
    pub request: String,
    /// What it wants back.
    pub relay_state: Option<String>,
    /// It asked by HTTP-POST, and is answered so if it can be.
    pub by_post: bool,
    /// The name is not one that we gave it: nothing was ended.
    pub unknown: bool,
}

impl Run {
    /// The place of the service that comes next: the first that has not been asked, or has not answered.
    pub(crate) fn next(&self) -> Option<usize> {
        self.participants.iter().position(|one| matches!(one.progress, Progress::Waiting | Progress::Asked(_)))
    }

    /// The browser is here: whose turn it is. A service whose turn it is for the first time is asked by a request of this ID.
    pub(crate) fn turn(&mut self, request: &MessageId) -> Turn {
        if self.asking {
            return Turn::Behind;
        }
        let Some(place) = self.next() else { return Turn::Over };
        if self.participants.get(place).is_some_and(|one| one.progress != Progress::Waiting) {
            return Turn::Unanswered(place);
        }
        self.ask(place, request);
        Turn::Ask(place)
    }

    /// The service at `place` is asked by a request of this ID.
    pub(crate) fn ask(&mut self, place: usize, request: &MessageId) {
        self.set(place, Progress::Asked(request.as_str().to_owned()));
    }

    /// A verified answer of `entity` to `request`. Whether it was waited for.
    pub(crate) fn answered(&mut self, entity: &str, request: &MessageId, confirmed: bool) -> bool {
        let asked = Progress::Asked(request.as_str().to_owned());
        let place = self.participants.iter().position(|one| one.entity == entity && one.progress == asked);
        let progress = if confirmed { Progress::Confirmed } else { Progress::Unconfirmed };
        place.inspect(|place| self.set(*place, progress)).is_some()
    }

    /// The person wants to ask the next service once more.
    pub(crate) fn again(&mut self) {
        if let Some(place) = self.next() {
            self.set(place, Progress::Waiting);
        }
    }

    /// The person wants to go on without the next service.
    pub(crate) fn pass_over(&mut self) {
        if let Some(place) = self.next() {
            self.set(place, Progress::Unconfirmed);
        }
    }

    /// Services were asked behind the browser's back, and it went as in `asked`. What is settled already stays so.
    pub(crate) fn settle(&mut self, asked: &Self) {
        for (one, asked) in self.participants.iter_mut().zip(&asked.participants) {
            if one.progress == Progress::Waiting {
                one.progress = asked.progress.clone();
            }
        }
        self.asking = false;
    }

    /// The outcome for the service at `place`.
    pub(crate) fn set(&mut self, place: usize, progress: Progress) {
        if let Some(one) = self.participants.get_mut(place) {
            one.progress = progress;
        }
    }

    /// Whether every service has confirmed; the one that asked is none of them.
    pub(crate) fn complete(&self) -> bool {
        self.participants.iter().all(|one| one.progress == Progress::Confirmed)
    }

    /// What the service that asked is told (SAML 2.0 Core §3.7.3.2): our own session has ended in any case.
    pub(crate) fn status(&self) -> Status {
        let partial = || Status { top: Top::Success, second: Some(Second::PartialLogout), message: None };
        if self.complete() { Status::SUCCESS } else { partial() }
    }
}

/// Whether an answer says that the session at the service has ended, and everything behind it.
pub(crate) fn confirms(status: &Status) -> bool {
    status.top == Top::Success && status.second != Some(Second::PartialLogout)
}

#[cfg(test)]
mod tests;
