//! Asking a resident while a service asks for their records (Liberty SOAP Binding 2.0, user interaction): the service sends the
//! browser to a page of ours, the resident logs in, is told what is asked, and answers; then the service asks again. What it
//! finds then is decided by what is recorded, and not by where it comes from.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State as Of},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use idwsf::{
    EntityId, Fault, MessageId, Pseudonym,
    epr::Transport,
    interaction::{self, Need, Pending, RedirectUrl, ReturnList, ReturnUrl, Scope, State, UserInteraction, Way},
};
use serde::{Deserialize, Serialize};
use web::{Error, Lang};

use crate::{
    app::{App, key},
    consent::records,
    exchange::grant,
    idp::{Offer, Rows, Service, chosen, onward_page, rows},
    ids::ResidentId,
    page::{Frame, render},
    purpose::{Category, Purpose},
    session::CardHolder,
    store::{self, discovery_ask::DiscoveryAsk, service_link::ServiceLink},
    wording::{self, Text},
};

/// Where services send residents to.
pub(super) const PATH: &str = "/wsf/ask";

/// How long asking takes at least: to find the card, to read, and to answer.
const SECONDS: u32 = 60;

/// Where a service is to send the resident, and the message that tells it so.
pub(super) struct Sent {
    pub page: RedirectUrl,
    pub fault: MessageId,
}

/// Has the resident asked about these records, if the service can send them here. Whether there are any plays no part in it.
///
/// # Errors
/// The fault to answer with, where the service cannot.
pub(super) async fn begin(
    app: &App,
    (resident, link): (ResidentId, &ServiceLink),
    records: &[Category],
    offer: &UserInteraction,
) -> Result<Sent, Fault> {
    // We ask on a page of our own and nowhere else.
    let Way::Redirect = interaction::ask(Some(offer), Need::Consent, SECONDS)? else {
        return Err(Fault::InteractionRequired);
    };
    let state = State::from_random(app.random.bytes());
    let page = format!("{}{PATH}", app.config.portal_origin);
    let page = RedirectUrl::issue(&page, &state).map_err(|error| super::message::own(&error))?;
    let (row, fault) = (digest(app, &state), named_fault(app, &state));
    let (row, fault) = row.and_then(|row| Ok((row, fault?))).map_err(|error| super::message::own(&error))?;
    let now = app.clock.now();
    let ask = DiscoveryAsk {
        entity: link.entity.clone(),
        resident,
        generation: link.generation,
        records: records.iter().map(|category| category.code().into_owned()).collect(),
        until: now.saturating_add(Pending::LIFETIME).unwrap_or(now),
    };
    let put = db::transaction!(app.db, |tx| { store::discovery_ask::put(tx, row, &ask).await? });
    put.map_err(|error| super::message::own(&error))?;
    tracing::info!(code = "WSF-51", service = %link.entity, "a service is to send a resident here to be asked");
    Ok(Sent { page, fault })
}

/// `GET /wsf/ask`: another site brings the browser, without a cookie of ours. It goes on from a page of ours, under an address that
/// holds what it brought.
pub(super) async fn arrive(Of(app): Of<Arc<App>>, lang: Lang, RawQuery(query): RawQuery) -> Result<Response, Error> {
    let query = query.unwrap_or_default();
    let one = |name: &str| {
        let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.into_owned()).filter(|_| values.next().is_none())
    };
    let Some((state, back)) = one("t").zip(one("ReturnToURL")) else { return gone(&app, lang, GONE) };
    let brought = Brought { state, back };
    match brought.look(&app).await? {
        Ok(_) => onward_page(&app, lang, &format!("{PATH}/{}", brought.seal(&app)?), None),
        Err(code) => gone(&app, lang, code),
    }
}

/// `GET /wsf/ask/…`: asks the resident, or has them log in first.
pub(super) async fn show(
    Of(app): Of<Arc<App>>,
    lang: Lang,
    holder: Result<CardHolder, Error>,
    Path(handle): Path<String>,
) -> Result<Response, Error> {
    let found = match Brought::open(&app, &handle) {
        Some(brought) => brought.look(&app).await?,
        None => Err(GONE),
    };
    let found = match found {
        Ok(found) => found,
        Err(code) => return gone(&app, lang, code),
    };
    let t = wording::text(lang);
    let named = |text: &str| text.replace("{}", found.service.name(lang));
    let holder = match holder {
        Ok(holder) => holder,
        Err(Error::LogIn) => {
            let frame = Frame::resident(&app, lang, t.top.login);
            return render(&LogIn { frame, t, title: named(t.ask.title), text: named(t.ask.log_in), handle });
        }
        Err(error) => return Err(error),
    };
    if holder.resident() != found.ask.resident {
        return gone(&app, lang, OTHER);
    }
    let Some(link) = found.link(&app).await? else { return gone(&app, lang, GONE) };
    let offer =
        Offer { resident: holder.resident(), authn: holder.authn(), service: &found.service, link: Some(&link) };
    render(&Page {
        frame: Frame::resident(&app, lang, t.services.purpose).of_resident(),
        t,
        title: named(t.ask.title),
        text: named(t.ask.text),
        about: found.service.about(lang),
        records: rows(&app, &offer, lang).await?,
        handle: &handle,
    })
}

/// `POST /wsf/ask/…`: the resident has answered. The answer is recorded and the browser goes back, to the service that asked and
/// nowhere else.
pub(super) async fn answer(
    Of(app): Of<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Path(handle): Path<String>,
    form: Bytes,
) -> Result<Response, Error> {
    let Some(brought) = Brought::open(&app, &handle) else { return gone(&app, lang, GONE) };
    let found = match brought.look(&app).await? {
        Ok(found) => found,
        Err(code) => return gone(&app, lang, code),
    };
    let fields: Vec<_> = url::form_urlencoded::parse(&form).collect();
    let agrees = fields.iter().any(|(name, value)| name == "answer" && value == "yes");
    let (now, mut chosen) = (app.clock.now(), chosen(&found.service, &fields));
    // A page of another day names another last day, and one that offers something else is looked at anew.
    if agrees && (chosen.until != records::last_day(now).to_string() || !found.is_current()) {
        return Ok(Redirect::to(&format!("{PATH}/{handle}")).into_response());
    }
    if !agrees {
        chosen.given.clear();
    }
    let (resident, back) = (holder.resident(), &found.back);
    let outcome = db::transaction!(app.db, |tx| {
        let taken = store::discovery_ask::take(tx, found.state).await?;
        let taken = taken.and_then(|ask| pending(ask, found.fault.clone()));
        let claimed = Pending::claim(taken, now).ok();
        match claimed.zip(subject(resident)).map(|(claimed, subject)| claimed.by(&subject, back.clone())) {
            None => Err(GONE),
            Some(Err(_)) => Err(OTHER),
            Some(Ok(asking)) => match store::service_link::get(tx, resident, asking.client().as_str()).await? {
                Some(link) if link.generation == found.ask.generation => {
                    // To let it see nothing takes back what was given before, too.
                    let recorded = chosen.record(tx, resident, &link, now).await?;
                    let agreed = recorded && !chosen.given.is_empty();
                    Ok((agreed, if agreed { asking.agreed() } else { asking.refused() }))
                }
                _ => Err(GONE),
            },
        }
    });
    match outcome.map_err(Error::ours)? {
        Ok((agreed, address)) => {
            // What was given before and is not any more.
            grant::tell(&app, resident, &found.ask.entity).await;
            tracing::info!(code = "WSF-52", service = %found.ask.entity, agreed, "a resident was asked by a service");
            onward_page(&app, lang, &address, None)
        }
        Err(code) => gone(&app, lang, code),
    }
}

/// What a browser brought along, sealed into the address of the pages that it leads to.
#[derive(Deserialize, Serialize)]
struct Brought {
    state: String,
    back: String,
}

/// What waits, and the way back, both looked at now.
struct Found {
    ask: DiscoveryAsk,
    state: [u8; 32],
    fault: MessageId,
    service: Arc<Service>,
    back: ReturnUrl,
}

impl Brought {
    fn seal(&self, app: &App) -> Result<String, Error> {
        let plain = serde_json::to_vec(self).map_err(Error::ours)?;
        Ok(URL_SAFE_NO_PAD.encode(app.keys.seal(key::ROWS, AAD, &plain).map_err(Error::ours)?))
    }

    fn open(app: &App, handle: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(handle).ok().filter(|sealed| sealed.len() <= HANDLE_BYTES_MAX)?;
        serde_json::from_slice(&app.keys.open_sealed(key::ROWS, AAD, &sealed).ok()?).ok()
    }

    /// What it leads to; or the code of why it leads nowhere.
    async fn look(&self, app: &App) -> Result<Result<Found, &'static str>, Error> {
        let Some(state) = State::parse(&self.state) else { return Ok(Err(GONE)) };
        let fault = named_fault(app, &state).map_err(Error::ours)?;
        let state = digest(app, &state).map_err(Error::ours)?;
        let ask = store::discovery_ask::find(&app.db, state).await.map_err(Error::ours)?;
        let Some(ask) = ask.filter(|ask| app.clock.now() < ask.until) else { return Ok(Err(GONE)) };
        let service = ask.entity.parse().ok().and_then(|entity| app.services.current().get(&entity).cloned());
        let Some(service) = service else { return Ok(Err(GONE)) };
        match ways_back(app, &service).check(&service.provider.entity, &self.back) {
            Ok(back) => Ok(Ok(Found { ask, state, fault, service, back })),
            Err(error) => {
                tracing::warn!(code = BACK, service = %ask.entity, "the way back is not taken: {error}");
                Ok(Err(BACK))
            }
        }
    }
}

impl Found {
    /// The link that it was asked over, if that stands.
    async fn link(&self, app: &App) -> Result<Option<ServiceLink>, Error> {
        let found =
            store::service_link::find(&app.db, self.ask.resident, &self.ask.entity).await.map_err(Error::ours)?;
        Ok(found.filter(|link| link.generation == self.ask.generation))
    }

    /// Whether the office still lets the service ask for the same.
    fn is_current(&self) -> bool {
        let offered = self.service.policy.finds();
        offered.iter().map(|category| category.code()).eq(self.ask.records.iter().map(String::as_str))
    }
}

/// The origins of what the service has registered: no page of anybody else's.
fn ways_back(app: &App, service: &Service) -> ReturnList {
    let entity = &service.provider.entity;
    let over = if app.config.secure() { Transport::Tls } else { Transport::Loopback };
    let mut list = ReturnList::over(over);
    let consumers = service.provider.consumers.iter().map(|consumer| consumer.location.as_str());
    for address in consumers.chain([service.policy.start.as_str()]) {
        // An address that cannot be one of theirs leads nowhere.
        let _ = list.add_origin(entity, address);
    }
    list
}

fn pending(ask: DiscoveryAsk, fault: MessageId) -> Option<Pending> {
    Some(Pending {
        client: ask.entity.parse::<EntityId>().ok()?,
        subject: subject(ask.resident)?,
        scope: Scope { purpose: Purpose::Treatment.stated(), selects: ask.records },
        fault,
        until: ask.until,
    })
}

/// What a resident is called between asking and answering, within this process.
fn subject(resident: ResidentId) -> Option<Pseudonym> {
    Pseudonym::parse(&hex::encode(resident.bytes())).ok()
}

/// What is kept of a state: whoever reads the table cannot open the page.
fn digest(app: &App, state: &State) -> Result<[u8; 32], keys::Error> {
    app.keys.hmac256(key::ROWS, "SSC discovery ask/1", &[state.as_str().as_bytes()])
}

/// The name of the message that sends the resident to the page of this state. It is made of the state anew when it is needed and kept
/// nowhere: the service has it in its log, beside what it knows of the resident.
fn named_fault(app: &App, state: &State) -> Result<MessageId, keys::Error> {
    let made = app.keys.hmac256(key::ROWS, "SSC discovery fault/1", &[state.as_str().as_bytes()])?;
    Ok(MessageId::from_random(made.first_chunk().copied().unwrap_or_default()))
}

fn gone(app: &App, lang: Lang, code: &'static str) -> Result<Response, Error> {
    let t = wording::text(lang);
    let text = match code {
        OTHER => t.ask.other,
        BACK => t.ask.back,
        _ => t.ask.gone,
    };
    tracing::info!(code, "a resident was not asked");
    let page = render(&Gone { frame: Frame::resident(app, lang, t.ask.failed), t, text, code })?;
    Ok((StatusCode::BAD_REQUEST, page).into_response())
}

#[derive(Template)]
#[template(path = "wsf/ask.html")]
struct Page<'a> {
    frame: Frame,
    t: &'static Text,
    title: String,
    text: String,
    about: &'a str,
    records: Rows,
    handle: &'a str,
}

#[derive(Template)]
#[template(path = "wsf/log_in.html")]
struct LogIn {
    frame: Frame,
    t: &'static Text,
    title: String,
    text: String,
    handle: String,
}

#[derive(Template)]
#[template(path = "idp/gone.html")]
struct Gone {
    frame: Frame,
    t: &'static Text,
    text: &'static str,
    code: &'static str,
}

/// Nothing waits there, or it waited too long.
const GONE: &str = "WSF-53";
/// Another resident is logged in than the one who is asked.
const OTHER: &str = "WSF-54";
/// The browser is to be sent back to a page that is not the service's.
const BACK: &str = "WSF-55";
/// Binds what is sealed to its use.
const AAD: &[u8] = b"wsf.ask/1";
/// More than what a browser can bring.
const HANDLE_BYTES_MAX: usize = 8 * 1024;
