//! Sessions: who is at the browser, proved by a cookie that the database knows only by its digest.

mod level;

use std::{ops::Deref, sync::Arc};

use aws_lc_rs::digest::{self, SHA256};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use jiff::{SignedDuration, Timestamp};
use saml::{Authn, AuthnClass};
use web::{Error, lang::cookie};

pub(crate) use level::Level;

use crate::{
    app::App,
    idp,
    ids::{ResidentId, StaffId},
    store::{
        self,
        service_link::ServiceLink,
        staff::{Role, Staff},
    },
};

/// Proof that the resident has shown card and PIN in this browser.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CardHolder(Holder);

/// Proof that a resident has logged in at this browser, by the card at least: enough for some services, for no page here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    resident: ResidentId,
    level: Level,
    since: Timestamp,
    ends: Timestamp,
    digest: [u8; 32],
}

impl Holder {
    fn of(session: &store::session::Session, digest: [u8; 32]) -> Self {
        Self {
            resident: ResidentId::from_bytes(session.subject),
            level: Level::from_code(&session.class),
            since: session.started_at,
            ends: session.expires_at,
            digest,
        }
    }

    /// Who.
    pub(crate) fn resident(&self) -> ResidentId {
        self.resident
    }

    /// How they logged in.
    pub(crate) fn class(&self) -> AuthnClass {
        self.level.class()
    }

    /// How and when they logged in.
    pub(crate) fn authn(&self) -> Authn {
        Authn { instant: self.since, class: self.class() }
    }

    /// When the session ends at the latest.
    pub(crate) fn ends(&self) -> Timestamp {
        self.ends
    }

    /// Digest of the session's cookie: what the session is called inside.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

impl Deref for CardHolder {
    type Target = Holder;

    fn deref(&self) -> &Holder {
        &self.0
    }
}

/// Proof that a member of an institution's staff has logged in at this browser.
#[derive(Clone, Debug)]
pub(crate) struct Clerk {
    /// Who, and where.
    pub staff: Staff,
    /// Digest of the session's cookie: a card conversation at this desk belongs to it.
    pub desk: [u8; 32],
}

/// Proof that somebody at the office has logged in at this browser.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    /// Who.
    pub staff: Staff,
}

/// A browser before login, known by a cookie of its own: a card conversation belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Digest of the cookie.
    pub digest: [u8; 32],
    /// The cookie to set, if it is new.
    pub set_cookie: Option<HeaderValue>,
}

/// Whose session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A resident, by card.
    Resident(Level),
    /// A member of staff, by passkey.
    Staff,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Self::Resident(_) => RESIDENT,
            Self::Staff => STAFF,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Resident(level) => level.code(),
            Self::Staff => "Passkey",
        }
    }

    /// How long a session may lie idle, and how long it lasts at most.
    fn limits(self) -> (SignedDuration, SignedDuration) {
        match self {
            Self::Resident(_) => (SignedDuration::from_mins(15), SignedDuration::from_hours(2)),
            Self::Staff => (SignedDuration::from_mins(60), SignedDuration::from_hours(12)),
        }
    }
}

const RESIDENT: &str = "resident";
const STAFF: &str = "staff";

/// Begins a session and gives the cookie for it. A session of this browser that it takes the place of is over; what the
/// same resident began with it at services goes on under the new one; what another began, their services are asked to end.
///
/// # Errors
/// When the database fails.
pub(crate) async fn begin(
    app: &Arc<App>,
    kind: Kind,
    subject: [u8; 16],
    headers: &HeaderMap,
) -> Result<HeaderValue, db::Error> {
    let token: [u8; 32] = app.random.bytes();
    let now = app.clock.now();
    let session = store::session::Session {
        kind: kind.code().to_owned(),
        class: kind.class().to_owned(),
        subject,
        browser: browser(headers),
        started_at: now,
        seen_at: now,
        expires_at: now + kind.limits().1,
    };
    let (stored, former) = (sha256(&token), cookie_digest(app, headers, SESSION));
    let bereft = db::transaction!(app.db, |tx| {
        store::session::insert(tx, stored, &session).await?;
        let mut another = Vec::new();
        if let Some(former) = former {
            store::service_session::move_to(tx, former, stored, subject).await?;
            another = store::service_session::take_of_session(tx, former).await?;
            store::session::delete(tx, former).await?;
        }
        idp::bereave(app, tx, &another).await?
    })?;
    idp::log_out_behind(app, bereft);
    Ok(set_cookie(app, SESSION, &hex::encode(token), None))
}

/// Ends the session of this browser, if there is one, and gives the cookie that forgets it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn end(app: &App, headers: &HeaderMap) -> Result<HeaderValue, db::Error> {
    if let Some(digest) = cookie_digest(app, headers, SESSION) {
        db::transaction!(app.db, |tx| { store::session::delete(tx, digest).await? })?;
    }
    Ok(set_cookie(app, SESSION, "", Some(0)))
}

/// Digest of the cookie of this browser's session, whether it is live or not.
pub(crate) fn digest(app: &App, headers: &HeaderMap) -> Option<[u8; 32]> {
    cookie_digest(app, headers, SESSION)
}

/// Base names of the cookies; over TLS they carry the `__Host-` prefix, which no other host can set.
const SESSION: &str = "ssc";
const VISITOR: &str = "ssc-visitor";

/// A session's time of use is stored to the minute: a page view needs no write.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A live session of `kind`, and the digest of its cookie.
async fn current(
    app: &Arc<App>,
    kind: Kind,
    headers: &HeaderMap,
) -> Result<(store::session::Session, [u8; 32]), Error> {
    let digest = cookie_digest(app, headers, SESSION).ok_or(Error::LogIn)?;
    let session = store::session::find(&app.db, digest).await.map_err(Error::ours)?.ok_or(Error::LogIn)?;
    check(app, kind, headers, (&session, digest)).await?;
    Ok((session, digest))
}

/// The resident at this browser, if anybody, and their link to a service: what every login to a service begins with, in one
/// question to the database.
///
/// # Errors
/// When the database fails.
pub(crate) async fn holder_and_link(
    app: &Arc<App>,
    headers: &HeaderMap,
    entity: &str,
) -> Result<Option<(Holder, Option<ServiceLink>)>, Error> {
    let Some(digest) = cookie_digest(app, headers, SESSION) else { return Ok(None) };
    let found = store::session::find_with_link(&app.db, digest, entity).await.map_err(Error::ours)?;
    let Some((session, link)) = found else { return Ok(None) };
    match check(app, Kind::Resident(Level::Card), headers, (&session, digest)).await {
        Ok(()) => Ok(Some((Holder::of(&session, digest), link))),
        Err(Error::LogIn) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a session is one of `kind`, live, and shown by the browser that it began in; if so, it has been used now.
async fn check(
    app: &Arc<App>,
    kind: Kind,
    headers: &HeaderMap,
    (session, digest): (&store::session::Session, [u8; 32]),
) -> Result<(), Error> {
    let now = app.clock.now();
    if session.kind != kind.code() || over(session, kind, now) {
        return Err(Error::LogIn);
    }
    if session.browser != browser(headers) {
        tracing::warn!(code = "SESSION-01", "a session was shown by another browser and is ended");
        let bereft = db::transaction!(app.db, |tx| {
            store::session::delete(tx, digest).await?;
            let begun = store::service_session::take_of_session(tx, digest).await?;
            idp::bereave(app, tx, &begun).await?
        });
        // Whoever copied the cookie may have gone on to services with it.
        idp::log_out_behind(app, bereft.map_err(Error::ours)?);
        return Err(Error::LogIn);
    }
    if now.duration_since(session.seen_at) >= TOUCH_EVERY {
        db::transaction!(app.db, |tx| { store::session::touch(tx, digest, now).await? }).map_err(Error::ours)?;
    }
    Ok(())
}

/// The member of staff of a live session, if the role is theirs, and the digest of the cookie.
///
/// # Errors
/// [`Error::LogIn`], for another role, too.
pub(crate) async fn staff(app: &Arc<App>, headers: &HeaderMap, role: Role) -> Result<(Staff, [u8; 32]), Error> {
    let (session, digest) = current(app, Kind::Staff, headers).await?;
    let staff = store::staff::find(&app.db, StaffId::from_bytes(session.subject)).await.map_err(Error::ours)?;
    Ok((staff.filter(|staff| staff.role == role).ok_or(Error::LogIn)?, digest))
}

/// Whether a kept session of `kind` has lain idle too long, or lasted as long as any may.
pub(crate) fn over(session: &store::session::Session, kind: Kind, now: Timestamp) -> bool {
    now >= session.expires_at || now.duration_since(session.seen_at) >= kind.limits().0
}

/// What a browser says of itself. It proves nothing; but a cookie that turns up under another description was copied.
fn browser(headers: &HeaderMap) -> [u8; 32] {
    let named = [header::USER_AGENT, header::HeaderName::from_static("sec-ch-ua")];
    let said = named.map(|name| headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default().to_vec());
    sha256(&said.join(&b'\n'))
}

fn cookie_name(app: &App, base: &str) -> String {
    if app.config.secure() { format!("__Host-{base}") } else { base.to_owned() }
}

fn cookie_digest(app: &App, headers: &HeaderMap, base: &str) -> Option<[u8; 32]> {
    let mut token = [0; 32];
    hex::decode_to_slice(cookie(headers, &cookie_name(app, base))?, &mut token).ok()?;
    Some(sha256(&token))
}

fn set_cookie(app: &App, base: &str, value: &str, max_age: Option<u32>) -> HeaderValue {
    let name = cookie_name(app, base);
    let secure = if app.config.secure() { "; Secure" } else { "" };
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    // Names, hex digits and numbers are always a legal header; an empty one would only log the person out.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// What the database keeps of a secret that somebody else carries.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&SHA256, bytes).as_ref());
    out
}

impl FromRequestParts<Arc<App>> for CardHolder {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let holder = <Holder as FromRequestParts<_>>::from_request_parts(parts, app).await?;
        if holder.level == Level::CardAndPin { Ok(Self(holder)) } else { Err(Error::LogIn) }
    }
}

impl FromRequestParts<Arc<App>> for Holder {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let (session, digest) = current(app, Kind::Resident(Level::Card), &parts.headers).await?;
        Ok(Self::of(&session, digest))
    }
}

impl OptionalFromRequestParts<Arc<App>> for Holder {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Option<Self>, Error> {
        match <Self as FromRequestParts<_>>::from_request_parts(parts, app).await {
            Ok(holder) => Ok(Some(holder)),
            Err(Error::LogIn) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl FromRequestParts<Arc<App>> for Clerk {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let (staff, desk) = staff(app, &parts.headers, Role::Reception).await?;
        Ok(Self { staff, desk })
    }
}

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let (staff, _) = staff(app, &parts.headers, Role::Operator).await?;
        Ok(Self { staff })
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        if let Some(digest) = cookie_digest(app, &parts.headers, VISITOR) {
            return Ok(Self { digest, set_cookie: None });
        }
        let token: [u8; 32] = app.random.bytes();
        let cookie = set_cookie(app, VISITOR, &hex::encode(token), None);
        Ok(Self { digest: sha256(&token), set_cookie: Some(cookie) })
    }
}
