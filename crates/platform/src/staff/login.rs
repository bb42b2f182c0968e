//! Staff login: a passkey (WebAuthn Level 3). In a demonstration, and only there, a name alone.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Form, Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use web::{Error, Lang};
use webauthn_rs::prelude::{Passkey, PasskeyAuthentication, PublicKeyCredential};

use super::{Door, Insider};
use crate::{
    app::{App, key},
    ids::StaffId,
    page::{Frame, render},
    session,
    store::{self, ceremony::Ceremony},
    wording::{self, Text},
};

/// How long a passkey may take.
pub(super) const CEREMONY: SignedDuration = SignedDuration::from_mins(5);

#[derive(Template)]
#[template(path = "staff/login.html")]
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

/// The login page. Whoever is logged in goes on to the portal's own first page.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    lang: Lang,
    insider: Result<Insider, Error>,
    Query(why): Query<Why>,
) -> Result<Response, Error> {
    if insider.is_ok() {
        return Ok(Redirect::to(door.home()).into_response());
    }
    let t = wording::text(lang);
    let names = store::staff::names(&app.db, door.role());
    let demo = if app.config.demo_login { names.await.map_err(Error::ours)? } else { Vec::new() };
    render(&Login { frame: door.frame(&app, lang, t.clinic.login), t, ended: why.ended.is_some(), demo })
}

/// Who wants to log in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Name {
    login_name: String,
}

/// Logs in by name alone. The route exists only in a demonstration.
pub(super) async fn demo(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Form(name): Form<Name>,
) -> Result<Response, Error> {
    let staff = store::staff::find_by_name(&app.db, &name.login_name, door.role()).await.map_err(Error::ours)?;
    let staff = staff.ok_or(Error::NotYours)?;
    let cookie = session::begin(&app, session::Kind::Staff, staff.id.bytes(), &headers).await.map_err(Error::ours)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(door.home())).into_response())
}

/// Gives the challenge for the passkeys of a name.
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    lang: Lang,
    Json(name): Json<Name>,
) -> Result<Response, Error> {
    let staff = store::staff::find_by_name(&app.db, &name.login_name, door.role()).await.map_err(Error::ours)?;
    let passkeys = match &staff {
        Some(staff) => passkeys(&app, staff.id).await?,
        None => Vec::new(),
    };
    let (Some(staff), false) = (staff, passkeys.is_empty()) else {
        return Ok(refused(wording::text(lang).clinic.unknown_name, "STAFF-01"));
    };
    let (challenge, state) = door.passkeys(&app)?.start_passkey_authentication(&passkeys).map_err(Error::ours)?;
    let ceremony = keep(&app, staff.id, "login", &state).await?;
    Ok(Json(json!({ "ceremony": ceremony, "options": challenge })).into_response())
}

/// An authenticator's answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    ceremony: String,
    credential: PublicKeyCredential,
}

/// Checks the answer and begins the session.
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    lang: Lang,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, Error> {
    let failed = || refused(wording::text(lang).clinic.passkey_failed, "STAFF-02");
    let Some((staff, state)) = resume::<PasskeyAuthentication>(&app, &answer.ceremony, "login").await? else {
        return Ok(failed());
    };
    let Ok(result) = door.passkeys(&app)?.finish_passkey_authentication(&answer.credential, &state) else {
        return Ok(failed());
    };
    for mut passkey in passkeys(&app, staff).await? {
        if passkey.update_credential(&result) == Some(true) {
            let id = passkey.cred_id().to_vec();
            let credential = serde_json::to_string(&passkey).map_err(Error::ours)?;
            db::transaction!(app.db, |tx| { store::passkey::update(tx, staff, &id, &credential).await? })
                .map_err(Error::ours)?;
        }
    }
    let cookie = session::begin(&app, session::Kind::Staff, staff.bytes(), &headers).await.map_err(Error::ours)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "location": door.home() }))).into_response())
}

/// Ends the session.
pub(super) async fn log_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Error> {
    let cookie = session::end(&app, &headers).await.map_err(Error::ours)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// The passkeys of a member of staff.
pub(super) async fn passkeys(app: &App, staff: StaffId) -> Result<Vec<Passkey>, Error> {
    let stored = store::passkey::of(&app.db, staff).await.map_err(Error::ours)?;
    stored.iter().map(|json| serde_json::from_str(json).map_err(Error::ours)).collect()
}

/// Keeps the library's state until the answer comes, sealed, and gives its name.
pub(super) async fn keep(
    app: &App,
    staff: StaffId,
    kind: &str,
    state: &impl serde::Serialize,
) -> Result<String, Error> {
    let id: [u8; 16] = app.random.bytes();
    let plain = serde_json::to_vec(state).map_err(Error::ours)?;
    let state = app.keys.seal(key::ROWS, &id, &plain).map_err(Error::ours)?;
    let expires_at = app.clock.now() + CEREMONY;
    let ceremony = Ceremony { staff, kind: kind.to_owned(), state, expires_at };
    db::transaction!(app.db, |tx| { store::ceremony::insert(tx, id, &ceremony).await? }).map_err(Error::ours)?;
    Ok(hex::encode(id))
}

/// Takes a kept state out: whose it is, and what the library needs. `None` when there is none, or not any more.
pub(super) async fn resume<S: serde::de::DeserializeOwned>(
    app: &App,
    name: &str,
    kind: &str,
) -> Result<Option<(StaffId, S)>, Error> {
    let mut id = [0; 16];
    if hex::decode_to_slice(name, &mut id).is_err() {
        return Ok(None);
    }
    let taken = db::transaction!(app.db, |tx| { store::ceremony::take(tx, id).await? }).map_err(Error::ours)?;
    let now = app.clock.now();
    let Some(ceremony) = taken.filter(|taken| taken.kind == kind && now < taken.expires_at) else { return Ok(None) };
    let plain = app.keys.open_sealed(key::ROWS, &id, &ceremony.state).map_err(Error::ours)?;
    Ok(Some((ceremony.staff, serde_json::from_slice(&plain).map_err(Error::ours)?)))
}

/// A refusal that the page's script shows.
pub(super) fn refused(text: &str, code: &'static str) -> Response {
    tracing::info!(code, "a staff login was refused");
    (StatusCode::FORBIDDEN, Json(json!({ "error": { "code": code, "text": text } }))).into_response()
}
