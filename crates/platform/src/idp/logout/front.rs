//! Logout through the browser: what services send here, and the pages between one service and the next.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{Form, Path, RawQuery, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use saml::{
    Binding, Refused,
    receive::{self, Kind, LogoutRequest, LogoutResponse, Received, Rejected, Verified},
};
use serde::Deserialize;
use web::{Error, Lang};

use super::{
    ended::obeyed,
    kept::{By, Handle, go_on},
    pages,
    run::{Run, Turn, confirms},
};
use crate::{
    app::App,
    idp::{receiver, refused, seen},
    session::Visitor,
};

/// A message in a URL.
pub(super) async fn redirected(
    State(app): State<Arc<App>>,
    lang: Lang,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    arrived(&app, lang, move || receive::redirect(&query.unwrap_or_default())).await
}

/// A message in a form.
pub(super) async fn posted(State(app): State<Arc<App>>, lang: Lang, body: Bytes) -> Result<Response, Error> {
    arrived(&app, lang, move || receive::post(&body)).await
}

/// What came, opened.
enum Came {
    /// A service asks, by this binding.
    Request(Opened<LogoutRequest>, Binding),
    /// A service answers.
    Response(Opened<LogoutResponse>),
    /// No message at all.
    Nothing(Refused),
}

type Opened<M> = Result<Verified<M>, Box<Rejected>>;

async fn arrived(
    app: &Arc<App>,
    lang: Lang,
    read: impl FnOnce() -> Result<Received, Refused> + Send + 'static,
) -> Result<Response, Error> {
    let came = receiver::knocked(app, PATH, move |receiver, now| match read() {
        Err(reason) => Came::Nothing(reason),
        Ok(received) if received.kind() == Kind::LogoutResponse => {
            Came::Response(receive::logout_response(&received, receiver, now))
        }
        Ok(received) => Came::Request(receive::logout_request(&received, receiver, now), received.binding()),
    });
    match came.await? {
        Came::Request(request, by) => asked(app, lang, request, by).await,
        Came::Response(answer) => answered(app, lang, answer).await,
        Came::Nothing(reason) => Ok(refused::unreadable(app, lang, reason)),
    }
}

/// A service answers: on to the page that knows what is next. No cookie has come along from another site, so that the
/// answer is told apart by what it says, and the next page by its cookie.
async fn answered(app: &Arc<App>, lang: Lang, opened: Opened<LogoutResponse>) -> Result<Response, Error> {
    let answer = match opened {
        Ok(answer) => answer,
        Err(rejected) => {
            // The service has no say any more, but the person can go on with the others.
            let next =
                rejected.relay_state.as_ref().and_then(|state| Handle::carried(app, state)).map(|handle| handle.url());
            return Ok(refused::page_before(app, lang, &rejected, next));
        }
    };
    let (service, response) = (answer.sender().as_str(), answer.message());
    let handle = answer.relay_state().and_then(|state| Handle::carried(app, state));
    let confirmed = confirms(&response.status);
    let step = |run: &mut Run| run.answered(service, &response.in_response_to, confirmed);
    let expected = match &handle {
        Some(handle) => go_on(app, handle, By::Service, step).await?,
        None => None,
    };
    let request = response.in_response_to.as_str();
    match (handle, expected) {
        (Some(handle), Some(true)) => {
            let code = if confirmed { "IDP-21" } else { "IDP-22" };
            tracing::info!(code, service, request.id = request, confirmed, "a service answered a logout");
            pages::onward(app, lang, &handle)
        }
        // A page that was opened twice answers twice: it goes on where the logout stands.
        (Some(handle), Some(false)) => pages::onward(app, lang, &handle),
        _ => {
            tracing::info!(
                code = "IDP-31",
                service,
                request.id = request,
                "an answer to a logout that nobody waits for"
            );
            pages::gone(app, lang)
        }
    }
}

/// A service asks.
async fn asked(app: &Arc<App>, lang: Lang, opened: Opened<LogoutRequest>, by: Binding) -> Result<Response, Error> {
    let request = match opened {
        Ok(request) => request,
        Err(rejected) => return Ok(refused::page(app, lang, &rejected)),
    };
    if !seen::once(app, request.sender(), request.id(), request.forget_at()).await? {
        return Ok(refused::twice(app, lang, request.sender(), request.id()));
    }
    let ended = obeyed(app, &request, by).await?;
    match ended.handle {
        // What there is to read or to do has a page of its own, which can be read in either language.
        Some(handle) if !ended.run.complete() => pages::onward(app, lang, &handle),
        _ => pages::finished(app, lang, &ended.run).await,
    }
}

/// How far a logout is: on to the next service, or who has confirmed.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    Path(handle): Path<String>,
) -> Result<Response, Error> {
    let handle = Handle::of(&handle);
    let request = saml::MessageId::from_random(app.random.bytes());
    let step = |run: &mut Run| {
        let turn = run.turn(&request);
        (turn, run.clone())
    };
    let mut found = go_on(&app, &handle, By::Browser(visitor.digest), step).await?;
    for _ in 0..LOOKS {
        if !matches!(found, Some((Turn::Behind, _))) {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        found = go_on(&app, &handle, By::Browser(visitor.digest), step).await?;
    }
    let mut response = match found {
        None => pages::gone(&app, lang)?,
        Some((Turn::Behind, run)) => pages::behind(&app, lang, &handle, &run)?,
        Some((Turn::Over, run)) => pages::finished(&app, lang, &run).await?,
        Some((Turn::Ask(place), run)) => pages::asking(&app, lang, &handle, &run, (place, request)).await?,
        Some((Turn::Unanswered(place), run)) => pages::unanswered(&app, lang, &handle, &run, place)?,
    };
    if let Some(cookie) = visitor.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What to do about a service that has not answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    what: What,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Again,
    Skip,
}

/// Asks a service once more, or passes it over.
pub(super) async fn choose(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    Path(handle): Path<String>,
    Form(choice): Form<Choice>,
) -> Result<Response, Error> {
    let handle = Handle::of(&handle);
    let step = |run: &mut Run| match choice.what {
        // Nobody is passed over who is being asked at this moment.
        _ if run.asking => {}
        What::Again => run.again(),
        What::Skip => run.pass_over(),
    };
    match go_on(&app, &handle, By::Browser(visitor.digest), step).await? {
        Some(()) => Ok(Redirect::to(&handle.url()).into_response()),
        None => pages::gone(&app, lang),
    }
}

/// How often a page looks whether the services that are asked behind the browser's back have answered, before it is shown.
const LOOKS: usize = 6;
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Our endpoint for logout messages that a browser brings.
const PATH: &str = "/saml/logout";
