//! Pensions, of the demonstration, sealed.

use crate::store::ledger::{Ledger, ledger};

/// As a file changes it.
pub(crate) const LEDGER: Ledger = ledger!("pension", "pension_id");
