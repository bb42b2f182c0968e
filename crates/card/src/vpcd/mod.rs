//! Virtual cards in the virtual readers of vsmartcard's vpcd, so that pcscd and everything above it sees them.
//!
//! Wire: TCP; each message is a length of two bytes, big-endian, and that many bytes. One byte is a control (00 power
//! off, 01 power on, 02 reset, 04 ask for the ATR), more are an APDU. Being connected is lying on the reader.
//!
//! vpcd listens on all interfaces: run it where only the loopback interface is, or behind a firewall.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::Idm;
use crate::virtual_card::{LiteS, Tag};

const POWER_OFF: u8 = 0x00;
const POWER_ON: u8 = 0x01;
const RESET: u8 = 0x02;
const ASK_ATR: u8 = 0x04;

/// A vpcd that does not take the connection within this time is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The slots of one or more vpcd readers, each with at most one card in it. Clones share the slots.
#[derive(Clone)]
pub struct Slots(Arc<Vec<Mutex<Slot>>>);

struct Slot {
    address: SocketAddr,
    inserted: Option<Inserted>,
}

struct Inserted {
    stream: TcpStream,
    /// Plays the card until the connection ends, then gives it back.
    player: JoinHandle<Tag>,
    idm: Option<Idm>,
}

/// What is in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// No card.
    Empty,
    /// A card; its IDm if it is a Lite-S.
    Inserted(Option<Idm>),
    /// The reader has gone, because pcscd ended. Removing gives the card back.
    ReaderGone,
}

/// Why a card could not be put into a slot.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// There are fewer slots.
    #[error("there is no slot {0}")]
    NoSuchSlot(usize),
    /// Another card is in it.
    #[error("slot {0} is occupied")]
    Occupied(usize),
    /// No vpcd there.
    #[error("no virtual reader at {0}")]
    NoReader(SocketAddr, #[source] io::Error),
}

impl Slots {
    /// Empty slots, one for each port a vpcd listens on. Nothing is connected yet.
    pub fn new(addresses: &[SocketAddr]) -> Self {
        let slot = |address: &SocketAddr| Mutex::new(Slot { address: *address, inserted: None });
        Self(Arc::new(addresses.iter().map(slot).collect()))
    }

    /// Puts a card into a slot. If that fails the card is dropped, unchanged: what it holds is in its file.
    pub fn insert(&self, slot: usize, tag: Tag) -> Result<(), SlotError> {
        let mut place = self.lock(slot).ok_or(SlotError::NoSuchSlot(slot))?;
        if place.inserted.is_some() {
            return Err(SlotError::Occupied(slot));
        }
        let address = place.address;
        let refused = |error| SlotError::NoReader(address, error);
        let stream = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT).map_err(refused)?;
        stream.set_nodelay(true).map_err(refused)?;
        let mut line = Prompt(stream.try_clone().map_err(refused)?);
        let idm = tag.lite_s().map(LiteS::idm);
        let player = thread::Builder::new().name(format!("card in slot {slot}")).spawn(move || {
            let mut tag = tag;
            if let Err(error) = play(&mut line, &mut tag) {
                tracing::debug!(%error, slot, "the virtual reader has ended the connection");
            }
            tag.reset();
            tag
        });
        place.inserted = Some(Inserted { stream, player: player.map_err(refused)?, idm });
        Ok(())
    }

    /// Takes the card out of a slot, with everything that was written to it. `None` when there was none.
    pub fn remove(&self, slot: usize) -> Option<Tag> {
        let inserted = self.lock(slot)?.inserted.take()?;
        // An error here means that the connection is closed already.
        drop(inserted.stream.shutdown(Shutdown::Both));
        inserted.player.join().ok()
    }

    /// What is in each slot.
    pub fn states(&self) -> Vec<SlotState> {
        (0..self.0.len()).filter_map(|slot| self.lock(slot)).map(|slot| slot.state()).collect()
    }

    fn lock(&self, slot: usize) -> Option<MutexGuard<'_, Slot>> {
        self.0.get(slot).map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Slot {
    fn state(&self) -> SlotState {
        match &self.inserted {
            None => SlotState::Empty,
            Some(inserted) if inserted.player.is_finished() => SlotState::ReaderGone,
            Some(inserted) => SlotState::Inserted(inserted.idm),
        }
    }
}

/// Answers a reader until the connection ends; the end is an error of kind `UnexpectedEof`, or of the connection.
///
/// `line` is anything that carries the wire format: one TCP connection, or a test's bytes.
pub fn play(line: &mut (impl Read + Write), tag: &mut Tag) -> io::Result<()> {
    loop {
        let mut length = [0; 2];
        line.read_exact(&mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        line.read_exact(&mut message)?;
        let answer = match message.as_slice() {
            [POWER_OFF | POWER_ON | RESET] => {
                tag.reset();
                continue;
            }
            [ASK_ATR] => tag.atr().to_vec(),
            // Neither a control nor an APDU: a newer vpcd may say things that need no answer.
            [] | [_] => continue,
            apdu => tag.answer(apdu),
        };
        let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
        line.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat())?;
    }
}

/// The line to vpcd. It sends a length and then the message, and holds the second back until the first is acknowledged:
/// acknowledging late, as is the custom, would cost 40 ms at every command.
struct Prompt(TcpStream);

impl Read for Prompt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The system forgets it at every read.
        #[cfg(target_os = "linux")]
        std::os::linux::net::TcpStreamExt::set_quickack(&self.0, true)?;
        self.0.read(buffer)
    }
}

impl Write for Prompt {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests;
