//! Which machines a message of ours may be sent to. Addresses come from metadata that a stranger wrote and an operator read:
//! they must not lead to what stands behind our own firewall.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Which machines may be reached.
#[derive(Clone, Debug)]
pub struct Reach {
    /// A demonstration: everything runs on one machine, and may be reached without TLS there.
    pub anywhere: bool,
    /// Names of hosts that may have a private address: services in the data centre's own network.
    pub private_hosts: Arc<BTreeSet<String>>,
}

impl Reach {
    /// Whether a message may go to this address, as far as the address itself tells. What its name resolves to is looked at when
    /// the connection is made.
    #[must_use]
    pub fn allows(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let (public, local) = match url.host() {
            Some(Host::Domain(name)) => (!is_local(name), is_local(name)),
            Some(Host::Ipv4(ip)) => (is_public(ip.into()), ip.is_loopback()),
            Some(Host::Ipv6(ip)) => (is_public(ip.into()), ip.is_loopback()),
            None => return false,
        };
        match url.scheme() {
            "https" => public || self.anywhere || url.host_str().is_some_and(|host| self.is_excepted(host)),
            "http" => local && self.anywhere,
            _ => false,
        }
    }

    fn is_excepted(&self, host: &str) -> bool {
        self.private_hosts.contains(host.trim_start_matches('[').trim_end_matches(']'))
    }
}

/// Looks names up, and forgets the addresses that are not for us: between a look of ours and one of the client's a name could
/// change its meaning, so that this one is the only one.
impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let any = reach.anywhere || reach.is_excepted(name.as_str());
            let allowed: Vec<SocketAddr> = found.filter(|found| any || is_public(found.ip())).collect();
            if allowed.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address belongs to a machine on the internet (RFC 6890): not ours, not our network's, not everybody's at once.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match embedded(ip) {
            Some(inner) => is_public_v4(inner),
            None => {
                let [first, ..] = ip.segments();
                // 2000::/3 is all that has been given out; documentation (2001:db8::/32) and benchmarks (2001:2::/48) are in it.
                let special = matches!(ip.segments(), [0x2001, 0xdb8 | 0x2, ..]);
                first & 0xe000 == 0x2000 && !special
            }
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (18..20).contains(&b);
    let protocols = (a, b, c) == (192, 0, 0);
    let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_documentation();
    !(special || shared || benchmark || protocols || a == 0 || a >= 224)
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (RFC 6052) or 6to4 (RFC 3056).
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(anywhere: bool, private: &[&str]) -> Reach {
        Reach { anywhere, private_hosts: Arc::new(private.iter().map(|&host| host.to_owned()).collect()) }
    }

    #[test]
    fn only_the_internet_is_reached_and_only_by_https() {
        let reach = reach(false, &["intra.example", "10.0.0.7"]);
        for good in ["https://sp.example/", "https://intra.example/", "https://203.0.114.1/", "https://10.0.0.7:8443/"]
        {
            assert!(reach.allows(good), "{good}");
        }
        for bad in [
            "http://sp.example/",
            "http://127.0.0.1/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://localhost/",
            "https://a.localhost/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://0.0.0.0/",
            "ftp://sp.example/",
            "",
        ] {
            assert!(!reach.allows(bad), "{bad}");
        }
    }

    #[test]
    fn a_demonstration_reaches_its_own_machine_without_tls() {
        let reach = reach(true, &[]);
        assert!(reach.allows("http://127.0.0.1:1/") && reach.allows("http://sp.localhost/"));
        assert!(reach.allows("https://192.168.1.1/") && !reach.allows("http://192.168.1.1/"));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_leads_nowhere() {
        let look = |reach: Reach| async move { reach.resolve("localhost".parse().unwrap()).await.map(Iterator::count) };
        assert!(look(reach(false, &[])).await.is_err());
        assert!(look(reach(false, &["localhost"])).await.unwrap() > 0);
        assert!(look(reach(true, &[])).await.unwrap() > 0);
    }
}
