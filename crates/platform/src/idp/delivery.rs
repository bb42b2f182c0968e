//! The pages that let the browser go on: with a form for a service, or to an address.

use askama::Template;
use axum::response::Response;
use web::{Error, Lang};

use super::hop::{Form, Hop};
use crate::{
    app::App,
    page::{Frame, render},
    wording::{self, Text},
};

/// What the person should read before the browser goes on; with it, it waits until they do.
pub(crate) struct Notice {
    /// Heading.
    pub title: &'static str,
    /// What happened and what to do.
    pub text: String,
    /// The code for the service's support.
    pub code: &'static str,
    /// The ID of the request.
    pub request: Option<String>,
    /// What the button says.
    pub button: String,
}

/// The page that posts `form` by itself, or by its button where there is a notice or no script.
///
/// # Errors
/// When the template fails.
pub(super) fn form_page(app: &App, lang: Lang, form: Form, notice: Option<Notice>) -> Result<Response, Error> {
    let t = wording::text(lang);
    let frame = Frame::resident(app, lang, notice.as_ref().map_or(t.services.onward, |notice| notice.title));
    let mut response = render(&FormPage { frame, t, form: &form, notice })?;
    Hop::Form(form).allow(&mut response);
    Ok(response)
}

/// The page that goes on to `address` by itself, or by its link where there is a notice. A redirect would not do: no cookie
/// of ours follows one that began at another site, and a form's redirect may not lead to one.
///
/// # Errors
/// When the template fails.
pub(crate) fn onward_page(app: &App, lang: Lang, address: &str, notice: Option<Notice>) -> Result<Response, Error> {
    let t = wording::text(lang);
    let frame = Frame::resident(app, lang, notice.as_ref().map_or(t.services.onward, |notice| notice.title));
    render(&Onward { frame, t, address, notice })
}

#[derive(Template)]
#[template(path = "idp/form.html")]
struct FormPage<'a> {
    frame: Frame,
    t: &'static Text,
    form: &'a Form,
    notice: Option<Notice>,
}

#[derive(Template)]
#[template(path = "idp/onward.html")]
struct Onward<'a> {
    frame: Frame,
    t: &'static Text,
    address: &'a str,
    notice: Option<Notice>,
}
