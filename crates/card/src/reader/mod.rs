//! Readers, what lies on them, and a session with one card.
//!
//! [`Readers`] is the one seam: [`Pcsc`] finds what is plugged into this PC, [`InProcess`] holds virtual cards. Both
//! give the same [`CardSession`], which speaks the pseudo-APDUs of a [`ReaderProfile`]. Nothing here tries again by
//! itself: a person, or the protocol with a new attempt, does.

mod in_process;
mod pcsc;
mod profile;
mod session;

use std::sync::Arc;
use std::time::Duration;

use crate::lite_s::StatusFlags;

pub use in_process::InProcess;
pub use pcsc::Pcsc;
pub use profile::ReaderProfile;
pub use session::{CardSession, Link};

/// What a person can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No reader is connected, or the reader is gone: plug one in.
    #[error("no card reader")]
    NoReader,
    /// Nothing lies on the reader: put the card on it.
    #[error("no card on the reader")]
    NoCard,
    /// A card, but not a FeliCa Lite-S: take the right one.
    #[error("the card on the reader is of another kind")]
    OtherCard,
    /// The card was taken away or swapped in the middle: begin again and leave it in place.
    #[error("the card was taken away")]
    CardGone,
    /// Another program holds the reader: close it.
    #[error("another program is using the reader")]
    Busy,
    /// The card or the reader refused a command.
    #[error("the reader answered {sw:04X} ({})", flags.map_or("no detail".to_owned(), |flags| flags.to_string()))]
    Failed {
        /// The status word of the answer; zero when the reader gave none.
        sw: u16,
        /// The card's own status flags, where the reader passes them on.
        flags: Option<StatusFlags>,
    },
}

/// One reader, as it was when looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// The reader's name, which [`Readers::connect`] takes.
    pub name: String,
    /// What lies on it.
    pub presence: Presence,
}

/// What lies on a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing.
    Empty,
    /// A card; of which kind shows when connecting.
    Card,
    /// A card that another session holds.
    InUse,
}

/// A set of readers that come and go.
pub trait Readers: Send {
    /// The readers now. Empty when there is none, or no PC/SC service.
    fn look(&mut self) -> Vec<ReaderState>;

    /// Waits until something differs from what was last returned here or by [`Readers::look`], until `timeout` has
    /// passed, or until cancelled; then the readers as they are.
    fn wait(&mut self, timeout: Duration) -> Vec<ReaderState>;

    /// Opens an exclusive session with the card on the reader of this name, and makes sure that it is a Lite-S.
    fn connect(&mut self, name: &str) -> Result<CardSession, ReadError>;

    /// Ends a wait from another thread.
    fn canceller(&self) -> Canceller;
}

/// Ends a [`Readers::wait`] from another thread. Without a wait going on, the next one returns at once.
#[derive(Clone)]
pub struct Canceller(Arc<dyn Fn() + Send + Sync>);

impl Canceller {
    /// Ends the wait.
    pub fn cancel(&self) {
        (self.0)();
    }
}

/// Opens a session with the first card that lies on any reader whose name contains `name_part`.
///
/// The first failure that says most: a card of another kind before a reader in use before no card before no reader.
pub fn connect_any(readers: &mut dyn Readers, name_part: Option<&str>) -> Result<CardSession, ReadError> {
    let wanted = |state: &ReaderState| name_part.is_none_or(|part| state.name.contains(part));
    let mut failure = ReadError::NoReader;
    for state in readers.look().into_iter().filter(wanted) {
        let reason = match state.presence {
            Presence::Empty => ReadError::NoCard,
            Presence::InUse => ReadError::Busy,
            Presence::Card => match readers.connect(&state.name) {
                Ok(session) => return Ok(session),
                Err(reason) => reason,
            },
        };
        failure = if weight(reason) > weight(failure) { reason } else { failure };
    }
    Err(failure)
}

fn weight(reason: ReadError) -> u8 {
    match reason {
        ReadError::NoReader => 0,
        ReadError::NoCard | ReadError::CardGone => 1,
        ReadError::Busy => 2,
        ReadError::Failed { .. } => 3,
        ReadError::OtherCard => 4,
    }
}

#[cfg(test)]
mod tests;
