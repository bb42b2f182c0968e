//! Logging in with card and PIN: what has happened so far, and which step may come next.

pub(crate) mod calls;

use std::sync::{Mutex, PoisonError};

use card::protocol::{Origin, Pin, Start, agent::PinExchange};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::{Problem, wire::Done};

/// An open window asks for news all the time; silence of this length means that the person closed it.
const WINDOW_SILENCE: SignedDuration = SignedDuration::from_secs(10);

/// A login that a site asked for.
///
/// Each step takes what the step before left and can therefore happen only once, and only in its turn.
pub(crate) struct Login {
    pub(crate) origin: Origin,
    pub(crate) start: Start,
    stage: Mutex<Stage>,
    phase: watch::Sender<Phase>,
    window_seen: Mutex<Option<Timestamp>>,
}

/// What the window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The person is to enter the PIN.
    Pin,
    /// The PIN is there, the card is not.
    Card,
    /// Card, site and agent are at work.
    Working,
    /// The site said how it ended.
    Done(Done),
    /// It ended before the site could say anything.
    Failed(Problem),
}

/// What the last step left for the next one.
enum Stage {
    /// Nothing: the step is running, the PIN is not there yet, or it is over.
    Nothing,
    /// The PIN.
    Pin(Pin),
    /// The PIN; message 2 is made.
    Proved(Pin),
    /// What is needed to make message 7; message 5 is made.
    Opened(Box<PinExchange>),
}

impl Login {
    pub(crate) fn new(origin: Origin, start: Start) -> Self {
        let (stage, phase) = (Mutex::new(Stage::Nothing), watch::Sender::new(Phase::Pin));
        Self { origin, start, stage, phase, window_seen: Mutex::new(None) }
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Takes the PIN from the window. A second one comes too late and is dropped.
    pub(crate) fn enter(&self, pin: Pin) {
        self.phase.send_if_modified(|phase| {
            let asked = *phase == Phase::Pin;
            if asked {
                self.put(Stage::Pin(pin));
                *phase = Phase::Card;
            }
            asked
        });
    }

    /// The person says no. What the site has already got cannot be taken back, but no further step will happen.
    pub(crate) fn cancel(&self) {
        self.fail(Problem::Cancelled);
    }

    /// Ends the login for `problem`, unless it is over already, and wipes what was left for the next step.
    pub(crate) fn fail(&self, problem: Problem) -> Problem {
        self.move_on(Phase::Failed(problem));
        self.put(Stage::Nothing);
        problem
    }

    /// Notes what the site says about the end.
    pub(crate) fn done(&self, done: Done) {
        self.put(Stage::Nothing);
        self.phase.send_if_modified(|phase| {
            let open = !matches!(phase, Phase::Failed(_));
            if open {
                *phase = Phase::Done(done);
            }
            open
        });
    }

    /// The window showed a sign of life.
    pub(crate) fn see_window(&self, now: Timestamp) {
        *self.window_seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Whether the window was open and is no more.
    fn window_gone(&self, now: Timestamp) -> bool {
        let seen = *self.window_seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.is_some_and(|seen| now.duration_since(seen) > WINDOW_SILENCE)
    }

    /// Step 1 may begin: the PIN is there.
    fn take_pin(&self) -> Result<Pin, Problem> {
        match self.take() {
            Stage::Pin(pin) => Ok(pin),
            _ => Err(self.out_of_turn()),
        }
    }

    /// The card was not read after all: the PIN waits for the next time.
    fn again(&self, pin: Pin) -> Result<(), Problem> {
        self.leave(Stage::Pin(pin))?;
        self.move_on(Phase::Card);
        Ok(())
    }

    /// Message 2 is made.
    fn proved(&self, pin: Pin) -> Result<(), Problem> {
        self.leave(Stage::Proved(pin))
    }

    /// Step 4 may begin: message 2 was made.
    fn take_proved(&self) -> Result<Pin, Problem> {
        match self.take() {
            Stage::Proved(pin) => Ok(pin),
            _ => Err(self.out_of_turn()),
        }
    }

    /// The secret was read and message 5 made.
    fn opened(&self, exchange: PinExchange) -> Result<(), Problem> {
        self.leave(Stage::Opened(Box::new(exchange)))
    }

    /// The last step may begin: message 5 was made.
    fn take_opened(&self) -> Result<PinExchange, Problem> {
        match self.take() {
            Stage::Opened(exchange) => Ok(*exchange),
            _ => Err(self.out_of_turn()),
        }
    }

    /// A step came before or after its turn: a site that errs like this gets no second chance with this login.
    fn out_of_turn(&self) -> Problem {
        match self.phase() {
            Phase::Failed(problem) => problem,
            _ => self.fail(Problem::BadRequest),
        }
    }

    /// Leaves `stage` for the next step, or wipes it when the login has ended meanwhile.
    fn leave(&self, stage: Stage) -> Result<(), Problem> {
        // held until the stage is in place, so that a cancellation comes either before or after it
        let phase = self.phase.borrow();
        match *phase {
            Phase::Failed(problem) => Err(problem),
            Phase::Done(_) => Err(Problem::BadRequest),
            Phase::Pin | Phase::Card | Phase::Working => {
                self.put(stage);
                Ok(())
            }
        }
    }

    /// Shows `next`, unless the login is over.
    fn move_on(&self, next: Phase) {
        self.phase.send_if_modified(|phase| {
            let open = !phase.over();
            if open {
                *phase = next;
            }
            open
        });
    }

    fn take(&self) -> Stage {
        std::mem::replace(&mut self.stage.lock().unwrap_or_else(PoisonError::into_inner), Stage::Nothing)
    }

    fn put(&self, stage: Stage) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
}

impl Phase {
    /// Whether nothing will happen any more.
    pub(crate) fn over(self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_))
    }

    /// The word that the window's script compares: when it changes, another page is due.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Card => "card",
            Self::Working => "working",
            Self::Done(_) | Self::Failed(_) => "over",
        }
    }
}
