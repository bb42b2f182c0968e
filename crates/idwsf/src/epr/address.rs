use std::fmt;

use crate::{EntityId, Unacceptable};

/// An absolute URI in ASCII, of at most 1024 characters (RFC 3986): an address, a service type, an option, an action, or a
/// security mechanism. Two are equal if every character is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri(String);

impl Uri {
    /// Accepts an absolute URI.
    ///
    /// # Errors
    /// [`Unacceptable`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        // The characters and the length are those of an entity ID (SAML 2.0 Core §8.3.6), which is a URI, too.
        let rule = Unacceptable::because("a URI is absolute, in ASCII, and has at most 1024 characters");
        EntityId::parse(text).map(|uri| Self(uri.as_str().to_owned())).map_err(|_| rule)
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a client may send a token there.
    #[must_use]
    pub fn is_reachable(&self, over: Transport) -> bool {
        let Some((scheme, rest)) = self.0.split_once("://") else { return false };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() || authority.contains('@') {
            return false;
        }
        match scheme {
            "https" => true,
            "http" => over == Transport::Loopback && is_loopback(authority),
            _ => false,
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What lies below the messages. Tokens and answers are for the two parties alone, so it is TLS, everywhere but within one
/// machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `https`, and nothing else.
    Tls,
    /// `http` as well, to this machine by name or number: for a demonstration or a test.
    Loopback,
}

/// RFC 6761 §6.3 for the name; any other name could lead anywhere.
fn is_loopback(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, "0"),
    };
    let named = host == "localhost" || host.ends_with(".localhost");
    (named || host == "127.0.0.1" || host == "[::1]") && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_tls_or_stays_in_the_machine() {
        let reachable = |text: &str, over| Uri::parse(text).unwrap().is_reachable(over);
        for good in ["https://nhi.takamatsu.example/dst", "https://nhi.takamatsu.example:8443", "https://x?y"] {
            assert!(reachable(good, Transport::Tls), "{good}");
        }
        for local in ["http://localhost:8400/x", "http://portal.localhost", "http://127.0.0.1:1/", "http://[::1]:80/x"]
        {
            assert!(!reachable(local, Transport::Tls) && reachable(local, Transport::Loopback), "{local}");
        }
        for bad in [
            "http://nhi.takamatsu.example/dst",
            "http://localhost.example/",
            "http://localhost:80@evil.example/",
            "http://127.0.0.1.example/",
            "http://localhost:http/",
            "https://user@nhi.takamatsu.example/",
            "https:///dst",
            "ftp://localhost/",
            "urn:x:y",
        ] {
            assert!(!reachable(bad, Transport::Loopback), "{bad}");
        }
    }

    #[test]
    fn a_uri_is_absolute() {
        assert_eq!(Uri::parse("urn:liberty:disco:2006-08").unwrap().to_string(), "urn:liberty:disco:2006-08");
        for bad in ["", "dst", "/dst", "urn:", "urn:a b", "urn:\u{7701}"] {
            assert!(Uri::parse(bad).is_err(), "{bad}");
        }
    }
}
