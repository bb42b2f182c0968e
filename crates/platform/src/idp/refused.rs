//! A request of a service that is not acted on: what the person, the service and the operator learn.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use saml::receive::Rejected;
use web::Lang;

use crate::{
    app::App,
    page::{Frame, render},
    wording::{self, Text},
};

/// The page for the person: which service has a fault, and what to do. The operator gets a line with code and request.
pub(crate) fn page(app: &App, lang: Lang, rejected: &Rejected) -> Response {
    let code = rejected.reason.code();
    let request = rejected.id.as_ref().map(saml::MessageId::as_str);
    let entity = rejected.claimed.as_ref().map(saml::EntityId::as_str);
    tracing::warn!(code, service = entity, request.id = request, "a service's request was refused");
    let services = app.services.current();
    let service = rejected.claimed.as_ref().and_then(|entity| services.get(entity));
    let t = wording::text(lang);
    let text = match service {
        Some(service) => t.request_refused.service.replace("{}", service.name(lang)),
        None => t.request_refused.stranger.to_owned(),
    };
    let frame = Frame::resident(app, lang, t.request_refused.title);
    match render(&Page { frame, t, text, code, request }) {
        Ok(page) => (StatusCode::BAD_REQUEST, page).into_response(),
        Err(error) => error.into_response(),
    }
}

#[derive(Template)]
#[template(path = "idp/refused.html")]
struct Page<'a> {
    frame: Frame,
    t: &'static Text,
    text: String,
    code: &'static str,
    request: Option<&'a str>,
}
