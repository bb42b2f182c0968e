//! A request that waits for the person: sealed into the address of the pages that it leads to, and kept nowhere else.
//! Whoever knocks at the open door leaves nothing behind in our database, unless a service that takes artifacts alone has
//! signed the request: the answer that there is no login then waits for a minute.
//!
//! The first address is good for minutes and for any browser, as the service's own redirect was. As soon as the person is to
//! do something, another takes its place that belongs to this browser's visitor cookie and opens in no other.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use saml::{
    AuthnClass, Binding, EntityId, MessageId, NameFormat, RequestedContext,
    metadata::{Consumer, ServiceProvider},
    wire::RelayState,
};
use serde::{Deserialize, Serialize};

use super::unavailable::Unavailable;
use crate::app::{App, key};

/// What a service asked for, as far as it matters when the person has logged in.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Waiting {
    /// The service.
    pub entity: String,
    /// The request's ID; one of our own where the login begins with us.
    pub request: String,
    /// Whether a service asked at all.
    pub solicited: bool,
    /// Whether its request was signed.
    pub signed: bool,
    /// When it arrived.
    pub arrived: Timestamp,
    /// Until when its ID has to be remembered once it is answered.
    pub remember: Timestamp,
    /// Where to answer.
    pub location: String,
    /// By artifact, not by a form.
    pub artifact: bool,
    /// Log in anew.
    pub force: bool,
    /// Show nothing.
    pub passive: bool,
    /// The name is to be another one at every login; `None`: ours to choose.
    pub transient: Option<bool>,
    /// The affiliation that a name was asked for.
    pub affiliation: Option<String>,
    /// Whether each class answers what was asked: the card alone, and card and PIN.
    pub takes: [bool; 2],
    /// What the service wants back.
    pub relay_state: Option<String>,
    /// Digest of the cookie of the browser that it belongs to.
    pub visitor: Option<[u8; 32]>,
}

/// Why an address leads nowhere.
pub(super) enum Gone {
    /// It is not one of ours, or too old.
    Expired,
    /// It belongs to another browser.
    OtherBrowser,
    /// Nobody can be logged in to the service any more, for now.
    Unavailable(Box<Unavailable>),
}

impl Waiting {
    /// A request that has just arrived.
    pub(super) fn of(request: &saml::receive::Verified<saml::receive::AuthnRequest>, now: Timestamp) -> Self {
        let asked = request.message();
        let takes = |class| asked.context.as_ref().is_none_or(|context: &RequestedContext| context.satisfied_by(class));
        Self {
            entity: request.sender().as_str().to_owned(),
            request: request.id().as_str().to_owned(),
            solicited: true,
            signed: request.signed(),
            arrived: now,
            remember: request.forget_at().max(now.saturating_add(BOUND).unwrap_or(now)),
            location: asked.consumer.location.clone(),
            artifact: asked.consumer.binding == Binding::Artifact,
            force: asked.force,
            passive: asked.passive,
            transient: asked.name_format.map(|format| format == NameFormat::Transient),
            affiliation: asked.affiliation.clone(),
            takes: [takes(AuthnClass::Smartcard), takes(AuthnClass::SmartcardPki)],
            relay_state: request.relay_state().map(|state| state.as_str().to_owned()),
            visitor: None,
        }
    }

    /// A login that begins with us, `id` being new.
    pub(super) fn unsolicited(entity: &EntityId, consumer: &Consumer, id: &MessageId, now: Timestamp) -> Self {
        Self {
            entity: entity.as_str().to_owned(),
            request: id.as_str().to_owned(),
            solicited: false,
            signed: false,
            arrived: now,
            remember: now.saturating_add(BOUND).unwrap_or(now),
            location: consumer.location.clone(),
            artifact: consumer.binding == Binding::Artifact,
            force: false,
            passive: false,
            transient: None,
            affiliation: None,
            takes: [true, true],
            relay_state: None,
            visitor: None,
        }
    }

    /// How to answer.
    pub(super) fn binding(&self) -> Binding {
        if self.artifact { Binding::Artifact } else { Binding::Post }
    }

    /// What goes back with the answer.
    pub(super) fn relay_state(&self) -> Option<RelayState> {
        self.relay_state.as_deref().and_then(|state| RelayState::parse(state).ok())
    }

    /// The same for an answer that there is no login: by a form where the service takes one, because an artifact would have
    /// to be kept for whoever asks. `None` where it takes artifacts alone and nobody has proved anything.
    pub(super) fn of_failure(mut self, provider: &ServiceProvider) -> Option<Self> {
        if self.artifact
            && let Some(form) = provider.consumers.iter().find(|consumer| consumer.binding == Binding::Post)
        {
            (self.location, self.artifact) = (form.location.clone(), false);
        }
        (!self.artifact || self.signed || self.visitor.is_some()).then_some(self)
    }

    /// The same, in this browser and no other.
    pub(super) fn bound_to(mut self, visitor: [u8; 32]) -> Self {
        self.visitor = Some(visitor);
        self
    }

    /// The address part that stands for it.
    ///
    /// # Errors
    /// When the key store fails.
    pub(super) fn seal(&self, app: &App) -> Result<String, keys::Error> {
        let failed = |_| keys::Error::Failed { name: key::ROWS.to_owned() };
        let plain = serde_json::to_vec(self).map_err(failed)?;
        Ok(URL_SAFE_NO_PAD.encode(app.keys.seal(key::ROWS, AAD, &plain)?))
    }

    /// Opens an address part in the browser of this visitor.
    ///
    /// # Errors
    /// [`Gone`].
    pub(super) fn open(app: &App, handle: &str, visitor: [u8; 32], now: Timestamp) -> Result<Self, Gone> {
        if handle.len() > HANDLE_BYTES_MAX {
            return Err(Gone::Expired);
        }
        let sealed = URL_SAFE_NO_PAD.decode(handle).map_err(|_| Gone::Expired)?;
        let plain = app.keys.open_sealed(key::ROWS, AAD, &sealed).map_err(|_| Gone::Expired)?;
        let waiting: Self = serde_json::from_slice(&plain).map_err(|_| Gone::Expired)?;
        let lasts = if waiting.visitor.is_some() { BOUND } else { UNBOUND };
        if now.duration_since(waiting.arrived) >= lasts {
            return Err(Gone::Expired);
        }
        match waiting.visitor {
            Some(bound) if bound != visitor => Err(Gone::OtherBrowser),
            _ => Ok(waiting),
        }
    }
}

/// How long the browser may take for its first step.
const UNBOUND: SignedDuration = SignedDuration::from_mins(3);

/// How long the person may take, from the arrival on: to find the card, to read the release page.
const BOUND: SignedDuration = SignedDuration::from_mins(20);

/// Every part of a request is bounded, and this is more than all of them.
const HANDLE_BYTES_MAX: usize = 16 * 1024;

/// Binds what is sealed to its use.
const AAD: &[u8] = b"idp.waiting/1";
