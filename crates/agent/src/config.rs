//! What an agent is told when it starts.

use std::path::PathBuf;

use card::reader::InProcess;
use url::{Host, Url};
use web::{Clock, Lang, guard::AGENT_PORTS};

/// Configuration of an agent.
#[derive(Clone)]
pub struct Config {
    /// Sites that may use the reader.
    pub origins: Origins,
    /// Which reader to use.
    pub reader: ReaderChoice,
    /// Where to listen on 127.0.0.1.
    pub port: Port,
    /// File that remembers the sites which may read cards without a PIN; made when the first one is allowed.
    pub pairings: PathBuf,
    /// Language of the windows; `None` follows the browser.
    pub language: Option<Lang>,
    /// Identifiers of the browser extensions that may start the agent by native messaging.
    pub extensions: Vec<String>,
    /// The clock.
    pub clock: Clock,
}

/// Where to listen on 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// The first free port of [`AGENT_PORTS`], where pages look for agents.
    FirstFree,
    /// This port; 0 lets the operating system choose.
    Exactly(u16),
}

impl Port {
    /// The ports to try, in their order.
    pub(crate) fn candidates(self) -> Vec<u16> {
        match self {
            Self::FirstFree => AGENT_PORTS.collect(),
            Self::Exactly(port) => vec![port],
        }
    }
}

/// Which reader to use.
#[derive(Clone)]
pub enum ReaderChoice {
    /// A reader of the operating system's PC/SC service.
    Pcsc {
        /// Part of the name of the one reader to use; `None` takes whichever holds a card.
        name_part: Option<String>,
    },
    /// Virtual cards in this process. Each agent needs a set of readers of its own.
    InProcess(InProcess),
}

/// Sites that may use the reader: an exact list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Parses origins such as `https://portal.example`. Plain http is only accepted for this machine itself, because
    /// anybody on the way could otherwise speak in the site's name.
    ///
    /// # Errors
    /// [`BadOrigin`] for the first that is not an origin or is neither https nor local.
    pub fn parse<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, BadOrigin> {
        origins.into_iter().map(parse_origin).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `origin`, as a browser writes it, is on the list.
    pub fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }
}

/// A text that is not the origin of a site which may be trusted with a card.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("origin {0:?} is not https://host[:port], nor http on this machine")]
pub struct BadOrigin(String);

fn parse_origin(text: &str) -> Result<String, BadOrigin> {
    let bad = || BadOrigin(text.to_owned());
    let url = Url::parse(text).map_err(|_| bad())?;
    let origin = url.origin().ascii_serialization();
    let local = match url.host().ok_or_else(bad)? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let secure = url.scheme() == "https" || (url.scheme() == "http" && local);
    // equal to its own serialisation: no path, no user name, no default port, nothing that a browser would write otherwise
    if secure && origin == text { Ok(origin) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_origin_is_https_or_this_machine() {
        for good in [
            "https://portal.example",
            "https://portal.example:8443",
            "http://portal.localhost:8400",
            "http://127.0.0.1:1",
        ] {
            let origins = Origins::parse([good]).unwrap();
            assert!(origins.contains(good));
            assert!(!origins.contains("null"));
        }
        for bad in [
            "http://portal.example",
            "https://portal.example/",
            "https://a@portal.example",
            "portal.example",
            "null",
            "*",
        ] {
            assert!(Origins::parse([bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_list_is_exact() {
        let origins = Origins::parse(["https://portal.example"]).unwrap();
        for other in [
            "https://portal.example.evil",
            "https://evil.portal.example",
            "http://portal.example",
            "https://portal.example:444",
        ] {
            assert!(!origins.contains(other), "{other}");
        }
    }
}
