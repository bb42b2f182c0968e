//! The services that residents log in to: all of them, and one.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::Timestamp;
use saml::{EntityId, metadata::ServiceProvider};
use serde::Deserialize;
use web::{Error, Lang, clock::Shown};

use super::{
    difference::binding,
    ends,
    policy::{Choices, Setting, choices, differences},
    registry::{self, Refused, Remark},
};
use crate::{
    app::App,
    idp::{expiry, policy::Policy, services::Service, signing::BY_ITSELF},
    page::{Frame, render},
    resident::StateWord,
    session::Operator,
    store::{
        self,
        service::{Kept, State as Standing},
        service_change::Change,
    },
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "office/services.html")]
struct List {
    frame: Frame,
    t: &'static Text,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    entity: String,
    query: String,
    state: StateWord,
    refreshed: Shown,
    ends: Option<Shown>,
}

/// All services.
pub(super) async fn list(State(app): State<Arc<App>>, lang: Lang, operator: Operator) -> Result<Response, Error> {
    let t = wording::text(lang);
    let now = app.clock.now();
    let listed = store::service::list(&app.db).await.map_err(Error::ours)?;
    // Read once and kept, apart from those that are suspended: those are few.
    let known = app.services.current();
    let mut rows = Vec::new();
    for one in listed {
        let entity = EntityId::parse(&one.entity).ok();
        let service = match one.state {
            Standing::Active => entity.and_then(|entity| known.get(&entity).cloned()),
            Standing::Suspended => registry::find(&app, &one.entity).await.map_err(refused)?.1.map(Arc::new),
        };
        let until = service.as_ref().and_then(|service| service.provider.valid_until);
        rows.push(Row {
            name: service.as_ref().map_or(one.entity.as_str(), |service| service.name(lang)).to_owned(),
            query: query(&one.entity),
            state: state((one.state, &one.problem), service.as_deref(), t, now),
            refreshed: Shown::minute(one.refreshed_at, lang),
            ends: until.map(|until| Shown::minute(until, lang)),
            entity: one.entity,
        });
    }
    let frame = Frame::office(&app, lang, t.office.services.0).of_user(&operator.staff.display_name);
    render(&List { frame, t, rows })
}

/// What a service is at a glance.
fn state(
    (standing, problem): (Standing, &str),
    service: Option<&Service>,
    t: &'static Text,
    now: Timestamp,
) -> StateWord {
    let word = |class, icon, word| StateWord { class, icon, word };
    let soonest = service.and_then(|service| expiry::of_service(service, now).first().and_then(|end| end.urgency(now)));
    match service {
        _ if standing == Standing::Suspended => word("soon", "lock", t.office.suspended),
        None => word("bad", "cross", t.office.error),
        Some(service) if service.has_ended(now) => word("bad", "cross", t.office.ended),
        Some(_) if !problem.is_empty() => word("warn", "alert", t.office.look),
        Some(_) if soonest.is_some() => ends::state(soonest, t),
        Some(_) => word("ok", "check", t.office.active),
    }
}

/// Which service, and what was just done.
#[derive(Deserialize)]
pub(super) struct Which {
    entity: String,
    done: Option<String>,
}

/// What a service's page is shown for.
#[derive(Default)]
pub(super) struct Occasion {
    /// Something was just done.
    pub(super) done: bool,
    /// The policy in the form that was sent and not saved; the form keeps it.
    pub(super) sent: Option<Policy>,
    /// What stands against it.
    pub(super) against: Vec<Found>,
    /// Somebody has changed the service since the form was opened.
    pub(super) meanwhile: bool,
}

/// What somebody has changed while a form was open.
struct Meanwhile {
    what: Past,
    settings: Vec<Setting>,
}

#[derive(Template)]
#[template(path = "office/service.html")]
struct One {
    frame: Frame,
    t: &'static Text,
    name: String,
    entity: String,
    query: String,
    revision: i64,
    state: StateWord,
    suspended: bool,
    done: bool,
    unsaved: bool,
    meanwhile: Option<Meanwhile>,
    remarks: Vec<Found>,
    source: Option<String>,
    endpoints: Vec<(&'static str, String)>,
    keys: Vec<KeyRow>,
    policy: Choices,
    history: Vec<Past>,
}

/// Something that was found, as it is shown.
pub(super) struct Found {
    /// How bad it is, in a word beside an icon.
    pub(super) look: StateWord,
    pub(super) code: String,
    pub(super) place: String,
    pub(super) text: String,
}

struct KeyRow {
    kind: &'static str,
    until: Option<Shown>,
}

#[derive(Clone)]
struct Past {
    at: Shown,
    what: String,
    who: String,
}

/// One service: what it is, what stands against it, what was agreed.
pub(super) async fn one(
    State(app): State<Arc<App>>,
    lang: Lang,
    operator: Operator,
    Query(which): Query<Which>,
) -> Result<Response, Error> {
    let occasion = Occasion { done: which.done.is_some(), ..Occasion::default() };
    page(&app, lang, &operator, &which.entity, occasion).await
}

/// The page of a service.
pub(super) async fn page(
    app: &App,
    lang: Lang,
    operator: &Operator,
    entity: &str,
    occasion: Occasion,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let now = app.clock.now();
    let (kept, service) = registry::find(app, entity).await.map_err(refused)?;
    let mut remarks = occasion.against;
    remarks.extend(problem(&kept, service.as_ref(), lang));
    if let Some(service) = &service {
        remarks.extend(found(registry::of_institution(app, &service.provider.entity).as_slice(), lang));
        remarks.extend(endings(service, t, lang, now));
        if occasion.sent.is_none() {
            remarks.extend(found(&registry::remarks_on(service), lang));
        }
    }
    let provider = service.as_ref().map(|service| &service.provider);
    let changes = store::service_change::of(&app.db, &kept.entity).await.map_err(Error::ours)?;
    let history: Vec<Past> = changes.into_iter().map(|change| past(change, t, lang)).collect();
    let registered: Policy = serde_json::from_str(&kept.policy).unwrap_or_default();
    let policy = occasion.sent.as_ref().unwrap_or(&registered);
    let what = history.first().filter(|_| occasion.meanwhile).cloned();
    let frame = Frame::office(app, lang, t.office.services.0).of_user(&operator.staff.display_name);
    render(&One {
        frame,
        t,
        name: service.as_ref().map_or(kept.entity.as_str(), |service| service.name(lang)).to_owned(),
        entity: kept.entity.clone(),
        query: query(&kept.entity),
        revision: kept.revision,
        state: state((kept.state, &kept.problem), service.as_ref(), t, now),
        suspended: kept.state == Standing::Suspended,
        done: occasion.done,
        unsaved: occasion.sent.is_some(),
        meanwhile: what.map(|what| Meanwhile { what, settings: differences(&registered, policy, t) }),
        remarks,
        source: (!kept.source.is_empty()).then(|| kept.source.clone()),
        endpoints: provider.map(|provider| endpoints(provider, t)).unwrap_or_default(),
        keys: provider.map(|provider| keys(provider, t, lang)).unwrap_or_default(),
        policy: choices(policy, t),
        history,
    })
}

fn past(change: Change, t: &'static Text, lang: Lang) -> Past {
    Past {
        at: Shown::minute(change.at, lang),
        what: t.office.past(&change.what).to_owned(),
        who: if change.staff == BY_ITSELF { t.office.by_itself.to_owned() } else { change.staff },
    }
}

/// What the last refresh failed by.
fn problem(kept: &Kept, service: Option<&Service>, lang: Lang) -> Option<Found> {
    let code = if service.is_none() { "SVC-01" } else { kept.problem.as_str() };
    let text = match (code, lang) {
        ("", _) => return None,
        ("SVC-01", Lang::Ja) => "メタデータまたはポリシーを読めないため、使われていません",
        ("SVC-01", Lang::En) => "metadata or policy cannot be read, so that the service is not used",
        ("SVC-02", Lang::Ja) => "メタデータを取得できません。いまのものを有効期限まで使います",
        ("SVC-02", Lang::En) => "the metadata cannot be fetched; what is here is used until it ends",
        (_, Lang::Ja) => "取得したメタデータは受け入れられません。いまのものを有効期限まで使います",
        (_, Lang::En) => "the fetched metadata is refused; what is here is used until it ends",
    };
    let look = grave(true, wording::text(lang));
    Some(Found { look, code: code.to_owned(), place: kept.source.clone(), text: text.to_owned() })
}

fn endings(service: &Service, t: &'static Text, lang: Lang, now: Timestamp) -> Vec<Found> {
    let shown = |ending: &expiry::Ending| ends::notice(ending, t, lang, now);
    expiry::of_service(service, now).iter().filter_map(shown).collect()
}

/// An error, or a warning.
pub(super) fn grave(fatal: bool, t: &'static Text) -> StateWord {
    if fatal {
        StateWord { class: "bad", icon: "cross", word: t.office.error }
    } else {
        StateWord { class: "warn", icon: "alert", word: t.office.warning }
    }
}

/// What was found, in the reader's language.
pub(super) fn found(remarks: &[Remark], lang: Lang) -> Vec<Found> {
    let one = |remark: &Remark| Found {
        look: grave(remark.fatal, wording::text(lang)),
        code: remark.code.to_owned(),
        place: remark.place.clone(),
        text: remark.text(lang).to_owned(),
    };
    remarks.iter().map(one).collect()
}

/// Where messages go, as a page shows it.
pub(super) fn endpoints(provider: &ServiceProvider, t: &'static Text) -> Vec<(&'static str, String)> {
    let answers = provider
        .consumers
        .iter()
        .map(|one| (t.office.answers_to, format!("{} {}", binding(one.binding), one.location)));
    let logout =
        provider.logout.iter().map(|one| (t.office.logout_to, format!("{} {}", binding(one.binding), one.location)));
    let artifacts = provider.artifact_resolution.iter();
    let artifacts = artifacts.map(|one| (t.office.artifacts_to, format!("{} {}", binding(one.binding), one.location)));
    answers.chain(logout).chain(artifacts).collect()
}

fn keys(provider: &ServiceProvider, t: &'static Text, lang: Lang) -> Vec<KeyRow> {
    let shown = |at: Option<Timestamp>| at.map(|at| Shown::minute(at, lang));
    let signs = provider.signing.iter().map(|key| KeyRow { kind: t.office.signs, until: shown(key.expires) });
    let encrypts = provider.encryption.iter().map(|key| KeyRow { kind: t.office.encrypts, until: shown(key.expires) });
    let weak = provider.encryption_cbc.iter();
    let weak = weak.map(|key| KeyRow { kind: t.office.encrypts_cbc, until: shown(key.expires) });
    signs.chain(encrypts).chain(weak).collect()
}

/// An entity ID as the query of a page's address.
pub(super) fn query(entity: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("entity", entity).finish()
}

/// What a refusal is for the operator at the page.
pub(super) fn refused(refused: Refused) -> Error {
    match refused {
        Refused::Unknown => Error::NotYours,
        Refused::Unfit(_) | Refused::Changed => Error::Refused { code: "WEB-03" },
        Refused::Unfinished => Error::ours(refused),
        Refused::Database(error) => Error::ours(error),
    }
}
