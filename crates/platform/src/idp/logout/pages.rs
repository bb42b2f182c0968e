//! The pages of a logout.

use std::sync::Arc;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use saml::{
    Binding, EntityId, MessageId, Second, Status, Top,
    metadata::Endpoint,
    send,
    wire::{Direction, RelayState},
};
use web::{Error, Lang};

use super::{
    back::leaving,
    kept::Handle,
    run::{Participant, Progress, Requester, Run},
};
use crate::{
    app::App,
    idp::{
        answer::reach,
        delivery,
        hop::{Hop, To},
        sender,
        services::Service,
    },
    page::{Frame, render},
    wording::{self, Text},
};

/// A page of ours that goes on by itself to the next: only navigation from our own page brings the cookies along.
pub(super) fn onward(app: &App, lang: Lang, handle: &Handle) -> Result<Response, Error> {
    delivery::onward_page(app, lang, &handle.url(), None)
}

/// The logout is over, or another browser's.
pub(super) fn gone(app: &App, lang: Lang) -> Result<Response, Error> {
    let t = wording::text(lang);
    render(&Gone { frame: Frame::resident(app, lang, t.logout.title), t })
}

/// Asks the service at `place`, through the browser.
pub(super) async fn asking(
    app: &Arc<App>,
    lang: Lang,
    handle: &Handle,
    run: &Run,
    (place, request): (usize, MessageId),
) -> Result<Response, Error> {
    let Some((participant, service, (binding, endpoint))) = reachable(app, run, place) else {
        return unanswered(app, lang, handle, run, place);
    };
    let relay_state = handle.relayed(app)?;
    let t = wording::text(lang);
    let text = t.logout.asking.replacen("{}", service.name(lang), 1);
    let to_service = Arc::clone(&service);
    let hop = sender::made(app, &service, move |signer, random, now| {
        let location = &endpoint.location;
        let to = To { binding, location, direction: Direction::Request, relay_state: Some(&relay_state) };
        let Ok(leaving) = leaving(&participant, &to_service) else { return Ok(None) };
        Hop::of(&to, &request, signer, |head| send::logout_request(head, &leaving, random, now)).map(Some)
    });
    let Some(hop) = hop.await? else { return unanswered(app, lang, handle, run, place) };
    let hop = hop.leading_to(reach(&service));
    let step = (place.saturating_add(1).to_string(), run.participants.len().to_string());
    let step = t.logout.step.replacen("{}", &step.0, 1).replacen("{}", &step.1, 1);
    let (frame, rows) = (Frame::resident(app, lang, t.logout.title), rows(app, lang, run));
    let button = t.logout.go_on.to_owned();
    carried(&Going { frame, t, text, step, by_itself: true, rows, button, hop: &hop })
}

/// The service at `place` was asked, and the person is here again.
pub(super) fn unanswered(app: &App, lang: Lang, handle: &Handle, run: &Run, place: usize) -> Result<Response, Error> {
    let t = wording::text(lang);
    let entity = run.participants.get(place).map(|one| one.entity.clone()).unwrap_or_default();
    let name = service(app, run, place).map_or(entity, |service| service.name(lang).to_owned());
    let text = t.logout.no_answer.replacen("{}", &name, 1);
    let (frame, rows) = (Frame::resident(app, lang, t.logout.title), rows(app, lang, run));
    render(&Unanswered { frame, t, text, rows, url: handle.url() })
}

/// Services are being asked behind the browser's back, or somebody was interrupted in it a moment ago. The page looks again at
/// once: the next one comes when there is news, or after a few seconds, and this one stands until then.
pub(super) fn behind(app: &App, lang: Lang, handle: &Handle, run: &Run) -> Result<Response, Error> {
    let t = wording::text(lang);
    let (frame, rows) = (Frame::resident(app, lang, t.logout.title), rows(app, lang, run));
    render(&Behind { frame, t, rows, url: handle.url() })
}

/// Every service was asked: says who has confirmed, and answers the service that wanted it.
pub(super) async fn finished(app: &Arc<App>, lang: Lang, run: &Run) -> Result<Response, Error> {
    let t = &wording::text(lang).logout;
    let nobody = run.requester.as_ref().is_some_and(|requester| requester.unknown);
    let (title, text) = match (nobody, run.complete()) {
        (true, _) => (t.title, t.gone),
        (_, true) => (t.done, t.own),
        (_, false) => (t.partial, t.partial_text),
    };
    let (frame, rows) = (Frame::resident(app, lang, title), rows(app, lang, run));
    let Some((service, hop)) = answer(app, run).await? else {
        return if nobody { gone(app, lang) } else { done(frame, lang, rows) };
    };
    if let (Hop::Link(url), true) = (&hop, run.complete()) {
        return Ok(Redirect::to(url).into_response());
    }
    let (text, button) = (text.to_owned(), t.back.replacen("{}", service.name(lang), 1));
    let (t, step, by_itself) = (wording::text(lang), String::new(), run.complete());
    carried(&Going { frame, t, text, step, by_itself, rows, button, hop: &hop })
}

fn done(frame: Frame, lang: Lang, rows: Vec<Row>) -> Result<Response, Error> {
    let complete = rows.iter().all(|row| row.state == State::Confirmed);
    render(&Done { frame, t: wording::text(lang), rows, complete })
}

/// The answer to the service that wanted the logout, if it can be answered through the browser.
async fn answer(app: &Arc<App>, run: &Run) -> Result<Option<(Arc<Service>, Hop)>, Error> {
    let Some(requester) = &run.requester else { return Ok(None) };
    let Some(service) = known(app, &requester.entity) else { return Ok(None) };
    let Some((binding, endpoint)) = endpoint(app, &service, requester.by_post) else { return Ok(None) };
    let location = endpoint.response_location.unwrap_or(endpoint.location);
    let relay_state = requester.relay_state.as_deref().and_then(|state| RelayState::parse(state).ok());
    let request = MessageId::parse(&requester.request).map_err(Error::ours)?;
    let (status, id) = (status(run, requester), MessageId::from_random(app.random.bytes()));
    let hop = sender::made(app, &service, move |signer, _, now| {
        let to = To { binding, location: &location, direction: Direction::Response, relay_state: relay_state.as_ref() };
        Hop::of(&to, &id, signer, |head| send::logout_response(head, &request, &status, now))
    });
    let hop = hop.await?.leading_to(reach(&service));
    Ok(Some((service, hop)))
}

/// What the service that wanted the logout is told.
fn status(run: &Run, requester: &Requester) -> Status {
    if requester.unknown { unknown_principal() } else { run.status() }
}

/// The status for a name that we know nobody by.
pub(crate) fn unknown_principal() -> Status {
    Status::failed(Top::Requester, Second::UnknownPrincipal, "the name is not one that we gave this service")
}

/// Who is to leave at `place`, and where the service is asked.
fn reachable(app: &App, run: &Run, place: usize) -> Option<(Participant, Arc<Service>, (Binding, Endpoint))> {
    let service = service(app, run, place)?;
    let endpoint = endpoint(app, &service, false)?;
    Some((run.participants.get(place)?.clone(), service, endpoint))
}

/// Where a service takes logout messages through the browser: nowhere, once its metadata has ended. A link needs no script; a
/// form is for whoever wants one.
fn endpoint(app: &App, service: &Service, prefer_form: bool) -> Option<(Binding, Endpoint)> {
    if service.has_ended(app.clock.now()) {
        return None;
    }
    let mut ways = [Binding::Redirect, Binding::Post];
    if prefer_form {
        ways.reverse();
    }
    ways.into_iter().find_map(|way| Some((way, service.provider.logout_by(way)?.clone())))
}

fn known(app: &App, entity: &str) -> Option<Arc<Service>> {
    app.services.current().get(&EntityId::parse(entity).ok()?).cloned()
}

fn service(app: &App, run: &Run, place: usize) -> Option<Arc<Service>> {
    known(app, &run.participants.get(place)?.entity)
}

/// One line for each service; one that had several names has confirmed if it has for all of them.
fn rows(app: &App, lang: Lang, run: &Run) -> Vec<Row> {
    let mut rows: Vec<(&str, State)> = Vec::new();
    for one in &run.participants {
        let state = match one.progress {
            Progress::Confirmed => State::Confirmed,
            Progress::Waiting | Progress::Asked(_) => State::Waiting,
            Progress::Unconfirmed => State::Unconfirmed,
        };
        match rows.iter_mut().find(|(entity, _)| *entity == one.entity) {
            Some((_, worst)) => *worst = state.max(*worst),
            None => rows.push((&one.entity, state)),
        }
    }
    let name = |entity: &str| known(app, entity).map_or(entity.to_owned(), |service| service.name(lang).to_owned());
    rows.into_iter().map(|(entity, state)| Row { name: name(entity), state }).collect()
}

fn carried(page: &Going<'_>) -> Result<Response, Error> {
    let mut response = render(page)?;
    page.hop.allow(&mut response);
    Ok(response)
}

/// A service, and how far it is.
struct Row {
    name: String,
    state: State,
}

/// How far a service is, as the person reads it. The worse comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Confirmed,
    Waiting,
    Unconfirmed,
}

#[derive(Template)]
#[template(path = "idp/logout/gone.html")]
struct Gone {
    frame: Frame,
    t: &'static Text,
}

#[derive(Template)]
#[template(path = "idp/logout/going.html")]
struct Going<'a> {
    frame: Frame,
    t: &'static Text,
    text: String,
    step: String,
    by_itself: bool,
    rows: Vec<Row>,
    button: String,
    hop: &'a Hop,
}

#[derive(Template)]
#[template(path = "idp/logout/unanswered.html")]
struct Unanswered {
    frame: Frame,
    t: &'static Text,
    text: String,
    rows: Vec<Row>,
    url: String,
}

#[derive(Template)]
#[template(path = "idp/logout/behind.html")]
struct Behind {
    frame: Frame,
    t: &'static Text,
    rows: Vec<Row>,
    url: String,
}

#[derive(Template)]
#[template(path = "idp/logout/done.html")]
struct Done {
    frame: Frame,
    t: &'static Text,
    rows: Vec<Row>,
    complete: bool,
}
