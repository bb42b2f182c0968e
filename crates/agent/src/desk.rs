//! The readers: one thread looks after them, because PC/SC blocks and a card allows one session at a time.
//!
//! Everybody else sees what lies on the readers through [`Desk::watch`], and asks the thread for the steps of the protocol.

use std::{
    sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use card::{
    protocol::{
        CardSecret, Opening, Origin, Proof, Start,
        agent::{self, Proven},
    },
    reader::{Canceller, CardSession, Presence, ReadError, ReaderState, Readers, connect_any},
};
use tokio::sync::{oneshot, watch};

use crate::{
    Problem,
    wire::{CardState, Reader},
};

/// How long a card stays open for its next step. Between the steps lies one round trip to the site's server.
const HOLD: Duration = Duration::from_secs(20);

/// How long the thread waits for events while a card is open, and otherwise. Orders end the wait at once.
const WAIT_HOLDING: Duration = Duration::from_secs(1);
const WAIT_IDLE: Duration = Duration::from_secs(5);

/// Most orders that may queue.
const ORDERS_MAX: usize = 32;

/// The way to the thread.
pub(crate) struct Desk {
    orders: SyncSender<Order>,
    state: watch::Receiver<DeskState>,
    canceller: Canceller,
}

/// What is connected, and what lies there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeskState(Vec<Reader>);

/// What the thread is asked to do. `name` is the errand for which a card is held.
enum Order {
    Prove { name: String, origin: Origin, start: Start, answer: oneshot::Sender<Result<Proof, Problem>> },
    Open { name: String, opening: Opening, answer: oneshot::Sender<Result<(Proven, CardSecret), Problem>> },
    Release { name: String },
    LookAgain,
}

impl Desk {
    /// Starts the thread. Of several readers, those are used whose name contains `name_part`.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(readers: Box<dyn Readers>, name_part: Option<String>) -> std::io::Result<Self> {
        let canceller = readers.canceller();
        let (orders, incoming) = sync_channel(ORDERS_MAX);
        let (shown, state) = watch::channel(DeskState::default());
        let mut keeper = Keeper { readers, name_part, held: None, shown };
        let states = keeper.readers.look();
        keeper.show(&states, &DeskState::default());
        thread::Builder::new().name("readers".into()).spawn(move || keeper.run(&incoming))?;
        Ok(Self { orders, state, canceller })
    }

    /// Follows what lies on the readers.
    pub(crate) fn watch(&self) -> watch::Receiver<DeskState> {
        self.state.clone()
    }

    /// What keeps a card from being read now, if anything.
    pub(crate) fn missing(&self) -> Option<Problem> {
        self.state.borrow().missing()
    }

    /// The readers, the usable first.
    pub(crate) fn readers(&self) -> Vec<Reader> {
        self.state.borrow().0.clone()
    }

    /// Messages 1 and 2. The card stays open for [`Desk::open`] under `name`.
    pub(crate) async fn prove(&self, name: &str, origin: &Origin, start: &Start) -> Result<Proof, Problem> {
        let (answer, reply) = oneshot::channel();
        self.order(Order::Prove { name: name.into(), origin: origin.clone(), start: start.clone(), answer })?;
        reply.await.map_err(|_| Problem::AgentFailed)?
    }

    /// Message 4, with the card that [`Desk::prove`] left open. The card is let go.
    pub(crate) async fn open(&self, name: &str, opening: Opening) -> Result<(Proven, CardSecret), Problem> {
        let (answer, reply) = oneshot::channel();
        self.order(Order::Open { name: name.into(), opening, answer })?;
        reply.await.map_err(|_| Problem::AgentFailed)?
    }

    /// Lets go the card that is open under `name`, if it still is.
    pub(crate) fn release(&self, name: &str) {
        // a queue that is full of other errands' orders: the card is let go when its time is over
        let _full = self.order(Order::Release { name: name.into() });
    }

    /// Looks again at a card of another kind: a quick exchange of cards can look as if nothing had happened. Only done while
    /// somebody waits, because it disturbs other programs that use the card.
    pub(crate) fn look_again(&self) {
        if self.missing() == Some(Problem::OtherCard) {
            // a queue that is full of other orders: the next time will do
            let _full = self.order(Order::LookAgain);
        }
    }

    fn order(&self, order: Order) -> Result<(), Problem> {
        self.orders.try_send(order).map_err(|_| Problem::ReaderBusy)?;
        self.canceller.cancel();
        Ok(())
    }
}

impl DeskState {
    /// What keeps a card from being read, if anything: what says most to the person.
    pub(crate) fn missing(&self) -> Option<Problem> {
        let any = |card| self.0.iter().any(|reader| reader.card == card);
        match () {
            () if any(CardState::Ready) => None,
            () if any(CardState::Other) => Some(Problem::OtherCard),
            () if any(CardState::Busy) => Some(Problem::ReaderBusy),
            () if any(CardState::None) => Some(Problem::NoCard),
            () => Some(Problem::NoReader),
        }
    }
}

/// Whether `missing` is not what a page last `heard`; a page that keeps no account hears no news.
pub(crate) fn is_news(missing: Option<Problem>, heard: Option<&str>) -> bool {
    heard.is_some_and(|heard| heard != missing.map_or("", Problem::code))
}

impl Drop for Desk {
    fn drop(&mut self) {
        // the queue closes with us; the thread must wake to see it
        self.canceller.cancel();
    }
}

/// The thread's own things.
struct Keeper {
    readers: Box<dyn Readers>,
    name_part: Option<String>,
    held: Option<Held>,
    shown: watch::Sender<DeskState>,
}

/// A card between two steps of one errand.
struct Held {
    name: String,
    origin: Origin,
    session: CardSession,
    proven: Proven,
    since: Instant,
}

impl Keeper {
    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            match orders.try_recv() {
                Ok(order) => self.obey(order),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {
                    let patience = if self.held.is_some() { WAIT_HOLDING } else { WAIT_IDLE };
                    let states = self.readers.wait(patience);
                    let known = self.shown.borrow().clone();
                    self.show(&states, &known);
                    self.held.take_if(|held| held.since.elapsed() > HOLD);
                }
            }
        }
    }

    fn obey(&mut self, order: Order) {
        // whoever asked may have gone: then nobody needs the answer
        match order {
            Order::Prove { name, origin, start, answer } => {
                let _gone = answer.send(self.prove(name, origin, &start));
            }
            Order::Open { name, opening, answer } => {
                let _gone = answer.send(self.open(&name, &opening));
            }
            Order::Release { name } => drop(self.held.take_if(|held| held.name == name)),
            Order::LookAgain => {
                let states = self.readers.look();
                let mut known = self.shown.borrow().clone();
                known.0.retain(|reader| reader.card != CardState::Other);
                self.show(&states, &known);
            }
        }
    }

    fn prove(&mut self, name: String, origin: Origin, start: &Start) -> Result<Proof, Problem> {
        // a site that begins again has given up its earlier attempt; another site must wait
        self.held.take_if(|held| held.origin == origin || held.since.elapsed() > HOLD);
        if self.held.is_some() {
            return Err(Problem::ReaderBusy);
        }
        let (session, proven) = self.challenge(&origin, start).map_err(|error| {
            // what was known of the card may no longer be true
            let states = self.readers.look();
            self.show(&states, &DeskState::default());
            problem(error)
        })?;
        let proof = proven.proof().clone();
        self.held = Some(Held { name, origin, session, proven, since: Instant::now() });
        Ok(proof)
    }

    fn challenge(&mut self, origin: &Origin, start: &Start) -> Result<(CardSession, Proven), ReadError> {
        let mut session = connect_any(self.readers.as_mut(), self.name_part.as_deref())?;
        let proven = agent::prove(&mut session, origin, start)?;
        Ok((session, proven))
    }

    fn open(&mut self, name: &str, opening: &Opening) -> Result<(Proven, CardSecret), Problem> {
        let Some(Held { mut session, proven, .. }) = self.held.take_if(|held| held.name == name) else {
            return Err(Problem::CardGone);
        };
        let secret = proven.open(&mut session, opening).map_err(|error| match error {
            ReadError::Failed { .. } => Problem::CardRefused,
            other => problem(other),
        })?;
        Ok((proven, secret))
    }

    /// Publishes what lies on the readers. A card that is not in `known` is looked at once, to say of which kind it is.
    fn show(&mut self, states: &[ReaderState], known: &DeskState) {
        let wanted = |state: &&ReaderState| self.name_part.as_ref().is_none_or(|part| state.name.contains(part));
        let wanted: Vec<_> = states.iter().filter(wanted).cloned().collect();
        if wanted.iter().all(|state| state.presence == Presence::Empty) {
            self.held = None;
        }
        let now = DeskState(wanted.into_iter().map(|state| self.judge(state, known)).collect());
        self.shown.send_if_modified(|shown| {
            let changed = *shown != now;
            *shown = now;
            changed
        });
    }

    fn judge(&mut self, state: ReaderState, known: &DeskState) -> Reader {
        let known = known.0.iter().find(|reader| reader.name == state.name).map(|reader| reader.card);
        let card = match (state.presence, known) {
            (Presence::Empty, _) => CardState::None,
            (Presence::InUse, _) if self.held.is_some() => CardState::Ready,
            (Presence::InUse, _) => CardState::Busy,
            (Presence::Card, Some(known @ (CardState::Ready | CardState::Other))) => known,
            (Presence::Card, _) => match self.readers.connect(&state.name) {
                Ok(_session) => CardState::Ready,
                Err(ReadError::OtherCard) => CardState::Other,
                Err(ReadError::Busy) => CardState::Busy,
                Err(ReadError::NoReader | ReadError::NoCard | ReadError::CardGone) => CardState::None,
                // a card that answers badly once may answer well when it is needed: let the person try
                Err(ReadError::Failed { .. }) => CardState::Ready,
            },
        };
        Reader { name: state.name, card }
    }
}

fn problem(error: ReadError) -> Problem {
    tracing::info!(%error, "the card was not read: {error}");
    match error {
        ReadError::NoReader => Problem::NoReader,
        ReadError::NoCard => Problem::NoCard,
        ReadError::OtherCard => Problem::OtherCard,
        ReadError::CardGone => Problem::CardGone,
        ReadError::Busy => Problem::ReaderBusy,
        ReadError::Failed { .. } => Problem::ReaderFailed,
    }
}
