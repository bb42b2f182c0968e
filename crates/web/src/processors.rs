//! The processors, which all requests share.

use std::thread::available_parallelism;

use tokio::sync::Semaphore;

/// Runs computing such as RSA beside the threads that wait for the network, one piece on each processor. More pieces at
/// once would finish no sooner, and would keep the processors from everybody else: from the database's writer above
/// all, for which every other request waits.
pub struct Processors(Semaphore);

impl Processors {
    /// The processors of this machine.
    pub fn new() -> Self {
        // Where their number is not known, there is one at least.
        Self(Semaphore::new(available_parallelism().map_or(1, usize::from)))
    }

    /// Waits for a free processor and computes. `None` when the computing panicked.
    pub async fn run<T: Send + 'static>(&self, compute: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        // The semaphore is never closed.
        let _free = self.0.acquire().await.ok()?;
        tokio::task::spawn_blocking(compute).await.ok()
    }
}

impl Default for Processors {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn no_more_is_computed_at_once_than_there_are_processors() {
        let (processors, running) = (Arc::new(Processors(Semaphore::new(2))), Arc::new(AtomicUsize::new(0)));
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
        let processors = Processors(Semaphore::new(1));
        assert_eq!(processors.run(|| assert!(std::hint::black_box(false), "on purpose")).await, None);
        assert_eq!(processors.run(|| 7).await, Some(7));
    }
}
