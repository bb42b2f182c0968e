//! The node's own pages, at an address of their own: the insurer's clerks bring files, see the state of the node and who
//! asked. No page needs a script but those with passkeys.

mod cases;
mod contacts;
mod doctor;
mod files;
mod home;
mod links;
mod login;
mod looks;
mod page;
mod session;
mod sides;
mod wording;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use web::guard::{BODY_BYTES_MAX, guard};
use web::{assets, clock::Shown};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::store::clerk::{Clerk, ClerkId};
use crate::{App, Error, config, store};

/// Invites somebody to the console and gives the address at which they register a passkey: once, within [`INVITATION`]. For a
/// name that is known it is one more passkey, for whoever has lost theirs.
///
/// # Errors
/// [`Error::Value`] where the configuration has no console.
pub async fn invite(app: &App, login_name: &str, display_name: &str) -> Result<String, Error> {
    let none = || Error::Value { name: "console", value: "without a place in the configuration".to_owned() };
    let origin = &app.console.as_ref().ok_or_else(none)?.origin;
    let now = app.clock.now();
    let code = hex::encode(app.random.bytes::<16>());
    let id = ClerkId(app.random.row_id(now).into_bytes());
    let clerk = Clerk { id, login_name: login_name.to_owned(), display_name: display_name.to_owned() };
    let digest = session::digest(code.as_bytes());
    db::transaction!(app.db, |tx| -> Error { store::clerk::invite(tx, &clerk, digest, now + INVITATION).await? })?;
    Ok(format!("{origin}/invitation/{code}"))
}

/// How long an invitation holds.
pub const INVITATION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The console's own things.
pub(crate) struct Console {
    origin: String,
    passkeys: Webauthn,
    demo_login: bool,
    ceremonies: Mutex<HashMap<[u8; 16], login::Ceremony>>,
}

impl Console {
    /// Makes ready what the configuration says.
    pub(crate) fn open(config: &config::Console) -> Result<Console, Error> {
        let wrong = || Error::Value { name: "console origin", value: config.origin.clone() };
        let origin = url::Url::parse(&config.origin).map_err(|_| wrong())?;
        let host = origin.host_str().ok_or_else(wrong)?;
        let here = host == "localhost" || host.ends_with(".localhost");
        let allowed = origin.scheme() == "https" || (origin.scheme() == "http" && here);
        let pure = origin.origin().ascii_serialization() == config.origin;
        if !allowed || !pure || (config.demo_login && !here) || config.certificate.is_some() != config.key.is_some() {
            return Err(wrong());
        }
        let passkeys = WebauthnBuilder::new(host, &origin).and_then(|builder| builder.rp_name("SSC insurer").build());
        Ok(Console {
            origin: config.origin.clone(),
            passkeys: passkeys.map_err(|_| wrong())?,
            demo_login: config.demo_login,
            ceremonies: Mutex::default(),
        })
    }

    /// Whether browsers come by TLS.
    fn secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    fn host(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, host)| host)
    }
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// The node's own, towards the platform.
    Tls,
    /// The authority that signed the platform's.
    Authority,
    /// A partner's, for messages.
    Partner,
    /// The console's.
    Console,
}

impl Certificate {
    /// Those that a configuration names.
    pub(crate) fn of(config: &config::Config) -> Vec<(Certificate, PathBuf)> {
        let own = [(Certificate::Tls, &config.tls.certificate), (Certificate::Authority, &config.tls.client_ca)];
        let partners = config.providers.iter().chain(&config.issuers);
        let partners = partners.map(|partner| (Certificate::Partner, &partner.certificate));
        let portal =
            config.discovery.iter().filter_map(|place| Some((Certificate::Partner, place.authority.as_ref()?)));
        let console =
            config.console.iter().filter_map(|console| Some((Certificate::Console, console.certificate.as_ref()?)));
        own.into_iter().chain(partners).chain(portal).chain(console).map(|(what, path)| (what, path.clone())).collect()
    }
}

/// The console's routes.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let short = Router::new()
        .route("/", get(login::show))
        .route("/login/passkey/start", post(login::start))
        .route("/login/passkey/finish", post(login::finish))
        .route("/login/demo", post(login::demo))
        .route("/logout", post(login::log_out))
        .route("/invitation/{code}", get(login::invited))
        .route("/invitation/{code}/start", post(login::start_invited))
        .route("/passkeys", get(login::passkeys))
        .route("/passkeys/start", post(login::start_another))
        .route("/passkeys/finish", post(login::registered))
        .route("/home", get(home::show))
        .route("/imports", get(files::list))
        .route("/imports/{id}", get(files::one))
        .route("/imports/{id}/undo", get(files::sure))
        .route("/cases", get(cases::list))
        .route("/cases/{id}", get(cases::one).post(cases::decide))
        .route("/links", get(links::show))
        .route("/links/find", post(links::find))
        .route("/links/end", post(links::end))
        .route("/contacts", get(contacts::show))
        .route("/looks", get(looks::show))
        .route("/doctor", get(doctor::show))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PAGE_WITHIN))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    // A whole insurer's file takes its time.
    let long = Router::new()
        .route("/files/{kind}", post(files::bring))
        .route("/imports/{id}/apply", post(files::apply))
        .route("/imports/{id}/discard", post(files::discard))
        .route("/imports/{id}/undo", post(files::undo))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    short
        .merge(long)
        .merge(assets::router(&[assets::STYLE, assets::ICONS, assets::ICON, assets::PASSKEY_SCRIPT]))
        .fallback(|| async { web::Error::NotYours })
        .layer(from_fn_with_state(Arc::clone(app), page::choose_language))
        .layer(from_fn(guard))
        .layer(from_fn_with_state(Arc::clone(app), page::show_errors))
        .layer(from_fn_with_state(Arc::clone(app), at_home))
        .layer(CatchPanicLayer::new())
        .with_state(Arc::clone(app))
}

/// Refuses other host names, and tells browsers that came by TLS to come by nothing else for a year (RFC 6797).
async fn at_home(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Some(console) = app.console.as_ref().filter(|console| console.host() == asked) else {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    };
    let mut response = next.run(request).await;
    if console.secure() {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// An act as a page shows it.
struct By {
    by: String,
    at: Shown,
}

impl By {
    fn of(act: &crate::import::Act, lang: web::Lang) -> By {
        let nobody = wording::text(lang).frame.command_line;
        let by = if act.by == crate::import::COMMAND_LINE { nobody.to_owned() } else { act.by.clone() };
        By { by, at: Shown::minute(act.at, lang) }
    }
}

/// How long a page may take.
const PAGE_WITHIN: Duration = Duration::from_secs(20);
/// The largest file, and the form around it.
const FILE_BYTES_MAX: usize = (256 << 20) + (64 << 10);
