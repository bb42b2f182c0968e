//! Digests by which a period of coverage is found: of symbol and number, and of the birth date.
//!
//! They are made behind the requests, by a node that runs: [`keep`] begins when the node starts, wakes with each import, and looks
//! by itself now and then, so that neither a clerk whose browser goes away nor a crash leaves a period behind. Until a period has
//! its digests, every search looks at it; where there are too many of those to look at, whoever asks is told to come later.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use db::transaction;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::digest::RecordId;
use crate::import;
use crate::store::coverage::{self, Found, Keyed};
use crate::{App, Error};

/// How the work goes, for whoever has more of it or wants to know.
#[derive(Default)]
pub(crate) struct Index {
    more: Notify,
    stuck: AtomicBool,
}

impl Index {
    /// There will be more to do when this is dropped: at the end of an import, or where nobody waited for that end and it may have
    /// come all the same.
    pub(crate) fn more_after(&self) -> MoreAfter<'_> {
        MoreAfter(self)
    }

    /// Whether the last try left periods behind. The log says why, once.
    pub(crate) fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Relaxed)
    }
}

/// Wakes the work at its end, whichever that is.
pub(crate) struct MoreAfter<'a>(&'a Index);

impl Drop for MoreAfter<'_> {
    fn drop(&mut self) {
        self.0.more.notify_one();
    }
}

/// Makes what is missing, now and whenever there is more, for as long as the node runs.
pub(crate) async fn keep(app: &App) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = app.index.more.notified() => {}
        }
        fill(app).await;
    }
}

/// Makes what is missing, and says in the log what could not be made: searches are slower then, and nobody is overlooked.
pub(crate) async fn fill(app: &App) {
    let left = filled(app).await;
    let stuck = !matches!(left, Ok(0));
    // It is tried again and again; the log has it once.
    if app.index.stuck.swap(stuck, Ordering::Relaxed) && stuck {
        return;
    }
    match left {
        Ok(0) => {}
        Ok(periods) => tracing::error!(code = UNFILLED, periods, "periods that do not open cannot be made findable"),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(code = UNFILLED, error, "periods could not be made findable");
        }
    }
}

/// How many had to be left behind, because they do not open.
async fn filled(app: &App) -> Result<u64, Error> {
    let (mut last, mut left) = (RecordId([0; 32]), 0);
    loop {
        let found = coverage::unkeyed(&app.db, last, BATCH_ROWS).await?;
        let Some(newest) = found.last() else { return Ok(left) };
        last = newest.id;
        let mut keyed = Vec::with_capacity(found.len());
        for found in &found {
            match digests(app, found) {
                Ok(digests) => keyed.push(digests),
                Err(_) => left += 1,
            }
        }
        transaction!(app.db, |tx| -> Error { coverage::set_keys(tx, &keyed).await? })?;
        tokio::task::yield_now().await;
    }
}

fn digests(app: &App, found: &Found) -> Result<Keyed, Error> {
    let period = import::open(&app.keys, found)?;
    let (number, birth) = (app.digests().number(&period.enrolment())?, app.digests().birth(period.person.birth)?);
    Ok(Keyed { id: found.id, number, birth })
}

/// Periods that are opened and written at a time.
const BATCH_ROWS: i64 = 500;
/// Another process may have taken a file, from the command line. What has failed is tried again, too.
const LOOK_EVERY: Duration = Duration::from_secs(30);
const UNFILLED: &str = "LINK-07";

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn the_work_is_woken_at_the_end_of_an_import_and_where_nobody_waited_for_that_end() {
        let index = Index::default();
        let woken = || index.more.notified().now_or_never().is_some();
        let import = |ends: bool| {
            let more = index.more_after();
            async move {
                let _more = more;
                if !ends {
                    std::future::pending::<()>().await;
                }
            }
        };
        assert!(!woken(), "nobody brings anything");
        assert!(import(true).now_or_never().is_some() && woken());
        let mut left = Box::pin(import(false));
        assert!(left.as_mut().now_or_never().is_none() && !woken(), "it goes on");
        drop(left);
        assert!(woken(), "the browser has gone");
        assert!(!woken(), "once");
    }
}
