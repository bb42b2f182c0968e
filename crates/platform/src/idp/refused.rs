//! A request of a service that is not acted on: what the person, the service and the operator learn.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use saml::{EntityId, MessageId, Refused, receive::Rejected};
use web::Lang;

use crate::{
    app::App,
    page::{Frame, render},
    wording::{self, Text},
};

/// The page for the person: which service has a fault, and what to do. The operator gets a line with code and request.
pub(crate) fn page(app: &App, lang: Lang, rejected: &Rejected) -> Response {
    page_before(app, lang, rejected, None)
}

/// The same where the person can go on all the same, to `next`.
pub(crate) fn page_before(app: &App, lang: Lang, rejected: &Rejected, next: Option<String>) -> Response {
    let refusal = Refusal {
        code: rejected.reason.code(),
        service: rejected.claimed.as_ref(),
        request: rejected.id.as_ref().map(MessageId::as_str),
        next,
    };
    note(rejected);
    refusal.page(app, lang)
}

/// The same for what is no message at all.
pub(crate) fn unreadable(app: &App, lang: Lang, reason: Refused) -> Response {
    page(app, lang, &Rejected::unread(reason))
}

/// The same for a message that came before.
pub(crate) fn twice(app: &App, lang: Lang, sender: &EntityId, id: &MessageId) -> Response {
    let refusal = Refusal { code: TWICE, service: Some(sender), request: Some(id.as_str()), next: None };
    note_twice(sender, id);
    refusal.page(app, lang)
}

/// The line for the operator alone.
pub(crate) fn note(rejected: &Rejected) {
    let (code, service) = (rejected.reason.code(), rejected.claimed.as_ref().map(EntityId::as_str));
    let request = rejected.id.as_ref().map(MessageId::as_str);
    tracing::warn!(code, service, request.id = request, "a service's message was refused: {}", rejected.reason);
}

/// The same for a message that came before.
pub(crate) fn note_twice(sender: &EntityId, id: &MessageId) {
    let (service, request) = (sender.as_str(), id.as_str());
    tracing::warn!(code = TWICE, service, request.id = request, "a service's message came twice");
}

/// The code of a message that came before.
pub(crate) const TWICE: &str = "IDP-25";

/// What a page says of a refused request.
struct Refusal<'a> {
    code: &'static str,
    service: Option<&'a EntityId>,
    request: Option<&'a str>,
    next: Option<String>,
}

impl Refusal<'_> {
    fn page(self, app: &App, lang: Lang) -> Response {
        let services = app.services.current();
        let t = wording::text(lang);
        let text = match self.service.and_then(|entity| services.get(entity)) {
            Some(service) => t.request_refused.service.replacen("{}", service.name(lang), 1),
            None => t.request_refused.stranger.to_owned(),
        };
        let frame = Frame::resident(app, lang, t.request_refused.title);
        match render(&Page { frame, t, text, code: self.code, request: self.request, next: self.next }) {
            Ok(page) => (StatusCode::BAD_REQUEST, page).into_response(),
            Err(error) => error.into_response(),
        }
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
    next: Option<String>,
}
