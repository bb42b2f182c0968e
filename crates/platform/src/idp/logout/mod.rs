//! Single logout: a session of ours ends, and with it every session at a service that began with it (SAML 2.0 Profiles
//! §4.4).
//!
//! ```text
//! the portal's button ──┐                           ┌ front, pages: the others, one after another, through the browser
//! a service, browser ───┼ ended (ours first) → back ┤
//! a service, SOAP ──────┘                           └ soap: whether every other service has confirmed
//! unlinked, card copied … ended::behind → back        and nobody is told
//! ```
//!
//! Ours ends first, whatever the services do, and what is left to do is kept with that. Services that can be asked behind the
//! browser's back are asked all at once, those that do not answer and the others through the browser, which leaves our pages for
//! theirs and comes back with their answer. Nothing depends on its coming back, and an interrupted process is gone on for.

mod back;
mod ended;
mod front;
mod kept;
mod pages;
mod run;
mod soap;

pub use back::resume;
pub(super) use ended::ours_to_name;
pub(crate) use ended::{behind, bereave};
pub(super) use pages::unknown_principal;
pub(super) use soap::{PATH as SOAP_PATH, answer as soap};

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use web::Error;

use ended::{Whose, ours};

use crate::{
    app::App,
    session::{self, Visitor},
};

/// Pages that the resident sees while services are asked.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/saml/logout/state/{handle}", get(front::show).post(front::choose))
}

/// Where services ask for a logout, and answer ours, through the browser.
pub(super) fn door() -> Router<Arc<App>> {
    Router::new().route("/saml/logout", get(front::redirected).post(front::posted))
}

/// The portal's button: ends the session of this browser, and those at services that began with it.
pub(crate) async fn begin(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let ended = match session::digest(&app, &headers) {
        Some(digest) => ours(&app, &[digest], Whose::Resident(visitor.digest)).await?.handle,
        None => None,
    };
    let cookie = session::end(&app, &headers).await.map_err(Error::ours)?;
    let target = ended.map_or("/".to_owned(), |handle| handle.url());
    let mut response = ([(header::SET_COOKIE, cookie)], Redirect::to(&target)).into_response();
    if let Some(cookie) = visitor.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
