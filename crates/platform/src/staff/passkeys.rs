//! Registering a passkey: by invitation for a new member of staff, or once logged in.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Json,
    extract::{Path, State},
    http::HeaderMap,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use web::{Error, Lang};
use webauthn_rs::prelude::{PasskeyRegistration, RegisterPublicKeyCredential};

use super::{
    Door, Insider,
    login::{keep, passkeys, refused, resume},
};
use crate::{
    app::App,
    page::{Frame, render},
    session::{self, sha256},
    store::{self, staff::Staff},
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "staff/passkeys.html")]
struct Passkeys {
    frame: Frame,
    t: &'static Text,
    staff: Staff,
    count: Option<String>,
    start: String,
    home: &'static str,
}

/// The passkeys of whoever is logged in.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    lang: Lang,
    insider: Insider,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let count = passkeys(&app, insider.staff.id).await?.len();
    let count = Some(t.clinic.passkeys_count.replace("{}", &count.to_string()));
    let frame = door.frame(&app, lang, t.clinic.passkeys_title).of_user(&insider.staff.display_name);
    render(&Passkeys { frame, t, staff: insider.staff, count, start: "/passkeys/start".to_owned(), home: door.home() })
}

/// The page behind an invitation.
pub(super) async fn invited(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    lang: Lang,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let staff = invitee(&app, door, &code).await?.ok_or(Error::NotYours)?;
    let start = format!("/invitation/{code}/start");
    let frame = door.frame(&app, lang, t.clinic.invitation);
    render(&Passkeys { frame, t, staff, count: None, start, home: door.home() })
}

/// Gives the challenge to whoever is logged in.
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    insider: Insider,
) -> Result<Response, Error> {
    challenge(&app, door, &insider.staff).await
}

/// Gives the challenge to whoever was invited.
pub(super) async fn start_invited(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    lang: Lang,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    match invitee(&app, door, &code).await? {
        Some(staff) => challenge(&app, door, &staff).await,
        None => Ok(refused(wording::text(lang).clinic.invitation_gone, "STAFF-03")),
    }
}

/// An authenticator's answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    ceremony: String,
    credential: RegisterPublicKeyCredential,
}

/// Stores the new passkey, uses up the invitation and begins a session.
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    (lang, insider): (Lang, Result<Insider, Error>),
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, Error> {
    let failed = || refused(wording::text(lang).clinic.passkey_failed, "STAFF-02");
    let Some((staff, state)) = resume::<PasskeyRegistration>(&app, &answer.ceremony, "register").await? else {
        return Ok(failed());
    };
    let Ok(passkey) = door.passkeys(&app)?.finish_passkey_registration(&answer.credential, &state) else {
        return Ok(failed());
    };
    let id = passkey.cred_id().to_vec();
    let credential = serde_json::to_string(&passkey).map_err(Error::ours)?;
    let now = app.clock.now();
    let logged_in = insider.is_ok_and(|insider| insider.staff.id == staff);
    let stored = db::transaction!(app.db, |tx| {
        // Two may have begun by one invitation: it is good for the first that comes to its end.
        let invited = store::staff::end_invitation(tx, staff).await?;
        if invited || logged_in {
            store::passkey::insert(tx, staff, &id, &credential, now).await?;
        }
        invited || logged_in
    });
    match stored {
        Err(db::Error::Unique) => return Ok(failed()),
        Ok(false) => return Ok(refused(wording::text(lang).clinic.invitation_gone, "STAFF-03")),
        stored => stored.map_err(Error::ours)?,
    };
    let cookie = session::begin(&app, session::Kind::Staff, staff.bytes(), &headers).await.map_err(Error::ours)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "location": "/passkeys" }))).into_response())
}

async fn challenge(app: &App, door: Door, staff: &Staff) -> Result<Response, Error> {
    let known = passkeys(app, staff.id).await?.iter().map(|passkey| passkey.cred_id().clone()).collect();
    let user = uuid::Uuid::from_bytes(staff.id.bytes());
    let (challenge, state) = door
        .passkeys(app)?
        .start_passkey_registration(user, &staff.login_name, &staff.display_name, Some(known))
        .map_err(Error::ours)?;
    let ceremony = keep(app, staff.id, "register", &state).await?;
    Ok(Json(json!({ "ceremony": ceremony, "options": challenge })).into_response())
}

/// Whom an invitation was given to, while it holds.
async fn invitee(app: &App, door: Door, code: &str) -> Result<Option<Staff>, Error> {
    let digest = sha256(code.as_bytes());
    store::staff::find_by_invitation(&app.db, digest, door.role(), app.clock.now()).await.map_err(Error::ours)
}
