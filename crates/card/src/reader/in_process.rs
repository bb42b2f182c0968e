//! Readers without hardware, in this process: virtual cards are put on them and taken away.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::session::Link;
use super::{Canceller, CardSession, Presence, ReadError, ReaderProfile, ReaderState, Readers};
use crate::virtual_card::Tag;

/// A set of virtual readers. Clones share the readers; each clone waits for changes on its own.
#[derive(Clone)]
pub struct InProcess {
    shared: Arc<Shared>,
    seen: Vec<ReaderState>,
}

struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

struct Desk {
    slots: Vec<Slot>,
    cancelled: bool,
}

struct Slot {
    name: String,
    tag: Option<Tag>,
    /// Counts insertions and removals: a session notices that its card is no longer the one it began with.
    changes: u64,
    in_use: bool,
}

impl InProcess {
    /// Empty readers of these names.
    pub fn new(names: &[&str]) -> Self {
        let slot = |name: &&str| Slot { name: (*name).to_owned(), tag: None, changes: 0, in_use: false };
        let desk = Desk { slots: names.iter().map(slot).collect(), cancelled: false };
        Self { shared: Arc::new(Shared { desk: Mutex::new(desk), changed: Condvar::new() }), seen: Vec::new() }
    }

    /// Puts a card on a reader, and gives back the one that lay there. A reader that does not exist gives the card
    /// itself back.
    pub fn insert(&self, name: &str, tag: Tag) -> Option<Tag> {
        self.exchange(name, Some(tag))
    }

    /// Takes the card off a reader, with everything that was written to it.
    pub fn remove(&self, name: &str) -> Option<Tag> {
        self.exchange(name, None)
    }

    fn exchange(&self, name: &str, tag: Option<Tag>) -> Option<Tag> {
        let mut desk = self.shared.lock();
        let Some(slot) = desk.slots.iter_mut().find(|slot| slot.name == name) else { return tag };
        let mut taken = std::mem::replace(&mut slot.tag, tag);
        slot.changes += 1;
        if let Some(tag) = &mut taken {
            tag.reset();
        }
        self.shared.changed.notify_all();
        taken
    }
}

impl Readers for InProcess {
    fn look(&mut self) -> Vec<ReaderState> {
        self.seen = self.shared.lock().states();
        self.seen.clone()
    }

    fn wait(&mut self, timeout: Duration) -> Vec<ReaderState> {
        let desk = self.shared.lock();
        let same = |desk: &mut Desk| !desk.cancelled && desk.states() == self.seen;
        let (mut desk, _) =
            self.shared.changed.wait_timeout_while(desk, timeout, same).unwrap_or_else(PoisonError::into_inner);
        desk.cancelled = false;
        self.seen = desk.states();
        self.seen.clone()
    }

    fn connect(&mut self, name: &str) -> Result<CardSession, ReadError> {
        let mut desk = self.shared.lock();
        let (number, slot) =
            desk.slots.iter_mut().enumerate().find(|(_, slot)| slot.name == name).ok_or(ReadError::NoReader)?;
        if slot.in_use {
            return Err(ReadError::Busy);
        }
        slot.tag.as_mut().ok_or(ReadError::NoCard)?.reset();
        slot.in_use = true;
        let link = Contact { shared: Arc::clone(&self.shared), number, changes: slot.changes };
        self.shared.changed.notify_all();
        drop(desk);
        CardSession::begin(Box::new(link), ReaderProfile::Standard)
    }

    fn canceller(&self) -> Canceller {
        let shared = Arc::clone(&self.shared);
        Canceller(Arc::new(move || {
            shared.lock().cancelled = true;
            shared.changed.notify_all();
        }))
    }
}

/// An exclusive hold on one slot.
struct Contact {
    shared: Arc<Shared>,
    number: usize,
    changes: u64,
}

impl Link for Contact {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, ReadError> {
        let mut desk = self.shared.lock();
        let slot = desk.slots.get_mut(self.number).filter(|slot| slot.changes == self.changes);
        let tag = slot.and_then(|slot| slot.tag.as_mut()).ok_or(ReadError::CardGone)?;
        Ok(tag.answer(apdu))
    }
}

impl Drop for Contact {
    fn drop(&mut self) {
        let mut desk = self.shared.lock();
        if let Some(slot) = desk.slots.get_mut(self.number) {
            slot.in_use = false;
            slot.tag.iter_mut().for_each(Tag::reset);
        }
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// A panic elsewhere leaves a card as usable as a pulled plug would.
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    fn states(&self) -> Vec<ReaderState> {
        self.slots.iter().map(|slot| ReaderState { name: slot.name.clone(), presence: slot.presence() }).collect()
    }
}

impl Slot {
    fn presence(&self) -> Presence {
        match self.tag {
            None => Presence::Empty,
            Some(_) if self.in_use => Presence::InUse,
            Some(_) => Presence::Card,
        }
    }
}
