//! FeliCa Lite-S cards, the SSC-CARD/1 protocol, and the readers that reach them.
//!
//! ```text
//! protocol::server  ── messages 0–7 ──  protocol::agent ── reader::CardSession ── PC/SC ───── a card
//!                                                                          └──── in-process ─ virtual_card
//! ```
//!
//! * [`lite_s`]: what Sony's manual defines: blocks, frames, message authentication codes.
//! * [`diversify`]: one key per card from one master key.
//! * [`protocol`]: SSC-CARD/1, both ends: the proof that a card is there, and of the PIN.
//! * [`issuing`]: makes a blank card into a resident's card.
//! * [`reader`]: readers and sessions with a card, through PC/SC or in this process.
//! * [`virtual_card`]: a Lite-S card in software, for tests and demonstrations.
//! * [`vpcd`]: puts virtual cards into vsmartcard's virtual readers, so that pcscd sees them.
//!
//! Rules and parsers here are pure: time and random bytes are arguments. Only [`reader`] and [`vpcd`] touch devices.

pub mod diversify;
mod hex_bytes;
mod id;
pub mod issuing;
pub mod lite_s;
pub mod protocol;
pub mod reader;
pub mod virtual_card;
pub mod vpcd;

pub use hex_bytes::Malformed;
pub use id::{CardId, Idm};
