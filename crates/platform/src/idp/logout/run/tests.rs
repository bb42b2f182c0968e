use super::*;

fn participant(entity: &str) -> Participant {
    let (sessions, name) = (vec!["_1".to_owned()], "x".to_owned());
    Participant { entity: entity.to_owned(), sessions, name, transient: false, progress: Progress::Waiting }
}

fn run() -> Run {
    Run { participants: vec![participant("urn:a"), participant("urn:b")], ..Run::default() }
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
fn a_late_outcome_changes_nothing_that_is_settled() {
    let (mut run, mut asked) = (run(), run());
    run.pass_over();
    asked.set(0, Progress::Confirmed);
    asked.set(1, Progress::Confirmed);
    run.settle(&asked);
    assert_eq!(run.participants[0].progress, Progress::Unconfirmed, "the person went on without it");
    assert_eq!(run.participants[1].progress, Progress::Confirmed);
}

#[test]
fn a_partial_logout_at_a_service_confirms_nothing() {
    assert!(confirms(&Status::SUCCESS));
    assert!(!confirms(&Status::failed(Top::Success, Second::PartialLogout, "")));
    assert!(!confirms(&Status::failed(Top::Responder, Second::RequestDenied, "")));
}

/// What can happen to a logout.
#[derive(Clone, Copy, Debug)]
enum Event {
    Asked,
    Answered { confirmed: bool },
    AnsweredTooLate,
    AnsweredByAnother,
    Again,
    PassedOver,
}

const EVENTS: [Event; 7] = [
    Event::Asked,
    Event::Answered { confirmed: true },
    Event::Answered { confirmed: false },
    Event::AnsweredTooLate,
    Event::AnsweredByAnother,
    Event::Again,
    Event::PassedOver,
];

/// What is known of the services, told in other words: those that are settled, and the requests of the one whose turn it is,
/// of which only the last counts while it stands.
#[derive(Clone, Default)]
struct Model {
    settled: Vec<bool>,
    sent: Vec<MessageId>,
    standing: bool,
    count: u8,
}

impl Model {
    fn step(&mut self, run: &mut Run, event: Event) {
        let turn = run.next();
        assert_eq!(turn, (self.settled.len() < run.participants.len()).then_some(self.settled.len()), "{event:?}");
        let (entity, other) = if self.settled.is_empty() { ("urn:a", "urn:b") } else { ("urn:b", "urn:a") };
        let last = self.sent.last().filter(|_| self.standing).cloned();
        match (event, turn) {
            (Event::Asked, Some(place)) => {
                self.count += 1;
                run.ask(place, &id(self.count));
                self.sent.push(id(self.count));
                self.standing = true;
            }
            (Event::Answered { confirmed }, Some(_)) => {
                let request = last.clone().unwrap_or_else(|| id(0));
                assert_eq!(run.answered(entity, &request, confirmed), last.is_some());
                if last.is_some() {
                    self.settle(confirmed);
                }
            }
            (Event::AnsweredTooLate, _) => {
                for old in self.sent.iter().filter(|sent| Some(*sent) != last.as_ref()) {
                    assert!(!run.answered(entity, old, true), "a request that another took the place of");
                }
            }
            (Event::AnsweredByAnother, _) => {
                assert!(!run.answered(other, &last.unwrap_or_else(|| id(0)), true));
            }
            (Event::Again, _) => {
                run.again();
                self.standing = false;
            }
            (Event::PassedOver, Some(_)) => {
                run.pass_over();
                self.settle(false);
            }
            (_, None) => run.pass_over(),
        }
        assert_eq!(run.complete(), self.settled == [true, true]);
    }

    fn settle(&mut self, confirmed: bool) {
        self.settled.push(confirmed);
        self.sent.clear();
        self.standing = false;
    }
}

/// Every way that a logout of two services can take in so many steps.
fn walk(run: &Run, model: &Model, steps: usize) -> usize {
    if steps == 0 {
        return 1;
    }
    let mut ways = 0;
    for event in EVENTS {
        let (mut run, mut model) = (run.clone(), model.clone());
        model.step(&mut run, event);
        ways += walk(&run, &model, steps - 1);
    }
    ways
}

#[test]
fn whatever_happens_only_an_answer_to_the_standing_request_confirms() {
    assert_eq!(walk(&run(), &Model::default(), 6), EVENTS.len().pow(6));
}
