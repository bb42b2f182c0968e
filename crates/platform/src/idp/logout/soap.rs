//! A service asks for a logout behind the browser's back.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use saml::{receive, send};
use web::Error;

use super::{ended::obeyed, pages::unknown_principal};
use crate::{
    app::App,
    idp::soap::{self, Question},
};

/// Our endpoint for logouts by SOAP: also what a careful service names as the destination of its answers to ours.
pub(crate) const PATH: &str = "/saml/soap/logout";

/// Ends what the service names, and tells it whether every other service has confirmed. Without a browser, only those can be
/// asked that take SOAP.
pub(crate) async fn answer(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let question = match soap::question(&app, PATH, body, receive::logout_request).await {
        Ok(question) => question,
        Err(response) => return response,
    };
    let status = match status(&app, &question).await {
        Ok(status) => status,
        Err(error) => return soap::failure(&error),
    };
    let id = question.message.id().clone();
    soap::answer_under_head(&app, &question.service, move |head, now| send::logout_response(head, &id, &status, now))
        .await
}

async fn status(app: &Arc<App>, question: &Question<receive::LogoutRequest>) -> Result<saml::Status, Error> {
    let run = obeyed(app, &question.message, saml::Binding::Soap).await?.run;
    let unknown = run.requester.as_ref().is_some_and(|requester| requester.unknown);
    Ok(if unknown { unknown_principal() } else { run.status() })
}
