//! The first page, and the login by card and PIN.
//!
//! The page's script only carries messages between the reader agent and here; the PIN never leaves the agent.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use card::protocol::{Ke1, Ke3, Proof, Sid};
use serde::Deserialize;
use serde_json::json;
use web::{Error, Lang};

use super::menu;
use crate::{
    app::App,
    card::{
        attempt::{self, Failure, Kind},
        judge::Refusal,
    },
    page::{Frame, render},
    session::{self, CardHolder, Level, Visitor},
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "resident/login.html")]
struct Top {
    frame: Frame,
    t: &'static Text,
    ended: bool,
}

/// Why the first page was opened.
#[derive(Deserialize)]
pub(super) struct Why {
    ended: Option<String>,
}

/// The first page: what this is, and the login. Whoever is logged in goes on to the menu.
pub(super) async fn top(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: Result<CardHolder, Error>,
    Query(why): Query<Why>,
) -> Result<Response, Error> {
    if holder.is_ok() {
        return Ok(Redirect::to("/menu").into_response());
    }
    let t = wording::text(lang);
    render(&Top { frame: Frame::resident(&app, lang, t.top.title), t, ended: why.ended.is_some() })
}

/// Message 0.
pub(super) async fn start(State(app): State<Arc<App>>, lang: Lang, visitor: Visitor) -> Result<Response, Error> {
    begin(&app, lang, Kind::Login, visitor).await
}

/// Message 0 of either login.
pub(super) async fn begin(app: &App, lang: Lang, kind: Kind, visitor: Visitor) -> Result<Response, Error> {
    match attempt::start(app, kind, visitor.digest).await {
        Ok(start) => {
            let mut response = Json(start).into_response();
            if let Some(cookie) = visitor.set_cookie {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Err(failure) => refused(lang, failure),
    }
}

/// Message 2.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProveForm {
    sid: Sid,
    proof: Proof,
}

/// Message 2: answers with message 3.
pub(super) async fn prove(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    Json(form): Json<ProveForm>,
) -> Result<Response, Error> {
    match attempt::prove(&app, Kind::Login, &form.sid, visitor.digest, &form.proof).await {
        Ok(proved) => Ok(Json(json!({ "opening": proved.opening })).into_response()),
        Err(failure) => refused(lang, failure),
    }
}

/// Message 5.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TryForm {
    sid: Sid,
    ke1: Ke1,
}

/// Message 5: answers with message 6.
pub(super) async fn try_pin(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    Json(form): Json<TryForm>,
) -> Result<Response, Error> {
    match attempt::try_pin(&app, &form.sid, visitor.digest, &form.ke1).await {
        Ok(ke2) => Ok(Json(json!({ "ke2": ke2 })).into_response()),
        Err(failure) => refused(lang, failure),
    }
}

/// Message 7; `wrong_pin` instead of `ke3` when the agent knows already that the PIN is wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishForm {
    sid: Sid,
    ke3: Option<Ke3>,
    #[serde(default)]
    wrong_pin: bool,
}

/// Where a login leads: to the menu, on with the login to a service that it is for, or to what a service asks for.
#[derive(Deserialize)]
pub(super) struct Then {
    pub(super) then: Option<String>,
    ask: Option<String>,
}

impl Then {
    /// The path of the next page.
    pub(super) fn location(&self) -> String {
        let sealed = |handle: &str| handle.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let handle = |handle: &'_ Option<String>| handle.clone().filter(|handle| !handle.is_empty() && sealed(handle));
        match (handle(&self.then), handle(&self.ask)) {
            (Some(login), _) => format!("/saml/continue/{login}"),
            (None, Some(asked)) => format!("/wsf/ask/{asked}"),
            (None, None) => format!("/menu?{}", menu::AFTER_LOGIN),
        }
    }
}

/// Message 7: begins the session, under a new cookie.
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    headers: HeaderMap,
    Query(then): Query<Then>,
    Json(form): Json<FinishForm>,
) -> Result<Response, Error> {
    let ke3 = form.ke3.as_ref().filter(|_| !form.wrong_pin);
    let resident = match attempt::finish(&app, &form.sid, visitor.digest, ke3).await {
        Ok(resident) => resident,
        Err(failure) => return refused(lang, failure),
    };
    let kind = session::Kind::Resident(Level::CardAndPin);
    let cookie = session::begin(&app, kind, resident.bytes(), &headers).await.map_err(Error::ours)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "location": then.location() }))).into_response())
}

/// A refused card, as the page's script shows it.
///
/// # Errors
/// When it was not a rule that refused it but a failure of ours.
pub(super) fn refused(lang: Lang, failure: Failure) -> Result<Response, Error> {
    let Failure::Refused(refusal) = failure else { return Err(Error::ours(failure)) };
    tracing::info!(code = refusal.code(), "{refusal}");
    let (outcome, tries_left) = match refusal {
        Refusal::WrongPin { left } => ("wrong-pin", Some(left)),
        Refusal::PinLocked => ("locked", None),
        _ => ("refused", None),
    };
    let text = wording::text(lang).refusal(refusal);
    let body = json!({ "error": {
        "code": refusal.code(), "text": text, "outcome": outcome, "tries_left": tries_left,
    } });
    Ok((StatusCode::FORBIDDEN, Json(body)).into_response())
}
