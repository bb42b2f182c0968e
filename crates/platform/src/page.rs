//! How a page leaves the house: its frame, its language, and what becomes of an error.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde_json::json;
use web::{Error, Lang};

use crate::{
    app::App,
    wording::{self, Text},
};

/// The frame around a page. See `frame.html`.
pub(crate) struct Frame {
    /// Tag of the language.
    pub lang: &'static str,
    /// The page's own name.
    pub title: &'static str,
    /// Which door this is; none at the residents' portal.
    pub place: Option<&'static str>,
    /// The strip of a demonstration.
    pub trial: Option<&'static str>,
    /// Who is logged in.
    pub user: Option<String>,
    /// The frame's wording.
    pub t: &'static wording::Frame,
}

impl Frame {
    /// A page of the residents' portal.
    pub(crate) fn resident(app: &App, lang: Lang, title: &'static str) -> Self {
        let t = &wording::text(lang).frame;
        let trial = app.config.demo_login.then_some(t.trial);
        Self { lang: lang.tag(), title, place: None, trial, user: None, t }
    }

    /// A page of the clinic portal.
    pub(crate) fn clinic(app: &App, lang: Lang, title: &'static str) -> Self {
        let mut frame = Self::resident(app, lang, title);
        frame.place = Some(frame.t.clinic);
        frame
    }

    /// A page of the office's portal.
    pub(crate) fn office(app: &App, lang: Lang, title: &'static str) -> Self {
        let mut frame = Self::resident(app, lang, title);
        frame.place = Some(wording::text(lang).office.place);
        frame
    }

    /// A page of the portal that a request came to by this host name.
    fn at(app: &App, host: &str, lang: Lang, title: &'static str) -> Self {
        let is = |origin: &str| origin.split_once("://").is_some_and(|(_, authority)| authority == host);
        if is(&app.config.clinic_origin) {
            Self::clinic(app, lang, title)
        } else if app.config.office_origin.as_deref().is_some_and(is) {
            Self::office(app, lang, title)
        } else {
            Self::resident(app, lang, title)
        }
    }

    /// The same, for a person who is logged in.
    #[must_use]
    pub(crate) fn of_user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The same, for a resident who is logged in: the platform knows no name.
    #[must_use]
    pub(crate) fn of_resident(self) -> Self {
        let user = self.t.logged_in;
        self.of_user(user)
    }
}

/// Renders a page.
///
/// # Errors
/// When the template fails, which is our fault.
pub(crate) fn render(template: &impl Template) -> Result<Response, Error> {
    template.render().map(|html| Html(html).into_response()).map_err(Error::ours)
}

/// Turns `?lang=` into a cookie and goes back to the page without it.
pub(crate) async fn choose_language(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let wanted = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "lang")
        .and_then(|(_, value)| Lang::from_tag(&value));
    let (Some(lang), &Method::GET) = (wanted, request.method()) else { return next.run(request).await };
    let rest = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "lang");
    let rest = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
    let path = request.uri().path();
    let target = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
    // A path that begins with two slashes would be another host, and browsers read a backslash as one.
    let target = format!("/{}", target.trim_start_matches(['/', '\\']));
    let secure = if app.config.secure() { "; Secure" } else { "" };
    let cookie =
        format!("{}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}", web::lang::COOKIE, lang.tag());
    let mut response = Redirect::to(&target).into_response();
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Gives an [`Error`] its page, or its JSON for a script, in the reader's language, and logs our own failures once.
pub(crate) async fn show_errors(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let lang = Lang::of(request.headers());
    let wants_json = request.headers().get(header::ACCEPT).is_some_and(|accept| accept == "application/json");
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<Error>().cloned().or_else(|| plain_failure(&response)) else {
        return response;
    };
    let incident = matches!(error, Error::Ours(_)).then(|| hex::encode(app.random.bytes::<4>()));
    if let (Error::Ours(causes), Some(incident)) = (&error, &incident) {
        tracing::error!(code = error.code(), incident, "{causes}");
    }
    let t = wording::text(lang);
    let (title, text) = explained(t, &error);
    let mut shown = if wants_json {
        let body = json!({ "error": { "code": error.code(), "text": text, "incident": incident } });
        (error.status(), Json(body)).into_response()
    } else if matches!(error, Error::LogIn) && response.status() == StatusCode::UNAUTHORIZED {
        Redirect::to("/?ended").into_response()
    } else {
        let frame = Frame::at(&app, &host, lang, title);
        let page = ErrorPage { frame, t, text, code: error.code(), incident };
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

/// A failure that a library answered with. What a handler has said in words of its own is left alone.
fn plain_failure(response: &Response) -> Option<Error> {
    let media = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if [&b"application/json"[..], b"text/html", b"text/xml"].iter().any(|own| media.starts_with(own)) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Some(Error::NotYours),
        status if status.is_client_error() => Some(Error::Refused { code: "WEB-03" }),
        status if status.is_server_error() => Some(Error::Ours(format!("status {status}"))),
        _ => None,
    }
}

fn explained(t: &'static Text, error: &Error) -> (&'static str, &'static str) {
    match error {
        Error::LogIn => t.error.log_in,
        Error::Refused { .. } => t.error.refused,
        Error::NotYours => t.error.not_yours,
        Error::Busy | Error::Ours(_) => t.error.ours,
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    t: &'static Text,
    text: &'static str,
    code: &'static str,
    incident: Option<String>,
}
