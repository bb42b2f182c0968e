//! Clerks log in by passkey (WebAuthn Level 3), and register one by invitation. In a demonstration, and only there, a name
//! alone will do.

use std::sync::{Arc, PoisonError};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use db::transaction;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use web::{Error, Lang};
use webauthn_rs::prelude::{
    Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
};

use super::Console;
use super::page::{Frame, render};
use super::session::{self, Insider};
use super::wording::{self, Text};
use crate::App;
use crate::store::clerk::{self, Clerk, ClerkId};
use crate::store::passkey;

/// A passkey conversation between challenge and answer.
pub(super) struct Ceremony {
    clerk: ClerkId,
    step: Step,
    expires_at: Timestamp,
}

enum Step {
    LogIn(PasskeyAuthentication),
    Register(PasskeyRegistration),
}

/// How long a passkey may take.
const CEREMONY: SignedDuration = SignedDuration::from_mins(5);
/// Conversations at once. A node has a handful of clerks: whoever begins more keeps out nobody for long.
const CEREMONIES_MAX: usize = 1000;

#[derive(Template)]
#[template(path = "console/login.html")]
struct Login {
    frame: Frame,
    t: &'static Text,
    ended: bool,
    demo: Vec<String>,
}

/// Why the page was opened.
#[derive(Deserialize)]
pub(super) struct Why {
    ended: Option<String>,
}

/// The login page. Whoever is logged in goes on to the first page.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    insider: Result<Insider, Error>,
    Query(why): Query<Why>,
) -> Result<Response, Error> {
    if insider.is_ok() {
        return Ok(Redirect::to("/home").into_response());
    }
    let t = wording::text(lang);
    let names = if console(&app)?.demo_login { clerk::names(&app.db).await.map_err(Error::ours)? } else { Vec::new() };
    render(&Login { frame: Frame::new(&app, lang, t.login.title), t, ended: why.ended.is_some(), demo: names })
}

/// Who wants to log in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Name {
    login_name: String,
}

/// Logs in by name alone, in a demonstration.
pub(super) async fn demo(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(name): Form<Name>,
) -> Result<Response, Error> {
    let found = clerk::find_by_name(&app.db, &name.login_name).await.map_err(Error::ours)?;
    let clerk = found.filter(|_| console(&app).is_ok_and(|console| console.demo_login)).ok_or(Error::NotYours)?;
    let cookie = session::begin(&app, clerk.id, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/home")).into_response())
}

/// Gives the challenge for the passkeys of a name.
pub(super) async fn start(State(app): State<Arc<App>>, lang: Lang, Json(name): Json<Name>) -> Result<Response, Error> {
    let found = clerk::find_by_name(&app.db, &name.login_name).await.map_err(Error::ours)?;
    let keys = match &found {
        Some(clerk) => passkeys_of(&app, clerk.id).await?,
        None => Vec::new(),
    };
    let (Some(clerk), false) = (found, keys.is_empty()) else {
        return Ok(refused(wording::text(lang).login.unknown_name, "STAFF-01"));
    };
    let console = console(&app)?;
    let (challenge, state) = console.passkeys.start_passkey_authentication(&keys).map_err(Error::ours)?;
    let ceremony = keep(&app, console, clerk.id, Step::LogIn(state));
    Ok(Json(json!({ "ceremony": ceremony, "options": challenge })).into_response())
}

/// An authenticator's answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer<C> {
    ceremony: String,
    credential: C,
}

/// Checks the answer and begins the session.
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    lang: Lang,
    headers: HeaderMap,
    Json(answer): Json<Answer<PublicKeyCredential>>,
) -> Result<Response, Error> {
    let failed = || refused(wording::text(lang).login.failed, "STAFF-02");
    let console = console(&app)?;
    let Some((clerk, Step::LogIn(state))) = resume(&app, console, &answer.ceremony) else { return Ok(failed()) };
    let Ok(result) = console.passkeys.finish_passkey_authentication(&answer.credential, &state) else {
        return Ok(failed());
    };
    for mut key in passkeys_of(&app, clerk).await? {
        if key.update_credential(&result) == Some(true) {
            let id = key.cred_id().to_vec();
            let credential = serde_json::to_string(&key).map_err(Error::ours)?;
            transaction!(app.db, |tx| { passkey::update(tx, clerk, &id, &credential).await? }).map_err(Error::ours)?;
        }
    }
    let cookie = session::begin(&app, clerk, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "location": "/home" }))).into_response())
}

/// Ends the session.
pub(super) async fn log_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Error> {
    let cookie = session::end(&app, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

#[derive(Template)]
#[template(path = "console/passkeys.html")]
struct Passkeys {
    frame: Frame,
    t: &'static Text,
    name: String,
    count: Option<String>,
    start: String,
}

/// The passkeys of whoever is logged in.
pub(super) async fn passkeys(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let count = passkeys_of(&app, clerk.id).await?.len();
    let count = Some(t.login.passkeys_count.replace("{}", &count.to_string()));
    let frame = Frame::new(&app, lang, t.login.passkeys).of(&clerk);
    render(&Passkeys { frame, t, name: clerk.display_name, count, start: "/passkeys/start".to_owned() })
}

/// The page behind an invitation.
pub(super) async fn invited(
    State(app): State<Arc<App>>,
    lang: Lang,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let clerk = invitee(&app, &code).await?.ok_or(Error::NotYours)?;
    let frame = Frame::new(&app, lang, t.login.invitation);
    render(&Passkeys { frame, t, name: clerk.display_name, count: None, start: format!("/invitation/{code}/start") })
}

/// Gives the challenge to whoever is logged in.
pub(super) async fn start_another(State(app): State<Arc<App>>, Insider(clerk): Insider) -> Result<Response, Error> {
    challenge(&app, &clerk).await
}

/// Gives the challenge to whoever was invited.
pub(super) async fn start_invited(
    State(app): State<Arc<App>>,
    lang: Lang,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    match invitee(&app, &code).await? {
        Some(clerk) => challenge(&app, &clerk).await,
        None => Ok(refused(wording::text(lang).login.invitation_gone, "STAFF-03")),
    }
}

/// Stores the new passkey, uses up the invitation and begins a session.
pub(super) async fn registered(
    State(app): State<Arc<App>>,
    (lang, insider): (Lang, Result<Insider, Error>),
    headers: HeaderMap,
    Json(answer): Json<Answer<RegisterPublicKeyCredential>>,
) -> Result<Response, Error> {
    let failed = || refused(wording::text(lang).login.failed, "STAFF-02");
    let console = console(&app)?;
    let Some((clerk, Step::Register(state))) = resume(&app, console, &answer.ceremony) else { return Ok(failed()) };
    let Ok(key) = console.passkeys.finish_passkey_registration(&answer.credential, &state) else {
        return Ok(failed());
    };
    let id = key.cred_id().to_vec();
    let credential = serde_json::to_string(&key).map_err(Error::ours)?;
    let now = app.clock.now();
    let logged_in = insider.is_ok_and(|Insider(insider)| insider.id == clerk);
    let stored = transaction!(app.db, |tx| -> crate::Error {
        // Two may have begun by one invitation: it is good for the first that comes to its end.
        let good = clerk::end_invitation(tx, clerk).await? || logged_in;
        if good {
            passkey::insert(tx, clerk, (&id, &credential), now).await?;
        }
        good
    });
    match stored {
        Err(crate::Error::Database(db::Error::Unique)) => return Ok(failed()),
        Ok(false) => return Ok(refused(wording::text(lang).login.invitation_gone, "STAFF-03")),
        stored => stored.map_err(Error::ours)?,
    };
    let cookie = session::begin(&app, clerk, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "location": "/passkeys" }))).into_response())
}

async fn challenge(app: &App, clerk: &Clerk) -> Result<Response, Error> {
    let known = passkeys_of(app, clerk.id).await?.iter().map(|key| key.cred_id().clone()).collect();
    let user = uuid::Uuid::from_bytes(clerk.id.0);
    let console = console(app)?;
    let started =
        console.passkeys.start_passkey_registration(user, &clerk.login_name, &clerk.display_name, Some(known));
    let (challenge, state) = started.map_err(Error::ours)?;
    let ceremony = keep(app, console, clerk.id, Step::Register(state));
    Ok(Json(json!({ "ceremony": ceremony, "options": challenge })).into_response())
}

/// Whom an invitation was given to, while it holds.
async fn invitee(app: &App, code: &str) -> Result<Option<Clerk>, Error> {
    let digest = session::digest(code.as_bytes());
    clerk::find_by_invitation(&app.db, digest, app.clock.now()).await.map_err(Error::ours)
}

async fn passkeys_of(app: &App, clerk: ClerkId) -> Result<Vec<Passkey>, Error> {
    let stored = passkey::of(&app.db, clerk).await.map_err(Error::ours)?;
    stored.iter().map(|json| serde_json::from_str(json).map_err(Error::ours)).collect()
}

fn console(app: &App) -> Result<&Console, Error> {
    app.console.as_ref().ok_or(Error::NotYours)
}

/// Keeps the library's state until the answer comes, and gives its name.
fn keep(app: &App, console: &Console, clerk: ClerkId, step: Step) -> String {
    let (id, now): ([u8; 16], _) = (app.random.bytes(), app.clock.now());
    let mut ceremonies = console.ceremonies.lock().unwrap_or_else(PoisonError::into_inner);
    ceremonies.retain(|_, ceremony| now < ceremony.expires_at);
    if ceremonies.len() >= CEREMONIES_MAX {
        ceremonies.clear();
    }
    ceremonies.insert(id, Ceremony { clerk, step, expires_at: now + CEREMONY });
    hex::encode(id)
}

/// Takes a kept state out: it can be answered once.
fn resume(app: &App, console: &Console, name: &str) -> Option<(ClerkId, Step)> {
    let mut id = [0; 16];
    hex::decode_to_slice(name, &mut id).ok()?;
    let taken = console.ceremonies.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)?;
    (app.clock.now() < taken.expires_at).then_some((taken.clerk, taken.step))
}

/// A refusal that the page's script shows.
fn refused(text: &str, code: &'static str) -> Response {
    tracing::info!(code, "a clerk's login was refused");
    (StatusCode::FORBIDDEN, Json(json!({ "error": { "code": code, "text": text } }))).into_response()
}
