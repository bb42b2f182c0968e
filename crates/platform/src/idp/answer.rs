//! The answer to a service: a login, or why there is none.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use jiff::{SignedDuration, Timestamp};
use saml::{
    Authn, AuthnClass, Binding, MessageId, NameFormat, Second, SignFailed, Status,
    metadata::Consumer,
    send::{self, Attribute, Head, Login, Name, Protection, Session},
    wire::{self, RelayState},
};
use web::{Error, Lang};
use xml::{EncryptionKey, Fragment};

use super::{
    artifact, begun, bootstrap, decide,
    delivery::{Notice, form_page, onward_page},
    hop::Form,
    name,
    policy::Encrypt,
    refused, seen, sender,
    services::Service,
    sso,
    times::Times,
    waiting::Waiting,
};
use crate::{
    app::App,
    idp::attributes::Value,
    session::Holder,
    store::{self, service_link::ServiceLink},
    wording,
};

/// A login that the person may have.
pub(super) struct Granted {
    /// What was asked.
    pub waiting: Waiting,
    /// By whom.
    pub service: Arc<Service>,
    /// The person's login here.
    pub holder: Holder,
    /// What the service is told about how they logged in.
    pub class: AuthnClass,
    /// What they agreed to.
    pub link: ServiceLink,
    /// What is released.
    pub attributes: Vec<Value>,
}

/// Tells the service, through the browser, that the person has logged in.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn grant(app: &Arc<App>, lang: Lang, granted: Granted) -> Result<Response, Error> {
    let service = Arc::clone(&granted.service);
    match told(app, granted).await? {
        Told::Login(waiting, message) => deliver(app, lang, &waiting, &service, (&message, None)).await,
        Told::Misconfigured(waiting, code) => fail(app, lang, &waiting, &service, Failing::Misconfigured(code)).await,
        Told::Gone(waiting, _) if waiting.passive => {
            fail(app, lang, &waiting, &service, Failing::Plain(Second::NoPassive)).await
        }
        Told::Gone(_, code) => sso::gone(app, lang, code),
    }
}

/// What came of telling a service that the person has logged in.
pub(super) enum Told {
    /// The answer, recorded: it may go out.
    Login(Waiting, Fragment),
    /// The service is set up wrongly, by a code.
    Misconfigured(Waiting, &'static str),
    /// The request was answered before, or what it rests on is over.
    Gone(Waiting, &'static str),
}

/// Makes the answer: signs first, then records session and request in one transaction, and only then lets it out. A request
/// is answered once.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn told(app: &Arc<App>, granted: Granted) -> Result<Told, Error> {
    let Granted { waiting, service, holder, class, link, attributes } = granted;
    let encrypt = match recipient(&service) {
        Ok(encrypt) => encrypt.is_some(),
        Err(Unencryptable) => return Ok(Told::Misconfigured(waiting, "SSO-01")),
    };
    let transient = waiting.transient.unwrap_or(service.policy.name_format == super::policy::Name::Transient);
    let entity = &service.provider.entity;
    let called = if transient {
        name::transient(app.random.bytes())
    } else {
        name::pairwise(&app.keys, entity, holder.resident(), link.generation).map_err(Error::ours)?
    };
    let now = app.clock.now();
    let index = MessageId::from_random(app.random.bytes());
    let begins = (index.as_str(), transient.then_some(called.as_str()));
    let session = begun::row(app, &link, &holder, begins, now).map_err(Error::ours)?;
    let Times { since, ends } = Times::of(app, &holder, entity, waiting.force, now).map_err(Error::ours)?;
    let authn = Authn { instant: since, class };
    let discovery = match service.policy.bootstrap {
        true => Some(bootstrap::release(app, holder.resident(), &link, &index).await?),
        false => None,
    };
    let making = Making { waiting, called, transient, authn, ends, index, attributes };
    let (waiting, message) = {
        let (ours, to_service) = (Arc::clone(app), Arc::clone(&service));
        sender::made(app, &service, move |signer, random, now| {
            let to = if encrypt { recipient(&to_service).unwrap_or_default() } else { None };
            let reference = |name| bootstrap::reference(&ours, name, making.authn, random, now);
            let reference = discovery.as_ref().map(reference).transpose().map_err(|_| SignFailed)?;
            let message = making.write(&to_service, (signer, to, reference.as_ref()), random, now)?;
            Ok::<_, send::Unsendable>((making.waiting, message))
        })
        .await?
    };
    let seen = seen::digest(app, entity, &waiting.request)?;
    let recorded = db::transaction!(app.db, |tx| {
        store::message_seen::insert(tx, entity.as_str(), seen, waiting.remember).await?;
        // A logout that came first has not told this service.
        let stands = store::service_session::insert(tx, &session).await?;
        if stands && now.duration_since(link.used_at) >= TOUCH_EVERY {
            store::service_link::touch(tx, holder.resident(), &link, now).await?;
        }
        stands
    });
    match recorded {
        Ok(true) => {}
        Ok(false) => return Ok(Told::Gone(waiting, "SSO-04")),
        Err(db::Error::Unique) => return Ok(Told::Gone(waiting, "SSO-03")),
        Err(error) => return Err(Error::ours(error)),
    }
    tracing::info!(code = "SSO-00", service = %entity, request.id = waiting.request, "a service was told of a login");
    Ok(Told::Login(waiting, message))
}

/// Why there is no login.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failing {
    /// The standard has a status for it, and the person need not be told.
    Plain(Second),
    /// The person learns that the service asks for what there is not.
    NoSuchLogin(Second, &'static str),
    /// The person learns that the service is set up wrongly.
    Misconfigured(&'static str),
}

/// Tells the service why there is no login, at the registered address alone, and the person where it helps and something may
/// be shown. A request that was bound to a browser has its answer with that, and gets no other; of one that any browser may
/// bring, nothing is remembered.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn fail(
    app: &Arc<App>,
    lang: Lang,
    waiting: &Waiting,
    service: &Arc<Service>,
    failing: Failing,
) -> Result<Response, Error> {
    let t = &wording::text(lang).services;
    let (second, code, text) = match failing {
        Failing::Plain(second) => (second, "SSO-05", None),
        Failing::NoSuchLogin(second, code) => (second, code, Some(t.no_such_login)),
        Failing::Misconfigured(code) => (Second::RequestUnsupported, code, Some(t.misconfigured)),
    };
    let (entity, request) = (&service.provider.entity, waiting.request.as_str());
    tracing::info!(code, service = %entity, request.id = request, status = ?second, "a service was told of no login");
    let named = |text: &str| text.replace("{}", service.name(lang));
    let notice = text.filter(|_| !waiting.passive).map(|text| Notice {
        title: t.failed,
        text: named(text),
        code,
        request: waiting.solicited.then(|| request.to_owned()),
        button: named(t.back),
    });
    let Some(waiting) = waiting.clone().of_failure(&service.provider) else { return sso::gone(app, lang, code) };
    let message = failure(app, service, &waiting, decide::status(second)).await?;
    if waiting.visitor.is_some() && waiting.solicited {
        let id = MessageId::parse(request).map_err(Error::ours)?;
        if !seen::once(app, entity, &id, waiting.remember).await? {
            return sso::gone(app, lang, "SSO-03");
        }
    }
    deliver(app, lang, &waiting, service, (&message, notice)).await
}

/// The answer that there is no login.
///
/// # Errors
/// When it cannot be signed.
pub(super) async fn failure(
    app: &Arc<App>,
    service: &Arc<Service>,
    waiting: &Waiting,
    status: Status,
) -> Result<Fragment, Error> {
    let (waiting, id) = (waiting.clone(), MessageId::from_random(app.random.bytes()));
    let stranger = waiting.visitor.is_none();
    let write = move |signer: &saml::Signer<'_>, _: &mut dyn FnMut(&mut [u8]), now: Timestamp| {
        let head = Head { signer: *signer, id: &id, destination: Some(&waiting.location), sign: true };
        let request = MessageId::parse(&waiting.request).ok().filter(|_| waiting.solicited);
        send::failure(&head, request.as_ref(), &status, now)
    };
    if stranger {
        return sender::made_for_stranger(app, service, write).await;
    }
    sender::made(app, service, write).await
}

/// The answer to a request that was not even taken, where the standard lets us give one: at `consumer`, one of the metadata's.
/// The person reads what was wrong first, unless the request asks to show nothing.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn reject(
    app: &Arc<App>,
    lang: Lang,
    service: &Arc<Service>,
    rejected: &saml::receive::Rejected,
    consumer: &Consumer,
) -> Result<Response, Error> {
    let now = app.clock.now();
    let own = MessageId::from_random(app.random.bytes());
    let mut waiting = Waiting::unsolicited(&service.provider.entity, consumer, &own, now);
    if let Some(id) = &rejected.id {
        (waiting.request, waiting.solicited) = (id.as_str().to_owned(), true);
    }
    waiting.relay_state = rejected.relay_state.as_ref().map(|state| state.as_str().to_owned());
    let Some(waiting) = waiting.of_failure(&service.provider) else { return Ok(refused::page(app, lang, rejected)) };
    let t = &wording::text(lang).services;
    let named = |text: &str| text.replace("{}", service.name(lang));
    let notice = (!rejected.passive).then(|| Notice {
        title: t.failed,
        text: named(t.misconfigured),
        code: rejected.reason.code(),
        request: rejected.id.as_ref().map(|id| id.as_str().to_owned()),
        button: named(t.back),
    });
    let message = failure(app, service, &waiting, rejected.reason.status()).await?;
    let mut response = deliver(app, lang, &waiting, service, (&message, notice)).await?;
    *response.status_mut() = StatusCode::BAD_REQUEST;
    Ok(response)
}

/// Hands an answer to the browser, or the artifact that stands for it.
async fn deliver(
    app: &Arc<App>,
    lang: Lang,
    waiting: &Waiting,
    service: &Service,
    (message, notice): (&Fragment, Option<Notice>),
) -> Result<Response, Error> {
    let relay_state = waiting.relay_state();
    if waiting.binding() == Binding::Artifact {
        let artifact = artifact::hold(app, &waiting.entity.parse().map_err(Error::ours)?, message.as_str()).await?;
        let address = artifact_address(&waiting.location, &artifact.encode(), relay_state.as_ref());
        return onward_page(app, lang, &address, notice);
    }
    let form = Form {
        action: waiting.location.clone(),
        field: "SAMLResponse",
        value: wire::post_value(message),
        relay_state: relay_state.map(|state| state.as_str().to_owned()),
        leads_to: reach(service),
    };
    form_page(app, lang, form, notice)
}

/// Where the service may lead the browser on to: a browser holds a form's policy against redirects too.
pub(super) fn reach(service: &Service) -> Vec<String> {
    let (provider, start) = (&service.provider, &service.policy.start);
    let consumers = provider.consumers.iter().map(|consumer| &consumer.location);
    let logout = provider.logout.iter().map(|endpoint| &endpoint.location);
    let answers = provider.logout.iter().filter_map(|endpoint| endpoint.response_location.as_ref());
    consumers.chain(logout).chain(answers).chain([start]).cloned().collect()
}

/// The address that an artifact goes to (SAML 2.0 Bindings §3.6.3): the consumer, which may have a query of its own.
fn artifact_address(location: &str, artifact: &str, relay_state: Option<&RelayState>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("SAMLart", artifact);
    if let Some(state) = relay_state {
        query.append_pair("RelayState", state.as_str());
    }
    let joint = if location.contains('?') { '&' } else { '?' };
    format!("{location}{joint}{}", query.finish())
}

/// Everything of an answer but the keys.
struct Making {
    waiting: Waiting,
    called: String,
    transient: bool,
    authn: Authn,
    ends: Timestamp,
    index: MessageId,
    attributes: Vec<Value>,
}

impl Making {
    fn write(
        &self,
        service: &Service,
        (signer, encrypt, discovery): (&saml::Signer<'_>, Option<&EncryptionKey>, Option<&Fragment>),
        random: &mut dyn FnMut(&mut [u8]),
        now: Timestamp,
    ) -> Result<Fragment, send::Unsendable> {
        let texts: Vec<[&str; 1]> = self.attributes.iter().map(|value| [value.text.as_str()]).collect();
        let attributes: Vec<Attribute<'_>> = self
            .attributes
            .iter()
            .zip(&texts)
            .map(|(value, text)| Attribute {
                name: value.attribute.uri(),
                friendly: value.attribute.short(),
                values: text,
                xml: None,
            })
            .chain(discovery.map(|reference| Attribute {
                name: bootstrap::ATTRIBUTE,
                friendly: "",
                values: &[],
                xml: Some(reference),
            }))
            .collect();
        let request = MessageId::parse(&self.waiting.request).ok().filter(|_| self.waiting.solicited);
        let format = if self.transient { NameFormat::Transient } else { NameFormat::Persistent };
        let (entity, policy) = (&service.provider.entity, &service.policy);
        let login = Login {
            signer: *signer,
            audience: entity,
            recipient: &self.waiting.location,
            in_response_to: request.as_ref(),
            name: Name { format, value: &self.called, sp_qualifier: entity.as_str() },
            authn: self.authn,
            session: Session { index: self.index.as_str(), ends: self.ends },
            attributes: &attributes,
            lifetime: LIFETIME,
            protection: Protection {
                // A policy that signs neither would protect nothing.
                sign_assertion: policy.sign_assertion
                    || service.provider.wants_signed_assertions
                    || !policy.sign_response,
                sign_response: policy.sign_response,
                encrypt,
            },
        };
        login.write(random, now)
    }
}

/// The last use is shown to the minute: another login in the same minute needs no write for it.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How long the browser may take to bring the answer.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// The service must be written to in cipher, and nothing there can be used for it.
#[derive(Debug)]
pub(super) struct Unencryptable;

/// The key to encrypt to, if any: one whose cipher notices a change on the way, or an older one where that was agreed.
pub(super) fn recipient(service: &Service) -> Result<Option<&EncryptionKey>, Unencryptable> {
    let (provider, policy) = (&service.provider, &service.policy);
    let older = provider.encryption_cbc.first().filter(|_| policy.allow_cbc);
    let key = provider.encryption.first().or(older).map(|published| &published.key);
    match policy.encrypt {
        Encrypt::Never => Ok(None),
        Encrypt::IfPossible => Ok(key),
        Encrypt::Always => key.map(Some).ok_or(Unencryptable),
    }
}
