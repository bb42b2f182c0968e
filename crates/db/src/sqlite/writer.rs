//! The one connection that writes, lent to one transaction after the other.
//!
//! A task owns the connection. It opens a batch, lends the connection to the first in the queue inside a
//! `SAVEPOINT`, then to the next, and commits when nobody waits. All members of a batch learn the outcome after
//! the `COMMIT`: a success is on the disk, and a failed `COMMIT` fails them all.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::connection::{self, Connection, Done, Holder, Place, Role, Statement};
use crate::{Cause, Error};

#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Request>,
}

type Turn = oneshot::Sender<Result<Lease, Error>>;

enum Request {
    Turn(Turn),
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(crate) async fn start(path: Arc<str>) -> Result<Writer, Error> {
        let connection = connection::open(&path, Role::Write).await?;
        let (queue, requests) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(Task { path, requests }.run(connection));
        Ok(Writer { queue })
    }

    pub(crate) async fn turn(&self) -> Result<Lease, Error> {
        let (turn, lease) = oneshot::channel();
        let wait = async {
            self.queue.send(Request::Turn(turn)).await.map_err(|_| Error::Closed)?;
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

/// A turn with the write connection.
pub(crate) struct Lease(Option<Loan>);

/// The write connection, on loan. It goes back when dropped, wherever that is, and what was written is undone.
struct Loan {
    connection: Option<Connection>,
    back: Option<oneshot::Sender<Return>>,
}

struct Return {
    connection: Connection,
    verdict: Verdict,
    answer: Option<oneshot::Sender<Outcome>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Keep,
    Undo,
}

type Outcome = Result<(), Arc<Cause>>;

impl Lease {
    fn new(connection: Connection, back: oneshot::Sender<Return>) -> Lease {
        Lease(Some(Loan { connection: Some(connection), back: Some(back) }))
    }

    pub(crate) async fn statement(&mut self, statement: Statement, place: Place) -> Result<Done, Error> {
        connection::statement(&mut self.0, statement, place).await
    }

    /// Keeps what was written, and waits until it is on the disk.
    pub(crate) async fn keep(self) -> Result<(), Error> {
        self.give_back(Verdict::Keep).await
    }

    /// Undoes what was written, and waits for the batch: what this transaction read may come from it.
    pub(crate) async fn undo(self) -> Result<(), Error> {
        self.give_back(Verdict::Undo).await
    }

    async fn give_back(mut self, verdict: Verdict) -> Result<(), Error> {
        let (answer, outcome) = oneshot::channel();
        if let Some(mut loan) = self.0.take() {
            loan.send(verdict, Some(answer));
        }
        outcome.await.map_err(|_| Error::Closed)?.map_err(Error::Commit)
    }
}

impl Loan {
    fn send(&mut self, verdict: Verdict, answer: Option<oneshot::Sender<Outcome>>) {
        if let (Some(connection), Some(back)) = (self.connection.take(), self.back.take()) {
            // Nobody to take it: the task is gone, and the connection closes with this drop.
            let _ = back.send(Return { connection, verdict, answer });
        }
    }
}

impl Holder for Loan {
    fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.send(Verdict::Undo, None);
    }
}

struct Task {
    path: Arc<str>,
    requests: mpsc::Receiver<Request>,
}

impl Task {
    async fn run(mut self, connection: Connection) {
        let mut connection = Some(connection);
        while let Some(request) = self.requests.recv().await {
            let first = match request {
                Request::Turn(turn) => turn,
                Request::Close(done) => return self.close(connection, done).await,
            };
            let usable = match connection.take() {
                Some(connection) => connection,
                None => match connection::open(&self.path, Role::Write).await {
                    Ok(connection) => connection,
                    Err(error) => {
                        // The requester may have gone; the next one tries again.
                        let _ = first.send(Err(error));
                        continue;
                    }
                },
            };
            let (rest, close) = self.batch(usable, first).await;
            connection = rest;
            if let Some(done) = close {
                return self.close(connection, done).await;
            }
        }
    }

    async fn close(mut self, connection: Option<Connection>, done: oneshot::Sender<()>) {
        self.requests.close();
        if let Some(connection) = connection
            && let Ok(Err(error)) = spawn_blocking(move || connection.close()).await
        {
            tracing::warn!(%error, "could not close the database's write connection");
        }
        // The one who asked need not wait.
        let _ = done.send(());
    }

    /// Serves turns until nobody waits, commits, and answers them all. Gives back the connection if it is still
    /// good, and a request to close if one was met.
    async fn batch(
        &mut self,
        connection: Connection,
        first: Turn,
    ) -> (Option<Connection>, Option<oneshot::Sender<()>>) {
        let mut slot = Some(connection);
        if let Err(error) = control(&mut slot, &["BEGIN IMMEDIATE", "SAVEPOINT turn"], Place::Here).await {
            // The requester may have gone. How far the connection came is not known, so it is closed.
            let _ = first.send(Err(error));
            return (None, None);
        }
        let mut answers = Vec::new();
        let mut close = None;
        let mut outcome = Ok(());
        let mut served = 0;
        let mut turn = Some(first);
        while let Some(this) = turn.take() {
            let lent = match slot.take() {
                Some(connection) => lend(connection, this, &mut answers).await,
                None => None,
            };
            let Some((returned, verdict)) = lent else {
                answer(answers, &Err(Arc::new(Cause::Lost)));
                return (None, close);
            };
            slot = Some(returned);
            served += 1;
            if served < BATCH_MAX {
                match self.requests.try_recv() {
                    Ok(Request::Turn(next)) => turn = Some(next),
                    Ok(Request::Close(done)) => close = Some(done),
                    Err(_) => {}
                }
            }
            outcome = settle(&mut slot, verdict, turn.is_some()).await.map_err(cause);
            if let Err(error) = &outcome
                && let Some(next) = turn.take()
            {
                // The requester may have gone.
                let _ = next.send(Err(Error::Commit(error.clone())));
            }
        }
        if outcome.is_ok() {
            outcome = control(&mut slot, &["COMMIT"], Place::Aside).await.map_err(cause);
        }
        if outcome.is_err() && control(&mut slot, &["ROLLBACK"], Place::Here).await.is_err() {
            // SQLite may have rolled back on its own, so that this may fail: then the connection is not trusted.
            slot = None;
        }
        answer(answers, &outcome);
        (slot, close)
    }
}

/// Lends the connection for one turn. Nothing comes back when the connection is lost.
async fn lend(
    connection: Connection,
    turn: Turn,
    answers: &mut Vec<oneshot::Sender<Outcome>>,
) -> Option<(Connection, Verdict)> {
    let (back, returned) = oneshot::channel();
    // A requester that has gone gives the lease back by dropping it.
    drop(turn.send(Ok(Lease::new(connection, back))));
    let Return { connection, verdict, answer } = returned.await.ok()?;
    answers.extend(answer);
    Some((connection, verdict))
}

/// Settles a turn and readies the savepoint for the next. A savepoint that was rolled back to is still there; the last one
/// ends with the `COMMIT`. An error means that the batch is lost, because its savepoint cannot be trusted.
async fn settle(slot: &mut Option<Connection>, verdict: Verdict, another: bool) -> Result<(), Error> {
    match (verdict, another) {
        (Verdict::Undo, _) => control(slot, &["ROLLBACK TO turn"], Place::Here).await,
        (Verdict::Keep, true) => control(slot, &["RELEASE turn", "SAVEPOINT turn"], Place::Here).await,
        (Verdict::Keep, false) => Ok(()),
    }
}

fn answer(answers: Vec<oneshot::Sender<Outcome>>, outcome: &Outcome) {
    for answer in answers {
        // A requester that has gone needs no answer.
        let _ = answer.send(outcome.clone());
    }
}

async fn control(slot: &mut Option<Connection>, sql: &[&'static str], place: Place) -> Result<(), Error> {
    for sql in sql {
        connection::statement(slot, Statement::control(sql), place).await?;
    }
    Ok(())
}

/// What lies behind a failure of the batch.
fn cause(error: Error) -> Arc<Cause> {
    Arc::new(match error {
        Error::Query(cause) => cause,
        _ => Cause::Lost,
    })
}

/// Turns that wait for the writer; more than these wait for a place in the queue.
const QUEUE_MAX: usize = 1024;
/// Turns that share one commit: bounds what a failed commit undoes, and how long the first waits.
const BATCH_MAX: u32 = 64;
const TURN_WAIT_MAX: Duration = Duration::from_secs(10);
