//! Pairing: the person allows a site to read cards without a PIN on this machine, once and for all.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use tokio::{sync::watch, time::Instant};

use crate::{
    Problem,
    app::App,
    body::Body,
    errand::Task,
    guard::Site,
    wire::{Opened, Pending, Wait},
};

/// Longest wait of one call for the person's answer.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A pairing that a site asked for.
pub(crate) struct Pairing(watch::Sender<Answer>);

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing yet.
    Open,
    /// Yes; the site has not fetched its token yet.
    Allowed,
    /// Yes, and the site has its token.
    Fetched,
    /// No.
    Refused,
}

impl Pairing {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Answer::Open))
    }

    pub(crate) fn answer(&self) -> Answer {
        *self.0.borrow()
    }

    /// Notes the person's answer; the first one stands.
    pub(crate) fn decide(&self, allowed: bool) {
        self.0.send_if_modified(|answer| {
            let open = *answer == Answer::Open;
            if open {
                *answer = if allowed { Answer::Allowed } else { Answer::Refused };
            }
            open
        });
    }

    /// Whether the token may be given out now; it is given once.
    fn fetch(&self) -> bool {
        self.0.send_if_modified(|answer| {
            let allowed = *answer == Answer::Allowed;
            if allowed {
                *answer = Answer::Fetched;
            }
            allowed
        })
    }
}

/// `POST /v1/pair`: the page must now show the window to the person.
pub(crate) async fn begin(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    Body(_): Body<Wait>,
) -> Json<Opened> {
    let ticket = app.errands.begin(&site.0, Task::Pairing(Pairing::new()), &app.random, app.clock().now());
    Json(app.opened(ticket))
}

/// `POST /v1/pair/<ticket>`: waits for the person's answer and gives out the token.
pub(crate) async fn wait(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    Path(ticket): Path<String>,
    Body(wait): Body<Wait>,
) -> Result<Response, Problem> {
    let errand = app.errands.find_for(&ticket, &site.0, app.clock().now())?;
    let pairing = errand.pairing()?;
    let deadline = Instant::now() + wait.limit(WAIT_MAX);
    let mut answers = pairing.0.subscribe();
    if tokio::time::timeout_at(deadline, answers.wait_for(|answer| *answer != Answer::Open)).await.is_err() {
        return Ok(Json(Pending { pending: true, reader: None }).into_response());
    }
    if pairing.answer() == Answer::Refused {
        return Err(Problem::Cancelled);
    }
    if !pairing.fetch() {
        return Err(Problem::Expired);
    }
    let paired = app.pairings.add(&site.0, &app.random, app.clock().now()).map_err(|error| {
        tracing::error!(%error, "the file of pairings could not be written");
        Problem::AgentFailed
    })?;
    tracing::info!(origin = site.0, "{} may now read cards without a PIN", site.0);
    Ok(Json(paired).into_response())
}
