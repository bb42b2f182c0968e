//! The institutions, and the keys of their own software.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use web::{Error, Lang, clock::Shown};

use super::staff::OFFICE;
use crate::{
    app::App,
    page::{Frame, render},
    resident::StateWord,
    session::{Operator, sha256},
    store::{self, institution::Institution, institution_key::InstitutionKey},
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "office/institutions.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    institutions: Vec<Row>,
    /// None of them has a key.
    no_keys: bool,
    withdrawn: bool,
    /// The key that was issued a moment ago.
    issued: Option<String>,
    form: Issue,
    /// Of the form's two fields, what is wrong.
    wrong: [Option<&'static str>; 2],
}

struct Row {
    code: String,
    name: String,
    keys: Vec<KeyRow>,
}

struct KeyRow {
    id: String,
    label: String,
    state: StateWord,
    issued: Shown,
    issued_by: String,
    in_force: bool,
}

/// What was just done.
#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<String>,
}

/// `GET /institutions`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    operator: Operator,
    Query(done): Query<Done>,
) -> Result<Response, Error> {
    let mut page = page(&app, lang, &operator).await?;
    page.withdrawn = done.done.is_some();
    render(&page)
}

/// For whom a key is, and what it is called.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Issue {
    institution: String,
    label: String,
}

/// `POST /institutions/issue`: a new key, shown on the page that answers and never again.
pub(super) async fn issue(
    State(app): State<Arc<App>>,
    lang: Lang,
    operator: Operator,
    Form(form): Form<Issue>,
) -> Result<Response, Error> {
    let t = &wording::text(lang).on_date.claims.keys;
    let mut page = page(&app, lang, &operator).await?;
    let label = form.label.trim().to_owned();
    let [no_institution, no_label] = t.missing;
    let known = page.institutions.iter().any(|one| one.code == form.institution);
    let named = !label.is_empty() && label.chars().count() <= LABEL_CHARS_MAX && !label.chars().any(char::is_control);
    if !known || !named {
        page.wrong = [(!known).then_some(no_institution), (!named).then_some(no_label)];
        page.form = form;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)?).into_response());
    }
    let text = format!("ssc_{}", hex::encode(app.random.bytes::<32>()));
    let key = InstitutionKey {
        id: app.random.bytes(),
        institution: form.institution,
        label,
        issued_by: operator.staff.login_name.clone(),
        issued_at: app.clock.now(),
        withdrawn_at: None,
    };
    let digest = sha256(text.as_bytes());
    db::transaction!(app.db, |tx| { store::institution_key::insert(tx, digest, &key).await? }).map_err(Error::ours)?;
    tracing::info!(code = "CLN-07", institution = key.institution, "an institution's software was issued a key");
    let mut page = self::page(&app, lang, &operator).await?;
    page.issued = Some(text);
    render(&page)
}

/// Which key.
#[derive(Deserialize)]
pub(super) struct Which {
    key: String,
}

/// `POST /institutions/withdraw`.
pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    operator: Operator,
    Form(which): Form<Which>,
) -> Result<Response, Error> {
    let mut id = [0; 16];
    hex::decode_to_slice(&which.key, &mut id).map_err(|_| Error::NotYours)?;
    let (by, now) = (operator.staff.login_name.as_str(), app.clock.now());
    let withdrawn = db::transaction!(app.db, |tx| { store::institution_key::withdraw(tx, id, by, now).await? });
    if !withdrawn.map_err(Error::ours)? {
        return Err(Error::NotYours);
    }
    tracing::info!(code = "CLN-08", "a key of an institution's software was withdrawn");
    Ok(Redirect::to("/institutions?done=1").into_response())
}

async fn page(app: &App, lang: Lang, operator: &Operator) -> Result<Page, Error> {
    let t = wording::text(lang);
    let keys = store::institution_key::all(&app.db).await.map_err(Error::ours)?;
    let all = store::institution::all(&app.db).await.map_err(Error::ours)?;
    let row = |Institution { code, name }: Institution| Row {
        keys: keys.iter().filter(|key| key.institution == code).map(|key| key_row(key, t, lang)).collect(),
        code,
        name,
    };
    Ok(Page {
        frame: Frame::office(app, lang, t.on_date.claims.keys.title.0).of_user(&operator.staff.display_name),
        t,
        institutions: all.into_iter().filter(|one| one.code != OFFICE).map(row).collect(),
        no_keys: keys.is_empty(),
        withdrawn: false,
        issued: None,
        form: Issue::default(),
        wrong: [None, None],
    })
}

fn key_row(key: &InstitutionKey, t: &'static Text, lang: Lang) -> KeyRow {
    let [valid, withdrawn] = t.on_date.claims.keys.states;
    KeyRow {
        id: hex::encode(key.id),
        label: key.label.clone(),
        state: match key.withdrawn_at {
            None => StateWord { class: "ok", icon: "check", word: valid },
            Some(_) => StateWord { class: "down", icon: "cross", word: withdrawn },
        },
        issued: Shown::minute(key.issued_at, lang),
        issued_by: key.issued_by.clone(),
        in_force: key.withdrawn_at.is_none(),
    }
}

/// Longest name of a key.
const LABEL_CHARS_MAX: usize = 100;
