//! What can be done to a registered service: another policy, suspended, resumed, removed. The last three ask first.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use web::{Error, Lang};

use super::{
    policy,
    registry::{self, Refused},
    services::{self, Occasion, found, query, refused},
};
use crate::{
    app::App,
    page::{Frame, render},
    session::Operator,
    store::service::State as Standing,
    wording::{self, Text},
};

/// What to do to which service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    entity: String,
    act: Act,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Act {
    Suspend,
    Resume,
    Remove,
}

impl Act {
    fn code(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Remove => "remove",
        }
    }
}

#[derive(Template)]
#[template(path = "office/sure.html")]
struct Sure {
    frame: Frame,
    t: &'static Text,
    name: String,
    entity: String,
    query: String,
    act: &'static str,
    button: &'static str,
    text: &'static str,
}

/// The question.
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    lang: Lang,
    operator: Operator,
    Query(Wish { entity, act }): Query<Wish>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let (kept, service) = registry::find(&app, &entity).await.map_err(refused)?;
    let acts = &t.office.acts;
    let (button, title, text) = match act {
        Act::Suspend => acts.suspend,
        Act::Resume => acts.resume,
        Act::Remove => acts.remove,
    };
    let frame = Frame::office(&app, lang, title).of_user(&operator.staff.display_name);
    render(&Sure {
        frame,
        t,
        name: service.as_ref().map_or(kept.entity.as_str(), |service| service.name(lang)).to_owned(),
        query: query(&kept.entity),
        entity: kept.entity,
        act: act.code(),
        button,
        text,
    })
}

/// Does it.
pub(super) async fn act(
    State(app): State<Arc<App>>,
    operator: Operator,
    Form(Wish { entity, act }): Form<Wish>,
) -> Result<Response, Error> {
    let by = &operator.staff.login_name;
    let done = match act {
        Act::Suspend => registry::set_state(&app, &entity, Standing::Suspended, by).await,
        Act::Resume => registry::set_state(&app, &entity, Standing::Active, by).await,
        Act::Remove => registry::remove(&app, &entity, by).await,
    };
    done.map_err(refused)?;
    let next = match act {
        Act::Remove => "/services".to_owned(),
        Act::Suspend | Act::Resume => format!("/services/one?{}&done=1", query(&entity)),
    };
    Ok(Redirect::to(&next).into_response())
}

/// Gives a service another policy, unless somebody else has changed the service since the form was opened. What is not saved
/// stays in the form.
pub(super) async fn save(
    State(app): State<Arc<App>>,
    lang: Lang,
    operator: Operator,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let entity = field("entity").ok_or(Error::Refused { code: "WEB-03" })?;
    // No revision is as old as one can be.
    let seen = field("revision").and_then(|revision| revision.parse().ok()).unwrap_or(0);
    let sent = policy::sent(&fields);
    let saved = registry::set_policy(&app, entity, sent.clone(), Some(seen), &operator.staff.login_name).await;
    let (status, occasion) = match saved {
        Ok(_) => return Ok(Redirect::to(&format!("/services/one?{}&done=1", query(entity))).into_response()),
        Err(Refused::Unfit(remarks)) => {
            (StatusCode::BAD_REQUEST, Occasion { against: found(&remarks, lang), ..Occasion::default() })
        }
        Err(Refused::Changed) => (StatusCode::CONFLICT, Occasion { meanwhile: true, ..Occasion::default() }),
        Err(other) => return Err(refused(other)),
    };
    let page = services::page(&app, lang, &operator, entity, Occasion { sent: Some(sent), ..occasion }).await?;
    Ok((status, page).into_response())
}
