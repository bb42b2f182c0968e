//! When certificates end.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::Problem;

/// Before the end of a certificate there must be time to ask for another.
pub const SOON: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What is wrong with certificates of which the first ends at `ends`; `None` there stands for one that cannot be read.
#[must_use]
pub fn judge(ends: Option<Timestamp>, now: Timestamp) -> Option<Problem> {
    let Some(ends) = ends else { return Some(Problem::Unreadable) };
    let left = ends.duration_since(now);
    if left <= SignedDuration::ZERO {
        Some(Problem::Ended)
    } else if left < SOON {
        Some(Problem::EndsSoon { days: left.as_hours() / 24 })
    } else {
        None
    }
}

/// When the first certificate of a chain ends; none where one cannot be read, or there is none.
#[must_use]
pub fn first_end(chain: &[CertificateDer<'_>]) -> Option<Timestamp> {
    let ends = chain.iter().map(|der| {
        let parsed = x509_parser::parse_x509_certificate(der).ok()?.1;
        // One without an end, as its year 9999 says, ends when time does.
        Some(Timestamp::from_second(parsed.validity().not_after.timestamp()).unwrap_or(Timestamp::MAX))
    });
    ends.collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// When the first certificate in a PEM file ends; none where the file or one in it cannot be read.
#[must_use]
pub fn first_end_in(path: &Path) -> Option<Timestamp> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(path).ok()?.collect::<Result<_, _>>().ok()?;
    first_end(&chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_in_time() {
        let now: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
        let after = |hours| judge(Some(now + SignedDuration::from_hours(hours)), now);
        assert_eq!(after(61 * 24), None);
        assert_eq!(after(59 * 24), Some(Problem::EndsSoon { days: 59 }));
        assert_eq!(after(0), Some(Problem::Ended));
        assert_eq!(judge(None, now), Some(Problem::Unreadable));
    }

    #[test]
    fn the_first_end_of_a_chain_counts() {
        let until = |year| {
            let mut params = rcgen::CertificateParams::default();
            params.not_after = rcgen::date_time_ymd(year, 1, 1);
            params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().clone()
        };
        let ends = first_end(&[until(2030), until(2027), until(2031)]);
        assert_eq!(ends, Some("2027-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(first_end(&[CertificateDer::from(vec![1, 2, 3])]), None);
        assert_eq!(first_end(&[]), None);
    }
}
