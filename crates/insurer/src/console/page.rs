//! How a page leaves the house: its frame, its language, and what becomes of an error.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::json;
use web::{Error, Lang};

use super::wording::{self, Text};
use crate::App;
use crate::store::clerk::Clerk;

/// The frame around a page. See `frame.html`.
pub(super) struct Frame {
    /// Tag of the language.
    pub(super) lang: &'static str,
    /// The page's own name.
    pub(super) title: &'static str,
    /// Which door this is.
    pub(super) place: Option<String>,
    /// The strip of a demonstration.
    pub(super) trial: Option<&'static str>,
    /// Who is logged in.
    pub(super) user: Option<String>,
    /// The frame's wording.
    pub(super) t: &'static wording::Frame,
}

impl Frame {
    pub(super) fn new(app: &App, lang: Lang, title: &'static str) -> Frame {
        let t = &wording::text(lang).frame;
        let trial = app.console.as_ref().is_some_and(|console| console.demo_login).then_some(t.trial);
        let place = Some(format!("{} {}", t.place, app.insurer));
        Frame { lang: lang.tag(), title, place, trial, user: None, t }
    }

    /// The same, for a clerk who is logged in.
    #[must_use]
    pub(super) fn of(mut self, clerk: &Clerk) -> Frame {
        self.user = Some(clerk.display_name.clone());
        self
    }
}

/// Renders a page.
pub(super) fn render(template: &impl Template) -> Result<Response, Error> {
    template.render().map(|html| Html(html).into_response()).map_err(Error::ours)
}

/// Turns `?lang=` into a cookie and goes back to the page without it.
pub(super) async fn choose_language(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let wanted = query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Lang::from_tag);
    let (Some(lang), &Method::GET) = (wanted, request.method()) else { return next.run(request).await };
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("lang=")).collect();
    // A path that begins with two slashes would be another host, and browsers read a backslash as one.
    let path = format!("/{}", request.uri().path().trim_start_matches(['/', '\\']));
    let target = if rest.is_empty() { path } else { format!("{path}?{}", rest.join("&")) };
    let secure = if app.console.as_ref().is_some_and(super::Console::secure) { "; Secure" } else { "" };
    let cookie =
        format!("{}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}", web::lang::COOKIE, lang.tag());
    let mut response = Redirect::to(&target).into_response();
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Gives an [`Error`] its page, or its JSON for a script, in the reader's language, and logs our own failures once.
pub(super) async fn show_errors(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let lang = Lang::of(request.headers());
    let wants_json = request.headers().get(header::ACCEPT).is_some_and(|accept| accept == "application/json");
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<Error>().cloned().or_else(|| plain_failure(&response)) else {
        return response;
    };
    let incident = matches!(error, Error::Ours(_)).then(|| hex::encode(app.random.bytes::<4>()));
    if let (Error::Ours(causes), Some(incident)) = (&error, &incident) {
        tracing::error!(code = error.code(), incident, "{causes}");
    }
    let t = wording::text(lang);
    let (title, text) = match error {
        Error::LogIn => t.error.log_in,
        Error::Refused { .. } => t.error.refused,
        Error::NotYours => t.error.not_there,
        Error::Busy | Error::Ours(_) => t.error.ours,
    };
    let mut shown = if wants_json {
        let body = json!({ "error": { "code": error.code(), "text": text, "incident": incident } });
        (error.status(), Json(body)).into_response()
    } else if matches!(error, Error::LogIn) {
        Redirect::to("/?ended").into_response()
    } else {
        let page = ErrorPage { frame: Frame::new(&app, lang, title), t, text, code: error.code(), incident };
        let Ok(page) = render(&page) else { return response };
        (error.status(), page).into_response()
    };
    // The guard has written its headers on the answer that this one replaces.
    for (name, value) in response.headers() {
        if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
            shown.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    shown
}

/// A failure that a library answered with. What a page has said in words of its own is left alone.
fn plain_failure(response: &Response) -> Option<Error> {
    let media = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if [&b"application/json"[..], b"text/html"].iter().any(|own| media.starts_with(own)) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Some(Error::NotYours),
        status if status.is_client_error() => Some(Error::Refused { code: "WEB-03" }),
        status if status.is_server_error() => Some(Error::Ours(format!("status {status}"))),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "console/error.html")]
struct ErrorPage {
    frame: Frame,
    t: &'static Text,
    text: &'static str,
    code: &'static str,
    incident: Option<String>,
}
