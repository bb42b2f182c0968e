//! A service asks for a logout behind the browser's back.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use saml::{receive, send};
use web::Error;

use super::{back, ended::obeyed, pages::unknown_principal};
use crate::{
    app::App,
    idp::soap::{self, Question, said},
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
    let (service, id) = said(question);
    let Some(mut run) = obeyed(app, &question.message).await? else {
        tracing::info!(code = "IDP-24", %service, request.id = %id, "a logout request names nobody that is known there");
        return Ok(unknown_principal());
    };
    tracing::info!(code = "IDP-23", %service, request.id = %id, "a service asked for a logout, and has it");
    back::ask_all(app, &mut run).await;
    Ok(run.status())
}
