//! What a card's message means, decided without a database: one rule a function, tested by a table of cases.
//!
//! SSC-CARD/1, states and failures.

use jiff::Timestamp;

/// Wrong PINs in a row before a card is locked.
pub const TRIES_MAX: i64 = 5;

/// Whether a card may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In use.
    Active,
    /// Stopped until somebody looks into it.
    Suspended,
    /// Reported lost.
    Lost,
    /// Past its last day.
    Expired,
    /// Never to be used again.
    Revoked,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Active, Self::Suspended, Self::Lost, Self::Expired, Self::Revoked];

    /// The code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Lost => "lost",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The state of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What the relay knows of a card when its message arrives.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Whether it may be used.
    pub state: State,
    /// The version of its key.
    pub key_version: u16,
    /// Its write counter as last proved.
    pub write_count: u32,
    /// PIN tries that are left.
    pub tries_left: i64,
    /// Whether its holder has set a PIN.
    pub pin_set: bool,
}

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The nonce was given out.
    Started,
    /// The card has proved itself.
    Proved,
    /// A PIN is being tried: one try is spent.
    Trying,
    /// Nothing more can come of it.
    Done,
}

impl Step {
    /// The code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Proved => "proved",
            Self::Trying => "trying",
            Self::Done => "done",
        }
    }

    /// The step of a code; an unknown one can go nowhere.
    pub fn from_code(code: &str) -> Self {
        [Self::Started, Self::Proved, Self::Trying].into_iter().find(|step| step.code() == code).unwrap_or(Self::Done)
    }
}

/// A conversation as the relay remembers it, and the message that has arrived for it.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// How far it is.
    pub step: Step,
    /// The step that the message belongs to.
    pub message_for: Step,
    /// Whether the message comes from the browser that began it.
    pub same_browser: bool,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Why a card was not let in. What the person reads, and the operator's code, follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such conversation, or it is over.
    #[error("the card conversation is unknown or has expired")]
    Expired,
    /// A message came a second time.
    #[error("a card message was replayed")]
    Replay,
    /// The message came from another browser than the one that began.
    #[error("a card message came from another browser")]
    OtherBrowser,
    /// A message that no honest agent sends.
    #[error("a card message is malformed")]
    Malformed,
    /// The card did not prove its key: wrong site, copied identifier, or a message of another conversation.
    #[error("the card's proof does not hold")]
    NotProved,
    /// A genuine card that the relay does not know.
    #[error("the card is not registered")]
    Unknown,
    /// The card's key is not the current one.
    #[error("the card's key version is not current")]
    KeyVersion,
    /// The card is stopped.
    #[error("the card is {}", .0.code())]
    Stopped(State),
    /// The card's counter went back: there are two of them, or an old state was restored. The card is now suspended.
    #[error("the card's write counter went back")]
    CopySuspected,
    /// The holder has not set a PIN yet.
    #[error("no PIN is set")]
    PinNotSet,
    /// Too many wrong PINs.
    #[error("the PIN is locked")]
    PinLocked,
    /// The PIN was wrong.
    #[error("wrong PIN, {left} tries left")]
    WrongPin {
        /// Tries that are left.
        left: i64,
    },
}

impl Refusal {
    /// The stable code that the operator's guide explains.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "CARD-01",
            Self::Replay => "CARD-02",
            Self::OtherBrowser => "CARD-03",
            Self::Malformed => "CARD-04",
            Self::NotProved => "CARD-05",
            Self::Unknown => "CARD-06",
            Self::KeyVersion => "CARD-07",
            Self::Stopped(_) => "CARD-08",
            Self::CopySuspected => "CARD-09",
            Self::PinNotSet => "CARD-10",
            Self::PinLocked => "CARD-11",
            Self::WrongPin { .. } => "CARD-12",
        }
    }
}

/// Whether a message may be looked at: each step once, in order, from one browser, in time.
///
/// # Errors
/// [`Refusal::OtherBrowser`], [`Refusal::Expired`], [`Refusal::Replay`].
pub fn turn(turn: &Turn, now: Timestamp) -> Result<(), Refusal> {
    if !turn.same_browser {
        return Err(Refusal::OtherBrowser);
    }
    if now >= turn.expires_at {
        return Err(Refusal::Expired);
    }
    if turn.step != turn.message_for {
        return Err(Refusal::Replay);
    }
    Ok(())
}

/// Whether a card that has proved its key is let in, `write_count` being the counter it proved.
///
/// # Errors
/// The first rule that refuses it. On [`Refusal::CopySuspected`] the card has to be suspended.
pub fn possession(known: Option<&Known>, key_version: u16, write_count: u32) -> Result<(), Refusal> {
    let known = known.ok_or(Refusal::Unknown)?;
    if known.state != State::Active {
        return Err(Refusal::Stopped(known.state));
    }
    if known.key_version != key_version {
        return Err(Refusal::KeyVersion);
    }
    if write_count < known.write_count {
        return Err(Refusal::CopySuspected);
    }
    Ok(())
}

/// Whether a PIN may be tried, and how many tries are left once it has been. The number is stored before the answer
/// is sent: whoever breaks off after seeing the answer has spent the try.
///
/// # Errors
/// [`Refusal::PinNotSet`], [`Refusal::PinLocked`], [`Refusal::Stopped`].
pub fn spend_try(known: &Known) -> Result<i64, Refusal> {
    if known.state != State::Active {
        return Err(Refusal::Stopped(known.state));
    }
    if !known.pin_set {
        return Err(Refusal::PinNotSet);
    }
    if known.tries_left <= 0 {
        return Err(Refusal::PinLocked);
    }
    Ok(known.tries_left - 1)
}

/// Whether the holder of a card that has proved its PIN is let in: it may have been stopped since it proved itself.
///
/// # Errors
/// [`Refusal::Stopped`].
pub fn admit(known: &Known) -> Result<(), Refusal> {
    if known.state == State::Active { Ok(()) } else { Err(Refusal::Stopped(known.state)) }
}

/// What a wrong PIN means once its try is spent.
pub fn wrong_pin(left: i64) -> Refusal {
    if left <= 0 { Refusal::PinLocked } else { Refusal::WrongPin { left } }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: Known = Known { state: State::Active, key_version: 1, write_count: 7, tries_left: 5, pin_set: true };

    #[test]
    fn a_card_is_let_in_by_the_first_rule_that_does_not_refuse_it() {
        let stopped = |state| Known { state, ..CARD };
        let cases = [
            ("as it was left", Some(CARD), 1, 7, Ok(())),
            ("used elsewhere in between", Some(CARD), 1, 900, Ok(())),
            ("unknown", None, 1, 7, Err(Refusal::Unknown)),
            ("suspended", Some(stopped(State::Suspended)), 1, 7, Err(Refusal::Stopped(State::Suspended))),
            ("lost", Some(stopped(State::Lost)), 1, 7, Err(Refusal::Stopped(State::Lost))),
            (
                "revoked, and an old copy too",
                Some(stopped(State::Revoked)),
                1,
                6,
                Err(Refusal::Stopped(State::Revoked)),
            ),
            ("old key", Some(CARD), 0, 7, Err(Refusal::KeyVersion)),
            ("counter went back", Some(CARD), 1, 6, Err(Refusal::CopySuspected)),
        ];
        for (name, known, key_version, write_count, expected) in cases {
            assert_eq!(possession(known.as_ref(), key_version, write_count), expected, "{name}");
        }
    }

    #[test]
    fn five_wrong_pins_lock_the_card() {
        let mut card = CARD;
        for left in [4, 3, 2, 1] {
            card.tries_left = spend_try(&card).unwrap();
            assert_eq!(wrong_pin(card.tries_left), Refusal::WrongPin { left });
        }
        card.tries_left = spend_try(&card).unwrap();
        assert_eq!(wrong_pin(card.tries_left), Refusal::PinLocked);
        assert_eq!(spend_try(&card), Err(Refusal::PinLocked));
    }

    #[test]
    fn a_pin_cannot_be_tried_on_a_card_without_one() {
        assert_eq!(spend_try(&Known { pin_set: false, ..CARD }), Err(Refusal::PinNotSet));
        assert_eq!(spend_try(&Known { state: State::Lost, ..CARD }), Err(Refusal::Stopped(State::Lost)));
    }

    #[test]
    fn each_message_counts_once_from_one_browser_in_time() {
        let now = Timestamp::UNIX_EPOCH;
        let later = Timestamp::from_second(120).unwrap();
        let good = Turn { step: Step::Started, message_for: Step::Started, same_browser: true, expires_at: later };
        assert_eq!(turn(&good, now), Ok(()));
        assert_eq!(turn(&good, later), Err(Refusal::Expired));
        assert_eq!(turn(&Turn { step: Step::Proved, ..good }, now), Err(Refusal::Replay));
        assert_eq!(turn(&Turn { same_browser: false, ..good }, now), Err(Refusal::OtherBrowser));
    }
}
