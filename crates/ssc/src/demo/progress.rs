//! How far the first start is.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that shows what is being made. Nothing is drawn where nobody looks.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar for so many residents.
    pub(crate) fn new(residents: u64) -> Self {
        let bar = ProgressBar::new(residents);
        if let Ok(style) = ProgressStyle::with_template("  {bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// So many are done of what is being made.
    pub(crate) fn step(&self, what: &str, done: u64) {
        if self.0.message() != what {
            self.0.set_message(what.to_owned());
        }
        self.0.set_position(done);
    }

    /// All is made.
    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}
