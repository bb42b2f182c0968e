use xml::{Attr, Node};

use crate::fault::Fault;
use crate::message::seal::Sealed;
use crate::names::{SB, WSA};

/// `sb:UserInteraction`: how, and whether, the service may ask the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInteraction {
    /// Whether it may.
    pub interact: Interact,
    /// The languages that the person reads, the best first.
    pub languages: Vec<String>,
    /// Whether the client can send the browser to a page of the service's.
    pub redirect: bool,
    /// For how many seconds at most.
    pub seconds_max: Option<u32>,
    /// Addresses of interaction services that ask on the client's side.
    pub services: Vec<String>,
}

/// `sb:UserInteraction/@interact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interact {
    /// Whatever is needed.
    #[default]
    IfNeeded,
    /// For consent, and not for data.
    NotForData,
    /// Not at all.
    Never,
}

/// What a service needs the person for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Their yes.
    Consent,
    /// Something only they know.
    Data,
}

/// How the person will be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<'a> {
    /// The browser comes to the service: answer with [`crate::message::Demand::Redirect`].
    Redirect,
    /// The interaction service at this address asks.
    Service(&'a str),
}

/// In what way the person can be asked, if any; `seconds` is how long the asking takes.
///
/// # Errors
/// The fault to answer with, where the client does not let the person be asked.
pub fn ask(offer: Option<&UserInteraction>, need: Need, seconds: u32) -> Result<Way<'_>, Fault> {
    let refused = match need {
        Need::Consent => Fault::InteractionRequired,
        Need::Data => Fault::InteractionRequiredForData,
    };
    let offer = offer.ok_or(refused)?;
    match (offer.interact, need) {
        (Interact::Never, _) | (Interact::NotForData, Need::Data) => return Err(refused),
        (Interact::IfNeeded, _) | (Interact::NotForData, Need::Consent) => {}
    }
    if offer.seconds_max.is_some_and(|most| most < seconds) {
        return Err(Fault::InteractionTimeNotSufficient);
    }
    match offer.services.first() {
        _ if offer.redirect => Ok(Way::Redirect),
        Some(address) => Ok(Way::Service(address)),
        None => Err(refused),
    }
}

impl UserInteraction {
    /// The person can be asked on a page, in these languages.
    #[must_use]
    pub fn by_redirect(languages: &[&str]) -> Self {
        Self {
            interact: Interact::IfNeeded,
            languages: languages.iter().map(|&language| language.to_owned()).collect(),
            redirect: true,
            seconds_max: None,
            services: Vec::new(),
        }
    }

    pub(crate) fn write(&self, sealed: &mut Sealed) {
        let languages = self.languages.join(" ");
        let seconds = self.seconds_max.map(|seconds| seconds.to_string());
        let mut attrs = vec![Attr::plain("interact", self.interact.as_str())];
        attrs.extend((!languages.is_empty()).then(|| Attr::plain("language", &languages)));
        attrs.extend(seconds.as_deref().map(|seconds| Attr::plain("maxInteractTime", seconds)));
        attrs.extend(self.redirect.then(|| Attr::plain("redirect", "true")));
        sealed.part("ui", (SB, "UserInteraction"), &attrs, |w| {
            for address in &self.services {
                w.start(SB, "InteractionService", &[]).leaf(WSA, "Address", &[], address).end();
            }
        });
    }

    pub(crate) fn read(header: Node) -> Result<Self, Fault> {
        let broken = Fault::Header("UserInteraction");
        let interact = xml::unqualified(header, "interact").map_or(Some(Interact::default()), Interact::read);
        let redirect = match xml::unqualified(header, "redirect").unwrap_or("0") {
            "1" | "true" => true,
            "0" | "false" => false,
            _ => return Err(broken),
        };
        let seconds_max = match xml::unqualified(header, "maxInteractTime") {
            Some(text) => Some(text.parse().map_err(|_| broken)?),
            None => None,
        };
        let languages = xml::unqualified(header, "language").unwrap_or_default();
        let languages: Vec<String> = languages.split_ascii_whitespace().take(LIST_MAX + 1).map(str::to_owned).collect();
        let services = xml::children(header, SB, "InteractionService").take(LIST_MAX + 1);
        let address = |service| Some(xml::text(xml::child(service, WSA, "Address").ok()?).ok()?.trim().to_owned());
        let services: Vec<String> = services.map(address).collect::<Option<_>>().ok_or(broken)?;
        if languages.len().max(services.len()) > LIST_MAX || languages.iter().any(|l| l.len() > LANGUAGE_BYTES_MAX) {
            return Err(broken);
        }
        Ok(Self { interact: interact.ok_or(broken)?, languages, redirect, seconds_max, services })
    }
}

impl Interact {
    fn as_str(self) -> &'static str {
        match self {
            Self::IfNeeded => "InteractIfNeeded",
            Self::NotForData => "DoNotInteractForData",
            Self::Never => "DoNotInteract",
        }
    }

    /// The schema spells its own default with a small letter, so case does not count.
    fn read(text: &str) -> Option<Self> {
        [Self::IfNeeded, Self::NotForData, Self::Never].into_iter().find(|it| it.as_str().eq_ignore_ascii_case(text))
    }
}

const LIST_MAX: usize = 4;
const LANGUAGE_BYTES_MAX: usize = 35;
