//! The login by the card alone, without a PIN: for a service that is content with it, and for nothing of the portal.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use card::protocol::{Proof, Sid};
use serde::Deserialize;
use serde_json::json;
use web::{Error, Lang};

use super::login::{Then, begin, refused};
use crate::{
    app::App,
    card::attempt::{self, Kind},
    idp,
    session::{self, Level, Visitor},
};

/// Message 0.
pub(super) async fn start(State(app): State<Arc<App>>, lang: Lang, visitor: Visitor) -> Result<Response, Error> {
    begin(&app, lang, Kind::Possession, visitor).await
}

/// Message 2.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProveForm {
    sid: Sid,
    proof: Proof,
}

/// Message 2, the last one: begins the session, if the request of a service that the person comes from takes a login like
/// that.
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub(super) async fn prove(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    headers: HeaderMap,
    Query(then): Query<Then>,
    Json(form): Json<ProveForm>,
) -> Result<Response, Error> {
    let handle = then.then.as_deref().unwrap_or_default();
    if !idp::takes_card_alone(&app, handle, &visitor).await? {
        return Err(Error::Refused { code: "SSO-09" });
    }
    let resident = match attempt::prove(&app, Kind::Possession, &form.sid, visitor.digest, &form.proof).await {
        Ok(proved) => proved.resident,
        Err(failure) => return refused(lang, failure),
    };
    let kind = session::Kind::Resident(Level::Card);
    let cookie = session::begin(&app, kind, resident.bytes(), &headers).await.map_err(Error::ours)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "location": then.location() }))).into_response())
}
