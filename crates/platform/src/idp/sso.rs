//! Web single sign-on: a request arrives, the person does what it takes, the service is answered (SAML 2.0 Profiles §4.1).

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use saml::{
    AuthnClass, Binding, Refused, Second,
    metadata::Consumer,
    receive::{self, AuthnRequest, Received, Rejected, Verified},
};
use web::{Error, Lang};

use super::{
    answer::{self, Failing, Granted},
    attributes, bootstrap,
    decide::{Agreed, Asked, Next, Present},
    delivery::onward_page,
    receiver, records, refused, release, seen,
    services::Service,
    unavailable,
    waiting::{Gone, Waiting},
};
use crate::{
    app::App,
    attribute::Attributes,
    page::{Frame, render},
    session::{self, Holder, Visitor},
    store::{self, service_link::ServiceLink},
    wording::{self, Text},
};

/// `GET /saml/sso`: a request by HTTP-Redirect.
pub(super) async fn by_redirect(
    State(app): State<Arc<App>>,
    lang: Lang,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    arrive(&app, lang, move || receive::redirect(&query.unwrap_or_default())).await
}

/// `POST /saml/sso`: a request by HTTP-POST.
pub(super) async fn by_post(State(app): State<Arc<App>>, lang: Lang, form: Bytes) -> Result<Response, Error> {
    arrive(&app, lang, move || receive::post(&form)).await
}

/// The browser brings a request from another site and shows no cookie of ours: the request is checked, and the browser goes
/// on from a page of ours.
async fn arrive(
    app: &Arc<App>,
    lang: Lang,
    read: impl FnOnce() -> Result<Received, Refused> + Send + 'static,
) -> Result<Response, Error> {
    let opened = receiver::knocked(app, "/saml/sso", move |receiver, now| {
        let received = read().map_err(|reason| Box::new(Rejected::unread(reason)))?;
        receive::authn_request(&received, receiver, now)
    });
    let request: Verified<AuthnRequest> = match opened.await? {
        Ok(request) => request,
        Err(rejected) => return reject(app, lang, &rejected).await,
    };
    let (service, id) = (request.sender(), request.id());
    tracing::info!(code = "SSO-10", %service, request.id = %id, signed = request.signed(), "a service asks for a login");
    let mut waiting = Waiting::of(&request, app.clock.now());
    if let Some(consumer) = agreed(app, &request) {
        (waiting.location, waiting.artifact) = (consumer.location, true);
    }
    let handle = waiting.seal(app).map_err(Error::ours)?;
    onward_page(app, lang, &format!("/saml/continue/{handle}"), None)
}

/// The consumer for artifacts, where it was agreed that the service is answered so whenever it does not say how.
fn agreed(app: &App, request: &Verified<AuthnRequest>) -> Option<Consumer> {
    if request.message().names_consumer {
        return None;
    }
    let services = app.services.current();
    let service = services.get(request.sender()).filter(|service| service.policy.prefer_artifact)?;
    let fitting = || service.provider.consumers.iter().filter(|consumer| consumer.binding == Binding::Artifact);
    fitting().find(|consumer| consumer.is_default).or_else(|| fitting().next()).cloned()
}

async fn reject(app: &Arc<App>, lang: Lang, rejected: &Rejected) -> Result<Response, Error> {
    let services = app.services.current();
    let service = rejected.claimed.as_ref().and_then(|entity| services.get(entity));
    match (service, &rejected.answer_at) {
        (Some(service), Some(consumer)) => {
            let (code, id) = (rejected.reason.code(), rejected.id.as_ref().map(saml::MessageId::as_str));
            let entity = &service.provider.entity;
            tracing::warn!(code, service = %entity, request.id = id, "a service's request was refused");
            answer::reject(app, lang, service, rejected, consumer).await
        }
        _ => Ok(refused::page(app, lang, rejected)),
    }
}

/// `GET /saml/continue/…`: whatever comes next. From another site nobody gains by leading a browser here: the address holds a
/// request that this site could have brought as well, and only the service that sent it is answered.
pub(super) async fn proceed(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    headers: HeaderMap,
    Path(handle): Path<String>,
) -> Result<Response, Error> {
    // A browser that another site leads here shows no cookie of ours, and a new one would end what is under way in it: it
    // comes again from our own page.
    let sealed = handle.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if sealed && headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return onward_page(&app, lang, &format!("/saml/continue/{handle}"), None);
    }
    let case = match Case::open(&app, &handle, &visitor, Some(&headers)).await? {
        Ok(case) => case,
        Err(gone) => return case_gone(&app, lang, gone),
    };
    let next = case.next();
    // Where it is answered at once, the answer itself looks; nobody is asked anything for a request that has its answer, and
    // nothing is recorded of it.
    let nothing_else = case.offers.is_empty() && !case.service.policy.bootstrap;
    if !(matches!(next, Next::Answer(_)) && nothing_else) && case.is_answered(&app).await? {
        return match case.waiting.passive {
            true => fail(&app, lang, &case, Second::NoPassive).await,
            false => gone(&app, lang, "SSO-03"),
        };
    }
    if matches!(next, Next::LogIn { .. } | Next::Ask) && case.waiting.visitor.is_none() {
        let bound = case.waiting.bound_to(visitor.digest).seal(&app).map_err(Error::ours)?;
        let mut response = Redirect::to(&format!("/saml/continue/{bound}")).into_response();
        if let Some(cookie) = visitor.set_cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        return Ok(response);
    }
    match next {
        Next::Fail(second) => fail(&app, lang, &case, second).await,
        Next::LogIn { card_alone, again } => log_in(&app, lang, &case.service, (&handle, card_alone, again)),
        Next::Ask => release::show(&app, lang, &case, &handle).await,
        Next::Answer(class) => grant(&app, lang, case, class, Some(&handle)).await,
    }
}

async fn fail(app: &Arc<App>, lang: Lang, case: &Case, second: Second) -> Result<Response, Error> {
    let failing = match second {
        Second::NoAuthnContext => Failing::NoSuchLogin(second, "SSO-06"),
        Second::InvalidNameIdPolicy => Failing::NoSuchLogin(second, "SSO-07"),
        _ => Failing::Plain(second),
    };
    answer::fail(app, lang, &case.waiting, &case.service, failing).await
}

/// Gathers what the person has agreed to, and answers. Where `handle` is given, the person is asked before the service has to
/// do without what it says that it cannot do without.
async fn grant(
    app: &Arc<App>,
    lang: Lang,
    case: Case,
    class: AuthnClass,
    handle: Option<&str>,
) -> Result<Response, Error> {
    let (Some(holder), Some(link)) = (case.holder, case.link) else { return Err(Error::LogIn) };
    let (waiting, service) = (case.waiting, case.service);
    // Nobody is asked for what could not be handed over.
    if answer::recipient(&service).is_err() {
        return answer::fail(app, lang, &waiting, &service, Failing::Misconfigured("SSO-01")).await;
    }
    let found = attributes::ask(app, &holder, &link, case.offers).await?;
    let missing = release::missing(&service, found.attributes());
    if let Some(handle) = handle.filter(|_| !missing.is_empty()) {
        let kept = found.keep(app).await?;
        if waiting.passive {
            return answer::fail(app, lang, &waiting, &service, Failing::Plain(Second::NoPassive)).await;
        }
        return release::show_missing(app, lang, &service, (missing, kept.as_ref()), handle);
    }
    let attributes = found.hand_over(app).await?.values;
    answer::grant(app, lang, Granted { waiting, service, holder, class, link, attributes }).await
}

/// `POST /saml/without/…`: answers without what could not be had, as the person has chosen.
pub(super) async fn without(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    headers: HeaderMap,
    Path(handle): Path<String>,
) -> Result<Response, Error> {
    let case = match Case::open(&app, &handle, &visitor, Some(&headers)).await? {
        Ok(case) => case,
        Err(gone) => return case_gone(&app, lang, gone),
    };
    if case.is_answered(&app).await? {
        return gone(&app, lang, "SSO-03");
    }
    let Next::Answer(class) = case.next() else {
        return Ok(Redirect::to(&format!("/saml/continue/{handle}")).into_response());
    };
    grant(&app, lang, case, class, None).await
}

/// `POST /saml/cancel/…`: the person does not log in, and the service is told.
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    Path(handle): Path<String>,
) -> Result<Response, Error> {
    let case = match Case::open(&app, &handle, &visitor, None).await? {
        Ok(case) => case,
        Err(gone) => return case_gone(&app, lang, gone),
    };
    if !case.waiting.solicited {
        return Ok(Redirect::to("/services").into_response());
    }
    if case.is_answered(&app).await? {
        return gone(&app, lang, "SSO-03");
    }
    answer::fail(&app, lang, &case.waiting, &case.service, Failing::Plain(Second::AuthnFailed)).await
}

/// A request with everything that decides about it.
pub(super) struct Case {
    pub(super) waiting: Waiting,
    pub(super) service: Arc<Service>,
    pub(super) holder: Option<Holder>,
    pub(super) link: Option<ServiceLink>,
    pub(super) offers: Attributes,
}

impl Case {
    /// Opens the address for this browser, whose session is looked for where `headers` are given. The service must still be
    /// registered, and its consumer too.
    pub(super) async fn open(
        app: &Arc<App>,
        handle: &str,
        visitor: &Visitor,
        headers: Option<&HeaderMap>,
    ) -> Result<Result<Self, Gone>, Error> {
        let waiting = match Waiting::open(app, handle, visitor.digest, app.clock.now()) {
            Ok(waiting) => waiting,
            Err(gone) => return Ok(Err(gone)),
        };
        let entity = waiting.entity.parse().map_err(Error::ours)?;
        let service = match unavailable::look(app, &entity).await? {
            Ok(service) => service,
            Err(unavailable) => return Ok(Err(unavailable.gone())),
        };
        let here = |consumer: &Consumer| consumer.location == waiting.location && consumer.binding == waiting.binding();
        if !service.provider.consumers.iter().any(here) {
            return Ok(Err(Gone::Expired));
        }
        let found = match headers {
            Some(headers) => session::holder_and_link(app, headers, entity.as_str()).await?,
            None => None,
        };
        let (holder, link) = found.map_or((None, None), |(holder, link)| (Some(holder), link));
        let offers = Attributes::named(&service.policy.release);
        Ok(Ok(Self { waiting, service, holder, link, offers }))
    }

    /// Whether the request has its answer.
    pub(super) async fn is_answered(&self, app: &App) -> Result<bool, Error> {
        let entity = &self.service.provider.entity;
        let digest = seen::digest(app, entity, &self.waiting.request)?;
        store::message_seen::known(&app.db, entity.as_str(), digest).await.map_err(Error::ours)
    }

    /// What comes next.
    pub(super) fn next(&self) -> Next {
        let waiting = &self.waiting;
        let asked = Asked {
            arrived: waiting.arrived,
            force: waiting.force,
            passive: waiting.passive,
            takes: waiting.takes,
            at_least: self.service.policy.at_least.into(),
            offers: self.offers,
            required: release::required(&self.service),
            bootstrap: self.service.policy.bootstrap,
            records: !self.service.policy.finds().is_empty(),
            affiliation: waiting.affiliation.is_some(),
        };
        let present = self.holder.map(|holder| Present { class: holder.class(), since: holder.authn().instant });
        let agreed = self.link.as_ref().map(|link| Agreed {
            offered: Attributes::named(&link.offered),
            released: Attributes::named(&link.released),
            bootstrap: link.offered.iter().any(|name| name == bootstrap::OFFERED),
            records: link.offered.iter().any(|name| records::asks_for(name)),
            current_text: link.text_version == release::TEXT_VERSION,
        });
        asked.next(present, agreed)
    }
}

/// Whether the card alone will do for the request behind an address.
///
/// # Errors
/// When the database fails.
pub(crate) async fn takes_card_alone(app: &Arc<App>, handle: &str, visitor: &Visitor) -> Result<bool, Error> {
    let case = Case::open(app, handle, visitor, None).await?;
    Ok(case.is_ok_and(|case| matches!(case.next(), Next::LogIn { card_alone: true, .. })))
}

/// The login that a service asks for.
#[derive(Template)]
#[template(path = "idp/login.html")]
struct LogIn<'a> {
    frame: Frame,
    t: &'static Text,
    title: String,
    text: String,
    about: &'a str,
    again: bool,
    card_alone: bool,
    handle: &'a str,
}

fn log_in(
    app: &App,
    lang: Lang,
    service: &Service,
    (handle, card_alone, again): (&str, bool, bool),
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let named = |text: &str| text.replace("{}", service.name(lang));
    let frame = Frame::resident(app, lang, t.top.login);
    let (title, text) = (named(t.services.log_in), named(t.services.log_in_text));
    render(&LogIn { frame, t, title, text, about: service.about(lang), again, card_alone, handle })
}

/// The page where an address leads nowhere.
///
/// # Errors
/// When the template fails.
pub(super) fn gone(app: &App, lang: Lang, code: &'static str) -> Result<Response, Error> {
    let t = wording::text(lang);
    let text = if code == "SSO-03" { t.services.answered } else { t.services.gone };
    tracing::info!(code, "a login was not gone on with");
    let page = render(&GonePage { frame: Frame::resident(app, lang, t.services.failed), t, text, code })?;
    Ok((StatusCode::BAD_REQUEST, page).into_response())
}

pub(super) fn case_gone(app: &App, lang: Lang, gone: Gone) -> Result<Response, Error> {
    match gone {
        Gone::Expired => self::gone(app, lang, "SSO-04"),
        Gone::OtherBrowser => self::gone(app, lang, "SSO-08"),
        Gone::Unavailable(unavailable) => unavailable.page(app, lang),
    }
}

#[derive(Template)]
#[template(path = "idp/gone.html")]
struct GonePage {
    frame: Frame,
    t: &'static Text,
    text: &'static str,
    code: &'static str,
}
