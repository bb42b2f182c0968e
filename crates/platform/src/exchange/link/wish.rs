//! A resident asks an institution for a link.

use std::sync::Arc;

use health::LinkRequest;
use idwsf::token::Authn;
use jiff::{SignedDuration, Timestamp};
use web::Error;

use super::{
    day, outcome, step, whole_minute,
    wire::{About, Changed, Stands},
};
use crate::{
    app::App,
    audit,
    consent::{Consented, linking::TEXT_VERSION},
    exchange::{Reason, insurers::Insurer},
    ids::ResidentId,
    store::{
        self,
        link::{Held, Link},
        linking::{Linking, State},
    },
};

/// How often a resident may ask one institution on one day: whoever holds a card must not try out other people's numbers.
pub const TRIES_A_DAY: i64 = 5;

/// How long an answer is waited for at most, a busy machine considered.
const SENT_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// What a resident wants.
pub struct Wish<'a> {
    /// Who wants it, and has agreed a moment ago.
    pub consented: Consented,
    /// With whom.
    pub insurer: &'a Arc<Insurer>,
    /// How they have logged in.
    pub authn: Authn,
    /// What they wrote: it goes to this institution, and is kept nowhere.
    pub request: &'a LinkRequest,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// The institution has linked a record: the resident says next whether it is theirs.
    Linked,
    /// A clerk there looks at it.
    Review,
    /// It has nobody of that kind.
    Unmatched {
        /// How often the resident may ask again today.
        left: i64,
    },
    /// It would not.
    Refused,
    /// There was no answer that can be used.
    Unanswered(Reason),
    /// Nothing was sent: there is a link, or a wish that waits.
    Held,
    /// Nothing was sent: a wish is on its way.
    Underway,
    /// Nothing was sent: it was asked too often today.
    Spent,
}

/// Asks for the link. The row and the log's entry stand before anything is sent.
///
/// # Errors
/// When the database or the log fails.
pub async fn ask(app: &Arc<App>, wish: &Wish<'_>) -> Result<Came, Error> {
    let (provider, resident) = (wish.insurer.entity.as_str(), wish.consented.resident());
    let (linking, adds) = match claimed(app, wish).await.map_err(Error::ours)? {
        Claim::Granted { linking, adds } => (linking, adds),
        Claim::Held => return Ok(Came::Held),
        Claim::Underway => return Ok(Came::Underway),
        Claim::Spent => {
            tracing::warn!(code = "LINK-13", source = provider, "a resident has asked too often for a link today");
            return Ok(Came::Spent);
        }
    };
    let receipt = audit::record(app, &step(resident, provider, outcome::SENT, "")).await?;
    let link = Link { provider: provider.to_owned(), generation: linking.generation };
    let about = About { app, insurer: wish.insurer, resident, link: &link, authn: wish.authn };
    let given_at = wish.consented.given_at();
    let called = about.wish(wish.request, given_at, &receipt).await;
    let (answer, message) = match called.outcome {
        Ok(Changed::Done | Changed::Already) => {
            let called = about.stands(given_at).await;
            (Answer::of(called.outcome), called.message)
        }
        Ok(Changed::Nothing) => (Answer::Unmatched, called.message),
        Ok(Changed::Refused) | Err(Reason::Refused) => (Answer::Refused, called.message),
        Err(reason) => (Answer::Not { reason, reached: called.sent }, called.message),
    };
    let left = settled(app, resident, (&linking, adds), answer).await.map_err(Error::ours)?;
    let said = answer.outcome();
    tracing::info!(code = "LINK-11", source = provider, message.id = %message, outcome = said, "a link was asked for");
    audit::record(app, &step(resident, provider, said, message.as_str())).await?;
    Ok(answer.came(left))
}

/// How often the resident may still ask this institution today.
///
/// # Errors
/// When the database fails.
pub async fn left(app: &App, resident: ResidentId, provider: &str) -> Result<i64, Error> {
    let wishes = store::linking::of(&app.db, resident).await.map_err(Error::ours)?;
    Ok(TRIES_A_DAY - spent(&wishes, provider, app.clock.now()))
}

/// What the institution has said.
#[derive(Clone, Copy)]
enum Answer {
    Linked,
    Review,
    Unmatched,
    Refused,
    /// Nothing; `reached` where it may have read what was sent.
    Not {
        reason: Reason,
        reached: bool,
    },
}

impl Answer {
    fn of(stands: Result<Stands, Reason>) -> Self {
        match stands {
            Ok(Stands::Linked(_)) => Self::Linked,
            Ok(Stands::Review) => Self::Review,
            Ok(Stands::Nowhere | Stands::Refused) | Err(Reason::Refused) => Self::Refused,
            Err(reason) => Self::Not { reason, reached: true },
        }
    }

    fn outcome(self) -> &'static str {
        match self {
            Self::Linked => outcome::LINKED,
            Self::Review => outcome::REVIEW,
            Self::Unmatched => outcome::UNMATCHED,
            Self::Refused => outcome::REFUSED,
            Self::Not { reason, .. } => reason.code(),
        }
    }

    fn came(self, left: i64) -> Came {
        match self {
            Self::Linked => Came::Linked,
            Self::Review => Came::Review,
            Self::Unmatched => Came::Unmatched { left },
            Self::Refused => Came::Refused,
            Self::Not { reason, .. } => Came::Unanswered(reason),
        }
    }

    fn state(self) -> State {
        match self {
            Self::Linked => State::Linked,
            Self::Review => State::Review,
            Self::Unmatched => State::Unmatched,
            Self::Refused => State::Refused,
            Self::Not { .. } => State::Asked,
        }
    }
}

/// Whether a wish may be sent.
#[derive(Debug, PartialEq, Eq)]
enum Claim {
    Granted {
        /// As it goes out.
        linking: Linking,
        /// Whether it is one more try: an open one that has counted today does not count twice.
        adds: bool,
    },
    Held,
    Underway,
    Spent,
}

async fn claimed(app: &App, wish: &Wish<'_>) -> Result<Claim, db::Error> {
    let (now, resident) = (app.clock.now(), wish.consented.resident());
    db::transaction!(app.db, |tx| {
        let wishes = store::linking::get_of(tx, resident).await?;
        let links = store::link::get_all_of(tx, resident).await?;
        let claim = claim(&wishes, &links, wish.insurer.entity.as_str(), now);
        if let Claim::Granted { linking, .. } = &claim {
            let known = wishes.iter().any(|one| same(one, linking));
            if known {
                store::linking::update(tx, resident, linking).await?;
            } else {
                store::linking::insert(tx, resident, linking).await?;
            }
        }
        claim
    })
}

/// Decides by what stands there. A wish without an answer goes out again as it is, and counts as one: under the same pseudonym,
/// the institution sees that it is the same. So does one that nobody was found for: nothing was linked under its pseudonym, and
/// the institution's own count goes on. Any other begins under one that was never used.
fn claim(wishes: &[Linking], links: &[Held], provider: &str, now: Timestamp) -> Claim {
    let wishes: Vec<_> = wishes.iter().filter(|wish| wish.provider == provider).collect();
    let links: Vec<_> = links.iter().filter(|held| held.link.provider == provider).collect();
    let open = wishes.iter().find(|wish| wish.state.is_open());
    if links.iter().any(|held| held.ended_at.is_none()) || open.is_some_and(|wish| wish.state != State::Asked) {
        return Claim::Held;
    }
    if open.is_some_and(|wish| wish.sending_until.is_some_and(|until| now < until)) {
        return Claim::Underway;
    }
    let today = day(now);
    let spent: i64 = wishes.iter().filter(|wish| wish.asked_at == today).map(|wish| wish.tries).sum();
    let counted = open.is_some_and(|wish| wish.asked_at == today && wish.tries > 0);
    if spent >= TRIES_A_DAY && !counted {
        return Claim::Spent;
    }
    let used = wishes.iter().map(|wish| wish.generation).chain(links.iter().map(|held| held.link.generation));
    let used = used.max().unwrap_or(0);
    let unmatched = wishes.iter().find(|wish| wish.generation == used && wish.state == State::Unmatched);
    let again = open.or(unmatched);
    let tries = again.filter(|wish| wish.asked_at == today).map_or(0, |wish| wish.tries);
    let linking = Linking {
        provider: provider.to_owned(),
        generation: again.map_or(used + 1, |wish| wish.generation),
        state: State::Asked,
        text_version: TEXT_VERSION.to_owned(),
        asked_at: today,
        tries: if open.is_some() { tries.max(1) } else { tries + 1 },
        sending_until: now.checked_add(SENT_WITHIN).ok().map(whole_minute),
    };
    Claim::Granted { linking, adds: !counted }
}

fn spent(wishes: &[Linking], provider: &str, now: Timestamp) -> i64 {
    let today = day(now);
    wishes.iter().filter(|wish| wish.provider == provider && wish.asked_at == today).map(|wish| wish.tries).sum()
}

fn same(one: &Linking, other: &Linking) -> bool {
    one.provider == other.provider && one.generation == other.generation
}

/// Writes the answer down, unless somebody has gone on with the wish meanwhile, and gives the tries that are left. What the
/// institution has never read is no try; what it may have read before, when the same wish went out, stays one.
async fn settled(
    app: &App,
    resident: ResidentId,
    (sent, adds): (&Linking, bool),
    answer: Answer,
) -> Result<i64, db::Error> {
    let now = app.clock.now();
    db::transaction!(app.db, |tx| {
        let mut wishes = store::linking::get_of(tx, resident).await?;
        let ours = |wish: &&mut Linking| same(wish, sent) && wish.sending_until == sent.sending_until;
        if let Some(wish) = wishes.iter_mut().find(ours).filter(|wish| wish.state == State::Asked) {
            wish.state = answer.state();
            wish.sending_until = None;
            // One whose connection broke may have been read: it counts.
            if adds && matches!(answer, Answer::Not { reached: false, .. }) {
                wish.tries -= 1;
            }
            store::linking::update(tx, resident, wish).await?;
        }
        TRIES_A_DAY - spent(&wishes, &sent.provider, now)
    })
}

#[cfg(test)]
mod tests;
