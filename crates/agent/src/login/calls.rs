//! The site's calls for a login, one for each step of SSC-CARD/1.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rand::rngs::OsRng;
use tokio::time::Instant;

use super::{Login, Phase};
use crate::{
    Problem,
    app::App,
    body::Body,
    desk::is_news,
    errand::Task,
    guard::Site,
    wire::{Begin, Done, Exchange, Finish, Finished, Open, Opened, Outcome, Pending, Proved, Wait},
};

/// Longest wait of one call for the PIN and the card.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// How often a waiting call checks that the window is still there.
const WINDOW_CHECK: Duration = Duration::from_secs(1);

/// How often the card may slip before a login fails. A failed reading has sent nothing to the site.
const READINGS_MAX: u32 = 3;

/// `POST /v1/login`: takes message 0. The page must now show the window to the person.
///
/// Whether message 0 has expired is the server's to say: this machine's clock may be wrong.
pub(crate) async fn begin(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    Body(begin): Body<Begin>,
) -> Result<Json<Opened>, Problem> {
    let origin = site.0.parse().map_err(|_| Problem::OriginRefused)?;
    let login = Login::new(origin, begin.start);
    let ticket = app.errands.begin(&site.0, Task::Login(login), &app.random, app.clock().now());
    Ok(Json(app.opened(ticket)))
}

/// `POST /v1/login/<ticket>/prove`: waits for the PIN and the card, then makes message 2. The card stays open for the next step.
pub(crate) async fn prove(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    Path(ticket): Path<String>,
    Body(wait): Body<Wait>,
) -> Result<Response, Problem> {
    let errand = app.errands.find_for(&ticket, &site.0, app.clock().now())?;
    let login = errand.login()?;
    let deadline = Instant::now() + wait.limit(WAIT_MAX);
    let mut last = Problem::CardGone;
    for _ in 0..READINGS_MAX {
        if !both_there(&app, &ticket, deadline, wait.reader.as_deref()).await? {
            let missing = app.desk.missing().filter(|_| login.phase() == Phase::Card);
            return Ok(Json(Pending { pending: true, reader: missing.map(Into::into) }).into_response());
        }
        let pin = login.take_pin()?;
        login.move_on(Phase::Working);
        match app.desk.prove(&ticket, &login.origin, &login.start).await {
            Ok(proof) => {
                login.proved(pin)?;
                return Ok(Json(Proved { proof }).into_response());
            }
            // the card slipped before anything was sent: the person puts it down again, and need not repeat the PIN
            Err(slipped @ (Problem::NoCard | Problem::CardGone | Problem::OtherCard | Problem::NoReader)) => {
                last = slipped;
                login.again(pin)?;
            }
            Err(problem) => return Err(login.fail(problem)),
        }
    }
    Err(login.fail(last))
}

/// Waits until PIN and card are there: `true`. `false` at `deadline`, or when there is something new to say about the card.
async fn both_there(app: &App, ticket: &str, deadline: Instant, heard: Option<&str>) -> Result<bool, Problem> {
    let errand = app.errands.find(ticket, app.clock().now())?;
    let login = errand.login()?;
    let (mut phases, mut desk) = (login.phase.subscribe(), app.desk.watch());
    loop {
        let now = app.clock().now();
        app.errands.find(ticket, now)?;
        phases.mark_unchanged();
        desk.mark_unchanged();
        match login.phase() {
            Phase::Failed(problem) => return Err(problem),
            Phase::Done(_) | Phase::Working => return Err(Problem::BadRequest),
            Phase::Card if app.desk.missing().is_none() => return Ok(true),
            Phase::Pin | Phase::Card if login.window_gone(now) => return Err(login.fail(Problem::Cancelled)),
            Phase::Card if is_news(app.desk.missing(), heard) => return Ok(false),
            Phase::Pin | Phase::Card if Instant::now() >= deadline => return Ok(false),
            Phase::Pin | Phase::Card => {}
        }
        let next_check = deadline.min(Instant::now() + WINDOW_CHECK);
        tokio::select! {
            _ = phases.changed() => {}
            _ = desk.changed() => {}
            () = tokio::time::sleep_until(next_check) => {}
        }
    }
}

/// `POST /v1/login/<ticket>/open`: gives message 3 to the card, reads its secret, and makes message 5.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    Path(ticket): Path<String>,
    Body(open): Body<Open>,
) -> Result<Json<Exchange>, Problem> {
    let errand = app.errands.find_for(&ticket, &site.0, app.clock().now())?;
    let login = errand.login()?;
    let pin = login.take_proved()?;
    let (proven, secret) = app.desk.open(&ticket, open.opening).await.map_err(|problem| login.fail(problem))?;
    let (exchange, ke1) = proven.ke1(&pin, &secret, &mut OsRng).map_err(|_| login.fail(Problem::AgentFailed))?;
    login.opened(exchange)?;
    Ok(Json(Exchange { ke1 }))
}

/// `POST /v1/login/<ticket>/finish`: makes message 7 from message 6, unless the PIN was wrong.
pub(crate) async fn finish(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    Path(ticket): Path<String>,
    Body(finish): Body<Finish>,
) -> Result<Json<Finished>, Problem> {
    let errand = app.errands.find_for(&ticket, &site.0, app.clock().now())?;
    let login = errand.login()?;
    let exchange = login.take_opened()?;
    // the PIN is stretched here on purpose: too much work for the threads that serve
    let stretching = tokio::task::spawn_blocking(move || exchange.ke3(&finish.ke2, &mut OsRng));
    match stretching.await.map_err(|_| login.fail(Problem::AgentFailed))? {
        Ok(ke3) => Ok(Json(Finished::Right { ke3 })),
        Err(_) => {
            login.done(Done { outcome: Outcome::WrongPin, tries_left: None });
            Ok(Json(Finished::Wrong { wrong_pin: true }))
        }
    }
}

/// `POST /v1/login/<ticket>/done`: the site says how it ended, for the window to show.
pub(crate) async fn done(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    Path(ticket): Path<String>,
    Body(done): Body<Done>,
) -> Result<StatusCode, Problem> {
    let errand = app.errands.find_for(&ticket, &site.0, app.clock().now())?;
    errand.login()?.done(done);
    app.desk.release(&ticket);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/login/<ticket>/cancel`: the site gives up, for instance because its page was left.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Extension(site): Extension<Site>,
    Path(ticket): Path<String>,
    Body(_): Body<Wait>,
) -> Result<StatusCode, Problem> {
    let errand = app.errands.find_for(&ticket, &site.0, app.clock().now())?;
    errand.login()?.cancel();
    app.desk.release(&ticket);
    Ok(StatusCode::NO_CONTENT)
}
