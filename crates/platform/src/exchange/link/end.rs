//! A link ends: here at once, and the institution is told, again and again until it has confirmed.

use std::sync::Arc;

use db::Tx;
use futures::future::join_all;
use idwsf::{
    MessageId,
    token::{Authn, AuthnClass},
};
use jiff::{SignedDuration, Timestamp};
use web::Error;

use super::{
    day, outcome, step, whole_minute,
    wire::{About, Changed},
};
use crate::{
    app::App,
    audit::{self, Actor, Receipt, Unwritten, Visit},
    exchange::call::Called,
    ids::ResidentId,
    store::{
        self,
        link::{EndedBy, Link},
        link_end::LinkEnd,
        linking::{Linking, State},
    },
};

/// How long one telling takes at most: nobody else tells the same meanwhile.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(15);

/// How long an end is kept of which nobody can be told, because the institution is in no configuration: a business year and a month.
/// Insurers merge and move house at its turn, and whoever has not come back by then has handed its members on. Nothing was asked
/// about anybody under the ended name since.
const GONE_KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);

/// How long a telling that failed is put off at most.
const PUT_OFF_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Whether the institution knows of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It has confirmed it.
    Told,
    /// It has not yet; it is told again.
    Untold,
}

/// A resident ends a link, or takes a wish back: no pseudonym of it is used any more but to say so.
///
/// # Errors
/// [`Error::NotYours`] where the resident has nothing of that kind; when the database or the log fails.
pub async fn end(app: &Arc<App>, resident: ResidentId, link: &Link, authn: Authn) -> Result<End, Error> {
    let links = store::link::of(&app.db, resident).await.map_err(Error::ours)?;
    let wishes = store::linking::of(&app.db, resident).await.map_err(Error::ours)?;
    if !links.contains(link) && !wishes.iter().any(|wish| wish.is_for(link) && wish.state.is_open()) {
        return Err(Error::NotYours);
    }
    let entries = audit::entries(app, &step(resident, &link.provider, outcome::ENDED, ""))?;
    let (owed, today) = (owed(app, resident, link, authn), day(app.clock.now()));
    let ended = db::transaction!(app.db, |tx| -> Unwritten {
        if over(tx, resident, (link, EndedBy::Resident), today).await? {
            store::link_end::insert(tx, &owed).await?;
            Some(audit::record_in(tx, &entries).await?)
        } else {
            None
        }
    });
    match ended.map_err(Error::ours)? {
        Some(receipt) => tell(app, &owed, authn, &receipt).await,
        None => Err(Error::NotYours),
    }
}

/// The institution ends, by this message, a link that is in force, or the wish for one: it may have linked a record that the resident
/// has not called theirs yet. Where neither stands, nothing changes. What it says itself it need not be told.
///
/// # Errors
/// When the database or the log fails.
pub(crate) async fn end_there(app: &App, resident: ResidentId, link: &Link, message: &MessageId) -> Result<(), Error> {
    let visit = Visit {
        actor: Actor::Insurer { entity: link.provider.clone() },
        ..step(resident, &link.provider, outcome::ENDED_THERE, message.as_str())
    };
    let (entries, today) = (audit::entries(app, &visit)?, day(app.clock.now()));
    let ended = db::transaction!(app.db, |tx| -> Unwritten {
        if over(tx, resident, (link, EndedBy::Institution), today).await? {
            audit::record_in(tx, &entries).await?;
        }
    });
    ended.map_err(Error::ours)
}

/// Ends what stands under one name, link or wish; `true` if anything did.
async fn over(
    tx: &mut Tx,
    resident: ResidentId,
    (link, by): (&Link, EndedBy),
    today: Timestamp,
) -> Result<bool, db::Error> {
    let wishes = store::linking::get_of(tx, resident).await?;
    let open = wishes.into_iter().find(|wish| wish.is_for(link) && wish.state.is_open());
    let ended = store::link::end(tx, resident, link, by, today).await? || open.is_some();
    if let Some(wish) = open {
        let state = match by {
            EndedBy::Resident => State::Withdrawn,
            EndedBy::Institution => State::Refused,
        };
        store::linking::update(tx, resident, &Linking { state, sending_until: None, ..wish }).await?;
    }
    Ok(ended)
}

/// What an institution is owed, by the hand of whoever ends the link now.
pub(super) fn owed(app: &App, resident: ResidentId, link: &Link, authn: Authn) -> LinkEnd {
    let now = app.clock.now();
    let next_at = whole_minute(now.saturating_add(TOLD_WITHIN).unwrap_or(now));
    LinkEnd { resident, link: link.clone(), login_at: authn.instant, tries: 0, next_at }
}

/// Tells the institution. What is owed stands in its row: where the browser goes away meanwhile, it is told later.
pub(super) async fn tell(app: &Arc<App>, owed: &LinkEnd, authn: Authn, receipt: &Receipt) -> Result<End, Error> {
    let Some(insurer) = app.insurers.find(&owed.link.provider) else { return Ok(End::Untold) };
    let about = About { app, insurer, resident: owed.resident, link: &owed.link, authn };
    let called = about.end(receipt).await;
    heard(app, owed, called).await.map_err(Error::ours)
}

/// Tells the institutions that were to be told by now, all at once. Those that have left the configuration are told if they come
/// back, and forgotten after a year.
///
/// # Errors
/// When the database fails.
pub async fn tell_due(app: &Arc<App>) -> Result<(), db::Error> {
    let now = app.clock.now();
    look_at_stranded(app, now).await?;
    let due = store::link_end::due(&app.db, now).await?;
    join_all(due.iter().map(|owed| tell_again(app, owed))).await.into_iter().collect()
}

/// What was put aside because its institution had left the configuration: it may have come back, or be gone for good.
async fn look_at_stranded(app: &App, now: Timestamp) -> Result<(), db::Error> {
    let stranded = store::link_end::stranded(&app.db).await?;
    if stranded.is_empty() {
        return Ok(());
    }
    let horizon = now.saturating_sub(GONE_KEPT).unwrap_or(now);
    let back: Vec<_> = stranded.iter().filter(|one| app.insurers.find(&one.provider).is_some()).collect();
    let forgotten = db::transaction!(app.db, |tx| {
        for one in &back {
            store::link_end::come_back(tx, &one.provider, now).await?;
        }
        store::link_end::delete_gone(tx, horizon).await?
    })?;
    if forgotten > 0 {
        tracing::warn!(
            code = "LINK-19",
            ends = forgotten,
            "ends of links are forgotten, with the institutions to be told"
        );
    }
    Ok(())
}

/// Institutions that are to be told of ends of links, and are in no configuration.
///
/// # Errors
/// When the database fails.
pub async fn stranded(app: &App) -> Result<Vec<store::link_end::Stranded>, db::Error> {
    store::link_end::stranded(&app.db).await
}

async fn tell_again(app: &Arc<App>, owed: &LinkEnd) -> Result<(), db::Error> {
    let now = app.clock.now();
    let next_at = whole_minute(now.saturating_add(put_off(owed.tries)).unwrap_or(now));
    // Whoever puts it off tells it: another process may have found it, too.
    if !db::transaction!(app.db, |tx| { store::link_end::put_off(tx, owed, next_at).await? })? {
        return Ok(());
    }
    let source = &owed.link.provider;
    let Some(insurer) = app.insurers.find(source) else {
        db::transaction!(app.db, |tx| { store::link_end::set_gone(tx, owed, day(now)).await? })?;
        tracing::error!(code = "LINK-18", source, "an institution to be told of an end is not in the configuration");
        return Ok(());
    };
    // Nobody is there: what counts is the login at which the resident ended it.
    let authn = Authn { instant: owed.login_at, class: AuthnClass::SmartcardPki };
    let about = About { app, insurer, resident: owed.resident, link: &owed.link, authn };
    let called = about.end_again().await;
    heard(app, owed, called).await.map(drop)
}

async fn heard(app: &App, owed: &LinkEnd, called: Called<Changed>) -> Result<End, db::Error> {
    let (source, message) = (&owed.link.provider, called.message);
    match called.outcome {
        // Where there is nothing, there is no link either.
        Ok(Changed::Done | Changed::Nothing) => {
            db::transaction!(app.db, |tx| { store::link_end::delete(tx, owed.resident, &owed.link).await? })?;
            tracing::info!(code = "LINK-12", source, message.id = %message, "an institution was told that a link has ended");
            Ok(End::Told)
        }
        Ok(Changed::Already | Changed::Refused) | Err(_) => {
            tracing::warn!(code = "LINK-14", source, message.id = %message, "an institution was not told that a link has ended: later again");
            Ok(End::Untold)
        }
    }
}

/// How long the next telling waits at least after so many that failed: a quarter of a minute, then twice as long each time. Rows keep
/// whole minutes, so it is up to a minute more. Services may hold tokens of the old name for some minutes.
fn put_off(tries: i64) -> SignedDuration {
    let doubled = u32::try_from(tries).ok().and_then(|tries| 15_i64.checked_shl(tries.min(16)));
    SignedDuration::from_secs(doubled.unwrap_or(i64::MAX)).min(PUT_OFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telling_that_failed_is_put_off_longer_each_time_up_to_an_hour() {
        let seconds = |tries| put_off(tries).as_secs();
        assert_eq!([0, 1, 2, 7, 8, 100, i64::MAX].map(seconds), [15, 30, 60, 1_920, 3_600, 3_600, 3_600]);
    }
}
