//! What the identity provider does by itself while it runs: it learns what other processes have changed, changes keys in
//! time, fetches metadata anew, and says what will end.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use super::{expiry, refresh, services};
use crate::app::App;

/// Does it, until it is aborted. What fails is logged and tried again.
pub(crate) async fn watch(app: Arc<App>) {
    // Apart from each other: what waits for a network must not keep a suspended service going.
    tokio::join!(learn(&app), keep(&app));
}

/// Learns what other processes have changed.
async fn learn(app: &App) {
    let mut ticks = interval(LEARN_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = services::look(app).await {
            tracing::warn!(code = "SVC-08", %error, "changed services cannot be read");
        }
    }
}

/// Keeps keys and metadata fresh, and warns.
async fn keep(app: &Arc<App>) {
    let mut ticks = interval(KEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut warned = None;
    loop {
        ticks.tick().await;
        let now = app.clock.now();
        if let Err(error) = app.signing.keep_up(now).await {
            tracing::error!(code = "SVC-05", error = &error as &dyn std::error::Error, "the next keys cannot be made");
        }
        if let Err(error) = refresh::due(app).await {
            tracing::warn!(code = "SVC-08", %error, "refreshed metadata cannot be written down");
        }
        if warned.is_none_or(|at| now.duration_since(at) >= expiry::WARN_EVERY) {
            warned = Some(now);
            if let Err(error) = expiry::warn(app).await {
                tracing::warn!(code = "SVC-08", %error, "services cannot be looked through");
            }
        }
    }
}

/// One indexed read of the database.
const LEARN_EVERY: Duration = Duration::from_secs(1);

const KEEP_EVERY: Duration = Duration::from_secs(30);
