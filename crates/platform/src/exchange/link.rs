//! Links: a resident asks an institution to know them, says whether the record it found is theirs, and may end it.
//!
//! ```text
//! form → row → in the log → Modify → Query → row → in the log → "is this you?" → link
//! ```
//!
//! What the resident wrote goes to that institution and nowhere else. A row stands before anything is sent, so that whoever
//! comes back after a lost answer asks under the same pseudonym; and nothing of the record is shown, nor any data asked for,
//! before the resident has said that it is theirs.

mod confirm;
mod end;
pub(crate) mod handle;
mod standing;
mod wire;
mod wish;

pub use end::{End, end, stranded, tell_due};
pub use standing::{Standing, refresh};
pub use wish::{Came, TRIES_A_DAY, Wish, ask, left};

pub(crate) use end::end_there;

pub(crate) use confirm::{Confirmable, Word, confirm, deny, found};

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use web::clock::{japan_date, japan_midnight};

use crate::{
    audit::{Actor, Asked, Visit},
    ids::ResidentId,
    purpose::{Category, Purpose},
};

/// The day of an instant, as rows keep it: an institution's own times must not lead to anybody here.
fn day(at: Timestamp) -> Timestamp {
    japan_midnight(japan_date(at))
}

/// The whole minute at or after an instant, as rows keep when something goes on: no closer, for the same reason.
fn whole_minute(at: Timestamp) -> Timestamp {
    let rounded = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
    at.round(rounded).unwrap_or(at)
}

/// What the log says of a step towards a link: the resident's own, with one institution.
fn step(subject: ResidentId, provider: &str, outcome: &'static str, message: &str) -> Visit {
    visit(subject, vec![Asked { source: provider.to_owned(), outcome, message: message.to_owned() }])
}

fn visit(subject: ResidentId, sources: Vec<Asked>) -> Visit {
    Visit { subject, actor: Actor::Resident, category: Category::Link, purpose: Purpose::Linking, sources }
}

/// What the log says how a step ended, beside the code of a failure.
pub(crate) mod outcome {
    /// What the resident wrote is about to be sent.
    pub(crate) const SENT: &str = "sent";
    /// The institution has linked a record.
    pub(crate) const LINKED: &str = "linked";
    /// A clerk there looks at it.
    pub(crate) const REVIEW: &str = "review";
    /// It has nobody of that kind.
    pub(crate) const UNMATCHED: &str = "unmatched";
    /// It would not, or has ended it.
    pub(crate) const REFUSED: &str = "refused";
    /// Nothing has come of it yet.
    pub(crate) const OPEN: &str = "open";
    /// The resident has said that the record is theirs.
    pub(crate) const CONFIRMED: &str = "confirmed";
    /// The resident has said that it is not.
    pub(crate) const DENIED: &str = "denied";
    /// The resident has ended it.
    pub(crate) const ENDED: &str = "ended";
    /// The institution has.
    pub(crate) const ENDED_THERE: &str = "ended-there";
}
