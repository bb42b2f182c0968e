//! Times of a login as a service learns them: no two services learn the same, so that they cannot tell by them that they have
//! the same visitor.

use jiff::{SignedDuration, Timestamp};
use saml::EntityId;

use crate::{
    app::{App, key},
    session::Holder,
};

/// When somebody logged in and when that ends at the latest, for one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// Never later than it was.
    pub since: Timestamp,
    /// Never later than it is.
    pub ends: Timestamp,
}

impl Times {
    /// Of the login of `holder` for `service`, the same whenever it asks. One that was `forced` says when it was exactly: the
    /// service compares that with its request.
    ///
    /// # Errors
    /// When the key store fails.
    pub(super) fn of(
        app: &App,
        holder: &Holder,
        service: &EntityId,
        forced: bool,
        now: Timestamp,
    ) -> Result<Self, keys::Error> {
        let parts: [&[u8]; 2] = [&holder.digest(), service.as_str().as_bytes()];
        let [a, b, c, d, e, f, g, h, ..] = app.keys.hmac256(key::ROWS, "SSC session times/1", &parts)?;
        let drawn = [u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])];
        let exact = Self { since: holder.authn().instant, ends: holder.ends() };
        let told = exact.moved(drawn, now);
        Ok(if forced { Self { since: exact.since, ..told } } else { told })
    }

    /// Moves both back, by chance and not far. What is left of a session is halved at most.
    fn moved(self, [since, ends]: [u32; 2], now: Timestamp) -> Self {
        let back = |from: Timestamp, seconds: i64| {
            from.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
        };
        let left = self.ends.duration_since(now).as_secs().max(0) / 2;
        let ends_within = ENDS_SECONDS.min(left).max(1);
        Self {
            since: back(self.since, 1 + i64::from(since) % SINCE_SECONDS),
            ends: back(self.ends, i64::from(ends) % ends_within),
        }
    }
}

/// How far the login is moved back at most: services that ask for a recent one ask for minutes.
const SINCE_SECONDS: i64 = 5 * 60;

/// How far the end is moved back at most, and one more.
const ENDS_SECONDS: i64 = 10 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_time_is_moved_back_and_not_far() {
        let exact = Times { since: at(10_000), ends: at(17_200) };
        for drawn in [0, 1, 299, 300, 599, 600, 123_456_789, u32::MAX] {
            let told = exact.moved([drawn, drawn], at(10_000));
            assert!(told.since < exact.since && told.since >= at(10_000 - SINCE_SECONDS), "{told:?}");
            assert!(told.ends <= exact.ends && told.ends > at(17_200 - ENDS_SECONDS), "{told:?}");
            let late = exact.moved([drawn, drawn], at(17_190));
            assert!(late.ends > at(17_194) && late.ends <= exact.ends, "it is not over at once: {late:?}");
            assert!(exact.moved([drawn, drawn], at(17_200)).ends <= exact.ends);
        }
        assert_ne!(exact.moved([7, 7], at(10_000)), exact.moved([8, 8], at(10_000)));
    }
}
