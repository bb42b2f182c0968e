//! A resident and the insurer find each other.
//!
//! The platform asks once, with the resident's word for it, whether the insurer knows somebody by these numbers and basic
//! items. [`request`] compares them with the ledger: what matches alone is linked at once, nobody is told who was near, and
//! what is in doubt is a [`case`] for a clerk. After that the items are forgotten here; the link is the pseudonym.
//!
//! How two records are compared is the crate `person`; how the candidates are found is [`search`].

pub(crate) mod case;
pub(crate) mod ended;
pub(crate) mod index;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod standing;

use jiff::Timestamp;

pub(crate) use case::{CaseId, CaseState, Ending};

/// The day, which is all that rows about a person say of the time: the platform's log has the moment, and who has stolen both
/// must not find by it whom a pseudonym stands for.
pub(crate) fn day(now: Timestamp) -> Timestamp {
    web::clock::japan_midnight(web::clock::japan_date(now))
}
