//! Medical expenses, sealed.

use crate::store::ledger::{Ledger, ledger};

/// As a file changes it.
pub(crate) const LEDGER: Ledger = ledger!("expense", "expense_id");
