//! How staff log in, at the clinic portal and at the office's: by passkey. Each portal is an origin of its own, so that a
//! passkey of the one is none of the other, and each lets in only those whose role it is for.

mod login;
mod passkeys;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::FromRequestParts,
    http::request::Parts,
    routing::{get, post},
};
use web::{Error, Lang};
use webauthn_rs::Webauthn;

use crate::{
    app::App,
    page::Frame,
    session,
    store::staff::{Role, Staff},
};

/// A portal for staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Of hospitals and clinics.
    Clinic,
    /// Of the office.
    Office,
}

/// Login, logout and passkeys of a portal.
pub(crate) fn routes(door: Door, demo_login: bool) -> Router<Arc<App>> {
    let router = Router::new()
        .route("/", get(login::show))
        .route("/login/passkey/start", post(login::start))
        .route("/login/passkey/finish", post(login::finish))
        .route("/logout", post(login::log_out))
        .route("/invitation/{code}", get(passkeys::invited))
        .route("/invitation/{code}/start", post(passkeys::start_invited))
        .route("/passkeys", get(passkeys::show))
        .route("/passkeys/start", post(passkeys::start))
        .route("/passkeys/finish", post(passkeys::finish));
    let router = if demo_login { router.route("/login/demo", post(login::demo)) } else { router };
    router.layer(Extension(door))
}

impl Door {
    /// Whom it lets in.
    fn role(self) -> Role {
        match self {
            Self::Clinic => Role::Reception,
            Self::Office => Role::Operator,
        }
    }

    /// The page after the login, and its name.
    fn home(self) -> &'static str {
        match self {
            Self::Clinic => "/reception",
            Self::Office => "/services",
        }
    }

    fn frame(self, app: &App, lang: Lang, title: &'static str) -> Frame {
        match self {
            Self::Clinic => Frame::clinic(app, lang, title),
            Self::Office => Frame::office(app, lang, title),
        }
    }

    fn passkeys(self, app: &App) -> Result<&Webauthn, Error> {
        match self {
            Self::Clinic => Ok(&app.passkeys),
            Self::Office => app.office_passkeys.as_ref().ok_or(Error::NotYours),
        }
    }
}

/// Proof that a member of staff has logged in at this browser, at the portal that it is shown to.
struct Insider {
    staff: Staff,
}

impl FromRequestParts<Arc<App>> for Insider {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let door = parts.extensions.get::<Door>().copied().ok_or(Error::NotYours)?;
        let (staff, _) = session::staff(app, &parts.headers, door.role()).await?;
        Ok(Self { staff })
    }
}
