//! Who is at the browser: a clerk, by a cookie that the database knows only by its digest.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use db::transaction;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use web::Error;
use web::lang::cookie;

use crate::App;
use crate::store::clerk::{Clerk, ClerkId};
use crate::store::session;

/// Proof that a clerk has logged in at this browser.
pub(super) struct Insider(pub(super) Clerk);

impl FromRequestParts<Arc<App>> for Insider {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        current(app, &parts.headers).await.map(Insider)
    }
}

/// Begins a session and gives the cookie for it. One of this browser that it takes the place of is over.
pub(super) async fn begin(app: &App, clerk: ClerkId, headers: &HeaderMap) -> Result<HeaderValue, Error> {
    let token: [u8; 32] = app.random.bytes();
    let now = app.clock.now();
    let (stored, former) = (digest(&token), cookie_digest(app, headers));
    transaction!(app.db, |tx| {
        session::insert(tx, stored, (clerk, browser(headers)), (now, now + LASTS)).await?;
        if let Some(former) = former {
            session::delete(tx, former).await?;
        }
    })
    .map_err(Error::ours)?;
    Ok(set_cookie(app, &hex::encode(token), ""))
}

/// Ends the session of this browser, if there is one, and gives the cookie that forgets it.
pub(super) async fn end(app: &App, headers: &HeaderMap) -> Result<HeaderValue, Error> {
    if let Some(digest) = cookie_digest(app, headers) {
        transaction!(app.db, |tx| { session::delete(tx, digest).await? }).map_err(Error::ours)?;
    }
    Ok(set_cookie(app, "", "; Max-Age=0"))
}

async fn current(app: &App, headers: &HeaderMap) -> Result<Clerk, Error> {
    let digest = cookie_digest(app, headers).ok_or(Error::LogIn)?;
    let session = session::find(&app.db, digest).await.map_err(Error::ours)?.ok_or(Error::LogIn)?;
    let now = app.clock.now();
    if now >= session.expires_at || now.duration_since(session.seen_at) >= IDLE {
        return Err(Error::LogIn);
    }
    if session.browser != browser(headers) {
        tracing::warn!(code = "SESSION-01", "a session was shown by another browser and is ended");
        transaction!(app.db, |tx| { session::delete(tx, digest).await? }).map_err(Error::ours)?;
        return Err(Error::LogIn);
    }
    if now.duration_since(session.seen_at) >= TOUCH_EVERY {
        transaction!(app.db, |tx| { session::touch(tx, digest, now).await? }).map_err(Error::ours)?;
    }
    Ok(session.clerk)
}

/// What a browser says of itself. It proves nothing; but a cookie that turns up under another description was copied.
fn browser(headers: &HeaderMap) -> [u8; 32] {
    digest(headers.get(header::USER_AGENT).map(HeaderValue::as_bytes).unwrap_or_default())
}

fn cookie_name(app: &App) -> &'static str {
    // Over TLS it carries the prefix that no other host can set.
    if secure(app) { "__Host-ssc-insurer" } else { "ssc-insurer" }
}

fn secure(app: &App) -> bool {
    app.console.as_ref().is_some_and(super::Console::secure)
}

fn cookie_digest(app: &App, headers: &HeaderMap) -> Option<[u8; 32]> {
    let mut token = [0; 32];
    hex::decode_to_slice(cookie(headers, cookie_name(app))?, &mut token).ok()?;
    Some(digest(&token))
}

fn set_cookie(app: &App, value: &str, age: &str) -> HeaderValue {
    let (name, secure) = (cookie_name(app), if secure(app) { "; Secure" } else { "" });
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    // Names, hex digits and numbers are always a legal header; an empty one would only log the person out.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// What the database keeps of a secret that somebody else carries.
pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// How long a session may lie idle, and how long it lasts at most.
const IDLE: SignedDuration = SignedDuration::from_mins(60);
const LASTS: SignedDuration = SignedDuration::from_hours(12);
/// A time of use is stored to the minute: a page view needs no write.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);
