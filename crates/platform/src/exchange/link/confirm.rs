//! "Is this you": before a link gives anything, the resident sees whose record the institution has found, and says so.

use std::sync::Arc;

use idwsf::token::Authn;
use web::Error;

use super::{
    day, end, outcome, standing, step,
    wire::{About, Stands},
};
use crate::{
    app::App,
    audit::{self, Unwritten},
    exchange::{Reason, SHOWN, insurers::Insurer},
    ids::ResidentId,
    store::{
        self,
        link::Link,
        linking::{Linking, State},
    },
};

/// What waits for the resident's word.
pub(crate) enum Confirmable {
    /// The masked number that the institution found; the look is in the log.
    Number(String),
    /// A clerk looks at it again.
    Review,
    /// The institution has ended it meanwhile.
    Gone,
    /// It gave no answer that can be used.
    Unanswered(Reason),
}

/// What came of the resident's word.
pub(crate) enum Word {
    /// It is theirs, and the link in force.
    InForce,
    /// It is not theirs.
    Denied(end::End),
    /// The institution had ended it before.
    Gone,
}

/// Asks the institution whose record it has linked, and opens the answer. Of what the institution has ended meanwhile nobody is asked.
///
/// # Errors
/// [`Error::NotYours`] where no wish of this resident waits for their word; when the database or the log fails.
pub(crate) async fn found(
    app: &Arc<App>,
    resident: ResidentId,
    insurer: &Arc<Insurer>,
    authn: Authn,
) -> Result<(Linking, Confirmable), Error> {
    let wishes = store::linking::of(&app.db, resident).await.map_err(Error::ours)?;
    let provider = insurer.entity.as_str();
    // The newest: what came before it is over.
    let wish = wishes.into_iter().find(|wish| wish.provider == provider).ok_or(Error::NotYours)?;
    match wish.state {
        State::Linked => {}
        State::Refused => return Ok((wish, Confirmable::Gone)),
        _ => return Err(Error::NotYours),
    }
    let link = Link { provider: provider.to_owned(), generation: wish.generation };
    let called = About { app, insurer, resident, link: &link, authn }.stands(wish.asked_at).await;
    let said = match &called.outcome {
        Ok(Stands::Linked(_)) => SHOWN,
        Ok(Stands::Review) => outcome::REVIEW,
        Ok(Stands::Nowhere) => outcome::REFUSED,
        Ok(Stands::Refused) => Reason::Refused.code(),
        Err(reason) => reason.code(),
    };
    let receipt = audit::record(app, &step(resident, provider, said, called.message.as_str())).await?;
    let (confirmable, state) = match called.outcome {
        Ok(Stands::Linked(number)) => (Confirmable::Number(number.open(&receipt)), State::Linked),
        Ok(Stands::Review) => (Confirmable::Review, State::Review),
        Ok(Stands::Nowhere) => (Confirmable::Gone, State::Refused),
        Ok(Stands::Refused) => (Confirmable::Unanswered(Reason::Refused), State::Linked),
        Err(reason) => (Confirmable::Unanswered(reason), State::Linked),
    };
    if state != wish.state {
        standing::moved(app, resident, &wish, state).await.map_err(Error::ours)?;
    }
    Ok((wish, confirmable))
}

/// The resident says that the record is theirs: the link comes into force. Saying it twice changes nothing; nor does saying it of
/// what the institution has ended while the resident was reading.
///
/// # Errors
/// [`Error::NotYours`] where no such wish waits for their word; when the database or the log fails.
pub(crate) async fn confirm(app: &App, resident: ResidentId, link: &Link) -> Result<Word, Error> {
    let wish = waiting(app, resident, link).await?;
    match wish.state {
        State::Confirmed => return Ok(Word::InForce),
        State::Refused => return Ok(Word::Gone),
        _ => {}
    }
    let entries = audit::entries(app, &step(resident, &link.provider, outcome::CONFIRMED, ""))?;
    let today = day(app.clock.now());
    let stands = db::transaction!(app.db, |tx| -> Unwritten {
        let stands = store::linking::get_of(tx, resident).await?.into_iter().find(|one| one.is_for(link));
        if stands.as_ref() == Some(&wish) {
            audit::record_in(tx, &entries).await?;
            store::linking::update(tx, resident, &Linking { state: State::Confirmed, ..wish.clone() }).await?;
            store::link::insert(tx, resident, link, today).await?;
        }
        stands.map(|stands| if stands == wish { State::Confirmed } else { stands.state })
    });
    faster(stands.map_err(Error::ours)?)
}

/// The resident says that the record is not theirs: the institution is told that there is no link. Whoever has said before that
/// it is, and sees the mistake now, ends the link.
///
/// # Errors
/// [`Error::NotYours`] where no such wish waits for their word; when the database or the log fails.
pub(crate) async fn deny(app: &Arc<App>, resident: ResidentId, link: &Link, authn: Authn) -> Result<Word, Error> {
    let wish = waiting(app, resident, link).await?;
    match wish.state {
        State::Confirmed => return end(app, resident, link, authn).await.map(Word::Denied),
        State::Refused => return Ok(Word::Gone),
        _ => {}
    }
    let entries = audit::entries(app, &step(resident, &link.provider, outcome::DENIED, ""))?;
    let owed = end::owed(app, resident, link, authn);
    let denied = db::transaction!(app.db, |tx| -> Unwritten {
        if store::linking::get_of(tx, resident).await?.contains(&wish) {
            store::linking::update(tx, resident, &Linking { state: State::Denied, ..wish.clone() }).await?;
            store::link_end::insert(tx, &owed).await?;
            Some(audit::record_in(tx, &entries).await?)
        } else {
            None
        }
    });
    match denied.map_err(Error::ours)? {
        Some(receipt) => end::tell(app, &owed, authn, &receipt).await.map(Word::Denied),
        // Somebody was faster, in another window: what they did stands on the page of links.
        None => Err(Error::NotYours),
    }
}

/// What came of a word, by how the wish stands after it: somebody may have been faster, in another window or at the institution.
fn faster(stands: Option<State>) -> Result<Word, Error> {
    match stands {
        Some(State::Confirmed) => Ok(Word::InForce),
        Some(State::Refused) => Ok(Word::Gone),
        _ => Err(Error::NotYours),
    }
}

/// The wish that waits for the resident's word, has had it, or has been ended by the institution.
async fn waiting(app: &App, resident: ResidentId, link: &Link) -> Result<Linking, Error> {
    let wishes = store::linking::of(&app.db, resident).await.map_err(Error::ours)?;
    let wish = wishes.into_iter().find(|wish| wish.is_for(link)).ok_or(Error::NotYours)?;
    let stands = match wish.state {
        State::Linked | State::Refused => true,
        // What was confirmed may have ended since.
        State::Confirmed => store::link::of(&app.db, resident).await.map_err(Error::ours)?.contains(link),
        _ => false,
    };
    if stands { Ok(wish) } else { Err(Error::NotYours) }
}
