//! Enhanced clients: programs that carry a service's request here and our answer back by themselves (SAML 2.0 Profiles §4.2).
//!
//! A program cannot read a card, so it shows the cookie of a session that the person began in the portal, and says of itself
//! what the browser said in which it began. Where the person would have to do something, the service is told that there is
//! no login; the person opens the service in a browser once, and the program is answered from then on.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use saml::{
    Second,
    receive::{self, AuthnRequest},
    wire,
};
use web::Error;
use xml::Fragment;

use super::{
    answer::{self, Granted, Told},
    attributes, decide,
    decide::Next,
    release,
    services::Service,
    soap::{self, Question},
    sso::Case,
    waiting::Waiting,
};
use crate::{app::App, attribute::Attributes, session::Holder, store};

/// Where enhanced clients bring requests.
pub(super) const PATH: &str = "/saml/sso/ecp";

/// Answers a request that an enhanced client brings, at once.
pub(super) async fn sign_on(
    State(app): State<Arc<App>>,
    holder: Option<Holder>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A browser that another site drives is no enhanced client, even where its cookies come along.
    if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        tracing::warn!(code = "WEB-02", path = PATH, "a request from another site was refused");
        return soap::fault(true, "WEB-02");
    }
    let question = match soap::unremembered(&app, PATH, body, receive::authn_request).await {
        Ok(question) => question,
        Err(response) => return response,
    };
    match answered(&app, &question, holder).await {
        Ok((waiting, message)) => {
            let envelope = wire::ecp_envelope(&message, &waiting.location);
            soap::envelope(StatusCode::OK, envelope)
        }
        Err(error) => soap::failure(&error),
    }
}

async fn answered(
    app: &Arc<App>,
    question: &Question<AuthnRequest>,
    holder: Option<Holder>,
) -> Result<(Waiting, Fragment), Error> {
    let service = Arc::clone(&question.service);
    let waiting = Waiting::of(&question.message, app.clock.now());
    let link = match &holder {
        Some(holder) => {
            let found = store::service_link::find(&app.db, holder.resident(), &waiting.entity).await;
            found.map_err(Error::ours)?
        }
        None => None,
    };
    let offers = Attributes::named(&service.policy.release);
    let case = Case { waiting: waiting.clone(), service: Arc::clone(&service), holder, link, offers };
    let failing = match case.next() {
        Next::Answer(class) => match granted(app, case, class).await? {
            Some(answer) => return Ok(answer),
            None => Second::RequestUnsupported,
        },
        Next::Fail(second) => second,
        Next::LogIn { .. } | Next::Ask => Second::AuthnFailed,
    };
    let (entity, request) = (&service.provider.entity, waiting.request.as_str());
    tracing::info!(code = "SSO-05", service = %entity, request.id = request, status = ?failing, "a service was told of no login");
    let message = answer::failure(app, &service, &waiting, decide::status(failing)).await?;
    Ok((waiting, message))
}

/// The answer that tells of a login, with what the person has agreed to. `None` where the service lacks what it cannot do
/// without: there is no page to ask the person on.
async fn granted(app: &Arc<App>, case: Case, class: saml::AuthnClass) -> Result<Option<(Waiting, Fragment)>, Error> {
    if case.is_answered(app).await? {
        return Err(Error::Refused { code: "SSO-03" });
    }
    let (Some(holder), Some(link)) = (case.holder, case.link) else { return Err(Error::LogIn) };
    let service: Arc<Service> = case.service;
    if answer::recipient(&service).is_err() {
        return Ok(None);
    }
    let found = attributes::ask(app, &holder, &link, case.offers).await?;
    if !release::missing(&service, found.attributes()).is_empty() {
        found.keep(app).await?;
        return Ok(None);
    }
    let attributes = found.hand_over(app).await?.values;
    let granted = Granted { waiting: case.waiting, service, holder, class, link, attributes };
    match answer::told(app, granted).await? {
        Told::Login(waiting, message) => Ok(Some((waiting, message))),
        Told::Gone(_, code) => Err(Error::Refused { code }),
        Told::Misconfigured(..) => Ok(None),
    }
}
