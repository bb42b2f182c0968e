//! Telling institutions that a service may no longer see a resident's records: at once, and again until each has heard it. Tokens
//! that the service has already are refused there from then on; a new one says what the resident still lets it see.
//!
//! What is to be told is written down in the transaction in which it is withdrawn, so that no crash and no dead line loses it.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use idwsf::{
    EntityId, Withdrawal,
    dst::{Code, Modify, Outcome},
    message::{Consent, ConsentUri, Purpose},
    token::{Authn, AuthnClass},
};
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;
use tracing::Instrument as _;
use web::Error;

use super::{Reason, call::Call, fetch::pseudonym};
use crate::{
    app::App,
    ids::ResidentId,
    store::grant_end::{self, GrantEnd},
};

/// A service may no longer see a resident's records, or not all of them: writes down who is to be told. [`tell`] follows once it
/// is committed.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut db::Tx, resident: ResidentId, entity: &str, now: Timestamp) -> Result<(), db::Error> {
    let later = |by: SignedDuration| now.saturating_add(by).unwrap_or(now);
    grant_end::insert(tx, (resident, entity), later(MARGIN), later(TOLD_WITHIN)).await
}

/// Tells every institution what [`end`] wrote down, all at once, in a task that goes on when the browser has gone away. Waits for no
/// more than a moment: an institution that is down is told later.
pub async fn tell(app: &Arc<App>, resident: ResidentId, entity: &str) {
    let (app, entity) = (Arc::clone(app), entity.to_owned());
    let telling = async move {
        match grant_end::of(&app.db, resident, &entity).await {
            Ok(due) => told(&app, due).await,
            Err(error) => tracing::warn!(code = "WSF-42", %error, "institutions are told of a withdrawal later"),
        }
    };
    let task = tokio::spawn(telling.in_current_span());
    let _late = timeout(PATIENCE, task).await;
}

/// Tells again who could not be told, by this process or another. What no token is left of is forgotten.
///
/// # Errors
/// When the database fails.
pub async fn resume(app: &Arc<App>) -> Result<(), Error> {
    let now = app.clock.now();
    let horizon = now.saturating_sub(OVER_AFTER).unwrap_or(now);
    let told_by = now.saturating_add(TOLD_WITHIN).unwrap_or(now);
    let (over, due) = db::transaction!(app.db, |tx| {
        (grant_end::delete_before(tx, horizon).await?, grant_end::take(tx, now, told_by).await?)
    })
    .map_err(Error::ours)?;
    if over > 0 {
        tracing::warn!(
            code = "WSF-43",
            institutions = over,
            "institutions were never told of a withdrawal, and its tokens have ended"
        );
    }
    // Of an institution that has left the configuration the log has it since the first try.
    let known = |one: &GrantEnd| app.insurers.find(&one.link.provider).is_some();
    told(app, due.into_iter().filter(known).collect()).await;
    Ok(())
}

async fn told(app: &Arc<App>, due: Vec<GrantEnd>) {
    let telling = due.into_iter().map(|one| async move {
        let (source, service) = (one.link.provider.clone(), one.entity.clone());
        match told_one(app, one).await {
            Ok(()) => tracing::info!(code = "WSF-41", source, service, "the institution knows of a withdrawal"),
            Err(why) => {
                tracing::warn!(code = "WSF-42", source, service, why, "the institution is told of a withdrawal later")
            }
        }
    });
    join_all(telling).await;
}

/// Says it in words that no personal value is in, if the institution does not know it now.
async fn told_one(app: &Arc<App>, one: GrantEnd) -> Result<(), &'static str> {
    let Some(insurer) = app.insurers.find(&one.link.provider).cloned() else {
        return Err(Reason::Unknown.code());
    };
    let holder = EntityId::parse(&one.entity).map_err(|_| "the service has no entity ID")?;
    let modify = Modify::one(insurer.service, Withdrawal { holder, at: one.ended_at }.item(insurer.service));
    let call = Call {
        pseudonym: pseudonym(&app.keys, one.resident, &one.link).map_err(|_| "the key store fails")?,
        // It opens nothing, so that nobody has to be there for it.
        authn: Authn { instant: one.ended_at, class: AuthnClass::Smartcard },
        purpose: Purpose::Linking,
        consent: Some(Consent { uri: ConsentUri::Unavailable, given_at: None }),
        insurer,
    };
    let reply = call.tell(app, modify).await.outcome.map_err(Reason::code)?;
    // Somebody who is not known there has nothing to be seen.
    let nobody =
        !reply.status.reasons.is_empty() && reply.status.reasons.iter().all(|one| one.code == Code::DOES_NOT_EXIST);
    if reply.status.outcome != Outcome::Ok && !nobody {
        return Err(Reason::Refused.code());
    }
    db::transaction!(app.db, |tx| { grant_end::told(tx, &one).await? }).map_err(|_| "the database fails")
}

/// A token that was made while a withdrawal was being written down is over, too: longer than that takes, and than the clocks of two
/// processes differ.
const MARGIN: SignedDuration = SignedDuration::from_secs(1);

/// How long it takes at most to tell an institution, its deadline and a busy machine considered. Then it is told again.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// After that no token from before can be in use: its life, the difference of clocks, and the margin.
const OVER_AFTER: SignedDuration = SignedDuration::from_mins(7);

/// How long a person who withdraws looks at nothing before there is a page.
const PATIENCE: Duration = Duration::from_millis(800);
