//! Services that nobody can be logged in to at present: the resident learns which it is and what to do.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use saml::EntityId;
use web::{Error, Lang};

use super::{services::Service, waiting::Gone};
use crate::{
    app::App,
    page::{Frame, render},
    store::{self, service::State},
    wording::{self, Services, Text},
};

/// A service that nobody can be logged in to at present.
pub(super) struct Unavailable {
    /// As far as it is known.
    pub service: Option<Arc<Service>>,
    /// Why.
    pub why: Why,
}

/// Why nobody can be logged in there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its metadata has ended.
    Ended,
    /// The office has stopped it for now.
    Suspended,
    /// It is registered, and we do not have it: it cannot be read, or was registered a moment ago by another machine. Neither is
    /// the resident's to mend, and their link stands.
    Unreadable,
    /// It is registered no longer.
    Removed,
}

impl Why {
    /// What it means for the resident; `{}` is the service's name.
    pub(super) fn text(self, t: &'static Services) -> &'static str {
        match self {
            Self::Ended => t.ended,
            Self::Suspended => t.suspended,
            Self::Unreadable => t.unreadable,
            Self::Removed => t.removed,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Ended => "SSO-11",
            Self::Suspended => "SSO-12",
            Self::Unreadable => "SVC-01",
            Self::Removed => "SSO-04",
        }
    }
}

/// The service, if residents can be logged in there.
///
/// # Errors
/// When the database fails.
pub(super) async fn look(app: &App, entity: &EntityId) -> Result<Result<Arc<Service>, Unavailable>, Error> {
    let current = app.services.current().get(entity).cloned();
    match current {
        Some(service) if !service.has_ended(app.clock.now()) => Ok(Ok(service)),
        Some(service) => Ok(Err(Unavailable { service: Some(service), why: Why::Ended })),
        None => {
            let kept = store::service::find(&app.db, entity.as_str()).await.map_err(Error::ours)?;
            let why = kept.as_ref().map_or(Why::Removed, |kept| match kept.state {
                State::Suspended => Why::Suspended,
                State::Active => Why::Unreadable,
            });
            Ok(Err(Unavailable { service: kept.as_ref().and_then(Service::read).map(Arc::new), why }))
        }
    }
}

impl Unavailable {
    /// What becomes of a request of it: of one that is not registered nothing is told.
    pub(super) fn gone(self) -> Gone {
        match self.why {
            Why::Removed => Gone::Expired,
            Why::Ended | Why::Suspended | Why::Unreadable => Gone::Unavailable(Box::new(self)),
        }
    }

    /// The page that names it and says what to do.
    ///
    /// # Errors
    /// When the template fails.
    pub(super) fn page(&self, app: &App, lang: Lang) -> Result<Response, Error> {
        let t = wording::text(lang);
        let name = self.service.as_ref().map_or(t.services.service, |service| service.name(lang));
        let (code, entity) = (self.why.code(), self.service.as_ref().map(|service| service.provider.entity.as_str()));
        tracing::warn!(code, service = entity, "a login to a service that is not available was not gone on with");
        let text = self.why.text(&t.services).replace("{}", name);
        let frame = Frame::resident(app, lang, t.services.unavailable);
        let page = render(&Page { frame, t, text, code })?;
        Ok((StatusCode::BAD_REQUEST, page).into_response())
    }
}

#[derive(Template)]
#[template(path = "idp/unavailable.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    text: String,
    code: &'static str,
}
