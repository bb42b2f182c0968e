//! Metadata from a URL is fetched anew in time: before the service's own cache time is over, and long before it ends.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use saml::{EntityId, metadata::ServiceProvider};
use tokio::task::JoinSet;
use url::Url;
use xml::VerifyingKey;

use super::{services, signing::BY_ITSELF, substance::Substance};
use crate::{
    app::App,
    store::{self, service::Kept, service_change::Change},
};

/// When to ask again: after the cache time that the service gives, a quarter of a day unless it says so, but always when half
/// of what is left of the metadata's life is over. `chance` spreads services by a tenth, so that they do not all come at once.
#[must_use]
pub fn next(provider: &ServiceProvider, now: Timestamp, chance: [u8; 1]) -> Timestamp {
    let wished = provider.cache_duration.unwrap_or(EVERY).clamp(SOONEST, LATEST);
    let left = provider.valid_until.map_or(wished, |until| until.duration_since(now) / 2);
    later(now, spread(wished.min(left).max(SOONEST), chance))
}

/// When to ask again after a failure: the longer it has been failing, the less often.
#[must_use]
pub fn again(good_since: Timestamp, now: Timestamp, chance: [u8; 1]) -> Timestamp {
    later(now, spread((now.duration_since(good_since) / 4).clamp(RETRY_SOONEST, EVERY), chance))
}

/// Whether an address may be asked for metadata: by https, or on this machine.
#[must_use]
pub fn may_be_fetched(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.host().is_some();
    plain && (url.scheme() == "https" || (url.scheme() == "http" && local))
}

/// Fetches what is due. Several processes may do this at once: each service is fetched by one of them.
///
/// # Errors
/// When the database fails.
pub async fn due(app: &Arc<App>) -> Result<(), db::Error> {
    let now = app.clock.now();
    let mut waiting = store::service::due(&app.db, now).await?.into_iter();
    let mut running = JoinSet::new();
    loop {
        while running.len() < AT_ONCE_MAX
            && let Some(entity) = waiting.next()
        {
            let app = Arc::clone(app);
            running.spawn(async move { refresh(&app, &entity, now).await });
        }
        match running.join_next().await {
            Some(Ok(outcome)) => outcome?,
            // A panic of one must not keep the others from being refreshed; it is in the log already.
            Some(Err(_)) => {}
            None => return Ok(()),
        }
    }
}

async fn refresh(app: &App, entity: &str, now: Timestamp) -> Result<(), db::Error> {
    let Some(kept) = claim(app, entity, now).await? else { return Ok(()) };
    let fetched = fetch(app, &kept, now).await;
    write_down(app, &kept, fetched, now).await
}

/// The one process that moves the time forward fetches, for the service as it then is.
async fn claim(app: &App, entity: &str, now: Timestamp) -> Result<Option<Kept>, db::Error> {
    db::transaction!(app.db, |tx| {
        match store::service::find_in(tx, entity).await? {
            Some(mut kept) if kept.refresh_at <= now && !kept.source.is_empty() => {
                kept.refresh_at = again(kept.refreshed_at, now, [0]);
                store::service::update(tx, &kept).await?;
                Some(kept)
            }
            _ => None,
        }
    })
}

/// Metadata that may take the place of what is registered, or the code of what is wrong with it.
async fn fetch(app: &App, kept: &Kept, now: Timestamp) -> Result<(Vec<u8>, ServiceProvider), &'static str> {
    let entity = EntityId::parse(&kept.entity).map_err(|_| "SVC-01")?;
    if !may_be_fetched(&kept.source) {
        return Err("SVC-02");
    }
    let bytes = app.outbound.get(&kept.source).await.map_err(|error| {
        tracing::warn!(code = "SVC-02", service = kept.entity, "metadata of {entity} cannot be fetched: {error}");
        "SVC-02"
    })?;
    let key = VerifyingKey::from_certificate_der(&kept.source_key).map_err(|_| "SVC-03")?;
    match saml::metadata::read_signed(&bytes, Some(&entity), &[key], now) {
        Ok((provider, _)) => Ok((bytes, provider)),
        Err(report) => {
            let codes: Vec<_> = report.findings.iter().filter(|one| one.fatal).map(|one| one.code).collect();
            tracing::warn!(code = "SVC-03", service = kept.entity, ?codes, "fetched metadata of {entity} is refused");
            Err("SVC-03")
        }
    }
}

async fn write_down(
    app: &App,
    fetched_for: &Kept,
    fetched: Result<(Vec<u8>, ServiceProvider), &'static str>,
    now: Timestamp,
) -> Result<(), db::Error> {
    let chance = app.random.bytes();
    let changed = db::transaction!(app.db, |tx| {
        // Somebody may have removed it, brought a file or pinned another key in the meantime: what was fetched under the
        // former rules is worth nothing under the new ones, and is fetched again soon.
        let kept = store::service::find_in(tx, &fetched_for.entity).await?;
        let Some(mut kept) = kept.filter(|kept| is_as_it_was(kept, fetched_for)) else { return Ok(false) };
        let (mut what, mut newer) = (None, false);
        match &fetched {
            Ok((bytes, provider)) => {
                if kept.metadata != *bytes {
                    // Dates move at every publication, and nobody looks for them in the history.
                    what = differs(&kept, bytes).then_some("metadata refreshed");
                    newer = true;
                    kept.metadata.clone_from(bytes);
                }
                (kept.refreshed_at, kept.refresh_at) = (now, next(provider, now, chance));
                kept.problem = String::new();
            }
            Err(code) => {
                kept.refresh_at = again(kept.refreshed_at, now, chance);
                (*code).clone_into(&mut kept.problem);
            }
        }
        if let Some(what) = what {
            let change = Change {
                entity: kept.entity.clone(),
                at: now,
                staff: BY_ITSELF.to_owned(),
                what: what.to_owned(),
                metadata: kept.metadata.clone(),
                policy: kept.policy.clone(),
            };
            kept.revision = store::service_change::insert(tx, &change).await?;
        }
        store::service::update(tx, &kept).await?;
        newer
    })?;
    if changed { services::look(app).await } else { Ok(()) }
}

fn is_as_it_was(kept: &Kept, before: &Kept) -> bool {
    (&kept.source, &kept.source_key, kept.revision) == (&before.source, &before.source_key, before.revision)
}

/// Whether fetched metadata says anything else than what is kept, apart from how long it holds.
fn differs(kept: &Kept, fetched: &[u8]) -> bool {
    let (Some(former), Some(new)) = (Substance::of(&kept.metadata), Substance::of(fetched)) else { return true };
    !former.is_that_of(&new)
}

fn spread(time: SignedDuration, [chance]: [u8; 1]) -> SignedDuration {
    time - time * i32::from(chance) / 2560
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Unless the service says how often.
const EVERY: SignedDuration = SignedDuration::from_hours(6);
const SOONEST: SignedDuration = SignedDuration::from_mins(15);
const LATEST: SignedDuration = SignedDuration::from_hours(24);
const RETRY_SOONEST: SignedDuration = SignedDuration::from_mins(5);

/// Fetched side by side: a service that does not answer holds up few others, and the answers do not fill the memory.
const AT_ONCE_MAX: usize = 4;
