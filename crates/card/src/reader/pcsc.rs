//! The readers of this PC, through PC/SC.

use std::ffi::{CStr, CString};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pcsc::{Card, Context, Error, MAX_BUFFER_SIZE, PNP_NOTIFICATION, Protocols, Scope, ShareMode, State};

use super::session::Link;
use super::{Canceller, CardSession, Presence, ReadError, ReaderProfile, ReaderState, Readers};

/// A wait is cut into slices of this length: a cancellation that falls between two calls is seen after at most one,
/// and a PC/SC service that starts late is found as soon.
const SLICE: Duration = Duration::from_millis(500);

/// Most readers watched at once.
const READERS_MAX: usize = 32;

/// The readers of this PC. Copes with readers, cards and the PC/SC service itself coming and going.
#[derive(Default)]
pub struct Pcsc {
    /// None until the service answers, and again after it has gone.
    context: Option<Context>,
    watched: Vec<pcsc::ReaderState>,
    seen: Vec<ReaderState>,
    stop: Arc<Stop>,
}

/// How another thread ends a wait.
#[derive(Default)]
struct Stop {
    asked: Mutex<bool>,
    changed: Condvar,
    waiting: Mutex<Option<Context>>,
}

impl Pcsc {
    /// Asks nothing yet: the service may start later.
    pub fn new() -> Self {
        Self::default()
    }

    /// Brings what is watched up to date within `timeout`; an error means that the service does not answer.
    fn refresh(&mut self, timeout: Duration) -> Result<(), Error> {
        let context = match &self.context {
            Some(context) => context.clone(),
            None => self.context.insert(Context::establish(Scope::User)?).clone(),
        };
        *lock(&self.stop.waiting) = Some(context.clone());

        let names = context.list_readers_owned()?;
        self.watched.retain(|state| {
            state.name() == PNP_NOTIFICATION() || names.iter().any(|name| name.as_c_str() == state.name())
        });
        if self.watched.is_empty() {
            // A reader of this name stands for the list of readers itself.
            self.watched.push(pcsc::ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE));
        }
        for name in names.into_iter().take(READERS_MAX) {
            if !self.watched.iter().any(|state| state.name() == name.as_c_str()) {
                self.watched.push(pcsc::ReaderState::new(name, State::UNAWARE));
            }
        }
        self.watched.iter_mut().for_each(pcsc::ReaderState::sync_current_state);
        match context.get_status_change(timeout, &mut self.watched) {
            Ok(()) | Err(Error::Timeout | Error::Cancelled | Error::UnknownReader) => Ok(()),
            Err(other) => Err(other),
        }
    }

    fn states(&self) -> Vec<ReaderState> {
        let readers = self.watched.iter().filter(|state| state.name() != PNP_NOTIFICATION());
        let there = readers
            .filter(|state| !state.event_state().intersects(State::UNKNOWN | State::IGNORE | State::UNAVAILABLE));
        there.map(|state| ReaderState { name: text(state.name()), presence: presence(state.event_state()) }).collect()
    }

    /// As [`Pcsc::refresh`]; when the service is away, there are no readers, and the time is spent waiting for it.
    fn current(&mut self, timeout: Duration) -> Vec<ReaderState> {
        if let Err(error) = self.refresh(timeout) {
            tracing::debug!(%error, "the PC/SC service does not answer");
            self.context = None;
            self.watched.clear();
            *lock(&self.stop.waiting) = None;
            let asked = lock(&self.stop.asked);
            drop(self.stop.changed.wait_timeout_while(asked, timeout, |asked| !*asked));
        }
        self.states()
    }
}

impl Readers for Pcsc {
    fn look(&mut self) -> Vec<ReaderState> {
        self.seen = self.current(Duration::ZERO);
        self.seen.clone()
    }

    fn wait(&mut self, timeout: Duration) -> Vec<ReaderState> {
        let begun = Instant::now();
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            let states = self.current(left.min(SLICE));
            let asked = std::mem::take(&mut *lock(&self.stop.asked));
            if asked || states != self.seen || left.is_zero() {
                self.seen.clone_from(&states);
                return states;
            }
        }
    }

    fn connect(&mut self, name: &str) -> Result<CardSession, ReadError> {
        // A context of its own: a wait in another thread holds the lock of the one it waits on.
        let context = Context::establish(Scope::User).map_err(connecting)?;
        let reader = CString::new(name).map_err(|_| ReadError::NoReader)?;
        let card = context.connect(&reader, ShareMode::Exclusive, Protocols::ANY).map_err(connecting)?;
        CardSession::begin(Box::new(card), ReaderProfile::of(name))
    }

    fn canceller(&self) -> Canceller {
        let stop = Arc::clone(&self.stop);
        Canceller(Arc::new(move || {
            *lock(&stop.asked) = true;
            stop.changed.notify_all();
            if let Some(context) = lock(&stop.waiting).as_ref()
                && let Err(error) = context.cancel()
            {
                tracing::debug!(%error, "a wait for cards could not be cancelled, it ends by itself");
            }
        }))
    }
}

impl Link for Card {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, ReadError> {
        let mut buffer = [0; MAX_BUFFER_SIZE];
        Card::transmit(self, apdu, &mut buffer).map(<[u8]>::to_vec).map_err(in_session)
    }
}

/// What a failure to connect means to a person.
fn connecting(error: Error) -> ReadError {
    match error {
        Error::NoSmartcard | Error::RemovedCard => ReadError::NoCard,
        Error::SharingViolation => ReadError::Busy,
        Error::UnsupportedCard | Error::UnresponsiveCard | Error::UnpoweredCard | Error::ProtoMismatch => {
            ReadError::OtherCard
        }
        other => {
            tracing::debug!(error = %other, "the reader could not be opened");
            ReadError::NoReader
        }
    }
}

/// What a failure in the middle of a session means to a person.
fn in_session(error: Error) -> ReadError {
    match error {
        Error::NoService | Error::ServiceStopped | Error::ReaderUnavailable | Error::UnknownReader => {
            ReadError::NoReader
        }
        // Readers and drivers disagree about the code for a card that leaves while it is being talked to.
        other => {
            tracing::debug!(error = %other, "the card no longer answers");
            ReadError::CardGone
        }
    }
}

fn presence(state: State) -> Presence {
    if !state.contains(State::PRESENT) {
        Presence::Empty
    } else if state.intersects(State::EXCLUSIVE) {
        Presence::InUse
    } else {
        Presence::Card
    }
}

fn text(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}

/// A panic elsewhere leaves these flags as usable as before.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
