//! The processors, which all requests share.

use std::{sync::Arc, thread::available_parallelism};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Runs computing such as RSA beside the threads that wait for the network, one piece on each processor. More pieces at
/// once would finish no sooner, and would keep the processors from everybody else: from the database's writer above
/// all, for which every other request waits.
pub struct Processors {
    free: Arc<Semaphore>,
    /// Room for strangers who run or wait.
    strangers: Arc<Semaphore>,
    /// Strangers whose turn it is. They wait for it among themselves, so that nobody else ever waits behind their queue.
    turns: Arc<Semaphore>,
}

/// Strangers keep the processors busy already. They may come again later; everybody else's work goes on meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many strangers at once")]
pub struct Busy;

/// Pieces for strangers that run or wait, for each processor. A piece takes a millisecond or so: the last in the queue
/// waits no longer than a person does for a page.
const STRANGERS_EACH: usize = 128;

impl Processors {
    /// The processors of this machine.
    pub fn new() -> Self {
        // Where their number is not known, there is one at least.
        Self::of(available_parallelism().map_or(1, usize::from))
    }

    fn of(processors: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self {
            free: semaphore(processors),
            strangers: semaphore(processors * STRANGERS_EACH),
            turns: semaphore(processors),
        }
    }

    /// Waits for a free processor and computes. `None` when the computing panicked.
    ///
    /// Whoever stops waiting for the result does not stop the computing: the processor is taken until it is done.
    pub async fn run<T: Send + 'static>(&self, compute: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        // The semaphore is never closed.
        let taken = Arc::clone(&self.free).acquire_owned().await.ok()?;
        Self::on(taken, compute).await
    }

    /// The same for somebody who has not shown who they are: a bounded number at a time, and whoever comes then is told so
    /// at once.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn run_for_stranger<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Busy> {
        let admitted = Arc::clone(&self.strangers).try_acquire_owned().map_err(|_| Busy)?;
        // Neither semaphore is ever closed.
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Busy)?;
        let compute = move || {
            let _taken = (admitted, turn);
            compute()
        };
        Ok(self.run(compute).await)
    }

    async fn on<T: Send + 'static>(
        taken: OwnedSemaphorePermit,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let computing = move || {
            let _taken = taken;
            compute()
        };
        tokio::task::spawn_blocking(computing).await.ok()
    }
}

impl Default for Processors {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn no_more_is_computed_at_once_than_there_are_processors() {
        let (processors, running) = (Arc::new(Processors::of(2)), Arc::new(AtomicUsize::new(0)));
        let pieces = (0..20).map(|_| {
            let (processors, running) = (Arc::clone(&processors), Arc::clone(&running));
            tokio::spawn(async move {
                let compute = move || {
                    let at_once = running.fetch_add(1, Ordering::SeqCst) + 1;
                    std::thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                    at_once
                };
                processors.run(compute).await
            })
        });
        for piece in pieces.collect::<Vec<_>>() {
            assert!(piece.await.unwrap().is_some_and(|at_once| at_once <= 2));
        }
    }

    #[tokio::test]
    async fn a_panic_gives_nothing_and_frees_the_processor() {
        let processors = Processors::of(1);
        assert_eq!(processors.run(|| assert!(std::hint::black_box(false), "on purpose")).await, None);
        assert_eq!(processors.run(|| 7).await, Some(7));
    }

    #[tokio::test]
    async fn whoever_stops_waiting_frees_no_processor_before_the_computing_is_done() {
        let processors = Processors::of(1);
        let (go, wait) = std::sync::mpsc::channel::<()>();
        {
            let mut slow = std::pin::pin!(processors.run(move || wait.recv()));
            // Polled once, so that it holds the processor; then given up.
            assert!(futures::poll!(&mut slow).is_pending());
        }
        let mut next = std::pin::pin!(processors.run(|| 7));
        assert!(futures::poll!(&mut next).is_pending());
        go.send(()).unwrap();
        assert_eq!(next.await, Some(7));
    }

    #[tokio::test]
    async fn strangers_are_told_when_there_are_too_many_and_nobody_else_is() {
        let processors = Processors::of(1);
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let mut first = Box::pin(processors.run_for_stranger(move || wait.recv().unwrap_or_default()));
        assert!(futures::poll!(&mut first).is_pending());
        let mut waiting = Vec::new();
        for _ in 1..STRANGERS_EACH {
            let mut one = Box::pin(processors.run_for_stranger(|| ()));
            assert!(futures::poll!(&mut one).is_pending());
            waiting.push(one);
        }
        assert_eq!(processors.run_for_stranger(|| ()).await, Err(Busy));
        // Whoever is no stranger waits for the piece that runs, and not for the queue.
        let mut known = Box::pin(processors.run(|| 7));
        assert!(futures::poll!(&mut known).is_pending());
        go.send(()).unwrap();
        assert_eq!((first.await, known.await), (Ok(Some(())), Some(7)));
        for one in waiting {
            assert_eq!(one.await, Ok(Some(())));
        }
    }
}
