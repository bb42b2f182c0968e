//! The circuit breaker of one institution: after a few failures in a row nobody waits for it any more, and a single question
//! finds out whether it is back. Kept in memory: a platform that starts again asks everybody again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How many connections must fail in a row: one slow answer is no outage.
const FAILURES_MAX: u32 = 5;

/// How long nobody is asked the first time. Each probe that fails doubles it.
const REST_FIRST: SignedDuration = SignedDuration::from_secs(5);

/// How long at most: an institution that is back is noticed within a minute.
const REST_MAX: SignedDuration = SignedDuration::from_secs(60);

/// Whether an institution is asked at the moment.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

/// What a [`Breaker`] has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Failures in a row.
    pub failures: u32,
    /// When it last answered anything at all, as far back as this process remembers.
    pub reached_at: Option<Timestamp>,
    /// Nobody asks until then, and one question after that.
    pub rest: Option<Rest>,
    probing: bool,
}

/// A time in which an institution is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// When it ends.
    pub until: Timestamp,
    length: SignedDuration,
}

impl Breaker {
    /// Lets a question through, or none while the institution rests. Tell what came of it by [`Breaker::reached`] or
    /// [`Passage::failed`].
    pub(crate) fn admit(&self, now: Timestamp) -> Option<Passage<'_>> {
        let mut state = self.state();
        let Some(rest) = state.rest else { return Some(Passage { breaker: self, probe: false }) };
        if now < rest.until || state.probing {
            return None;
        }
        state.probing = true;
        Some(Passage { breaker: self, probe: true })
    }

    /// Lets through what the institution has to know, even while it rests. Where that is no probe, another failure says nothing new.
    pub(crate) fn admit_always(&self, now: Timestamp) -> Passage<'_> {
        self.admit(now).unwrap_or(Passage { breaker: self, probe: false })
    }

    /// The institution has answered, whatever it said.
    pub(crate) fn reached(&self, now: Timestamp) {
        *self.state() = State { reached_at: Some(now), ..State::default() };
    }

    /// What was seen so far.
    pub fn seen(&self) -> State {
        *self.state()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether questions are held back at `now`.
    pub fn rests(&self, now: Timestamp) -> bool {
        self.rest.is_some_and(|rest| now < rest.until || self.probing)
    }

    fn failed(&mut self, probe: bool, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        let length = match self.rest {
            Some(rest) if probe => rest.length.saturating_mul(2).min(REST_MAX),
            // A question that was under way when the others failed says nothing new.
            Some(_) => return,
            None if self.failures >= FAILURES_MAX => REST_FIRST,
            None => return,
        };
        self.rest = Some(Rest { until: now.saturating_add(length).unwrap_or(now), length });
    }
}

/// A question that was let through.
pub(crate) struct Passage<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl Passage<'_> {
    /// There was no connection, or no answer in time.
    pub(crate) fn failed(self, now: Timestamp) {
        self.breaker.state().failed(self.probe, now);
    }
}

impl Drop for Passage<'_> {
    /// A probe that nobody waited for makes room for another.
    fn drop(&mut self) {
        if self.probe {
            self.breaker.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn broken() -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES_MAX {
            breaker.admit(at(0)).unwrap().failed(at(0));
        }
        breaker
    }

    #[test]
    fn fewer_failures_than_the_limit_hold_nothing_back() {
        let breaker = Breaker::default();
        for _ in 1..FAILURES_MAX {
            breaker.admit(at(0)).unwrap().failed(at(0));
        }
        assert!(breaker.admit(at(0)).is_some());
        breaker.reached(at(1));
        for _ in 1..FAILURES_MAX {
            breaker.admit(at(2)).unwrap().failed(at(2));
        }
        assert!(breaker.admit(at(2)).is_some(), "an answer in between begins the count again");
        assert_eq!(breaker.seen().reached_at, Some(at(1)));
    }

    #[test]
    fn after_its_rest_one_question_finds_out() {
        let breaker = broken();
        assert!(breaker.admit(at(4)).is_none());
        assert!(breaker.seen().rests(at(4)));
        let probe = breaker.admit(at(5)).unwrap();
        assert!(breaker.admit(at(5)).is_none(), "one at a time");
        breaker.reached(at(5));
        drop(probe);
        assert!(breaker.admit(at(5)).is_some() && breaker.admit(at(5)).is_some());
    }

    #[test]
    fn a_rest_grows_to_its_bound() {
        let breaker = broken();
        let mut now = 5;
        for length in [10, 20, 40, 60, 60] {
            breaker.admit(at(now)).unwrap().failed(at(now));
            assert!(breaker.admit(at(now + length - 1)).is_none(), "{length}");
            now += length;
        }
    }

    #[test]
    fn what_was_under_way_does_not_prolong_a_rest() {
        let breaker = Breaker::default();
        let under_way: Vec<_> = (0..20).map(|_| breaker.admit(at(0)).unwrap()).collect();
        for passage in under_way {
            passage.failed(at(1));
        }
        assert!(breaker.admit(at(6)).is_some());
    }

    #[test]
    fn what_has_to_be_known_goes_through_a_rest_and_prolongs_none() {
        let breaker = broken();
        breaker.admit_always(at(1)).failed(at(4));
        assert!(breaker.admit(at(4)).is_none(), "it rests");
        let probe = breaker.admit_always(at(5));
        assert!(breaker.admit(at(5)).is_none(), "it is the probe that finds out");
        probe.failed(at(5));
        assert!(breaker.admit(at(14)).is_none());
        breaker.admit_always(at(14));
        breaker.reached(at(14));
        assert!(breaker.admit(at(14)).is_some(), "an answer ends the rest");
    }

    #[test]
    fn a_probe_that_nobody_waited_for_makes_room() {
        let breaker = broken();
        drop(breaker.admit(at(5)).unwrap());
        assert!(breaker.admit(at(5)).is_some());
    }
}
