//! What a person lets a service ask: the platform says it in the token, and takes it back by a change.
//!
//! A service is nobody whom the node's operator has to know the key of. The platform registers services and binds each token to the
//! key of the one it is for; the operator only says, by rules, which of them may ask for what. What the person has agreed to is in
//! the token, and a rule opens no more than that.

use db::Tx;
use idwsf::Withdrawal;
use idwsf::dst::{Code, ModifyItem};
use idwsf::message::{ProcessingContext, WINDOW};
use idwsf::token::LIFETIME_MAX;
use jiff::Timestamp;

use super::change::Made;
use crate::policy::{Asker, Category, Reach};
use crate::{App, Error, store};

/// What the message's sender may ask about the person, before any rule.
pub(super) async fn reach(app: &App, tx: &mut Tx, asker: &Asker, now: Timestamp) -> Result<Reach, Error> {
    if !asker.is_service() {
        return Ok(Reach::Everything);
    }
    let holder = app.digests().holder(&asker.sender, &asker.subject)?;
    let ended_at = store::grant_end::of(tx, holder).await?;
    let ended = ended_at.is_some_and(|ended_at| asker.issued_at <= ended_at);
    // Withdrawals of before are forgotten.
    if ended || asker.issued_at < oldest_token(now) {
        return Ok(Reach::Only(Vec::new()));
    }
    let permitted = asker.permits.iter().filter(|permit| permit.purpose() == asker.purpose);
    Ok(Reach::Only(permitted.filter_map(|permit| Category::by_word(permit.category())).collect()))
}

/// The platform says that the person no longer lets a service ask: nothing is opened by that, so that no rule is asked for it.
pub(super) async fn withdrawn(
    app: &App,
    tx: &mut Tx,
    asker: &Asker,
    item: &ModifyItem,
    now: Timestamp,
) -> Result<Made, Error> {
    let told = Withdrawal::read(app.service, item).filter(|told| told.at.duration_since(now) <= WINDOW);
    let Some(told) = told else { return Ok(Made::refused("", Code::INVALID_DATA)) };
    if asker.headers.context != Some(ProcessingContext::Simulate) {
        let holder = app.digests().holder(&told.holder, &asker.subject)?;
        store::grant_end::record(tx, holder, told.at).await?;
    }
    Ok(Made::done(WITHDRAWN))
}

/// No service's token of before then is taken, whatever it says of its own life.
pub(crate) fn oldest_token(now: Timestamp) -> Timestamp {
    now.saturating_sub(LIFETIME_MAX + WINDOW).unwrap_or(Timestamp::MIN)
}

const WITHDRAWN: &str = "withdrawn";
