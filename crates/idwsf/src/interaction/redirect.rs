use url::Url;

use crate::epr::{Transport, Uri};
use crate::{EntityId, MessageId};

/// `sb:RedirectRequest/@redirectURL`: a page of the service's where the person is asked. It is `https` (but within one machine),
/// at the service's own host, and leaves `ReturnToURL` and `IDP` for the client to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUrl(Url);

/// Why a URL is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// No absolute `https` URL (within one machine, `http`) of at most 2048 bytes, or with a user, a password or a fragment.
    #[error("the URL is no plain https address")]
    Form,
    /// At another host than the one that may be named.
    #[error("the URL is at another host")]
    Host,
    /// It has parameters that only the other side adds.
    #[error("the URL has parameters that are not its own")]
    Parameter,
    /// It is not on the list of the pages of that client.
    #[error("the URL is not one that the client has registered")]
    Unlisted,
}

impl RedirectUrl {
    /// The page where `state` is asked about, by the service itself.
    ///
    /// # Errors
    /// [`BadUrl`] if `page` is none that a client would take.
    pub fn issue(page: &str, state: &super::State) -> Result<Self, BadUrl> {
        let mut url = parse(page, Transport::Loopback)?;
        url.query_pairs_mut().append_pair(STATE, state.as_str());
        Self::checked(url)
    }

    /// What a service at `address` names, as its client takes it: a page at the same host, or the fault is not followed.
    ///
    /// # Errors
    /// [`BadUrl`].
    pub fn accept(text: &str, address: &str) -> Result<Self, BadUrl> {
        let service = parse(address, Transport::Loopback)?;
        let over = if service.scheme() == "https" { Transport::Tls } else { Transport::Loopback };
        let url = parse(text, over)?;
        if url.host() != service.host() {
            return Err(BadUrl::Host);
        }
        Self::checked(url)
    }

    /// Where the client sends the browser: with the way back, and the identity provider that the person is known to.
    #[must_use]
    pub fn with_return(&self, back: &ReturnUrl, idp: Option<&EntityId>) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair(RETURN_TO, back.as_str());
        if let Some(idp) = idp {
            url.query_pairs_mut().append_pair(IDP, idp.as_str());
        }
        url.into()
    }

    /// The URL as the fault states it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn checked(url: Url) -> Result<Self, BadUrl> {
        if has(&url, RETURN_TO) || has(&url, IDP) { Err(BadUrl::Parameter) } else { Ok(Self(url)) }
    }
}

/// `ReturnToURL`: where the browser goes afterwards, a page of the client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnUrl(Url);

impl ReturnUrl {
    /// The client's page, with the ID of the question that waits there.
    ///
    /// # Errors
    /// [`BadUrl`] if `page` is none that a service would take.
    pub fn of(page: &str, waiting: &MessageId) -> Result<Self, BadUrl> {
        let mut url = parse(page, Transport::Loopback)?;
        url.query_pairs_mut().append_pair(REQUEST, waiting.as_str());
        Self::checked(url)
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Back to the client; `fault` is the message after which it is to ask again, and none that it is not to.
    pub(super) fn resend(&self, fault: Option<&MessageId>) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair(RESEND, fault.map_or("0", MessageId::as_str));
        url.into()
    }

    fn checked(url: Url) -> Result<Self, BadUrl> {
        if has(&url, RESEND) { Err(BadUrl::Parameter) } else { Ok(Self(url)) }
    }
}

/// Where each client's browsers may be sent back to. Nobody else is sent anywhere.
#[derive(Debug, Clone)]
pub struct ReturnList {
    over: Transport,
    allowed: Vec<(EntityId, Allowed)>,
}

#[derive(Debug, Clone)]
enum Allowed {
    /// This page: origin and path, exactly.
    Page(Url),
    /// Every page of this origin.
    Origin(url::Origin),
}

impl Default for ReturnList {
    fn default() -> Self {
        Self::over(Transport::Tls)
    }
}

impl ReturnList {
    /// No page at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No page at all, of a service that is reached over this.
    #[must_use]
    pub fn over(over: Transport) -> Self {
        Self { over, allowed: Vec::new() }
    }

    /// Adds a page of a client's, without parameters.
    ///
    /// # Errors
    /// [`BadUrl`] if it is no `https` page, or has parameters.
    pub fn add(&mut self, client: &EntityId, page: &str) -> Result<(), BadUrl> {
        let url = parse(page, self.over)?;
        if url.query().is_some() {
            return Err(BadUrl::Parameter);
        }
        self.allowed.push((client.clone(), Allowed::Page(url)));
        Ok(())
    }

    /// Adds every page at the origin of an address that the client has registered.
    ///
    /// # Errors
    /// [`BadUrl`] if it is no `https` address.
    pub fn add_origin(&mut self, client: &EntityId, address: &str) -> Result<(), BadUrl> {
        let url = parse(address, self.over)?;
        self.allowed.push((client.clone(), Allowed::Origin(url.origin())));
        Ok(())
    }

    /// The way back that a browser brought along, for the client whose question waits.
    ///
    /// # Errors
    /// [`BadUrl`]: show the person an error, and send the browser nowhere.
    pub fn check(&self, client: &EntityId, text: &str) -> Result<ReturnUrl, BadUrl> {
        let url = parse(text, self.over)?;
        let within = |allowed: &Allowed| match allowed {
            Allowed::Page(page) => page.origin() == url.origin() && page.path() == url.path(),
            Allowed::Origin(origin) => *origin == url.origin(),
        };
        if !self.allowed.iter().any(|(owner, allowed)| owner == client && within(allowed)) {
            return Err(BadUrl::Unlisted);
        }
        ReturnUrl::checked(url)
    }
}

/// What the client reads from the browser that comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resend {
    /// The question that waits.
    pub waiting: MessageId,
    /// The fault that it is to be asked again after; none if the person said no.
    pub after: Option<MessageId>,
}

impl Resend {
    /// Reads the parameters of the page that was returned to: each of them once. They are the browser's word; look the
    /// question up for the person logged in, and ask again only after the fault that was received for it.
    #[must_use]
    pub fn read(query: &str) -> Option<Self> {
        if query.len() > URL_BYTES_MAX {
            return None;
        }
        let one = |name: &str| {
            let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
            values.next().map(|(_, value)| value.into_owned()).filter(|_| values.next().is_none())
        };
        let waiting = MessageId::parse(&one(REQUEST)?).ok()?;
        let after = match one(RESEND)?.as_str() {
            "0" | "false" => None,
            id => Some(MessageId::parse(id).ok()?),
        };
        Some(Self { waiting, after })
    }
}

/// A plain address: what it is, is to be seen from it, and nothing hides in it.
fn parse(text: &str, over: Transport) -> Result<Url, BadUrl> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>'));
    let place = text.split(['?', '#']).next().unwrap_or_default();
    let reachable = || Uri::parse(place).is_ok_and(|uri| uri.is_reachable(over));
    if !plain || text.len() > URL_BYTES_MAX || !(text.starts_with("https://") || reachable()) {
        return Err(BadUrl::Form);
    }
    let url = Url::parse(text).map_err(|_| BadUrl::Form)?;
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if bare && url.has_host() { Ok(url) } else { Err(BadUrl::Form) }
}

fn has(url: &Url, name: &str) -> bool {
    url.query_pairs().any(|(key, _)| key == name)
}

/// The service's own parameter.
const STATE: &str = "t";
const RETURN_TO: &str = "ReturnToURL";
const IDP: &str = "IDP";
/// The client's own parameter.
const REQUEST: &str = "RequestID";
const RESEND: &str = "ResendMessage";
const URL_BYTES_MAX: usize = 2048;
