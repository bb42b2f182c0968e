//! One connection that transactions take turns with, so that they share a `COMMIT`.
//!
//! A task owns the connection. It opens a batch, lends the connection to the first in the queue inside a
//! `SAVEPOINT`, then to the next, and commits when nobody waits. All members of a batch learn the outcome after
//! the `COMMIT`: a success is on the disk, and a failed `COMMIT` fails them all. Those that need not be on the disk
//! have batches of their own, which wait for no disk.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::{Cause, Error};

/// A connection that can be shared like this.
pub(crate) trait Shared: Send + Sized + 'static {
    /// Where such connections come from.
    type Source: Send + Sync + 'static;

    /// Opens one.
    fn open(source: &Self::Source) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Begins or ends something. The slot is empty afterwards where the connection is lost.
    fn act(slot: &mut Option<Self>, act: Act) -> impl Future<Output = Result<(), Error>> + Send;

    /// Closes it.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// What is done with the connection between the turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Begins a transaction with a savepoint in it.
    Begin(Flush),
    /// Keeps what was written since the savepoint, and makes it anew.
    Next,
    /// Undoes what was written since the savepoint, which stays.
    Undo,
    /// Commits.
    Commit(Flush),
    /// Undoes everything.
    Abandon,
}

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flush {
    /// It does.
    Now,
    /// The next commit that does brings it to the disk too.
    Later,
}

pub(crate) struct Batches<C> {
    queue: mpsc::Sender<Request<C>>,
}

type Turn<C> = oneshot::Sender<Result<Lease<C>, Error>>;

enum Request<C> {
    Turn(Turn<C>, Flush),
    Close(oneshot::Sender<()>),
}

impl<C: Shared> Batches<C> {
    /// With a connection that is open, or one that is opened when it is needed.
    pub(crate) fn start(source: C::Source, connection: Option<C>) -> Batches<C> {
        let (queue, requests) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(Task { source, requests, next: None, unflushed: 0 }.run(connection));
        Batches { queue }
    }

    pub(crate) async fn turn(&self, flush: Flush) -> Result<Lease<C>, Error> {
        let (turn, lease) = oneshot::channel();
        let wait = async {
            self.queue.send(Request::Turn(turn, flush)).await.map_err(|_| Error::Closed)?;
            lease.await.map_err(|_| Error::Closed)?
        };
        tokio::time::timeout(TURN_WAIT_MAX, wait).await.map_err(|_| Error::Busy)?
    }

    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Request::Close(done)).await.is_ok() {
            // An error means that the task ended before, which is what we wait for.
            let _ = closed.await;
        }
    }
}

impl<C> Clone for Batches<C> {
    fn clone(&self) -> Self {
        Batches { queue: self.queue.clone() }
    }
}

/// A turn with the connection.
pub(crate) struct Lease<C>(Option<Loan<C>>);

/// The connection, on loan. It goes back when dropped, wherever that is, and what was written is undone.
pub(crate) struct Loan<C> {
    connection: Option<C>,
    back: Option<oneshot::Sender<Return<C>>>,
}

struct Return<C> {
    connection: C,
    verdict: Verdict,
    answer: Option<oneshot::Sender<Outcome>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Keep,
    Undo,
    /// The batch met another transaction, and none of it can count.
    Conflict,
}

type Outcome = Result<(), Failure>;

/// Why a batch did not come about.
#[derive(Clone)]
enum Failure {
    Conflict,
    Commit(Arc<Cause>),
}

impl<C> Lease<C> {
    fn new(connection: C, back: oneshot::Sender<Return<C>>) -> Lease<C> {
        Lease(Some(Loan { connection: Some(connection), back: Some(back) }))
    }

    /// The loan, which may go along with work aside. Nothing where it was not brought back.
    pub(crate) fn loan(&mut self) -> &mut Option<Loan<C>> {
        &mut self.0
    }

    /// Keeps what was written, and waits until the batch is committed.
    pub(crate) async fn keep(self) -> Result<(), Error> {
        self.give_back(Verdict::Keep).await
    }

    /// Undoes what was written, and waits for the batch: what this transaction read may come from it.
    pub(crate) async fn undo(self) -> Result<(), Error> {
        self.give_back(Verdict::Undo).await
    }

    /// Undoes the whole batch, because a statement met another transaction.
    pub(crate) async fn met_conflict(self) -> Result<(), Error> {
        self.give_back(Verdict::Conflict).await
    }

    async fn give_back(mut self, verdict: Verdict) -> Result<(), Error> {
        let (answer, outcome) = oneshot::channel();
        if let Some(mut loan) = self.0.take() {
            loan.send(verdict, Some(answer));
        }
        outcome.await.map_err(|_| Error::Closed)?.map_err(|failure| match failure {
            Failure::Conflict => Error::Conflict,
            Failure::Commit(cause) => Error::Commit(cause),
        })
    }
}

impl<C> Loan<C> {
    /// The connection, unless it was given back.
    pub(crate) fn connection(&mut self) -> Option<&mut C> {
        self.connection.as_mut()
    }

    fn send(&mut self, verdict: Verdict, answer: Option<oneshot::Sender<Outcome>>) {
        if let (Some(connection), Some(back)) = (self.connection.take(), self.back.take()) {
            // Nobody to take it: the task is gone, and the connection closes with this drop.
            let _ = back.send(Return { connection, verdict, answer });
        }
    }
}

impl<C> Drop for Loan<C> {
    fn drop(&mut self) {
        self.send(Verdict::Undo, None);
    }
}

struct Task<C: Shared> {
    source: C::Source,
    requests: mpsc::Receiver<Request<C>>,
    /// One that came while a batch ran which it could not join.
    next: Option<Request<C>>,
    /// Batches that needed no flush since one of them was flushed.
    unflushed: u32,
}

impl<C: Shared> Task<C> {
    async fn run(mut self, mut connection: Option<C>) {
        while let Some(request) = self.request().await {
            let (first, flush) = match request {
                Request::Turn(turn, flush) => (turn, flush),
                Request::Close(done) => return self.close(connection, done).await,
            };
            let usable = match connection.take() {
                Some(connection) => connection,
                None => match C::open(&self.source).await {
                    Ok(connection) => connection,
                    Err(error) => {
                        // The requester may have gone; the next one tries again.
                        let _ = first.send(Err(error));
                        continue;
                    }
                },
            };
            let flush = self.bounded(flush);
            connection = self.batch(usable, first, flush).await;
        }
    }

    async fn request(&mut self) -> Option<Request<C>> {
        match self.next.take() {
            Some(request) => Some(request),
            None => self.requests.recv().await,
        }
    }

    /// A flush now and then, so that what is not on the disk stays little, whatever others write or do not write meanwhile.
    fn bounded(&mut self, flush: Flush) -> Flush {
        if flush == Flush::Later {
            self.unflushed = (self.unflushed + 1) % UNFLUSHED_MAX;
        }
        if self.unflushed == 0 { Flush::Now } else { flush }
    }

    async fn close(mut self, connection: Option<C>, done: oneshot::Sender<()>) {
        self.requests.close();
        if let Some(connection) = connection {
            connection.close().await;
        }
        // The one who asked need not wait.
        let _ = done.send(());
    }

    /// Serves turns until nobody waits who can join, commits, and answers them all. Gives back the connection if it is
    /// still good.
    async fn batch(&mut self, connection: C, first: Turn<C>, flush: Flush) -> Option<C> {
        let mut slot = Some(connection);
        if let Err(error) = C::act(&mut slot, Act::Begin(flush)).await {
            // The requester may have gone. How far the connection came is not known, so it is closed.
            let _ = first.send(Err(error));
            return None;
        }
        let mut answers = Vec::new();
        let mut outcome = Ok(());
        let mut served = 0;
        let mut turn = Some(first);
        while let Some(this) = turn.take() {
            let lent = match slot.take() {
                Some(connection) => lend(connection, this, &mut answers).await,
                None => None,
            };
            let Some((returned, verdict)) = lent else {
                answer(answers, &Err(Failure::Commit(Arc::new(Cause::Lost))));
                return None;
            };
            slot = Some(returned);
            served += 1;
            turn = if served < BATCH_MAX && verdict != Verdict::Conflict { self.joins(flush) } else { None };
            outcome = settle(&mut slot, verdict, turn.is_some()).await;
            if outcome.is_err()
                && let Some(next) = turn.take()
            {
                self.next = Some(Request::Turn(next, flush));
            }
        }
        if outcome.is_ok() {
            outcome = C::act(&mut slot, Act::Commit(flush)).await.map_err(failure);
        }
        if outcome.is_err() && C::act(&mut slot, Act::Abandon).await.is_err() {
            // The engine may have rolled back on its own, so that this may fail: then the connection is not trusted.
            slot = None;
        }
        answer(answers, &outcome);
        slot
    }

    /// The next turn, if somebody waits who can share the batch.
    fn joins(&mut self, flush: Flush) -> Option<Turn<C>> {
        match self.requests.try_recv() {
            Ok(Request::Turn(turn, wanted)) if wanted == flush || flush == Flush::Now => Some(turn),
            other => {
                self.next = other.ok();
                None
            }
        }
    }
}

/// Lends the connection for one turn. Nothing comes back when the connection is lost.
async fn lend<C>(connection: C, turn: Turn<C>, answers: &mut Vec<oneshot::Sender<Outcome>>) -> Option<(C, Verdict)> {
    let (back, returned) = oneshot::channel();
    // A requester that has gone gives the lease back by dropping it.
    drop(turn.send(Ok(Lease::new(connection, back))));
    let Return { connection, verdict, answer } = returned.await.ok()?;
    answers.extend(answer);
    Some((connection, verdict))
}

/// Settles a turn and readies the savepoint for the next. A savepoint that was rolled back to is still there; the last one
/// ends with the `COMMIT`. An error means that the batch is lost, because its savepoint cannot be trusted.
async fn settle<C: Shared>(slot: &mut Option<C>, verdict: Verdict, another: bool) -> Outcome {
    match (verdict, another) {
        (Verdict::Conflict, _) => Err(Failure::Conflict),
        (Verdict::Undo, _) => C::act(slot, Act::Undo).await.map_err(failure),
        (Verdict::Keep, true) => C::act(slot, Act::Next).await.map_err(failure),
        (Verdict::Keep, false) => Ok(()),
    }
}

fn answer(answers: Vec<oneshot::Sender<Outcome>>, outcome: &Outcome) {
    for answer in answers {
        // A requester that has gone needs no answer.
        let _ = answer.send(outcome.clone());
    }
}

/// What lies behind a failure of the batch.
fn failure(error: Error) -> Failure {
    match error {
        Error::Conflict => Failure::Conflict,
        Error::Query(cause) => Failure::Commit(Arc::new(cause)),
        _ => Failure::Commit(Arc::new(Cause::Lost)),
    }
}

/// Turns that wait for the connection; more than these wait for a place in the queue.
const QUEUE_MAX: usize = 1024;
/// Turns that share one commit: bounds what a failed commit undoes, and how long the first waits.
const BATCH_MAX: u32 = 64;
/// One in so many batches that need no flush is flushed: bounds SQLite's journal, which only a flushed commit moves into the file.
const UNFLUSHED_MAX: u32 = 64;
const TURN_WAIT_MAX: Duration = Duration::from_secs(10);
