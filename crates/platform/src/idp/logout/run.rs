//! A logout under way: which services take part, how far it has come, and whom to answer. Decides; asks nobody.

use saml::{MessageId, Second, Status, Top};
use serde::{Deserialize, Serialize};

/// A logout that goes from service to service.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Run {
    /// The services, in the order in which they are asked.
    pub participants: Vec<Participant>,
    /// The service that asked for it; none when the resident did, in the portal.
    pub requester: Option<Requester>,
}

/// A session at a service that is to end.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Participant {
    /// The service.
    pub entity: String,
    /// `SessionIndex`.
    pub session: String,
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

    /// The outcome for the service at `place`.
    pub(crate) fn set(&mut self, place: usize, progress: Progress) {
        if let Some(one) = self.participants.get_mut(place) {
            one.progress = progress;
        }
    }

    /// Whether every service has confirmed.
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
mod tests {
    use super::*;

    fn participant(entity: &str) -> Participant {
        let (session, name) = ("_1".to_owned(), "x".to_owned());
        Participant { entity: entity.to_owned(), session, name, transient: false, progress: Progress::Waiting }
    }

    fn run() -> Run {
        Run { participants: vec![participant("urn:a"), participant("urn:b")], requester: None }
    }

    fn id(digit: u8) -> MessageId {
        MessageId::from_random([digit; 16])
    }

    #[test]
    fn services_are_asked_one_after_another() {
        let mut run = run();
        assert_eq!(run.next(), Some(0));
        run.ask(0, &id(1));
        assert_eq!(run.next(), Some(0), "until it answers");
        assert!(run.answered("urn:a", &id(1), true));
        assert_eq!(run.next(), Some(1));
        run.ask(1, &id(2));
        assert!(run.answered("urn:b", &id(2), true));
        assert!(run.next().is_none() && run.complete());
        assert_eq!(run.status(), Status::SUCCESS);
    }

    #[test]
    fn only_the_service_that_was_asked_answers_and_only_once() {
        let mut run = run();
        run.ask(0, &id(1));
        assert!(!run.answered("urn:b", &id(1), true), "another service");
        assert!(!run.answered("urn:a", &id(2), true), "another request");
        assert!(run.answered("urn:a", &id(1), true));
        assert!(!run.answered("urn:a", &id(1), false), "a second time");
        assert_eq!(run.participants[0].progress, Progress::Confirmed);
    }

    #[test]
    fn a_service_that_says_no_or_is_passed_over_makes_it_partial() {
        let mut run = run();
        run.ask(0, &id(1));
        run.again();
        assert_eq!(run.participants[0].progress, Progress::Waiting);
        assert!(!run.answered("urn:a", &id(1), true), "the first request is void");
        run.ask(0, &id(3));
        assert!(run.answered("urn:a", &id(3), false));
        run.pass_over();
        assert!(run.next().is_none() && !run.complete());
        assert_eq!(run.status().second, Some(Second::PartialLogout));
    }

    #[test]
    fn a_partial_logout_at_a_service_confirms_nothing() {
        assert!(confirms(&Status::SUCCESS));
        assert!(!confirms(&Status::failed(Top::Success, Second::PartialLogout, "")));
        assert!(!confirms(&Status::failed(Top::Responder, Second::RequestDenied, "")));
    }
}
