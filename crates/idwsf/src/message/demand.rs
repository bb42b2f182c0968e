//! Faults that tell the client what to do: authenticate better, send the person over, ask elsewhere.

use jiff::Timestamp;
use xml::ns::{NONE, SAML, SAMLP, SOAP};
use xml::{Attr, Node, Writer};

use super::Mechanism;
use super::envelope::Verified;
use super::seal::Sealed;
use crate::fault::Fault;
use crate::interaction::RedirectUrl;
use crate::names::{FAULT_ACTIONS, LU, SB, WSA};
use crate::token::AuthnClass;
use crate::{MessageId, Sender, SignFailed};

/// A fault that says more than a [`Fault`] can.
#[derive(Clone, Copy)]
pub enum Demand<'a> {
    /// The person must be authenticated so, and the message secured so; for one alone there are [`Fault::Weak`] and
    /// [`Fault::Mechanism`].
    Credentials(AuthnClass, Mechanism),
    /// The person must be asked, on this page.
    Redirect(&'a RedirectUrl),
    /// The service has moved.
    Moved(&'a Moved),
}

/// `sb:EndpointUpdate`: the service is elsewhere now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What of the endpoint reference is new.
    pub update: Update,
    /// The new address.
    pub address: String,
}

/// `sb:EndpointUpdate/@updateType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// All of it: ask the discovery service for a new one, and take only the address from here.
    Complete,
    /// What is given; here that is the address.
    Partial,
    /// Nothing.
    NoChange,
}

impl Update {
    fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "urn:liberty:sb:2006-08:EndpointUpdate:Complete",
            Self::Partial => "urn:liberty:sb:2006-08:EndpointUpdate:Partial",
            Self::NoChange => "urn:liberty:sb:2006-08:EndpointUpdate:NoChange",
        }
    }
}

/// Writes and signs a fault that names an address; `id` is what the client relates its next question to.
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_demand(
    sender: &Sender<'_>,
    in_reply_to: &MessageId,
    id: &MessageId,
    demand: Demand<'_>,
    now: Timestamp,
) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(sender, id);
    sealed.text("rel", WSA, "RelatesTo", in_reply_to.as_str());
    sealed.text("act", WSA, "Action", FAULT_ACTIONS[0]);
    if let Demand::Credentials(class, mechanism) = demand {
        context(&mut sealed, Some(class), Some(mechanism));
    }
    if let Demand::Moved(moved) = demand {
        let update = Attr::plain("updateType", moved.update.as_str());
        sealed.part("eu", (SB, "EndpointUpdate"), &[update], |w| {
            w.leaf(WSA, "Address", &[], &moved.address);
        });
    }
    sealed.finish(sender, None, |w| demand.write(w), now)
}

impl Demand<'_> {
    /// The stable code an operator finds in the log, as [`Fault::code`].
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Credentials(..) => "WSF-08",
            Self::Redirect(_) => "WSF-13",
            Self::Moved(_) => "WSF-15",
        }
    }

    fn write(self, w: &mut Writer) {
        let (code, text) = match self {
            Self::Credentials(..) => ("S:Client", "Better credentials are needed"),
            Self::Redirect(_) => ("S:Server", "The person must be asked"),
            Self::Moved(_) => ("S:Server", "The service has moved"),
        };
        w.start(SOAP, "Fault", &[]).leaf(NONE, "faultcode", &[], code).leaf(NONE, "faultstring", &[], text);
        w.start(NONE, "detail", &[]);
        match self {
            Self::Credentials(..) => w.empty(LU, "Status", &[Attr::plain("code", "InappropriateCredentials")]),
            Self::Redirect(url) => w.empty(SB, "RedirectRequest", &[Attr::plain("redirectURL", url.as_str())]),
            Self::Moved(_) => w.empty(LU, "Status", &[Attr::plain("code", "EndpointUpdated")]),
        };
        w.end().end();
    }
}

/// What better credentials are, beside the fault that asks for them.
pub(super) fn credentials(sealed: &mut Sealed, fault: &Fault) {
    match *fault {
        Fault::Weak(class) => context(sealed, Some(class), None),
        Fault::Mechanism(mechanism) => context(sealed, None, Some(mechanism)),
        _ => {}
    }
}

/// `sb:CredentialsContext`.
fn context(sealed: &mut Sealed, class: Option<AuthnClass>, mechanism: Option<Mechanism>) {
    sealed.part("cc", (SB, "CredentialsContext"), &[], |w| {
        if let Some(class) = class {
            w.start(SAMLP, "RequestedAuthnContext", &[]);
            w.leaf(SAML, "AuthnContextClassRef", &[], class.uri()).end();
        }
        if let Some(mechanism) = mechanism {
            w.leaf(SB, "SecurityMechID", &[], mechanism.uri());
        }
    });
}

/// What a service demands by a fault that it has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerDemand {
    /// Send the browser there. Check with [`RedirectUrl::accept`] first.
    Redirect {
        /// The page, as the service states it.
        url: String,
        /// The fault, which the next question relates to.
        fault: MessageId,
    },
    /// Come again with better credentials.
    Credentials {
        /// Authentication classes, any of which is good: have the person log in again, and get a new token.
        classes: Vec<String>,
        /// Mechanisms, any of which is good.
        mechanisms: Vec<String>,
    },
    /// Ask elsewhere. Check with [`Moved::within`] first.
    Moved(Moved),
}

impl PeerDemand {
    /// Reads what a verified fault demands, if anything that is understood.
    pub(super) fn read(message: &Verified<'_, '_>, fault: Node) -> Option<Self> {
        let detail = [NONE, SOAP].into_iter().find_map(|ns| xml::children(fault, ns, "detail").next())?;
        if let Some(request) = xml::only_child(detail, SB, "RedirectRequest").ok()? {
            let url = xml::unqualified(request, "redirectURL")?.to_owned();
            return Some(Self::Redirect { url, fault: MessageId::parse(&message.text(WSA, "MessageID")?).ok()? });
        }
        match xml::unqualified(xml::child(detail, LU, "Status").ok()?, "code")? {
            "InappropriateCredentials" => Self::credentials(message.header(SB, "CredentialsContext")?),
            "EndpointUpdated" => Moved::read(message.header(SB, "EndpointUpdate")?).map(Self::Moved),
            _ => None,
        }
    }

    fn credentials(header: Node) -> Option<Self> {
        let context = xml::only_child(header, SAMLP, "RequestedAuthnContext").ok()?;
        let classes = context.map(|context| texts(context, SAML, "AuthnContextClassRef")).unwrap_or_default();
        Some(Self::Credentials { classes, mechanisms: texts(header, SB, "SecurityMechID") })
    }
}

impl Moved {
    /// The new address, if it is `https` at `domain` or below, as the old one is: whoever can sign a fault could else have
    /// tokens sent to anybody. `domain` is what the operator has registered for the provider.
    #[must_use]
    pub fn within(&self, domain: &str, old: &str) -> Option<&str> {
        let inside = |address: &str| {
            let url = url::Url::parse(address).ok().filter(|url| url.scheme() == "https")?;
            let host = url.host_str()?;
            let below = host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            (below && url.username().is_empty() && url.password().is_none()).then_some(())
        };
        inside(old)?;
        inside(&self.address).map(|()| self.address.as_str()).filter(|_| self.update != Update::NoChange)
    }

    fn read(header: Node) -> Option<Self> {
        let kind = xml::unqualified(header, "updateType")?;
        let all = [Update::Complete, Update::Partial, Update::NoChange];
        let update = all.into_iter().find(|update| update.as_str() == kind)?;
        let address = xml::text(xml::child(header, WSA, "Address").ok()?).ok()?.trim().to_owned();
        (address.len() <= ADDRESS_BYTES_MAX).then_some(Self { update, address })
    }
}

fn texts(parent: Node, ns: xml::Ns, local: &str) -> Vec<String> {
    let text = |node| Some(xml::text(node).ok()?.trim().to_owned()).filter(|text| text.len() <= ADDRESS_BYTES_MAX);
    xml::children(parent, ns, local).take(LIST_MAX).filter_map(text).collect()
}

const LIST_MAX: usize = 8;
const ADDRESS_BYTES_MAX: usize = 1024;
