use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::redirect::ReturnUrl;
use crate::dst::Query;
use crate::message::Purpose;
use crate::{EntityId, MessageId, Pseudonym};

/// What the page's URL carries: nobody guesses it, and it is good once. Store a digest of it, not itself.
pub struct State(Zeroizing<String>);

impl State {
    /// A new one, of 32 random bytes.
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(random)))
    }

    /// One that a browser brought; `None` if it has not the form of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32)?;
        // Only the one spelling: the digest that is looked up is of the text.
        (URL_SAFE_NO_PAD.encode(bytes) == text).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text in the URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a person is asked to agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What the answer is for.
    pub purpose: Purpose,
    /// What is asked for, by the paths of the service's table.
    pub selects: Vec<String>,
}

impl Scope {
    /// What a question asks for.
    #[must_use]
    pub fn of(purpose: Purpose, query: &Query) -> Self {
        Self { purpose, selects: query.items.iter().map(|item| item.select.clone()).collect() }
    }

    /// Whether an agreement to this is one to `asked`, too: the same purpose, and nothing more.
    #[must_use]
    pub fn covers(&self, asked: &Self) -> bool {
        self.purpose == asked.purpose && asked.selects.iter().all(|select| self.selects.contains(select))
    }
}

/// A question that waits for its person, stored under the digest of its [`State`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Who asked.
    pub client: EntityId,
    /// About whom.
    pub subject: Pseudonym,
    /// What they are asked to agree to.
    pub scope: Scope,
    /// The fault that sent the person here: what the client's next question relates to.
    pub fault: MessageId,
    /// When it is forgotten.
    pub until: Timestamp,
}

/// Why a page is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotClaimed {
    /// Nothing waits under that state: it never did, or it was claimed before.
    #[error("nothing waits under that state")]
    Unknown,
    /// It waited too long.
    #[error("the question waited too long")]
    Expired,
}

impl Pending {
    /// How long a person has to come.
    pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

    /// A question that waits from now on.
    #[must_use]
    pub fn new(client: EntityId, subject: Pseudonym, scope: Scope, fault: MessageId, now: Timestamp) -> Self {
        Self { client, subject, scope, fault, until: now.saturating_add(Self::LIFETIME).unwrap_or(now) }
    }

    /// Takes a question up. `taken` is what the store had under the state and has no longer: it takes out and deletes in one
    /// step, so that no state is good twice.
    ///
    /// # Errors
    /// [`NotClaimed`].
    pub fn claim(taken: Option<Self>, now: Timestamp) -> Result<Claimed, NotClaimed> {
        match taken {
            None => Err(NotClaimed::Unknown),
            Some(pending) if now >= pending.until => Err(NotClaimed::Expired),
            Some(pending) => Ok(Claimed(pending)),
        }
    }
}

/// A question whose person has to prove who they are. Nothing of it is shown before.
#[derive(Debug)]
pub struct Claimed(Pending);

/// Somebody else has logged in than the question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the question is about somebody else than who logged in")]
pub struct WrongPerson;

impl Claimed {
    /// Whose ways back count.
    #[must_use]
    pub fn client(&self) -> &EntityId {
        &self.0.client
    }

    /// Opens the question to the person who logged in by SAML at this very service, under this pseudonym: otherwise anybody
    /// who gets the link consents for anybody.
    ///
    /// # Errors
    /// [`WrongPerson`]; the question is gone then.
    pub fn by(self, logged_in: &Pseudonym, back: ReturnUrl) -> Result<Asking, WrongPerson> {
        if self.0.subject == *logged_in { Ok(Asking { pending: self.0, back }) } else { Err(WrongPerson) }
    }
}

/// A question that may be shown: the person it is about is there.
#[derive(Debug)]
pub struct Asking {
    pending: Pending,
    back: ReturnUrl,
}

impl Asking {
    /// Who asks.
    #[must_use]
    pub fn client(&self) -> &EntityId {
        &self.pending.client
    }

    /// Whom the answer is recorded for.
    #[must_use]
    pub fn subject(&self) -> &Pseudonym {
        &self.pending.subject
    }

    /// What they are asked to agree to.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.pending.scope
    }

    /// Where the browser goes after a yes. Store the yes first, with client, subject and scope: the question that comes again
    /// is decided by what is stored, not by its relation.
    #[must_use]
    pub fn agreed(self) -> String {
        self.back.resend(Some(&self.pending.fault))
    }

    /// Where the browser goes after a no.
    #[must_use]
    pub fn refused(self) -> String {
        self.back.resend(None)
    }
}
