//! Our own keys: what happens when.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use web::{Error, Lang, clock::Shown};

use super::{
    ends,
    services::{Found, grave},
};
use crate::{
    app::App,
    idp::{
        expiry::{self, Own, Urgency},
        schedule,
    },
    page::{Frame, render},
    resident::StateWord,
    session::Operator,
    store::{
        self,
        service_key::{Purpose, ServiceKey},
    },
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "office/keys.html")]
struct Keys {
    frame: Frame,
    t: &'static Text,
    rows: Vec<Row>,
    certificates: Vec<Certificate>,
    remarks: Vec<Found>,
    change: String,
    changed: bool,
    metadata: String,
}

struct Row {
    name: String,
    kind: &'static str,
    state: StateWord,
    published: Shown,
    used_from: Shown,
    used_until: Shown,
    retired: Shown,
}

/// A certificate of ours.
struct Certificate {
    kind: &'static str,
    name: String,
    ends: Option<Shown>,
    state: StateWord,
}

/// What was just done.
#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<String>,
}

/// Every key with its times.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    operator: Operator,
    Query(done): Query<Done>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let now = app.clock.now();
    let keys = store::service_key::all(&app.db).await.map_err(Error::ours)?;
    let rows = Purpose::ALL.into_iter().zip(t.office.own.kinds).flat_map(|(purpose, kind)| {
        let of = keys.iter().filter(move |key| key.purpose == purpose);
        let used = schedule::used(&keys, purpose, now).map(|key| key.name.clone());
        of.map(move |key| Row {
            name: key.name.clone(),
            kind,
            state: state(key, used.as_deref(), t, now),
            published: Shown::minute(key.published_at, lang),
            used_from: Shown::minute(key.used_from, lang),
            used_until: Shown::minute(key.used_until, lang),
            retired: Shown::minute(key.retired_at, lang),
        })
    });
    let rows = rows.collect();
    let ours = expiry::ours(&app).await;
    let endings = expiry::of_ours(&ours, &app.idp_entity, now);
    let mut remarks = late(&keys, t, now);
    remarks.extend(endings.iter().filter_map(|ending| ends::notice(ending, t, lang, now)));
    let certificates = ours.into_iter().map(|own| certificate(own, t, lang, now)).collect();
    let days = app.config.idp.publish_ahead_days.to_string();
    let frame = Frame::office(&app, lang, t.office.own.title.0).of_user(&operator.staff.display_name);
    let change = t.office.own.change.1.replace("{}", &days);
    render(&Keys {
        frame,
        t,
        rows,
        certificates,
        remarks,
        change,
        changed: done.done.is_some(),
        metadata: app.idp_entity.to_string(),
    })
}

/// Begins an early change of keys, at the usual pace.
pub(super) async fn change(State(app): State<Arc<App>>, operator: Operator) -> Result<Response, Error> {
    let changed = app.signing.change(app.signing.rules.publish_ahead, &operator.staff.login_name, app.clock.now());
    changed.await.map_err(Error::ours)?;
    Ok(Redirect::to("/keys?done=1").into_response())
}

/// A change of keys that should have been.
fn late(keys: &[ServiceKey], t: &'static Text, now: Timestamp) -> Vec<Found> {
    let used = Purpose::ALL.into_iter().filter_map(|purpose| schedule::used(keys, purpose, now));
    let late = used.filter(|key| key.used_until <= now).map(|key| Found {
        look: grave(true, t),
        code: "SVC-05".to_owned(),
        place: key.name.clone(),
        text: t.office.own.late.to_owned(),
    });
    late.collect()
}

fn certificate(own: Own, t: &'static Text, lang: Lang, now: Timestamp) -> Certificate {
    let state = match own.ends {
        Some(at) => ends::state(Urgency::of(at, now), t),
        None => StateWord { class: "bad", icon: "cross", word: t.office.ending.unread },
    };
    let ends = own.ends.map(|at| Shown::minute(at, lang));
    Certificate { kind: ends::whose(own.what, t), name: own.name, ends, state }
}

fn state(key: &ServiceKey, used: Option<&str>, t: &'static Text, now: Timestamp) -> StateWord {
    let word = |class, icon, word| StateWord { class, icon, word };
    let own = &t.office.own;
    if !schedule::is_made(key) {
        word("soon", "clock", own.made)
    } else if used == Some(key.name.as_str()) {
        word("ok", "check", own.used)
    } else if key.used_from > now {
        word("new", "clock", own.waits)
    } else {
        word("soon", "clock", own.kept)
    }
}
