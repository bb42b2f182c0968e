//! The headers that a question may have beside those it must have (Liberty SOAP Binding 2.0).

use jiff::{SignedDuration, Timestamp};
use xml::{Attr, Node};

use super::context::{Consent, Purpose};
use super::envelope::Verified;
use super::seal::{MUST_UNDERSTAND, Sealed};
use crate::MessageId;
use crate::fault::Fault;
use crate::interaction::UserInteraction;
use crate::names::{POLICY, SB, WSA};

/// What a question says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers {
    /// `sb:Consent`: the consent that the sender vouches for.
    pub consent: Option<Consent>,
    /// `sb:UsageDirective`: what the answer is for. A data service takes no question without one.
    pub purpose: Option<Purpose>,
    /// `sb:ProcessingContext`.
    pub context: Option<ProcessingContext>,
    /// `sb:Timeout`: how long the sender waits.
    pub timeout: Option<Timeout>,
    /// `sb:UserInteraction`: how the person can be asked.
    pub interaction: Option<UserInteraction>,
    /// `wsa:RelatesTo`: the fault that sent the person away, after which this question is asked again.
    pub resent_after: Option<MessageId>,
}

/// `sb:ProcessingContext`: in what circumstances the question is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessingContext {
    /// The person is there.
    PrincipalOnline,
    /// The person is not there.
    PrincipalOffline,
    /// Decide and answer as for real, and change nothing.
    Simulate,
}

impl ProcessingContext {
    /// The URI on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PrincipalOnline => "urn:liberty:sb:2003-08:ProcessingContext:PrincipalOnline",
            Self::PrincipalOffline => "urn:liberty:sb:2003-08:ProcessingContext:PrincipalOffline",
            Self::Simulate => "urn:liberty:sb:2003-08:ProcessingContext:Simulate",
        }
    }

    fn read(header: Node) -> Result<Self, Fault> {
        let uri = xml::text(header).map_err(|_| Fault::ContextUnknown)?;
        let all = [Self::PrincipalOnline, Self::PrincipalOffline, Self::Simulate];
        all.into_iter().find(|known| known.as_str() == uri.trim()).ok_or(Fault::ContextUnknown)
    }
}

/// `sb:Timeout/@maxProcessingTime`: after so many whole seconds the sender no longer waits. A service that cannot answer in
/// time gives up, with [`Fault::ProcessingTimeout`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(u16);

impl Timeout {
    /// One second to an hour.
    #[must_use]
    pub fn from_secs(seconds: u16) -> Option<Self> {
        (1..=TIMEOUT_SECONDS_MAX).contains(&seconds).then_some(Self(seconds))
    }

    /// The seconds.
    #[must_use]
    pub fn as_secs(self) -> u16 {
        self.0
    }

    /// Whether the sender still waits, for a service that took the question at `received`. Ask before work that is costly, and
    /// before a change.
    ///
    /// # Errors
    /// [`Fault::ProcessingTimeout`].
    pub fn check(self, received: Timestamp, now: Timestamp) -> Result<(), Fault> {
        let waited = now.duration_since(received);
        if waited < SignedDuration::from_secs(self.0.into()) { Ok(()) } else { Err(Fault::ProcessingTimeout) }
    }

    fn read(header: Node) -> Result<Self, Fault> {
        let broken = Fault::Header("Timeout");
        let seconds: u64 = xml::unqualified(header, "maxProcessingTime").ok_or(broken)?.parse().map_err(|_| broken)?;
        // Whoever is willing to wait longer is answered long before.
        let bounded = u16::try_from(seconds).unwrap_or(TIMEOUT_SECONDS_MAX).min(TIMEOUT_SECONDS_MAX);
        Self::from_secs(bounded).ok_or(broken)
    }
}

impl Headers {
    pub(crate) fn write(&self, sealed: &mut Sealed, about: &str) {
        if let Some(fault) = &self.resent_after {
            sealed.text("rel", WSA, "RelatesTo", fault.as_str());
        }
        if let Some(consent) = self.consent {
            consent.write(sealed);
        }
        if let Some(context) = self.context {
            sealed.text("pc", SB, "ProcessingContext", context.as_str());
        }
        if let Some(timeout) = self.timeout {
            let seconds = timeout.0.to_string();
            sealed.part("tmo", (SB, "Timeout"), &[Attr::plain("maxProcessingTime", &seconds)], |_| ());
        }
        if let Some(interaction) = &self.interaction {
            interaction.write(sealed);
        }
        if let Some(purpose) = self.purpose {
            sealed.part("ud", (SB, "UsageDirective"), &[Attr::plain("ref", about), MUST_UNDERSTAND], |w| {
                w.leaf(POLICY, "Purpose", &[], purpose.as_str());
            });
        }
    }

    /// Reads what the signature covers, about the body element `payload`.
    pub(super) fn read(message: &Verified<'_, '_>, payload: Node) -> Result<Self, Fault> {
        Self::read_about(message, xml::unqualified(payload, "id"))
    }

    /// As [`Headers::read`], about the element that has this ID.
    pub(crate) fn read_about(message: &Verified<'_, '_>, about: Option<&str>) -> Result<Self, Fault> {
        let resent_after = match message.header(WSA, "RelatesTo") {
            Some(header) => {
                let text = xml::text(header).map_err(|_| Fault::Reference)?;
                Some(MessageId::parse(text.trim()).map_err(|_| Fault::Reference)?)
            }
            None => None,
        };
        Ok(Self {
            consent: message.header(SB, "Consent").map(Consent::read).transpose()?,
            purpose: purpose(message, about)?,
            context: message.header(SB, "ProcessingContext").map(ProcessingContext::read).transpose()?,
            timeout: message.header(SB, "Timeout").map(Timeout::read).transpose()?,
            interaction: message.header(SB, "UserInteraction").map(UserInteraction::read).transpose()?,
            resent_after,
        })
    }
}

/// The one purpose among the usage directives. A directive that is not understood is passed over only if the sender allows
/// that: it may restrict what the answer is used for.
fn purpose(message: &Verified<'_, '_>, about: Option<&str>) -> Result<Option<Purpose>, Fault> {
    let mut found = None;
    for directive in message.all(SB, "UsageDirective") {
        let ours = about.is_some() && xml::unqualified(directive, "ref") == about;
        match Purpose::read(directive).filter(|_| ours) {
            Some(_) if found.is_some() => return Err(Fault::Purpose),
            Some(purpose) => found = Some(purpose),
            None if super::envelope::must_be_understood(directive) => return Err(Fault::Purpose),
            None => {}
        }
    }
    Ok(found)
}

const TIMEOUT_SECONDS_MAX: u16 = 3600;
