//! The consent to be linked with an institution: given with each wish, to that institution alone, so that it finds the record.
//! The row of the wish keeps it.

use jiff::Timestamp;

use super::Consented;
use crate::{ids::ResidentId, purpose::Purpose};

/// The version of what [`crate::wording`] says about it. Whoever changes what it promises changes this.
pub const TEXT_VERSION: &str = "2026-11-23";

/// What a resident has just agreed to under the text of `version`. `None` if that is not today's: it has to be read first.
#[must_use]
pub fn given(resident: ResidentId, version: &str, now: Timestamp) -> Option<Consented> {
    (version == TEXT_VERSION).then_some(Consented { resident, purpose: Purpose::Linking, given_at: now })
}
