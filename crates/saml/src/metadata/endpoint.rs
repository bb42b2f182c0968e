//! Where things may be sent: nowhere but to addresses that a browser and we understand in the same way.

use std::collections::BTreeSet;

use url::{Host, Url};
use xml::Node;

use super::{
    Consumer, Endpoint, Report,
    problem::{self, BadLocation},
    read::{listed, trimmed},
};
use crate::Binding;

/// `md:AssertionConsumerService`, with exactly one default among those that a browser reaches, and one among those that an enhanced
/// client does, if there are any.
pub(super) fn consumers(role: Node, report: &mut Report) -> Vec<Consumer> {
    let mut found =
        indexed(role, "AssertionConsumerService", &[Binding::Post, Binding::Artifact, Binding::Paos], report);
    let by_browser = |consumer: &Consumer| consumer.binding != Binding::Paos;
    if !found.iter().any(|(consumer, _)| by_browser(consumer)) {
        report.add("SPSSODescriptor/AssertionConsumerService", problem::no_consumer());
    }
    default(found.iter_mut().filter(|(consumer, _)| by_browser(consumer)).collect());
    default(found.iter_mut().filter(|(consumer, _)| !by_browser(consumer)).collect());
    found.into_iter().map(|(consumer, _)| consumer).collect()
}

/// Marks the one that is said to be the default, else the first that is not said to be none, else the first.
fn default(mut endpoints: Vec<&mut (Consumer, Option<bool>)>) {
    let says = |wanted: Option<bool>| endpoints.iter().position(|(_, said)| *said == wanted);
    let chosen = says(Some(true)).or_else(|| says(None)).unwrap_or(0);
    if let Some((consumer, _)) = endpoints.get_mut(chosen) {
        consumer.is_default = true;
    }
}

/// `md:ArtifactResolutionService`.
pub(super) fn artifact_resolution(role: Node, report: &mut Report) -> Vec<Consumer> {
    let found = indexed(role, "ArtifactResolutionService", &[Binding::Soap], report);
    let said = |(consumer, said): (Consumer, Option<bool>)| Consumer { is_default: said == Some(true), ..consumer };
    found.into_iter().map(said).collect()
}

/// `md:SingleLogoutService`.
pub(super) fn logout(role: Node, report: &mut Report) -> Vec<Endpoint> {
    let bindings = [Binding::Redirect, Binding::Post, Binding::Artifact, Binding::Soap];
    let mut endpoints = Vec::new();
    for (place, node) in listed(role, "SingleLogoutService", ENDPOINTS_MAX, report) {
        let Some((binding, location)) = endpoint(&place, node, &bindings, report) else { continue };
        let response_location = match xml::unqualified(node, "ResponseLocation") {
            None => None,
            Some(_) => match location_of(&place, node, "ResponseLocation", report) {
                Some(location) => Some(location),
                // Without it, answers would go where requests are expected.
                None => continue,
            },
        };
        endpoints.push(Endpoint { binding, location, response_location });
    }
    if endpoints.is_empty() {
        report.add("SPSSODescriptor/SingleLogoutService", problem::no_logout());
    }
    endpoints
}

/// Endpoints with an index (SAML 2.0 Metadata §2.2.3), each with what is said about its being the default.
fn indexed(role: Node, local: &str, bindings: &[Binding], report: &mut Report) -> Vec<(Consumer, Option<bool>)> {
    let nodes = listed(role, local, ENDPOINTS_MAX, report);
    let index_of = |node: Node| trimmed(node, "index").parse::<u16>().ok();
    let mut taken: BTreeSet<u16> = nodes.iter().filter_map(|(_, node)| index_of(*node)).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (place, node) in nodes {
        let Some((binding, location)) = endpoint(&place, node, bindings, report) else { continue };
        let index = index_of(node).unwrap_or_else(|| {
            let free = (0..=u16::MAX).find(|index| taken.insert(*index)).unwrap_or(u16::MAX);
            report.add(&format!("{place}/@index"), problem::index_missing(free));
            free
        });
        if !seen.insert(index) {
            report.add(&format!("{place}/@index"), problem::index_repeated(index));
        }
        let said = xml::unqualified(node, "isDefault").map(is_true);
        found.push((Consumer { index, binding, location, is_default: false }, said));
    }
    found
}

fn endpoint(place: &str, node: Node, allowed: &[Binding], report: &mut Report) -> Option<(Binding, String)> {
    let uri = trimmed(node, "Binding");
    match Binding::from_uri(uri).filter(|binding| allowed.contains(binding)) {
        Some(binding) => Some((binding, location_of(place, node, "Location", report)?)),
        None => {
            report.add(&format!("{place}/@Binding"), problem::binding_unsupported(uri, allowed));
            None
        }
    }
}

/// An address to send to, as it was written: it is compared and used letter by letter.
fn location_of(place: &str, node: Node, attribute: &str, report: &mut Report) -> Option<String> {
    let text = trimmed(node, attribute);
    let place = format!("{place}/@{attribute}");
    let url = report.need(&place, address(text).map_err(|why| problem::location_wrong(&why)))?;
    if url.scheme() == "http" && !is_loopback(&url) {
        report.add(&place, problem::clear_text(url.host_str().unwrap_or_default()));
    }
    Some(text.to_owned())
}

/// The letters of RFC 3986 alone, since lenient readers take a backslash or a line break for something else.
fn address(text: &str) -> Result<Url, BadLocation> {
    if text.is_empty() {
        return Err(BadLocation::Absent);
    }
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b));
    let absolute = text.starts_with("https://") || text.starts_with("http://");
    if !plain || !absolute || text.len() > LOCATION_CHARS_MAX {
        return Err(BadLocation::Form);
    }
    let url = Url::parse(text).map_err(|_| BadLocation::Form)?;
    let authority = text.split('/').nth(2).unwrap_or_default();
    match () {
        () if text.contains('#') => Err(BadLocation::Fragment),
        () if authority.contains('@') => Err(BadLocation::UserInfo),
        () if url.host_str().is_none_or(str::is_empty) || authority.is_empty() => Err(BadLocation::Form),
        () => Ok(url),
    }
}

/// On this machine, nobody listens in between (RFC 6761 §6.3 for names).
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// `xs:boolean`.
pub(super) fn is_true(text: &str) -> bool {
    matches!(text.trim(), "true" | "1")
}

/// More than any service has, of one kind.
const ENDPOINTS_MAX: usize = 100;
const LOCATION_CHARS_MAX: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_every_reader_takes_it_for() {
        for good in ["https://sp.example/acs", "http://127.0.0.1:8405/acs?tenant=1&x=%20", "https://[::1]/acs"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", BadLocation::Absent),
            ("/acs", BadLocation::Form),
            ("javascript:alert(1)", BadLocation::Form),
            ("https:sp.example", BadLocation::Form),
            ("HTTPS://sp.example", BadLocation::Form),
            ("https:///acs", BadLocation::Form),
            ("https://sp.example\\@evil.example/", BadLocation::Form),
            ("https://sp.exa\nmple/", BadLocation::Form),
            ("https://sp.example/a b", BadLocation::Form),
            ("https://sp.example/\"><script>", BadLocation::Form),
            ("https://讃岐.example/", BadLocation::Form),
            ("https://sp.example/#acs", BadLocation::Fragment),
            ("https://user@sp.example/", BadLocation::UserInfo),
            ("https://user:secret@sp.example/", BadLocation::UserInfo),
        ] {
            assert_eq!(address(bad).err(), Some(why), "{bad}");
        }
        assert_eq!(address(&format!("https://sp.example/{}", "a".repeat(2048))).err(), Some(BadLocation::Form));
    }
}
